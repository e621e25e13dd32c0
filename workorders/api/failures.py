"""The failure catalogue in the API."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from core import pagination
from core.api.serializers import Deleted
from core.api.views import Answer, Endpoint
from core.errors import Invalid
from workorders import actions
from workorders.filters import CODE_DEFAULT_SORT, CODE_SORTS, FailureCodeFilter
from workorders.models import FailureCode
from workorders.serializers.failures import (
    CODE_NAMES,
    AddFailureCode,
    ChangeFailureCode,
    FailureCodeShape,
    Installed,
    InstallFailureCodes,
)


class FailureCodeEndpoint(Endpoint):
    noun = "Failure code"
    names = CODE_NAMES

    def rows(self) -> Any:
        return FailureCode.objects.filter(tenant_id=self.member.tenant_id)

    def shown(self, pk: Any, *, status: int = 200) -> HttpResponseBase:
        shape = FailureCodeShape.first(FailureCode.objects.filter(pk=pk))
        assert shape is not None
        headers = {"Location": f"/api/v1/failure-codes/{pk}"} if status == 201 else None
        return self.answer(shape, status=status, version=shape["version"], headers=headers)


class FailureCodes(FailureCodeEndpoint):
    """The codes that reports name. Without `sort`, and with `assetId`, the likeliest come first."""

    query = {"GET": (*FailureCodeFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*FailureCodeFilter.repeatable(), "fields")
    filterset = FailureCodeFilter
    sorts = CODE_SORTS
    accepts = {"POST": AddFailureCode}
    answers = {"GET": Answer(FailureCodeShape, many=True), "POST": Answer(FailureCodeShape, 201)}
    permissions = {"GET": "", "POST": "failure.manage"}

    def get(self, request: Request) -> HttpResponseBase:
        """List failure codes in use."""
        rows = FailureCodeFilter(self.params, self.rows(), member=self.member).rows()
        return self.listing(rows, FailureCodeShape, sorts=CODE_SORTS, default=CODE_DEFAULT_SORT)

    def post(self, request: Request) -> HttpResponseBase:
        """Add a failure code."""
        return self.shown(actions.add_code(by=self.member, **self.body(AddFailureCode)).pk, status=201)


class OneFailureCode(FailureCodeEndpoint):
    accepts = {"PUT": ChangeFailureCode, "PATCH": ChangeFailureCode}
    answers = {
        "GET": Answer(FailureCodeShape),
        "PUT": Answer(FailureCodeShape),
        "PATCH": Answer(FailureCodeShape),
        "DELETE": Answer(Deleted),
    }
    permissions = {"GET": "", "PUT": "failure.manage", "PATCH": "failure.manage", "DELETE": "failure.manage"}

    def found(self, code_id: str) -> FailureCode:
        row: FailureCode = self.one(self.rows(), code_id, key="codeId")
        return row

    def get(self, request: Request, code_id: str) -> HttpResponseBase:
        """Get a failure code."""
        return self.shown(self.found(code_id).pk)

    def put(self, request: Request, code_id: str) -> HttpResponseBase:
        """Change a failure code, or take it out of use and back by `isActive`."""
        row = self.found(code_id)
        changes = self.body(ChangeFailureCode, partial=True)
        active = changes.pop("is_active", row.is_active)
        expected = self.expected_version(row.version)
        row = actions.update_code(row, by=self.member, changes=changes, expected_version=expected)
        if active != row.is_active:
            (actions.restore_code if active else actions.archive_code)(row, by=self.member)
        return self.shown(row.pk)

    def patch(self, request: Request, code_id: str) -> HttpResponseBase:
        """The same as PUT."""
        return self.put(request, code_id)

    def delete(self, request: Request, code_id: str) -> HttpResponseBase:
        """Take a failure code out of use. It stays where it was chosen."""
        row = self.found(code_id)
        actions.archive_code(row, by=self.member, expected_version=self.expected_version(row.version))
        return self.answer({"message": "Failure code archived", "deletedAt": timezone.now()})


class FailureCodeLibrary(FailureCodeEndpoint):
    """The codes that ship: problems and causes named as in ISO 14224, remedies in our words."""

    accepts = {"POST": InstallFailureCodes}
    answers = {"POST": Answer(Installed)}
    permissions = {"POST": "failure.manage"}

    def post(self, request: Request) -> HttpResponseBase:
        """Add the shipped codes that are missing, or give a category the codes of a class of equipment."""
        data = self.body(InstallFailureCodes)
        category = data.get("category")
        if category is None:
            if data.get("equipment_class"):
                raise Invalid({"category": "Say which category."}, headline=self.invalid_headline)
            return self.answer({"added": len(actions.install_codes(by=self.member)), "codes": None})
        number = actions.follow_class(category, by=self.member, equipment_class=data.get("equipment_class", ""))
        return self.answer({"added": 0, "codes": number})
