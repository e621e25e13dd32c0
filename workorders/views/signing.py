"""Sign a work order or one of its steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from tenancy.permissions import may
from workorders import actions
from workorders.choices import Meaning, SignatureMeaning
from workorders.forms.signing import SignForm
from workorders.models import Task, WorkOrder
from workorders.proving import require_password
from workorders.views.acts import found, shown


@page("workorder.sign")
def sign(request: MemberRequest, pk: UUID) -> HttpResponse:
    return take(request, found(request, pk))


@page("workorder.sign")
def sign_task(request: MemberRequest, pk: UUID, task_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    task = Task.objects.filter(work_order=work_order, pk=task_pk).first()
    if task is None:
        raise NotFound("There is no such step on this work order.")
    return take(request, work_order, task)


def take(request: MemberRequest, work_order: WorkOrder, task: Task | None = None) -> HttpResponse:
    verifies = work_order.meaning == Meaning.COMPLETED and may(request.member, "workorder.close")
    form = SignForm(
        request.POST if request.method == "POST" else None, member=request.member,
        meaning=SignatureMeaning.VERIFIED if verifies else "",
    )  # fmt: skip
    back = shown(work_order) + (f"#task-{task.pk}" if task else "#panel-signatures")
    if form.is_bound and submit(form, lambda data: given(request, work_order, task, data)):
        toasts.say(request, f"{work_order.number}: signed.")
        return go(request, back)
    context = {
        "form": form,
        "subject": f"Step {task.position}: {task.description}" if task else f"{work_order.number} {work_order.title}",
        "version": "" if task else work_order.version,
        "back_href": back,
        "crumbs": [(work_order.number, shown(work_order))],
    }
    return render(request, "workorders/sign.html", context, status=status_of(form))


def given(request: MemberRequest, work_order: WorkOrder, task: Task | None, data: dict[str, Any]) -> Any:
    password = data.pop("password")
    if password:
        require_password(request, password)
    return actions.sign(
        work_order, by=request.member, task=task, authenticated=bool(password),
        address=request.META.get("REMOTE_ADDR") or None, expected_version=None if task else version_of(request), **data,
    )  # fmt: skip
