"""Shapes of parts and their categories in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.nested import Items
from core.api.serializers import Body, Shape, echo_of
from customfields.serializers import CustomValues
from inventory.models import Alternate, ManufacturerNumber, Part, PartCategory
from tenancy.models import Member

PART_NAMES = {
    "unit_cost": "unitCost",
    "category": "categoryId",
    "kept_in": "keptIn",
    "external_id": "externalId",
    "manufacturer_numbers": "manufacturerNumbers",
    "alternates": "alternateIds",
}


class MakersNumber(Shape):
    manufacturer = serializers.CharField()
    number = serializers.CharField()


class OtherPart(Shape):
    id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()


class PartShape(Shape):
    """A spare part or consumable."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField(help_text="What it is counted in: each, m, l, kg.")
    barcode = serializers.CharField()
    categoryId = serializers.UUIDField(allow_null=True)
    categoryName = serializers.CharField(allow_null=True, source="category.name")
    unitCost = serializers.FloatField(allow_null=True, help_text="Null for members who may not see costs.")
    currency = serializers.CharField(source="tenant.currency")
    keptIn = serializers.CharField(help_text="Where to find it.")
    manufacturerNumbers = MakersNumber(many=True, source="*")
    alternates = OtherPart(many=True, source="*", help_text="Parts that do instead of this one.")
    custom = serializers.DictField(help_text="Values of custom fields by key, see `/custom-fields`.")
    externalId = serializers.CharField()
    archived = serializers.BooleanField(source="*")
    archivedAt = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        ids = [item["id"] for item in items]
        numbers: dict[Any, list[dict[str, Any]]] = {}
        rows = ManufacturerNumber.objects.filter(part_id__in=ids).order_by("manufacturer", "number")
        for pk, maker, number in rows.values_list("part_id", "manufacturer", "number"):
            numbers.setdefault(pk, []).append({"manufacturer": maker, "number": number})
        others: dict[Any, list[dict[str, Any]]] = {}
        found = Alternate.objects.filter(part_id__in=ids).order_by("alternate__name", "alternate_id")
        for pk, *other in found.values_list("part_id", "alternate_id", "alternate__number", "alternate__name"):
            others.setdefault(pk, []).append(dict(zip(("id", "number", "name"), other, strict=True)))
        for item in items:
            item["manufacturerNumbers"] = numbers.get(item["id"], [])
            item["alternates"] = others.get(item["id"], [])
            item["archived"] = item["archivedAt"] is not None
            if not context.get("costs"):
                item["unitCost"] = None


class PartCategoryShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()


def categories(member: Member) -> Any:
    return PartCategory.objects.filter(tenant_id=member.tenant_id)


def parts(member: Member) -> Any:
    return Part.objects.visible_to(member)


class MakersNumberBody(Body):
    manufacturer = fields.Text(max_length=120, allow_blank=False)
    number = fields.Text(max_length=120, allow_blank=False)


class PartBody(Body):
    """`manufacturerNumbers` and `alternateIds` replace those there are."""

    number = fields.Text(max_length=80)
    name = fields.Text(max_length=200)
    description = fields.Text(required=False, max_length=20_000)
    unit = fields.Text(required=False, max_length=20, allow_null=False, allow_blank=False)
    barcode = fields.Text(required=False, max_length=120)
    categoryId = fields.Reference(categories, "Category must exist", source="category")
    unitCost = fields.Exact(places=4, required=False, min_value=0, max_value=1_000_000_000, source="unit_cost")
    keptIn = fields.Text(required=False, max_length=120, source="kept_in")
    manufacturerNumbers = Items(MakersNumberBody, most=50, source="manufacturer_numbers")
    alternateIds = fields.References(parts, "Every alternate must exist", source="alternates")
    externalId = fields.Text(required=False, max_length=120, source="external_id")
    custom = CustomValues()


class CreatePart(PartBody):
    id = fields.Id(required=False)


class UpdatePart(PartBody):
    archived = fields.Flag(required=False, help_text="Takes it out of the catalogue or puts it back.")


CreatePart.echoed = echo_of(PartShape, CreatePart)
UpdatePart.echoed = echo_of(PartShape, UpdatePart)


class PartCategoryBody(Body):
    name = fields.Text(max_length=100)


PartCategoryBody.echoed = echo_of(PartCategoryShape, PartCategoryBody)
