"""Custom fields in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination, writing
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.pagination import Key
from customfields import actions
from customfields.models import CustomField
from customfields.serializers import NAMES, CreateCustomField, CustomFieldShape, UpdateCustomField


class CustomFieldEndpoint(Endpoint):
    noun = "Custom field"
    names = NAMES

    def rows(self) -> Any:
        return CustomField.objects.filter(tenant_id=self.member.tenant_id)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = CustomFieldShape.first(CustomField.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/custom-fields/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class CustomFields(CustomFieldEndpoint):
    """Fields that the organisation added to work orders, assets, parts and requests."""

    query = {"GET": pagination.PARAMETERS}
    sorts = {"name": Key("name"), "position": Key("position")}
    accepts = {"POST": CreateCustomField}
    answers = {"GET": Answer(CustomFieldShape, many=True), "POST": Answer(CustomFieldShape, 201)}
    permissions = {"GET": "", "POST": "settings.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List custom fields, also retired ones."""
        return self.listing(self.rows(), CustomFieldShape, sorts=self.sorts, default="position")

    def post(self, request: Request) -> HttpResponseBase:
        """Add a custom field. Its key, kind and entity never change."""
        return self.shown(actions.add_field(by=self.member, **self.body(CreateCustomField)).pk, status=201)


class OneCustomField(CustomFieldEndpoint):
    accepts = {"PUT": UpdateCustomField, "PATCH": UpdateCustomField}
    answers = {
        "GET": Answer(CustomFieldShape),
        "PUT": Answer(CustomFieldShape),
        "PATCH": Answer(CustomFieldShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "", "PUT": "settings.manage", "PATCH": "settings.manage", "DELETE": "settings.manage"}

    def get(self, request: Request, field_id: str) -> HttpResponseBase:
        """Get a custom field."""
        return self.shown(self.one(self.rows(), field_id, key="fieldId").pk)

    def put(self, request: Request, field_id: str) -> HttpResponseBase:
        """Change a custom field."""
        field = writing.lock(self.one(self.rows(), field_id, key="fieldId"))
        self.require_version(field.version)
        actions.update_field(field, by=self.member, changes=self.body(UpdateCustomField, partial=True))
        return self.shown(field.pk)

    def patch(self, request: Request, field_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, field_id)

    def delete(self, request: Request, field_id: str) -> HttpResponseBase:
        """Retire a custom field: forms ask it no more, records keep their values."""
        field = writing.lock(self.one(self.rows(), field_id, key="fieldId"))
        self.require_version(field.version)
        actions.update_field(field, by=self.member, changes={"is_active": False})
        return self.answer({"message": "Custom field retired", "deletedAt": timezone.now()})
