"""Pages of this app in the Django admin; importing a module registers its models."""

from workorders.admin import (
    bulk,
    comments,
    costs,
    failures,
    jobplans,
    links,
    media,
    orders,
    parts,
    saved,
    signing,
    tasks,
    time,
)

__all__ = [
    "bulk",
    "comments",
    "costs",
    "failures",
    "jobplans",
    "links",
    "media",
    "orders",
    "parts",
    "saved",
    "signing",
    "tasks",
    "time",
]
