"""Assign and take; start, hold, resume, complete; verify, send back, cancel, reinstate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from core import events
from core.errors import Conflict, Invalid, PermissionDenied
from labor.models import Crew, Technician
from tenancy.models import Member
from tenancy.permissions import require
from workorders import catalogue, checklist, completing, links, permissions, workflow
from workorders.actions import timers, writing
from workorders.actions.writing import KEEP
from workorders.choices import CodeKind, HoldReason, Meaning, TaskStatus
from workorders.models import Assignment, FailureCode, Status, Task, WorkOrder


@transaction.atomic
def assign(
    work_order: WorkOrder,
    *,
    by: Member | None,
    to: Technician | None = KEEP,
    crew: Crew | None = KEEP,
    helpers: Sequence[Technician] = KEEP,
    at: dt.datetime | None = None,
    expected_version: int | None = None,
) -> WorkOrder:
    """Set who does the job: the technician who leads it, a crew, further people. What is not named stays.

    Open work becomes assigned; taking the last one off an assigned job opens it again.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.assign")
    return put_on_job(work_order, by=by, to=to, crew=crew, helpers=helpers, at=at)


@transaction.atomic
def take(work_order: WorkOrder, *, by: Member) -> WorkOrder:
    """A technician takes work that nobody has."""
    work_order = writing.lock(work_order)
    require(by, "workorder.take")
    if not permissions.is_unassigned(work_order):
        raise Conflict(
            f"Somebody was faster: this work is {work_order.status.name.lower()} already.",
            code="taken",
            headline="Cannot take work order",
        )
    return put_on_job(work_order, by=by, to=technician_of(by), crew=KEEP, helpers=KEEP)


def technician_of(member: Member) -> Technician:
    technician = Technician.objects.filter(pk=member.pk).first()
    if technician is None:
        raise PermissionDenied("workorder.take", "Only technicians can take work; you have no technician profile.")
    return technician


def put_on_job(
    work_order: WorkOrder, *, by: Member | None, to: Any, crew: Any, helpers: Any, at: dt.datetime | None = None
) -> WorkOrder:
    writing.refuse_closed(work_order)
    if work_order.meaning in (Meaning.COMPLETED, Meaning.CANCELLED):
        raise Conflict(
            f"Work that is “{work_order.status.name}” cannot be assigned.",
            code=work_order.meaning,
            headline="Cannot assign",
        )
    changes: dict[str, Any] = {}
    if to is not KEEP:
        changes["assigned_to"] = to
    if crew is not KEEP:
        changes["crew"] = crew
    writing.check_people(work_order, to, crew, helpers)
    lead = changes.get("assigned_to", work_order.assigned_to)
    group = changes.get("crew", work_order.crew)
    told_helpers = set_helpers(work_order, lead, helpers, by) if to is not KEEP or helpers is not KEEP else {}
    if work_order.meaning == Meaning.OPEN and (lead or group):
        target = workflow.require(work_order, Meaning.ASSIGNED, by=by, changes=changes)
    elif work_order.meaning == Meaning.ASSIGNED and not (lead or group):
        target = workflow.require(work_order, Meaning.OPEN, by=by, changes=changes)
    else:
        told = writing.apply(work_order, changes) | told_helpers
        if told:
            writing.save(work_order, changes)
            events.record(
                "work_order.assigned" if lead or group else "work_order.unassigned", work_order, by=by, changes=told
            )
        return work_order
    event = "work_order.assigned" if target.meaning == Meaning.ASSIGNED else "work_order.unassigned"
    happened = writing.happened_at(work_order, at)
    return writing.move(work_order, target, by=by, at=happened, event=event, changes=changes, also=told_helpers)


def set_helpers(work_order: WorkOrder, lead: Technician | None, helpers: Any, by: Member | None) -> dict[str, Any]:
    """Write who helps (`KEEP`: those who did); who leads the job is not a helper as well."""
    before = {assignment.technician_id for assignment in work_order.assignments.all()}
    after = before if helpers is KEEP else {helper.pk for helper in helpers}
    if lead:
        after = after - {lead.pk}
    if before == after:
        return {}
    work_order.assignments.filter(technician_id__in=before - after).delete()
    Assignment.objects.bulk_create(
        Assignment(tenant_id=work_order.tenant_id, work_order=work_order, technician_id=pk, added_by=by)
        for pk in sorted(after - before)
    )
    return {"helpers": [sorted(str(pk) for pk in before), sorted(str(pk) for pk in after)]}


@transaction.atomic
def start(
    work_order: WorkOrder,
    *,
    by: Member | None,
    at: dt.datetime | None = None,
    to: Status | None = None,
    reason: str = "",
    expected_version: int | None = None,
) -> WorkOrder:
    """Begin the work. A technician who starts what nobody has leads it from then on; their clock runs.

    Work that unfinished work blocks is begun only by who edits work and gives a `reason`, which the log keeps.
    """
    ready = timers.starter(work_order, by.pk if by else None)
    work_order = writing.lock(work_order, expected_version=expected_version)
    permissions.require_work(by, work_order)
    if work_order.meaning == Meaning.COMPLETED:
        raise workflow.no_edge(work_order, "In progress, started anew", by)
    changes: dict[str, Any] = {}
    if by is not None and not work_order.assigned_to_id and not work_order.crew_id:
        changes["assigned_to"] = Technician.objects.filter(pk=by.pk, is_active=True).first()
    links.refuse_blocked(work_order, by=by, reason=reason)
    target = workflow.require(work_order, Meaning.IN_PROGRESS, by=by, to=to, reason=reason, changes=changes)
    event = "work_order.resumed" if work_order.meaning == Meaning.ON_HOLD else "work_order.started"
    happened = writing.happened_at(work_order, at)
    why = reason.strip()
    writing.move(work_order, target, by=by, at=happened, event=event, changes=changes, reason=why)
    timers.begin(work_order, ready, by=by, at=happened)
    return work_order


def resume(work_order: WorkOrder, *, by: Member | None, at: dt.datetime | None = None, **options: Any) -> WorkOrder:
    """Go on with work on hold. The same move as `start`, from another status."""
    return start(work_order, by=by, at=at, **options)


@transaction.atomic
def hold(
    work_order: WorkOrder,
    *,
    by: Member | None,
    reason: str,
    note: str = "",
    until: dt.date | None = None,
    at: dt.datetime | None = None,
    to: Status | None = None,
    expected_version: int | None = None,
) -> WorkOrder:
    """Interrupt the work for a reason of `HoldReason`, with a note and, if known, the day it may go on. Its clocks stop."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    permissions.require_work(by, work_order)
    if reason not in HoldReason.values:
        raise Invalid({"reason": f"Choose why: {', '.join(HoldReason.values)}."}, headline="Invalid work order data")
    if len(note) > 500:
        raise Invalid({"note": "A note has at most 500 characters."}, headline="Invalid work order data")
    changes = {"hold_reason": reason, "hold_note": note, "hold_until": until}
    target = workflow.require(work_order, Meaning.ON_HOLD, by=by, to=to, reason=reason, changes=changes)
    happened = writing.happened_at(work_order, at)
    timers.stop_all(work_order, by=by, at=happened)
    told = HoldReason(reason).label + (f": {note}" if note else "")
    return writing.move(
        work_order,
        target,
        by=by,
        at=happened,
        event="work_order.held",
        changes=changes,
        reason=told,
    )


@transaction.atomic
def complete(
    work_order: WorkOrder,
    *,
    by: Member | None,
    resolution: str = "",
    failure_cause: str = "",
    problem: FailureCode | None = None,
    cause: FailureCode | None = None,
    remedy: FailureCode | None = None,
    actual_minutes: int | None = None,
    waiver: str = "",
    at: dt.datetime | None = None,
    to: Status | None = None,
    expected_version: int | None = None,
) -> WorkOrder:
    """Finish work in progress. Leaves status, who and when, what was done, and one event.

    What is still missing is refused all at once (`completing.Incomplete`), unless somebody who may waives it: `waiver` says why.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    permissions.require_work(by, work_order)
    changes: dict[str, Any] = {
        name: value
        for name, value in (
            ("resolution", resolution.strip()),
            ("failure_cause", failure_cause.strip()),
            ("problem", problem),
            ("cause", cause),
            ("remedy", remedy),
            ("actual_minutes", actual_minutes),
        )
        if value not in ("", None)
    }
    happened = writing.happened_at(work_order, at, field="completed_at")
    just_booked = timers.stop_all(work_order, by=by, at=happened)
    if actual_minutes is None:
        changes |= timers.spent(work_order, just_booked=just_booked)
    target = workflow.require(work_order, Meaning.COMPLETED, by=by, to=to, changes=changes)
    tasks = checklist.tasks_of(work_order)
    reason = ""
    if gaps := completing.missing(work_order, changes=changes, tasks=tasks):
        if by is None or not waiver.strip():
            raise completing.Incomplete(gaps)
        require(by, "workorder.waive")
        reason = f"Completed without {len(gaps)} of what it asks for: {waiver.strip()}"
        waive_steps(tasks, by=by, reason=waiver.strip()[:500], at=happened)
    # Without a checklist, done is done; with one, progress is what its steps say.
    progress = checklist.progress(tasks)
    changes["progress"] = 100 if progress is None else progress
    return writing.move(
        work_order, target, by=by, at=happened, event="work_order.completed", changes=changes, reason=reason
    )


def waive_steps(tasks: Sequence[Task], *, by: Member, reason: str, at: dt.datetime) -> None:
    """The required steps that are left out, each with the name and the reason; one statement."""
    left_out = completing.undone(tasks)
    for task in left_out:
        task.status, task.waived_by = TaskStatus.SKIPPED, by
    Task.objects.filter(pk__in=[task.pk for task in left_out]).update(
        status=TaskStatus.SKIPPED, completed_by=by, completed_at=at, waived_by=by, waived_reason=reason,
        version=F("version") + 1,
    )  # fmt: skip


@transaction.atomic
def verify(
    work_order: WorkOrder, *, by: Member | None, at: dt.datetime | None = None, to: Status | None = None,
    expected_version: int | None = None,
) -> WorkOrder:  # fmt: skip
    """Accept completed work and close it; from then on it is kept as it is."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.close")
    target = workflow.require(work_order, Meaning.CLOSED, by=by, to=to)
    return writing.move(work_order, target, by=by, at=writing.happened_at(work_order, at), event="work_order.closed")


@transaction.atomic
def send_back(
    work_order: WorkOrder,
    *,
    by: Member | None,
    reason: str,
    to: Status | None = None,
    expected_version: int | None = None,
) -> WorkOrder:
    """Return completed work to the technician, saying what is missing."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.close")
    if work_order.meaning != Meaning.COMPLETED:
        raise workflow.no_edge(work_order, "sent back", by)
    target = workflow.require(work_order, Meaning.IN_PROGRESS, by=by, to=to, reason=reason)
    return writing.move(
        work_order,
        target,
        by=by,
        at=writing.happened_at(work_order, None),
        event="work_order.sent_back",
        reason=reason.strip(),
    )


@transaction.atomic
def cancel(
    work_order: WorkOrder,
    *,
    by: Member | None,
    reason: str,
    at: dt.datetime | None = None,
    to: Status | None = None,
    expected_version: int | None = None,
) -> WorkOrder:
    """Decide that the work will not be done."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.cancel")
    target = workflow.require(work_order, Meaning.CANCELLED, by=by, to=to, reason=reason)
    happened = writing.happened_at(work_order, at)
    timers.stop_all(work_order, by=by, at=happened)
    return writing.move(
        work_order,
        target,
        by=by,
        at=happened,
        event="work_order.cancelled",
        reason=reason.strip(),
    )


@transaction.atomic
def reinstate(
    work_order: WorkOrder, *, by: Member | None, to: Status | None = None, expected_version: int | None = None
) -> WorkOrder:
    """Take up cancelled work again: open, or assigned at once to those who had it."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.cancel")
    if work_order.meaning != Meaning.CANCELLED:
        raise workflow.no_edge(work_order, "reinstated", by)
    people = writing.still_here(work_order)
    target = workflow.require(work_order, Meaning.OPEN, by=by, to=to)
    happened = writing.happened_at(work_order, None)
    nobody = dict.fromkeys(people)
    work_order = writing.move(work_order, target, by=by, at=happened, event="work_order.reinstated", changes=nobody)
    if any(people.values()):
        assigned = workflow.require(work_order, Meaning.ASSIGNED, by=by, changes=people)
        writing.move(work_order, assigned, by=by, at=happened, event="work_order.assigned", changes=people)
    return work_order


def transition(work_order: WorkOrder, to: Status, *, by: Member | None, fields: Mapping[str, Any]) -> WorkOrder:
    """Move to a status by name, as the API's `status` does: the act that its meaning stands for.

    `fields` may hold reason, note, until, resolution, failure_cause, problem, cause, remedy, actual_minutes, at,
    expected_version.
    """
    here, there = work_order.meaning, to.meaning
    common: dict[str, Any] = {"by": by, "to": to, "expected_version": fields.get("expected_version")}
    reason = str(fields.get("reason") or "")
    if here == there:
        return relabel(work_order, reason=reason, **common)
    if there == Meaning.IN_PROGRESS and here == Meaning.COMPLETED:
        return send_back(work_order, reason=reason, **common)
    if there == Meaning.IN_PROGRESS:
        return start(work_order, at=fields.get("at"), reason=reason, **common)
    if there == Meaning.ON_HOLD:
        return hold(
            work_order, reason=reason, note=str(fields.get("note") or ""), until=fields.get("until"),
            at=fields.get("at"), **common,
        )  # fmt: skip
    if there == Meaning.COMPLETED:
        texts: dict[str, Any] = {name: str(fields.get(name) or "") for name in ("resolution", "failure_cause")}
        texts |= {kind: fields.get(kind) for kind in CodeKind.values}
        texts["waiver"] = str(fields.get("waiver") or "")
        return complete(work_order, actual_minutes=fields.get("actual_minutes"), at=fields.get("at"), **texts, **common)
    if there == Meaning.CLOSED:
        return verify(work_order, **common)
    if there == Meaning.CANCELLED:
        return cancel(work_order, reason=reason, **common)
    if there == Meaning.OPEN and here == Meaning.CANCELLED:
        return reinstate(work_order, **common)
    return put_back(work_order, **common)


@transaction.atomic
def put_back(work_order: WorkOrder, to: Status, *, by: Member | None, expected_version: int | None = None) -> WorkOrder:
    """Go back along the graph: to open, where nobody has the job any more, or to assigned with those who have it."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    require(by, "workorder.assign")
    nobody = not work_order.assigned_to_id and not work_order.crew_id
    if to.meaning == Meaning.ASSIGNED and nobody:
        raise Conflict(
            "Name who shall do the work; it becomes assigned by that.",
            code="assignee_needed",
            headline="Cannot change status",
        )
    changes = {"assigned_to": None, "crew": None} if to.meaning == Meaning.OPEN else {}
    target = workflow.require(work_order, to.meaning, by=by, to=to, changes=changes)
    told = set_helpers(work_order, None, (), by) if to.meaning == Meaning.OPEN else {}
    event = "work_order.unassigned" if to.meaning == Meaning.OPEN else "work_order.assigned"
    happened = writing.happened_at(work_order, None)
    timers.stop_all(work_order, by=by, at=happened)
    return writing.move(work_order, target, by=by, at=happened, event=event, changes=changes, also=told)


@transaction.atomic
def relabel(
    work_order: WorkOrder, to: Status, *, by: Member | None, reason: str = "", expected_version: int | None = None
) -> WorkOrder:
    """Move between two statuses of the same meaning (a tenant's finer steps) along an edge of the graph."""
    work_order = writing.lock(work_order, expected_version=expected_version)
    permissions.require_work(by, work_order)
    writing.refuse_closed(work_order)
    if to.meaning != work_order.meaning:
        # Another meaning is another act, with a permission of its own.
        raise workflow.no_edge(work_order, to.name, by)
    target = workflow.require(work_order, to.meaning, by=by, to=to, reason=reason)
    kept = {name: getattr(work_order, name) for name in ("hold_reason", "hold_note", "hold_until")}
    happened = writing.happened_at(work_order, None)
    return writing.move(
        work_order, target, by=by, at=happened, event="work_order.updated", changes=kept, reason=reason.strip()
    )


def catalogue_status(by: Member, key: str) -> Status:
    """The tenant's status of this key; `Invalid` names those there are."""
    known = catalogue.of(by)
    status = known.status(key)
    if status is None:
        raise Invalid(
            {"status": f"Unknown status. Use one of {', '.join(known.by_key['status'])}."},
            headline="Invalid work order data",
        )
    return status
