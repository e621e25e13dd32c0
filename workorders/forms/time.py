"""Shapes of what people type about time. Rules stand in the actions; times are those of the organisation's zone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from labor.models import Technician
from tenancy.models import Member
from workorders import permissions
from workorders.choices import TimeCategory
from workorders.forms.orders import HoursField, TechnicianChoice, technicians
from workorders.models import TimeEntry, WorkOrder

FACTORS = [("1", "Normal"), ("1.25", "Overtime 1.25 ×"), ("1.5", "Overtime 1.5 ×"), ("2", "Overtime 2 ×")]


def day_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def time_field(label: str) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, required=False, widget=widget)


class TimeForm(forms.Form):
    """Hours on a day, or from when until when; an end before the beginning is on the next day."""

    person = TechnicianChoice(label="Who", queryset=Technician.objects.none(), required=False, empty_label="Choose")
    worked_on = day_field("Day")
    minutes = HoursField(label="Hours", help_text="Or say from when until when.")
    started = time_field("From")
    ended = time_field("Until")
    category = forms.ChoiceField(
        label="Kind", choices=TimeCategory.choices, initial=TimeCategory.WORK, widget=forms.RadioSelect
    )
    overtime_factor = forms.ChoiceField(label="Rate", choices=FACTORS, initial="1")
    note = forms.CharField(label="Note", required=False, max_length=300)

    def __init__(self, *args: Any, member: Member, work_order: WorkOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if permissions.may_book_for_others(member, work_order):
            self.fields["person"].queryset = technicians(member)  # type: ignore[attr-defined]
            self.initial.setdefault("person", member.pk)
        else:
            del self.fields["person"]
        self.initial.setdefault("worked_on", timezone.localdate())

    def clean_overtime_factor(self) -> Decimal:
        return Decimal(self.cleaned_data["overtime_factor"] or 1)

    def clean(self) -> dict[str, Any]:
        """What `add_time` takes."""
        data = super().clean() or self.cleaned_data
        started, ended = data.pop("started", None), data.pop("ended", None)
        if self.errors or (started is None and ended is None):
            return data
        day = data.pop("worked_on")
        if data.get("minutes") is None:
            data.pop("minutes", None)
        return data | interval(day, started, ended)


def interval(day: dt.date, started: dt.time | None, ended: dt.time | None) -> dict[str, dt.datetime | None]:
    zone = timezone.get_current_timezone()
    begin = dt.datetime.combine(day, started, tzinfo=zone) if started else None
    end = dt.datetime.combine(day, ended, tzinfo=zone) if ended else None
    if started and ended and ended <= started:
        end = dt.datetime.combine(day + dt.timedelta(days=1), ended, tzinfo=zone)
    return {"started_at": begin and begin.astimezone(dt.UTC), "ended_at": end and end.astimezone(dt.UTC)}


class CorrectForm(TimeForm):
    """What was meant. Nothing in its place takes the entry back alone."""

    nothing = forms.BooleanField(label="Only take it back; book nothing in its place", required=False)
    reason = forms.CharField(label="Why", required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("person", None)
        for name in ("worked_on", "category", "overtime_factor"):
            # Nothing is asked of somebody who only takes it back.
            self.fields[name].required = self.fields[name].required and not self.data.get("nothing")

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data if self.data.get("nothing") else super().clean()


def initial_of(entry: TimeEntry) -> dict[str, Any]:
    timed = entry.started_at is not None and entry.ended_at is not None
    return {
        "worked_on": entry.worked_on,
        "minutes": None if timed else entry.minutes,
        "started": timezone.localtime(entry.started_at).time() if timed else None,
        "ended": timezone.localtime(entry.ended_at).time() if timed else None,
        "category": entry.category,
        "overtime_factor": f"{entry.overtime_factor.normalize():f}",
        "note": entry.note,
    }


class StopForm(forms.Form):
    """For a clock that ran on: when work really ended, or nothing at all."""

    ended_at = forms.DateTimeField(
        label="When did you stop working?",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text="Now, if you leave it empty.",
    )
    note = forms.CharField(label="Note", required=False, max_length=300)
    discard = forms.BooleanField(label="Discard this clock; book nothing", required=False)
