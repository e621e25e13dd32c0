"""Elapsed time counted to local days: an entry over midnight is two, and the days when clocks change have 23 or 25 hours."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# Nobody books more on a day, though the day that clocks are put back is an hour longer.
FULL_DAY = 24 * 60
HALF_MINUTE = 30


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an interval within one local day. `minutes` are real elapsed ones, whatever the clock on the wall said."""

    day: dt.date
    start: dt.datetime
    end: dt.datetime
    minutes: int


def midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first moment of a local day."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=zone).astimezone(dt.UTC)


def length(day: dt.date, zone: ZoneInfo) -> int:
    """How many minutes a local day lasts."""
    return round((midnight(day + dt.timedelta(days=1), zone) - midnight(day, zone)).total_seconds() / 60)


def capacity(day: dt.date, zone: ZoneInfo) -> int:
    """How many minutes one person can book on a local day."""
    return min(FULL_DAY, length(day, zone))


def rounded(seconds: float) -> int:
    """Whole minutes, from half a minute up."""
    return int((seconds + HALF_MINUTE) // 60)


def split(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> list[Stretch]:
    """The interval by local days. The stretches' minutes add up to the rounded whole; one that comes to none is left out."""
    found: list[Stretch] = []
    here, told = start, 0
    while here < end:
        day = here.astimezone(zone).date()
        there = min(end, midnight(day + dt.timedelta(days=1), zone))
        minutes = rounded((there - start).total_seconds()) - told
        if minutes:
            found.append(Stretch(day, here, there, minutes))
            told += minutes
        here = there
    return found


def today(zone: ZoneInfo, now: dt.datetime) -> dt.date:
    return now.astimezone(zone).date()


def week_of(day: dt.date) -> list[dt.date]:
    """Monday to Sunday of the week that a day is in."""
    monday = day - dt.timedelta(days=day.weekday())
    return [monday + dt.timedelta(days=number) for number in range(7)]
