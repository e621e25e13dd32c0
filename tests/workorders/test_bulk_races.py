"""Two acts on many at once, each naming the same rows in another order: one waits, none deadlocks."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.house import House
from tests.racing import race, together
from workorders import actions

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    for name in ("manager", "dispatcher", "admin"):
        made[name]
    made.profile("technician"), made.profile("technician2")
    return made


def test_opposite_orders_do_not_deadlock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # A row at a time, so that the order between the parts counts, not only that within one.
    monkeypatch.setattr(import_module("workorders.actions.bulk"), "SLICE", 1)
    rows = [house.work("assigned", to="technician") for _ in range(6)]
    ids = [row.pk for row in rows]
    lead = house.profile("technician2")

    def act(order: list[object], by: str) -> object:
        return actions.bulk("assign", by=house[by], ids=order, data={"to": lead, "helpers": []})  # type: ignore[arg-type]

    for _ in range(3):
        outcomes = together(
            [
                lambda: act(ids, "manager"),
                lambda: act(ids[::-1], "dispatcher"),
                lambda: act(ids[3:] + ids[:3], "admin"),
            ],
            house.tenant,
        )
        assert [(run.done, run.refused) for run in outcomes] == [(6, 0)] * 3


def test_who_comes_second_meets_what_the_first_left(house: House) -> None:
    rows = [house.work("assigned", to="technician") for _ in range(3)]
    ids = [row.pk for row in rows]
    to = house.status("in_progress")
    first, second = race(
        house.tenant,
        lambda: actions.bulk("status", by=house["manager"], ids=ids, data={"to": to}),
        lambda: actions.bulk("status", by=house["admin"], ids=ids[::-1], data={"to": to}),
    )
    assert (first.done, first.refused, second.done, second.refused) == (3, 0, 0, 3)
    assert {line["code"] for line in second.results} == {"no_transition"}
    assert [house.log(row)[-1][1] for row in rows] == ["in_progress"] * 3
