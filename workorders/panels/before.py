"""Before you start: hazards and warranty at once, what was found before, what is open nearby, parts and where they are."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tenancy.models import Member
from tenancy.permissions import may
from workorders import before
from workorders.before import Before
from workorders.models import WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    """Not live: a strip that somebody has folded out must not fold itself while they work."""
    if not before.tells(work_order, member):
        return None
    found = before.of(work_order, member)
    if not found:
        return None
    return {
        "hazards": found.hazards,
        "warranty_until": found.warranty_until,
        "warranty_note": found.warranty_note,
        "earlier": [
            {"job": one, "href": reverse("workorders:detail", args=[one.id]) if one.seen else ""}
            for one in found.earlier
        ],
        "nearby": [{"job": one, "href": reverse("workorders:detail", args=[one.id])} for one in found.nearby],
        "parts": found.parts,
        "busy": found.busy,
        "counted": counted(found),
        "last": found.earlier[0] if found.earlier else None,
        # At a desk there is room; on a tablet the strip stays one line until it is tapped.
        "open": may(member, "workorder.view_all"),
    }


def counted(found: Before) -> str:
    """What the folded part holds, in words."""
    numbers = [
        (len(found.earlier), "earlier job", "earlier jobs"),
        (len(found.nearby), "open nearby", "open nearby"),
        (len(found.parts), "part", "parts"),
    ]
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in numbers if number)
