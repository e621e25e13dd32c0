"""The steps of a checklist: what it consists of, what an answer means, and what follows from both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.errors import Conflict, Invalid, PermissionDenied
from core.ids import uuid7
from tests.house import House
from workorders import actions, checklist
from workorders.models import Task, WorkOrder

TICK = {"description": "Lock out and tag out"}
PASS = {"description": "Guards in place", "kind": "pass_fail"}
BAR = {"description": "Oil pressure", "kind": "number", "unit": "bar", "lowest": 4, "highest": 6}


def listed(house: House, work_order: WorkOrder, *steps: dict[str, Any]) -> list[Task]:
    with house.inside():
        actions.add_tasks(work_order, by=None, steps=steps)
        return checklist.tasks_of(work_order)


def one(house: House, step: dict[str, Any], meaning: str = "in_progress") -> Task:
    return listed(house, house.work(meaning, to="technician"), step)[0]


def order(house: House, work_order: WorkOrder) -> list[tuple[int, str]]:
    with house.inside():
        return [(task.position, task.description) for task in checklist.tasks_of(work_order)]


def answer(house: House, task: Task, *, by: str = "technician", **words: Any) -> Task:
    with house.inside():
        return actions.answer_task(task, by=house[by], **words)


# --- What a checklist consists of -------------------------------------------------------------------------------------
def test_steps_come_in_the_order_given_or_at_their_place(house: House) -> None:
    work_order = house.work()
    listed(
        house,
        work_order,
        {"description": "B", "position": 2},
        {"description": "A", "position": 1},
        {"description": "C"},
    )
    listed(house, work_order, {"description": "first", "position": 1}, {"description": "far", "position": 90})
    assert order(house, work_order) == [(1, "first"), (2, "A"), (3, "B"), (4, "C"), (5, "far")]


def test_adding_leaves_the_steps_the_progress_and_one_event(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        actions.update(work_order, by=None, changes={"progress": 60})
    before, seen = house.read(work_order), house.last_event()
    listed(house, work_order, TICK, BAR)
    after = house.read(work_order)
    assert (after.progress, after.version) == (0, before.version + 1)
    assert house.events(after=seen) == [
        ("work_order.tasks_added", None, {"steps": [None, 2], "step": [None, "2 steps"]})
    ]


@pytest.mark.parametrize("count", [1, 10])
def test_adding_takes_the_same_queries_for_one_step_and_ten(
    house: House, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work()
    listed(house, work_order, TICK)
    with house.inside(), django_assert_num_queries(10):
        actions.add_tasks(work_order, by=None, steps=[{**BAR, "position": 1} for _ in range(count)])


SOUND: dict[str, tuple[dict[str, Any], str]] = {
    "no words": ({"description": "  "}, "description"),
    "a long text": ({"description": "x" * 501}, "description"),
    "an unknown kind": ({**TICK, "kind": "dance"}, "kind"),
    "limits the wrong way round": ({**BAR, "lowest": 7}, "lowest"),
    "a limit that is no number": ({**BAR, "highest": "much"}, "highest"),
    "nothing to choose from": ({**TICK, "kind": "choice"}, "options"),
    "a choice twice": ({**TICK, "kind": "choice", "options": ["New", "new"]}, "options"),
    "negative minutes": ({**TICK, "estimated_minutes": -1}, "estimated_minutes"),
    "no place": ({**TICK, "position": 0}, "position"),
    "a condition on a stranger": ({**TICK, "condition_on": uuid7(), "condition_operator": "is"}, "condition_on"),
    "a condition on nothing": ({**TICK, "condition_operator": "is", "condition_value": "done"}, "condition_on"),
}


@pytest.mark.parametrize("case", SOUND)
def test_an_unsound_step_is_refused_by_name(house: House, case: str) -> None:
    step, field = SOUND[case]
    work_order = house.work()
    with house.refuses(Invalid, field=f"tasks[1].{field}"):
        actions.add_tasks(work_order, by=house["manager"], steps=[TICK, step])


def test_all_problems_are_told_at_once(house: House) -> None:
    work_order = house.work()
    with house.inside(), pytest.raises(Invalid) as caught:
        actions.add_tasks(
            work_order, by=house["manager"], steps=[{"description": ""}, {**BAR, "lowest": 7, "unit": "x" * 21}]
        )
    assert sorted(caught.value.details) == ["tasks[0].description", "tasks[1].lowest", "tasks[1].unit"]


@pytest.mark.parametrize(
    ("person", "mine", "allowed"),
    [
        ("manager", False, True),
        ("dispatcher", False, True),
        ("technician", True, True),
        ("technician", False, False),
        ("viewer", False, False),
        ("requester", False, False),
    ],
)
def test_who_may_define_steps(house: House, person: str, mine: bool, allowed: bool) -> None:
    work_order = house.work("in_progress", to="technician" if mine else "technician2")
    (task,) = listed(house, work_order, TICK)
    by = house[person]
    acts = (
        lambda: actions.add_tasks(work_order, by=by, steps=[PASS]),
        lambda: actions.update_task(task, by=by, changes={"description": "Other"}),
        lambda: actions.move_task(task, by=by, to=1),
        lambda: actions.remove_task(task, by=by),
    )
    for act in acts:
        if allowed:
            with house.inside():
                act()
        else:
            with house.refuses(PermissionDenied, permission="workorder.edit"):
                act()


def test_a_technician_reports_a_job_with_steps_of_their_own(house: House) -> None:
    with house.inside():
        made = actions.report(by=house["technician"], title="Leak", steps=[TICK, PASS])
    assert [text for _, text in order(house, made)] == ["Lock out and tag out", "Guards in place"]


def test_an_edit_changes_the_step_and_says_so_once(house: House) -> None:
    task = one(house, BAR)
    seen = house.last_event()
    with house.inside():
        actions.update_task(task, by=house["manager"], changes={"highest": 7, "required": True})
        actions.update_task(task, by=house["manager"], changes={"highest": 7})
    found = house.read(task)
    assert (found.highest, found.required, found.version) == (Decimal(7), True, 2)
    ((kind, who, changes),) = house.events(after=seen)
    assert (kind, who, changes["highest"], changes["required"]) == (
        "work_order.task_updated", house["manager"].pk, [6, 7], [False, True],
    )  # fmt: skip


def test_an_answered_step_keeps_its_kind_and_its_place_in_the_record(house: House) -> None:
    task = answer(house, one(house, PASS), answer="pass")
    with house.refuses(Conflict, code="answered", field="kind"):
        actions.update_task(task, by=house["manager"], changes={"kind": "tick"})
    with house.refuses(Conflict, code="answered"):
        actions.remove_task(task, by=house["manager"])


def test_moving_keeps_the_places_dense(house: House) -> None:
    work_order = house.work()
    tasks = listed(house, work_order, *({"description": name} for name in "ABCDE"))
    moves = [(4, 1, "EABCD"), (0, 3, "EBACD"), (1, 99, "EACDB")]
    for index, to, expected in moves:
        with house.inside():
            actions.move_task(tasks[index], by=house["manager"], to=to)
        assert order(house, work_order) == list(enumerate(expected, start=1))
    with house.refuses(Invalid, details={"position": "The first place is 1."}):
        actions.move_task(tasks[0], by=house["manager"], to=0)


def test_moving_to_where_it_is_writes_nothing(house: House) -> None:
    work_order = house.work()
    tasks = listed(house, work_order, TICK, PASS)
    boss, marks = house["manager"], house.marks()
    with house.inside():
        actions.move_task(tasks[1], by=boss, to=2)
    assert house.marks() == marks


@pytest.mark.parametrize("count", [2, 30])
def test_moving_is_one_statement_however_long_the_list(
    house: House, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work()
    tasks = listed(house, work_order, *({"description": str(number)} for number in range(count)))
    boss = house["manager"]
    with house.inside(), django_assert_num_queries(7):
        actions.move_task(tasks[-1], by=boss, to=1)


def test_removing_closes_the_gap(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    tasks = listed(house, work_order, *({"description": name} for name in "ABC"))
    answer(house, tasks[0], answer=True)
    with house.inside():
        actions.remove_task(tasks[1], by=house["manager"])
    assert order(house, work_order) == [(1, "A"), (2, "C")]
    assert house.read(work_order).progress == 50


# --- Conditions -------------------------------------------------------------------------------------------------------
def conditional(house: House, first: dict[str, Any], operator: str, value: str) -> list[Task]:
    pk = uuid7()
    then = {"description": "Then", "condition_on": pk, "condition_operator": operator, "condition_value": value}
    return listed(house, house.work("in_progress", to="technician"), {**first, "id": pk}, then)


CHOICE = {"description": "Colour", "kind": "choice", "options": ["Clear", "Milky"]}
CONDITIONS: dict[str, tuple[dict[str, Any], str, str, dict[str, Any], bool]] = {
    "failed": (PASS, "is", "fail", {"answer": "fail"}, True),
    "not failed": (PASS, "is", "fail", {"answer": "pass"}, False),
    "is not": (PASS, "is_not", "fail", {"answer": "pass"}, True),
    "above": (BAR, "above", "5", {"answer": "5.5"}, True),
    "not above": (BAR, "above", "5", {"answer": 5}, False),
    "below": (BAR, "below", "5", {"answer": 4.9}, True),
    "a number": (BAR, "is", "5.0", {"answer": 5}, True),
    "out of limits": (BAR, "is", "fail", {"answer": 7, "confirmed": True}, True),
    "chosen": (CHOICE, "is", "milky", {"answer": "Milky"}, True),
    "not chosen": (CHOICE, "is", "Milky", {"answer": "Clear"}, False),
    "done": (TICK, "is", "done", {"answer": True}, True),
    "skipped says nothing": (TICK, "is_not", "fail", {"status": "skipped"}, False),
    "nor does not applicable": (PASS, "is_not", "fail", {"status": "not_applicable"}, False),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_step_is_asked_depending_on_an_earlier_answer(house: House, case: str) -> None:
    first, operator, value, words, applies = CONDITIONS[case]
    tasks = conditional(house, first, operator, value)
    with house.inside():
        assert checklist.applicable(checklist.tasks_of(tasks[0].work_order)) == {tasks[0].pk}
    answer(house, tasks[0], **words)
    with house.inside():
        found = checklist.applicable(checklist.tasks_of(tasks[0].work_order))
    assert (tasks[1].pk in found) == applies
    assert house.read(tasks[0].work_order).progress == (50 if applies else 100)


def test_a_step_that_is_not_asked_takes_no_answer(house: House) -> None:
    tasks = conditional(house, PASS, "is", "fail")
    with house.refuses(Conflict, code="not_asked", message="This step is asked only when step 1 is “fail”."):
        actions.answer_task(tasks[1], by=house["technician"], answer=True)


def test_another_earlier_answer_takes_the_step_out_of_the_count_and_back(house: House) -> None:
    tasks = conditional(house, PASS, "is", "fail")
    work_order = tasks[0].work_order
    answer(house, tasks[0], answer="fail")
    answer(house, tasks[1], answer=True)
    progress = [house.read(work_order).progress]
    for word in ("pass", "fail"):
        answer(house, tasks[0], answer=word)
        progress.append(house.read(work_order).progress)
    with house.inside():
        assert checklist.counts(checklist.tasks_of(work_order)) == (2, 2)
    answer(house, tasks[0], answer=None)
    assert (progress, house.read(work_order).progress) == ([100, 100, 100], 0)


REFUSED_CONDITIONS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "an answer that never comes": (PASS, "is", "blue", "condition_value"),
    "an option there is not": (CHOICE, "is", "Black", "condition_value"),
    "above on a tick": (TICK, "above", "5", "condition_value"),
    "above a word": (BAR, "above", "much", "condition_value"),
    "an empty value": (TICK, "is", "", "condition_value"),
    "an unknown comparison": (TICK, "like", "done", "condition_operator"),
}


@pytest.mark.parametrize("case", REFUSED_CONDITIONS)
def test_a_condition_that_says_nothing_is_refused(house: House, case: str) -> None:
    first, operator, value, field = REFUSED_CONDITIONS[case]
    with pytest.raises(Invalid) as caught:
        conditional(house, first, operator, value)
    assert list(caught.value.details) == [f"tasks[1].{field}"]


def test_conditions_look_back_only(house: House) -> None:
    work_order = house.work()
    tasks = listed(house, work_order, TICK, PASS)
    for on, value in ((tasks[0], "done"), (tasks[1], "pass")):
        changes = {"condition_on": on, "condition_operator": "is", "condition_value": value}
        sentence = f"“Lock out and tag out” hangs on the answer to “{on.description}” and does not come after it."
        with house.refuses(Invalid, details={"condition_on": sentence}):
            actions.update_task(tasks[0], by=house["manager"], changes=changes)


def test_a_step_stays_behind_the_one_it_hangs_on(house: House) -> None:
    tasks = conditional(house, PASS, "is", "fail")
    for task, to in ((tasks[0], 2), (tasks[1], 1)):
        with house.refuses(Conflict, code="condition", field="position"):
            actions.move_task(task, by=house["manager"], to=to)
    with house.refuses(Conflict, code="condition"):
        actions.remove_task(tasks[0], by=house["manager"])
