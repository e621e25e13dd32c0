"""Custom fields in the API: their definitions, and `custom` in the bodies of what carries them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from customfields.choices import Entity, FieldKind

NAMES = {"help_text": "helpText", "required_for": "requiredFor", "is_active": "isActive"}


class CustomValues(serializers.DictField):
    """`custom` in a body: {key: value}. Absent keys stay, `null` clears; the act knows the fields and says what is wrong."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "Values of custom fields by key, see `/custom-fields`.")
        super().__init__(required=False, **options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        if len(data) > 100 or any(len(key) > 60 for key in data):
            raise serializers.ValidationError("Too many or too long keys.")
        return dict(data)


class CustomFieldShape(Shape):
    """A field that the organisation added."""

    id = serializers.UUIDField()
    entity = serializers.ChoiceField(choices=Entity.choices)
    key = serializers.CharField(help_text="Its name in `custom`.")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=FieldKind.choices)
    options = serializers.ListField(child=serializers.CharField())
    helpText = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    requiredFor = serializers.ListField(child=serializers.CharField(), help_text="Types of work; empty: all.")
    position = serializers.IntegerField()
    isActive = serializers.BooleanField()
    version = serializers.IntegerField()


class UpdateCustomField(Body):
    name = fields.Text(max_length=80, allow_blank=False)
    options = fields.Texts(longest=80, most=200)
    helpText = fields.Text(required=False, max_length=200, source="help_text")
    required = fields.Flag(required=False)  # type: ignore[assignment]
    requiredFor = fields.Texts(longest=40, source="required_for")
    position = fields.Whole(required=False, min_value=0, max_value=1000)
    isActive = fields.Flag(required=False, source="is_active")


class CreateCustomField(UpdateCustomField):
    entity = fields.Choice(choices=Entity.choices)
    kind = fields.Choice(choices=FieldKind.choices)
    key = serializers.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$", required=False, error_messages={"invalid": "Use lower-case letters, digits and _."}
    )


UpdateCustomField.echoed = echo_of(CustomFieldShape, UpdateCustomField)
CreateCustomField.echoed = frozenset()
