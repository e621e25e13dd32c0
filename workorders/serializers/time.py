"""Shapes of booked time and running clocks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.api import fields
from core.api.serializers import Body, Shape
from labor.models import Technician
from tenancy.models import Member
from workorders.choices import TimeCategory

NAMES = {
    "person": "personId", "started_at": "startedAt", "ended_at": "endedAt", "worked_on": "workedOn",
    "overtime_factor": "overtimeFactor",
}  # fmt: skip


class TimeEntryShape(Shape):
    """Minutes of one person on one local day. One that takes another back has negative minutes and names it."""

    id = serializers.UUIDField()
    workOrderId = serializers.UUIDField(source="work_order_id")
    workOrderNumber = serializers.CharField(source="work_order.number")
    personId = serializers.UUIDField(source="person_id")
    personName = serializers.CharField(source="person.name")
    category = serializers.ChoiceField(choices=TimeCategory.choices)
    workedOn = serializers.DateField(help_text="The day in the organisation's time zone that the minutes count to.")
    startedAt = serializers.DateTimeField(allow_null=True)
    endedAt = serializers.DateTimeField(allow_null=True)
    minutes = serializers.IntegerField()
    overtimeFactor = serializers.FloatField()
    rate = serializers.FloatField(
        required=False, help_text="Hourly, as it was when the entry was posted; for members who may see rates."
    )
    cost = serializers.FloatField(required=False, help_text="For members who may see costs.")
    note = serializers.CharField()
    corrects = serializers.UUIDField(
        allow_null=True, source="corrects_id", help_text="The entry that this one takes back."
    )
    corrected = serializers.BooleanField(help_text="Whether a later entry took this one back.")
    postedBy = serializers.UUIDField(allow_null=True, source="posted_by_id")
    postedAt = serializers.DateTimeField()

    @classmethod
    def finish(cls, items: list[dict[str, Any]], context: Any) -> None:
        for item in items:
            if not context.get("costs"):
                del item["cost"]
            if not context.get("rates"):
                del item["rate"]


class TimeOfWork(Shape):
    time = TimeEntryShape(many=True)
    totalMinutes = serializers.IntegerField()


class PostedTime(Shape):
    """What was posted: one entry, or one per day where it went over midnight; a correction comes before what replaces it."""

    time = TimeEntryShape(many=True)
    message = serializers.CharField()


class TimerShape(Shape):
    """A clock that runs."""

    workOrderId = serializers.UUIDField(source="work_order_id")
    workOrderNumber = serializers.CharField(source="work_order.number")
    workOrderTitle = serializers.CharField(source="work_order.title")
    personId = serializers.UUIDField(source="person_id")
    personName = serializers.CharField(source="person.name")
    category = serializers.ChoiceField(choices=TimeCategory.choices)
    startedAt = serializers.DateTimeField()


class MyTimer(Shape):
    timer = TimerShape(allow_null=True)


# --- Bodies -----------------------------------------------------------------------------------------------------------
def technicians(member: Member) -> Any:
    return Technician.objects.visible_to(member).select_related("member")


class When(Body):
    startedAt = fields.Instant(required=False, allow_null=True, source="started_at", help_text="With `endedAt`.")
    endedAt = fields.Instant(required=False, allow_null=True, source="ended_at")
    workedOn = fields.Day(
        required=False, allow_null=True, source="worked_on", help_text="With `minutes`; today if absent."
    )
    minutes = fields.Whole(required=False, allow_null=True, min_value=1, max_value=1440)
    category = fields.Choice(choices=TimeCategory.choices, required=False)
    overtimeFactor = fields.Money(required=False, min_value=1, max_value=5, source="overtime_factor")
    note = fields.Text(required=False, max_length=300)


class AddTime(When):
    """From when until when, or a day and minutes."""

    personId = fields.Reference(
        technicians, "Technician must exist", source="person", help_text="The caller if absent."
    )


class CorrectTime(When):
    """What was meant instead; what is not named stays as it was. With `replace` false the entry is only taken back."""

    replace = fields.Flag(required=False, help_text="True unless given.")
    reason = fields.Text(
        required=False, max_length=300, help_text="Why it was wrong; a note on the entry that takes back."
    )


class StartTimer(Body):
    personId = fields.Reference(
        technicians, "Technician must exist", source="person", help_text="The caller if absent."
    )
    category = fields.Choice(choices=TimeCategory.choices, required=False)
    at = fields.Instant(required=False, allow_null=True, help_text="When it began; now if absent.")
