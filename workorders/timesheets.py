"""Booked time as people read it: who sees which entries, days, weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from labor.models import Technician
from tenancy.models import Member
from tenancy.permissions import may
from workorders import local_days
from workorders.models import TimeEntry, Timer, WorkOrder


def entries_visible_to(member: Member) -> QuerySet[TimeEntry]:
    """One's own; with `time.any` everybody's on the work one sees."""
    rows = TimeEntry.objects.filter(tenant_id=member.tenant_id)
    if not may(member, "time.any"):
        return rows.filter(person_id=member.pk)
    if member.scoped or not may(member, "workorder.view_all"):
        return rows.filter(work_order__in=WorkOrder.objects.visible_to(member))
    return rows


def correctable(member: Member) -> QuerySet[TimeEntry]:
    """Entries that a member comes across: one's own, and those of the work one sees, where one sees its time."""
    rows = TimeEntry.objects.filter(tenant_id=member.tenant_id).select_related("work_order")
    seen = Q(person_id=member.pk)
    if sees_time_of_work(member):
        seen |= Q(work_order__in=WorkOrder.objects.visible_to(member))
    return rows.filter(seen)


def sees_time_of_work(member: Member) -> bool:
    """Who works here sees what time a job took; who only follows a request of theirs does not."""
    return may(member, "workorder.view_all", "workorder.view_own", "time.any")


def marked(rows: QuerySet[TimeEntry]) -> QuerySet[TimeEntry]:
    """With `corrected`: whether a later entry took this one back."""
    return rows.annotate(corrected=Exists(TimeEntry.objects.filter(corrects=OuterRef("pk"))))


def running(member: Member) -> Timer | None:
    """The clock that runs for a person now, with its work order."""
    return Timer.objects.filter(person_id=member.pk).select_related("work_order").first()


def elapsed(timer: Timer) -> int:
    return local_days.rounded((timezone.now() - timer.started_at).total_seconds())


@dataclass(slots=True)
class Day:
    """One day of one person."""

    day: dt.date
    entries: list[TimeEntry] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)


@dataclass(slots=True)
class Line:
    """One person's week: minutes per day, and by category."""

    person_id: UUID
    name: str
    days: dict[dt.date, int]
    categories: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.days.values())


def days_of(person_id: UUID, days: Iterable[dt.date]) -> list[Day]:
    """The entries of a person on these days, one query."""
    found = {day: Day(day) for day in days}
    rows = marked(TimeEntry.objects.filter(person_id=person_id, worked_on__in=list(found)))
    for entry in rows.select_related("work_order").order_by("worked_on", "started_at", "posted_at"):
        found[entry.worked_on].entries.append(entry)
    return list(found.values())


def week(member: Member, days: list[dt.date]) -> list[Line]:
    """A line for each technician who booked time in these days or works here, two queries however many there are."""
    people = Technician.objects.visible_to(member).assignable().by_name()
    lines = {one.pk: Line(one.pk, one.member.name, dict.fromkeys(days, 0)) for one in people}
    rows = entries_visible_to(member).filter(worked_on__range=(days[0], days[-1])).order_by()
    sums: Any = rows.values_list("person_id", "person__name", "worked_on", "category").annotate(sum=Sum("minutes"))
    for person_id, name, day, category, minutes in sums:
        line = lines.setdefault(person_id, Line(person_id, name, dict.fromkeys(days, 0)))
        line.days[day] += minutes
        line.categories[category] = line.categories.get(category, 0) + minutes
    return sorted(lines.values(), key=lambda line: (line.name.casefold(), str(line.person_id)))
