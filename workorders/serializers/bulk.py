"""Many work orders in one request, and what became of each."""

from __future__ import annotations

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape

OPERATIONS = ("create", "update", "transition")


class BulkBody(Body):
    operations = serializers.ListField(
        child=serializers.JSONField(),
        min_length=1,
        max_length=1000,
        help_text="Each {operation: create, update or transition; id; version; data}: data as the single request takes it.",
    )
    atomic = fields.Flag(required=False, help_text="true: all or nothing.")


class BulkResult(Shape):
    index = serializers.IntegerField(help_text="The place of the operation in the request, from 0.")
    id = serializers.UUIDField(allow_null=True)
    status = serializers.IntegerField(help_text="What the single request would have been answered with.")
    version = serializers.IntegerField(allow_null=True)
    error = serializers.DictField(allow_null=True, help_text="The body of the single request's refusal.")


class BulkAnswer(Shape):
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkResult(many=True)
