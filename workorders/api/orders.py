"""Work orders in the API: list, report, read, change, delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import pagination
from core.api import query
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.errors import Invalid
from tenancy.models import Member
from workorders import actions, catalogue, filters, rows
from workorders.actions import writing
from workorders.choices import Meaning
from workorders.filters import WorkOrderFilter
from workorders.models import WorkOrder
from workorders.serializers.lines import part_lines
from workorders.serializers.orders import NAMES, CreateWorkOrder, UpdateWorkOrder, WorkOrderFull, WorkOrderSummary

PEOPLE = {"assigned_to": "to", "crew": "crew", "helpers": "helpers"}
FINDINGS = ("resolution", "failure_cause", "problem", "cause", "remedy", "actual_minutes")


class WorkOrderEndpoint(Endpoint):
    """What the addresses of one work order share."""

    noun = "Work order"
    names = NAMES

    def found(self, work_order_id: str) -> WorkOrder:
        return WorkOrder.objects.get_visible(self.member, query.uuid_or_none(work_order_id) or work_order_id[:100])

    def full(self, work_order: WorkOrder, *, status: int = 200) -> HttpResponseBase:
        """The single resource as it is now, after an act that the caller was allowed."""
        shape = rows.one(self.member, work_order.pk, seen=True)
        assert shape is not None
        headers = {"Location": f"/api/v1/work-orders/{work_order.pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class WorkOrders(WorkOrderEndpoint):
    """Work orders that the caller may see. Without `sort` the newest come first."""

    query = {"GET": (*WorkOrderFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*WorkOrderFilter.repeatable(), "fields")
    filterset = WorkOrderFilter
    sorts = filters.SORTS
    accepts = {"POST": CreateWorkOrder}
    answers = {"GET": Answer(WorkOrderSummary, many=True), "POST": Answer(WorkOrderFull, 201)}
    permissions = {"GET": "", "POST": "workorder.request"}

    def get(self, request: Request) -> HttpResponseBase:
        """List work orders."""
        member, params = self.member, self.params
        asked = (*rows.sight(member), request._request.META["QUERY_STRING"])
        # A question asked before is parsed already, unless its answer hangs on the moment.
        once = any(name in params for name in filters.OF_THE_MOMENT)
        window, keys, good_for, names, after = self.plan() if once else rows.kept(("plan", *asked), self.plan)
        items, last = rows.summaries(self.visible, keys, after, window, key=None if once else ("list", *asked))
        headers = {}
        if last is not None:
            headers["Link"] = self.next_link(pagination.seal(last, good_for))
        if window.count:
            headers["X-Total-Count"] = str(pagination.count(self.visible(), window.count))
        if names is not None:
            items = [{name: item[name] for name in names} for item in items]
        return self.answer(items, headers=headers)

    def plan(self) -> tuple[Any, ...]:
        params = self.params
        window = pagination.window(params)
        keys = pagination.sort_keys(params.get("sort"), filters.SORTS, filters.DEFAULT_SORT)
        good_for = pagination.binding("work-orders", self.member.tenant_id, pagination.filters_of(params))
        after = pagination.unseal(window.cursor, good_for) if window.cursor else None
        return window, keys, good_for, query.picked(params, rows.SUMMARY), after

    def visible(self) -> Any:
        return WorkOrderFilter(self.params, WorkOrder.objects.visible_to(self.member), member=self.member).rows()

    def post(self, request: Request) -> HttpResponseBase:
        """Report a fault or create a work order.

        Members who may only ask for work give title, description and asset or location.
        """
        work_order = create(self.member, self.body(CreateWorkOrder))
        return self.full(work_order, status=201)


class OneWorkOrder(WorkOrderEndpoint):
    """A single work order."""

    accepts = {"PUT": UpdateWorkOrder, "PATCH": UpdateWorkOrder}
    answers = {
        "GET": Answer(WorkOrderFull),
        "PUT": Answer(WorkOrderFull),
        "PATCH": Answer(WorkOrderFull),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "", "PUT": "workorder.edit", "PATCH": "workorder.edit", "DELETE": "workorder.delete"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Get a work order with its notes and helpers."""
        pk = query.uuid_or_none(work_order_id)
        shape = rows.one(self.member, pk) if pk else None
        if shape is None:
            raise self.not_found(work_order_id, key="workOrderId")
        return self.answer(shape, version=shape["version"])

    def put(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Change a work order: absent fields stay, `null` clears.

        `status` makes the transition and may be refused as one; `notes` as text adds a note.
        """
        work_order = writing.lock(self.found(work_order_id))
        self.require_version(work_order.version)
        data = self.body(UpdateWorkOrder, partial=True, current=work_order)
        change(self.member, work_order, resolved(self.member, data))
        return self.full(work_order)

    def patch(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, work_order_id)

    def delete(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Delete a work order on which no work was booked."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        when = actions.delete(work_order, by=self.member, expected_version=expected)
        return self.answer({"message": "Work order deleted successfully", "deletedAt": when})


def create(member: Member, data: dict[str, Any]) -> WorkOrder:
    """A new work order with its steps, parts and first note."""
    text, status = data.pop("notes", ""), data.pop("status", "")
    steps, parts = data.pop("tasks", []), part_lines(data.pop("requiredParts", []))
    work_order = actions.report(by=member, steps=steps, parts=parts, **resolved(member, data))
    if status and status != work_order.status.key:
        raise Invalid(
            {"status": f"New work is “{work_order.status.key}”; move it on after it was created."},
            headline="Invalid work order data",
        )
    if text.strip():
        actions.comment(work_order, by=member, text=text)
    return work_order


def change(member: Member, work_order: WorkOrder, data: dict[str, Any]) -> None:
    """The acts that a body stands for, in the order a person would do them: edit, assign, move, remark."""
    text, key = data.pop("notes", ""), data.pop("status", "")
    words = {name: data.pop(name, None) for name in ("completed_at", "reason", "hold_reason", "note", "until")}
    people = {PEOPLE[name]: data.pop(name) for name in PEOPLE if name in data}
    target = actions.catalogue_status(member, key) if key else None
    changes = differing(work_order, data)
    found: dict[str, Any] = {}
    if target and target.pk != work_order.status_id and target.meaning == Meaning.COMPLETED:
        found = {name: changes.pop(name) for name in FINDINGS if changes.get(name)}
        changes.pop("progress", None)
    if changes:
        actions.update(work_order, by=member, changes=changes)
    if people := others(work_order, people):
        work_order = actions.assign(work_order, by=member, **people)
    if target and target.pk != work_order.status_id:
        reason = words["reason"] or words["hold_reason"] or ""
        actions.transition(
            work_order, target, by=member, fields={**words, **found, "reason": reason, "at": words["completed_at"]}
        )
    if text and text.strip():
        actions.comment(work_order, by=member, text=text)


def others(work_order: WorkOrder, people: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the people named who are not on the job already."""
    now = {"to": work_order.assigned_to_id, "crew": work_order.crew_id}
    named = {name: one for name, one in people.items() if name in now and getattr(one, "pk", None) != now[name]}
    if "helpers" in people:
        helpers = {assignment.technician_id for assignment in work_order.assignments.all()}
        if {one.pk for one in people["helpers"]} - {now["to"]} != helpers:
            named["helpers"] = people["helpers"]
    return named


def resolved(member: Member, data: dict[str, Any]) -> dict[str, Any]:
    """Keys of priority and type as the tenant's entries; `Invalid` for those there are not."""
    known = catalogue.of(member)
    problems: dict[str, str] = {}
    for kind in ("priority", "type"):
        if kind not in data:
            continue
        entry = known.by_key[kind].get(data[kind])
        if entry is None or not entry.is_active:
            active = [key for key, one in known.by_key[kind].items() if one.is_active]
            problems[kind] = f"Unknown {kind}. Use one of {', '.join(active)}."
        data[kind] = entry
    if problems:
        raise Invalid(problems, headline="Invalid work order data")
    return data


def differing(work_order: WorkOrder, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a body changes; an answer sent back changes nothing, though its instants lost their microseconds."""
    return {name: value for name, value in data.items() if not same(getattr(work_order, name), value)}


def same(before: Any, after: Any) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        # Custom fields merge: what is not named stays.
        return all(before.get(key) == value for key, value in after.items())
    if isinstance(before, dt.datetime) and isinstance(after, dt.datetime):
        return after in (before, before.replace(microsecond=0))
    return bool(before == after)
