"""The clock that runs for a member, as the header of every page shows it: one query, on whole pages only."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.db.prepared import read
from tenancy.models import Member
from tenancy.permissions import may

EMPTY = '<div class="clock no-print" id="clock" data-clock-of="{}" data-clock-href="{}" hidden></div>'
RUNNING = (
    "SELECT w.id, w.number, w.title, t.started_at FROM workorders_timer t JOIN workorders_workorder w ON w.id = t.work_order_id"
    " WHERE t.tenant_id = %s AND t.person_id = %s"
)


def header(request: HttpRequest) -> SafeString | str:
    """The chip, empty while nothing runs; nothing at all for members who do no work themselves."""
    member: Member = request.member  # type: ignore[attr-defined]
    if not may(member, "workorder.work", "workorder.work_any"):
        return ""
    found = context(member)
    if found["clock"] is None:
        # Nearly always: rendering a template takes longer than the rest of the frame. `time_clock.html` writes the same.
        return format_html(EMPTY, found["clock_of"], found["clock_href"])
    return render_to_string("workorders/time_clock.html", found, request=request)


def context(member: Member) -> dict[str, Any]:
    found = read(RUNNING, [member.tenant_id, member.pk])
    return {
        "clock_of": member.pk,
        "clock_href": reverse("workorders:my_clock"),
        "clock": told(*found[0]) if found else None,
    }


def told(pk: UUID, number: str, title: str, started_at: dt.datetime) -> dict[str, Any]:
    return {
        "number": number,
        "title": title,
        "work_order": pk,
        "href": reverse("workorders:detail", args=[pk]),
        "stop_href": reverse("workorders:my_clock_stop"),
        "started_at": started_at,
        "seconds": max(0, round((timezone.now() - started_at).total_seconds())),
    }
