"""The sections of a work order's page, each in a module of its own.

A panel is a function `panel(work_order, member) -> dict | None`: what its template needs, or None where it has nothing for
this member. Its template is `workorders/panels/<name>.html` and its root element has the id `panel-<name>`; with `live` in
the answer the page replaces that element when the work order changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenancy.models import Member
from workorders.models import WorkOrder
from workorders.panels import before, costs, custom, links, media, parts, plan, signatures, tasks, time

Panel = Callable[[WorkOrder, Member], dict[str, Any] | None]

# In the order they are read. MAIN is the wide column, SIDE the narrow one.
MAIN: dict[str, Panel] = {"before": before.panel, "tasks": tasks.panel, "parts": parts.panel, "media": media.panel}
SIDE: dict[str, Panel] = {
    "time": time.panel,
    "costs": costs.panel,
    "links": links.panel,
    "signatures": signatures.panel,
    "custom": custom.panel,
    "plan": plan.panel,
}


def of(panels: dict[str, Panel], work_order: WorkOrder, member: Member) -> list[dict[str, Any]]:
    found = []
    for name, panel in panels.items():
        answer = panel(work_order, member)
        if answer is not None:
            found.append({"name": name, "template": f"workorders/panels/{name}.html", **answer})
    return found
