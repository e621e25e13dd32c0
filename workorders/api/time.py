"""Time in the API: entries of a work order and of everybody, running clocks, corrections."""

from __future__ import annotations

import datetime as dt
from typing import Any

import django_filters
from django import forms
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core import pagination
from core.api import filters, query
from core.api.views import Answer, Endpoint
from core.errors import PermissionDenied
from core.pagination import Key
from labor.models import Technician
from tenancy.models import Member
from tenancy.permissions import may
from workorders import actions, timesheets
from workorders.actions import writing
from workorders.api.orders import WorkOrderEndpoint
from workorders.models import TimeEntry, Timer
from workorders.serializers.time import (
    NAMES,
    AddTime,
    CorrectTime,
    MyTimer,
    PostedTime,
    StartTimer,
    TimeEntryShape,
    TimeOfWork,
    TimerShape,
)


def shown(member: Member, rows: Any) -> list[dict[str, Any]]:
    rows = timesheets.marked(rows).order_by("worked_on", "posted_at", "pk")
    return TimeEntryShape.every(rows, **sight(member))


def sight(member: Member) -> dict[str, bool]:
    return {"costs": may(member, "cost.view"), "rates": may(member, "cost.view") and may(member, "people.rates")}


def posted(member: Member, entries: list[TimeEntry], message: str) -> dict[str, Any]:
    # In the order in which they were posted: what takes back stands before what replaces it.
    order = {entry.pk: number for number, entry in enumerate(entries)}
    items = shown(member, TimeEntry.objects.filter(pk__in=order))
    return {"time": sorted(items, key=lambda item: order[item["id"]]), "message": message}


class WorkOrderTime(WorkOrderEndpoint):
    """What time a job took, and booking more by hand."""

    noun = "Time entry"
    names = NAMES
    accepts = {"POST": AddTime}
    answers = {"GET": Answer(TimeOfWork), "POST": Answer(PostedTime, 201)}
    permissions = {"GET": "workorder.view_own", "POST": "workorder.work"}

    def get(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """List the entries by day. Corrections are entries of their own, with negative minutes."""
        work_order = self.found(work_order_id)
        if not timesheets.sees_time_of_work(self.member):
            raise PermissionDenied("workorder.view_own")
        items = shown(self.member, TimeEntry.objects.filter(work_order=work_order))
        return self.answer({"time": items, "totalMinutes": sum(item["minutes"] for item in items)})

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Book time: one's own, or with `time.any` or as the lead of the job that of others."""
        work_order = self.found(work_order_id)
        self.require_version(writing.lock(work_order).version)
        entries = actions.add_time(work_order, by=self.member, **self.body(AddTime))
        return self.answer(posted(self.member, entries, "Time booked"), status=201)


class WorkOrderTimer(WorkOrderEndpoint):
    """The clock on a job."""

    noun = "Timer"
    names = NAMES
    accepts = {"POST": StartTimer}
    answers = {"POST": Answer(TimerShape, 201), "DELETE": Answer(PostedTime)}
    permissions = {"POST": "workorder.work", "DELETE": ""}
    query = {"DELETE": ("personId", "endedAt", "discard")}
    query_texts = {
        "personId": "Whose clock; the caller's if absent.",
        "endedAt": "When work ended; now if absent. Needed for a clock that ran for more than 16 hours.",
        "discard": "true: book nothing.",
    }

    def post(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Start the clock. One that runs elsewhere for this person is stopped and its time is booked."""
        work_order = self.found(work_order_id)
        data = self.body(StartTimer)
        timer = actions.start_timer(work_order, by=self.member, **data)
        return self.answer(TimerShape.first(Timer.objects.filter(pk=timer.pk)), status=201)

    def delete(self, request: Request, work_order_id: str) -> HttpResponseBase:
        """Stop the clock and book what it ran, to the minute; under half a minute nothing is booked."""
        work_order = self.found(work_order_id)
        stopped = actions.stop_timer(work_order, by=self.member, **self.asked())
        return self.answer(posted(self.member, list(stopped.entries), str(stopped)))

    def asked(self) -> dict[str, Any]:
        params = self.params
        asked: dict[str, Any] = {}
        if "personId" in params:
            pk = query.uuid_or_none(params["personId"])
            asked["person"] = Technician.objects.visible_to(self.member).filter(pk=pk).first() if pk else None
            if asked["person"] is None:
                raise query.refuse("personId", "Technician must exist.")
        if "endedAt" in params:
            try:
                asked["at"] = query.instant(params["endedAt"])
            except ValueError as error:
                raise query.refuse("endedAt", str(error)) from None
        if "discard" in params:
            if params["discard"] not in ("true", "false"):
                raise query.refuse("discard", "Use true or false.")
            asked["discard"] = params["discard"] == "true"
        return asked


class MyClock(Endpoint):
    """The clock that runs for whoever asks, wherever it was started."""

    noun = "Timer"
    answers = {"GET": Answer(MyTimer), "DELETE": Answer(PostedTime)}
    permissions = {"GET": "", "DELETE": ""}

    def get(self, request: Request) -> HttpResponseBase:
        """The caller's running clock, or null."""
        return self.answer({"timer": TimerShape.first(Timer.objects.filter(person_id=self.member.pk))})

    def delete(self, request: Request) -> HttpResponseBase:
        """Stop it and book what it ran; also where the job is no longer the caller's."""
        timer = timesheets.running(self.member)
        if timer is None:
            return self.answer({"time": [], "message": "No clock was running."})
        stopped = actions.stop_timer(timer.work_order, by=self.member)
        return self.answer(posted(self.member, list(stopped.entries), str(stopped)))


class DayField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            day = dt.date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not 1990 <= day.year <= 2200:
            raise forms.ValidationError("Use a date such as 2026-11-20.")
        return day


class Day(django_filters.Filter):
    field_class = DayField


class TimeFilter(filters.FilterSet):
    """Which entries."""

    person = filters.People(method="by_person", label="Member ids or `me`")
    to = Day(field_name="worked_on", lookup_expr="lte", label="Worked on or before this day")

    class Meta:
        model = TimeEntry
        fields: tuple[str, ...] = ()

    def by_person(self, rows: Any, name: str, value: list[Any]) -> Any:
        return rows.filter(person_id__in=[self.member.pk if pk == "me" else pk for pk in value if pk != "none"])


# `from` is no name in Python, and `workOrderId` none of ours.
TimeFilter.base_filters["workOrderId"] = filters.Ids(
    field_name="work_order_id", lookup_expr="in", label="Work order ids"
)
TimeFilter.base_filters["from"] = Day(field_name="worked_on", lookup_expr="gte", label="Worked on or after this day")


class TimeEntries(Endpoint):
    """Booked time: one's own, with `time.any` everybody's on the work orders one sees."""

    noun = "Time entry"
    query = {"GET": (*TimeFilter.parameters(), *pagination.PARAMETERS)}
    repeatable = (*TimeFilter.repeatable(), "fields")
    filterset = TimeFilter
    sorts = {"workedOn": Key("worked_on"), "postedAt": Key("posted_at")}
    answers = {"GET": Answer(TimeEntryShape, many=True)}
    permissions = {"GET": ""}

    def get(self, request: Request) -> HttpResponseBase:
        """List time entries, the latest days first."""
        rows = TimeFilter(self.params, timesheets.entries_visible_to(self.member), member=self.member).rows()
        context = sight(self.member)
        return self.listing(
            timesheets.marked(rows), TimeEntryShape, sorts=self.sorts, default="-workedOn", context=context
        )


class CorrectEntry(Endpoint):
    """Entries are never changed: a correction takes one back and, unless `replace` is false, books what was meant."""

    noun = "Time entry"
    names = NAMES
    accepts = {"POST": CorrectTime}
    answers = {"POST": Answer(PostedTime, 201)}
    permissions = {"POST": "workorder.work"}

    def post(self, request: Request, entry_id: str) -> HttpResponseBase:
        """Correct an entry."""
        entry = self.one(timesheets.correctable(self.member), entry_id, key="timeEntryId")
        data = self.body(CorrectTime)
        replace, reason = data.pop("replace", True), data.pop("reason", "")
        entries = actions.correct_time(entry, by=self.member, note=reason, replacement=data if replace else None)
        return self.answer(posted(self.member, entries, "Time corrected"), status=201)
