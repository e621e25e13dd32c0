"""Work by day: a month of weeks that begin on Monday, by due or by scheduled date, in the organisation's time zone."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core import toasts
from core.errors import Invalid
from core.pages import MemberRequest, go, page, status_of, submit, version_of
from core.pagination import Key
from tenancy.models import Calendar, Member
from workorders import actions, page_rows, permissions, rows
from workorders.actions.calendar import BY
from workorders.asked import Asked, link
from workorders.models import WorkOrder

# A day of the month shows this many; the list shows the rest.
SHOWN = 4
LABELS = {"due": "Due", "scheduled": "Scheduled"}
FILTERS = {"due": ("dueAfter", "dueBefore"), "scheduled": ("scheduledAfter", "scheduledBefore")}
SEES = ("workorder.view_all", "workorder.view_own")


def context(asked: Asked, listed: str) -> dict[str, Any]:
    member = asked.member
    kind = asked.given.get("by", "due") if asked.given.get("by") in BY else "due"
    today = timezone.localdate()
    first = month_of(asked.given.get("month", ""), today)
    start = first - dt.timedelta(days=first.weekday())
    following = (first + dt.timedelta(days=32)).replace(day=1)
    end = following + dt.timedelta(days=-following.weekday() % 7)
    found = by_day(asked, kind, start, end)
    free = days_off(member, start, end)
    may_move = permissions.can_edit(member, WorkOrder(tenant_id=member.tenant_id))
    weeks = []
    for week in range((end - start).days // 7):
        days = []
        for number in range(7):
            day = start + dt.timedelta(days=7 * week + number)
            cards, total = found.get(day, ([], 0))
            days.append(
                {
                    "day": day,
                    "iso": day.isoformat(),
                    "here": day.month == first.month,
                    "today": day == today,
                    "free": free.get(day),
                    "cards": cards,
                    "more": total - len(cards),
                    "more_href": day_link(asked, listed, kind, day) if total > len(cards) else "",
                }
            )
        weeks.append(days)
    back = asked.text()
    for cards, _ in found.values():
        for card in cards:
            card["version"] = card["row"]["version"]
            card["move_href"] = reverse("workorders:calendar_move", args=[card["id"]])
            card["ask_href"] = link(card["move_href"], {"back": back, "by": kind})
    steps = {"previous": first - dt.timedelta(days=1), "next": following}
    return {
        "weeks": weeks,
        "days": [day for week in weeks for day in week if day["here"] and (day["cards"] or day["today"])],
        "weekdays": [start + dt.timedelta(days=number) for number in range(7)],
        "month": first,
        "by": kind,
        "by_label": LABELS[kind].lower(),
        "may_move": may_move,
        "kinds": [
            {"label": label, "href": f"{listed}?{asked.text(by=name)}", "current": name == kind}
            for name, label in LABELS.items()
        ],
        "steps": {name: f"{listed}?{asked.text(month=f'{day:%Y-%m}')}" for name, day in steps.items()},
        "today_href": f"{listed}?{asked.text('month')}",
        "zone": member.tenant.time_zone,
        "count": sum(total for _, total in found.values()),
    }


def month_of(text: str, today: dt.date) -> dt.date:
    try:
        found = dt.date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise Invalid({"month": "Use a month such as 2026-11."}, headline="Invalid query") from None
    if not 1990 <= found.year <= 2199:
        raise Invalid({"month": "Use a year from 1990 to 2199."}, headline="Invalid query")
    return found


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_current_timezone())


def by_day(asked: Asked, kind: str, start: dt.date, end: dt.date) -> dict[dt.date, tuple[list[dict[str, Any]], int]]:
    """The most urgent of each day and how many there are, in one statement."""
    name = BY[kind]
    day = TruncDate(name, tzinfo=timezone.get_current_timezone())
    queryset = (
        asked.rows()
        .filter(**{f"{name}__gte": moment(start), f"{name}__lt": moment(end)})
        .order_by()
        .annotate(
            day=day,
            place=Window(RowNumber(), partition_by=day, order_by=[F("priority__rank"), F(name), F("pk")]),
            total=Window(Count("*"), partition_by=day),
        )
        .filter(place__lte=SHOWN)
        .order_by("day", "place")
    )
    sql, params = rows.statement(queryset, [Key("day"), Key("place"), Key("total")], 0, SHOWN * 42)
    found = rows.read(sql, params)
    cards = page_rows.dress([rows.summary(row) for row in found], asked.member)
    days: dict[dt.date, tuple[list[dict[str, Any]], int]] = {}
    for row, card in zip(found, cards, strict=True):
        on, _, total = row[len(rows.SUMMARY) :]
        days.setdefault(on, ([], total))[0].append(card)
    return days


def day_link(asked: Asked, listed: str, kind: str, day: dt.date) -> str:
    after, before = FILTERS[kind]
    limits = {after: moment(day).isoformat(), before: moment(day + dt.timedelta(days=1)).isoformat()}
    return f"{listed}?{asked.text('layout', 'month', 'by', **limits)}"


def days_off(member: Member, start: dt.date, end: dt.date) -> dict[dt.date, str]:
    """Days on which nobody works, by the organisation's calendar: weekdays without working time, and holidays by name."""
    calendar = Calendar.objects.filter(tenant_id=member.tenant_id, is_default=True).first()
    if calendar is None:
        return {}
    working = set(calendar.intervals.values_list("weekday", flat=True))
    days = [start + dt.timedelta(days=number) for number in range((end - start).days)]
    found = {day: "Day off" for day in days if working and day.weekday() not in working}
    return found | dict(calendar.holidays.filter(on__gte=start, on__lt=end).values_list("on", "name"))


# --- Moving one -------------------------------------------------------------------------------------------------------
class DayForm(forms.Form):
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))


@page(*SEES)
def move(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Another day for one work order; the time of the day stays."""
    member: Member = request.member
    work_order = WorkOrder.objects.get_visible(member, pk)
    kind = request.POST.get("by") or request.GET.get("by", "due")
    if kind not in BY:
        raise Invalid({"by": f"Use one of {', '.join(BY)}."})
    asked = Asked.from_text(member, request.POST.get("back") or request.GET.get("back", ""))
    back = f"{reverse('workorders:list')}?{asked.text() or 'layout=calendar'}"
    before = getattr(work_order, BY[kind])
    local = timezone.localtime(before).date() if before else None
    form = DayForm(request.POST) if request.method == "POST" else DayForm(initial={"day": local})
    done = None
    if request.method == "POST":
        version = version_of(request)
        done = submit(
            form,
            lambda data: actions.move_to_day(
                work_order, by=member, kind=kind, day=data["day"], expected_version=version
            ),
        )
    if done is None:
        context = {
            "title": f"{LABELS[kind]} on another day",
            "button": "Move",
            "subject": f"{work_order.number} · {work_order.title}",
            "form": form,
            "version": work_order.version,
            "hidden": {"by": kind},
            "back": asked.text(),
            "back_href": back,
            "crumbs": [("Calendar", back)],
        }
        return render(request, "workorders/board_ask.html", context, status=status_of(form))
    data = [("by", kind), ("back", asked.text()), ("day", local.isoformat() if local else "")]
    day = form.cleaned_data["day"]
    toasts.say(
        request, f"{work_order.number}: {LABELS[kind].lower()} {day:%a %-d %b %Y}.", undo=request.path, undo_data=data
    )
    if request.headers.get("X-Board"):
        return render(request, "workorders/board_done.html")
    return go(request, back)
