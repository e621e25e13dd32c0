"""The list of work orders: everything it shows is in its address, in the same words as the API's."""

from __future__ import annotations

import html
import time
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Value
from django.db.models.functions import Now
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from assets.forms import places
from core import pagination
from core.pages import MemberRequest, fragment, page
from core.pagination import Window
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue, filters, page_rows, rows
from workorders.choices import ACTIVE, Meaning
from workorders.filters import WorkOrderFilter
from workorders.forms.orders import technicians
from workorders.models import WorkOrder

SHOWN = 50
# What decides which of all, open and finished work is meant; without any of them it is the open work.
WHICH = ("status", "open", "overdue")
QUICK = (*WHICH, "assignedTo")
KNOWN = {*WorkOrderFilter.parameters(), "sort", "cursor"}
SELECTS = {"priority": "Priority", "type": "Type", "assignedTo": "Assignee", "locationId": "Place"}
# label, the order its first click gives, the other one
COLUMNS = [
    ("Priority", "priority", "-priority"),
    ("Work order", "-createdAt", "createdAt"),
    ("Status", "", ""),
    ("Asset and place", "", ""),
    ("Assignee", "", ""),
    ("Due", "dueDate", "-dueDate"),
]


@page("workorder.view_all", "workorder.view_own")
def work_orders(request: MemberRequest) -> HttpResponse:
    member: Member = request.member
    given = {name: str(value).strip() for name, value in request.GET.items() if name in KNOWN and str(value).strip()}
    params = narrowing(given)
    keys = pagination.sort_keys(given.get("sort"), filters.SORTS, filters.DEFAULT_SORT)
    good_for = pagination.binding("page", member.tenant_id, pagination.filters_of(params))
    after = pagination.unseal(given["cursor"], good_for) if "cursor" in given else None
    found, last = rows.summaries(
        lambda: WorkOrderFilter(params, WorkOrder.objects.visible_to(member), member=member).rows(),
        keys,
        after,
        Window(limit=SHOWN),
        key=None if "overdue" in params else ("page", *rows.sight(member), params.urlencode(), given.get("cursor")),
    )
    kept = {name: value for name, value in given.items() if name != "cursor"}
    listed = reverse("workorders:list")
    selects = [
        name for name in SELECTS if name in given and not (name == "assignedTo" and given[name] in ("me", "none"))
    ]
    context = {
        "heading": "Work orders",
        "list_href": listed,
        "here": request.get_full_path(),
        "text": given.get("search", ""),
        "selects": lambda: filter_fields(member, given),
        "folded_count": len(selects),
        "kept": [(name, value) for name, value in kept.items() if name not in (*SELECTS, "search")],
        "chips": chips(member, kept, listed),
        "columns": columns(given.get("sort") or filters.DEFAULT_SORT, kept, listed),
        "table": page_rows.table(page_rows.dress(found, member)),
        "count": len(found),
        "first_href": link(listed, kept) if after else "",
        "next_href": link(listed, {**kept, "cursor": pagination.seal(last, good_for)}) if last else "",
        "empty": None if found else empty(member, kept, listed),
    }
    return fragment(request, "workorders/list.html", context)


def narrowing(given: dict[str, str]) -> QueryDict:
    """The address as the filter set's parameters: open work by default, a place with everything below it."""
    params = QueryDict(mutable=True)
    params.update({name: value for name, value in given.items() if name != "cursor"})
    if given.get("open") == "any":
        del params["open"]
    elif not any(name in given for name in WHICH):
        params["open"] = "true"
    for name in ("location", "asset"):
        if f"{name}Id" in given:
            params[f"{name}Subtree"] = "true"
    return params


def link(listed: str, params: dict[str, str]) -> str:
    return f"{listed}?{urlencode(params)}" if params else listed


def option_tags(choices: list[tuple[str, str]], chosen: str) -> SafeString:
    """Hundreds of people and places stand on every list: a template takes ten times as long to write them."""
    return SafeString(
        "".join(
            f'<option value="{html.escape(value)}"{" selected" if value == chosen else ""}>{html.escape(text)}</option>'
            for value, text in choices
        )
    )


def filter_fields(member: Member, given: dict[str, str]) -> list[dict[str, Any]]:
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
            "href": link(listed, {**others, **query}),
            "count": count,
            "css": css,
            "current": chosen == query,
        }
        for label, query, count, css in found
    ]


def columns(sort: str, kept: dict[str, str], listed: str) -> list[dict[str, str]]:
    found = []
    for label, first, other in COLUMNS:
        current = bool(first) and sort in (first, other)
        found.append(
            {
                "label": label,
                "href": link(listed, {**kept, "sort": other if sort == first else first}) if first else "",
                "sorted": ("descending" if sort.startswith("-") else "ascending") if current else "",
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
    if set(kept) - {"sort"}:
        return {
            "title": "Nothing fits these filters",
            "text": "Take one away, or look at everything that is open.",
            "href": listed,
            "label": "Show all open work",
        }
    return {
        "title": "Nothing is open",
        "text": "When somebody reports a fault, it appears here by itself.",
        "href": reverse("workorders:report") if may(member, "workorder.create", "workorder.request") else "",
        "label": "Report one",
    }
