"""Time, clocks, costs and overhead."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.house import House
from tests.isolation.breaking import copy, first, update
from workorders import actions
from workorders.models import CostLine, OverheadRule, TimeEntry, Timer, WorkDay, WorkOrder

DAY = dt.date.today() - dt.timedelta(days=2)


def fill(house: House, work_order: WorkOrder) -> None:
    admin, technician = house["admin"], house.profile("technician")
    (entry,) = actions.add_time(work_order, by=admin, person=technician, worked_on=DAY, minutes=90)
    actions.correct_time(entry, by=admin, replacement={"minutes": 60})
    actions.start_timer(work_order, by=admin, person=technician)
    line = actions.add_cost(work_order, by=admin, kind="other", amount=Decimal(50), description="Crane")
    actions.take_back_cost(line, by=admin)
    actions.add_cost(work_order, by=admin, kind="other", amount=Decimal(20), description="Skip")
    actions.add_overhead_rule(by=admin, name="Site", percent_of_labor=Decimal(10))


def taken(**changes: Any) -> Any:
    """A correction, inserted again with changes (entries take no update)."""
    return lambda house: copy(TimeEntry, {"corrects__isnull": False}, **changes)


def entry(**changes: Any) -> Any:
    return lambda house: copy(TimeEntry, {"corrects": None}, **changes)


def line(**changes: Any) -> Any:
    return lambda house: copy(CostLine, {"corrects": None}, **changes)


NOW = dt.datetime.now(dt.UTC)
BREAK: dict[str, Any] = {
    "timer_one_per_person": [lambda house: copy(Timer)],
    "timer_category_known": [lambda house: update(Timer, category="lunch")],
    "time_category_known": [entry(category="lunch")],
    "time_taken_back_only_by_correction": [entry(minutes=-5), entry(minutes=0), taken(minutes=5)],
    "time_corrected_once": [taken()],
    "time_ends_after_start": [
        entry(started_at=NOW, ended_at=NOW - dt.timedelta(minutes=1)), entry(ended_at=NOW),
    ],
    "time_overtime_factor": [entry(overtime_factor=Decimal("0.9")), entry(overtime_factor=Decimal("5.1"))],
    "time_rate_not_negative": [entry(rate=-1)],
    "work_day_once": [lambda house: copy(WorkDay)],
    "work_day_has_24_hours": [lambda house: update(WorkDay, minutes=1441)],
    "cost_kind_known": [line(kind="bribe")],
    "cost_taken_back_only_by_correction": [line(amount=Decimal(-5)), line(amount=Decimal(0))],
    "cost_corrected_once": [lambda house: copy(CostLine, {"corrects__isnull": False})],
    "overhead_rule_name": [lambda house: copy(OverheadRule, name=first(OverheadRule).name.upper())],
    "overhead_not_negative": [
        lambda house: update(OverheadRule, percent_of_labor=-1),
        lambda house: update(OverheadRule, percent_of_materials=-1),
        lambda house: update(OverheadRule, per_work_order=-1),
    ],
    "workorder_costs_not_negative": [
        lambda house: update(WorkOrder, labor_cost=-1), lambda house: update(WorkOrder, material_cost=-1),
        lambda house: update(WorkOrder, other_cost=-1), lambda house: update(WorkOrder, overhead_cost=-1),
    ],
}  # fmt: skip
