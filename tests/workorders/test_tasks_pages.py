"""The checklist on the page of a work order: by plain forms, and as the panel that a script asks for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.house import House
from tests.workorders.test_tasks import BAR, CHOICE, PASS, TICK, answer, listed, one
from workorders import actions, checklist
from workorders.models import Task, WorkOrder

HTMX = {"HX-Request": "true"}


def sign_in(client: Client, house: House, name: str) -> Client:
    client.force_login(house[name].user)
    return client


def at(task: Task, *rest: str) -> str:
    return "/".join(["/work-orders", str(task.work_order_id), "tasks", str(task.pk), *rest])


def row(page: str, task: Task) -> str:
    """The markup of one step."""
    start = page.index(f'id="task-{task.pk}"')
    return page[start : page.index("</li>\n", start)] if "</li>\n" in page[start:] else page[start:]


@pytest.mark.parametrize(
    ("step", "data", "status"),
    [
        (TICK, {"answer": "done"}, "completed"),
        (PASS, {"answer": "pass"}, "completed"),
        (PASS, {"answer": "fail"}, "failed"),
        (PASS, {"status": "not_applicable"}, "not_applicable"),
        (BAR, {"answer": "5,5"}, "completed"),
        (BAR, {"answer": "7", "confirmed": "on"}, "failed"),
        (CHOICE, {"answer": "Milky"}, "completed"),
        (TICK, {"notes": "Was loose", "actual_minutes": "5"}, "pending"),
    ],
)
def test_a_plain_form_answers_and_leads_back_to_the_step(
    house: House, client: Client, step: dict[str, Any], data: dict[str, str], status: str
) -> None:
    task = one(house, step)
    done = sign_in(client, house, "technician").post(at(task, "answer"), {"version": "1", **data})
    assert (done.status_code, done.headers["Location"]) == (302, f"/work-orders/{task.work_order_id}#task-{task.pk}")
    assert house.read(task).status == status


def test_a_script_gets_the_panel_with_the_answer_and_the_progress(house: House, client: Client) -> None:
    tasks = listed(house, house.work("in_progress", to="technician"), PASS, BAR)
    done = sign_in(client, house, "technician").post(at(tasks[0], "answer"), {"answer": "pass"}, headers=HTMX)
    page = done.content.decode()
    assert (done.status_code, "<html" in page, "(1/2)" in page) == (200, False, True)
    assert 'value="pass" aria-pressed="true"' in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_reading_outside_its_limits_is_asked_about(house: House, client: Client, headers: dict[str, str]) -> None:
    task = one(house, BAR)
    asked = sign_in(client, house, "technician").post(at(task, "answer"), {"answer": "7,2"}, headers=headers)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert "7.2 bar is above the limit of 6 bar. Measure again, or confirm it." in page
    assert '<input type="hidden" name="answer" value="7,2">' in page
    assert ">It is 7.2 bar<" in page
    assert house.read(task).status == "pending"


def test_who_comes_second_sees_the_first_answer_and_may_insist(house: House, client: Client) -> None:
    task = one(house, BAR)
    answer(house, task, answer=5)
    second = sign_in(client, house, "manager").post(at(task, "answer"), {"version": "1", "answer": "5.5"})
    page = second.content.decode()
    told = f"{house['technician'].name} changed this step in the meantime: 5 bar. Yours is not saved."
    assert (second.status_code, told in page, "Save mine instead: 5.5" in page) == (422, True, True)
    client.post(at(task, "answer"), {"version": "2", "answer": "5.5"})
    assert float(house.read(task).answer_number) == 5.5


def test_the_page_shows_each_kind_with_its_own_answer(house: House, client: Client) -> None:
    kinds = ("photo", "signature", "meter", "text")
    steps = [TICK, PASS, BAR, CHOICE, *({"description": kind.title(), "kind": kind} for kind in kinds)]
    work_order = house.work("in_progress", to="technician")
    listed(house, work_order, *steps)
    page = sign_in(client, house, "technician").get(f"/work-orders/{work_order.pk}").content.decode()
    found = {text: page.count(text) for text in ("(0/8)", 'value="pass"', "4 to 6 bar", ">Milky<", "data-upload>")}
    assert found == {"(0/8)": 1, 'value="pass"': 1, "4 to 6 bar": 1, ">Milky<": 1, "data-upload>": 2}


def test_the_last_reading_on_this_asset_stands_beside_the_field(house: House, client: Client) -> None:
    asset = factories.make_asset(house.tenant)
    (before,) = listed(house, house.work("in_progress", to="technician", asset=asset), BAR)
    answer(house, before, answer=5.2)
    work_order = house.work("in_progress", to="technician", asset=asset)
    listed(house, work_order, BAR)
    page = sign_in(client, house, "technician").get(f"/work-orders/{work_order.pk}/tasks").content.decode()
    assert "last time 5.2 bar, just now" in page


def test_a_step_that_is_not_asked_says_when_it_is(house: House, client: Client) -> None:
    from tests.workorders.test_tasks import conditional

    tasks = conditional(house, PASS, "is", "fail")
    page = sign_in(client, house, "technician").get(f"/work-orders/{tasks[0].work_order_id}/tasks").content.decode()
    assert "Asked only when step 1 is “fail”" in page
    assert f'action="{at(tasks[1], "answer")}"' not in page


@pytest.mark.parametrize(
    ("person", "answers", "defines"),
    [("technician", True, True), ("manager", True, True), ("viewer", False, False)],
)
def test_each_is_offered_what_they_may(house: House, client: Client, person: str, answers: bool, defines: bool) -> None:
    task = one(house, PASS)
    page = sign_in(client, house, person).get(f"/work-orders/{task.work_order_id}").content.decode()
    offered = (f'action="{at(task, "answer")}"' in page, "Add steps" in page, f'action="{at(task, "move")}"' in page)
    assert offered == (answers, defines, defines)


def test_a_requester_does_not_read_the_workshops_checklist(house: House, client: Client) -> None:
    with house.inside():
        work_order = actions.report(by=house["requester"], title="Door squeaks")
        (task,) = actions.add_tasks(work_order, by=None, steps=[TICK])
    sign_in(client, house, "requester")
    assert "Lock out" not in client.get(f"/work-orders/{work_order.pk}").content.decode()
    statuses = [
        client.get(f"/work-orders/{work_order.pk}/tasks").status_code,
        client.post(at(task, "answer")).status_code,
    ]
    assert statuses == [404, 404]


def test_steps_are_added_line_by_line(house: House, client: Client) -> None:
    work_order = house.work()
    sign_in(client, house, "dispatcher")
    where = f"/work-orders/{work_order.pk}/tasks/add"
    assert client.get(where).status_code == 200
    done = client.post(where, {"description": "Oil\n\n Belt \nFilter", "kind": "pass_fail", "required": "on"})
    with house.inside():
        found = [(task.description, task.kind, task.required) for task in checklist.tasks_of(work_order)]
    assert (done.status_code, found) == (302, [(name, "pass_fail", True) for name in ("Oil", "Belt", "Filter")])


def test_a_refused_step_stays_in_the_form(house: House, client: Client) -> None:
    work_order = house.work()
    page = sign_in(client, house, "dispatcher").post(
        f"/work-orders/{work_order.pk}/tasks/add",
        {"description": "Pressure", "kind": "number", "lowest": "9", "highest": "4"},
    )
    assert (page.status_code, "The lower limit lies above the upper one." in page.content.decode()) == (422, True)


def test_a_step_is_changed_with_a_condition(house: House, client: Client) -> None:
    tasks = listed(house, house.work(), PASS, BAR)
    sign_in(client, house, "dispatcher")
    page = client.get(at(tasks[1])).content.decode()
    assert ("1. Guards in place" in page, 'value="4"' in page) == (True, True)
    data = {
        "version": "1", "description": "Pressure", "kind": "number", "unit": "bar", "lowest": "3,5", "highest": "",
        "condition_on": str(tasks[0].pk), "condition_operator": "is", "condition_value": "pass",
    }  # fmt: skip
    assert client.post(at(tasks[1]), data).status_code == 302
    found = house.read(tasks[1])
    assert (found.description, float(found.lowest), found.highest, found.condition_on_id, found.condition_value) == (
        "Pressure", 3.5, None, tasks[0].pk, "pass",
    )  # fmt: skip
    assert client.post(at(tasks[1]), data).status_code == 422  # made from version 1, which is gone


def test_steps_move_by_buttons_and_by_dragging(house: House, client: Client) -> None:
    work_order = house.work()
    tasks = listed(house, work_order, *({"description": name} for name in "ABC"))
    sign_in(client, house, "dispatcher")
    for task, data in (
        (tasks[2], {"by": "-1"}),
        (tasks[0], {"by": "1"}),
        (tasks[1], {"to": "1"}),
        (tasks[1], {"by": "-1"}),
    ):
        assert client.post(at(task, "move"), data).status_code == 302
    with house.inside():
        assert [task.description for task in checklist.tasks_of(work_order)] == ["B", "C", "A"]


def test_removing_waiving_and_setting_all_to_ok(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    tasks = listed(house, work_order, {**TICK, "required": True}, PASS, TICK)
    with house.inside():
        WorkOrder.objects.filter(pk=work_order.pk).update(all_ok_allowed=True)
    sign_in(client, house, "manager")
    assert client.post(at(tasks[2], "remove")).status_code == 302
    assert client.get(at(tasks[0], "waive")).status_code == 200
    assert client.post(at(tasks[0], "waive"), {"reason": "No lock here"}).status_code == 302
    assert client.post(f"/work-orders/{work_order.pk}/tasks/all-ok").status_code == 302
    found = [house.read(task) for task in tasks[:2]]
    assert [(task.status, task.waived_reason) for task in found] == [("skipped", "No lock here"), ("completed", "")]
    refused = client.post(at(tasks[1], "remove"))
    assert (refused.status_code, "stays in the record" in refused.content.decode()) == (422, True)


def test_a_failed_step_leads_to_a_follow_up_once(house: House, client: Client) -> None:
    task = one(house, BAR)
    answer(house, task, answer=7, confirmed=True, notes="Smells burnt")
    sign_in(client, house, "technician")
    assert ">Create follow-up" in client.get(at(task).rpartition("/tasks")[0]).content.decode()
    assert client.post(at(task, "follow-up")).status_code == 302
    made = house.read(task).follow_up
    page = client.get(f"/work-orders/{task.work_order_id}").content.decode()
    assert (f"Follow-up {made.number}" in page, ">Create follow-up" in page) == (True, False)
    again = client.post(at(task, "follow-up"))
    assert (again.status_code, f"{made.number} follows up on this step already." in again.content.decode()) == (
        422,
        True,
    )
    theirs = sign_in(client, house, "dispatcher").get(f"/work-orders/{made.pk}").content.decode()
    assert f'href="/work-orders/{task.work_order_id}"' in theirs


def test_the_sheet_of_completing_lists_what_is_missing(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    tasks = listed(house, work_order, {**TICK, "required": True}, {**PASS, "required": True})
    with house.inside():
        WorkOrder.objects.filter(pk=work_order.pk).update(needs_photo=True, needs_signature=True)
    sign_in(client, house, "technician")
    where = f"/work-orders/{work_order.pk}"
    links = lambda page: re.findall(r'<a href="([^"]*)" data-missing>', page.content.decode())  # noqa: E731
    expected = [
        f"{where}{part}"
        for part in (f"#task-{tasks[0].pk}", f"#task-{tasks[1].pk}", "#panel-media", "#panel-signatures")
    ]
    asked, refused = client.get(f"{where}/complete"), client.post(f"{where}/complete", {})
    assert (links(asked), links(refused), refused.status_code) == (expected, expected, 422)
    assert "Still missing: step 1, step 2, a photo, a signature." in refused.content.decode()
    assert b'name="waiver"' not in asked.content
    sign_in(client, house, "manager")
    assert b'name="waiver"' in client.get(f"{where}/complete").content
    assert client.post(f"{where}/complete", {"waiver": "Machine is sold"}).status_code == 302
    assert house.read(work_order).meaning == "completed"


@pytest.mark.parametrize("count", [1, 3])
def test_the_panel_takes_the_same_queries_for_one_step_and_three(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work("in_progress", to="technician", asset=factories.make_asset(house.tenant))
    tasks = listed(house, work_order, *({**BAR, "description": str(number)} for number in range(count)))
    for task in tasks:
        answer(house, task, answer=5)
    sign_in(client, house, "dispatcher").get(f"/work-orders/{work_order.pk}/tasks", headers=HTMX)
    with django_assert_num_queries(9):
        client.get(f"/work-orders/{work_order.pk}/tasks", headers=HTMX)


def test_hostile_text_stays_text(house: House, client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    task = one(house, {"description": evil, "kind": "choice", "options": [evil]})
    answer(house, task, answer=evil, notes=evil)
    page = sign_in(client, house, "manager").get(f"/work-orders/{task.work_order_id}").content.decode()
    assert ("<script>alert(1)" in page, page.count("&lt;script&gt;alert(1)") >= 4) == (False, True)
