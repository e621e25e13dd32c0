"""Shapes of the failure catalogue in the API, and the field by which a body names a code."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rest_framework import serializers

from assets.models import Category
from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from core.errors import Invalid
from tenancy.models import Member
from workorders.choices import CodeKind
from workorders.failure_codes import find_code
from workorders.models import FailureCodeClass

CODE_NAMES = {"classes": "categoryIds", "category": "categoryId", "equipment_class": "equipmentClass"}


class Code(fields.Text):
    """A code of the catalogue by itself or by its name, in any case; `null` takes it away."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(required=False, max_length=200, source=kind, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        text = super().run_validation(data)
        try:
            return find_code(self.context["member"], self.kind, text)
        except Invalid as refused:
            raise serializers.ValidationError(refused.details[self.kind]) from None


class FailureCodeShape(Shape):
    """What was seen (problem), why (cause) or what was done (remedy)."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CodeKind.choices)
    code = serializers.CharField(help_text="What work orders name it by.")
    name = serializers.CharField()
    description = serializers.CharField()
    position = serializers.IntegerField()
    isActive = serializers.BooleanField(help_text="Whether it is offered for new work.")
    categoryIds = serializers.ListField(
        child=serializers.UUIDField(), source="*", help_text="Categories of assets it belongs to; none: all equipment."
    )
    version = serializers.IntegerField(help_text="Also the ETag.")

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        links = FailureCodeClass.objects.filter(failure_code_id__in=[item["id"] for item in items])
        found = defaultdict(list)
        for code_id, category_id in links.order_by("category_id").values_list("failure_code_id", "category_id"):
            found[code_id].append(category_id)
        for item in items:
            item["categoryIds"] = found[item["id"]]


class Installed(Shape):
    """How many codes were added, or how many a category has now."""

    added = serializers.IntegerField()
    codes = serializers.IntegerField(allow_null=True)


def categories(member: Member) -> Any:
    return Category.objects.filter(tenant_id=member.tenant_id)


class ChangeFailureCode(Body):
    code = fields.Text(max_length=60, allow_blank=False)
    name = fields.Text(max_length=120, allow_blank=False)
    description = fields.Text(required=False, max_length=500)
    position = fields.Whole(required=False, min_value=0, max_value=9999)
    categoryIds = fields.References(categories, "Category must exist", source="classes")
    isActive = fields.Flag(required=False, source="is_active", help_text="false: out of use, kept where it was chosen.")


ChangeFailureCode.echoed = echo_of(FailureCodeShape, ChangeFailureCode)


class AddFailureCode(ChangeFailureCode):
    kind = fields.Choice(choices=CodeKind.choices)
    isActive = None  # type: ignore[assignment]


class InstallFailureCodes(Body):
    """Empty: add the shipped codes that are missing. With both: give a category the problem codes of a class of ISO 14224."""

    categoryId = fields.Reference(categories, "Category must exist", source="category")
    equipmentClass = fields.Text(
        required=False,
        max_length=10,
        source="equipment_class",
        help_text="Such as PU for pumps; `null` takes them away.",
    )
