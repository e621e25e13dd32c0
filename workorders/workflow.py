"""Whether a work order may move from its status to another, and exactly why not. Rules hang on meanings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Conflict, Invalid, PermissionDenied
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue
from workorders.choices import GUARDED_FIELDS, GuardOperator, Meaning
from workorders.models import Status, Transition, WorkOrder


def possible(work_order: WorkOrder, by: Member | None) -> list[Status]:
    """The statuses the graph leads to from here and that the member's permissions leave open; guards may still refuse."""
    known = catalogue.of(by, work_order.tenant_id)
    return [
        known.statuses[edge.to_status_id]
        for edge in known.edges.get(work_order.status_id, [])
        if known.statuses[edge.to_status_id].is_active and (not edge.permission or may(by, edge.permission))
    ]


def require(
    work_order: WorkOrder,
    meaning: str,
    *,
    by: Member | None,
    to: Status | None = None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> Status:
    """The status this move leads to, or the refusal: no such edge, no permission, guard not met, or what is missing.

    `changes` are values that will be written together with the move; guards and required fields look at them first.
    """
    known = catalogue.of(by, work_order.tenant_id)
    edges = [
        edge
        for edge in known.edges.get(work_order.status_id, [])
        if known.statuses[edge.to_status_id].is_active
        and (edge.to_status_id == to.pk if to else known.statuses[edge.to_status_id].meaning == meaning)
    ]
    if not edges:
        raise no_edge(work_order, to.name if to else Meaning(meaning).label, by)
    edge = next((edge for edge in edges if known.statuses[edge.to_status_id].is_default), edges[0])
    if edge.permission and not may(by, edge.permission):
        raise PermissionDenied(edge.permission)
    values = Values(work_order, changes or {})
    check_guard(edge, values)
    missing = {
        name: f"{GUARDED_FIELDS.get(name, name)} is needed first." for name in edge.required_fields if not values[name]
    }
    if edge.requires_reason and not reason.strip():
        missing["reason"] = "Say why."
    if missing:
        raise Invalid(missing)
    return known.statuses[edge.to_status_id]


class Values:
    """A field's value after the move, as text for comparison."""

    def __init__(self, work_order: WorkOrder, changes: Mapping[str, Any]) -> None:
        self.work_order, self.changes = work_order, changes

    def __getitem__(self, name: str) -> Any:
        return self.changes[name] if name in self.changes else getattr(self.work_order, name, None)


def check_guard(edge: Transition, values: Values) -> None:
    if not edge.guard_field:
        return
    value = values[edge.guard_field]
    text = str(getattr(value, "key", None) or getattr(value, "pk", None) or value or "")
    met = {
        GuardOperator.PRESENT: bool(text),
        GuardOperator.EQUALS: text in edge.guard_values[:1],
        GuardOperator.IN: text in edge.guard_values,
    }[GuardOperator(edge.guard_operator)]
    if not met:
        wanted = "" if edge.guard_operator == GuardOperator.PRESENT else f" “{', '.join(edge.guard_values)}”"
        label = GUARDED_FIELDS.get(edge.guard_field, edge.guard_field)
        raise Conflict(
            f"This step is open only when {label} {GuardOperator(edge.guard_operator).label}{wanted}.",
            code="guard",
            field=edge.guard_field,
            headline="Cannot change status",
        )


def no_edge(work_order: WorkOrder, target: str, by: Member | None) -> Conflict:
    ways = ", ".join(status.name for status in possible(work_order, by)) or "none"
    return Conflict(
        f"Work that is “{work_order.status.name}” cannot become “{target}”. Possible next: {ways}.",
        code="no_transition",
        headline="Cannot change status",
        extra={"status": work_order.status.key},
    )
