"""The clock that runs for a member, as the header of every page shows it: one query, on whole pages only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from tenancy.models import Member
from tenancy.permissions import may
from workorders import timesheets


def header(request: HttpRequest) -> SafeString | str:
    """The chip, empty while nothing runs; nothing at all for members who do no work themselves."""
    member: Member = request.member  # type: ignore[attr-defined]
    if not may(member, "workorder.work", "workorder.work_any"):
        return ""
    return render_to_string("workorders/time_clock.html", context(member), request=request)


def context(member: Member) -> dict[str, Any]:
    found = timesheets.running(member)
    return {
        "clock_of": member.pk,
        "clock_href": reverse("workorders:my_clock"),
        "clock": told(found) if found else None,
    }


def told(running: Any) -> dict[str, Any]:
    return {
        "number": running.work_order.number,
        "title": running.work_order.title,
        "work_order": running.work_order_id,
        "href": reverse("workorders:detail", args=[running.work_order_id]),
        "stop_href": reverse("workorders:my_clock_stop"),
        "started_at": running.started_at,
        "seconds": max(0, round((timezone.now() - running.started_at).total_seconds())),
    }
