"""The plan of the work of these days: what was reported when, how urgent it is and how far it has come.

A plan is data only; `demo.acting` carries it out through the same acts that people use. Chance comes from a seed, so
the same plan is made for the same clock.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from workorders.choices import HoldReason, Meaning

# (ends as, how many, reported between so many hours ago and so many)
NORTH_PIT_STATES = (
    (Meaning.OPEN, 14, 0.3, 60),
    (Meaning.ASSIGNED, 15, 4, 120),
    (Meaning.IN_PROGRESS, 9, 6, 140),
    (Meaning.ON_HOLD, 9, 30, 220),
    (Meaning.COMPLETED, 12, 20, 160),
    (Meaning.CANCELLED, 3, 60, 220),
    (Meaning.CLOSED, 8, 90, 300),
)
WEST_CAMPUS_STATES = (
    (Meaning.OPEN, 16, 0.3, 90),
    (Meaning.ASSIGNED, 18, 4, 140),
    (Meaning.IN_PROGRESS, 9, 6, 140),
    (Meaning.ON_HOLD, 8, 30, 260),
    (Meaning.COMPLETED, 10, 20, 200),
    (Meaning.CANCELLED, 4, 60, 260),
    (Meaning.CLOSED, 15, 90, 340),
)
DUE_AFTER = {
    "critical": dt.timedelta(hours=8),
    "high": dt.timedelta(days=2),
    "medium": dt.timedelta(days=5),
    "low": dt.timedelta(days=14),
}
HOLDS: tuple[tuple[HoldReason, str], ...] = (
    (HoldReason.PARTS, "Seal kit on order, promised for Thursday"),
    (HoldReason.ACCESS, "Cannot get in before the shift ends"),
    (HoldReason.PRODUCTION, "Machine is needed until the stockpile is down"),
    (HoldReason.PERMIT, "Hot work permit not signed yet"),
    (HoldReason.VENDOR, "Waiting for the service engineer"),
    (HoldReason.PARTS, "Wrong hose delivered, sent back"),
    (HoldReason.WEATHER, "Too much wind for the elevated platform"),
    (HoldReason.OTHER, "Tools on another job"),
)
CANCELLED_BECAUSE = ("Reported twice", "Could not be found again, tested good", "Done with the last service")
DONE = (
    "Replaced and tested under load, no leak.",
    "Tightened, cleaned and checked again after an hour.",
    "Part replaced from stock. Old one kept for inspection.",
    "Adjusted to specification and run for ten minutes.",
    "Temporary repair, final one with the next service.",
)
COMMENTS = (
    "Had a look: needs two people and about an hour.",
    "Isolated and tagged out.",
    "Operator says it started after the night shift.",
    "Photo taken, will add it when back at the desk.",
    "Part number checked with the store, one in stock.",
    "Same fault as last month. Worth looking for the cause.",
    "Please leave it running until the end of the shift.",
    "Ready for a second pair of eyes.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job is about, before it is known how far it comes."""

    title: str
    type: str
    asset_id: UUID | None
    location_id: UUID | None
    asset_is_vital: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    key: str
    subject: Subject
    ends: Meaning
    priority: str
    reported_at: dt.datetime
    due_at: dt.datetime
    by_requester: bool
    turn: int  # decides who does it and which words are used
    comments: tuple[str, ...]
    estimated_minutes: int | None

    def moment(self, share: float, now: dt.datetime) -> dt.datetime:
        """A point between report and now: 0 is the report, 1 is now."""
        return self.reported_at + (now - self.reported_at) * share


def plan(
    name: str, subjects: Sequence[Subject], states: Iterable[tuple[Meaning, int, float, float]], now: dt.datetime
) -> list[Job]:
    """One job per subject until the states are used up, oldest first."""
    chance = random.Random(name)  # noqa: S311
    ends = list(_ends(states, chance))
    if len(subjects) < len(ends):
        raise ValueError(f"{len(ends)} jobs need as many subjects, not {len(subjects)}")
    jobs = [
        _job(f"today:{name}:{turn}", turn, subject, meaning, age, now, chance)
        for turn, (subject, (meaning, age)) in enumerate(zip(subjects, ends, strict=False))
    ]
    return sorted(jobs, key=lambda job: job.reported_at)


def _ends(
    states: Iterable[tuple[Meaning, int, float, float]], chance: random.Random
) -> Iterator[tuple[Meaning, float]]:
    ends = [
        (meaning, newest + (oldest - newest) * (place + chance.random()) / count)
        for meaning, count, newest, oldest in states
        for place in range(count)
    ]
    chance.shuffle(ends)
    yield from ends


def _job(
    key: str, turn: int, subject: Subject, ends: Meaning, age: float, now: dt.datetime, chance: random.Random
) -> Job:
    priority = _priority(subject, chance)
    reported_at = (now - dt.timedelta(hours=age)).replace(second=0, microsecond=0)
    return Job(
        key=key,
        subject=subject,
        ends=ends,
        priority=priority,
        reported_at=reported_at,
        due_at=reported_at + DUE_AFTER[priority],
        by_requester=chance.random() < 0.35,
        turn=turn,
        comments=tuple(chance.sample(COMMENTS, k=chance.choice((0, 0, 1, 1, 2)))),
        estimated_minutes=chance.choice((None, 30, 60, 90, 120, 240, 480)),
    )


def _priority(subject: Subject, chance: random.Random) -> str:
    if subject.type == "emergency":
        return chance.choice(("critical", "high"))
    if subject.type in ("preventive", "inspection", "calibration", "modification"):
        return chance.choice(("medium", "low", "low"))
    return chance.choice(("high", "high", "medium") if subject.asset_is_vital else ("high", "medium", "medium", "low"))
