"""What tests of time and clocks share: booking, reading what is booked, and running a clock back."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.house import House
from workorders import actions
from workorders.models import TimeEntry, Timer, WorkDay, WorkOrder

DAY = dt.date.today() - dt.timedelta(days=3)
BERLIN = ZoneInfo("Europe/Berlin")
REFUSED = pytest.mark.parametrize


def at(hour: int, minute: int = 0, *, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC)


def book(house: House, work_order: WorkOrder, by: str = "technician", **options: Any) -> list[TimeEntry]:
    with house.inside():
        return actions.add_time(work_order, by=house[by], **options)


def entries(house: House, **filters: Any) -> list[tuple[Any, ...]]:
    with house.inside():
        rows = TimeEntry.objects.filter(**filters).order_by("worked_on", "posted_at")
        return [(row.worked_on, row.minutes, row.cost) for row in rows]


def days(house: House) -> dict[dt.date, int]:
    with house.inside():
        return {row.worked_on: row.minutes for row in WorkDay.objects.all() if row.minutes}


def run_back(house: House, seconds: float, name: str = "technician") -> None:
    """The person's clock, as if it had been started so long ago."""
    with house.inside():
        began = timezone.now() - dt.timedelta(seconds=seconds)
        assert Timer.objects.filter(person_id=house[name].pk).update(started_at=began) == 1
