"""What a work order cost: its four columns, computed from the lines below it and from nothing else.

- labour: the time entries' costs, corrections included
- materials: each part line's actual cost, or what was issued less what came back at the line's unit cost, to the cent
- other: invoices and other costs, less what was taken back
- overhead: each active rule's share of labour and materials and its amount per work order, to the cent; nothing as long as
  nothing is booked. A rule that is edited later counts from the next booking on: what was reckoned before stays.

Halves of a cent go up: PostgreSQL's `round` on decimals, which is `ROUND_HALF_UP`.
"""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from workorders.models import WorkOrder

REFRESH = """
WITH labor AS (
    SELECT coalesce(sum(cost), 0) AS cost, coalesce(sum(minutes), 0) AS minutes
    FROM workorders_timeentry WHERE tenant_id = %(tenant)s AND work_order_id = %(id)s
), material AS (
    SELECT coalesce(sum(coalesce(actual_cost, round((issued - returned) * unit_cost, 2))), 0) AS cost
    FROM workorders_partline WHERE tenant_id = %(tenant)s AND work_order_id = %(id)s
), other AS (
    SELECT coalesce(sum(amount), 0) AS cost
    FROM workorders_costline WHERE tenant_id = %(tenant)s AND work_order_id = %(id)s
), overhead AS (
    SELECT coalesce(sum(round(
        labor.cost * rule.percent_of_labor / 100 + material.cost * rule.percent_of_materials / 100 + rule.per_work_order,
        2)), 0) AS cost
    FROM labor, material, other, workorders_overheadrule AS rule
    WHERE rule.tenant_id = %(tenant)s AND rule.is_active
      AND (labor.minutes > 0 OR material.cost > 0 OR other.cost > 0)
)
UPDATE workorders_workorder AS job
SET labor_cost = labor.cost, material_cost = material.cost, other_cost = other.cost, overhead_cost = overhead.cost,
    version = job.version + 1, updated_at = %(now)s
FROM labor, material, other, overhead
WHERE job.tenant_id = %(tenant)s AND job.id = %(id)s
RETURNING job.labor_cost, job.material_cost, job.other_cost, job.overhead_cost, job.version
"""
COLUMNS = ("labor_cost", "material_cost", "other_cost", "overhead_cost", "version")


def refresh(work_order: WorkOrder) -> None:
    """Write the cost columns of a locked work order by one statement, with its next version, onto row and object.

    The caller holds the work order's lock and has written its lines; no `writing.save` is needed beside it.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {"tenant": work_order.tenant_id, "id": work_order.pk, "now": now})
        values = cursor.fetchone()
    for name, value in zip(COLUMNS, values, strict=True):
        setattr(work_order, name, value)
    work_order.updated_at = now
