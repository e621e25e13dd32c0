"""What every act on a work order shares: locking, versions, moving along the graph, and what an event says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from typing import Any

from django.utils import timezone

from core import events
from core.db import prepared
from core.errors import Conflict, Invalid, Stale
from core.ids import uuid7
from core.writing import apply
from core.writing import save as save_row
from labor.models import Crew, Technician
from tenancy.models import Member
from workorders.actions import batch, stockroom
from workorders.choices import Meaning
from workorders.failure_codes import refuse_codes
from workorders.models import Status, WorkOrder

# An argument nobody gave: what it stands for stays as it is.
KEEP: Any = object()


def lock(work_order: WorkOrder, *, expected_version: int | None = None) -> WorkOrder:
    """The row as it is now, locked; `Stale` when the caller had read an older version."""
    many = batch.current()
    locked: WorkOrder = (many and many.row(work_order.pk)) or WorkOrder.objects.lock(work_order.pk)
    if expected_version is not None and locked.version != expected_version:
        raise Stale(locked.version, headline="Work order has changed")
    return locked


def save(row: Any, fields: Iterable[str]) -> None:
    """Write the fields with the next version; in a batch, together with those of the other rows."""
    many = batch.current()
    if many is None or not many.save(row, fields):
        save_row(row, fields)


def refuse_closed(work_order: WorkOrder) -> None:
    if work_order.meaning == Meaning.CLOSED:
        raise Conflict(
            "A closed work order is kept as it is. Comment on it, or open a follow-up.",
            code="closed",
            headline="Work order is closed",
        )
    refuse_sealed(work_order)


def refuse_sealed(work_order: WorkOrder) -> None:
    """Signed by password, a record takes nothing more but comments (and its verification)."""
    if work_order.sealed_at:
        raise Conflict(
            "It was signed electronically and is kept as it was signed. Comment on it, or open a follow-up.",
            code="sealed",
            headline="Work order is signed",
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
        helper.tenant_id != work_order.tenant_id or not helper.is_active or not helper.member.is_active
        for helper in helpers
    ):
        problems["helpers"] = "Everybody named must exist and be active."
    if problems:
        raise Invalid(problems, headline="Invalid work order data")


def check(work_order: WorkOrder, *, anew: Container[str] = ()) -> None:
    """What makes the fields of a work order sound, whichever door they came through; all problems at once.

    `anew` names the fields that this act sets.
    """
    problems: dict[str, str] = {}
    if not work_order.title:
        problems["title"] = "Say in a few words what is wrong."
    elif len(work_order.title) > 200:
        problems["title"] = "A title has at most 200 characters; put the rest into the description."
    if len(work_order.description) > 20000:
        problems["description"] = "A description has at most 20,000 characters."
    for name, label in (("estimated_minutes", "Estimated"), ("actual_minutes", "Actual")):
        value = getattr(work_order, name)
        if value is not None and not 0 <= value <= 525_600:
            problems[name] = f"{label} time lies between 0 and 8,760 hours."
    if work_order.progress is not None and not 0 <= work_order.progress <= 100:
        problems["progress"] = "Progress is a percentage from 0 to 100."
    if len(work_order.external_id) > 120:
        problems["external_id"] = "This has at most 120 characters."
    refuse_codes(work_order, anew, problems)
    for name in ("due_at", "scheduled_at"):
        value = getattr(work_order, name)
        if value is not None and not 1990 <= value.year <= 2200:
            problems[name] = "This date cannot be right: use a year from 1990 to 2200."
    for name in ("asset", "location", "department", "requested_by", "priority", "type", "project"):
        # What nobody set anew is not looked up again: it was checked when it was set.
        related = work_order._state.fields_cache.get(name)
        if related is not None and related.tenant_id != work_order.tenant_id:
            problems[name] = "There is no such record."
    if problems:
        raise Invalid(problems, headline="Invalid work order data")


def still_here(work_order: WorkOrder) -> dict[str, Any]:
    """The technician and the crew of the job, as far as they still work here."""
    lead, crew = work_order.assigned_to, work_order.crew
    return {
        "assigned_to": lead if lead and lead.is_active and lead.member.is_active else None,
        "crew": crew if crew and crew.is_active else None,
    }


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


LOG = (
    "INSERT INTO workorders_statuslog (id, tenant_id, work_order_id, from_status_id, to_status_id, from_meaning, to_meaning,"
    " occurred_at, recorded_at, by_id, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def log_status(
    work_order: WorkOrder, before: Status | None, after: Status, *, by: Member | None, at: dt.datetime, reason: str = ""
) -> None:
    """One line of the status log (`models.StatusLog`), by a prepared statement: every act leaves one."""
    line = [
        uuid7(), work_order.tenant_id, work_order.pk, before.pk if before else None, after.pk,
        before.meaning if before else "", after.meaning, at, timezone.now(), by.pk if by else None, reason[:500],
    ]  # fmt: skip
    many = batch.current()
    if many is not None and many.row(work_order.pk) is work_order:
        many.log.append(line)
    else:
        prepared.write(LOG, line)


def move(
    work_order: WorkOrder,
    target: Status,
    *,
    by: Member | None,
    at: dt.datetime,
    event: str,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
    also: Mapping[str, Any] | None = None,
) -> WorkOrder:
    """Write the new status with the times it implies, the status log and one event (`also`: what else it tells)."""
    if target.meaning != Meaning.CLOSED:
        refuse_sealed(work_order)
    before = work_order.status
    implied: dict[str, Any] = {"status": target, "meaning": target.meaning}
    implied["completed_at"] = (
        (work_order.completed_at or at) if target.meaning in (Meaning.COMPLETED, Meaning.CLOSED) else None
    )
    implied["closed_at"] = at if target.meaning == Meaning.CLOSED else None
    implied["cancelled_at"] = (work_order.cancelled_at or at) if target.meaning == Meaning.CANCELLED else None
    if target.meaning == Meaning.IN_PROGRESS and work_order.started_at is None:
        implied["started_at"] = at
    if target.meaning != Meaning.ON_HOLD:
        implied |= {"hold_reason": "", "hold_note": "", "hold_until": None}
    told = apply(work_order, {**implied, **(changes or {})}) | dict(also or {})
    told.pop("meaning", None)
    check(work_order, anew=told)
    save(work_order, {**implied, **(changes or {})})
    log_status(work_order, before, target, by=by, at=at, reason=reason)
    if target.meaning in (Meaning.COMPLETED, Meaning.CANCELLED):
        stockroom.release_all(work_order, by=by, at=at)
    events.record(event, work_order, by=by, at=at, changes=told | ({"reason": [None, reason]} if reason else {}))
    return work_order
