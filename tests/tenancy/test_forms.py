"""One form, several acts: all of them or none; and a form of one organisation never lands in another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tenancy.models import User
from tests import factories
from tests.house import House
from workorders.models import WorkOrder


@pytest.fixture
def admin(house: House, client: Client) -> Client:
    client.force_login(User.objects.get(pk=house["admin"].user_id))
    return client


def test_a_matrix_of_which_one_role_is_refused_saves_no_role(house: House, admin: Client) -> None:
    """Two roles are changed; the second was changed by somebody else meanwhile. Neither is saved, and the page says so."""
    with house.inside():
        roles = list(type(house.role("viewer")).objects.order_by("-is_admin", "name"))
    data: dict[str, Any] = {f"role-{role.pk}": role.permissions for role in roles}
    data |= {f"version-{role.pk}": str(role.version) for role in roles}
    first, last = roles[1], roles[-1]
    data[f"role-{first.pk}"] = ["asset.view"]
    data[f"role-{last.pk}"] = ["asset.view"]
    data[f"version-{last.pk}"] = "0"
    answer = admin.post("/settings/roles", data)
    assert answer.status_code == 422
    assert house.read(first).permissions == first.permissions
    assert house.read(last).permissions == last.permissions
    data[f"version-{last.pk}"] = str(last.version)
    assert admin.post("/settings/roles", data).status_code == 302
    assert [house.read(role).permissions for role in (first, last)] == [["asset.view"], ["asset.view"]]


def test_a_form_opened_before_switching_saves_nothing_in_the_other_organisation(house: House, stranger: House) -> None:
    """Row 17: two tabs; the second still shows the first organisation."""
    user = factories.make_user("both@example.com")
    for one in (house, stranger):
        factories.make_member(one.tenant, "requester", user=user, email="both@example.com")
    client = Client()
    client.force_login(user)
    client.post("/switch", {"tenant": house.tenant.slug})
    page = client.get("/report").content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert hidden["_tenant"] == house.tenant.slug
    client.post("/switch", {"tenant": stranger.tenant.slug})
    answer = client.post("/report", {"title": "Pump leaks"} | hidden)
    assert answer.status_code == 409
    for one in (house, stranger):
        with one.inside():
            assert WorkOrder.objects.count() == 0
    client.post("/switch", {"tenant": house.tenant.slug})
    assert client.post("/report", {"title": "Pump leaks"} | hidden).status_code == 302
    with house.inside():
        assert WorkOrder.objects.get().title == "Pump leaks"


def test_one_switches_only_to_where_one_is_a_member(house: House, stranger: House, admin: Client) -> None:
    for slug in (stranger.tenant.slug, "", "nowhere", "-"):
        assert admin.post("/switch", {"tenant": slug}).status_code == 404
    assert admin.get("/switch").status_code == 405
    header = admin.get("/work-orders", headers={"X-Tenant": stranger.tenant.slug})
    assert header.status_code == 403
