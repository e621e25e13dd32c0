"""Figures: what was measured, in which unit, against which goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Figure:
    id: str
    what: str
    value: float
    unit: str
    goal: str
    ok: bool


def at_most(name: str, what: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, what, round(value, 3), unit, f"≤ {limit:g}", value <= limit)


def note(name: str, what: str, value: float, unit: str) -> Figure:
    """A figure without a goal, printed because it explains another."""
    return Figure(name, what, round(value, 3), unit, "", True)


def interleaved(calls: Sequence[Callable[[], float]], rounds: int = 250, warm_up: int = 40) -> list[float]:
    """The median seconds of each call, made in turns so that a slow moment of the machine falls on all of them."""
    for _ in range(warm_up):
        for call in calls:
            call()
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds):
        # Alternate who goes first: neither always finds the processor's caches warmed by the other.
        order = range(len(calls)) if turn % 2 else range(len(calls) - 1, -1, -1)
        for place in order:
            taken[place].append(calls[place]())
    return [statistics.median(each) for each in taken]


def timed(call: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        began = time.perf_counter()
        call()
        return time.perf_counter() - began

    return run


def write(figures: Sequence[Figure], path: Path) -> None:
    """Figures measured now replace those of the same id; the others stay, so that one may measure one at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept = {row["id"]: row for row in orjson.loads(path.read_bytes())["results"]}
    except (FileNotFoundError, ValueError, KeyError):
        kept = {}
    kept |= {figure.id: asdict(figure) for figure in figures}
    path.write_bytes(orjson.dumps({"results": list(kept.values())}, option=orjson.OPT_INDENT_2))


def table(figures: Sequence[Figure]) -> str:
    rows = [("", "figure", "value", "goal", "what")]
    rows += [
        ("ok" if figure.ok else "NO", figure.id, f"{figure.value:g} {figure.unit}", figure.goal, figure.what)
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]) for row in rows
    )
