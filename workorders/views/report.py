"""Report a fault and edit a work order; find the asset for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import toasts
from core.errors import NotFound, PermissionDenied
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from tenancy.models import Member
from tenancy.permissions import may
from workorders import actions, links, permissions, plans
from workorders.choices import NOTE_LENGTH
from workorders.forms.failures import add_codes
from workorders.forms.orders import AssetPicker, WorkOrderForm, initial_of, initial_of_plan, is_uuid
from workorders.models import JobPlan, WorkOrder


def picker_of(request: MemberRequest, chosen: str = "") -> AssetPicker | None:
    """The asset picker, for members who see assets."""
    member: Member = request.member
    if not may(member, "asset.view"):
        return None
    data = request.POST if request.method == "POST" else request.GET
    return AssetPicker(member, text=data.get("asset_q", ""), chosen=data.get("asset", chosen))


def picked(picker: AssetPicker | None) -> dict[str, Any]:
    return picker.context() | {"picker_href": reverse("workorders:asset_options")} if picker else {}


@page("workorder.create", "workorder.request")
def report(request: MemberRequest) -> HttpResponse:
    """A new work order: two fields for a requester, everything for a dispatcher."""
    member: Member = request.member
    picker = picker_of(request)
    looking = "find" in request.POST
    plan = plan_of(request)
    form = WorkOrderForm(
        request.POST if request.method == "POST" else None, member=member, initial=initial_of_plan(plan) if plan else {}
    )
    made, draft = None, f"report-{plan.pk}" if plan else "report"
    again = links.reported_today(member, picker.asset) if picker and picker.asset else []
    asked = bool(again) and "anyway" not in request.POST
    if form.is_bound and not looking and asked and form.is_valid():
        there = next((one for one in again if str(one.pk) == request.POST.get("comment_on")), None)
        if there is not None:
            return say_there(request, there, form.cleaned_data)
        looking = True  # first the question whether it is the same fault
    elif form.is_bound and not looking:
        asset = {"asset": picker.asset} if picker and picker.asset else {}
        made = submit(
            form, lambda data: report_beside(again, by=member, plan=plan, **data, **asset), names=form.custom_names
        )
    if made is None:
        dispatches = may(member, "workorder.assign")
        context = {
            "heading": "New work order" if dispatches else "Report a problem",
            "lede": "" if dispatches else "Two fields are enough. You can follow what becomes of it.",
            "button": "Create work order" if dispatches else "Send",
            "form": form,
            "draft": draft,
            "plan": plan,
            "back_href": reverse("home"),
            "again": again,
            "again_asked": form.is_bound and asked and looking and "find" not in request.POST,
            "may_comment": may(member, "workorder.comment"),
            **picked(picker),
        }
        return render(request, "workorders/form.html", context, status=200 if looking else status_of(form))
    toasts.say(request, f"{made.number} is reported.", draft=draft)
    return go(request, reverse("workorders:detail", args=[made.pk]))


def plan_of(request: MemberRequest) -> JobPlan | None:
    """The job plan that the new work order is made from, when the address or the form names one."""
    text = request.POST.get("plan", "") if request.method == "POST" else request.GET.get("plan", "")
    if not text:
        return None
    plan = plans.visible_to(request.member).filter(pk=text).first() if is_uuid(text) else None
    if plan is None:
        raise NotFound("There is no such job plan.", headline="Job plan not found")
    return plan


def report_beside(again: list[WorkOrder], *, by: Member, **fields: Any) -> WorkOrder:
    """Report it although open work on the asset may be about the same fault: they are linked as related."""
    made = actions.report(by=by, **fields)
    for one in again:
        actions.link(made, by=by, kind="related", to=one)
    return made


def say_there(request: MemberRequest, there: WorkOrder, data: dict[str, Any]) -> HttpResponse:
    """What was typed becomes a note on the work order that is open already."""
    text = "\n\n".join(part for part in (data["title"], data.get("description", "")) if part)
    actions.comment(there, by=request.member, text=text[:NOTE_LENGTH])
    toasts.say(request, f"Added to {there.number}.", draft="report")
    return go(request, reverse("workorders:detail", args=[there.pk]) + "#history")


@page("workorder.create", "workorder.request", "workorder.edit")
def asset_options(request: MemberRequest) -> HttpResponse:
    """The choices under the asset search, as a fragment."""
    picker = picker_of(request)
    if picker is None:
        raise PermissionDenied("asset.view")
    return render(request, "workorders/asset_options.html", picker.context())


@page()
def edit(request: MemberRequest, pk: UUID) -> HttpResponse:
    member: Member = request.member
    work_order = WorkOrder.objects.get_visible(member, pk)
    if not permissions.can_edit(member, work_order):
        raise PermissionDenied("workorder.edit")
    picker = picker_of(request, str(work_order.asset_id or ""))
    looking = "find" in request.POST
    form = WorkOrderForm(
        request.POST if request.method == "POST" else None, member=member, editing=True, custom=work_order.custom,
        initial=initial_of(work_order),
    )  # fmt: skip
    add_codes(form, member, work_order)
    back = reverse("workorders:detail", args=[pk])
    if form.is_bound and not looking:
        asset = {"asset": picker.asset} if picker else {}
        if submit(form, lambda data: save(request, work_order, data | asset), names=form.custom_names):
            toasts.say(request, f"{work_order.number}: saved.", draft=f"edit-{pk}")
            return go(request, back)
    context = {
        "heading": f"Edit {work_order.number}",
        "button": "Save",
        "form": form,
        "draft": f"edit-{pk}",
        "back_href": back,
        "crumbs": [("Work orders", reverse("workorders:list")), (work_order.number, back)],
        "version": WorkOrder.objects.values_list("version", flat=True).get(pk=pk),
        **picked(picker),
    }
    return render(request, "workorders/form.html", context, status=200 if looking else status_of(form))


def save(request: MemberRequest, work_order: WorkOrder, changes: dict[str, Any]) -> WorkOrder:
    by = request.member
    return actions.update(work_order, by=by, changes=changes, expected_version=version_of(request))
