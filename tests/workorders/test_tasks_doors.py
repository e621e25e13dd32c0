"""Each act on a checklist leaves the same by page, API and admin as by the action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from core.models import Event
from tests.api.conftest import caller
from tests.house import House
from tests.workorders.test_tasks import BAR, PASS, TICK, listed
from workorders import actions
from workorders.models import Task, WorkOrder

SKIPPED = {"id", "work_order_id", "completed_at", "follow_up_id"}
Request = tuple[str, str, Any]

# name → the steps, what was answered before, by page, by API, by action
ACTS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], Request, Request, Callable[..., Any]]] = {
    "answer": (
        [PASS],
        {},
        ("POST", "answer", {"answer": "fail"}),
        ("PUT", "", {"answer": "fail"}),
        lambda task, by: actions.answer_task(task, by=by, answer="fail"),
    ),
    "a confirmed reading": (
        [BAR],
        {},
        ("POST", "answer", {"answer": "7", "confirmed": "on"}),
        ("PATCH", "", {"answer": 7, "confirmed": True}),
        lambda task, by: actions.answer_task(task, by=by, answer=7, confirmed=True),
    ),
    "take back": (
        [TICK],
        {"answer": True},
        ("POST", "answer", {"status": "pending"}),
        ("PUT", "", {"status": "pending"}),
        lambda task, by: actions.answer_task(task, by=by, status="pending"),
    ),
    "notes": (
        [TICK],
        {},
        ("POST", "answer", {"notes": "Loose", "actual_minutes": "5"}),
        ("PUT", "", {"notes": "Loose", "actualTime": 5}),
        lambda task, by: actions.answer_task(task, by=by, notes="Loose", actual_minutes=5),
    ),
    "move": (
        [TICK, PASS, BAR],
        {},
        ("POST", "move", {"to": "3"}),
        ("POST", "/move", {"order": 3}),
        lambda task, by: actions.move_task(task, by=by, to=3),
    ),
    "remove": (
        [TICK, PASS],
        {},
        ("POST", "remove", {}),
        ("DELETE", "", None),
        lambda task, by: actions.remove_task(task, by=by),
    ),
    "waive": (
        [{**TICK, "required": True}],
        {},
        ("POST", "waive", {"reason": "Sold"}),
        ("POST", "/waive", {"reason": "Sold"}),
        lambda task, by: actions.waive_task(task, by=by, reason="Sold"),
    ),
    "follow up": (
        [PASS],
        {"answer": "fail"},
        ("POST", "follow-up", {}),
        ("POST", "/follow-up", {}),
        lambda task, by: actions.follow_up_task(task, by=by),
    ),
}


def left(house: House, work_order: WorkOrder) -> dict[str, Any]:
    """What is in the database about the checklist, less what differs by nature."""
    with house.inside():
        tasks = Task.objects.filter(work_order=work_order).order_by("position").values()
        events = Event.objects.filter(work_order_id=work_order.pk).order_by("seq").values_list("type", "changes")
        row = WorkOrder.objects.get(pk=work_order.pk)
        return {
            "tasks": [{name: value for name, value in task.items() if name not in SKIPPED} for task in tasks],
            "led to": [bool(task["follow_up_id"]) for task in tasks],
            "follow-ups": [one.title for one in WorkOrder.objects.filter(follow_up_of=row)],
            "events": [(kind, sorted(changes)) for kind, changes in events],
            "progress": row.progress,
            "version": row.version,
        }


@pytest.mark.parametrize("name", ACTS)
def test_an_act_leaves_the_same_by_every_door(house: House, client: Client, name: str) -> None:
    steps, before, page, api, act = ACTS[name]
    boss = house["manager"]
    tasks = [listed(house, house.work("in_progress", to="technician"), *steps)[0] for _ in range(3)]
    for task in tasks:
        if before:
            with house.inside():
                actions.answer_task(task, by=boss, **before)
    by_page, by_api, by_action = tasks
    client.force_login(boss.user)
    answer = client.post(f"/work-orders/{by_page.work_order_id}/tasks/{by_page.pk}/{page[1]}", page[2])
    assert answer.status_code == 302, answer.content
    answer = caller(boss)(api[0], f"work-orders/{by_api.work_order_id}/tasks/{by_api.pk}{api[1]}", api[2])
    assert answer.status_code in (200, 201), answer.content
    with house.inside():
        act(by_action, boss)
    expected = left(house, by_action.work_order)
    assert left(house, by_page.work_order) == expected
    assert left(house, by_api.work_order) == expected


def test_adding_and_all_ok_leave_the_same_by_every_door(house: House, client: Client) -> None:
    boss = house["manager"]
    orders = [house.work("in_progress", to="technician") for _ in range(3)]
    with house.inside():
        WorkOrder.objects.filter(pk__in=[one.pk for one in orders]).update(all_ok_allowed=True)
    by_page, by_api, by_action = orders
    client.force_login(boss.user)
    call = caller(boss)
    where = f"/work-orders/{by_page.pk}/tasks"
    assert client.post(f"{where}/add", {"description": "Oil", "kind": "pass_fail", "unit": "lost"}).status_code == 302
    assert client.post(f"{where}/all-ok").status_code == 302
    assert call.post(f"work-orders/{by_api.pk}/tasks", {"description": "Oil", "kind": "pass_fail"}).status_code == 201
    assert call.post(f"work-orders/{by_api.pk}/tasks/all-ok").status_code == 200
    with house.inside():
        actions.add_tasks(by_action, by=boss, steps=[{"description": "Oil", "kind": "pass_fail"}])
        actions.answer_all_ok(by_action, by=boss)
    assert left(house, by_page) == left(house, by_api) == left(house, by_action)


def test_editing_leaves_the_same_by_every_door(house: House, client: Client) -> None:
    boss = house["manager"]
    tasks = [listed(house, house.work("in_progress", to="technician"), BAR)[0] for _ in range(3)]
    by_page, by_api, by_action = tasks
    client.force_login(boss.user)
    form = {"description": "Oil", "kind": "number", "unit": "bar", "lowest": "3", "highest": "6", "required": "on"}
    assert client.post(f"/work-orders/{by_page.work_order_id}/tasks/{by_page.pk}", form).status_code == 302
    body = {"description": "Oil", "minimum": 3, "required": True}
    assert caller(boss).patch(f"work-orders/{by_api.work_order_id}/tasks/{by_api.pk}", body).status_code == 200
    with house.inside():
        actions.update_task(by_action, by=boss, changes={"description": "Oil", "lowest": 3, "required": True})
    expected = left(house, by_action.work_order)
    assert left(house, by_page.work_order) == expected
    assert left(house, by_api.work_order) == expected
