"""The columns a list of work orders may show, in any order: label, sort, markup of the cell and what an export writes.

One registry for the page, saved views and exports; a tenant's custom fields are columns like the others.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils import timezone

from core import relative_time
from core.errors import Invalid
from customfields import definitions
from customfields.choices import Entity, FieldKind
from tenancy.models import Member
from workorders import rows

Row = Mapping[str, Any]
TEXT, NUMBER, INSTANT = "text", "number", "instant"


@dataclass(frozen=True, slots=True)
class Value:
    """What an export writes: an expression over `rows.JOINS`, and how it is written."""

    label: str
    sql: str
    kind: str = TEXT
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """`cell` gives safe markup for a dressed row; `first` and `other` are the orders that its heading offers."""

    key: str
    label: str
    cell: Callable[[Row], str]
    values: tuple[Value, ...]
    first: str = ""
    other: str = ""
    css: str = ""
    custom: Any = field(default=None, compare=False)


def safe(value: Any) -> str:
    return value if hasattr(value, "__html__") else html.escape(str(value or ""))


def plain(name: str) -> Callable[[Row], str]:
    return lambda row: safe(row["row"][name])


def instant(name: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        at = row["row"][name]
        if at is None:
            return ""
        local = timezone.localtime(at)
        return f'<time datetime="{at.isoformat()}">{local:%-d %b %Y}<small>{local:%H:%M}</small></time>'

    return cell


def text(key: str, label: str, name: str) -> Column:
    return Column(key, label, plain(name), (Value(label, rows.SUMMARY[name]),))


def moment(key: str, label: str, name: str) -> Column:
    return Column(key, label, instant(name), (Value(label, rows.SUMMARY[name], INSTANT),), f"-{name}", name)


FIXED: dict[str, Column] = {
    column.key: column
    for column in (
        Column(
            "priority", "Priority",
            lambda row: (
                f'<span class="prio prio-{safe(row["tone"])}"><b aria-hidden="true">{safe(row["letter"])}</b>'
                f"{safe(row['priority'])}</span>"
            ),
            (Value("Priority", "pr.name"),), "priority", "-priority",
        ),
        Column(
            "workOrder", "Work order",
            lambda row: (
                f'<a class="go" id="w{row["id"]}" href="/work-orders/{row["id"]}">{safe(row["title"])}</a>'
                f"<small>{safe(row['number'])}</small>"
            ),
            (Value("Number", "w.number"), Value("Title", "w.title")), "-createdAt", "createdAt", "wide lead",
        ),
        Column(
            "status", "Status",
            lambda row: f'<span class="status status-{row["meaning"]}">{safe(row["status"])}</span>',
            (Value("Status", "st.name"),), "status", "-status",
        ),
        Column(
            "asset", "Asset and place",
            lambda row: f"{safe(row['asset'])}<small>{safe(row['place'])}</small>",
            (Value("Asset", "a.name"), Value("Asset tag", "a.tag"), Value("Place", "l.name")), css="wide",
        ),
        Column(
            "assignee", "Assignee", lambda row: safe(row["who"]),
            (Value("Assignee", "t.name"), Value("Crew", "c.name")),
        ),
        Column(
            "due", "Due", lambda row: f'<span class="{row["due_css"]}">{safe(row["due"])}</span>',
            (Value("Due", "w.due_at", INSTANT),), "dueDate", "-dueDate",
        ),
        Column(
            "type", "Type", lambda row: safe(row["type"]), (Value("Type", "ty.name"),),
        ),
        text("site", "Site", "site"),
        Column(
            "department", "Department", lambda row: safe(row["department"]),
            (Value("Department", "(SELECT d.name FROM tenancy_department d WHERE d.id = w.department_id)"),),
        ),
        text("requester", "Requester", "requestedByName"),
        moment("scheduled", "Scheduled", "scheduledDate"),
        moment("created", "Reported", "createdAt"),
        moment("started", "Started", "startDate"),
        moment("completed", "Completed", "completionDate"),
        moment("updated", "Changed", "updatedAt"),
        Column(
            "estimated", "Estimated", lambda row: relative_time.hours(round((row["hours"] or 0) * 60)),
            (Value("Estimated hours", "round(w.estimated_minutes / 60.0, 2)", NUMBER),), css="end",
        ),
        Column(
            "progress", "Progress",
            lambda row: (
                f'<progress max="100" value="{row["row"]["progress"]}">{row["row"]["progress"]} %</progress>'
                f"<small>{row['row']['progress']} %</small>"
            ),
            (Value("Progress %", "w.progress", NUMBER),),
        ),
        text("failureCode", "Failure code", "failureCode"),
        Column(
            "description", "Description", lambda row: safe((row["row"]["description"] or "")[:200]),
            (Value("Description", "w.description"),), css="wide",
        ),
    )
}  # fmt: skip
DEFAULT = ("priority", "workOrder", "status", "asset", "assignee", "due")
MOST = 20


def every(member: Member) -> dict[str, Column]:
    """All columns of the member's tenant by key, in the order of the chooser."""
    custom = [of_field(one) for one in definitions.of(member.tenant, Entity.WORK_ORDER)]
    return FIXED | {column.key: column for column in custom}


def of_field(one: Any) -> Column:
    """A custom field: its answer is read from the row's JSON."""
    key, sql = f"custom.{one.key}", "w.custom ->> %s"
    params: tuple[Any, ...] = (one.key,)
    kind = NUMBER if one.kind == FieldKind.NUMBER else TEXT
    if one.kind == FieldKind.MULTI_CHOICE:
        sql = (
            "(SELECT string_agg(x, ', ') FROM jsonb_array_elements_text("
            "CASE WHEN jsonb_typeof(w.custom -> %s) = 'array' THEN w.custom -> %s END) AS x)"
        )
        params = (one.key, one.key)
    elif one.kind == FieldKind.PERSON:
        sql = "(SELECT m.name FROM tenancy_member m WHERE m.id::text = w.custom ->> %s)"
    elif kind == NUMBER:
        sql = "(w.custom ->> %s)::numeric"
    return Column(
        key,
        one.name,
        lambda row: safe(row["custom"].get(one.key, "")),
        (Value(one.name, sql, kind, params),),
        custom=one,
    )


def chosen(member: Member, keys: Sequence[str]) -> list[Column]:
    """The columns of these keys in their order; the default ones when none is named. The work order itself is always there."""
    known = every(member)
    wanted = list(dict.fromkeys(keys)) or list(DEFAULT)
    if strange := [key for key in wanted if key not in known]:
        raise Invalid(
            {"columns": f"Unknown column {', '.join(strange)[:100]}. Use some of {', '.join(known)}."},
            headline="Invalid query",
        )
    if len(wanted) > MOST:
        raise Invalid({"columns": f"Choose at most {MOST} columns."}, headline="Invalid query")
    if "workOrder" not in wanted:
        wanted.insert(0, "workOrder")
    return [known[key] for key in wanted]


def answers(row: Row) -> dict[str, Any]:
    """The custom fields of a row of the list, which come as JSON."""
    found = row.get("custom") or {}
    if isinstance(found, dict):
        return found
    content = found.contents if isinstance(found, orjson.Fragment) else found
    return dict(orjson.loads(content))
