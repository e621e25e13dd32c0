"""Shapes of signatures in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape
from workorders.choices import SignatureMeaning
from workorders.forms.signing import LONGEST, picture_of
from workorders.models import Signature


class SignatureShape(Shape):
    """A signature. `digest` is the SHA-256 of `content`, the text that was signed."""

    id = serializers.UUIDField()
    taskId = serializers.UUIDField(allow_null=True)
    signer = serializers.UUIDField(allow_null=True, source="signer_id", help_text="At whose screen it was given.")
    signerName = serializers.CharField()
    meaning = serializers.ChoiceField(choices=SignatureMeaning.choices)
    authenticated = serializers.BooleanField(help_text="Given by password; it sealed the record.")
    mediaId = serializers.UUIDField(allow_null=True, source="drawing_id")
    content = serializers.CharField()
    digest = serializers.CharField()
    signedAt = serializers.DateTimeField()


class SignatureList(Shape):
    signatures = SignatureShape(many=True)


class Drawing(fields.Text):
    """A PNG as a data address."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return picture_of(super().to_internal_value(data))
        except ValueError:
            raise serializers.ValidationError("Use a PNG as a data address: data:image/png;base64,…") from None


class AddSignature(Body):
    meaning = fields.Choice(choices=SignatureMeaning.choices)
    name = fields.Text(required=False, max_length=150, help_text="Who signs, if not the caller.")
    drawing = Drawing(required=False, max_length=LONGEST, help_text="A PNG as a data address.")
    password = fields.Text(required=False, max_length=200, help_text="The caller's own: seals completed work.")
    taskId = fields.Id(required=False, allow_null=True, source="task")


def first(signature: Signature) -> Any:
    return SignatureShape.first(Signature.objects.filter(pk=signature.pk))
