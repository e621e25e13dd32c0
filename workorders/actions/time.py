"""Time on a work order: booked by hand, taken back by a correction, and the one way in which minutes are posted.

What is posted never changes. A correction is a further entry that takes the whole earlier one back, at its rate, and a
replacement is an entry like any other. `WorkDay` is locked while minutes are posted, so that two doors that book for one
person at the same moment take turns, and no day ever holds more minutes than it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import events
from core.errors import Conflict, Invalid
from core.relative_time import hours
from labor.models import Technician
from tenancy.models import Member, Tenant
from workorders import local_days, permissions
from workorders.actions import costing, writing
from workorders.choices import TimeCategory
from workorders.local_days import Stretch
from workorders.models import TimeEntry, Timer, WorkDay, WorkOrder

HEADLINE = "Invalid time"
CENT = Decimal("0.01")
# Clocks differ a little; a minute that two entries share is no double booking.
CLOCK_SKEW = dt.timedelta(minutes=5)
SHARED = dt.timedelta(minutes=1)
LONGEST = dt.timedelta(hours=24)
LONGEST_NOTE = 300
WHEN = ("started_at", "ended_at", "worked_on", "minutes")


@transaction.atomic
def add_time(
    work_order: WorkOrder,
    *,
    by: Member | None,
    person: Technician | None = None,
    started_at: dt.datetime | None = None,
    ended_at: dt.datetime | None = None,
    worked_on: dt.date | None = None,
    minutes: int | None = None,
    category: str = TimeCategory.WORK,
    overtime_factor: Decimal = Decimal(1),
    note: str = "",
    expected_version: int | None = None,
) -> list[TimeEntry]:
    """Book time by hand: from when until when, or a day and minutes; for oneself, or for others where that is allowed.

    Answers one entry, or one per local day when it goes over midnight. The rate is the technician's at this moment.
    """
    work_order = writing.lock(work_order, expected_version=expected_version)
    technician = person or own_profile(by)
    permissions.require_booking(by, work_order, technician.pk)
    writing.refuse_closed(work_order)
    check_person(work_order, technician)
    zone = zone_of(work_order, by)
    stretches = asked(work_order, zone, started_at, ended_at, worked_on, minutes)
    check_words(category, overtime_factor, note)
    entries = post(
        work_order, technician, stretches, by=by, zone=zone, category=category, overtime_factor=overtime_factor,
        note=note.strip(),
    )  # fmt: skip
    costing.refresh(work_order)
    tell(work_order, entries, by=by)
    return entries


@transaction.atomic
def correct_time(
    entry: TimeEntry, *, by: Member | None, note: str = "", replacement: dict[str, Any] | None = None
) -> list[TimeEntry]:
    """Take an entry back by a new one and, if `replacement` says what was meant (as `add_time` takes it), book that.

    Answers the entry that takes back, then the replacing ones. What the replacement does not name is as it was.
    """
    work_order = writing.lock(entry.work_order)
    permissions.require_booking(by, work_order, entry.person_id)
    writing.refuse_closed(work_order)
    entry = TimeEntry.objects.select_related("person__technician__member").get(pk=entry.pk)
    if entry.corrects_id or entry.corrections.exists():
        raise Conflict(
            "This entry was corrected before. Correct the one that replaced it.",
            code="corrected",
            headline="Cannot correct time",
        )
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": f"A note has at most {LONGEST_NOTE} characters."}, headline=HEADLINE)
    meant = replacing(work_order, entry, replacement, by=by) if replacement is not None else None
    days = [entry.worked_on, *(one.day for one in meant["stretches"])] if meant else [entry.worked_on]
    lock_days(entry.tenant_id, entry.person_id, days)
    told = [take_back(entry, by=by, note=note.strip())]
    if meant:
        # The work was done at the rate of then, also when it is written down anew.
        told += post(work_order, entry.person.technician, by=by, rate=entry.rate, **meant)
    costing.refresh(work_order)
    booked = sum(one.minutes for one in told[1:])
    events.record("work_order.time_corrected", work_order, by=by, changes={"minutes": [entry.minutes, booked]})
    return told


def take_back(entry: TimeEntry, *, by: Member | None, note: str) -> TimeEntry:
    back = TimeEntry.objects.create(
        tenant_id=entry.tenant_id, work_order_id=entry.work_order_id, person_id=entry.person_id, category=entry.category,
        worked_on=entry.worked_on, minutes=-entry.minutes, overtime_factor=entry.overtime_factor, rate=entry.rate,
        cost=-entry.cost, note=note, corrects=entry, posted_by=by,
    )  # fmt: skip
    day = WorkDay.objects.filter(person_id=entry.person_id, worked_on=entry.worked_on)
    day.update(minutes=F("minutes") - entry.minutes)
    return back


def replacing(work_order: WorkOrder, entry: TimeEntry, given: dict[str, Any], *, by: Member | None) -> dict[str, Any]:
    """What `post` takes for the entry that shall stand instead; what is not named is as it was."""
    if all(given.get(name) is None for name in WHEN):
        given = given | when_of(entry)
    elif given.get("minutes") is not None and given.get("worked_on") is None:
        given = given | {"worked_on": entry.worked_on}
    note = given.get("note")
    words: dict[str, Any] = {
        "category": given.get("category") or entry.category,
        "overtime_factor": given.get("overtime_factor") or entry.overtime_factor,
        "note": entry.note if note is None else note.strip(),
    }
    check_words(**words)
    zone = zone_of(work_order, by)
    return {"zone": zone, "stretches": asked(work_order, zone, *(given.get(name) for name in WHEN)), **words}


def when_of(entry: TimeEntry) -> dict[str, Any]:
    if entry.started_at:
        return {"started_at": entry.started_at, "ended_at": entry.ended_at}
    return {"worked_on": entry.worked_on, "minutes": entry.minutes}


# --- What was asked for -----------------------------------------------------------------------------------------------
def own_profile(by: Member | None) -> Technician:
    found = Technician.objects.filter(pk=by.pk).first() if by else None
    if found is None:
        raise Invalid(
            {"person": "Name whose time it is: only technicians book time for themselves."}, headline=HEADLINE
        )
    return found


def check_person(work_order: WorkOrder, technician: Technician) -> None:
    if technician.tenant_id != work_order.tenant_id or not technician.is_active or not technician.member.is_active:
        raise Invalid({"person": "Whose time it is must exist and be active."}, headline=HEADLINE)


def check_words(category: str, overtime_factor: Decimal, note: str) -> None:
    problems = {}
    if category not in TimeCategory.values:
        problems["category"] = f"Use one of {', '.join(TimeCategory.values)}."
    if not Decimal(1) <= overtime_factor <= Decimal(5):
        problems["overtime_factor"] = "The overtime factor lies between 1 and 5."
    if len(note) > LONGEST_NOTE:
        problems["note"] = f"A note has at most {LONGEST_NOTE} characters."
    if problems:
        raise Invalid(problems, headline=HEADLINE)


def zone_of(work_order: WorkOrder, by: Member | None) -> ZoneInfo:
    """The organisation's zone, in which its days begin and end."""
    if by is not None:
        return ZoneInfo(by.tenant.time_zone)
    return ZoneInfo(Tenant.objects.values_list("time_zone", flat=True).get(pk=work_order.tenant_id))


def asked(
    work_order: WorkOrder,
    zone: ZoneInfo,
    started_at: dt.datetime | None,
    ended_at: dt.datetime | None,
    worked_on: dt.date | None,
    minutes: int | None,
) -> list[Stretch]:
    """What was worked when, by local days; `Invalid` when it cannot be so."""
    now = timezone.now()
    if started_at is None and ended_at is None:
        return [Stretch(*check_day(work_order, zone, now, worked_on, minutes))]
    if minutes is not None or worked_on is not None:
        raise Invalid({"minutes": "Say from when until when, or a day and minutes, not both."}, headline=HEADLINE)
    problems = {}
    if started_at is None:
        problems["started_at"] = "Say when it began, too."
    elif started_at < work_order.created_at - dt.timedelta(days=366):
        problems["started_at"] = "This time lies long before the work order was reported."
    if ended_at is None:
        problems["ended_at"] = "Say when it ended, too."
    elif ended_at > now + CLOCK_SKEW:
        problems["ended_at"] = "This time lies in the future. Book what was done, when it is done."
    if started_at and ended_at and not problems:
        ended_at = min(ended_at, now)
        if ended_at <= started_at:
            problems["ended_at"] = "It ended before it began."
        elif ended_at - started_at > LONGEST:
            problems["ended_at"] = "One entry covers at most 24 hours; make one for each day."
    if problems or started_at is None or ended_at is None:
        raise Invalid(problems, headline=HEADLINE)
    found = local_days.split(started_at, ended_at, zone)
    if not found:
        raise Invalid({"ended_at": "That is less than half a minute; there is nothing to book."}, headline=HEADLINE)
    return found


def check_day(
    work_order: WorkOrder, zone: ZoneInfo, now: dt.datetime, worked_on: dt.date | None, minutes: int | None
) -> tuple[dt.date, Any, Any, int]:
    problems = {}
    if minutes is None or not 1 <= minutes <= local_days.FULL_DAY:
        problems["minutes"] = "Give the time spent: from 1 minute to 24 hours."
    day = worked_on or local_days.today(zone, now)
    if day > local_days.today(zone, now):
        problems["worked_on"] = "This day lies in the future. Book what was done, when it is done."
    elif day < work_order.created_at.date() - dt.timedelta(days=366):
        problems["worked_on"] = "This day lies long before the work order was reported."
    if problems or minutes is None:
        raise Invalid(problems, headline=HEADLINE)
    return day, None, None, minutes


# --- Posting ----------------------------------------------------------------------------------------------------------
def post(
    work_order: WorkOrder,
    technician: Technician,
    stretches: Sequence[Stretch],
    *,
    by: Member | None,
    zone: ZoneInfo,
    category: str,
    overtime_factor: Decimal = Decimal(1),
    note: str = "",
    rate: Decimal | None = None,
    clip: bool = False,
) -> list[TimeEntry]:
    """Write the stretches as entries of a locked work order. `clip`: what a day cannot hold any more is left out instead
    of refused, because a clock that stops must not stand in the way of the work."""
    days = lock_days(work_order.tenant_id, technician.pk, [one.day for one in stretches])
    rate = technician.hourly_rate if rate is None else rate
    if not clip:
        refuse_overlap(work_order, technician, stretches, by=by, zone=zone)
    entries = []
    for one in stretches:
        booked, most = days[one.day].minutes, local_days.capacity(one.day, zone)
        minutes = min(one.minutes, most - booked) if clip else one.minutes
        if booked + minutes > most:
            raise day_full(technician, one.day, booked, minutes, most)
        if minutes <= 0:
            continue
        days[one.day].minutes += minutes
        entries.append(
            TimeEntry(
                tenant_id=work_order.tenant_id, work_order=work_order, person_id=technician.pk, category=category,
                worked_on=one.day, started_at=one.start, ended_at=one.end, minutes=minutes,
                overtime_factor=overtime_factor, rate=rate, cost=cost_of(minutes, rate, overtime_factor), note=note,
                posted_by=by,
            )
        )  # fmt: skip
    TimeEntry.objects.bulk_create(entries)
    for day in {entry.worked_on for entry in entries}:
        WorkDay.objects.filter(pk=days[day].pk).update(minutes=days[day].minutes)
    return entries


def cost_of(minutes: int, rate: Decimal, overtime_factor: Decimal) -> Decimal:
    """Minutes / 60 × rate × overtime factor, to the cent, halves up."""
    return (minutes * rate * overtime_factor / 60).quantize(CENT, rounding=ROUND_HALF_UP)


def lock_days(tenant_id: Any, person_id: Any, days: Sequence[dt.date]) -> dict[dt.date, WorkDay]:
    """A person's days, locked in their order until the transaction ends; made where nothing was booked yet."""
    wanted = sorted(set(days))
    WorkDay.objects.bulk_create(
        [WorkDay(tenant_id=tenant_id, person_id=person_id, worked_on=day) for day in wanted], ignore_conflicts=True
    )
    rows = WorkDay.objects.select_for_update().filter(person_id=person_id, worked_on__in=wanted).order_by("worked_on")
    return {row.worked_on: row for row in rows}


def day_full(technician: Technician, day: dt.date, booked: int, minutes: int, most: int) -> Conflict:
    return Conflict(
        f"{technician.member.name} has {hours(booked) or 'nothing'} booked on {day:%-d %B %Y};"
        f" {hours(minutes)} more do not fit into a day of {hours(most)}.",
        code="day_full",
        field="minutes",
        headline="Cannot book time",
    )


def refuse_overlap(
    work_order: WorkOrder, technician: Technician, stretches: Sequence[Stretch], *, by: Member | None, zone: ZoneInfo
) -> None:
    """Nobody is at two jobs at once: neither at one that was booked, nor at one whose clock is running."""
    timed = [one for one in stretches if one.start is not None]
    if not timed:
        return
    start, end = timed[0].start, timed[-1].end
    other = (
        TimeEntry.objects.filter(
            person_id=technician.pk, started_at__lte=end - SHARED, ended_at__gte=start + SHARED, corrects=None,
            corrections=None,
        )
        .select_related("work_order")
        .order_by("started_at")
        .first()
    )  # fmt: skip
    if other is not None and other.started_at and other.ended_at:
        since, until = (f"{at.astimezone(zone):%H:%M}" for at in (other.started_at, other.ended_at))
        raise Conflict(
            f"{technician.member.name} has time booked on {named(other.work_order, work_order, by)} from {since} to"
            f" {until} already. Correct that entry, or book the time around it.",
            code="overlap",
            field="started_at",
            headline="Cannot book time",
        )
    timer = (
        Timer.objects.filter(person_id=technician.pk, started_at__lte=end - SHARED).select_related("work_order").first()
    )
    if timer is not None:
        raise Conflict(
            f"A clock has been running for {technician.member.name} on {named(timer.work_order, work_order, by)} since"
            f" {timer.started_at.astimezone(zone):%H:%M}. Stop it first, or book the time until then.",
            code="clock_running",
            field="ended_at",
            headline="Cannot book time",
        )


def named(other: WorkOrder, here: WorkOrder, by: Member | None) -> str:
    if other.pk == here.pk:
        return "this work order"
    if by is not None and not WorkOrder.objects.visible_to(by).filter(pk=other.pk).exists():
        return "another work order"
    return other.number


def tell(work_order: WorkOrder, entries: Sequence[TimeEntry], *, by: Member | None) -> None:
    events.record(
        "work_order.time_booked",
        work_order,
        by=by,
        changes={
            "minutes": [None, sum(entry.minutes for entry in entries)],
            "person": [None, str(entries[0].person_id)],
            "category": [None, entries[0].category],
        },
    )
