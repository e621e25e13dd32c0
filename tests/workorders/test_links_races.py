"""Two people link at the same moment: no circle comes of it. Without the trees' lock each sees the links before the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house import House
from tests.racing import kinds, race, together
from workorders import actions
from workorders.models import WorkOrder, WorkOrderLink

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    for name in ("manager", "dispatcher", "technician"):
        made[name]
    return made


def test_two_moves_do_not_close_a_circle(house: House) -> None:
    one, two, three, four = (house.work() for _ in range(4))
    by = house["dispatcher"]
    with house.inside():
        actions.set_parent(two, by=by, parent=three)
        actions.set_parent(four, by=by, parent=one)
    # No row of the one move is a row of the other: only the tree's lock keeps them apart.
    outcomes = race(
        house.tenant,
        lambda: actions.set_parent(one, by=by, parent=two),
        lambda: actions.set_parent(three, by=by, parent=four),
    )
    assert kinds(outcomes) == ["ok", "cycle"]


def test_three_moves_at_once_leave_a_way_up(house: House) -> None:
    rows, by = [house.work() for _ in range(3)], house["dispatcher"]
    pairs = [(rows[index], rows[(index + 1) % 3]) for index in range(3)]
    outcomes = together(
        [lambda child=child, above=above: actions.set_parent(child, by=by, parent=above) for child, above in pairs],
        house.tenant,
    )
    assert sorted(kinds(outcomes)) == ["cycle", "ok", "ok"]


def test_two_links_do_not_make_work_wait_for_itself(house: House) -> None:
    one, two, three, four = (house.work() for _ in range(4))
    by = house["dispatcher"]
    with house.inside():
        actions.link(two, by=by, kind="blocks", to=three)
        actions.link(four, by=by, kind="blocks", to=one)
    outcomes = race(
        house.tenant,
        lambda: actions.link(one, by=by, kind="blocks", to=two),
        lambda: actions.link(three, by=by, kind="blocks", to=four),
    )
    assert kinds(outcomes) == ["ok", "cycle"]


def test_the_database_keeps_the_promise_past_the_acts(house: House) -> None:
    """Rows written by hand, whose locks do not meet: the triggers take turns and look again."""
    one, two, three, four = (house.work() for _ in range(4))

    def hang(child: WorkOrder, above: WorkOrder) -> Any:
        return WorkOrder.objects.filter(pk=child.pk).update(parent=above)

    def wait(first: WorkOrder, second: WorkOrder) -> Any:
        return WorkOrderLink.objects.create(tenant=house.tenant, first=first, second=second, kind="blocks")

    with house.inside():
        hang(two, three), hang(four, one)
        wait(two, three), wait(four, one)
    for act in (hang, wait):
        outcomes = race(house.tenant, lambda act=act: act(one, two), lambda act=act: act(three, four))
        assert kinds(outcomes) == ["ok", "IntegrityError"]
        assert "_no_cycle" in str(outcomes[1].__cause__.diag.constraint_name)


def test_merging_and_starting_take_turns(house: House) -> None:
    into, other = house.work(), house.work("assigned", to="technician")
    outcomes = race(
        house.tenant,
        lambda: actions.merge(into, by=house["manager"], others=[other]),
        lambda: actions.start(other, by=house["technician"]),
    )
    assert kinds(outcomes) == ["ok", "no_transition"]


def test_two_merges_into_each_other_leave_one(house: House) -> None:
    one, two = house.work(), house.work()
    outcomes = together(
        [
            lambda: actions.merge(one, by=house["manager"], others=[two]),
            lambda: actions.merge(two, by=house["dispatcher"], others=[one]),
        ],
        house.tenant,
    )
    assert sorted(kinds(outcomes)) == ["cancelled", "ok"]


def test_splitting_twice_moves_a_step_once(house: House) -> None:
    work_order = house.work()
    with house.inside():
        task = actions.add_tasks(work_order, by=house["manager"], steps=[{"description": "Look"}])[0]
    outcomes = race(
        house.tenant,
        lambda: actions.split(work_order, by=house["manager"], tasks=[task]),
        lambda: actions.split(work_order, by=house["dispatcher"], tasks=[task]),
    )
    assert kinds(outcomes) == ["ok", "invalid"]
