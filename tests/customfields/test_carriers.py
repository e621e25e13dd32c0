"""Assets and parts carry custom fields through act, API and page."""

from __future__ import annotations

from typing import Any

import pytest

from customfields import actions as customfields
from tests import factories
from tests.api.conftest import caller
from tests.house import House

NEW = {"assets": {"name": "Pump", "tag": "P-1"}, "parts": {"name": "Bearing", "number": "B-1"}}
FORM = {
    "assets": {"name": "Pump", "tag": "P-2", "criticality": "medium"},
    "parts": {"name": "Bearing", "number": "B-2", "unit": "each", "unit_cost": "1"},
}


@pytest.fixture(params=["asset", "part"])
def carrier(house: House, request: Any) -> str:
    with house.inside():
        customfields.add_field(by=house["admin"], entity=request.param, name="Owner", kind="person", required=True)
        customfields.add_field(by=house["admin"], entity=request.param, name="Manual", kind="link")
    house.people.clear()
    return f"{request.param}s"


def test_the_api_takes_shows_and_refuses(house: House, carrier: str) -> None:
    boss, owner = caller(house["admin"]), str(house["viewer"].pk)
    refused = boss.post(carrier, NEW[carrier] | {"custom": {"manual": "javascript:alert(1)"}})
    assert (refused.status_code, refused.json()["details"]) == (
        400,
        {"custom.manual": "Use an address such as https://example.com/manual.", "custom.owner": "Fill in “Owner”."},
    )
    made = boss.post(carrier, NEW[carrier] | {"custom": {"owner": owner, "manual": "https://example.com/m"}})
    assert (made.status_code, made.json()["custom"]) == (201, {"owner": owner, "manual": "https://example.com/m"})
    here = f"{carrier}/{made.json()['id']}"
    assert boss.put(here, {"custom": {"manual": None}}).json()["custom"] == {"owner": owner}
    assert boss.put(here, {"name": "Other"}).json()["custom"] == {"owner": owner}


def test_the_form_asks_and_the_page_shows(house: House, carrier: str, client: Any) -> None:
    owner = house["viewer"]
    client.force_login(house["admin"].user)
    empty = client.post(f"/{carrier}/add", FORM[carrier])
    assert empty.status_code == 422
    done = client.post(
        f"/{carrier}/add", FORM[carrier] | {"custom_owner": str(owner.pk), "custom_manual": "https://example.com/m"}
    )
    assert done.status_code == 302, done.content
    page = client.get(done["Location"]).content.decode()
    assert owner.name in page
    assert "https://example.com/m" in page


def test_the_system_adds_without_being_asked(house: House, carrier: str) -> None:
    made = factories.make_asset(house.tenant) if carrier == "assets" else factories.make_part(house.tenant)
    assert house.read(made).custom == {}
