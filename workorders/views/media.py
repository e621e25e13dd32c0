"""Doors of a work order's photos and files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.api.query import uuid_or_none
from core.errors import NotFound
from core.pages import MemberRequest, go, page, submit
from media import uploading
from workorders import actions, gallery
from workorders.forms.media import MediaForm
from workorders.models import Comment, Task, WorkOrder, WorkOrderMedia
from workorders.views.acts import found, shown


@page()
@require_POST
def media_add(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Several files at once (`file`), for a step (`task`) or a comment (`comment`) where one is named."""
    work_order = found(request, pk)
    options: dict[str, Any] = {
        "task": of(work_order, Task, request.POST.get("task")),
        "comment": of(work_order, Comment, request.POST.get("comment")),
        "label": request.POST.get("label", ""),
        "caption": request.POST.get("caption", ""),
        "for_requester": request.POST.get("for_requester", "") == "on",
    }
    uploaded = uploading.take(
        request, lambda **given: actions.add_media(work_order, by=request.member, **given, **options)
    )
    return uploading.answer(request, uploaded, shown(work_order) + "#panel-media")


def of(work_order: WorkOrder, kind: Any, text: str | None) -> Any:
    if not text:
        return None
    pk = uuid_or_none(text)
    row = kind.objects.filter(work_order=work_order, pk=pk).first() if pk else None
    if row is None:
        raise NotFound("There is no such record on this work order.")
    return row


def link(request: MemberRequest, pk: UUID, media_pk: UUID) -> WorkOrderMedia:
    row = gallery.seen_by(request.member, work_order=found(request, pk), file=media_pk).select_related("file").first()
    if row is None:
        raise NotFound("There is no such file.", headline="File not found")
    return row


def ask(
    request: MemberRequest, row: WorkOrderMedia, act: dict[str, Any], form: forms.Form, status: int = 200
) -> HttpResponse:
    back = shown(row.work_order)
    context = {
        "act": act,
        "form": form,
        "version": row.file.version,
        "subject": f"{row.work_order.number} · {row.file.original_name}",
        "back_href": back + "#panel-media",
        "crumbs": [(row.work_order.number, back)],
    }
    return render(request, "workorders/act.html", context, status=status)


EDIT = {"name": "media", "title": "What does it show?", "button": "Save", "back": "Back"}
REMOVE = {
    "name": "media-remove",
    "title": "Delete this file?",
    "button": "Delete it",
    "back": "Keep it",
    "danger": True,
    "text": "It is gone for good; only its trace in the history stays.",
}


@page()
def media_edit(request: MemberRequest, pk: UUID, media_pk: UUID) -> HttpResponse:
    """Label, caption, a turn to the right or left."""
    row = link(request, pk, media_pk)
    initial = {"label": row.label, "caption": row.file.caption, "for_requester": row.for_requester}
    form = MediaForm(
        request.POST if request.method == "POST" else None, initial=initial, file=row.file, member=request.member
    )
    if not form.is_bound:
        return ask(request, row, EDIT, form)

    def save(data: dict[str, Any]) -> WorkOrderMedia:
        return actions.label_media(row.work_order, by=request.member, media_file=row.file, **data)

    if submit(form, save) is None:
        return ask(request, row, EDIT, form, 422)
    toasts.say(request, f"{row.file.original_name}: saved.")
    return go(request, shown(row.work_order) + "#panel-media")


@page()
def media_remove(request: MemberRequest, pk: UUID, media_pk: UUID) -> HttpResponse:
    row = link(request, pk, media_pk)
    if request.method != "POST":
        return ask(request, row, REMOVE, forms.Form())
    name = row.file.original_name
    actions.remove_media(row.work_order, by=request.member, media_file=row.file)
    toasts.say(request, f"{name} is deleted.")
    return go(request, reverse("workorders:detail", args=[pk]) + "#panel-media")
