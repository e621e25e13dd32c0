"""What every act on a work order shares: locking, versions, moving along the graph, and what an event says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from core import events
from core.errors import Conflict, Invalid, Stale
from core.writing import apply, save
from labor.models import Crew, Technician
from tenancy.models import Member
from workorders.choices import Meaning
from workorders.models import Status, StatusLog, WorkOrder


# An argument nobody gave: what it stands for stays as it is.
KEEP: Any = object()


def lock(work_order: WorkOrder, *, expected_version: int | None = None) -> WorkOrder:
    """The row as it is now, locked; `Stale` when the caller had read an older version."""
    locked: WorkOrder = WorkOrder.objects.lock(work_order.pk)
    if expected_version is not None and locked.version != expected_version:
        raise Stale(locked.version, headline="Work order has changed")
    return locked


def refuse_closed(work_order: WorkOrder) -> None:
    if work_order.meaning == Meaning.CLOSED:
        raise Conflict(
            "A closed work order is kept as it is. Comment on it, or open a follow-up.",
            code="closed",
            headline="Work order is closed",
        )


def check_people(work_order: WorkOrder, to: Any, crew: Any, helpers: Any) -> None:
    """Who is named must belong to the tenant and still work there; all problems at once."""
    problems = {}
    if isinstance(to, Technician) and (
        to.tenant_id != work_order.tenant_id or not to.is_active or not to.member.is_active
    ):
        problems["assigned_to"] = "Assigned technician must exist and be active."
    if isinstance(crew, Crew) and (crew.tenant_id != work_order.tenant_id or not crew.is_active):
        problems["crew"] = "The crew must exist and be active."
    if helpers is not KEEP and any(
        helper.tenant_id != work_order.tenant_id or not helper.is_active for helper in helpers
    ):
        problems["helpers"] = "Everybody named must exist and be active."
    if problems:
        raise Invalid(problems, headline="Invalid work order data")


def happened_at(work_order: WorkOrder | None, at: dt.datetime | None, *, field: str = "at") -> dt.datetime:
    """When it happened: now, or a past moment the caller names (an offline tablet, a late note)."""
    now = timezone.now()
    if at is None:
        return now
    if at > now + dt.timedelta(minutes=5):
        raise Invalid({field: "This time lies in the future."})
    if work_order is not None and at < work_order.created_at - dt.timedelta(days=366):
        raise Invalid({field: "This time lies long before the work order was reported."})
    return at


def move(
    work_order: WorkOrder,
    target: Status,
    *,
    by: Member | None,
    at: dt.datetime,
    event: str,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> WorkOrder:
    """Write the new status with the times it implies, the status log and one event."""
    before = work_order.status
    implied: dict[str, Any] = {"status": target, "meaning": target.meaning}
    implied["completed_at"] = (
        (work_order.completed_at or at) if target.meaning in (Meaning.COMPLETED, Meaning.CLOSED) else None
    )
    implied["closed_at"] = at if target.meaning == Meaning.CLOSED else None
    implied["cancelled_at"] = at if target.meaning == Meaning.CANCELLED else None
    if target.meaning == Meaning.IN_PROGRESS and work_order.started_at is None:
        implied["started_at"] = at
    if target.meaning != Meaning.ON_HOLD:
        implied |= {"hold_reason": "", "hold_note": "", "hold_until": None}
    told = apply(work_order, {**implied, **(changes or {})})
    told.pop("meaning", None)
    save(work_order, {**implied, **(changes or {})})
    StatusLog.objects.create(
        tenant_id=work_order.tenant_id,
        work_order=work_order,
        from_status=before,
        to_status=target,
        from_meaning=before.meaning,
        to_meaning=target.meaning,
        occurred_at=at,
        by=by,
        reason=reason[:500],
    )
    events.record(event, work_order, by=by, at=at, changes=told | ({"reason": [None, reason]} if reason else {}))
    return work_order
