from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from labor.models import Crew, Technician
from tests import factories
from tests.house import House


@pytest.fixture
def manager(house: House, client: Client) -> Client:
    client.force_login(house["manager"].user)
    return client


def test_people_are_shown_with_their_crews_and_rates_only_to_those_who_may(house: House, manager: Client) -> None:
    technician = house["technician"]
    factories.make_crew(house.tenant, [technician], name="Day shift")
    page = manager.get("/people").content.decode()
    assert (technician.name in page, "Day shift" in page, "50.00 EUR" in page) == (True, True, True)
    manager.force_login(house["dispatcher"].user)
    assert "50.00" not in manager.get("/people").content.decode()
    manager.force_login(house["requester"].user)
    assert manager.get("/people").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_same_queries_for_one_person_and_three(
    house: House, manager: Client, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        factories.make_crew(house.tenant, [house[f"technician{number}"]])
    manager.get("/people")
    with django_assert_num_queries(9):
        manager.get("/people")


def test_a_member_becomes_a_technician_and_is_edited(house: House, manager: Client) -> None:
    person = house["storekeeper"]
    assert manager.post("/people/technicians/add", {"member": person.pk, "trade": "Rigger"}).status_code == 302
    data = {"trade": "Fitter", "employee_number": "7", "hourly_rate": "61.50", "is_active": "on"}
    assert manager.post(f"/people/technicians/{person.pk}", data).status_code == 302
    with house.inside():
        found = Technician.objects.get(pk=person.pk)
    assert (found.trade, found.employee_number, str(found.hourly_rate)) == ("Fitter", "7", "61.50")
    assert manager.post(f"/people/technicians/{person.pk}", {"hourly_rate": "-1"}).status_code == 422


def test_a_crew_is_made_and_its_lead_is_one_of_it(house: House, manager: Client) -> None:
    first, second = house["technician"], house["technician2"]
    data = {"name": "Day shift", "technicians": [first.pk], "is_active": "on"}
    wrong = manager.post("/people/crews/add", data | {"lead": second.pk})
    assert (wrong.status_code, b"The lead is one of the crew" in wrong.content) == (422, True)
    assert manager.post("/people/crews/add", data | {"lead": first.pk}).status_code == 302
    with house.inside():
        crew = Crew.objects.get()
    changed = {"name": "Night shift", "technicians": [second.pk], "lead": second.pk, "is_active": "on"}
    assert manager.post(f"/people/crews/{crew.pk}", changed).status_code == 302
    with house.inside():
        assert list(crew.memberships.values_list("technician_id", flat=True)) == [second.pk]


@pytest.mark.parametrize("kind", ["technicians", "crews"])
def test_another_tenants_people_are_not_there(house: House, stranger: House, manager: Client, kind: str) -> None:
    theirs = stranger["technician"].pk if kind == "technicians" else factories.make_crew(stranger.tenant).pk
    assert [manager.get(f"/people/{kind}/{pk}").status_code for pk in (theirs, uuid4())] == [404, 404]
