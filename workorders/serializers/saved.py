"""Saved views in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape, echo_of
from workorders.asked import LAYOUTS


class ViewShape(Shape):
    """A view of the list of work orders that was given a name."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    query = serializers.CharField(help_text="Filters and `sort`, as in an address.")
    columns = serializers.ListField(child=serializers.CharField())
    layout = serializers.ChoiceField(choices=LAYOUTS)
    shared = serializers.BooleanField(help_text="Shown to everybody in the organisation.")
    position = serializers.IntegerField()
    owner = serializers.UUIDField(source="owner_id")
    ownerName = serializers.CharField(source="owner.name")
    isDefault = serializers.BooleanField(source="*", help_text="The caller's list opens with it.")
    version = serializers.IntegerField(help_text="Also the ETag.")
    createdAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Mapping[str, Any]) -> None:
        for item in items:
            item["isDefault"] = item["id"] == context.get("default")


class UpdateView(Body):
    name = fields.Text(max_length=60)
    query = fields.Text(required=False, max_length=1500)
    columns = fields.Texts(longest=60, most=20)
    layout = fields.Choice(choices=[(name, name) for name in LAYOUTS], required=False)
    shared = fields.Flag(required=False)
    position = fields.Whole(required=False, min_value=0, max_value=1000)
    isDefault = fields.Flag(required=False, source="is_default")


class CreateView(UpdateView):
    pass


UpdateView.echoed = echo_of(ViewShape, UpdateView)
CreateView.echoed = frozenset()
