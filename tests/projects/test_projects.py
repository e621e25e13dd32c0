"""Projects: acts, budget against cost, who sees them, pages and API."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from projects import actions
from projects.figures import Figures
from projects.models import Project, ProjectMember
from tests.api.conftest import caller
from tests.house import House
from workorders import actions as of_work


def make(house: House, code: str = "P-1", **fields: Any) -> Project:
    with house.inside():
        return actions.add_project(by=house["manager"], code=code, name=fields.pop("name", "New line"), **fields)


def job(house: House, project: Project, cost: Any = 0, meaning: str = "") -> Any:
    work_order = house.work(meaning)
    with house.inside():
        type(work_order).objects.filter(pk=work_order.pk).update(project=project)
        if cost:
            of_work.add_cost(work_order, by=None, kind="other", amount=Decimal(cost), description="Lump sum")
    return house.read(work_order)


def test_a_project_with_its_people(house: House) -> None:
    by, lead, other = house["manager"], house["technician"], house["technician2"]
    seen = house.last_event()
    project = make(house, led_by=lead, members=[lead, other], budget=Decimal(1000), starts_on=dt.date(2026, 1, 1))
    with house.inside():
        assert set(ProjectMember.objects.values_list("member_id", flat=True)) == {lead.pk, other.pk}
        actions.set_project_members(project, by=by, members=[other])
        assert set(ProjectMember.objects.values_list("member_id", flat=True)) == {other.pk}
        actions.update_project(project, by=by, changes={"name": "Line 4", "budget": Decimal("1500.50")})
    assert house.read(project).version == 3
    assert [(kind, actor) for kind, actor, _ in house.events(after=seen)] == [
        ("project.created", by.pk), ("project.updated", by.pk), ("project.updated", by.pk),
    ]  # fmt: skip
    before = house.marks()
    with house.inside():
        actions.update_project(project, by=by, changes={"name": "Line 4", "members": [other]})
    assert house.marks() == before


def test_refusals(house: House, stranger: House) -> None:
    project, by = make(house), house["manager"]
    theirs = stranger["manager"]
    for wrong, field in (
        ({"code": "p-1"}, ""), ({"code": ""}, "code"), ({"code": "X", "name": ""}, "name"), ({"code": "X", "budget": Decimal(-1)}, ""),
        ({"code": "X", "starts_on": dt.date(2026, 2, 1), "ends_on": dt.date(2026, 1, 1)}, "ends_on"),
        ({"code": "X", "led_by": theirs}, "led_by"), ({"code": "X", "members": [theirs]}, "members"),
        ({"code": "X", "budget_spent_warning": 101}, ""), ({"code": "X", "status": "dreaming"}, "status"),
    ):  # fmt: skip
        with house.refuses(Invalid, field=field):
            actions.add_project(by=by, **({"name": "New"} | wrong))
    for name in ("dispatcher", "technician", "viewer"):
        member = house[name]
        with house.refuses(PermissionDenied, permission="project.edit"):
            actions.update_project(project, by=member, changes={"name": "x"})
        with house.refuses(PermissionDenied, permission="project.edit"):
            actions.close_project(project, by=member)
    with house.refuses(Stale):
        actions.update_project(project, by=by, changes={"name": "x"}, expected_version=7)
    with house.refuses(NotFound):
        actions.close_project(make(stranger), by=by)


def test_closing_takes_that_its_work_is_done(house: House) -> None:
    project, by = make(house), house["manager"]
    open_job = job(house, project)
    job(house, project, meaning="completed")
    for act in (
        lambda: actions.close_project(project, by=by),
        lambda: actions.update_project(project, by=by, changes={"status": "completed"}),
    ):
        with house.refuses(Conflict, code="open_work", field="status"):
            act()
    with house.inside():
        of_work.cancel(open_job, by=by, reason="Not needed")
        assert actions.close_project(project, by=by).status == "completed"
    with house.refuses(Conflict, code="completed"):
        actions.close_project(project, by=by)
    other = make(house, "P-2")
    job(house, other)
    with house.inside():
        assert actions.close_project(other, by=by, cancel=True).status == "cancelled"


@pytest.mark.parametrize(
    ("budget", "spent", "variance", "percent", "near", "over"),
    [
        (None, 500, None, None, False, False),
        (1000, 0, 1000, 0, False, False),
        (1000, 799, 201, 79, False, False),
        (1000, 800, 200, 80, True, False),
        (1000, 1000, 0, 100, True, False),
        (1000, "1000.01", "-0.01", 100, False, True),
        (0, 0, 0, 0, False, False),
        (0, 1, -1, 100, False, True),
    ],
)
def test_figures(budget: Any, spent: Any, variance: Any, percent: Any, near: bool, over: bool) -> None:
    found = Figures(None if budget is None else Decimal(budget), Decimal(spent), 80)
    assert (found.variance, found.percent, found.near, found.over) == (
        None if variance is None else Decimal(variance), percent, near, over,
    )  # fmt: skip


def test_spent_is_the_sum_of_all_its_work_also_for_its_people(house: House) -> None:
    lead, other = house["technician"], house["technician2"]
    project = make(house, members=[lead, other], led_by=lead)
    for amount in (100, 20, 3):
        job(house, project, amount)
    job(house, make(house, "P-2"), 5000)
    with house.inside():
        for member in (house["manager"], lead, other):
            found = Project.objects.visible_to(member).with_figures().get(code="P-1")
            assert (found.spent, found.jobs, found.open_jobs) == (123, 3, 3), member.name
        assert not Project.objects.visible_to(house["requester"]).exists()


def test_the_api(house: House) -> None:
    boss, viewer, lead = caller(house["manager"]), caller(house["viewer"]), house["technician"]
    body = {
        "code": "P-7",
        "name": "Chiller",
        "budget": 1000,
        "ledBy": str(lead.pk),
        "memberIds": [str(lead.pk)],
        "startsOn": "2026-01-01",
    }
    made = boss.post("projects", body)
    assert made.status_code == 201
    pk = made.json()["id"]
    project = house.read(Project(pk=pk))
    job(house, project, 1250)
    found = boss.get(f"projects/{pk}").json()
    assert {name: found[name] for name in ("spent", "variance", "percentSpent", "overBudget", "workOrders", "memberIds", "ledByName")} == {
        "spent": 1250, "variance": -250, "percentSpent": 125, "overBudget": True, "workOrders": 1,
        "memberIds": [str(lead.pk)], "ledByName": lead.name,
    }  # fmt: skip
    assert not {"budget", "spent", "variance"} & viewer.get(f"projects/{pk}").json().keys()
    assert viewer.patch(f"projects/{pk}", {"name": "x"}).status_code == 403
    assert caller(lead).get(f"projects/{pk}").status_code == 200
    assert caller(house["technician2"]).get(f"projects/{pk}").status_code == 404
    assert boss.patch(f"projects/{pk}", {"name": "x"}, **{"If-Match": '"9"'}).status_code == 412
    refused = boss.patch(f"projects/{pk}", {"status": "completed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "open_work")
    assert boss.patch(f"projects/{pk}", {"budget": None, "memberIds": []}).json()["variance"] is None
    assert [one["code"] for one in boss.get("projects?status=planned&search=chill").json()] == ["P-7"]
    assert set(boss.get("projects?status=dreaming").json()["details"]) == {"status"}
    again = boss.patch(f"projects/{pk}", boss.get(f"projects/{pk}").json())  # what was read may be sent back
    assert again.status_code == 200


def test_work_orders_name_their_project(house: House, client: Client) -> None:
    project, call = make(house), caller(house["dispatcher"])
    made = call.post("work-orders", {"title": "Leak", "projectId": str(project.pk)}).json()
    assert made["projectId"] == str(project.pk)
    call.post("work-orders", {"title": "Other"})
    assert [one["title"] for one in call.get(f"work-orders?projectId={project.pk}").json()] == ["Leak"]
    client.force_login(house["dispatcher"].user)
    page = client.get(f"/work-orders?open=any&projectId={project.pk}").content.decode()
    assert ("Leak" in page, ">Other<" in page) == (True, False)


def test_pages(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    form = {"code": "P-9", "name": "Chiller", "status": "active", "budget": "1000", "budget_spent_warning": "80"}
    done = client.post("/projects/add", form)
    href = done.headers["Location"]
    with house.inside():
        project = Project.objects.get(code="P-9")
    job(house, project, 850)
    page = client.get(href).content.decode()
    assert "The budget is nearly spent" in page
    assert "150.00" in page
    listed = client.get("/projects").content.decode()
    assert "850.00 of 1,000.00 EUR" in listed
    refused = client.post(f"{href}/edit", form | {"code": ""})
    assert refused.status_code == 422
    assert (
        client.post(
            f"{href}/edit", form | {"name": "Chiller 2", "version": str(house.read(project).version)}
        ).status_code
        == 302
    )
    assert client.post(f"{href}/close").status_code == 409
    assert client.post(f"{href}/close", {"cancel": "1"}).status_code == 302
    assert "Chiller 2" in client.get("/projects?over=1").content.decode()
    client.force_login(house["viewer"].user)
    assert "850.00" not in client.get(href).content.decode()
    assert client.post(f"{href}/close").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        job(house, make(house, f"P-{number}", led_by=house["manager"]), 10)
    client.force_login(house["manager"].user)
    client.get("/projects")
    with django_assert_num_queries(7):
        client.get("/projects")
    call = caller(house["manager"])
    call.get("projects")
    with django_assert_num_queries(5):
        assert len(call.get("projects").json()) == count


def test_the_forms_put_work_into_a_project_and_keep_one_that_is_over(house: House, client: Client) -> None:
    project, over = make(house), make(house, "P-OVER", name="Old line")
    kept = job(house, over)
    with house.inside():
        type(over).objects.filter(pk=over.pk).update(status="cancelled")
    client.force_login(house["dispatcher"].user)
    form = {"title": "Leak", "priority": "medium", "type": "corrective", "project": str(project.pk)}
    assert client.post("/report", form).status_code == 302
    assert client.post("/report", form | {"project": str(over.pk)}).status_code == 422
    assert house.read(Project(pk=project.pk)).pk == project.pk
    with house.inside():
        assert [one.title for one in project.work_orders.all()] == ["Leak"]
    assert client.post(f"/work-orders/{kept.pk}/edit", form | {"project": str(over.pk)}).status_code == 302
    assert house.read(kept).project_id == over.pk
    assert "Old line" in client.get(f"/work-orders/{kept.pk}").content.decode()
    assert client.post(f"/work-orders/{kept.pk}/edit", form | {"project": ""}).status_code == 302
    assert house.read(kept).project_id is None
