"""What work cost, added up: by asset or place with everything below, by department, project or month. One statement each.

In a tree one level is shown at a time: what stands at the top, or in `under`, each with all that is below it, so that the
groups add up to the total. A period takes work by the day it was completed (unfinished work has no such day yet), or with
`date="created"` by the day it was reported; days are those of the organisation's zone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce, TruncMonth

from assets.models import Asset, Location
from tenancy.models import Member
from workorders import local_days
from workorders.models import WorkOrder

BY = {"asset": "Asset", "location": "Place", "department": "Department", "project": "Project", "month": "Month"}
TREES: dict[str, Any] = {"asset": Asset, "location": Location}
TABLES = {"department": ("tenancy_department", "name"), "project": ("projects_project", "code || ' ' || name")}
DATES = {"completed": "completed_at", "created": "created_at"}
COLUMNS = {
    "labor": "labor_cost", "materials": "material_cost", "overhead": "overhead_cost", "other": "other_cost",
    "external": "external_cost",
}  # fmt: skip
MOST = 500
SUMS = ", ".join(f"sum(jobs.{name}) AS {name}" for name in COLUMNS)
TOTAL = " + ".join(f"sum(jobs.{name})" for name in COLUMNS)
# `counted` and `whole` are over all groups, also those beyond the limit.
OUTER = """
SELECT found.*, sum(found.total) OVER () AS whole, sum(found.work_orders) OVER () AS counted, count(*) OVER () AS groups
FROM ({inner}) AS found ORDER BY {order} LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Question:
    by: str = "asset"
    since: dt.date | None = None
    until: dt.date | None = None
    date: str = "completed"
    under: Any = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Report:
    """`groups` are at most as many as asked for, the dearest first; totals are over all of them."""

    groups: list[dict[str, Any]]
    total: Decimal
    work_orders: int
    left_out: int


def jobs(member: Member, asked: Question) -> Any:
    """The work orders that count."""
    rows = WorkOrder.objects.visible_to(member).order_by()
    field, zone = DATES[asked.date], ZoneInfo(member.tenant.time_zone)
    if asked.since:
        rows = rows.filter(**{f"{field}__gte": local_days.midnight(asked.since, zone)})
    if asked.until:
        rows = rows.filter(**{f"{field}__lt": local_days.midnight(asked.until + dt.timedelta(days=1), zone)})
    if asked.by == "month":
        rows = rows.filter(**{f"{field}__isnull": False})
    return rows


def report(member: Member, asked: Question) -> Report:
    if asked.by == "month":
        field = TruncMonth(DATES[asked.date], tzinfo=ZoneInfo(member.tenant.time_zone))
        grouped = jobs(member, asked).annotate(node=field).values("node")
    else:
        grouped = jobs(member, asked).annotate(node=F(f"{asked.by}_id")).values("node")
    sums = {name: Sum(Coalesce(column, Decimal(0))) for name, column in COLUMNS.items()}
    inner, params = grouped.annotate(work_orders=Count("pk"), **sums).query.sql_with_params()
    told = {"jobs": inner, "sums": SUMS, "total": TOTAL}
    if asked.by in TREES:
        sql, params = tree(member, asked, told, params)
    elif asked.by in TABLES:
        table, name = TABLES[asked.by]
        sql = (
            f"SELECT node.id::text AS key, coalesce({name}, '') AS name, NULL::uuid AS parent_id, 0 AS depth,"
            f" sum(jobs.work_orders) AS work_orders, {SUMS}, {TOTAL} AS total"
            f" FROM ({inner}) AS jobs LEFT JOIN {table} AS node ON node.id = jobs.node GROUP BY node.id, 2"
        )
    else:
        sql = (
            "SELECT to_char(jobs.node, 'YYYY-MM') AS key, to_char(jobs.node, 'FMMonth YYYY') AS name,"
            f" NULL::uuid AS parent_id, 0 AS depth, sum(jobs.work_orders) AS work_orders, {SUMS}, {TOTAL} AS total"
            f" FROM ({inner}) AS jobs GROUP BY 1, 2"
        )
    order = "key DESC" if asked.by == "month" else "total DESC, name, key"
    with connection.cursor() as cursor:
        cursor.execute(OUTER.format(inner=sql, order=order), [*params, asked.limit])
        names = [column.name for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not found:
        return Report([], Decimal(0), 0, 0)
    whole, counted, groups = found[0]["whole"], int(found[0]["counted"]), found[0]["groups"]
    for row in found:
        del row["whole"], row["counted"], row["groups"]
        row["work_orders"] = int(row["work_orders"])
    return Report(found, whole, counted, groups - len(found))


def tree(member: Member, asked: Question, told: dict[str, str], params: Any) -> tuple[str, list[Any]]:
    """Each row's ancestor on the level that is shown, by the first labels of its path."""
    model = TREES[asked.by]
    table = model._meta.db_table
    level = asked.under.path.count(".") + 1 if asked.under else 0
    within = "WHERE here.path <@ %s::ltree" if asked.under else ""
    seen, seen_params = "", []
    if member.scoped:
        inner, seen_params = model.objects.visible_to(member).order_by().values("pk").query.sql_with_params()
        seen = f"AND node.id IN ({inner})"
    sql = f"""
        SELECT node.id::text AS key, coalesce(node.name, '') AS name, node.parent_id, coalesce(nlevel(node.path), 1) - 1 AS depth,
            sum(jobs.work_orders) AS work_orders, {told["sums"]}, {told["total"]} AS total
        FROM ({told["jobs"]}) AS jobs
        {"JOIN" if asked.under else "LEFT JOIN"} {table} AS here ON here.id = jobs.node
        LEFT JOIN {table} AS node
            ON node.path::text = subpath(here.path, 0, least(nlevel(here.path), %s))::text
            AND node.tenant_id = here.tenant_id {seen}
        {within}
        GROUP BY node.id
    """
    return sql, [*params, level + 1, *seen_params, *([asked.under.path] if asked.under else [])]
