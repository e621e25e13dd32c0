"""Finished work of the past as work orders with the log of their states, written in bulk.

The file knows the day of an order, not the hour: the hours are made up, within the day and always the same. Nobody is
named in the file, so nobody is named in the log. History makes no events: nobody is to be told of a repair in 2004.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from demo.failure_modes import code_of
from demo.loading import BATCH, Report, in_batches
from demo.north_pit import part_key
from demo.readers.excavators import ExcavatorOrder
from tenancy.models import Tenant
from workorders.choices import CodeKind, Meaning
from workorders.models import FailureCode, Priority, Status, StatusLog, Type, WorkOrder

# SAP order types of the site: what they meant is said nowhere; these are the usual ones.
TYPE_OF = {
    "PM01": "corrective",
    "PM02": "preventive",
    "PM04": "corrective",
    "PM05": "calibration",
    "PM06": "modification",
    "PM13": "inspection",
}
PATH = (Meaning.OPEN, Meaning.IN_PROGRESS, Meaning.COMPLETED, Meaning.CLOSED)
Reserve = Callable[[int, int], list[str]]


def add_history(
    tenant: Tenant,
    orders: list[ExcavatorOrder],
    assets: dict[str, UUID],
    places: dict[UUID, UUID | None],
    reserve: Reserve,
    report: Report,
) -> None:
    """`places`: the place of each asset. `reserve(year, count)`: that many new numbers of that year."""
    there = set(WorkOrder.objects.filter(tenant=tenant).exclude(external_id="").values_list("external_id", flat=True))
    missing = [order for order in orders if order.order.external_id not in there]
    report.unchanged["work orders"] += len(orders) - len(missing)
    statuses = {status.meaning: status for status in Status.objects.filter(tenant=tenant, is_default=True)}
    types = dict(Type.objects.filter(tenant=tenant).values_list("key", "pk"))
    priority = Priority.objects.get(tenant=tenant, is_default=True)
    codes = dict(FailureCode.objects.filter(tenant=tenant, kind=CodeKind.PROBLEM).values_list("code", "pk"))
    zone = ZoneInfo(tenant.time_zone)
    for batch in in_batches(_numbered(missing, reserve)):
        rows: list[WorkOrder] = []
        log: list[StatusLog] = []
        for number, order in batch:
            asset = assets[part_key(order.order.excavator, order.notes.functional_location)]
            moments = hours_of(order, zone)
            row = WorkOrder(
                tenant=tenant,
                number=number,
                title=order.order.text,
                description=description_of(order),
                asset_id=asset,
                location_id=places[asset],
                status=statuses[Meaning.CLOSED],
                meaning=Meaning.CLOSED,
                priority=priority,
                type_id=types[TYPE_OF[order.order.order_type]],
                started_at=moments[1],
                completed_at=moments[2],
                closed_at=moments[3],
                progress=100,
                resolution=", ".join(order.notes.actions),
                failure_cause=", ".join(order.notes.failure_modes),
                problem_id=codes.get(code_of(order.notes.failure_modes)),
                external_cost=order.order.cost,
                external_id=order.order.external_id,
                created_at=moments[0],
                updated_at=moments[3],
            )
            rows.append(row)
            log += _log_of(row, statuses, moments)
        WorkOrder.objects.bulk_create(rows, batch_size=BATCH)
        StatusLog.objects.bulk_create(log, batch_size=4 * BATCH)
        report.created["work orders"] += len(rows)


def _numbered(orders: list[ExcavatorOrder], reserve: Reserve) -> Iterator[tuple[str, ExcavatorOrder]]:
    """Numbers in the order of the days, one block per year."""
    years: dict[int, list[ExcavatorOrder]] = defaultdict(list)
    for order in sorted(orders, key=lambda order: (order.order.started_on, order.order.row)):
        years[order.order.started_on.year].append(order)
    for year, found in years.items():
        yield from zip(reserve(year, len(found)), found, strict=True)


def hours_of(order: ExcavatorOrder, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime, dt.datetime, dt.datetime]:
    """Reported, started, completed, closed: on the order's own day, in this order."""
    chance = int(order.order.external_id[:8], 16)
    reported = dt.datetime.combine(order.order.started_on, dt.time(6), zone) + dt.timedelta(minutes=chance % 480)
    started = reported + dt.timedelta(minutes=10 + chance // 480 % 80)
    completed = started + dt.timedelta(minutes=30 + chance // 38400 % 270)
    return reported, started, completed, completed + dt.timedelta(minutes=60)


def description_of(order: ExcavatorOrder) -> str:
    """What the cleaned file knows besides, one fact a line."""
    notes = order.notes
    facts = (
        ("Order type", order.order.order_type),
        ("System", ", ".join(notes.systems)),
        ("Part", ", ".join(notes.parts)),
        ("Side", ", ".join(notes.sides)),
        ("Running time", f"{notes.running_time.normalize():f}" if notes.running_time is not None else ""),
        ("Note", ", ".join(notes.comments)),
    )
    return "\n".join(f"{name}: {fact}" for name, fact in facts if fact)


def _log_of(row: WorkOrder, statuses: dict[str, Status], moments: tuple[dt.datetime, ...]) -> Iterator[StatusLog]:
    def line(before: Meaning | None, after: Meaning, at: dt.datetime) -> StatusLog:
        return StatusLog(
            tenant_id=row.tenant_id,
            work_order_id=row.pk,
            from_status=statuses[before] if before else None,
            to_status=statuses[after],
            from_meaning=before or "",
            to_meaning=after,
            occurred_at=at,
        )

    yield line(None, PATH[0], moments[0])
    for (before, after), at in zip(pairwise(PATH), moments[1:], strict=True):
        yield line(before, after, at)
