"""The views of the list that a member may open: their own and those shared with everybody, kept per process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from tenancy.models import Member
from workorders import rows
from workorders.asked import KNOWN, Asked
from workorders.models import DefaultView, SavedView


@dataclass(frozen=True, slots=True)
class View:
    id: UUID
    name: str
    shared: bool
    own: bool
    href: str


@dataclass(frozen=True, slots=True)
class Views:
    """In the order of the tabs. `default` opens when the list is asked for nothing."""

    every: tuple[View, ...]
    default: View | None

    def tabs(self, asked: Asked) -> list[dict[str, Any]]:
        """What stands above the list; none when nobody saved a view."""
        if not self.every:
            return []
        current = asked.given.get("view", "all")
        listed = reverse("workorders:list")
        first: dict[str, Any] = {
            "label": "All work",
            "href": f"{listed}?view=all",
            "current": current == "all",
            "shared": False,
        }
        return [first] + [
            {"label": one.name, "href": one.href, "current": current == str(one.id), "shared": one.shared}
            for one in self.every
        ]


def visible_to(member: Member) -> QuerySet[SavedView]:
    """Own ones and shared ones, in the order of the tabs."""
    rows = SavedView.objects.filter(Q(owner=member) | Q(shared=True), tenant_id=member.tenant_id)
    return rows.order_by("shared", "position", "name")


def href(view: SavedView) -> str:
    found = {name: value for name, value in parse_qsl(view.query) if name in KNOWN and name != "view"}
    if view.columns:
        found["columns"] = ",".join(view.columns)
    if view.layout != "list":
        found["layout"] = view.layout
    return f"{reverse('workorders:list')}?{urlencode({**found, 'view': str(view.pk)})}"


def of(member: Member) -> Views:
    """No query as long as nobody in the tenant changed a view (the catalogue's version counts those changes, too)."""
    found: Views = rows.kept(("views", *rows.sight(member)), lambda: load(member))
    return found


def load(member: Member) -> Views:
    every = {
        row.pk: View(row.pk, row.name, row.shared, row.owner_id == member.pk, href(row)) for row in visible_to(member)
    }
    chosen = DefaultView.objects.filter(member=member).values_list("view_id", flat=True).first()
    return Views(tuple(every.values()), every.get(chosen) if chosen else None)
