"""Shapes of places and assets in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from assets.choices import AssetStatus, Criticality, LocationKind
from assets.models import Asset, Category, Location
from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from customfields.serializers import CustomValues
from tenancy.models import Department, Member

LOCATION_NAMES = {"parent": "parentId", "time_zone": "timeZone", "external_id": "externalId"}
ASSET_NAMES = {
    "parent": "parentId",
    "location": "locationId",
    "department": "departmentId",
    "category": "categoryId",
    "external_id": "externalId",
    "warranty_until": "warrantyUntil",
    "warranty_note": "warrantyNote",
}


class LocationShape(Shape):
    """A place: region › site › building › floor › room or zone."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=LocationKind.choices)
    parentId = serializers.UUIDField(allow_null=True)
    parentName = serializers.CharField(allow_null=True, source="parent.name")
    siteId = serializers.UUIDField(allow_null=True)
    siteName = serializers.CharField(allow_null=True, source="site.name")
    timeZone = serializers.CharField(help_text="Empty: that of the place above.")
    externalId = serializers.CharField()
    archivedAt = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class AssetShape(Shape):
    """A machine, or a part of one that is maintained as a thing of its own."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    tag = serializers.CharField()
    barcode = serializers.CharField()
    serial = serializers.CharField()
    manufacturer = serializers.CharField()
    model = serializers.CharField()
    description = serializers.CharField()
    categoryId = serializers.UUIDField(allow_null=True)
    categoryName = serializers.CharField(allow_null=True, source="category.name")
    criticality = serializers.ChoiceField(choices=Criticality.choices)
    status = serializers.ChoiceField(choices=AssetStatus.choices)
    locationId = serializers.UUIDField(allow_null=True)
    locationName = serializers.CharField(allow_null=True, source="location.name")
    departmentId = serializers.UUIDField(allow_null=True)
    departmentName = serializers.CharField(allow_null=True, source="department.name")
    parentId = serializers.UUIDField(allow_null=True)
    parentName = serializers.CharField(allow_null=True, source="parent.name")
    custom = serializers.DictField(help_text="Values of custom fields by key, see `/custom-fields`.")
    hazards = serializers.ListField(
        child=serializers.CharField(), help_text="What somebody must know before touching it."
    )
    warrantyUntil = serializers.DateField(allow_null=True)
    warrantyNote = serializers.CharField()
    externalId = serializers.CharField()
    archivedAt = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class CategoryShape(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()


class ScopeShape(Shape):
    """What a scoped member sees besides their own work."""

    scoped = serializers.BooleanField()
    locationIds = serializers.ListField(child=serializers.UUIDField())
    departmentIds = serializers.ListField(child=serializers.UUIDField())


def places(member: Member) -> Any:
    return Location.objects.visible_to(member).active()


def assets(member: Member) -> Any:
    return Asset.objects.visible_to(member).active().select_related("location")


def categories(member: Member) -> Any:
    return Category.objects.filter(tenant_id=member.tenant_id)


def departments(member: Member) -> Any:
    return Department.objects.filter(tenant_id=member.tenant_id)


class LocationBody(Body):
    name = fields.Text(max_length=150)
    code = fields.Text(required=False, max_length=60)
    kind = fields.Choice(choices=LocationKind.choices)
    parentId = fields.Reference(places, "Parent location must exist", source="parent")
    timeZone = fields.Text(required=False, max_length=64, source="time_zone")
    externalId = fields.Text(required=False, max_length=120, source="external_id")


class CreateLocation(LocationBody):
    id = fields.Id(required=False)


LocationBody.echoed = echo_of(LocationShape, LocationBody)


class AssetBody(Body):
    name = fields.Text(max_length=200)
    tag = fields.Text(max_length=80)
    barcode = fields.Text(required=False, max_length=120)
    serial = fields.Text(required=False, max_length=120)
    manufacturer = fields.Text(required=False, max_length=150)
    model = fields.Text(required=False, max_length=150)
    description = fields.Text(required=False, max_length=20_000)
    categoryId = fields.Reference(categories, "Category must exist", source="category")
    criticality = fields.Choice(choices=Criticality.choices, required=False)
    status = fields.Choice(choices=AssetStatus.choices, required=False)
    locationId = fields.Reference(places, "Location must exist", source="location")
    departmentId = fields.Reference(departments, "Department must exist", source="department")
    parentId = fields.Reference(assets, "Parent asset must exist", source="parent")
    hazards = fields.Texts(longest=120, most=20)
    warrantyUntil = fields.Day(required=False, allow_null=True, source="warranty_until")
    warrantyNote = fields.Text(required=False, max_length=200, source="warranty_note")
    externalId = fields.Text(required=False, max_length=120, source="external_id")
    custom = CustomValues()


class CreateAsset(AssetBody):
    id = fields.Id(required=False)


class UpdateAsset(AssetBody):
    reason = fields.Text(required=False, max_length=500, help_text="With status: why, when it goes out of service.")


AssetBody.echoed = UpdateAsset.echoed = echo_of(AssetShape, AssetBody)


class CategoryBody(Body):
    name = fields.Text(max_length=100)


class ScopeBody(Body):
    locationIds = fields.References(places, "Every location must exist", source="places")
    departmentIds = fields.References(departments, "Every department must exist", source="departments")
