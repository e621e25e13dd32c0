"""Shapes of how work orders hang together."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape
from tenancy.models import Member
from workorders.choices import Meaning
from workorders.models import WorkOrder
from workorders.serializers.named import assets

KINDS = {
    "blocks": "blocks", "blocked_by": "is blocked by", "duplicate_of": "is a duplicate of", "related": "is related to",
}  # fmt: skip
EVERY_KIND = [*KINDS, "has_duplicate", "split_from", "split_into", "merged_into", "merged_from"]


def visible(member: Member) -> Any:
    return WorkOrder.objects.visible_to(member)


class LinkedWorkOrder(Shape):
    """Another work order, in short."""

    workOrderId = serializers.UUIDField()
    workOrderNumber = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    statusMeaning = serializers.ChoiceField(choices=Meaning.choices)


class LinkShape(LinkedWorkOrder):
    """A link as seen from the work order it was asked for."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=EVERY_KIND)
    linkedBy = serializers.UUIDField(allow_null=True)
    linkedAt = serializers.DateTimeField()


class FurtherAssetShape(Shape):
    assetId = serializers.UUIDField()
    assetName = serializers.CharField()
    assetTag = serializers.CharField()


class FamilyShape(Shape):
    """Everything a work order hangs together with, as far as the caller sees it. Sums are of its children and of what was
    merged into it, without its own."""

    parent = LinkedWorkOrder(allow_null=True)
    children = LinkedWorkOrder(many=True)
    childrenDone = serializers.IntegerField()
    childrenTotal = serializers.IntegerField(help_text="Without those cancelled.")
    followUpOf = LinkedWorkOrder(allow_null=True)
    followUps = LinkedWorkOrder(many=True)
    links = LinkShape(many=True)
    furtherAssets = FurtherAssetShape(many=True)
    bookedHours = serializers.FloatField()
    bookedCosts = serializers.FloatField(allow_null=True, help_text="Null for who may not see costs.")


class FurtherAssets(Shape):
    assets = FurtherAssetShape(many=True)


class Duplicate(LinkedWorkOrder):
    """Open work that may be the same fault."""

    createdAt = serializers.DateTimeField()
    requestedByName = serializers.CharField(allow_null=True)


# --- Bodies -----------------------------------------------------------------------------------------------------------
class AddLink(Body):
    kind = fields.Choice(choices=list(KINDS.items()))
    workOrderId = fields.Reference(visible, "Work order must exist", source="to", required=True)
    reason = fields.Text(required=False, max_length=400, help_text="With `duplicate_of`: why this one is cancelled.")


class SetParent(Body):
    parentId = fields.Reference(visible, "Work order must exist", source="parent", required=True, allow_null=True)


class AddFurtherAsset(Body):
    assetId = fields.Reference(assets, "Asset must exist", source="asset", required=True)


class SplitWorkOrder(Body):
    """What the new work order takes over; at least one."""

    title = fields.Text(required=False, max_length=200, help_text="That of this one unless given.")
    taskIds = serializers.ListField(required=False, child=fields.Id(), max_length=500, source="tasks")
    partIds = serializers.ListField(required=False, child=fields.Id(), max_length=500, source="parts")
    assetIds = fields.References(assets, "Every asset must exist", source="assets")


class MergeWorkOrders(Body):
    workOrderIds = fields.References(visible, "Every work order must exist", source="others", required=True)
    reason = fields.Text(required=False, max_length=400)
