"""Shapes of the failure catalogue in the API, and the field by which a body names a code."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.errors import Invalid
from workorders.failure_codes import find_code


class Code(fields.Text):
    """A code of the catalogue by itself or by its name, in any case; `null` takes it away."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(required=False, max_length=200, source=kind, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) or None

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return find_code(self.context["member"], self.kind, text)
        except Invalid as refused:
            raise serializers.ValidationError(refused.details[self.kind]) from None
