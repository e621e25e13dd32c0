"""Two moves at the same moment, and a move while something is hung in: never a circle, never a lost path."""

from __future__ import annotations

from typing import Any

import pytest

from assets import actions
from assets.models import Asset
from tests import factories
from tests.house import House
from tests.racing import kinds, race, together

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    made["manager"]
    return made


def whole(house: House, model: type[Any]) -> bool:
    """Whether every row's path is its parent's path and one label more."""
    with house.inside():
        rows = list(model.objects.select_related("parent"))
        return all(row.path.rpartition(".")[0] == (row.parent.path if row.parent else "") for row in rows) and len(
            {row.path for row in rows}
        ) == len(rows)


def test_a_under_b_while_b_goes_under_a(house: House) -> None:
    manager = house["manager"]
    one, two = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    outcomes = race(
        house.tenant,
        lambda: actions.update_asset(one, by=manager, changes={"parent": two}),
        lambda: actions.update_asset(two, by=manager, changes={"parent": one}),
    )
    assert kinds(outcomes) == ["ok", "cycle"]
    assert whole(house, Asset)


@pytest.mark.parametrize("kind", ["places", "assets"])
def test_a_ring_of_moves_at_once_leaves_out_one(house: House, kind: str) -> None:
    """Each under the next: all but one are possible, and none fails for any other reason than the circle."""
    manager = house["manager"]
    if kind == "places":
        rows = [factories.make_location(house.tenant, kind="region") for _ in range(6)]
    else:
        rows = [factories.make_asset(house.tenant) for _ in range(6)]
    act = actions.update_location if kind == "places" else actions.update_asset
    moves = [
        lambda row=row, to=to: act(row, by=manager, changes={"parent": to})
        for row, to in zip(rows, [*rows[1:], rows[0]], strict=True)
    ]
    outcomes = kinds(together(moves, house.tenant))
    assert sorted(outcomes) == ["cycle"] + ["ok"] * 5
    assert whole(house, type(rows[0]))


def test_what_is_hung_in_deep_below_a_move_moves_along(house: House) -> None:
    manager = house["manager"]
    top, other = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    middle = factories.make_asset(house.tenant, parent=top)
    outcomes = race(
        house.tenant,
        lambda: actions.add_asset(by=manager, name="Screw", tag="S-1", parent=middle),
        lambda: actions.update_asset(top, by=manager, changes={"parent": other}),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert whole(house, Asset)


def test_what_is_hung_in_while_the_branch_moves_finds_the_new_path(house: House) -> None:
    manager = house["manager"]
    top, other = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    middle = factories.make_asset(house.tenant, parent=top)
    outcomes = race(
        house.tenant,
        lambda: actions.update_asset(top, by=manager, changes={"parent": other}),
        lambda: actions.add_asset(by=manager, name="Screw", tag="S-2", parent=middle),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert whole(house, Asset)


def test_a_move_to_the_top_waits_for_a_move_into_the_branch(house: House) -> None:
    manager = house["manager"]
    root, machine = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    top = factories.make_asset(house.tenant, parent=root)
    middle = factories.make_asset(house.tenant, parent=top)
    outcomes = race(
        house.tenant,
        lambda: actions.update_asset(machine, by=manager, changes={"parent": middle}),
        lambda: actions.update_asset(top, by=manager, changes={"parent": None}),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert whole(house, Asset)


def test_two_moves_up_and_down_one_branch_take_turns(house: House) -> None:
    manager = house["manager"]
    one, other = factories.make_asset(house.tenant), factories.make_asset(house.tenant)
    two = factories.make_asset(house.tenant, parent=one)
    three = factories.make_asset(house.tenant, parent=two)
    outcomes = race(
        house.tenant,
        lambda: actions.update_asset(one, by=manager, changes={"parent": other}),
        lambda: actions.update_asset(three, by=manager, changes={"parent": other}),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert whole(house, Asset)


def test_one_tag_twice_at_once_makes_one_asset(house: House) -> None:
    add = lambda: actions.add_asset(by=house["manager"], name="Pump", tag="TWICE")  # noqa: E731
    assert kinds(race(house.tenant, add, add)) in (["ok", "invalid"], ["ok", "IntegrityError"])
    with house.inside():
        assert Asset.objects.filter(tag="TWICE").count() == 1
