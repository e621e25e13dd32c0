"""Acts on one work order in the API: transitions, assigning, taking, history, follow-up."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.serializers import Nothing
from core.api.views import Answer
from core.models import Event
from tenancy.models import Member
from workorders import actions, catalogue, permissions, rows, steps, workflow
from workorders.actions import writing
from workorders.api.orders import WorkOrderEndpoint
from workorders.choices import NOTE_EVENTS, Meaning
from workorders.models import StatusLog, WorkOrder
from workorders.serializers.orders import AssignWorkOrder, History, MoveWorkOrder, Transition, WorkOrderFull

EVENTS_SHOWN = 500


class Transitions(WorkOrderEndpoint):
    """Where a work order can go from here."""

    names = {**WorkOrderEndpoint.names, "hold_reason": "reason", "completed_at": "at"}
    accepts = {"POST": MoveWorkOrder}
    answers = {"GET": Answer(Transition, many=True), "POST": Answer(WorkOrderFull)}
    permissions = {"GET": "", "POST": "workorder.work"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the statuses that the caller may move the work order to. Guards are checked when it is moved."""
        work_order = self.found(work_order_id)
        return self.answer(possible(work_order, self.member), version=None)

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Move a work order to another status: start, hold, complete, close, send back, cancel, reinstate."""
        work_order = writing.lock(self.found(work_order_id))
        self.require_version(work_order.version)
        data = self.body(MoveWorkOrder)
        target = actions.catalogue_status(self.member, data.pop("status"))
        if target.pk == work_order.status_id:
            raise workflow.no_edge(work_order, target.name, self.member)
        actions.transition(work_order, target, by=self.member, fields=data)
        return self.full(work_order)


def possible(work_order: WorkOrder, member: Member) -> list[dict[str, Any]]:
    known = catalogue.of(member)
    works = permissions.can_work(member, work_order)
    edges = {edge.to_status_id: edge for edge in known.edges.get(work_order.status_id, [])}
    found = []
    for status in workflow.possible(work_order, member):
        act = steps.act_between(work_order, status)
        # Without an act of its own, assigning (or taking everybody off) leads there.
        allowed = steps.permitted(act, member, works=works) if act else permissions.can_assign(member, work_order)
        if allowed:
            edge = edges[status.pk]
            found.append(
                {
                    "status": status.key,
                    "name": status.name,
                    "meaning": status.meaning,
                    "requiresReason": edge.requires_reason or status.meaning == Meaning.ON_HOLD,
                    "requiredFields": [WorkOrderEndpoint.names.get(name, name) for name in edge.required_fields],
                }
            )
    return found


class Assign(WorkOrderEndpoint):
    """Who does the work."""

    names = {**WorkOrderEndpoint.names, "to": "assignedTo"}
    accepts = {"POST": AssignWorkOrder}
    answers = {"POST": Answer(WorkOrderFull)}
    permissions = {"POST": "workorder.assign"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Assign a technician, a crew, helpers. What is not named stays; `null` takes somebody off."""
        work_order = self.found(work_order_id)
        expected = self.expected_version(work_order.version)
        data = self.body(AssignWorkOrder)
        actions.assign(work_order, by=self.member, expected_version=expected, **data)
        return self.full(work_order)


class Take(WorkOrderEndpoint):
    """For technicians: work that nobody has."""

    accepts = {"POST": Nothing}
    answers = {"POST": Answer(WorkOrderFull)}
    permissions = {"POST": "workorder.take"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Take a work order that nobody has taken yet."""
        work_order = self.found(work_order_id)
        self.body(Nothing)
        self.require_version(writing.lock(work_order).version)
        actions.take(work_order, by=self.member)
        return self.full(work_order)


class FollowUp(WorkOrderEndpoint):
    """How a closed job is taken up again."""

    accepts = {"POST": Nothing}
    answers = {"POST": Answer(WorkOrderFull, 201)}
    permissions = {"POST": "workorder.create"}

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Open a new work order linked to this one."""
        work_order = self.found(work_order_id)
        self.body(Nothing)
        return self.full(actions.follow_up(work_order, by=self.member), status=201)


class WorkOrderHistory(WorkOrderEndpoint):
    """What happened to a work order."""

    answers = {"GET": Answer(History)}
    permissions = {"GET": ""}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """The status log (oldest first) and the last 500 events (newest first)."""
        work_order = self.found(work_order_id)
        inside = rows.sees_all_notes(self.member)
        changes = StatusLog.objects.filter(work_order=work_order).order_by("recorded_at", "pk")
        events = Event.objects.filter(tenant_id=work_order.tenant_id, work_order_id=work_order.pk)
        if not inside:
            events = events.exclude(type__in=NOTE_EVENTS)
        log = changes.values_list(
            "pk", "from_status__key", "to_status__key", "occurred_at", "recorded_at", "by_id", "by__name", "reason",
            "from_meaning", "to_meaning",
        )  # fmt: skip
        told = events.order_by("-seq").values_list("txid", "seq", "type", "occurred_at", "actor_id", "changes")
        found = list(told[:EVENTS_SHOWN])
        names: dict[Any, str] = dict(Member.objects.filter(pk__in={row[4] for row in found}).values_list("pk", "name"))
        return self.answer(
            {
                "statusLog": [status_change(row, inside=inside) for row in log],
                "events": [
                    {
                        "id": f"{txid}-{seq}", "type": kind, "occurredAt": at, "actor": actor,
                        "actorName": names.get(actor), "changed": sorted(changed),
                    }
                    for txid, seq, kind, at, actor, changed in found
                ],
            }
        )  # fmt: skip


def status_change(row: tuple[Any, ...], *, inside: bool) -> dict[str, Any]:
    names = ("id", "from", "to", "occurredAt", "recordedAt", "by", "byName", "reason")
    shown = dict(zip(names, row, strict=False))
    before, after = row[len(names) :]
    # Why the workshop waits or was sent back is its own affair.
    private = after == Meaning.ON_HOLD or (before, after) == (Meaning.COMPLETED, Meaning.IN_PROGRESS)
    shown["reason"] = shown["reason"] if shown["reason"] and (inside or not private) else None
    return shown
