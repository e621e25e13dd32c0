"""Tasks and parts that a work order is created with: many of each, whatever their number looked up once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.api import fields
from core.api.nested import Items
from core.api.serializers import Body
from workorders.choices import TaskKind
from workorders.serializers.named import parts, technicians

MOST_TASKS = 500
MOST_PARTS = 200


class NewTask(Body):
    """A step. `order` sorts; without it a step comes after those before it."""

    description = fields.Text(max_length=500, allow_blank=False, help_text="What to do.")
    order = fields.Whole(required=False, min_value=1, max_value=10_000, source="position")
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
    assignedTo = fields.Id(required=False, allow_null=True, source="assigned_to")
    unit = fields.Text(required=False, max_length=20)
    minimum = fields.Number(required=False, allow_null=True, source="lowest")
    maximum = fields.Number(required=False, allow_null=True, source="highest")
    options = fields.Texts(longest=80)


class NewPart(Body):
    """A part that the job needs, by its id in the catalogue."""

    partId = fields.Id(source="part")
    quantity = fields.Number(min_value=0.001, max_value=1_000_000)
    unitCost = fields.Money(required=False, allow_null=True, min_value=0, max_value=1_000_000_000, source="unit_cost")


def task_items() -> Items:
    return Items(NewTask, most=MOST_TASKS, references={"assigned_to": (technicians, "Assigned technician must exist")})


def part_items() -> Items:
    return Items(NewPart, most=MOST_PARTS, references={"part": (parts, "Part must exist")})


def part_lines(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items as `actions.add_parts` takes them: exact quantities."""
    return [{**item, "quantity": Decimal(repr(round(item["quantity"], 3)))} for item in items]
