"""Pages of costs: invoices on a work order, the roll-up, overhead rules."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, Func, IntegerField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, submit, version_of
from tenancy.permissions import require
from workorders import actions, cost_rollup
from workorders.forms.costs import CostForm, OverheadRuleForm, TakeBackForm
from workorders.models import CostLine, OverheadRule
from workorders.views.acts import ask, found, shown
from workorders.views.settings import initial, posted, show_form

ADD: dict[str, Any] = {"name": "cost", "title": "Book a cost", "button": "Book it", "back": "Back"}
TAKE_BACK: dict[str, Any] = {
    "name": "cost-take-back", "title": "Take this cost back?", "button": "Take it back", "back": "Leave it",
    "text": "The line stays on record; a further one of the same amount below zero takes it back.",
}  # fmt: skip
SHOWN = 200
# Where a click on a group leads: the list's parameter.
LISTED = {"asset": "assetId", "location": "locationId", "department": "departmentId", "project": "projectId"}


@page("cost.edit")
def add(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    form = CostForm(posted(request))
    done = submit(form, lambda data: actions.add_cost(work_order, by=request.member, **data)) if form.is_bound else None
    if done is None:
        return ask(request, work_order, ADD, form)
    toasts.say(
        request, f"{work_order.number}: {done.amount} {request.member.tenant.currency} booked.", draft=f"cost-{pk}"
    )
    return go(request, shown(work_order) + "#panel-costs")


@page("cost.edit")
def take_back(request: MemberRequest, pk: UUID, line_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    line = CostLine.objects.filter(pk=line_pk, work_order=work_order).first()
    if line is None:
        raise NotFound("There is no such cost.")
    form = TakeBackForm(posted(request))
    act = TAKE_BACK | {"text": f"{line} {request.member.tenant.currency}. {TAKE_BACK['text']}"}
    done = submit(form, lambda data: actions.take_back_cost(line, by=request.member, **data)) if form.is_bound else None
    if done is None:
        return ask(request, work_order, act, form)
    toasts.say(request, f"{work_order.number}: taken back.")
    return go(request, shown(work_order) + "#panel-costs")


# --- The roll-up ------------------------------------------------------------------------------------------------------
def asked(request: MemberRequest) -> cost_rollup.Question:
    """The address as a question; what makes no sense is left out."""
    given = request.GET
    by = given.get("by", "asset")
    by = by if by in cost_rollup.BY else "asset"
    date = given.get("date", "completed")
    date = date if date in cost_rollup.DATES else "completed"
    under = None
    if by in cost_rollup.TREES and given.get("under"):
        try:
            under = cost_rollup.TREES[by].objects.visible_to(request.member).filter(pk=UUID(given["under"])).first()
        except ValueError:
            under = None
        if under is None:
            raise NotFound("There is no such record.")
    return cost_rollup.Question(by, day(given.get("from")), day(given.get("to")), date, under, SHOWN)


def day(text: str | None) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


@page("cost.view")
def costs(request: MemberRequest) -> HttpResponse:
    """Where the money went. A click on a group of a tree opens what is in it; its number leads to the work orders."""
    question = asked(request)
    report = cost_rollup.report(request.member, question)
    here = reverse("workorders:costs")
    kept = {"by": question.by, "from": question.since or "", "to": question.until or "", "date": question.date}
    most = max((row["total"] for row in report.groups), default=0)
    context = {
        "heading": "Costs",
        "by": question.by,
        "label": cost_rollup.BY[question.by],
        "tabs": [(label, link(here, {**kept, "by": key}), key == question.by) for key, label in cost_rollup.BY.items()],
        "since": question.since,
        "until": question.until,
        "date": question.date,
        "currency": request.member.tenant.currency,
        "total": report.total,
        "work_orders": report.work_orders,
        "left_out": report.left_out,
        "crumbs_in_tree": above(question, here, kept),
        "groups": [dressed(row, question, here, kept, most) for row in report.groups],
    }
    return render(request, "workorders/costs.html", context)


def link(href: str, params: dict[str, Any]) -> str:
    return f"{href}?{urlencode({name: value for name, value in params.items() if value})}"


def above(question: cost_rollup.Question, here: str, kept: dict[str, Any]) -> list[tuple[str, str]]:
    if question.under is None:
        return []
    depth = Func(F("path"), function="nlevel", output_field=IntegerField())
    rows = type(question.under).objects.filter(path__above=question.under.path).order_by(depth)
    found = [("All", link(here, kept))]
    return found + [(name, link(here, {**kept, "under": pk})) for pk, name in rows.values_list("pk", "name")]


def dressed(
    row: dict[str, Any], question: cost_rollup.Question, here: str, kept: dict[str, Any], most: Any
) -> dict[str, Any]:
    inside = (
        question.by in cost_rollup.TREES and row["key"] and (not question.under or row["key"] != str(question.under.pk))
    )
    name = row["name"] or f"No {cost_rollup.BY[question.by].lower()}"
    if question.under and row["key"] == str(question.under.pk):
        name = f"{name} itself"
    return {
        **row,
        "name": name,
        "href": link(here, {**kept, "under": row["key"]}) if inside else "",
        "list_href": list_href(row, question),
        "share": round(100 * row["total"] / most) if most else 0,
    }


def list_href(row: dict[str, Any], question: cost_rollup.Question) -> str:
    """The list of the work orders behind a group, with the same period."""
    prefix = question.date
    params: dict[str, Any] = {"open": "any"}
    since, until = question.since, question.until
    if question.by == "month":
        since = dt.date.fromisoformat(f"{row['key']}-01")
        until = (since + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    elif row["key"]:
        params[LISTED[question.by]] = row["key"]
    else:
        return ""
    if since:
        params[f"{prefix}After"] = since
    if until:
        params[f"{prefix}Before"] = until + dt.timedelta(days=1)
    return link(reverse("workorders:list"), params)


# --- Overhead rules -----------------------------------------------------------------------------------------------------
@page("cost.edit")
def overhead(request: MemberRequest) -> HttpResponse:
    context = {
        "heading": "Overhead",
        "lede": "What every work order bears besides its own costs. A change counts from a work order's next booking on.",
        "rules": OverheadRule.objects.filter(tenant_id=request.member.tenant_id),
        "currency": request.member.tenant.currency,
    }
    return render(request, "workorders/costs_overhead.html", context)


def one_rule(request: MemberRequest, pk: UUID) -> OverheadRule:
    rule = OverheadRule.objects.filter(tenant_id=request.member.tenant_id, pk=pk).first()
    if rule is None:
        raise NotFound("There is no such rule.")
    return rule


@page("cost.edit")
def overhead_add(request: MemberRequest) -> HttpResponse:
    form = OverheadRuleForm(posted(request))
    if form.is_bound and submit(form, lambda data: actions.add_overhead_rule(by=request.member, **data)):
        toasts.say(request, f"{form.cleaned_data['name']}: added.")
        return redirect("workorders:overhead")
    return show_form(request, "Add an overhead rule", form, "workorders:overhead", button="Add")


@page("cost.edit")
def overhead_rule(request: MemberRequest, pk: UUID) -> HttpResponse:
    rule = one_rule(request, pk)
    form = OverheadRuleForm(posted(request), initial=initial(rule, OverheadRuleForm))
    if form.is_bound and submit(
        form,
        lambda data: actions.update_overhead_rule(
            rule, by=request.member, changes=data, expected_version=version_of(request)
        ),
    ):
        toasts.say(request, f"{form.cleaned_data['name']}: saved.")
        return redirect("workorders:overhead")
    return show_form(
        request, rule.name, form, "workorders:overhead",
        remove_href=reverse("workorders:overhead_remove", args=[pk]), remove_label="Remove the rule",
        remove_help="What it put on work orders before stays there.",
    )  # fmt: skip


@page("cost.edit")
@require_POST
def overhead_remove(request: MemberRequest, pk: UUID) -> HttpResponse:
    rule = one_rule(request, pk)
    require(request.member, "cost.edit")
    actions.delete_overhead_rule(rule, by=request.member)
    toasts.say(request, f"{rule.name} is removed.")
    return redirect("workorders:overhead")
