"""Shape of what somebody should know before the work begins."""

from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import Shape
from workorders.choices import Meaning


class EarlierJob(Shape):
    """A finished job on the asset."""

    workOrderId = serializers.UUIDField(allow_null=True, help_text="Null where the caller may not open it.")
    workOrderNumber = serializers.CharField()
    title = serializers.CharField()
    completionDate = serializers.DateTimeField()
    resolution = serializers.CharField()
    failureCause = serializers.CharField()
    doneBy = serializers.CharField()


class NearbyJob(Shape):
    workOrderId = serializers.UUIDField()
    workOrderNumber = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    statusMeaning = serializers.ChoiceField(choices=Meaning.choices)
    where = serializers.CharField()


class PlannedPart(Shape):
    partName = serializers.CharField()
    partNumber = serializers.CharField()
    quantity = serializers.FloatField()
    unit = serializers.CharField()
    status = serializers.CharField()
    keptIn = serializers.CharField()


class AtWork(Shape):
    name = serializers.CharField()
    since = serializers.DateTimeField()


class BeforeShape(Shape):
    """Empty lists for finished work, and for who only follows their own request."""

    hazards = serializers.ListField(child=serializers.CharField())
    warrantyUntil = serializers.DateField(allow_null=True, help_text="As long as it lasts.")
    warrantyNote = serializers.CharField()
    lastJobs = EarlierJob(many=True)
    nearby = NearbyJob(many=True)
    parts = PlannedPart(many=True)
    atWork = AtWork(many=True)
