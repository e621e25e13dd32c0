"""Doors of job plans: pages without scripts, API and admin leave the same facts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tenancy.models import User
from tests import factories
from tests.api.conftest import caller
from tests.house import House
from tests.racing import race
from workorders import actions, plans
from workorders.models import JobPlan, JobPlanVersion, Task, WorkOrder


def sign_in(client: Client, house: House, name: str) -> Client:
    client.force_login(User.objects.get(pk=house[name].user_id))
    return client


def facts(house: House, pk: Any) -> tuple[Any, ...]:
    with house.inside():
        plan = JobPlan.objects.get(pk=pk)
        versions = [plans.content_of(one) for one in JobPlanVersion.objects.filter(plan=plan).order_by("number")]
    events = [kind for kind, *_ in house.events(object_id=plan.pk)]
    return plan.summary, plan.category_id, plan.is_active, plan.version, versions, events


def rows(steps: list[dict[str, Any]], parts: list[dict[str, Any]], kept: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """The formsets as a browser without scripts sends them, with an empty row at the end of each."""
    data: dict[str, Any] = {}
    for prefix, found, initial in (("steps", steps, kept[0]), ("parts", parts, kept[1])):
        data |= {f"{prefix}-TOTAL_FORMS": len(found) + 1, f"{prefix}-INITIAL_FORMS": initial}
        for index, row in enumerate(found):
            data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data


STEPS = [
    {"description": "Isolate", "kind": "tick", "required": "on", "ORDER": 1, "estimated_minutes": 5},
    {"description": "Pressure", "kind": "number", "unit": "bar", "lowest": "2", "highest": "4", "ORDER": 2},
    {"description": "Seal", "kind": "choice", "options": "Dry\nRuns", "ORDER": 3},
    {"description": "Photo", "kind": "photo", "condition_on": "2", "condition_operator": "is", "condition_value": "Runs",
     "ORDER": 4},
]  # fmt: skip
BODY: dict[str, Any] = {
    "title": "Round", "description": "Weekly", "type": "inspection", "priority": "low", "estimatedDuration": 0.75,
    "skills": ["Mechanical"], "tools": ["Torch"], "safetyRequirements": ["ppe"], "needsPhoto": True,
    "tasks": [
        {"description": "Isolate", "kind": "tick", "required": True, "estimatedTime": 5},
        {"description": "Pressure", "kind": "number", "unit": "bar", "minimum": 2, "maximum": 4},
        {"description": "Seal", "kind": "choice", "options": ["Dry", "Runs"]},
        {"description": "Photo", "kind": "photo", "conditionOn": 3, "conditionOperator": "is", "conditionValue": "Runs"},
    ],
}  # fmt: skip
HEAD = {
    "summary": "Every week", "title": "Round", "description": "Weekly", "type": "inspection", "priority": "low",
    "estimated_minutes": "0.75", "skills": "Mechanical", "tools": "Torch", "safety_requirements": "ppe", "needs_photo": "on",
}  # fmt: skip


def test_page_and_api_leave_the_same_facts(house: House, client: Client) -> None:
    part = factories.make_part(house.tenant, number="SEAL-1", name="Seal")
    api = caller(house["dispatcher"])
    needed = [{"partId": str(part.pk), "quantity": 2}]
    made = api.post("job-plans", BODY | {"name": "By API", "summary": "Every week", "requiredParts": needed})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    changed = [*BODY["tasks"][:2], {"description": "Sweep"}]
    answer = api.put(f"job-plans/{pk}", {"tasks": changed, "needsPhoto": False}, If_Match='"1"')
    assert answer.status_code == 200, answer.content
    page = sign_in(client, house, "dispatcher")
    sent = HEAD | rows(STEPS, [{"part": "seal-1", "quantity": "2"}]) | {"name": "By page"}
    response = page.post("/job-plans/add", sent)
    assert response.status_code == 302, response.content.decode()[-3000:]
    own = UUID(response.headers["Location"].rpartition("/")[2])
    head = {name: value for name, value in HEAD.items() if name != "needs_photo"}
    later = [
        STEPS[0],
        STEPS[1],
        STEPS[2] | {"DELETE": "on"},
        STEPS[3] | {"DELETE": "on"},
        {"description": "Sweep", "ORDER": 5},
    ]
    sent = head | rows(later, [{"part": "SEAL-1 · Seal", "quantity": "2"}], (4, 1)) | {"name": "By page", "version": 1}
    assert page.post(f"/job-plans/{own}/edit", sent).status_code == 302
    assert facts(house, pk) == facts(house, own)
    assert facts(house, own)[5] == ["job_plan.created", "job_plan.revised"]
    assert len(facts(house, own)[4]) == 2


def test_a_condition_stays_with_its_row_when_rows_are_ordered(house: House, client: Client) -> None:
    page = sign_in(client, house, "dispatcher")
    order = {0: 3, 1: 4, 2: 1, 3: 2}
    moved = [step | {"ORDER": order[index]} for index, step in enumerate(STEPS)]
    response = page.post("/job-plans/add", HEAD | rows(moved, []) | {"name": "Moved"})
    found = facts(house, response.headers["Location"].rpartition("/")[2])[4][0]["steps"]
    assert [(step["description"], step["condition_on"]) for step in found] == [
        ("Seal", None), ("Photo", 1), ("Isolate", None), ("Pressure", None),
    ]  # fmt: skip


def test_a_refusal_stands_at_its_row_and_nothing_is_lost(house: House, client: Client) -> None:
    page, before = sign_in(client, house, "dispatcher"), house.marks()
    steps = [STEPS[0], STEPS[1] | {"lowest": "9"}, STEPS[3]]
    answer = page.post("/job-plans/add", HEAD | rows(steps, [{"part": "NONE", "quantity": "1"}]) | {"name": "x"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no part with the number “NONE”." in text
    answer = page.post("/job-plans/add", HEAD | rows(steps, []) | {"name": "x"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "The lower limit lies above the upper one." in text
    assert 'value="Pressure"' in text
    assert house.marks() == before


def test_more_rows_without_scripts(house: House, client: Client) -> None:
    page, before = sign_in(client, house, "dispatcher"), house.marks()
    answer = page.post("/job-plans/add", HEAD | rows(STEPS, []) | {"name": "x", "more-steps": "1"})
    text = answer.content.decode()
    assert (answer.status_code, house.marks()) == (200, before)
    assert 'name="steps-9-description"' in text
    assert 'value="Pressure"' in text


def test_the_editor_tells_of_a_version_that_somebody_else_made(house: House, client: Client) -> None:
    plan = factories.make_plan(house.tenant, by=house["dispatcher"], name="Round")
    with house.inside():
        actions.revise_plan(plan, by=house["manager"], content={"title": "Other"})
    page, before = sign_in(client, house, "dispatcher"), house.marks()
    answer = page.post(f"/job-plans/{plan.pk}/edit", HEAD | rows(STEPS, []) | {"name": "Round", "version": 1})
    assert (answer.status_code, house.marks()) == (422, before)
    api = caller(house["dispatcher"])
    refused = api.put(f"job-plans/{plan.pk}", {"title": "x"}, If_Match='"1"')
    assert (refused.status_code, refused.json()["currentVersion"]) == (412, 2)


def test_the_pages_show_plans_and_where_they_are_used(house: House, client: Client) -> None:
    plan = factories.make_plan(house.tenant, by=house["dispatcher"], name="Round of pumps")
    with house.inside():
        work_order = actions.report(by=house["dispatcher"], plan=plan, title="Round on Monday")
        actions.revise_plan(plan, by=house["dispatcher"], content={"needs_photo": True})
    page = sign_in(client, house, "dispatcher")
    assert "Round of pumps" in page.get("/job-plans?search=pumps").content.decode()
    assert "No job plan fits" in page.get("/job-plans?search=zzz").content.decode()
    text = page.get(f"/job-plans/{plan.pk}").content.decode()
    for words in ("Round on Monday", "Photo on completion: yes", "Version 2", "Isolate", "Use this plan"):
        assert words in text
    detail = page.get(f"/work-orders/{work_order.pk}").content.decode()
    assert "Version 1; the plan is at version 2 now" in detail
    assert "Save as job plan" in detail
    sign_in(client, house, "technician")
    assert client.get(f"/job-plans/{plan.pk}").status_code == 200
    assert client.get(f"/job-plans/{plan.pk}/edit").status_code == 403
    assert sign_in(client, house, "requester").get("/job-plans").status_code == 403


def test_using_applying_and_keeping_by_page_and_api(house: House, client: Client) -> None:
    plan = factories.make_plan(house.tenant, by=house["dispatcher"], name="Round", description="Weekly")
    page, api = sign_in(client, house, "dispatcher"), caller(house["dispatcher"])
    form = page.get(f"/report?plan={plan.pk}").content.decode()
    assert f'value="{plan.pk}"' in form
    assert "Weekly" in form
    said = {"title": "Mine", "description": "Weekly", "priority": "low", "type": "inspection", "plan": str(plan.pk)}
    made = [page.post("/report", said).headers["Location"].rpartition("/")[2]]
    made.append(
        api.post(
            "work-orders", {"title": "Mine", "priority": "low", "type": "inspection", "jobPlanId": str(plan.pk)}
        ).json()["id"]
    )
    bare = [house.work(title="Mine"), house.work(title="Mine")]
    assert page.post(f"/work-orders/{bare[0].pk}/apply-plan", {"plan": str(plan.pk)}).status_code == 302
    assert api.post(f"work-orders/{bare[1].pk}/apply-plan", {"jobPlanId": str(plan.pk)}).status_code == 200
    with house.inside():
        for pair in (made, [one.pk for one in bare]):
            found = [WorkOrder.objects.get(pk=pk) for pk in pair]
            told = [
                (one.title, one.description, one.type_id, one.priority_id, one.plan_version_id,
                 list(one.tasks.order_by("position").values_list("description", "kind", "unit")))
                for one in found
            ]  # fmt: skip
            assert told[0] == told[1]
            assert [text for text, *_ in told[0][5]] == ["Isolate", "Pressure"]
    again = api.post(f"work-orders/{bare[1].pk}/apply-plan", {"jobPlanId": str(plan.pk)})
    assert (again.status_code, again.json()["code"]) == (409, "applied")
    kept = page.post(f"/work-orders/{made[0]}/job-plan").headers["Location"].split("/")[2]
    other = api.post(f"work-orders/{made[0]}/job-plan", {}).json()["id"]
    assert facts(house, kept)[4] == facts(house, other)[4]


def test_copy_retire_and_the_library_by_page_and_api(house: House, client: Client) -> None:
    plan = factories.make_plan(house.tenant, by=house["dispatcher"], name="Round")
    page, api = sign_in(client, house, "dispatcher"), caller(house["dispatcher"])
    copied = page.post(f"/job-plans/{plan.pk}/copy").headers["Location"].split("/")[2]
    assert facts(house, copied)[4] == facts(house, api.post(f"job-plans/{plan.pk}/copy", {}).json()["id"])[4]
    assert page.post(f"/job-plans/{plan.pk}/switch").status_code == 302
    assert api.get("job-plans?archived=true").json()[0]["name"] == "Round"
    assert api.patch(f"job-plans/{plan.pk}", {"isActive": True}).json()["isActive"] is True
    assert api("DELETE", f"job-plans/{plan.pk}").json()["message"] == "Job plan archived"
    assert page.post("/job-plans/library", {"keys": ["pump-round", "fire-doors"]}).status_code == 302
    assert page.post("/job-plans/library", {}).status_code == 422
    assert len(api.post("job-plans/library", {"keys": ["pump-round", "lift-monthly"]}).json()["jobPlanIds"]) == 1
    there = {one["key"] for one in api.get("job-plans/library").json() if one["jobPlanId"]}
    assert there == {"pump-round", "fire-doors", "lift-monthly"}
    assert "is here already" in page.get("/job-plans/library").content.decode()


def test_problems_are_named_by_the_api_s_paths(house: House) -> None:
    api = caller(house["dispatcher"])
    tasks = [{"description": "x", "minimum": 3, "maximum": 2}, {"description": "y", "kind": "choice", "conditionOn": 9}]
    refused = api.post("job-plans", {"name": "x", "title": "x", "tasks": tasks, "type": "party"})
    assert refused.status_code == 400
    assert set(refused.json()["details"]) == {"type"}
    refused = api.post("job-plans", {"name": "x", "title": "x", "tasks": tasks})
    assert set(refused.json()["details"]) == {"tasks[0].minimum", "tasks[1].options", "tasks[1].conditionOn"}


def test_an_answer_sent_back_changes_nothing(house: House) -> None:
    api = caller(house["dispatcher"])
    part = factories.make_part(house.tenant)
    needed = [{"partId": str(part.pk), "quantity": 1.5}]
    made = api.post("job-plans", BODY | {"name": "Round", "requiredParts": needed}).json()
    before = house.marks()
    answer = api.put(f"job-plans/{made['id']}", made)
    assert (answer.status_code, answer.json()) == (200, made)
    assert house.marks() == before


def test_queries_do_not_grow(house: House, django_assert_num_queries: Any) -> None:
    few = factories.make_plan(house.tenant, by=house["dispatcher"])
    many = factories.make_plan(
        house.tenant, by=house["dispatcher"], steps=[{"description": f"Step {number}"} for number in range(20)],
        parts=[{"part": factories.make_part(house.tenant), "quantity": 1} for _ in range(5)],
    )  # fmt: skip
    lone = factories.make_plan(
        house.tenant, by=house["dispatcher"], parts=[{"part": factories.make_part(house.tenant), "quantity": 1}]
    )
    counts = []
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with house.inside():
        actions.report(by=house["dispatcher"], plan=few)  # what is read once for all is read now
    for plan in (lone, many):
        with house.inside(), CaptureQueriesContext(connection) as asked:
            actions.report(by=house["dispatcher"], plan=plan)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    api = caller(house["dispatcher"])
    api.get(f"job-plans/{few.pk}")
    counts = []
    for plan in (few, many):
        with CaptureQueriesContext(connection) as asked:
            api.get(f"job-plans/{plan.pk}")
        counts.append(len(asked))
    assert counts[0] == counts[1]
    with house.inside():
        assert Task.objects.count() == 24


@pytest.mark.usefixtures("committed")
def test_two_revisions_at_once_take_turns() -> None:
    house = House.build()
    plan, by = factories.make_plan(house.tenant, by=house["dispatcher"]), house["dispatcher"]
    outcomes = race(
        house.tenant,
        lambda: actions.revise_plan(plan, by=by, content={"title": "First"}),
        lambda: actions.revise_plan(plan, by=by, content={"needs_photo": True}),
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["JobPlan", "JobPlan"]
    with house.inside():
        found = [(one.number, one.title, one.needs_photo) for one in JobPlanVersion.objects.order_by("number")]
    assert found[1:] == [(2, "First", False), (3, "First", True)]


@pytest.mark.usefixtures("committed")
def test_two_installations_at_once_install_once() -> None:
    house = House.build()
    by = house["dispatcher"]
    install = lambda: actions.install_plans(by=by, keys=["pump-round"])  # noqa: E731
    outcomes = race(house.tenant, install, install)
    assert [len(outcome) for outcome in outcomes] == [1, 0]
