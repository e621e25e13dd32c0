"""The checklist in the API: the contract's requests, conditional writes, and refusals by name."""

from __future__ import annotations

from typing import Any

import pytest

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders import actions
from workorders.models import WorkOrder

BAR = {"description": "Oil pressure", "kind": "number", "unit": "bar", "minimum": 4, "maximum": 6.5}


@pytest.fixture
def boss(north: Tenant) -> Caller:
    return caller(factories.make_member(north, "manager"))


@pytest.fixture
def here(north: Tenant) -> str:
    return f"work-orders/{factories.make_work_order(north, meaning='in_progress').pk}"


def added(boss: Caller, here: str, **body: Any) -> dict[str, Any]:
    answer = boss.post(f"{here}/tasks", {"description": "Final system test", **body})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_adding_as_the_contract_prints_it(boss: Caller, here: str, north: Tenant) -> None:
    technician = factories.make_technician(north)
    made = added(
        boss,
        here,
        description="Final system test and verification",
        estimatedTime=45,
        order=5,
        assignedTo=str(technician.pk),
    )
    # Places are dense: the fifth of one is the first.
    assert {name: made[name] for name in ("description", "estimatedTime", "order", "assignedTo", "status")} == {
        "description": "Final system test and verification", "estimatedTime": 45, "order": 1,
        "assignedTo": str(technician.pk), "status": "pending",
    }  # fmt: skip
    assert boss.get(f"{here}/tasks").json() == {"tasks": [made]}


def test_updating_as_the_contract_prints_it(boss: Caller, here: str) -> None:
    task = added(boss, here)
    body = {"status": "completed", "actualTime": 40, "notes": "System test passed. All parameters within normal range."}
    answer = boss.put(f"{here}/tasks/{task['id']}", body)
    shape = answer.json()
    assert answer.status_code == 200
    assert {name: shape[name] for name in body} == body
    assert (shape["completedBy"], shape["answer"], shape["version"]) == (str(boss.member.pk), True, 2)  # type: ignore[union-attr]
    assert answer.headers["ETag"] == '"2"'
    assert boss.get(here).json()["progress"] == 100


def test_an_answer_sent_back_changes_nothing(boss: Caller, here: str) -> None:
    task = added(boss, here, **BAR)
    read = boss.put(f"{here}/tasks/{task['id']}", {"answer": 5.25, "notes": "Warm"}).json()
    again = boss.put(f"{here}/tasks/{task['id']}", read)
    assert (again.status_code, again.json()) == (200, read)


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        ({"answer": 5.5}, "completed", 5.5),
        ({"answer": "5,5"}, "completed", 5.5),
        ({"answer": 7, "confirmed": True}, "failed", 7),
        ({"answer": 7, "status": "failed"}, "failed", 7),
        ({"status": "not_applicable"}, "not_applicable", None),
        ({"answer": None}, "pending", None),
    ],
)
def test_a_reading(boss: Caller, here: str, body: dict[str, Any], status: str, answer: Any) -> None:
    task = added(boss, here, **BAR)
    shape = boss.patch(f"{here}/tasks/{task['id']}", body).json()
    assert (shape["status"], shape["answer"]) == (status, answer)


def test_a_reading_outside_its_limits_is_a_conflict(boss: Caller, here: str) -> None:
    task = added(boss, here, **BAR)
    answer = boss.put(f"{here}/tasks/{task['id']}", {"answer": 7})
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "error": "Reading is outside its limits", "code": "out_of_limits", "field": "answer",
            "reason": "7 bar is above the limit of 6.5 bar. Measure again, or confirm the reading.",
        },
    )  # fmt: skip


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"colour": 1}, "colour"),
    "unknown status": ({"status": "finished"}, "status"),
    "a list for an answer": ({"answer": [1]}, "answer"),
    "a word for a reading": ({"answer": "high"}, "answer"),
    "negative minutes": ({"actualTime": -1}, "actualTime"),
    "half a minute": ({"estimatedTime": 0.5}, "estimatedTime"),
    "limits": ({"minimum": 9}, "minimum"),
    "a condition on itself": (
        {"conditionOn": "self", "conditionOperator": "is", "conditionValue": "pass"},
        "conditionOn",
    ),
    "no place": ({"order": 0}, "order"),
    "no words": ({"description": ""}, "description"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unsound_bodies_are_refused_by_the_name_of_the_field(boss: Caller, here: str, case: str) -> None:
    body, field = REFUSED[case]
    task = added(boss, here, **BAR)
    body = {name: task["id"] if value == "self" else value for name, value in body.items()}
    answer = boss.put(f"{here}/tasks/{task['id']}", body)
    assert (answer.status_code, answer.json()["error"], list(answer.json()["details"])) == (
        400,
        "Invalid task data",
        [field],
    )


def test_each_step_has_a_version_of_its_own(boss: Caller, here: str) -> None:
    first, second = added(boss, here), added(boss, here)
    done = [boss.put(f"{here}/tasks/{one['id']}", {"answer": True}, If_Match='"1"') for one in (first, second)]
    assert [one.status_code for one in done] == [200, 200]
    late = boss.put(f"{here}/tasks/{first['id']}", {"answer": False}, If_Match='"1"')
    assert (late.status_code, late.json()) == (412, {"error": "Task has changed", "currentVersion": 2})


def test_an_id_of_ones_own_and_the_same_one_again(boss: Caller, here: str) -> None:
    pk = "01890000-0000-7000-8000-000000000001"
    assert added(boss, here, id=pk)["id"] == pk
    again = boss.post(f"{here}/tasks", {"id": pk, "description": "Again"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_id")


def test_a_condition_names_an_earlier_step(boss: Caller, here: str) -> None:
    first = added(boss, here, kind="pass_fail")
    then = added(boss, here, conditionOn=first["id"], conditionOperator="is", conditionValue="fail")
    assert (then["applies"], then["conditionOn"]) == (False, first["id"])
    refused = boss.put(f"{here}/tasks/{then['id']}", {"answer": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_asked")
    boss.put(f"{here}/tasks/{first['id']}", {"answer": "fail"})
    assert [task["applies"] for task in boss.get(f"{here}/tasks").json()["tasks"]] == [True, True]


def test_moving_answers_the_new_order(boss: Caller, here: str) -> None:
    tasks = [added(boss, here, description=name) for name in "ABC"]
    moved = boss.post(f"{here}/tasks/{tasks[2]['id']}/move", {"order": 1}).json()["tasks"]
    assert [(task["order"], task["description"]) for task in moved] == [(1, "C"), (2, "A"), (3, "B")]
    by_put = boss.put(f"{here}/tasks/{tasks[2]['id']}", {"order": 3}).json()
    assert by_put["order"] == 3


def test_deleting_says_when(boss: Caller, here: str) -> None:
    task = added(boss, here)
    answer = boss.delete(f"{here}/tasks/{task['id']}")
    assert (answer.status_code, answer.json()["message"], sorted(answer.json())) == (
        200, "Task deleted successfully", ["deletedAt", "message"],
    )  # fmt: skip
    assert boss.get(f"{here}/tasks/{task['id']}").status_code == 404


def test_a_failed_task_leads_to_a_work_order_once(boss: Caller, here: str) -> None:
    task = added(boss, here, **BAR)
    early = boss.post(f"{here}/tasks/{task['id']}/follow-up")
    assert (early.status_code, early.json()["code"]) == (409, "not_failed")
    boss.put(f"{here}/tasks/{task['id']}", {"answer": 7, "confirmed": True})
    made = boss.post(f"{here}/tasks/{task['id']}/follow-up")
    shape = made.json()
    assert (made.status_code, shape["title"], shape["followUpOf"]) == (201, "Oil pressure", here.partition("/")[2])
    assert "Reading: 7 bar (limits: 4 to 6.5 bar)" in shape["description"]
    again = boss.post(f"{here}/tasks/{task['id']}/follow-up")
    assert (again.status_code, again.json()["followUpId"]) == (409, shape["id"])
    assert boss.get(f"{here}/tasks/{task['id']}").json()["followUpId"] == shape["id"]


def test_waiving_needs_a_reason_and_a_permission(boss: Caller, here: str, north: Tenant) -> None:
    task = added(boss, here, required=True)
    assert boss.post(f"{here}/tasks/{task['id']}/waive", {"reason": " "}).status_code == 400
    other = caller(factories.make_member(north, "viewer"))
    refused = other.post(f"{here}/tasks/{task['id']}/waive", {"reason": "No"})
    assert (refused.status_code, refused.json()["permission"]) == (403, "workorder.waive")
    shape = boss.post(f"{here}/tasks/{task['id']}/waive", {"reason": "Machine is sold"}).json()
    assert (shape["status"], shape["waivedBy"], shape["waivedReason"]) == (
        "skipped", str(boss.member.pk), "Machine is sold",  # type: ignore[union-attr]
    )  # fmt: skip


def test_all_ok_where_the_job_allows_it(boss: Caller, here: str, north: Tenant) -> None:
    for kind in ("tick", "pass_fail", "text"):
        added(boss, here, kind=kind)
    refused = boss.post(f"{here}/tasks/all-ok")
    assert (refused.status_code, refused.json()["code"]) == (409, "all_ok_not_allowed")
    with factories.inside(north):
        WorkOrder.objects.filter(pk=here.partition("/")[2]).update(all_ok_allowed=True)
    answered = boss.post(f"{here}/tasks/all-ok").json()["tasks"]
    assert [(task["status"], task["answer"]) for task in answered] == [
        ("completed", True), ("completed", "pass"), ("pending", None),
    ]  # fmt: skip


def test_completing_tells_everything_that_is_missing(boss: Caller, here: str, north: Tenant) -> None:
    added(boss, here)
    added(boss, here, description="Isolate", required=True)
    with factories.inside(north):
        WorkOrder.objects.filter(pk=here.partition("/")[2]).update(
            needs_photo=True, needs_signature=True, needs_failure_code=True
        )
    answer = boss.put(here, {"status": "completed", "progress": 100})
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "error": "Cannot complete work order",
            "reason": "Still missing: step 2, a photo, a signature, a failure code.",
            "code": "incomplete",
            "details": {
                "tasks[1]": "Step 2 is not done: Isolate",
                "photo": "A photo of the work is missing.",
                "signature": "A signature is missing.",
                "failureCode": "Say what failed: choose a failure code.",
            },
        },
    )  # fmt: skip


def test_progress_follows_from_the_tasks(boss: Caller, here: str) -> None:
    assert boss.put(here, {"progress": 60}).json()["progress"] == 60
    task = added(boss, here)
    added(boss, here)
    boss.put(f"{here}/tasks/{task['id']}", {"answer": True})
    assert boss.put(here, {"progress": 50}).status_code == 200
    refused = boss.put(here, {"progress": 60})
    assert (refused.status_code, refused.json()["details"]) == (
        400, {"progress": "Progress follows from the checklist (1 of 2 steps): answer its steps."},
    )  # fmt: skip
    done = boss.put(here, {"status": "completed", "progress": 100})
    assert (done.status_code, done.json()["status"], done.json()["progress"]) == (200, "completed", 50)


def test_a_requester_reads_no_checklist(boss: Caller, north: Tenant) -> None:
    asker = factories.make_member(north, "requester")
    theirs = factories.make_work_order(north, requested_by=asker)
    task = added(boss, f"work-orders/{theirs.pk}")
    ask = caller(asker)
    assert ask.get(f"work-orders/{theirs.pk}/tasks").json() == {"tasks": []}
    assert ask.get(f"work-orders/{theirs.pk}/tasks/{task['id']}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_for_one_and_three(
    boss: Caller, north: Tenant, django_assert_num_queries: Any, count: int
) -> None:
    work_order = factories.make_work_order(north)
    with factories.inside(north):
        actions.add_tasks(work_order, by=None, steps=[{"description": str(number)} for number in range(count)])
    boss.get(f"work-orders/{work_order.pk}/tasks")
    with django_assert_num_queries(5):
        assert len(boss.get(f"work-orders/{work_order.pk}/tasks").json()["tasks"]) == count
