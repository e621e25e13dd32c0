"""The list of work orders: everything it shows is in its address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone

from assets.forms import PlaceChoice, places
from assets.models import Location
from core import pagination
from core.pages import fragment, page
from core.pagination import Key
from tenancy.models import Member
from tenancy.permissions import may
from workorders import catalogue, page_rows
from workorders.choices import ACTIVE, FINISHED, Meaning
from workorders.forms import is_uuid, technicians
from workorders.models import WorkOrder

SHOWN = 50
DEFAULT_SORT = "-createdAt"
SORTS = {
    "createdAt": Key("created_at"),
    "dueDate": Key("due_at", nullable=True),
    "priority": Key("priority__rank"),
}
# label, the order its first click gives, the other one
COLUMNS = [
    ("Priority", "priority", "-priority"),
    ("Work order", "-createdAt", "createdAt"),
    ("Status", "", ""),
    ("Asset and place", "", ""),
    ("Assignee", "", ""),
    ("Due", "dueDate", "-dueDate"),
]
SELECTS = ("priority", "type", "assignedTo", "locationId")
CHIPS = ("status", "show", "assetId")
SHOWS = ("mine", "overdue", "soon", "unassigned", "verify", "finished", "all")


class FilterForm(forms.Form):
    """The fields of the filter bar; an unknown value filters nothing out and is shown as "any"."""

    search = forms.CharField(required=False, max_length=200)
    priority = forms.ChoiceField(label="Priority", required=False)
    type = forms.ChoiceField(label="Type", required=False)
    assignedTo = forms.ChoiceField(label="Assignee", required=False)  # noqa: N815  (the parameter's name)
    locationId = PlaceChoice(  # noqa: N815
        label="Place", queryset=Location.objects.none(), required=False, empty_label="Anywhere"
    )

    def __init__(self, data: QueryDict, *, member: Member) -> None:
        super().__init__(data, prefix=None)
        known = catalogue.of(member)
        people = (
            [(str(person.pk), person.member.name) for person in technicians(member)]
            if may(member, "people.view")
            else []
        )
        choices = {
            "priority": [("", "Any"), *((entry.key, entry.name) for entry in known.priorities.values())],
            "type": [("", "Any"), *((entry.key, entry.name) for entry in known.types.values())],
            "assignedTo": [("", "Anybody"), ("me", "Me and my crew"), *people],
        }
        for name, found in choices.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]
        self.fields["locationId"].queryset = places(member)  # type: ignore[attr-defined]
        self.is_valid()

    def value(self, name: str) -> Any:
        return self.cleaned_data.get(name) or ""


@page("workorder.view_all", "workorder.view_own")
def work_orders(request: HttpRequest) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]
    params = request.GET
    form = FilterForm(params, member=member)
    seen = WorkOrder.objects.visible_to(member)
    rows = narrowed(seen, params, form, member)
    sort = params.get("sort") if params.get("sort", "").removeprefix("-") in SORTS else None
    keys = pagination.sort_keys(sort, SORTS, DEFAULT_SORT)
    good_for = pagination.binding("page", member.tenant_id, pagination.filters_of(params))
    after = pagination.unseal(params["cursor"], good_for) if params.get("cursor") else None
    found: list[dict[str, Any]] = []
    for stretch in pagination.stretches(rows, keys, after):
        found += page_rows.read(stretch[: SHOWN + 1 - len(found)])
        if len(found) > SHOWN:
            break
    more, found = found[SHOWN:], found[:SHOWN]
    listed = reverse("workorders:list")
    kept = {name: value for name, value in params.items() if name != "cursor" and value}
    cursor = pagination.seal([sort_value(found[-1], key, member) for key in keys], good_for) if more else ""
    folded = [name for name in SELECTS if form.value(name)]
    context = {
        "heading": "Work orders",
        "list_href": listed,
        "here": request.get_full_path(),
        "form": form,
        "selects": [form[name] for name in SELECTS],
        "folded_count": len(folded),
        "folded_open": bool(folded),
        "kept": [(name, params[name]) for name in (*CHIPS, "sort") if params.get(name)],
        "chips": chips(seen, params, listed, member),
        "columns": columns(sort or DEFAULT_SORT, kept, listed),
        "rows": page_rows.dress(found, member),
        "first_href": link(listed, kept) if after else "",
        "next_href": link(listed, {**kept, "cursor": cursor}) if more else "",
        "empty": empty(request, kept, listed),
    }
    return fragment(request, "workorders/list.html", context)


def link(listed: str, params: dict[str, str]) -> str:
    return f"{listed}?{urlencode(params)}" if params else listed


def sort_value(row: dict[str, Any], key: Key, member: Member) -> Any:
    if key.path == "priority__rank":
        return catalogue.of(member).priorities[row["priority_id"]].rank
    return row["id" if key.path == "pk" else key.path]


def narrowed(rows: Any, params: QueryDict, form: FilterForm, member: Member) -> Any:
    """The rows that the address asks for; open work unless it says otherwise."""
    known = catalogue.of(member)
    show = params.get("show", "")
    status = known.status(params.get("status", ""))
    if status:
        rows = rows.filter(status_id=status.pk)
    elif show == "finished":
        rows = rows.filter(meaning__in=(*FINISHED, Meaning.CANCELLED))
    elif show == "verify":
        rows = rows.filter(meaning=Meaning.COMPLETED)
    elif show == "overdue":
        rows = rows.overdue()
    elif show == "soon":
        rows = rows.due_within(24)
    elif show == "unassigned":
        rows = rows.unassigned()
    elif show == "mine":
        rows = rows.active().worked_by(member)
    elif show != "all":
        rows = rows.active()
    if text := form.value("search"):
        rows = rows.matching(text)
    if priority := form.value("priority"):
        rows = rows.filter(priority_id=known.by_key["priority"][priority].pk)
    if kind := form.value("type"):
        rows = rows.filter(type_id=known.by_key["type"][kind].pk)
    if person := form.value("assignedTo"):
        rows = rows.worked_by(member) if person == "me" else rows.filter(assigned_to_id=person)
    if place := form.value("locationId"):
        rows = rows.filter(location__in=Location.objects.within(place).values("pk"))
    if is_uuid(asset := params.get("assetId", "")):
        rows = rows.filter(asset_id=asset)
    return rows


def chips(seen: Any, params: QueryDict, listed: str, member: Member) -> list[dict[str, Any]]:
    """Quick filters with how many stand behind them: all open, each open status, and what needs somebody."""
    known = catalogue.of(member)
    # Counting rows, not ids, lets the index of open work answer alone: 0.7 ms instead of 3 with 9,200 open.
    counts = dict(seen.active().order_by().values_list("status_id").annotate(number=Count("*")))
    overdue = seen.overdue(timezone.now()).count()
    kept = {name: value for name, value in params.items() if name not in (*CHIPS[:2], "cursor") and value}
    show, status = params.get("show", ""), params.get("status", "")
    chosen = status if known.status(status) else f"?{show}" if show in SHOWS else ""
    rows: list[tuple[str, str, dict[str, str], int | None, str]] = [
        ("All open", "", {}, sum(counts.values()), ""),
        ("Overdue", "?overdue", {"show": "overdue"}, overdue, " chip-late" if overdue else ""),
    ]
    rows += [
        (entry.name, entry.key, {"status": entry.key}, counts.get(pk, 0), "")
        for pk, entry in sorted(known.statuses.items(), key=lambda item: item[1].position)
        if entry.meaning in ACTIVE and (entry.is_active or counts.get(pk))
    ]
    if may(member, "workorder.work"):
        rows.append(("Mine", "?mine", {"show": "mine"}, None, ""))
    rows += [
        ("Unassigned", "?unassigned", {"show": "unassigned"}, None, ""),
        ("Due in 24 h", "?soon", {"show": "soon"}, None, ""),
    ]
    if may(member, "workorder.close"):
        rows.append(("To verify", "?verify", {"show": "verify"}, None, ""))
    rows.append(("Finished", "?finished", {"show": "finished"}, None, ""))
    if chosen == "?all":
        rows.append(("Everything", "?all", {"show": "all"}, None, ""))
    return [
        {"label": label, "href": link(listed, kept | query), "count": count, "css": css, "current": chosen == key}
        for label, key, query, count, css in rows
    ]


def columns(sort: str, kept: dict[str, str], listed: str) -> list[dict[str, str]]:
    found = []
    for label, first, other in COLUMNS:
        current = sort in (first, other) and bool(first)
        found.append(
            {
                "label": label,
                "href": link(listed, kept | {"sort": other if sort == first else first}) if first else "",
                "sorted": ("descending" if sort.startswith("-") else "ascending") if current else "",
            }
        )
    return found


def empty(request: HttpRequest, kept: dict[str, str], listed: str) -> dict[str, str]:
    """What an empty list says to do."""
    if kept.get("search") and kept.get("show") != "all":
        return {
            "title": f"No open work fits “{kept['search'][:60]}”",
            "text": "It may be finished already, or written differently.",
            "href": link(listed, {"search": kept["search"], "show": "all"}),
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
        "href": reverse("workorders:report") if may(request.member, "workorder.create", "workorder.request") else "",  # type: ignore[attr-defined]
        "label": "Report one",
    }
