"""The part catalogue in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from inventory import actions
from inventory.filters import PART_SORTS, PartFilter
from inventory.models import Part, PartCategory
from inventory.serializers import (
    PART_NAMES,
    CreatePart,
    PartCategoryBody,
    PartCategoryShape,
    PartShape,
    UpdatePart,
    categories,
)
from tenancy.permissions import may, require


class PartEndpoint(Endpoint):
    noun = "Part"
    names = PART_NAMES

    def rows(self) -> Any:
        return Part.objects.visible_to(self.member)

    def context(self) -> dict[str, Any]:
        return {"costs": may(self.member, "cost.view", "part.edit")}

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = PartShape.first(Part.objects.filter(pk=pk), **self.context())
        assert shape is not None
        headers = {"Location": f"/api/v1/parts/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


def domain(data: dict[str, Any]) -> dict[str, Any]:
    if "manufacturer_numbers" in data:
        pairs = [(item["manufacturer"], item["number"]) for item in data["manufacturer_numbers"]]
        data["manufacturer_numbers"] = pairs
    return data


class Parts(PartEndpoint):
    """The catalogue of parts. Archived ones only when they are asked for."""

    query = {"GET": (*PartFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*PartFilter.repeatable(), "fields")
    filterset = PartFilter
    sorts = PART_SORTS
    accepts = {"POST": CreatePart}
    answers = {"GET": Answer(PartShape, many=True), "POST": Answer(PartShape, 201)}
    permissions = {"GET": "part.view", "POST": "part.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List parts."""
        require(self.member, "part.view")
        rows = PartFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(rows, PartShape, sorts=self.sorts, default="name", context=self.context())

    def post(self, request: Request) -> HttpResponseBase:
        """Add a part to the catalogue."""
        data = domain(self.body(CreatePart))
        self.refuse_used_id(Part.objects.filter(tenant_id=self.member.tenant_id), data.get("id"))
        return self.shown(actions.add_part_to_catalogue(by=self.member, **data).pk, status=201)


class OnePart(PartEndpoint):
    accepts = {"PUT": UpdatePart, "PATCH": UpdatePart}
    answers = {
        "GET": Answer(PartShape),
        "PUT": Answer(PartShape),
        "PATCH": Answer(PartShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "part.view", "PUT": "part.edit", "PATCH": "part.edit", "DELETE": "part.edit"}

    def get(self, request: Request, part_id: str) -> HttpResponseBase:
        """Get a part."""
        return self.shown(self.one(self.rows(), part_id, key="partId").pk)

    def put(self, request: Request, part_id: str) -> HttpResponseBase:
        """Change a part. What was issued to work orders before keeps its cost."""
        part = self.one(self.rows(), part_id, key="partId")
        expected = self.expected_version(part.version)
        changes = domain(self.body(UpdatePart, partial=True))
        archived = changes.pop("archived", None)
        part = actions.update_part(part, by=self.member, changes=changes, expected_version=expected)
        if archived is not None:
            (actions.archive_part if archived else actions.restore_part)(part, by=self.member)
        return self.shown(part.pk)

    def patch(self, request: Request, part_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, part_id)

    def delete(self, request: Request, part_id: str) -> HttpResponseBase:
        """Delete a part that nothing uses; any other is archived, and its history stays."""
        part = self.one(self.rows(), part_id, key="partId")
        expected = self.expected_version(part.version)
        left = actions.remove_part_from_catalogue(part, by=self.member, expected_version=expected)
        if left is not None:
            return self.answer({"message": "Part archived", "deletedAt": left.archived_at})
        return self.answer({"message": "Part deleted", "deletedAt": timezone.now()})


class CategoryEndpoint(Endpoint):
    noun = "Part category"

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = PartCategoryShape.first(PartCategory.objects.filter(pk=pk))
        assert shape is not None
        return self.answer(shape, status=status, version=shape["version"])

    def found(self, part_category_id: str) -> Any:
        require(self.member, "part.view")
        return self.one(categories(self.member), part_category_id, key="partCategoryId")


class PartCategories(CategoryEndpoint):
    """Headings of the catalogue."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name")}
    accepts = {"POST": PartCategoryBody}
    answers = {"GET": Answer(PartCategoryShape, many=True), "POST": Answer(PartCategoryShape, 201)}
    permissions = {"GET": "part.view", "POST": "part.edit"}

    def get(self, request: Request) -> HttpResponseBase:
        """List categories of parts."""
        require(self.member, "part.view")
        return self.listing(categories(self.member), PartCategoryShape, sorts=self.sorts, default="name")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a category."""
        return self.shown(actions.add_category(by=self.member, **self.body(PartCategoryBody)).pk, status=201)


class OnePartCategory(CategoryEndpoint):
    accepts = {"PUT": PartCategoryBody, "PATCH": PartCategoryBody}
    answers = {
        "GET": Answer(PartCategoryShape),
        "PUT": Answer(PartCategoryShape),
        "PATCH": Answer(PartCategoryShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "part.view", "PUT": "part.edit", "PATCH": "part.edit", "DELETE": "part.edit"}

    def get(self, request: Request, part_category_id: str) -> HttpResponseBase:
        """Get a category."""
        return self.shown(self.found(part_category_id).pk)

    def put(self, request: Request, part_category_id: str) -> HttpResponseBase:
        """Rename a category."""
        category = self.found(part_category_id)
        expected = self.expected_version(category.version)
        data = self.body(PartCategoryBody, partial=True)
        name = data.get("name", category.name)
        actions.rename_category(category, by=self.member, name=name, expected_version=expected)
        return self.shown(category.pk)

    def patch(self, request: Request, part_category_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, part_category_id)

    def delete(self, request: Request, part_category_id: str) -> HttpResponseBase:
        """Delete a category under which no part stands."""
        category = self.found(part_category_id)
        expected = self.expected_version(category.version)
        actions.delete_category(category, by=self.member, expected_version=expected)
        return self.answer({"message": "Part category deleted", "deletedAt": timezone.now()})
