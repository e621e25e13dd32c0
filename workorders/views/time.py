"""Pages of time: the clock and the entries of a job, one's own day and week, everybody's week."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core import toasts
from core.errors import NotFound
from core.pages import MemberRequest, go, page, submit
from core.relative_time import hours
from labor.models import Technician
from tenancy.models import Holiday, Member, WorkingInterval
from workorders import actions, local_days, timesheets
from workorders import clock as running_clock
from workorders.choices import Meaning, TimeCategory
from workorders.forms.time import CorrectForm, StopForm, TimeForm, initial_of
from workorders.models import WorkOrder
from workorders.panels.time import row
from workorders.views.acts import ask, found, shown

WHO_WORKS = ("workorder.work", "workorder.work_any", "time.any")
ADD: dict[str, Any] = {"name": "time", "title": "Book time", "button": "Book it", "back": "Back"}
STOP: dict[str, Any] = {"name": "timer-stop", "title": "Stop the clock", "button": "Stop it", "back": "Let it run"}
CORRECT: dict[str, Any] = {
    "name": "time-correct", "title": "Correct this entry", "button": "Correct it", "back": "Leave it",
    "text": "What was booked stays on record; a further entry takes it back, and what you say here is booked instead.",
}  # fmt: skip
# Domain field → field of the form.
FIELDS = {"started_at": "started", "ended_at": "ended"}


def back(work_order: WorkOrder) -> str:
    return shown(work_order) + "#panel-time"


# --- On a work order --------------------------------------------------------------------------------------------------
@page()
@require_POST
def timer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Start the clock."""
    work_order = found(request, pk)
    category = request.POST.get("category") or TimeCategory.WORK
    actions.start_timer(work_order, by=request.member, category=category)
    toasts.say(request, f"{work_order.number}: the clock is running.", undo=reverse("workorders:timer_stop", args=[pk]))
    return go(request, back(work_order))


@page()
def timer_stop(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Stop one's clock, or somebody else's where that is allowed; GET asks when work ended."""
    work_order = found(request, pk)
    member = request.member
    person = somebody(request)
    if request.method != "POST":
        return ask(request, work_order, STOP, StopForm())
    form = StopForm(request.POST)
    done = submit(
        form,
        lambda data: actions.stop_timer(
            work_order, by=member, person=person, at=data["ended_at"], note=data["note"], discard=data["discard"]
        ),
    )
    if done is None:
        return ask(request, work_order, STOP, form)
    toasts.say(request, f"{work_order.number}: {done}", draft=f"timer-stop-{pk}")
    return go(request, back(work_order))


def somebody(request: MemberRequest) -> Technician | None:
    pk = request.POST.get("person") or request.GET.get("person")
    if not pk:
        return None
    try:
        technician = Technician.objects.visible_to(request.member).filter(pk=UUID(pk)).first()
    except ValueError:
        technician = None
    if technician is None:
        raise NotFound("There is no such technician.")
    return technician


@page()
def add(request: MemberRequest, pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    member = request.member
    form = TimeForm(request.POST if request.method == "POST" else None, member=member, work_order=work_order)
    entries = None
    if form.is_bound:
        entries = submit(form, lambda data: actions.add_time(work_order, by=member, **data), names=FIELDS)
    if entries is None:
        return ask(request, work_order, ADD, form)
    minutes = sum(entry.minutes for entry in entries)
    toasts.say(request, f"{work_order.number}: {hours(minutes)} booked.", draft=f"time-{pk}")
    return go(request, back(work_order))


@page()
def correct(request: MemberRequest, pk: UUID, entry_pk: UUID) -> HttpResponse:
    work_order = found(request, pk)
    member = request.member
    entry = timesheets.correctable(member).filter(pk=entry_pk, work_order=work_order).first()
    if entry is None:
        raise NotFound("There is no such entry.")
    form = CorrectForm(
        request.POST if request.method == "POST" else None,
        member=member, work_order=work_order, initial=initial_of(entry),
    )  # fmt: skip
    done = submit(form, lambda data: corrected(entry, member, dict(data)), names=FIELDS) if form.is_bound else None
    if done is None:
        return ask(request, work_order, CORRECT, form)
    toasts.say(request, f"{work_order.number}: corrected.", draft=f"time-correct-{pk}")
    return go(request, back(work_order))


def corrected(entry: Any, member: Member, data: dict[str, Any]) -> Any:
    nothing, reason = data.pop("nothing", False), data.pop("reason", "")
    return actions.correct_time(entry, by=member, note=reason, replacement=None if nothing else data)


# --- The clock in the header ------------------------------------------------------------------------------------------
@page(*WHO_WORKS)
def clock(request: MemberRequest) -> HttpResponse:
    """What the header shows, again, after the clock was started or stopped somewhere else."""
    return render(request, "workorders/time_clock.html", running_clock.context(request.member))


@page(*WHO_WORKS)
def my_clock_stop(request: MemberRequest) -> HttpResponse:
    """Stop the clock from any page; also where the job is no longer one's own."""
    member = request.member
    running = timesheets.running(member)
    if running is None:
        toasts.say(request, "No clock was running; it may have been stopped somewhere else.")
        return go(request, reverse("workorders:my_time"))
    work_order = running.work_order
    form = StopForm(request.POST if request.method == "POST" else None)
    done = None
    if form.is_bound:
        done = submit(
            form,
            lambda data: actions.stop_timer(
                work_order, by=member, at=data["ended_at"], note=data["note"], discard=data["discard"]
            ),
        )
    if done is None:
        context = {
            "act": STOP, "form": form, "version": "", "subject": f"{work_order.number} · {work_order.title}",
            "back_href": reverse("workorders:my_time"),
        }  # fmt: skip
        return render(request, "workorders/act.html", context, status=422 if form.is_bound else 200)
    toasts.say(request, f"{work_order.number}: {done}")
    return go(request, reverse("workorders:my_time"))


# --- One's own time -----------------------------------------------------------------------------------------------------
def asked_day(request: MemberRequest, name: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
        return day if 1990 <= day.year <= 2200 else timezone.localdate()
    except ValueError:
        return timezone.localdate()


def working_minutes(member: Member, days: list[dt.date]) -> dict[dt.date, int]:
    """What the organisation's calendar says of these days."""
    default = {"calendar__is_default": True, "tenant_id": member.tenant_id}
    free = set(Holiday.objects.filter(**default, on__in=days).values_list("on", flat=True))
    found = dict.fromkeys(days, 0)
    for weekday, starts, ends in WorkingInterval.objects.filter(**default).values_list("weekday", "starts", "ends"):
        length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        for day in days:
            if day.weekday() == weekday and day not in free:
                found[day] += length
    return found


def entry_rows(day: timesheets.Day, member: Member) -> list[dict[str, Any]]:
    return [
        {
            **row(entry, member, entry.work_order.meaning != Meaning.CLOSED),
            "number": entry.work_order.number,
            "title": entry.work_order.title,
            "href": shown(entry.work_order),
        }
        for entry in day.entries
    ]


@page(*WHO_WORKS)
def my_time(request: MemberRequest) -> HttpResponse:
    """My time today: what is booked, what is missing, and the jobs to book it on."""
    member = request.member
    on, today = asked_day(request, "on"), timezone.localdate()
    day = timesheets.days_of(member.pk, [on])[0]
    due = working_minutes(member, [on])[on]
    running = running_clock.context(member)["clock"] if on == today else None
    jobs = WorkOrder.objects.visible_to(member).active().worked_by(member).exclude(meaning=Meaning.OPEN)
    missing = max(0, due - day.minutes - (running["seconds"] // 60 if running else 0))
    href = reverse("workorders:my_time")
    context = {
        "heading": "My time today" if on == today else f"My time on {on:%A, %-d %B}",
        "day": on,
        "rows": entry_rows(day, member),
        "total": hours(day.minutes) or "Nothing",
        "minutes": day.minutes,
        "due_minutes": due,
        "due": hours(due),
        "missing": hours(missing),
        "running": running,
        "before_href": f"{href}?on={on - dt.timedelta(days=1)}",
        "after_href": f"{href}?on={on + dt.timedelta(days=1)}" if on < today else "",
        "today_href": href if on != today else "",
        "week_href": f"{reverse('workorders:my_week')}?from={on}",
        "jobs": [
            {"number": number, "title": title, "add_href": reverse("workorders:time_add", args=[pk])}
            for pk, number, title in jobs.order_by("-updated_at").values_list("pk", "number", "title")[:8]
        ],
    }
    return render(request, "workorders/time_day.html", context)


@page(*WHO_WORKS)
def my_week(request: MemberRequest) -> HttpResponse:
    member = request.member
    days = local_days.week_of(asked_day(request, "from"))
    found = timesheets.days_of(member.pk, days)
    due = working_minutes(member, days)
    total = sum(day.minutes for day in found)
    context = week_context("workorders:my_week", days) | {
        "heading": "My week",
        "name": member.name,
        "days": [
            {
                "day": day.day,
                "href": f"{reverse('workorders:my_time')}?on={day.day}",
                "total": hours(day.minutes),
                "missing": hours(max(0, due[day.day] - day.minutes)) if day.day < timezone.localdate() else "",
                "rows": entry_rows(day, member),
            }
            for day in found
        ],
        "total": hours(total) or "Nothing",
        "due": hours(sum(due.values())),
    }
    return render(request, "workorders/time_my_week.html", context)


def week_context(name: str, days: list[dt.date]) -> dict[str, Any]:
    href, this = reverse(name), timezone.localdate()
    return {
        "span": f"{days[0]:%-d %b} – {days[-1]:%-d %b %Y}",
        "before_href": f"{href}?from={days[0] - dt.timedelta(days=7)}",
        "after_href": f"{href}?from={days[0] + dt.timedelta(days=7)}" if days[-1] < this else "",
        "this_href": href if this not in days else "",
    }


# --- Everybody's ----------------------------------------------------------------------------------------------------------
@page("time.any")
def week(request: MemberRequest) -> HttpResponse:
    """A line per person."""
    days = local_days.week_of(asked_day(request, "from"))
    lines = timesheets.week(request.member, days)
    sums = {day: sum(line.days[day] for line in lines) for day in days}
    context = week_context("workorders:time_week", days) | {
        "heading": "Time sheets",
        "days": days,
        "lines": [
            {
                "name": line.name,
                "cells": [hours(minutes) for minutes in line.days.values()],
                "total": hours(line.total),
                "split": ", ".join(
                    f"{label.lower()} {hours(line.categories[key])}"
                    for key, label in TimeCategory.choices
                    if key != TimeCategory.WORK and line.categories.get(key)
                ),
            }
            for line in lines
        ],
        "sums": [hours(minutes) for minutes in sums.values()],
        "total": hours(sum(sums.values())) or "Nothing",
        "csv_href": f"{reverse('workorders:time_week_csv')}?from={days[0]}",
    }
    return render(request, "workorders/time_week.html", context)


@page("time.any")
def week_csv(request: MemberRequest) -> HttpResponse:
    """The week's sheet as a file: a line per person and day, minutes and decimal hours."""
    days = local_days.week_of(asked_day(request, "from"))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="time-{days[0]}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(["Person", "Day", "Minutes", "Hours"])
    for line in timesheets.week(request.member, days):
        for day, minutes in line.days.items():
            if minutes:
                writer.writerow([harmless(line.name), day.isoformat(), minutes, f"{minutes / 60:.2f}"])
    return response


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
