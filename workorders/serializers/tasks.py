"""Shapes of the steps of a checklist in the API: the contract's names, minutes, and the kinds of answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from workorders import checklist
from workorders.choices import ConditionOperator, TaskKind, TaskStatus
from workorders.models import Task
from workorders.serializers.named import technicians

# Domain field → the name it has in the API.
NAMES = {
    "position": "order",
    "estimated_minutes": "estimatedTime",
    "actual_minutes": "actualTime",
    "assigned_to": "assignedTo",
    "lowest": "minimum",
    "highest": "maximum",
    "condition_on": "conditionOn",
    "condition_operator": "conditionOperator",
    "condition_value": "conditionValue",
    "meter_name": "meterName",
}


class TaskShape(Shape):
    """A step of a checklist."""

    id = serializers.UUIDField()
    description = serializers.CharField()
    estimatedTime = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    actualTime = serializers.IntegerField(allow_null=True, help_text="Minutes.")
    order = serializers.IntegerField(help_text="The place in the list: 1, 2, 3 …")
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    assignedTo = serializers.UUIDField(allow_null=True)
    completedBy = serializers.UUIDField(allow_null=True)
    completedByName = serializers.CharField(allow_null=True)
    completedAt = serializers.DateTimeField(allow_null=True)
    notes = serializers.CharField()
    kind = serializers.ChoiceField(choices=TaskKind.choices, help_text="How it is answered.")
    required = serializers.BooleanField(help_text="The work order cannot be completed without it.")  # type: ignore[assignment]
    # Any value, null among them: the schema of anything says so without `allow_null`.
    answer = serializers.JSONField(
        help_text="A number for readings, `true` for a tick, else text: `pass`, `fail`, the choice, the text.",
    )
    unit = serializers.CharField()
    minimum = serializers.FloatField(allow_null=True)
    maximum = serializers.FloatField(allow_null=True)
    options = serializers.ListField(child=serializers.CharField())
    meterName = serializers.CharField()
    conditionOn = serializers.UUIDField(allow_null=True, help_text="The earlier step whose answer decides.")
    conditionOperator = serializers.CharField()
    conditionValue = serializers.CharField()
    applies = serializers.BooleanField(
        help_text="Whether its condition is met; a step that does not apply is not counted."
    )
    waivedBy = serializers.UUIDField(allow_null=True)
    waivedReason = serializers.CharField()
    followUpId = serializers.UUIDField(allow_null=True, help_text="The work order that it led to.")
    version = serializers.IntegerField(help_text="Also the ETag.")


class TaskList(Shape):
    tasks = TaskShape(many=True)


def shapes(tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """All steps of one work order, read with `completed_by`."""
    applicable = checklist.applicable(tasks)
    return [
        {
            "id": task.pk,
            "description": task.description,
            "estimatedTime": task.estimated_minutes,
            "actualTime": task.actual_minutes,
            "order": task.position,
            "status": task.status,
            "assignedTo": task.assigned_to_id,
            "completedBy": task.completed_by_id,
            "completedByName": task.completed_by.name if task.completed_by else None,
            "completedAt": task.completed_at,
            "notes": task.notes,
            "kind": task.kind,
            "required": task.required,
            "answer": answer_of(task),
            "unit": task.unit,
            "minimum": task.lowest,
            "maximum": task.highest,
            "options": task.options,
            "meterName": task.meter_name,
            "conditionOn": task.condition_on_id,
            "conditionOperator": task.condition_operator,
            "conditionValue": task.condition_value,
            "applies": task.pk in applicable,
            "waivedBy": task.waived_by_id,
            "waivedReason": task.waived_reason,
            "followUpId": task.follow_up_id,
            "version": task.version,
        }
        for task in tasks
    ]


def answer_of(task: Task) -> Any:
    if task.answer_number is not None:
        return task.answer_number
    if task.answer_text:
        return task.answer_text
    if task.kind in (TaskKind.TICK, *checklist.BY_FILE) and task.status in checklist.ANSWERED:
        return True if task.status == TaskStatus.COMPLETED else "fail"
    return None


# --- Bodies -----------------------------------------------------------------------------------------------------------
class Answer(serializers.JSONField):
    """A number, true or false, or a text; `null` takes the answer back."""

    def to_internal_value(self, data: Any) -> Any:
        if data is not None and not isinstance(data, bool | int | float | str):
            raise serializers.ValidationError("Use a number, true or false, or a text.")
        if isinstance(data, str) and ("\x00" in data or len(data) > 10_000):
            raise serializers.ValidationError("An answer has at most 10,000 characters.")
        return data


class AddTask(Body):
    """A step. `order` is its place; without one, or beyond the end, it comes last."""

    id = fields.Id(required=False, help_text="Made by the client, for offline work; a used one is refused.")
    description = fields.Text(max_length=500, allow_blank=False, help_text="What to do.")
    order = fields.Whole(required=False, min_value=1, max_value=100_000, source="position")
    kind = fields.Choice(choices=TaskKind.choices, required=False)
    required = fields.Flag(required=False)  # type: ignore[assignment]
    estimatedTime = fields.Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=100_000,
        source="estimated_minutes",
        help_text="Minutes.",
    )
    assignedTo = fields.Reference(technicians, "Assigned technician must exist", source="assigned_to")
    unit = fields.Text(required=False, max_length=20)
    minimum = fields.Number(required=False, allow_null=True, source="lowest")
    maximum = fields.Number(required=False, allow_null=True, source="highest")
    options = fields.Texts(longest=80)
    meterName = fields.Text(required=False, max_length=80, source="meter_name")
    conditionOn = fields.Id(required=False, allow_null=True, source="condition_on")
    conditionOperator = fields.Choice(
        choices=ConditionOperator.choices, required=False, allow_blank=True, source="condition_operator"
    )
    conditionValue = fields.Text(required=False, max_length=80, source="condition_value")

    echoed: ClassVar[frozenset[str]]


class UpdateTask(AddTask):
    """Absent fields stay. `status` or `answer` answers the step, `status` "pending" takes the answer back."""

    status = fields.Choice(choices=TaskStatus.choices, required=False)
    answer = Answer(
        required=False, allow_null=True, help_text="See `kind`: true, pass, a number, one of `options`, a text."
    )
    confirmed = fields.Flag(required=False, help_text="The reading lies outside its limits and is right.")
    actualTime = fields.Whole(
        required=False, allow_null=True, min_value=0, max_value=100_000, source="actual_minutes", help_text="Minutes."
    )
    notes = fields.Text(required=False, max_length=10_000)
    completedAt = fields.Instant(
        required=False, allow_null=True, source="at", help_text="When it was done; now if absent."
    )


UpdateTask._declared_fields.pop("id")
UpdateTask.echoed = echo_of(TaskShape, UpdateTask)
AddTask.echoed = frozenset()


class MoveTask(Body):
    order = fields.Whole(min_value=1, max_value=100_000, source="to", help_text="1 is the first place.")


class WaiveTask(Body):
    reason = fields.Text(max_length=500, help_text="Why the work may be completed without it.")


class FollowUpTask(Body):
    title = fields.Text(required=False, max_length=200)
    description = fields.Text(required=False, max_length=20_000)
