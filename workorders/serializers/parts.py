"""Shapes of the parts of a work order in the API."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from inventory.quantities import cents
from workorders.choices import PartStatus
from workorders.serializers.named import parts

# The acts name the fields of a new line by its place; here there is one, and it needs none.
LINE_NAMES = {
    name: said
    for before in ("", "parts[0].")
    for name, said in (
        (f"{before}part", "partId"),
        (f"{before}quantity", "quantity"),
        (f"{before}unit_cost", "unitCost"),
        (f"{before}actual_cost", "actualCost"),
        (f"{before}note", "note"),
    )
}


def total_of(line: Mapping[str, Any]) -> Decimal:
    """What a line costs: the actual cost, else what is out at the unit cost; of what was never issued an estimate."""
    if line["actual_cost"] is not None:
        return Decimal(line["actual_cost"])
    quantity = line["issued"] - line["returned"] if line["issued"] else line["quantity"]
    return cents(quantity * line["unit_cost"])


class PartLineShape(Shape):
    """A part that the job needs or has used. `id` is the line's, `partId` the catalogue's."""

    id = serializers.UUIDField()
    partId = serializers.UUIDField()
    partName = serializers.CharField(source="part.name")
    partNumber = serializers.CharField(source="part.number")
    unit = serializers.CharField(source="part.unit")
    quantity = serializers.FloatField(help_text="Wanted.")
    reserved = serializers.FloatField(help_text="Kept for the job in the store.")
    issued = serializers.FloatField()
    returned = serializers.FloatField(help_text="Of what was issued.")
    status = serializers.ChoiceField(choices=PartStatus.choices)
    unitCost = serializers.FloatField(allow_null=True, help_text="Null for members who may not see costs.")
    actualCost = serializers.FloatField(allow_null=True, help_text="Of the whole line, where somebody knows better.")
    totalCost = serializers.FloatField(
        allow_null=True,
        source="*",
        help_text="The actual cost, or what is out at the unit cost; an estimate until issued.",
    )
    keptIn = serializers.CharField(source="part.kept_in", help_text="Where to find it.")
    note = serializers.CharField()
    addedBy = serializers.UUIDField(allow_null=True, source="added_by_id")
    addedAt = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="Also the ETag.")

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        for item in items:
            if context.get("costs"):
                line = {name: item[name] for name in ("quantity", "issued", "returned")}
                item["totalCost"] = total_of(line | {"unit_cost": item["unitCost"], "actual_cost": item["actualCost"]})
            else:
                item |= {"unitCost": None, "actualCost": None, "totalCost": None}


class PartLines(Shape):
    parts = PartLineShape(many=True)


class LineBody(Body):
    quantity = fields.Exact(places=3, min_value=0.001, max_value=10_000_000)
    status = fields.Choice(choices=PartStatus.choices, required=False)
    unitCost = fields.Exact(
        places=4, required=False, allow_null=True, min_value=0, max_value=1_000_000_000, source="unit_cost"
    )
    actualCost = fields.Exact(
        places=2, required=False, allow_null=True, min_value=0, max_value=1_000_000_000, source="actual_cost"
    )
    note = fields.Text(required=False, max_length=300)


class AddPart(LineBody):
    """`status` other than `requested` posts the movements that lead there."""

    partId = fields.Reference(parts, "Part must exist", required=True, source="part")
    id = fields.Id(required=False)


class UpdatePartLine(LineBody):
    """A status stands for the movements that lead there, from whatever state."""


UpdatePartLine.echoed = echo_of(PartLineShape, UpdatePartLine)
AddPart.echoed = echo_of(PartLineShape, AddPart)
