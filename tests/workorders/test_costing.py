"""The cost columns of a work order are the sums of its lines, always, to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import Part
from tests.house import House, undone
from workorders.actions import costing, writing
from workorders.models import CostLine, OverheadRule, PartLine, TimeEntry, WorkOrder

CENT = Decimal("0.01")
DAY = dt.date(2026, 3, 2)


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def add_time(house: House, work_order: WorkOrder, cost: Any, minutes: int = 60) -> TimeEntry:
    return TimeEntry.objects.create(
        tenant=house.tenant, work_order=work_order, person=house["technician"], worked_on=DAY, minutes=minutes,
        rate=Decimal(50), cost=Decimal(cost),
    )  # fmt: skip


def add_part(
    house: House, work_order: WorkOrder, issued: Any, returned: Any, unit_cost: Any, actual: Any = None
) -> None:
    part, _ = Part.objects.get_or_create(tenant=house.tenant, number="P-1", defaults={"name": "Seal"})
    PartLine.objects.create(
        tenant=house.tenant, work_order=work_order, part=part, quantity=Decimal(1), issued=Decimal(issued),
        returned=Decimal(returned), unit_cost=Decimal(unit_cost), actual_cost=actual,
    )  # fmt: skip


def add_line(house: House, work_order: WorkOrder, amount: Any) -> CostLine:
    return CostLine.objects.create(
        tenant=house.tenant, work_order=work_order, kind="vendor", description="Crane", amount=Decimal(amount)
    )


def rule(
    house: House, labor: Any = 0, materials: Any = 0, each: Any = 0, *, name: str = "Site", active: bool = True
) -> None:
    OverheadRule.objects.create(
        tenant=house.tenant, name=name, percent_of_labor=labor, percent_of_materials=materials, per_work_order=each,
        is_active=active,
    )  # fmt: skip


def refreshed(work_order: WorkOrder) -> tuple[Decimal, ...]:
    locked = writing.lock(work_order)
    costing.refresh(locked)
    found = WorkOrder.objects.get(pk=work_order.pk)
    columns = (found.labor_cost, found.material_cost, found.other_cost, found.overhead_cost)
    assert (locked.labor_cost, locked.material_cost, locked.other_cost, locked.overhead_cost) == columns
    assert locked.version == found.version
    return columns


def worked(*values: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def test_a_worked_example(house: House) -> None:
    """Two fitters, a seal kit of which half came back, a crane; 10 % on labour, 5 % on materials, 12.50 a job.

    Labour 75.00 + 33.33 = 108.33. Parts (4 - 1) × 12.3456 = 37.0368 → 37.04. Crane 250.
    Overhead 10.833 + 1.852 + 12.50 = 25.185 → 25.19.
    """
    work_order = house.work()
    with house.inside():
        add_time(house, work_order, "75.00")
        add_time(house, work_order, "33.33")
        add_part(house, work_order, 4, 1, "12.3456")
        add_line(house, work_order, 250)
        rule(house, 10, 5, "12.50")
        rule(house, 50, name="Switched off", active=False)
        assert refreshed(work_order) == worked("108.33", "37.04", "250", "25.19")


def test_nothing_booked_bears_no_overhead(house: House) -> None:
    work_order = house.work()
    with house.inside():
        rule(house, 10, 5, 20)
        add_part(house, work_order, 0, 0, 99)
        assert refreshed(work_order) == worked("0", "0", "0", "0")
        add_time(house, work_order, 0, minutes=5)  # somebody without a rate worked on it
        assert refreshed(work_order) == worked("0", "0", "0", "20")


def test_an_actual_cost_stands_for_the_line(house: House) -> None:
    work_order = house.work()
    with house.inside():
        add_part(house, work_order, 4, 0, 10, Decimal("35.10"))
        add_part(house, work_order, 1, 0, "0.005")
        assert refreshed(work_order)[1] == Decimal("35.11")


def test_each_refresh_is_a_version_and_one_statement(house: House, django_assert_num_queries: Any) -> None:
    work_order = house.work()
    with house.inside():
        locked = writing.lock(work_order)
        with django_assert_num_queries(1):
            costing.refresh(locked)
        assert (locked.version, WorkOrder.objects.get(pk=locked.pk).version) == (work_order.version + 1,) * 2


def test_lines_of_other_jobs_and_other_tenants_do_not_count(house: House, stranger: House) -> None:
    mine, other, theirs = house.work(), house.work(), stranger.work()
    with stranger.inside():
        add_line(stranger, theirs, 70)
        rule(stranger, each=9)
    with house.inside():
        add_line(house, other, 30)
        add_line(house, mine, 5)
        assert refreshed(mine) == worked("0", "0", "5", "0")


money = st.decimals(0, 100_000, places=2)
part = st.tuples(
    st.decimals(0, 500, places=3), st.decimals(0, 1, places=3), st.decimals(0, 5_000, places=4), st.none() | money
)
percent = st.decimals(0, 150, places=2)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(money, max_size=4),
    parts=st.lists(part, max_size=4),
    lines=st.lists(money.filter(bool), max_size=3),
    rules=st.lists(st.tuples(percent, percent, money, st.booleans()), max_size=3),
)
def test_columns_are_the_sums_of_the_lines(
    house: House, times: list[Decimal], parts: list[Any], lines: list[Decimal], rules: list[Any]
) -> None:
    house["technician"]
    work_order = house.work()
    with undone(house):
        for cost in times:
            add_time(house, work_order, cost)
        material = Decimal(0)
        for issued, share, unit_cost, actual in parts:
            returned = (issued * share).quantize(Decimal("0.001"))
            add_part(house, work_order, issued, returned, unit_cost, actual)
            material += cents((issued - returned) * unit_cost) if actual is None else actual
        for amount in lines:
            add_line(house, work_order, amount)
        for number, (labor, materials, each, active) in enumerate(rules):
            rule(house, labor, materials, each, name=f"Rule {number}", active=active)
        labor_cost, other = sum(times, Decimal(0)), sum(lines, Decimal(0))
        booked = bool(times) or material > 0 or other > 0
        overhead = sum(
            (cents(labor_cost * one[0] / 100 + material * one[1] / 100 + one[2]) for one in rules if one[3]), Decimal(0)
        )
        assert refreshed(work_order) == (labor_cost, material, other, overhead if booked else Decimal(0))
