"""What stands in the navigation, for whom. Addresses are names, so this list imports no app."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Item:
    """A destination for members who hold one of `needs`; `bar` puts it into the bottom bar of tablets and phones."""

    label: str
    icon: str
    url_name: str
    needs: frozenset[str]
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    icon: str
    href: str
    bar: bool


def _item(label: str, icon: str, url_name: str, needs: str, *, bar: bool = False) -> Item:
    return Item(label, icon, url_name, frozenset(needs.split()), bar)


# One work order belongs to the list for who sees all work, else to the first of these that the member has.
ALL_WORK = "workorders:list"
ONE_WORK = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}(/|$)")
OWN_WORK = ("workorders:my_work", "workorders:requests")


SECTIONS: list[tuple[str, list[Item]]] = [
    (
        "Work",
        [
            _item("Dashboard", "layout-dashboard", "workorders:dashboard", "workorder.view_all", bar=True),
            _item("My work", "clipboard-check", "workorders:my_work", "workorder.take", bar=True),
            _item("Work orders", "wrench", "workorders:list", "workorder.view_all workorder.view_own", bar=True),
            _item("My time", "timer", "workorders:my_time", "workorder.take"),
            _item("Projects", "folder-kanban", "projects:list", "project.view"),
            _item("Job plans", "clipboard-list", "workorders:job_plans", "jobplan.edit"),
            _item("My requests", "message-square-text", "workorders:requests", "workorder.request", bar=True),
        ],
    ),
    (
        "Stores",
        [
            _item("Parts to give", "package-open", "workorders:to_give", "part.give", bar=True),
            _item("Parts", "package", "inventory:list", "part.view", bar=True),
        ],
    ),
    (
        "Equipment",
        [
            _item("Assets", "truck", "assets:list", "asset.view", bar=True),
            _item("Places", "map-pin", "assets:places", "location.view"),
        ],
    ),
    (
        "Organisation",
        [
            _item("People", "users", "labor:people", "people.view"),
            _item("Time sheets", "calendar-clock", "workorders:time_week", "time.any"),
            _item("Costs", "coins", "workorders:costs", "cost.view"),
            _item(
                "Settings",
                "settings",
                "tenancy:settings",
                "settings.manage role.manage member.manage key.manage audit.view failure.manage",
            ),
        ],
    ),
]


@lru_cache(maxsize=128)
def links(permissions: frozenset[str]) -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """The sections a member with these permissions sees; a section without links is left out."""
    sections = []
    for title, items in SECTIONS:
        found = tuple(
            Link(item.label, item.icon, href, item.bar)
            for item in items
            if item.needs & permissions and (href := _href(item.url_name))
        )
        if found:
            sections.append((title, found))
    return tuple(sections)


def _href(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def current(path: str, permissions: frozenset[str]) -> str:
    """The href of the navigation link that a page belongs to: the longest one its address begins with.

    Who does not see all work came to one work order from their own work or requests, as its crumb says.
    """
    hrefs = [link.href for _, found in links(permissions) for link in found]
    fitting = [href for href in hrefs if path == href or (path.startswith(href.rstrip("/") + "/") and href != "/")]
    found = max(fitting, key=len, default="")
    if "workorder.view_all" in permissions or not ONE_WORK.match(path.removeprefix(_href(ALL_WORK))):
        return found
    return next((href for name in OWN_WORK if (href := _href(name)) in hrefs), found)


SETTINGS: list[Item] = [
    _item("Organisation", "building-2", "tenancy:organisation", "settings.manage"),
    _item("Members", "users", "tenancy:members", "member.manage"),
    _item("Roles", "shield", "tenancy:roles", "role.manage"),
    _item("Departments", "building", "tenancy:departments", "settings.manage"),
    _item("Workflow", "workflow", "workorders:workflow", "settings.manage"),
    _item("Priorities and types", "list-ordered", "workorders:catalogue", "settings.manage"),
    _item("Custom fields", "text-cursor-input", "workorders:custom_fields", "settings.manage"),
    _item("Failure codes", "triangle-alert", "workorders:failure_codes", "failure.manage"),
    _item("Photos and files", "image", "media:settings", "settings.manage"),
    _item("Part categories", "tags", "inventory:categories", "part.edit"),
    _item("Calendars", "calendar-days", "tenancy:calendars", "settings.manage"),
    _item("Overhead", "percent", "workorders:overhead", "cost.edit"),
    _item("API keys", "key-round", "tenancy:keys", "key.manage"),
    _item("Audit trail", "scroll-text", "tenancy:audit", "audit.view"),
    _item("Administration", "database", "admin:index", "admin.access"),
]


@lru_cache(maxsize=128)
def settings_links(permissions: frozenset[str]) -> tuple[Link, ...]:
    return tuple(
        Link(item.label, item.icon, href, False)
        for item in SETTINGS
        if item.needs & permissions and (href := _href(item.url_name))
    )
