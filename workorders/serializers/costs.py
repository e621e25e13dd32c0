"""Shapes of what work costs."""

from __future__ import annotations

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from workorders.choices import CostKind

NAMES = {
    "invoiced_on": "invoicedOn", "percent_of_labor": "percentOfLabor", "percent_of_materials": "percentOfMaterials",
    "per_work_order": "perWorkOrder", "is_active": "isActive",
}  # fmt: skip


class CostsShape(Shape):
    """What a work order cost. `total` is the sum of the others."""

    labor = serializers.FloatField(help_text="Booked time at the rates of then.")
    materials = serializers.FloatField(help_text="Parts: actual cost, or issued less returned at unit cost.")
    overhead = serializers.FloatField(help_text="By the organisation's rules.")
    other = serializers.FloatField(help_text="Invoices and other costs.")
    external = serializers.FloatField(help_text="Booked in another system.")
    total = serializers.FloatField()
    currency = serializers.CharField()


class CostLineShape(Shape):
    """An invoice or another cost. One that takes another back is below zero and names it."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CostKind.choices)
    description = serializers.CharField()
    vendor = serializers.CharField()
    reference = serializers.CharField()
    invoicedOn = serializers.DateField(allow_null=True)
    amount = serializers.FloatField()
    corrects = serializers.UUIDField(
        allow_null=True, source="corrects_id", help_text="The line that this one takes back."
    )
    takenBack = serializers.BooleanField(help_text="Whether a later line took this one back.")
    postedBy = serializers.UUIDField(allow_null=True, source="posted_by_id")
    postedByName = serializers.CharField(allow_null=True, source="posted_by.name")
    postedAt = serializers.DateTimeField()


class CostsOfWork(CostsShape):
    lines = CostLineShape(many=True)


class AddCost(Body):
    kind = fields.Choice(choices=CostKind.choices, help_text="A vendor's invoice needs `vendor` and `reference`.")
    amount = fields.Money(min_value=0.01, max_value=999_999_999.99)
    description = fields.Text(required=False, max_length=200)
    vendor = fields.Text(required=False, max_length=150)
    reference = fields.Text(required=False, max_length=80, help_text="The invoice's number.")
    invoicedOn = fields.Day(required=False, allow_null=True, source="invoiced_on")


class TakeBackCost(Body):
    description = fields.Text(required=False, max_length=200, help_text="Why; what the line says if absent.")


class OverheadRuleShape(Shape):
    """What every work order bears besides its own costs, from its next booking on."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    percentOfLabor = serializers.FloatField()
    percentOfMaterials = serializers.FloatField()
    perWorkOrder = serializers.FloatField()
    isActive = serializers.BooleanField()
    version = serializers.IntegerField()


class CreateOverheadRule(Body):
    name = fields.Text(max_length=80)
    percentOfLabor = fields.Money(required=False, min_value=0, max_value=9999, source="percent_of_labor")
    percentOfMaterials = fields.Money(required=False, min_value=0, max_value=9999, source="percent_of_materials")
    perWorkOrder = fields.Money(required=False, min_value=0, max_value=999_999_999, source="per_work_order")
    isActive = fields.Flag(required=False, source="is_active")


class UpdateOverheadRule(CreateOverheadRule):
    """Absent stays."""


CreateOverheadRule.echoed = echo_of(OverheadRuleShape, CreateOverheadRule) & {"version"}
UpdateOverheadRule.echoed = echo_of(OverheadRuleShape, UpdateOverheadRule)


class CostGroup(Shape):
    """A line of the roll-up."""

    key = serializers.CharField(
        allow_null=True, help_text="Id of the asset, location, department or project; the month."
    )
    name = serializers.CharField()
    parentId = serializers.UUIDField(allow_null=True, help_text="In a tree: what it stands in.")
    depth = serializers.IntegerField(help_text="In a tree: 0 at the top.")
    workOrders = serializers.IntegerField(help_text="How many, with everything below.")
    labor = serializers.FloatField()
    materials = serializers.FloatField()
    overhead = serializers.FloatField()
    other = serializers.FloatField()
    external = serializers.FloatField()
    total = serializers.FloatField()


class CostReport(Shape):
    by = serializers.CharField()
    currency = serializers.CharField()
    total = serializers.FloatField()
    workOrders = serializers.IntegerField()
    groups = CostGroup(many=True)
