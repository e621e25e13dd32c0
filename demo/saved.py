"""Views of the list that the dispatchers of the demo share with everybody."""

from __future__ import annotations

from typing import Any

from demo.acting import Cast, as_person
from demo.loading import Report
from tenancy.models import Tenant
from workorders import actions
from workorders.models import SavedView

VIEWS: list[dict[str, Any]] = [
    {"name": "Late", "query": "overdue=true&sort=dueDate"},
    {
        "name": "Waiting",
        "query": "status=on_hold",
        "columns": ["priority", "workOrder", "asset", "assignee", "updated", "due"],
    },
    {"name": "Board", "layout": "kanban"},
    {"name": "This month", "layout": "calendar"},
]


def share_views(tenant: Tenant, cast: Cast, report: Report) -> None:
    """Does nothing where somebody has saved views already."""
    if SavedView.objects.filter(tenant=tenant).exists():
        return
    by = cast.dispatcher
    if "view.share" not in by.permissions:
        return
    with as_person(by):
        for position, view in enumerate(VIEWS):
            actions.save_view(by=by, shared=True, position=position, **view)
    report.created["saved views"] += len(VIEWS)
