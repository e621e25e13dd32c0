"""The words in which the plans of the library are written: one small function for each kind of step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workorders.choices import TaskKind

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShippedPlan:
    """A plan as it ships. `type` is a key of the catalogue, `categories` are names of categories it fits, in lower case."""

    key: str
    group: str
    name: str
    summary: str
    type: str
    content: dict[str, Any] = field(hash=False)
    categories: tuple[str, ...] = ()

    @property
    def steps(self) -> list[Step]:
        found: list[Step] = self.content["steps"]
        return found


def plan(
    key: str,
    group: str,
    name: str,
    *steps: Step,
    often: str,
    minutes: int,
    description: str,
    tools: str,
    skills: str,
    safety: str,
    parts: str = "",
    type: str = "preventive",  # noqa: A002  (the catalogue's word)
    categories: str = "",
    photo: bool = False,
    signature: bool = False,
    failure_code: bool = False,
    all_ok: bool = False,
) -> ShippedPlan:
    """Lists are written as one text each, separated by semicolons."""
    text = f"{description}\n\nHave ready: {parts}." if parts else description
    return ShippedPlan(
        key, group, name, f"{group}, {often}", type,
        {
            "title": name, "description": text, "estimated_minutes": minutes, "tools": split(tools),
            "skills": split(skills), "safety_requirements": split(safety), "needs_photo": photo,
            "needs_signature": signature, "needs_failure_code": failure_code, "all_ok_allowed": all_ok,
            "steps": list(steps), "parts": [],
        },
        tuple(split(categories.casefold())),
    )  # fmt: skip


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def step(kind: TaskKind, description: str, minutes: int | None, *, needed: bool, **fields: Any) -> Step:
    return {"kind": kind.value, "description": description, "estimated_minutes": minutes, "required": needed, **fields}


def tick(description: str, minutes: int | None = None, *, needed: bool = True) -> Step:
    return step(TaskKind.TICK, description, minutes, needed=needed)


def check(description: str, minutes: int | None = None, *, needed: bool = True) -> Step:
    """Pass or fail."""
    return step(TaskKind.PASS_FAIL, description, minutes, needed=needed)


def measure(
    description: str,
    unit: str,
    lowest: str | None = None,
    highest: str | None = None,
    minutes: int | None = None,
    *,
    needed: bool = True,
) -> Step:
    """A number, with the limits that it should lie in."""
    return step(TaskKind.NUMBER, description, minutes, needed=needed, unit=unit, lowest=lowest, highest=highest)


def meter(description: str, name: str, unit: str, *, needed: bool = True) -> Step:
    return step(TaskKind.METER, description, 1, needed=needed, unit=unit, meter_name=name)


def choose(description: str, options: str, minutes: int | None = None, *, needed: bool = True) -> Step:
    return step(TaskKind.CHOICE, description, minutes, needed=needed, options=split(options))


def note(description: str, minutes: int | None = None, *, needed: bool = False) -> Step:
    return step(TaskKind.TEXT, description, minutes, needed=needed)


def photo(description: str, minutes: int | None = 1, *, needed: bool = False) -> Step:
    return step(TaskKind.PHOTO, description, minutes, needed=needed)


def sign(description: str, *, needed: bool = True) -> Step:
    return step(TaskKind.SIGNATURE, description, 1, needed=needed)


def when(on: int, answer: str, then: Step, *, operator: str = "is") -> Step:
    """The step only when the step at position `on` was answered so."""
    return then | {"condition_on": on, "condition_operator": operator, "condition_value": answer}
