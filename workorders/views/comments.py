"""Pages of the thread: comment, change a note of one's own, read what a note said before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import Invalid, NotFound, TooLarge, UnsupportedType
from core.pages import MemberRequest, go, page, submit, version_of
from tenancy.models import Member
from workorders import actions, permissions
from workorders.choices import NOTE_EDIT_MINUTES
from workorders.forms.comments import CommentForm, EditCommentForm
from workorders.models import Comment, CommentRevision, WorkOrder
from workorders.views.acts import ask, found, shown
from workorders.views.detail import show

EDIT = {
    "name": "note",
    "title": "Change the note",
    "button": "Save",
    "back": "Back",
    "text": f"For {NOTE_EDIT_MINUTES} minutes after you wrote it. What it said before can be read by everybody who reads"
    " the note; notes are never removed.",
}


def note_of(request: MemberRequest, work_order: WorkOrder, note_pk: UUID) -> Comment:
    """A note that this member reads in the thread."""
    notes = Comment.objects.filter(work_order=work_order, pk=note_pk).select_related("work_order", "author")
    note = (notes if permissions.reads_every_note(request.member) else notes.filter(for_requester=True)).first()
    if note is None:
        raise NotFound("There is no such note.")
    return note


def place_of(work_order: WorkOrder, note: Comment) -> str:
    return f"{shown(work_order)}#note-{note.pk}"


@page("workorder.comment")
@require_POST
def comment(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    form = CommentForm(request.POST, request.FILES)
    done = submit(form, lambda data: comment_with(work_order, request.member, **data), names={"file": "attached"})
    if done is None:
        return show(request, found(request, pk), comment_form=form)
    told = done.mentions.count()
    words = f"Commented; {told} mentioned." if told else "Commented."
    toasts.say(request, words, draft=f"comment-{work_order.pk}")
    return go(request, shown(work_order) + "#history")


def comment_with(work_order: WorkOrder, by: Member, *, attached: list[Any], **data: Any) -> Comment:
    """The note and what was attached to it; both or neither."""
    note = actions.comment(work_order, by=by, **data)
    for file in attached:
        try:
            actions.add_media(work_order, by=by, content=file, name=file.name, comment=note)
        except (TooLarge, UnsupportedType) as refused:
            raise Invalid({"attached": f"{file.name}: {refused.message}"}) from None
    return note


@page("workorder.comment")
def edit(request: MemberRequest, pk: UUID, note_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    note = note_of(request, work_order, note_pk)
    act: dict[str, Any] = EDIT
    if request.method != "POST":
        return ask(request, work_order, act, EditCommentForm(initial={"text": note.text}), version=note.version)
    form = EditCommentForm(request.POST)
    expected = version_of(request)
    done = submit(form, lambda data: actions.edit_comment(note, by=request.member, expected_version=expected, **data))
    if done is None:
        now = note_of(request, work_order, note_pk)
        return ask(request, work_order, act, form, version=now.version)
    toasts.say(request, "The note is changed.", draft=f"note-{work_order.pk}")
    return go(request, place_of(work_order, note))


@page()
def earlier(request: MemberRequest, pk: UUID, note_pk: UUID) -> HttpResponse:
    """What a note said before it was edited."""
    work_order = found(request, pk)
    note = note_of(request, work_order, note_pk)
    context = {
        "crumbs": [(work_order.number, shown(work_order))],
        "subject": f"{work_order.number} · {work_order.title}",
        "note": note,
        "author": note.author.name if note.author else "Millwright",
        "texts": list(CommentRevision.objects.filter(comment=note)),
        "back_href": reverse("workorders:detail", args=[pk]),
    }
    return render(request, "workorders/comments_earlier.html", context)
