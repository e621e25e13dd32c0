"""What the job needs, has and has used."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tenancy.models import Member
from tenancy.permissions import may
from workorders import part_lines
from workorders.choices import Meaning
from workorders.models import WorkOrder


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    if not may(member, "part.view"):
        return None
    lines = list(work_order.part_lines.select_related("part"))
    rights = part_lines.Rights.of(work_order, member)
    if not lines and not rights.books:
        return None
    waits = part_lines.missing_note(lines)
    holds = rights.works and waits and work_order.meaning in (Meaning.ASSIGNED, Meaning.IN_PROGRESS)
    here = [work_order.pk]
    return {
        "lines": [part_lines.shown(line, rights, sees_parts=True) for line in lines],
        "total": f"{part_lines.total(lines):,.2f} {member.tenant.currency}" if rights.costs and lines else "",
        "currency": member.tenant.currency,
        "add_href": reverse("workorders:parts", args=here) if rights.books else "",
        "find_href": reverse("workorders:part_find", args=here),
        "uses": rights.works and work_order.meaning == Meaning.IN_PROGRESS,
        "hold_href": reverse("workorders:act", args=[work_order.pk, "hold"]) if holds else "",
        "hold_note": waits,
        "live": True,
    }
