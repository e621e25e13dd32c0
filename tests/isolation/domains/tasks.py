"""The steps of checklists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.utils import timezone

from core.ids import uuid7
from tests.house import House
from tests.isolation.breaking import update
from workorders import actions
from workorders.models import Task

OPEN = {"status": "pending"}


def fill(house: House, work_order: Any) -> None:
    """A failed reading with its follow-up, a step that hangs on it and is for somebody, and one that was waived."""
    admin, pk = house["admin"], uuid7()
    reading, _then, waived = actions.add_tasks(
        work_order,
        by=admin,
        steps=[
            {"id": pk, "description": "Oil pressure", "kind": "number", "lowest": 4, "highest": 6},
            {
                "description": "Change the pump", "assigned_to": house.profile(), "condition_on": pk,
                "condition_operator": "is", "condition_value": "fail",
            },
            {"description": "Photo", "kind": "photo", "required": True},
        ],
    )  # fmt: skip
    actions.answer_task(reading, by=admin, answer=7, confirmed=True)
    actions.follow_up_task(reading, by=admin)
    actions.waive_task(waived, by=admin, reason="No camera allowed")


def step(of: dict[str, Any] | None = None, **changes: Any) -> Callable[[House], Any]:
    return lambda house: update(Task, of or {}, **changes)


BREAK = {
    "task_kind_known": [step(kind="dance")],
    "task_has_description": [step(description="")],
    "task_limits_in_order": [step({"kind": "number"}, lowest=7)],
    "task_condition_complete": [
        step({"condition_on__isnull": False}, condition_operator=""),
        step({"condition_on__isnull": True}, condition_operator="is"),
    ],
    "task_condition_on_another": [step({"condition_on__isnull": False}, condition_on=F("id"))],
    "task_status_known": [step(OPEN, status="finished")],
    "task_completed_at_iff_settled": [
        step(OPEN, completed_at=timezone.now()),
        step({"status": "failed"}, completed_at=None),
    ],
    "task_waiver_has_reason": [
        step({"waived_by__isnull": False}, waived_reason=""),
        step({"waived_by__isnull": True}, waived_reason="Because"),
    ],
}
