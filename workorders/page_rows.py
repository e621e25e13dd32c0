"""Work orders as lists, cards and tiles show them: plain dicts, everything decided before the template runs."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterable
from string import Formatter
from typing import Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from core import relative_time
from core.pagination import Key, Window
from tenancy.models import Member
from workorders import catalogue, rows
from workorders.choices import TERMINAL, Meaning
from workorders.models import StatusLog


def listed(queryset: Any, keys: list[Key], limit: int, member: Member) -> list[dict[str, Any]]:
    """The first rows of a queryset in the order of `keys`, dressed; one statement."""
    found, _ = rows.summaries(lambda: queryset, [*keys, Key("pk")], None, Window(limit=limit))
    return dress(found, member)


def dress(summaries: Iterable[dict[str, Any]], member: Member) -> list[dict[str, Any]]:
    """From the summary shape of the API to the words and classes of a page."""
    known = catalogue.of(member)
    now = timezone.now()
    zone = timezone.get_current_timezone()
    # Escaped once here instead of once per row: what is the same in many rows, and what cannot hold markup.
    statuses = {key: escape(status.name) for key, status in known.by_key["status"].items()}
    priorities = {
        key: (escape(entry.name), escape(entry.letter), escape(entry.tone))
        for key, entry in known.by_key["priority"].items()
    }
    dressed = []
    for row in summaries:
        meaning = row["statusMeaning"]
        due, due_css = relative_time.due(row["dueDate"], now, ended=meaning in TERMINAL, zone=zone)
        priority, letter, tone = priorities[row["priority"]]
        dressed.append(
            {
                "id": SafeString(row["id"]),
                "number": row["workOrderNumber"],
                "title": row["title"],
                "meaning": SafeString(meaning),
                "status": statuses[row["status"]],
                "priority": priority,
                "letter": letter,
                "tone": tone,
                "asset": row["assetName"] or "",
                "place": row["locationName"] or "",
                "who": row["assignedTechnician"] or row["crewName"] or "",
                "due": SafeString(due),
                "due_css": SafeString(due_css),
                "created_at": row["createdAt"],
                "ended_at": row["completionDate"] or row["updatedAt"],
                "hours": row["estimatedDuration"],
            }
        )
    return dressed


# The one loop of fifty rows that every dispatcher sees all day: a template takes five times as long for it.
ROW = (
    '<tr class="go"><td><span class="prio prio-{tone}"><b aria-hidden="true">{letter}</b>{priority}</span></td>'
    '<td class="wide lead"><a class="go" id="w{id}" href="/work-orders/{id}">{title}</a><small>{number}</small></td>'
    '<td><span class="status status-{meaning}">{status}</span></td><td class="wide">{asset}<small>{place}</small></td>'
    '<td>{who}</td><td><span class="{due_css}">{due}</span></td></tr>\n'
)
SHOWN = [name for _, name, _, _ in Formatter().parse(ROW) if name]


def table(dressed: list[dict[str, Any]]) -> SafeString:
    """The rows of the list as markup. Whatever is not known to be safe is escaped."""
    return SafeString("".join(ROW.format_map({name: safe(row[name]) for name in SHOWN}) for row in dressed))


def safe(value: Any) -> str:
    return value if type(value) is SafeString else html.escape(value)


def cards(dressed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a technician's card needs besides: where, how long, and whether it is running or late."""
    for row in dressed:
        row["where"] = " · ".join(part for part in (row["asset"], row["place"]) if part)
        row["minutes"] = relative_time.hours(round(row["hours"] * 60)) if row["hours"] else ""
        late = "due-late" in row["due_css"]
        row["job_css"] = " job-now" if row["meaning"] == Meaning.IN_PROGRESS else " job-late" if late else ""
    return dressed


def sent_back(dressed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add why a job came back from verification, as long as it is being done again; empty for all others."""
    running = [row["id"] for row in dressed if row["meaning"] == Meaning.IN_PROGRESS]
    last = (
        StatusLog.objects.filter(work_order_id__in=running)
        .order_by("work_order_id", "-recorded_at", "-id")
        .distinct("work_order_id")
        .values_list("work_order_id", "from_meaning", "reason")
    )
    reasons = {str(pk): reason for pk, came_from, reason in last if came_from == Meaning.COMPLETED}
    for row in dressed:
        row["sent_back"] = reasons.get(row["id"], "")
    return dressed


def midnight(at: dt.datetime | None = None) -> dt.datetime:
    """The beginning of the local day."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
