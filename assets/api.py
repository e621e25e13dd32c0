"""Places and assets in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from assets import actions, filters
from assets.filters import AssetFilter, LocationFilter
from assets.models import Asset, Category, Location, LocationScope
from assets.serializers import (
    ASSET_NAMES,
    LOCATION_NAMES,
    AssetShape,
    CategoryBody,
    CategoryShape,
    CreateAsset,
    CreateLocation,
    LocationBody,
    LocationShape,
    ScopeBody,
    ScopeShape,
    UpdateAsset,
)
from core import pagination, writing
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from tenancy import actions as tenancy_actions
from tenancy.api import visible_members
from tenancy.models import DepartmentScope
from tenancy.permissions import require


class LocationEndpoint(Endpoint):
    noun = "Location"
    names = LOCATION_NAMES

    def rows(self) -> Any:
        return Location.objects.visible_to(self.member)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = LocationShape.first(Location.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/locations/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Locations(LocationEndpoint):
    """The tree of places, as rows with their parents."""

    query = {"GET": (*LocationFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*LocationFilter.repeatable(), "fields")
    filterset = LocationFilter
    sorts = filters.LOCATION_SORTS
    accepts = {"POST": CreateLocation}
    answers = {"GET": Answer(LocationShape, many=True), "POST": Answer(LocationShape, 201)}
    permissions = {"GET": "location.view", "POST": "location.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List locations."""
        require(self.member, "location.view")
        rows = LocationFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(rows, LocationShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a location."""
        data = self.body(CreateLocation)
        self.refuse_used_id(Location.objects.filter(tenant_id=self.member.tenant_id), data.get("id"))
        location = actions.add_location(by=self.member, **data)
        return self.shown(location.pk, status=201)


class OneLocation(LocationEndpoint):
    accepts = {"PUT": LocationBody, "PATCH": LocationBody}
    answers = {
        "GET": Answer(LocationShape),
        "PUT": Answer(LocationShape),
        "PATCH": Answer(LocationShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "location.view", "PUT": "location.edit", "PATCH": "location.edit", "DELETE": "location.edit"}

    def get(self, request: Request, location_id: str) -> HttpResponseBase:
        """Get a location."""
        return self.shown(self.one(self.rows(), location_id, key="locationId").pk)

    def put(self, request: Request, location_id: str) -> HttpResponseBase:
        """Change or move a location; what is below it moves along."""
        location = self.one(self.rows(), location_id, key="locationId")
        changes = self.body(LocationBody, partial=True)
        expected = self.expected_version(location.version)
        actions.update_location(location, by=self.member, changes=changes, expected_version=expected)
        return self.shown(location.pk)

    def patch(self, request: Request, location_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, location_id)

    def delete(self, request: Request, location_id: str) -> HttpResponseBase:
        """Take a location out of use. Its history stays."""
        location = writing.lock(self.one(self.rows(), location_id, key="locationId"))
        self.require_version(location.version)
        archived = actions.archive_location(location, by=self.member)
        return self.answer({"message": "Location archived", "deletedAt": archived.archived_at})


class AssetEndpoint(Endpoint):
    noun = "Asset"
    names = ASSET_NAMES

    def rows(self) -> Any:
        return Asset.objects.visible_to(self.member)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = AssetShape.first(Asset.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/assets/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class Assets(AssetEndpoint):
    """The register of assets."""

    query = {"GET": (*AssetFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*AssetFilter.repeatable(), "fields")
    filterset = AssetFilter
    sorts = filters.ASSET_SORTS
    accepts = {"POST": CreateAsset}
    answers = {"GET": Answer(AssetShape, many=True), "POST": Answer(AssetShape, 201)}
    permissions = {"GET": "asset.view", "POST": "asset.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List assets."""
        require(self.member, "asset.view")
        rows = AssetFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(rows, AssetShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add an asset."""
        data = self.body(CreateAsset)
        self.refuse_used_id(Asset.objects.filter(tenant_id=self.member.tenant_id), data.get("id"))
        asset = actions.add_asset(by=self.member, **data)
        return self.shown(asset.pk, status=201)


class OneAsset(AssetEndpoint):
    accepts = {"PUT": UpdateAsset, "PATCH": UpdateAsset}
    answers = {
        "GET": Answer(AssetShape),
        "PUT": Answer(AssetShape),
        "PATCH": Answer(AssetShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "asset.view", "PUT": "asset.edit", "PATCH": "asset.edit", "DELETE": "asset.edit"}

    def get(self, request: Request, asset_id: str) -> HttpResponseBase:
        """Get an asset."""
        return self.shown(self.one(self.rows(), asset_id, key="assetId").pk)

    def put(self, request: Request, asset_id: str) -> HttpResponseBase:
        """Change or move an asset. Its status alone may be set with `asset.set_status`."""
        asset = writing.lock(self.one(self.rows(), asset_id, key="assetId"))
        self.require_version(asset.version)
        data = self.body(UpdateAsset, partial=True)
        status, reason = data.pop("status", asset.status), data.pop("reason", "")
        changes = {name: value for name, value in data.items() if getattr(asset, name) != value}
        if changes:
            actions.update_asset(asset, by=self.member, changes=changes)
        if status != asset.status:
            actions.set_asset_status(asset, by=self.member, status=status, reason=reason)
        return self.shown(asset.pk)

    def patch(self, request: Request, asset_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, asset_id)

    def delete(self, request: Request, asset_id: str) -> HttpResponseBase:
        """Take an asset off the register. Its history stays."""
        asset = writing.lock(self.one(self.rows(), asset_id, key="assetId"))
        self.require_version(asset.version)
        archived = actions.archive_asset(asset, by=self.member)
        return self.answer({"message": "Asset archived", "deletedAt": archived.archived_at})


class Categories(Endpoint):
    """Classes of equipment."""

    noun = "Category"
    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name")}
    accepts = {"POST": CategoryBody}
    answers = {"GET": Answer(CategoryShape, many=True), "POST": Answer(CategoryShape, 201)}
    permissions = {"GET": "asset.view", "POST": "asset.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List categories."""
        require(self.member, "asset.view")
        rows = Category.objects.filter(tenant_id=self.member.tenant_id)
        return self.listing(rows, CategoryShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a category."""
        category = actions.add_category(by=self.member, **self.body(CategoryBody))
        return self.answer(CategoryShape.first(Category.objects.filter(pk=category.pk)), status=201)


class MemberScope(Endpoint):
    """Where a scoped member may look."""

    noun = "Member"
    names = {"places": "locationIds", "departments": "departmentIds"}
    accepts = {"PUT": ScopeBody}
    answers = {"GET": Answer(ScopeShape), "PUT": Answer(ScopeShape)}
    permissions = {"GET": "member.manage", "PUT": "member.manage"}

    def get(self, request: Request, member_id: str) -> HttpResponseBase:
        """The places and departments of a member's scope."""
        person = self.one(visible_members(self.member), member_id, key="memberId")
        if person.pk != self.member.pk:
            require(self.member, "member.manage")
        return self.shown(person)

    def put(self, request: Request, member_id: str) -> HttpResponseBase:
        """Replace the places, the departments, or both."""
        person = self.one(visible_members(self.member), member_id, key="memberId")
        data = self.body(ScopeBody, partial=True)
        require(self.member, "member.manage")
        if "places" in data:
            actions.set_places(person, by=self.member, places=data["places"])
        if "departments" in data:
            tenancy_actions.set_departments(person, by=self.member, departments=data["departments"])
        return self.shown(person)

    def shown(self, person: Any) -> HttpResponseBase:
        places = LocationScope.objects.filter(member=person).order_by("location_id")
        departments = DepartmentScope.objects.filter(member=person).order_by("department_id")
        return self.answer(
            {
                "scoped": person.scoped,
                "locationIds": list(places.values_list("location_id", flat=True)),
                "departmentIds": list(departments.values_list("department_id", flat=True)),
            }
        )
