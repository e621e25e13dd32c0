"""Work orders as lists, cards and tiles show them: plain dicts, everything decided before the template runs."""

from __future__ import annotations

import datetime as dt
import html
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from core import relative_time
from core.pagination import Key, Window
from customfields import values
from tenancy.models import Department, Member
from workorders import catalogue, checklist, columns, rows
from workorders.choices import TERMINAL, Meaning
from workorders.columns import Column
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
                "row": row,
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


def table(dressed: list[dict[str, Any]], shown: Sequence[Column], member: Member, *, pick: bool) -> SafeString:
    """The rows of the list as markup, by the columns' own cells; `pick`: with a box to select each by.

    The one loop of fifty rows that every dispatcher sees all day: a template takes five times as long for it.
    """
    extend(dressed, shown, member)
    cells = [(f'<td class="{column.css}">' if column.css else "<td>", column.cell) for column in shown]
    lines = []
    for row in dressed:
        box = PICK.format(row["id"], html.escape(row["number"])) if pick else ""
        lines.append(f'<tr class="go">{box}{"".join(f"{start}{cell(row)}</td>" for start, cell in cells)}</tr>\n')
    return SafeString("".join(lines))


PICK = '<td class="pick"><input type="checkbox" name="ids" value="{}" form="bulk" aria-label="Select {}"></td>'


def extend(dressed: list[dict[str, Any]], shown: Sequence[Column], member: Member) -> None:
    """Add what only some columns show, for all rows at once."""
    keys = {column.key for column in shown}
    if "type" in keys:
        types = {key: entry.name for key, entry in catalogue.of(member).by_key["type"].items()}
        for row in dressed:
            row["type"] = types[row["row"]["type"]]
    if "department" in keys:
        names = rows.kept(
            ("departments", int(time.time()) // 30, member.tenant_id),
            lambda: {str(pk): name for pk, name in Department.objects.values_list("pk", "name")},
        )
        for row in dressed:
            row["department"] = names.get(row["row"]["departmentId"], "")
    custom = [column.custom for column in shown if column.custom]
    if custom:
        answers = [columns.answers(row["row"]) for row in dressed]
        people = values.people_in(custom, answers)
        for row, answer in zip(dressed, answers, strict=True):
            row["custom"] = {one.key: values.as_text(one, answer.get(one.key), people) for one in custom}


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


def with_steps(dressed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add how far the checklists are ("3/8"); one query for all."""
    counts = {str(pk): found for pk, found in checklist.counts_of(row["id"] for row in dressed).items()}
    for row in dressed:
        settled, asked = counts.get(row["id"], (0, 0))
        row["steps"] = f"{settled}/{asked}" if asked else ""
    return dressed


def midnight(at: dt.datetime | None = None) -> dt.datetime:
    """The beginning of the local day."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
