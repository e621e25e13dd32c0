"""Costs of a work order as its page and the API tell them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from workorders.models import CostLine, WorkOrder


def costs_of(work_order: WorkOrder, currency: str) -> dict[str, Any]:
    """The `costs` of a work order, from its own row. `total` is the sum of the others."""
    found = {
        "labor": work_order.labor_cost,
        "materials": work_order.material_cost,
        "overhead": work_order.overhead_cost,
        "other": work_order.other_cost,
        "external": work_order.external_cost or Decimal(0),
    }
    return {**found, "total": sum(found.values(), Decimal(0)), "currency": currency}


def lines_of(**filters: Any) -> Any:
    """Cost lines in the order they were posted, each with `taken_back`."""
    taken = Exists(CostLine.objects.filter(corrects=OuterRef("pk")))
    return CostLine.objects.filter(**filters).annotate(taken_back=taken).order_by("posted_at", "pk")
