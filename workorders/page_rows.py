"""Work orders as lists, cards and tiles show them: plain dicts, everything decided before the template runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from core import relative_time
from tenancy.models import Member
from workorders import catalogue
from workorders.choices import TERMINAL, Meaning

COLUMNS = {
    "id": "id",
    "number": "number",
    "title": "title",
    "meaning": "meaning",
    "status_id": "status_id",
    "priority_id": "priority_id",
    "asset": "asset__name",
    "place": "location__name",
    "assignee": "assigned_to__member__name",
    "crew": "crew__name",
    "due_at": "due_at",
    "created_at": "created_at",
    "completed_at": "completed_at",
    "cancelled_at": "cancelled_at",
    "estimated_minutes": "estimated_minutes",
}


def read(queryset: Any) -> list[dict[str, Any]]:
    """The columns of `COLUMNS` by their short names; one query."""
    rows = queryset.values_list(*COLUMNS.values())
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def dress(rows: Iterable[dict[str, Any]], member: Member, *, now: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Add the words and classes: status, priority, who, due."""
    known = catalogue.of(member)
    now = now or timezone.now()
    zone = timezone.get_current_timezone()
    statuses = {pk: status.name for pk, status in known.statuses.items()}
    priorities = {pk: (entry.name, entry.letter, entry.tone) for pk, entry in known.priorities.items()}
    dressed = []
    for row in rows:
        due, due_css = relative_time.due(row["due_at"], now, ended=row["meaning"] in TERMINAL, zone=zone)
        priority, letter, tone = priorities[row["priority_id"]]
        dressed.append(
            {
                **row,
                "status": statuses[row["status_id"]],
                "priority": priority,
                "letter": letter,
                "tone": tone,
                "asset": row["asset"] or "",
                "place": row["place"] or "",
                "who": row["assignee"] or row["crew"] or "",
                "due": due,
                "due_css": due_css,
            }
        )
    return dressed


def cards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a technician's card needs besides: where, how long, and whether it is running or late."""
    for row in rows:
        row["where"] = " · ".join(part for part in (row["asset"], row["place"]) if part)
        minutes = row["estimated_minutes"]
        row["minutes"] = (
            f"{minutes // 60} h {minutes % 60} min"
            if minutes and minutes >= 60
            else f"{minutes} min"
            if minutes
            else ""
        )
        late = "due-late" in row["due_css"]
        row["job_css"] = " job-now" if row["meaning"] == Meaning.IN_PROGRESS else " job-late" if late else ""
    return rows
