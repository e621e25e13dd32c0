"""Doors of the acts on one work order: show the form (as a page or in a dialog), call the action, go back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from tenancy.permissions import may
from workorders import actions
from workorders.forms.orders import AssignForm
from workorders.models import WorkOrder
from workorders.steps import ACTS, href


def found(request: MemberRequest, pk: UUID) -> WorkOrder:
    return WorkOrder.objects.get_visible(request.member, pk)


def shown(work_order: WorkOrder) -> str:
    return reverse("workorders:detail", args=[work_order.pk])


def ask(
    request: MemberRequest, work_order: WorkOrder, act: Any, form: forms.Form, *, version: int | None = None
) -> HttpResponse:
    """The form of an act. `version`: of the row it changes, where that is not the work order itself."""
    if form.is_bound:
        work_order = found(request, work_order.pk)
    context = {
        "act": act,
        "form": form,
        "version": work_order.version if version is None else version,
        "subject": f"{work_order.number} · {work_order.title}",
        "back_href": shown(work_order),
        "draft": f"{act['name'] if isinstance(act, dict) else act.name}-{work_order.pk}",
        "crumbs": [(work_order.number, shown(work_order))],
    }
    return render(request, "workorders/act.html", context, status=status_of(form))


@page()
def act(request: MemberRequest, pk: UUID, name: str) -> HttpResponse:
    """One step of the life cycle. GET asks, POST does."""
    step = ACTS.get(name)
    if step is None:
        raise Http404
    work_order = found(request, pk)
    member = request.member
    if request.method != "POST":
        return ask(request, work_order, step, step.form_for(work_order, member))
    key = request.POST.get("to") or request.GET.get("to")
    to = actions.catalogue_status(member, key) if key else None
    undo_data = step.undo_data(work_order)
    form = step.form_for(work_order, member, request.POST)
    done = submit(
        form,
        lambda data: step.run(work_order, by=member, data=data, to=to, version=version_of(request)),
    )
    if done is None:
        return ask(request, work_order, step, form)
    undo = href(work_order, step.undo) if step.undo else ""
    toasts.say(
        request, f"{work_order.number}: {step.done}", undo=undo, undo_data=undo_data, draft=f"{name}-{work_order.pk}"
    )
    if name == "complete" and not may(member, "workorder.view_all"):
        # A technician goes on with the next job.
        return go(request, reverse("workorders:my_work"))
    return go(request, shown(work_order))


ASSIGN = {
    "name": "assign",
    "title": "Who does it?",
    "button": "Assign",
    "back": "Back",
    "text": "With nobody named, the work is open for everybody to take.",
}


@page("workorder.assign")
def assign(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    member = request.member
    before: dict[str, Any] = {
        "to": work_order.assigned_to_id,
        "crew": work_order.crew_id,
        "helpers": list(work_order.assignments.values_list("technician_id", flat=True)),
    }
    if request.method != "POST":
        return ask(request, work_order, ASSIGN, AssignForm(initial=before, member=member))
    form = AssignForm(request.POST, member=member)
    done = submit(
        form,
        lambda data: actions.assign(work_order, by=member, **data, expected_version=version_of(request)),
        names={"assigned_to": "to"},
    )
    if done is None:
        return ask(request, work_order, ASSIGN, form)
    lead = form.cleaned_data["to"] or form.cleaned_data["crew"]
    undo = [(name, str(before[name])) for name in ("to", "crew") if before[name]]
    undo += [("helpers", str(pk)) for pk in before["helpers"]]
    toasts.say(
        request,
        f"{work_order.number}: assigned to {lead}." if lead else f"{work_order.number}: open for everybody.",
        undo=request.path,
        undo_data=undo,
        draft=f"assign-{work_order.pk}",
    )
    return go(request, shown(work_order))


@page()
@require_POST
def relabel(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Between two statuses of the same meaning."""
    work_order = found(request, pk)
    member = request.member
    to = actions.catalogue_status(member, request.POST.get("to", ""))
    actions.relabel(work_order, to, by=member)
    toasts.say(request, f"{work_order.number}: {to.name}.")
    return go(request, shown(work_order))


@page("workorder.create")
@require_POST
def follow_up(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    made = actions.follow_up(work_order, by=request.member)
    toasts.say(request, f"{made.number} follows up on {work_order.number}.")
    return go(request, shown(made))


DELETE = {
    "name": "delete",
    "title": "Delete this work order?",
    "button": "Delete it",
    "back": "Keep it",
    "danger": True,
    "text": "It is gone for good; only its trace in the audit trail stays. If work was decided against, cancel it instead.",
}


@page("workorder.delete")
def delete(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    if request.method != "POST":
        return ask(request, work_order, DELETE, forms.Form())
    form = forms.Form(request.POST)
    number = work_order.number
    done = submit(
        form,
        lambda data: actions.delete(work_order, by=request.member, expected_version=version_of(request)),
    )
    if done is None:
        return ask(request, work_order, DELETE, form)
    toasts.say(request, f"{number} is deleted.")
    return go(request, reverse("workorders:list"))
