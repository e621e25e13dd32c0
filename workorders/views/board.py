"""Work by status: a column for each status of open work and for what was finished lately. A card is moved by the same acts
as on its page; what they need to know is asked, what they refuse is told."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core import pagination, toasts
from core.errors import Invalid
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from core.pagination import Key, Window
from tenancy.models import Member
from workorders import actions, catalogue, filters, page_rows, permissions, rows, steps, workflow
from workorders.asked import Asked, filter_params, link
from workorders.choices import ACTIVE, FINISHED, LinkKind, Meaning
from workorders.forms.orders import AssignForm
from workorders.models import Status, WorkOrder, WorkOrderLink

SHOWN = 50
LATELY = dt.timedelta(days=7)
SORT = "priority,dueDate"
SEES = ("workorder.view_all", "workorder.view_own")


def context(asked: Asked, listed: str) -> dict[str, Any]:
    lanes = [lane(asked, status) for status in statuses(asked)]
    cards = [card for one in lanes for card in one["cards"]]
    settle(cards)
    return {"lanes": lanes, "count": len(cards)}


def statuses(asked: Asked) -> list[Status]:
    """Those of open work, then those of finished work; only the ones that the filters leave."""
    known = sorted(
        catalogue.of(asked.member).statuses.values(), key=lambda one: (one.meaning in FINISHED, one.position)
    )
    found = [one for one in known if one.is_active and one.meaning in (*ACTIVE, *FINISHED)]
    named = asked.narrowing.get("status", "").split(",") if "status" in asked.narrowing else []
    if named:
        return [one for one in found if one.key in named]
    if "overdue" in asked.narrowing:
        return [one for one in found if one.meaning in ACTIVE]
    if asked.narrowing.get("open") == "false":
        return [one for one in found if one.meaning in FINISHED]
    return found


def lane(asked: Asked, status: Status, cursor: str = "") -> dict[str, Any]:
    """One column: its first cards, or those behind a cursor."""
    member = asked.member
    given = {name: value for name, value in asked.narrowing.items() if name != "open"} | {"status": status.key}
    params = filter_params(given)
    since = page_rows.midnight() - LATELY if status.meaning in FINISHED else None

    def make() -> Any:
        found = asked.rows(params)
        return found.finished_since(since) if since else found

    sort = asked.given.get("sort", "" if since else SORT)
    # What was finished has a day on which it was: no need to look for those without.
    latest = [Key("completed_at", descending=True), Key("pk", descending=True)]
    keys = pagination.sort_keys(sort, filters.SORTS, SORT) if sort else latest
    good_for = pagination.binding("lane", member.tenant_id, pagination.filters_of(params), sort)
    after = pagination.unseal(cursor, good_for) if cursor else None
    key = None if "overdue" in given else ("lane", *rows.sight(member), params.urlencode(), sort, since, cursor)
    found, last = rows.summaries(make, keys, after, Window(limit=SHOWN), key=key)
    cards = page_rows.dress(found, member)
    back = asked.text()
    for card in cards:
        card["version"] = card["row"]["version"]
        card["move_href"] = reverse("workorders:board_move", args=[card["id"]])
        card["ask_href"] = link(card["move_href"], {"back": back})
    more = {**asked.kept, "lane": status.key, "cursor": pagination.seal(last, good_for)} if last else {}
    known = catalogue.of(member)
    ways = [known.statuses[edge.to_status_id].key for edge in known.edges.get(status.pk, [])]
    return {
        "status": status,
        "lately": bool(since),
        "ways": " ".join(ways),
        "cards": cards,
        "more_href": link(reverse("workorders:board_lane"), more) if more else "",
    }


def settle(cards: list[dict[str, Any]]) -> None:
    """Whether each can be begun, or something stands in its way; one query for all."""
    ids = [card["id"] for card in cards if card["meaning"] in ACTIVE]
    links = WorkOrderLink.objects.filter(kind=LinkKind.BLOCKS, second_id__in=ids, first__meaning__in=ACTIVE)
    blocked = {str(pk) for pk in links.values_list("second_id", flat=True)}
    for card in cards:
        held = card["meaning"] == Meaning.ON_HOLD
        card["readiness"] = ""
        if str(card["id"]) in blocked or held:
            card["readiness"], card["readiness_text"] = "blocked", "Waits" if held else "Blocked"
        elif card["meaning"] in (Meaning.OPEN, Meaning.ASSIGNED):
            card["readiness"], card["readiness_text"] = "ready", "Ready"


@page(*SEES)
def more(request: MemberRequest) -> HttpResponse:
    """Further cards of one column."""
    member: Member = request.member
    asked = Asked.of(member, request.GET)
    found = lane(asked, actions.catalogue_status(member, request.GET.get("lane", "")), asked.given.get("cursor", ""))
    settle(found["cards"])
    return render(request, "workorders/board_cards.html", {"lane": found})


# --- Moving one -------------------------------------------------------------------------------------------------------
@page(*SEES)
def move(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Where to? Then what the act needs to know, where it needs anything. A script that moves a card posts at once."""
    member: Member = request.member
    work_order = WorkOrder.objects.get_visible(member, pk)
    asked = Asked.from_text(member, request.POST.get("back") or request.GET.get("back", ""))
    back = f"{reverse('workorders:list')}?{asked.text() or 'layout=kanban'}"
    key = request.POST.get("to") or request.GET.get("to", "")
    if not key:
        return choose(request, work_order, asked, back)
    to = actions.catalogue_status(member, key)
    name = steps.act_between(work_order, to)
    step = steps.ACTS.get(name)
    asks = not step.direct if step else not name and to.meaning == Meaning.ASSIGNED
    form = form_of(name, to, request, member, asks=asks)
    if request.method != "POST" or (asks and "asked" not in request.POST):
        response = question(request, work_order, to, name, form, asked, back)
        response.headers["X-Ask"] = "1"
        return response
    undo = opposite(work_order, name, asked)
    version = version_of(request)
    done = submit(
        form, lambda data: carry_out(work_order, to, name, member, data, version), names={"assigned_to": "to"}
    )
    if done is None:
        response = question(request, WorkOrder.objects.get_visible(member, pk), to, name, form, asked, back)
        if asks:
            response.headers["X-Ask"] = "1"
        return response
    toasts.say(request, f"{work_order.number}: {to.name}.", undo=undo[0], undo_data=undo[1])
    if request.headers.get("X-Board"):
        return render(request, "workorders/board_done.html")
    return go(request, back)


def form_of(name: str, to: Status, request: MemberRequest, member: Member, *, asks: bool) -> forms.Form:
    """Bound once its answers have come; at once where the act asks for nothing."""
    bound = request.method == "POST" and (not asks or "asked" in request.POST)
    data = request.POST if bound else None
    if not name and to.meaning == Meaning.ASSIGNED:
        return AssignForm(data, member=member)
    return steps.ACTS[name].form(data) if name in steps.ACTS else forms.Form(data)


def carry_out(
    work_order: WorkOrder, to: Status, name: str, by: Member, data: dict[str, Any], version: int | None
) -> Any:
    if name in steps.ACTS:
        return steps.ACTS[name].run(work_order, by=by, data=data, to=to, version=version)
    if not name and to.meaning == Meaning.ASSIGNED and data:
        if not data.get("to") and not data.get("crew"):
            raise Invalid({"to": "Name who shall do the work."})
        return actions.assign(work_order, by=by, **data, expected_version=version)
    return actions.transition(work_order, to, by=by, fields={"expected_version": version})


def opposite(work_order: WorkOrder, name: str, asked: Asked) -> tuple[str, list[tuple[str, str]]]:
    """Where Undo posts what, for acts that have an opposite."""
    step = steps.ACTS.get(name)
    if step is None or not step.undo:
        return "", []
    data = [("to", work_order.status.key), ("asked", "1"), ("back", asked.text()), *step.undo_data(work_order)]
    return reverse("workorders:board_move", args=[work_order.pk]), data


def choose(request: MemberRequest, work_order: WorkOrder, asked: Asked, back: str) -> HttpResponse:
    member: Member = request.member
    works = permissions.can_work(member, work_order)
    ways = []
    for to in workflow.possible(work_order, member):
        name = steps.act_between(work_order, to)
        allowed = steps.permitted(name, member, works=works) if name else permissions.can_assign(member, work_order)
        if allowed:
            ways.append({"to": to, "href": link(request.path, {"to": to.key, "back": asked.text()})})
    context = {
        "ways": ways,
        "subject": f"{work_order.number} · {work_order.title}",
        "status": work_order.status,
        "back_href": back,
        "crumbs": [("Board", back)],
    }
    return render(request, "workorders/board_ways.html", context)


def question(
    request: MemberRequest, work_order: WorkOrder, to: Status, name: str, form: forms.Form, asked: Asked, back: str
) -> HttpResponse:
    step = steps.ACTS.get(name)
    context = {
        "title": step.title if step else f"Move to {to.name}?" if form.fields == {} else "Who does it?",
        "text": step.text if step else "",
        "button": step.button if step else f"Move to {to.name}",
        "danger": bool(step and step.danger),
        "subject": f"{work_order.number} · {work_order.title}",
        "form": form,
        "to": to.key,
        "version": work_order.version,
        "back": asked.text(),
        "back_href": back,
        "crumbs": [("Board", back)],
    }
    return render(request, "workorders/board_ask.html", context, status=status_of(form))
