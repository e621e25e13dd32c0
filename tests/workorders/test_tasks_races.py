"""Several people on one checklist at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house import House
from tests.racing import kinds, race, together
from tests.workorders.test_tasks import PASS, TICK, listed, order
from workorders import actions
from workorders.models import Task, WorkOrder

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    for name in ("manager", "dispatcher"):
        made[name]
    made.profile("technician")
    return made


def list_of(house: House, count: int, **more: Any) -> list[Task]:
    work_order = house.work("in_progress", to="technician")
    return listed(house, work_order, *({**TICK, "description": str(number), **more} for number in range(count)))


def test_different_steps_both_stay(house: House) -> None:
    first, second = list_of(house, 2)
    outcomes = race(
        house.tenant,
        lambda: actions.answer_task(first, by=house["technician"], answer=True, expected_version=1),
        lambda: actions.answer_task(second, by=house["manager"], answer=True, expected_version=1),
    )
    found = [house.read(task) for task in (first, second)]
    assert (kinds(outcomes), [task.status for task in found]) == (["ok", "ok"], ["completed", "completed"])
    # Without the work order's lock the second would have counted the first as open.
    assert house.read(first.work_order).progress == 100


def test_on_the_same_step_the_second_is_told(house: House) -> None:
    (task,) = list_of(house, 1, kind="pass_fail")
    outcomes = race(
        house.tenant,
        lambda: actions.answer_task(task, by=house["technician"], answer="pass", expected_version=1),
        lambda: actions.answer_task(task, by=house["manager"], answer="fail", expected_version=1),
    )
    assert (kinds(outcomes), house.read(task).answer_text) == (["ok", "stale"], "pass")


def test_all_steps_at_once_are_counted(house: House) -> None:
    tasks = list_of(house, 8)
    outcomes = together(
        [lambda task=task: actions.answer_task(task, by=house["technician"], answer=True) for task in tasks],
        house.tenant,
    )
    assert (kinds(outcomes), house.read(tasks[0].work_order).progress) == (["ok"] * 8, 100)


def test_moves_at_once_leave_every_place_taken_once(house: House) -> None:
    tasks = list_of(house, 6)
    outcomes = race(
        house.tenant,
        lambda: actions.move_task(tasks[0], by=house["manager"], to=6),
        lambda: actions.move_task(tasks[5], by=house["dispatcher"], to=1),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert order(house, tasks[0].work_order) == list(enumerate(["5", "1", "2", "3", "4", "0"], start=1))


def test_adding_and_removing_at_once_leave_no_gap(house: House) -> None:
    tasks = list_of(house, 4)
    work_order = tasks[0].work_order
    outcomes = race(
        house.tenant,
        lambda: actions.remove_task(tasks[1], by=house["manager"]),
        lambda: actions.add_tasks(work_order, by=house["dispatcher"], steps=[PASS]),
    )
    assert kinds(outcomes) == ["ok", "ok"]
    assert [place for place, _ in order(house, work_order)] == [1, 2, 3, 4]


def test_a_failed_step_is_followed_up_once(house: House) -> None:
    (task,) = list_of(house, 1)
    with house.inside():
        actions.answer_task(task, by=house["technician"], answer="fail")
    follow = lambda: actions.follow_up_task(task, by=house["manager"])  # noqa: E731
    assert kinds(race(house.tenant, follow, follow)) == ["ok", "has_follow_up"]
    with house.inside():
        assert WorkOrder.objects.filter(follow_up_of=task.work_order).count() == 1


def test_a_step_taken_back_while_the_work_is_completed(house: House) -> None:
    (task,) = list_of(house, 1, required=True)
    with house.inside():
        actions.answer_task(task, by=house["technician"], answer=True)
    outcomes = race(
        house.tenant,
        lambda: actions.answer_task(task, by=house["technician"], answer=None),
        lambda: actions.complete(task.work_order, by=house["manager"]),
    )
    assert (kinds(outcomes), house.read(task.work_order).meaning) == (["ok", "incomplete"], "in_progress")


def test_an_answer_arrives_while_the_step_is_removed(house: House) -> None:
    (task, _) = list_of(house, 2)
    outcomes = race(
        house.tenant,
        lambda: actions.remove_task(task, by=house["manager"]),
        lambda: actions.answer_task(task, by=house["technician"], answer=True),
    )
    assert kinds(outcomes) == ["ok", "not_found"]
