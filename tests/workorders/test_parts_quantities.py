"""Whatever people do with a line, in whatever order: its figures add up, and so does what the job costs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from tests import factories
from tests.house import House
from tests.racing import kinds, race, together
from workorders import actions
from workorders.choices import PartStatus
from workorders.models import PartLine, PartMovement, WorkOrder

D = Decimal
SIGN = {"issue": 1, "return": -1}
quantities = st.decimals(min_value=D("0.001"), max_value=D(9), places=3)
costs = st.decimals(min_value=D(0), max_value=D("99.9999"), places=4)


def maybe(**options: Any) -> Any:
    return st.fixed_dictionaries({name: st.none() | one for name, one in options.items()})


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["reserve_part", "issue_part", "use_part", "return_part"]), maybe(quantity=quantities)
        ),
        st.tuples(
            st.just("update_part"),
            st.fixed_dictionaries(
                {},
                optional={
                    "quantity": quantities,
                    "status": st.sampled_from(PartStatus.values),
                    "actual_cost": st.none() | st.decimals(min_value=D(0), max_value=D(500), places=2),
                },
            ),
        ),
        st.tuples(st.just("reprice"), st.fixed_dictionaries({"cost": costs})),
    ),
    max_size=12,
)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


def check(line_pk: Any) -> None:
    line = PartLine.objects.get(pk=line_pk)
    moved = {"reserve": D(0), "release": D(0), "issue": D(0), "return": D(0)}
    out = D(0)
    for kind, quantity, unit_cost in PartMovement.objects.filter(line=line).values_list(
        "kind", "quantity", "unit_cost"
    ):
        moved[kind] += quantity
        out += SIGN.get(kind, 0) * quantity
        assert out >= 0
        assert unit_cost >= 0
    assert (line.issued, line.returned) == (moved["issue"], moved["return"])
    assert D(0) <= line.reserved <= moved["reserve"] - moved["release"]
    assert line.reserved + out <= max(line.quantity, out)
    total = line.actual_cost if line.actual_cost is not None else cents(out * line.unit_cost)
    assert WorkOrder.objects.get(pk=line.work_order_id).material_cost == total
    if line.status == PartStatus.USED:
        assert (line.reserved, out > 0) == (0, True)
    if line.status == PartStatus.RETURNED:
        assert out == 0
    if line.status == PartStatus.ISSUED:
        assert out > 0
    if line.status == PartStatus.RESERVED:
        assert line.reserved > 0 or line.reserved + out >= line.quantity


@pytest.mark.django_db
@given(wanted=quantities, cost=costs, steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_figures_and_costs_add_up_after_any_steps(
    house: House, wanted: Decimal, cost: Decimal, steps: list[tuple[str, dict[str, Any]]]
) -> None:
    with house.inside():
        point = transaction.savepoint()
        work_order = factories.make_work_order(house.tenant, meaning="in_progress")
        part = factories.make_part(house.tenant, unit_cost=cost)
        (line,) = actions.add_parts(work_order, by=None, lines=[{"part": part, "quantity": wanted}])
        for name, given_ in steps:
            if name == "reprice":
                type(part).objects.filter(pk=part.pk).update(unit_cost=given_["cost"])
                continue
            before = PartLine.objects.filter(pk=line.pk).values().get()
            act: Callable[..., Any] = getattr(actions, name)
            options = {"changes": given_} if name == "update_part" else given_
            try:
                with transaction.atomic():
                    act(line, by=None, **options)
            except DomainError:
                assert PartLine.objects.filter(pk=line.pk).values().get() == before
            check(line.pk)
        transaction.savepoint_rollback(point)


@pytest.mark.django_db
@given(line=st.tuples(quantities, costs))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_cost_is_rounded_to_the_cent_as_the_database_does(house: House, line: tuple[Decimal, Decimal]) -> None:
    from django.db import connection

    from inventory.quantities import cents as ours

    quantity, cost = line
    with house.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT round(%s::numeric * %s::numeric, 2)", [quantity, cost])
        assert cursor.fetchone()[0] == ours(quantity * cost) == cents(quantity * cost)


# --- At the same moment ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def busy(committed: None) -> House:
    made = House.build()
    for name in ("manager", "storekeeper"):
        made[name]
    made.profile("technician")
    return made


@pytest.fixture
def line(busy: House) -> Any:
    return factories.make_line(busy.work("in_progress", to="technician"), quantity=3)


def figures(house: House, line: Any) -> tuple[int, ...]:
    row = house.read(line)
    return (int(row.reserved), int(row.issued), int(row.returned))


RACES: dict[str, tuple[str, Any, Any, list[str], tuple[int, ...]]] = {
    "issue twice": (
        "requested",
        lambda line, who: actions.issue_part(line, by=who("manager"), quantity=D(2)),
        lambda line, who: actions.issue_part(line, by=who("storekeeper"), quantity=D(2)),
        ["ok", "more_than_wanted"], (0, 2, 0),
    ),
    "reserve twice": (
        "requested",
        lambda line, who: actions.reserve_part(line, by=who("manager")),
        lambda line, who: actions.reserve_part(line, by=who("storekeeper")),
        ["ok", "reserved"], (3, 0, 0),
    ),
    "return twice": (
        "issued",
        lambda line, who: actions.return_part(line, by=who("technician"), quantity=D(2)),
        lambda line, who: actions.return_part(line, by=who("manager"), quantity=D(2)),
        ["ok", "more_than_issued"], (0, 3, 2),
    ),
    "issue and use": (
        "requested",
        lambda line, who: actions.issue_part(line, by=who("storekeeper")),
        lambda line, who: actions.use_part(line, by=who("technician"), quantity=D(3)),
        ["ok", "ok"], (0, 3, 0),
    ),
    "issue and remove": (
        "requested",
        lambda line, who: actions.issue_part(line, by=who("storekeeper")),
        lambda line, who: actions.remove_part(line, by=who("technician")),
        ["ok", "issued"], (0, 3, 0),
    ),
    "complete and reserve": (
        "requested",
        lambda line, who: actions.complete(line.work_order, by=who("technician")),
        lambda line, who: actions.reserve_part(line, by=who("storekeeper")),
        ["ok", "completed"], (0, 0, 0),
    ),
    "reserve and complete": (
        "requested",
        lambda line, who: actions.reserve_part(line, by=who("storekeeper")),
        lambda line, who: actions.complete(line.work_order, by=who("technician")),
        ["ok", "ok"], (0, 0, 0),
    ),
    "two changes of one version": (
        "requested",
        lambda line, who: actions.update_part(line, by=who("manager"), changes={"note": "a"}, expected_version=line.version),
        lambda line, who: actions.update_part(line, by=who("storekeeper"), changes={"note": "b"}, expected_version=line.version),
        ["ok", "stale"], (0, 0, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RACES)
def test_the_second_meets_what_the_first_did(busy: House, line: Any, name: str) -> None:
    start, first, second, expected, at_last = RACES[name]
    if start != "requested":
        with busy.inside():
            line = actions.update_part(line, by=None, changes={"status": start})
    line = busy.read(line)
    who = busy.people.__getitem__
    outcomes = race(busy.tenant, lambda: first(line, who), lambda: second(line, who))
    assert (kinds(outcomes), figures(busy, line)) == (expected, at_last)


def test_ten_at_the_counter_get_three(busy: House, line: Any) -> None:
    keeper = busy["storekeeper"]
    issue = lambda: actions.issue_part(line, by=keeper, quantity=D(1))  # noqa: E731
    assert sorted(kinds(together([issue] * 10, busy.tenant))) == ["issued"] * 7 + ["ok"] * 3
    assert figures(busy, line) == (0, 3, 0)
    assert busy.read(line.work_order).material_cost == D(30)


def test_different_lines_are_used_side_by_side(busy: House) -> None:
    work_order = busy.work("in_progress", to="technician")
    lines = [factories.make_line(work_order, quantity=1) for _ in range(5)]
    by = busy["technician"]
    outcomes = together([lambda one=one: actions.use_part(one, by=by) for one in lines], busy.tenant)
    assert kinds(outcomes) == ["ok"] * 5
    assert busy.read(work_order).material_cost == D(50)
