"""The list of work orders: everything it shows is in its address, in the same words as the API's.

One address, three layouts: a table, a board by status (`views.board`) and a month (`views.calendar`).
"""

from __future__ import annotations

import html
import time
from typing import Any

from django.db.models import Count, Value
from django.db.models.functions import Now
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from assets.forms import places
from core import pagination
from core.pages import MemberRequest, fragment, page
from core.pagination import Window
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue, filters, page_rows, rows, saved_views
from workorders.asked import WHICH, Asked, link
from workorders.choices import ACTIVE, Meaning
from workorders.columns import Column
from workorders.forms.orders import technicians
from workorders.models import WorkOrder
from workorders.views import board, calendar
from workorders.views.bulk import offered

SHOWN = 50
QUICK = (*WHICH, "assignedTo")
SELECTS = {"priority": "Priority", "type": "Type", "assignedTo": "Assignee", "locationId": "Place"}
LAYOUTS = (("list", "List", "list"), ("kanban", "Board", "square-kanban"), ("calendar", "Calendar", "calendar-days"))


@page("workorder.view_all", "workorder.view_own")
def work_orders(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    views = saved_views.of(member)
    if not request.GET and not request.htmx and views.default:
        # Somebody's list opens with the view they chose; what it shows is in the address like any other.
        return HttpResponseRedirect(views.default.href)
    asked = Asked.of(member, request.GET)
    kept, listed = asked.kept, reverse("workorders:list")
    selects = [name for name in SELECTS if name in kept and not (name == "assignedTo" and kept[name] in ("me", "none"))]
    exports = may(member, "workorder.export")
    context = {
        "heading": "Work orders",
        "list_href": listed,
        "here": request.get_full_path(),
        "text": kept.get("search", ""),
        "selects": lambda: filter_fields(member, asked.given),
        "folded_count": len(selects),
        "kept": [(name, value) for name, value in kept.items() if name not in (*SELECTS, "search")],
        "chips": chips(member, kept, listed),
        "views": views.tabs(asked),
        "save_href": link(reverse("workorders:view_add"), kept),
        "layouts": [
            {
                "label": label,
                "icon": icon,
                "href": f"{listed}?{asked.text('layout', 'month', layout='' if name == 'list' else name)}",
                "current": asked.layout == name,
            }
            for name, label, icon in LAYOUTS
        ],
        "columns_href": link(reverse("workorders:columns"), kept),
        "exports": [
            (kind, f"{reverse('workorders:export')}?{asked.text('view', format=kind)}") for kind in ("csv", "xlsx")
        ]
        if exports
        else [],
        "layout": asked.layout,
        "query": asked.text(),
    }
    if asked.layout == "kanban":
        context |= board.context(asked, listed)
    elif asked.layout == "calendar":
        context |= calendar.context(asked, listed)
    else:
        context |= as_table(asked, listed)
    return fragment(request, "workorders/list.html", context)


def as_table(asked: Asked, listed: str) -> dict[str, Any]:
    member, kept, given = asked.member, asked.kept, asked.given
    good_for = pagination.binding("page", member.tenant_id, pagination.filters_of(asked.params), kept.get("sort"))
    after = pagination.unseal(given["cursor"], good_for) if "cursor" in given else None
    key = ("page", *rows.sight(member), asked.params.urlencode(), kept.get("sort"), given.get("cursor"))
    found, last = rows.summaries(
        asked.rows, asked.keys, after, Window(limit=SHOWN), key=None if "overdue" in asked.params else key
    )
    acts = offered(member)
    return {
        "acts": acts,
        "columns": headings(asked.columns, kept.get("sort") or filters.DEFAULT_SORT, kept, listed),
        "table": page_rows.table(page_rows.dress(found, member), asked.columns, member, pick=bool(acts)),
        "count": len(found),
        "first_href": link(listed, kept) if after else "",
        "next_href": link(listed, {**kept, "cursor": pagination.seal(last, good_for)}) if last else "",
        "empty": None if found else empty(member, kept, listed),
    }


def option_tags(choices: list[tuple[str, str]], chosen: str) -> SafeString:
    """Hundreds of people and places stand on every list: a template takes ten times as long to write them."""
    return SafeString(
        "".join(
            f'<option value="{html.escape(value)}"{" selected" if value == chosen else ""}>{html.escape(text)}</option>'
            for value, text in choices
        )
    )


def filter_fields(member: Member, given: Any) -> list[dict[str, Any]]:
    """The select fields of the filter bar. People and places are asked for every half minute at most."""
    known = catalogue.of(member)
    moment = int(time.time()) // 30
    people, where = rows.kept(("filter-options", moment, *rows.sight(member)), lambda: options(member))
    choices: dict[str, list[tuple[str, str]]] = {
        "priority": [("", "Any"), *((entry.key, entry.name) for entry in known.priorities.values())],
        "type": [("", "Any"), *((entry.key, entry.name) for entry in known.types.values())],
        "assignedTo": [("", "Anybody"), ("me", "Me and my crew"), ("none", "Nobody"), *people],
        "locationId": [("", "Anywhere"), *where],
    }
    return [
        {
            "name": name,
            "label": label,
            "options": option_tags(choices[name], given.get(name, "")),
        }
        for name, label in SELECTS.items()
        if len(choices[name]) > 1
    ]


def options(member: Member) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    people = technicians(member).values_list("pk", "member__name") if may(member, "people.view") else []
    where = places(member).values_list("pk", "path", "name")[:150] if may(member, "location.view") else []
    return (
        [(str(pk), name) for pk, name in people],
        [(str(pk), "\u2003" * str(path).count(".") + name) for pk, path, name in where],
    )


def figures(member: Member) -> tuple[dict[str, int], int]:
    """Open work per status key, and how much of it is late: two counts that read the indexes of open work alone."""
    known = catalogue.of(member)

    def statements() -> list[rows.Statement]:
        seen = WorkOrder.objects.visible_to(member).active().order_by()
        per_status = seen.values_list("status_id").annotate(number=Count("*"))
        late = seen.filter(due_at__lt=Now()).values_list(Value(1)).annotate(number=Count("*"))
        found = [counted.query.sql_with_params() for counted in (per_status, late)]
        return [(sql, list(params)) for sql, params in found]

    open_sql, late_sql = rows.kept(("figures", *rows.sight(member)), statements)
    counts = {known.statuses[pk].key: number for pk, number in rows.read(*open_sql) if pk in known.statuses}
    return counts, sum(number for _, number in rows.read(*late_sql))


def chips(member: Member, kept: dict[str, str], listed: str) -> list[dict[str, Any]]:
    """Quick filters with how many stand behind them: all open, each open status, and what needs somebody."""
    known = catalogue.of(member)
    counts, overdue = figures(member)
    found: list[tuple[str, dict[str, str], int | None, str]] = [
        ("All open", {}, sum(counts.values()), ""),
        ("Overdue", {"overdue": "true"}, overdue, " chip-late" if overdue else ""),
    ]
    found += [
        (entry.name, {"status": entry.key}, counts.get(entry.key, 0), "")
        for entry in sorted(known.statuses.values(), key=lambda entry: entry.position)
        if entry.meaning in ACTIVE and (entry.is_active or counts.get(entry.key))
    ]
    if may(member, "workorder.take"):
        found.append(("Mine", {"assignedTo": "me"}, None, ""))
        found.append(("Free to take", {"assignedTo": "none"}, None, ""))
    if may(member, "workorder.close"):
        done = [entry.key for entry in known.statuses.values() if entry.meaning == Meaning.COMPLETED]
        found.append(("To verify", {"status": ",".join(done)}, None, ""))
    found.append(("Finished", {"open": "false"}, None, ""))
    if kept.get("open") == "any":
        found.append(("Everything", {"open": "any"}, None, ""))
    chosen = {name: kept[name] for name in QUICK if name in kept}
    if chosen.get("assignedTo") not in ("me", "none"):
        chosen.pop("assignedTo", None)
    others = {name: value for name, value in kept.items() if name not in chosen}
    return [
        {
            "label": label,
            # An address without a word may open somebody's own view instead.
            "href": link(listed, {**others, **query} or {"view": "all"}),
            "count": count,
            "css": css,
            "current": chosen == query,
        }
        for label, query, count, css in found
    ]


def headings(shown: list[Column], sort: str, kept: dict[str, str], listed: str) -> list[dict[str, str]]:
    found = []
    for column in shown:
        current = bool(column.first) and sort in (column.first, column.other)
        order = column.other if sort == column.first else column.first
        found.append(
            {
                "label": column.label,
                "href": link(listed, {**kept, "sort": order}) if column.first else "",
                "sorted": ("descending" if sort.startswith("-") else "ascending") if current else "",
                "css": "end" if column.css == "end" else "",
            }
        )
    return found


def empty(member: Member, kept: dict[str, str], listed: str) -> dict[str, str]:
    """What an empty list says to do."""
    if kept.get("search") and kept.get("open") != "any":
        return {
            "title": f"No open work fits “{kept['search'][:60]}”",
            "text": "It may be finished already, or written differently.",
            "href": link(listed, {"search": kept["search"], "open": "any"}),
            "label": "Search finished work too",
        }
    if set(kept) - {"sort", "view", "columns", "layout"}:
        return {
            "title": "Nothing fits these filters",
            "text": "Take one away, or look at everything that is open.",
            "href": link(listed, {"view": "all"}),
            "label": "Show all open work",
        }
    return {
        "title": "Nothing is open",
        "text": "When somebody reports a fault, it appears here by itself.",
        "href": reverse("workorders:report") if may(member, "workorder.create", "workorder.request") else "",
        "label": "Report one",
    }
