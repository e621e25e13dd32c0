"""Clocks that run: one per person by a constraint of the database, wherever it was started.

Stopping posts what ran, to the nearest minute; under half a minute nothing is booked and the answer says so. A clock that
ran for more than 16 hours was forgotten: whoever stops it says when work ended; where nobody can be asked (the job is held,
completed or cancelled, or another clock starts) the first 16 hours are booked with a note that asks to correct them.

Locks are taken in this order: the person, the work orders by id, the person's days. A timer is removed only under the lock
of its work order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core import events
from core.errors import Conflict, Invalid
from core.relative_time import hours
from labor.models import Technician
from tenancy.models import Member
from workorders import local_days, peers, permissions
from workorders.actions import costing, time, writing
from workorders.choices import ACTIVE, Meaning, TimeCategory
from workorders.models import TimeEntry, Timer, WorkOrder

FORGOTTEN = dt.timedelta(hours=16)
HEADLINE = "Cannot run a clock"


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a clock came to: entries, or none when it ran for less than half a minute or the day was full."""

    work_order: WorkOrder
    entries: Sequence[TimeEntry]
    ran: bool = True

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)

    def __str__(self) -> str:
        if not self.ran:
            return "No clock was running; it may have been stopped somewhere else."
        if not self.entries:
            return "Nothing was booked: the clock ran for less than half a minute."
        return f"{hours(self.minutes)} booked."


@transaction.atomic
def start_timer(
    work_order: WorkOrder,
    *,
    by: Member | None,
    person: Technician | None = None,
    category: str = TimeCategory.WORK,
    at: dt.datetime | None = None,
) -> Timer:
    """Let a clock run on this job. One that runs elsewhere for the same person is stopped and posted."""
    ready = starter(work_order, person.pk if person else by.pk if by else None)
    if ready is None:
        raise Invalid({"person": "Only active technicians have a clock: name one."}, headline=time.HEADLINE)
    technician, running = ready
    work_order = writing.lock(work_order)
    permissions.require_booking(by, work_order, technician.pk)
    writing.refuse_closed(work_order)
    time.check_person(work_order, technician)
    if category not in TimeCategory.values:
        raise Invalid({"category": f"Use one of {', '.join(TimeCategory.values)}."}, headline=time.HEADLINE)
    if work_order.meaning not in ACTIVE:
        raise Conflict(
            f"Work that is “{work_order.status.name}” takes no running clock. Add the time by hand.",
            code=work_order.meaning,
            headline=HEADLINE,
        )
    if work_order.meaning == Meaning.ON_HOLD and category == TimeCategory.WORK:
        raise Conflict(
            "The work is on hold. Resume it, and its clock runs; waiting and travel can be clocked as they are.",
            code="on_hold",
            headline=HEADLINE,
        )
    if running and (running.work_order_id, running.category) == (work_order.pk, category):
        return running
    timer = run(work_order, technician, running, category=category, at=writing.happened_at(work_order, at), by=by)
    writing.save(work_order, ())
    events.record(
        "work_order.timer_started", work_order, by=by,
        changes={"person": [None, str(technician.pk)], "category": [None, category]},
    )  # fmt: skip
    return timer


@transaction.atomic
def stop_timer(
    work_order: WorkOrder,
    *,
    by: Member | None,
    person: Technician | None = None,
    at: dt.datetime | None = None,
    overtime_factor: Decimal = Decimal(1),
    note: str = "",
    discard: bool = False,
) -> Stopped:
    """Stop the clock that runs on this job and post its time; `at`: when work ended, `discard`: book nothing."""
    work_order = writing.lock(work_order)
    person_id = person.pk if person else by.pk if by else None
    if by is None or person_id != by.pk:
        permissions.require_booking(by, work_order, person_id)
    if not discard:
        writing.refuse_closed(work_order)
    timer = Timer.objects.filter(person_id=person_id, work_order=work_order).first()
    if timer is None:
        # Stopped already, on another device maybe: that is what was wanted.
        return Stopped(work_order, (), ran=False)
    time.check_words(timer.category, overtime_factor, note)
    now = timezone.now()
    if at is not None and not timer.started_at <= at <= now + time.CLOCK_SKEW:
        raise Invalid({"ended_at": "Work ended between the start of the clock and now."}, headline=time.HEADLINE)
    if at is None and not discard and now - timer.started_at > FORGOTTEN:
        raise Conflict(
            f"This clock has been running for {hours(round((now - timer.started_at).total_seconds() / 60))}."
            " Say when you stopped working, or discard it.",
            code="forgotten",
            field="ended_at",
            headline="Cannot stop the clock",
        )
    if at is not None and at - timer.started_at > time.LONGEST:
        raise Invalid(
            {"ended_at": "One clock covers at most 24 hours; discard it and book each day by hand."},
            headline=time.HEADLINE,
        )
    end = timer.started_at if discard else min(at or now, now)
    return finish(work_order, timer, at=end, by=by, overtime_factor=overtime_factor, note=note.strip(), named=bool(at))


# --- For acts that move the work --------------------------------------------------------------------------------------
def starter(work_order: WorkOrder, person_id: UUID | None) -> tuple[Technician, Timer | None] | None:
    """Before a job on which this person's clock will run is locked: the technician, locked, and the clock that runs now,
    with its work order and this one locked in the order of their ids. None for somebody who has no clock."""

    def load(ids: list[UUID]) -> dict[UUID, Technician]:
        technicians = Technician.objects.select_for_update(of=("self",), no_key=True).select_related("member")
        technician = technicians.filter(pk=person_id, is_active=True).first() if person_id else None
        return dict.fromkeys(ids, technician) if technician else {}

    technician = peers.read(work_order, ("technician", person_id), load, None)
    if technician is None:
        return None
    timers = Timer.objects.filter(person_id=technician.pk)
    running = timers.first()
    if running is not None:
        both = WorkOrder.objects.filter(pk__in=[work_order.pk, running.work_order_id]).order_by("pk")
        list(both.select_for_update(of=("self",)).values_list("pk", flat=True))
        # It may have been stopped while we waited; nobody can have started another one.
        running = timers.first()
    return technician, running


def begin(
    work_order: WorkOrder, ready: tuple[Technician, Timer | None] | None, *, by: Member | None, at: dt.datetime
) -> None:
    """The work was started: the clock of whoever started it runs from then on."""
    if ready is None:
        return
    technician, running = ready
    if running and (running.work_order_id, running.category) == (work_order.pk, TimeCategory.WORK):
        return
    run(work_order, technician, running, category=TimeCategory.WORK, at=at, by=by)


def run(
    work_order: WorkOrder,
    technician: Technician,
    running: Timer | None,
    *,
    category: str,
    at: dt.datetime,
    by: Member | None,
) -> Timer:
    """Start the clock at `at`, or right after what was booked since; what ran before is posted until then."""
    now = timezone.now()
    at = min(at, now)
    if now - at > FORGOTTEN:
        # A late note of an earlier start; nobody's clock has been running since.
        at = now
    if at < now:
        busy = TimeEntry.objects.filter(person_id=technician.pk, ended_at__gt=at, corrects=None, corrections=None)
        at = min(max([at, *(ended for ended in busy.values_list("ended_at", flat=True) if ended)]), now)
    if running is not None:
        here = work_order if running.work_order_id == work_order.pk else writing.lock(running.work_order)
        finish(here, running, at=at, by=by)
    return Timer.objects.create(
        tenant_id=work_order.tenant_id, person_id=technician.pk, work_order=work_order, category=category, started_at=at
    )


def finish(
    work_order: WorkOrder,
    timer: Timer,
    *,
    at: dt.datetime,
    by: Member | None,
    overtime_factor: Decimal = Decimal(1),
    note: str = "",
    named: bool = False,
) -> Stopped:
    """Remove a timer of a locked work order and post what it ran; `named`: somebody said when work ended."""
    entries = settle(work_order, timer, at=at, by=by, overtime_factor=overtime_factor, note=note, named=named)
    if entries:
        costing.refresh(work_order)
        time.tell(work_order, entries, by=by)
    else:
        writing.save(work_order, ())
        events.record(
            "work_order.timer_stopped", work_order, by=by, changes={"person": [None, str(timer.person_id)]}
        )  # fmt: skip
    return Stopped(work_order, entries)


def settle(
    work_order: WorkOrder,
    timer: Timer,
    *,
    at: dt.datetime,
    by: Member | None,
    overtime_factor: Decimal = Decimal(1),
    note: str = "",
    named: bool = False,
) -> list[TimeEntry]:
    ran = at - timer.started_at
    if ran > FORGOTTEN and not named:
        note = (
            f"The clock ran on for {hours(round(ran.total_seconds() / 60))}; the first 16 h are booked. Please correct."
        )
        at = timer.started_at + FORGOTTEN
    zone = time.zone_of(work_order, by)
    stretches = local_days.split(timer.started_at, at, zone)
    technician = Technician.objects.select_related("member").get(pk=timer.person_id)
    timer.delete()
    if not stretches:
        return []
    return time.post(
        work_order, technician, stretches, by=by, zone=zone, category=timer.category, overtime_factor=overtime_factor,
        note=note, clip=True,
    )  # fmt: skip


def stop_all(work_order: WorkOrder, *, by: Member | None, at: dt.datetime) -> bool:
    """The work rests: every clock on this locked job is stopped, and what it ran is posted; answers whether anything was."""

    def load(ids: list[UUID]) -> dict[UUID, list[Timer]]:
        return peers.listed(Timer.objects.filter(work_order_id__in=ids).order_by("person_id"))

    nobody: list[Timer] = []
    booked = False
    for timer in peers.read(work_order, "timers", load, nobody):
        entries = settle(work_order, timer, at=max(at, timer.started_at), by=by)
        if entries:
            booked = True
            costing.refresh(work_order)
            time.tell(work_order, entries, by=by)
    return booked


def spent(work_order: WorkOrder, *, just_booked: bool) -> dict[str, int]:
    """The actual minutes that booked time gives a job, whatever its category; nothing where somebody said more before."""

    def load(ids: list[UUID]) -> dict[UUID, int]:
        entries = TimeEntry.objects.filter(work_order_id__in=ids).order_by()
        return dict(entries.values_list("work_order_id").annotate(sum=Sum("minutes")))

    # What was read for all of a bulk run may be older than what a clock posted a moment ago.
    booked = load([work_order.pk]).get(work_order.pk, 0) if just_booked else peers.read(work_order, "booked", load, 0)
    return {"actual_minutes": booked} if booked > (work_order.actual_minutes or 0) else {}
