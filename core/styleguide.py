"""Every component of the design system on one page, for staff who build or judge a screen."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.pages import page

SWATCHES = [
    "page",
    "surface",
    "sunken",
    "hover",
    "line",
    "line-strong",
    "ink",
    "ink-2",
    "ink-3",
    "accent",
    "accent-soft",
]
STATUSES = [
    ("open", "Open"),
    ("assigned", "Assigned"),
    ("in_progress", "In progress"),
    ("on_hold", "On hold"),
    ("completed", "Completed"),
    ("closed", "Closed"),
    ("cancelled", "Cancelled"),
]
PRIORITIES = [("critical", "C", "Critical"), ("high", "H", "High"), ("medium", "M", "Medium"), ("low", "L", "Low")]
ICONS = [
    "wrench",
    "clipboard-check",
    "layout-dashboard",
    "message-square-text",
    "truck",
    "map-pin",
    "users",
    "settings",
    "search",
    "plus",
    "pause",
    "play",
    "check",
    "rotate-ccw",
    "ban",
    "user-plus",
    "printer",
    "history",
    "message-square",
    "calendar",
    "clock",
    "triangle-alert",
    "inbox",
    "file-text",
]
ROWS = [
    (
        "WO-2026-000412",
        "Hydraulic leak at boom cylinder, left side",
        "critical",
        "C",
        "Critical",
        "in_progress",
        "In progress",
        "2 h late",
        "due due-late",
    ),
    (
        "WO-2026-000398",
        "Replace bucket teeth",
        "medium",
        "M",
        "Medium",
        "assigned",
        "Assigned",
        "due in 3 h",
        "due due-soon",
    ),
    ("WO-2026-000377", "Air conditioning blows warm", "low", "L", "Low", "on_hold", "On hold", "due in 6 d", "due"),
]


@page("admin.access")
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "styleguide.html",
        {"swatches": SWATCHES, "statuses": STATUSES, "priorities": PRIORITIES, "icons": ICONS, "rows": ROWS},
    )
