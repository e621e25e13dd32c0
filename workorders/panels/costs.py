"""What a work order cost, for those who may see it. The sums stand in its own row; one query for the lines."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from tenancy.models import Member
from tenancy.permissions import may
from workorders.choices import Meaning
from workorders.cost_rows import costs_of, lines_of
from workorders.models import WorkOrder

LABELS = {
    "labor": "Labour", "materials": "Materials", "other": "Invoices and other", "overhead": "Overhead",
    "external": "Booked elsewhere",
}  # fmt: skip


def panel(work_order: WorkOrder, member: Member) -> dict[str, Any] | None:
    if not may(member, "cost.view"):
        return None
    costs = costs_of(work_order, member.tenant.currency)
    writable = work_order.meaning != Meaning.CLOSED and work_order.sealed_at is None and may(member, "cost.edit")
    lines = lines_of(work_order=work_order)
    return {
        "live": True,
        "sums": [(label, costs[name]) for name, label in LABELS.items() if costs[name] or name != "external"],
        "total": costs["total"],
        "currency": costs["currency"],
        "add_href": reverse("workorders:cost_add", args=[work_order.pk]) if writable else "",
        "lines": [
            {
                "line": line,
                "taken_back": line.taken_back,
                "href": reverse("workorders:cost_take_back", args=[work_order.pk, line.pk])
                if writable and not line.taken_back and line.corrects_id is None
                else "",
            }
            for line in lines
        ],
    }
