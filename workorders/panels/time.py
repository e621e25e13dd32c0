"""The time of a work order: clocks that run, what is booked, and booking more. Two queries, and one for a second job."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from core.relative_time import hours
from tenancy.models import Member
from tenancy.permissions import may
from workorders import permissions, timesheets
from workorders.choices import ACTIVE, Meaning, TimeCategory
from workorders.models import TimeEntry, Timer, WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    if not timesheets.sees_time_of_work(member):
        return None
    here = [work_order.pk]
    own = permissions.can_book(member, work_order, member.pk)
    others = permissions.may_book_for_others(member, work_order)
    writable = work_order.meaning != Meaning.CLOSED and work_order.sealed_at is None
    clocks = [
        clock(timer, member, others) for timer in Timer.objects.filter(work_order=work_order).select_related("person")
    ]
    entries = list(
        timesheets.marked(TimeEntry.objects.filter(work_order=work_order))
        .select_related("person")
        .order_by("-worked_on", "-posted_at", "-pk")
    )
    mine = any(one["mine"] for one in clocks)
    return {
        "live": True,
        "clocks": clocks,
        "may_start": own
        and not mine
        and work_order.meaning in ACTIVE
        and work_order.meaning != Meaning.ON_HOLD
        and may(member, "workorder.work", "workorder.work_any")
        and hasattr(member, "technician"),
        "start_href": reverse("workorders:timer", args=here),
        "add_href": reverse("workorders:time_add", args=here) if writable and (own or others) else "",
        "entries": [
            row(entry, member, writable and (others or (own and entry.person_id == member.pk))) for entry in entries
        ],
        "total": hours(sum(entry.minutes for entry in entries)),
        "by_category": [
            (label, hours(minutes))
            for key, label in TimeCategory.choices
            if (minutes := sum(entry.minutes for entry in entries if entry.category == key))
        ],
        "costs": may(member, "cost.view"),
        "currency": member.tenant.currency,
        "second_job": second_job(work_order, member) if mine else None,
    }


def clock(timer: Timer, member: Member, others: bool) -> dict[str, Any]:
    mine = timer.person_id == member.pk
    return {
        "who": timer.person.name,
        "mine": mine,
        "category": timer.get_category_display() if timer.category != TimeCategory.WORK else "",
        "started_at": timer.started_at,
        "seconds": max(0, round((timezone.now() - timer.started_at).total_seconds())),
        "stop_href": reverse("workorders:timer_stop", args=[timer.work_order_id]) if mine or others else "",
        "person": "" if mine else timer.person_id,
    }


def row(entry: TimeEntry, member: Member, correctable: bool) -> dict[str, Any]:
    timed = entry.started_at is not None and entry.ended_at is not None
    corrected = bool(getattr(entry, "corrected", False))
    return {
        "day": entry.worked_on,
        "who": entry.person.name,
        "category": entry.get_category_display(),
        "span": f"{timezone.localtime(entry.started_at):%H:%M}–{timezone.localtime(entry.ended_at):%H:%M}"
        if timed
        else "",
        "hours": signed(entry.minutes),
        "factor": f"{entry.overtime_factor.normalize():f} ×" if entry.overtime_factor != 1 else "",
        "note": entry.note,
        "cost": entry.cost if may(member, "cost.view") else None,
        "correction": entry.corrects_id is not None,
        "corrected": corrected,
        "correct_href": reverse("workorders:time_correct", args=[entry.work_order_id, entry.pk])
        if correctable and not corrected and entry.corrects_id is None
        else "",
    }


def signed(minutes: int) -> str:
    return f"−{hours(-minutes)}" if minutes < 0 else hours(minutes)


def second_job(work_order: WorkOrder, member: Member) -> dict[str, str] | None:
    """Another job that this person leads and that still counts as in progress: hold it, or say it is done."""
    other = (
        WorkOrder.objects.filter(assigned_to_id=member.pk, meaning=Meaning.IN_PROGRESS)
        .exclude(pk=work_order.pk)
        .order_by("-started_at")
        .values_list("pk", "number", "title")
        .first()
    )
    if other is None:
        return None
    pk, number, title = other
    return {
        "number": number,
        "title": title,
        "href": reverse("workorders:detail", args=[pk]),
        "hold_href": reverse("workorders:act", args=[pk, "hold"]),
    }
