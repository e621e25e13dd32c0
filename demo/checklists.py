"""Checklists on some of the open work of these days: every kind of step, some answered by whoever has the job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.ids import uuid7
from demo.acting import as_person
from demo.loading import Report
from tenancy.models import Member, Tenant
from workorders import actions
from workorders.choices import Meaning
from workorders.models import Task, WorkOrder

Step = dict[str, Any]
MOST = 20


def tick(text: str, minutes: int = 5, **more: Any) -> Step:
    return {"description": text, "estimated_minutes": minutes, **more}


def check(text: str, **more: Any) -> Step:
    return {"description": text, "kind": "pass_fail", **more}


def reading(text: str, unit: str, lowest: float | None = None, highest: float | None = None, **more: Any) -> Step:
    return {"description": text, "kind": "number", "unit": unit, "lowest": lowest, "highest": highest, **more}


def choice(text: str, *options: str, **more: Any) -> Step:
    return {"description": text, "kind": "choice", "options": list(options), **more}


def other(kind: str, text: str, **more: Any) -> Step:
    return {"description": text, "kind": kind, **more}


# `when` hangs a step on the one at that place (from 0) of its list.
MINE: list[list[Step]] = [
    [
        tick("Park on level ground, lower the attachment, chock", required=True),
        tick("Isolate, lock out and tag out; try to start", 10, required=True),
        reading("Hydraulic oil level in the sight glass", "%", 40, 80),
        reading("Main pump pressure at idle", "bar", 25, 40, required=True),
        choice("Colour of the oil", "Clear", "Dark", "Milky"),
        other("photo", "Photo of the oil sample", when=(4, "is", "Milky")),
        check("Hoses at boom and stick without chafing"),
        other("text", "Which hose, where", when=(6, "is", "fail")),
        other("meter", "Engine hours", meter_name="Engine hours"),
        other("signature", "Operator has seen the machine running"),
    ],
    [
        tick("Isolate, lock out and tag out; try to start", 10, required=True),
        check("Fire suppression bottle charged, pin in place", required=True),
        check("Walkways, handrails and steps"),
        check("Lights, horn, reversing alarm"),
        reading("Track tension, sag at mid span", "mm", 350, 450),
        reading("Slew bearing temperature", "°C", None, 85),
        other("photo", "Photo of the repaired place", required=True),
        tick("Tools counted, guards back on, area clean"),
    ],
]
CAMPUS: list[list[Step]] = [
    [
        tick("Tell the people in the room, put up the sign"),
        tick("Switch off at the isolator and lock", 5, required=True),
        check("Filter clean or replaced"),
        reading("Supply air temperature", "°C", 16, 22, required=True),
        reading("Fan motor current", "A", None, 6.3),
        choice("Belt", "Good", "Worn", "Replaced"),
        other("text", "Size of the belt needed", when=(5, "is", "Worn")),
        other("photo", "Photo of the unit after the work"),
        tick("Switched on again, no noise, no alarm", required=True),
    ],
    [
        check("Cabin light and emergency call answered", required=True),
        check("Doors reopen on contact"),
        reading("Levelling accuracy", "mm", -10, 10),
        choice("Machine room", "Clean", "Cleaned", "Needs a second visit"),
        other("meter", "Trips", meter_name="Trips"),
        other("text", "Anything the tenants should know"),
        other("signature", "Caretaker informed"),
    ],
]


def add_checklists(tenant: Tenant, lists: Sequence[Sequence[Step]], by: Member, report: Report) -> None:
    """On work of these days, once: what was answered, closed and reported since stays as it is."""
    if Task.objects.filter(tenant=tenant).exists():
        report.unchanged["checklists"] += 1
        return
    jobs = list(
        WorkOrder.objects.filter(tenant=tenant, external_id__startswith="today:")
        .active()
        .select_related("assigned_to__member__role", "assigned_to__member__tenant", "status")
        .order_by("external_id")[:MOST]
    )
    for turn, job in enumerate(jobs):
        with as_person(by):
            made = actions.add_tasks(job, by=by, steps=as_steps(lists[turn % len(lists)]))
        WorkOrder.objects.filter(pk=job.pk).update(all_ok_allowed=turn % 2 == 1)
        if job.assigned_to and job.meaning in (Meaning.IN_PROGRESS, Meaning.ON_HOLD):
            answer_some(made, job.assigned_to.member, turn, job.started_at)
        report.created["checklists"] += 1


def as_steps(steps: Sequence[Step]) -> list[Mapping[str, Any]]:
    ids = [uuid7() for _ in steps]
    return [as_step(step, pk, ids) for step, pk in zip(steps, ids, strict=True)]


def as_step(step: Step, pk: UUID, ids: list[UUID]) -> dict[str, Any]:
    made = {name: value for name, value in step.items() if name != "when"} | {"id": pk}
    if "when" in step:
        place, operator, value = step["when"]
        made |= {"condition_on": ids[place], "condition_operator": operator, "condition_value": value}
    return made


def answer_some(tasks: Sequence[Task], by: Member, turn: int, at: dt.datetime | None) -> None:
    """The first steps, as far as a job of this age may have come; every third job found something."""
    with as_person(by):
        for place, task in enumerate(tasks[: 2 + turn % 4]):
            if task.condition_on_id or task.kind in ("photo", "signature", "text"):
                continue
            found = turn % 3 == 0 and place == 2
            actions.answer_task(task, by=by, at=at, **answer_to(task, found))


def answer_to(task: Task, found: bool) -> dict[str, Any]:
    if task.kind in ("number", "meter"):
        if found and task.highest is not None:
            return {"answer": task.highest * 5 / 4, "confirmed": True, "notes": "Measured twice, same again."}
        return {"answer": middle(task)}
    if task.kind == "pass_fail":
        return {"answer": "fail", "notes": "Will not last until the next service."} if found else {"answer": "pass"}
    if task.kind == "meter":
        return {"answer": 18_342}
    if task.kind == "choice":
        return {"answer": task.options[0]}
    return {"status": "completed", "actual_minutes": task.estimated_minutes}


def middle(task: Task) -> Any:
    ends = [end for end in (task.lowest, task.highest) if end is not None]
    return sum(ends) / len(ends) if ends else 1
