from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.house import House
from workorders.models import WorkOrder


def only(house: House) -> Any:
    with house.inside():
        return WorkOrder.objects.select_related("priority", "type", "asset", "location", "assigned_to").get()


def test_a_dispatcher_reports_with_everything_at_once(house: House, client: Client) -> None:
    place = factories.make_location(house.tenant)
    asset, technician = factories.make_asset(house.tenant, location=place), house.profile()
    client.force_login(house["dispatcher"].user)
    done = client.post(
        "/report",
        {
            "title": "Leak",
            "description": "Left side",
            "asset": asset.pk,
            "priority": "high",
            "type": "emergency",
            "due_at": "2026-12-01T08:30",
            "estimated_minutes": "2.5",
            "assigned_to": technician.pk,
        },
    )
    made = only(house)
    assert done.headers["Location"] == f"/work-orders/{made.pk}"
    assert (made.title, made.description, made.priority.key, made.type.key) == (
        "Leak",
        "Left side",
        "high",
        "emergency",
    )
    assert (made.asset, made.location, made.assigned_to.pk) == (asset, place, technician.pk)
    assert (made.due_at.isoformat(), made.estimated_minutes) == ("2026-12-01T08:30:00+00:00", 150)
    assert (made.meaning, made.requested_by_id) == ("assigned", house["dispatcher"].pk)


def test_dates_are_read_in_the_tenants_time_zone(client: Client, db: None) -> None:
    house = House(factories.make_tenant(time_zone="Australia/Perth"))
    client.force_login(house["dispatcher"].user)
    client.post("/report", {"title": "Leak", "priority": "low", "type": "corrective", "due_at": "2026-12-01T08:00"})
    assert only(house).due_at.isoformat() == "2026-12-01T00:00:00+00:00"


def test_a_requester_has_two_fields_and_an_asset(house: House, client: Client) -> None:
    client.force_login(house["requester"].user)
    page = client.get("/report").content.decode()
    names = set(re.findall(r'name="(\w+)"', page[page.index("<form class=") :]))
    assert names - {"csrfmiddlewaretoken", "_tenant"} == {"title", "description", "asset", "asset_q", "find"}
    client.post("/report", {"title": "Door squeaks", "priority": "critical", "assigned_to": house.profile().pk})
    made = only(house)
    assert (made.title, made.priority.key, made.assigned_to) == ("Door squeaks", "medium", None)


def test_a_missing_title_is_said_at_its_field_and_the_rest_is_kept(house: House, client: Client) -> None:
    client.force_login(house["requester"].user)
    refused = client.post("/report", {"title": " ", "description": "It drips"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert re.search(r'id="id_title_error"><li>This field is required\.', page)
    assert "It drips" in page


def test_assets_are_found_by_a_button_without_scripts_and_by_fragment_with_them(house: House, client: Client) -> None:
    found = factories.make_asset(house.tenant, name="Cooling pump", tag="P-7")
    factories.make_asset(house.tenant, name="Fan", tag="F-1")
    client.force_login(house["requester"].user)
    answers = [
        client.post("/report", {"title": "Leak", "asset_q": "pump", "find": "1"}),
        client.get("/report/assets?asset_q=p-7"),
    ]
    for answer in answers:
        values = re.findall(r'name="asset" value="([^"]*)"', answer.content.decode())
        assert (answer.status_code, values) == (200, ["", str(found.pk)])
    with house.inside():
        assert not WorkOrder.objects.exists()
    assert b"Nothing fits" in client.get("/report/assets?asset_q=crane").content


def test_another_tenants_asset_cannot_be_named(house: House, stranger: House, client: Client) -> None:
    theirs = factories.make_asset(stranger.tenant, name="Their pump")
    client.force_login(house["dispatcher"].user)
    data = {"title": "Leak", "priority": "low", "type": "corrective", "asset": theirs.pk}
    assert client.post("/report", data).status_code == 404
    assert client.get(f"/report?asset={theirs.pk}").status_code == 404
    assert b"Their pump" not in client.get("/report/assets?asset_q=pump").content
    with house.inside():
        assert not WorkOrder.objects.exists()


def test_a_form_of_another_organisation_is_refused(house: House, client: Client) -> None:
    client.force_login(house["requester"].user)
    refused = client.post("/report", {"title": "Leak", "_tenant": "somebody-else"})
    assert refused.status_code == 409
    with house.inside():
        assert not WorkOrder.objects.exists()


def test_editing_changes_what_was_changed_and_nothing_else(house: House, client: Client) -> None:
    asset = factories.make_asset(house.tenant)
    work_order = house.work(title="Leak", description="Left", asset=asset)
    client.force_login(house["dispatcher"].user)
    href = f"/work-orders/{work_order.pk}/edit"
    page = client.get(href).content.decode()
    assert 'value="Leak"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    data = {
        "title": "Big leak",
        "description": "Left",
        "priority": "medium",
        "type": "corrective",
        "asset": asset.pk,
        "version": version.group(1),
    }
    assert client.post(href, data).status_code == 302
    assert house.events(type="work_order.updated") == [
        ("work_order.updated", house["dispatcher"].pk, {"title": ["Leak", "Big leak"]})
    ]
    stale = client.post(href, data | {"title": "Huge leak"})
    assert stale.status_code == 422
    assert house.read(work_order).title == "Big leak"


@pytest.mark.parametrize(("person", "status"), [("technician", 403), ("viewer", 403), ("requester", 404)])
def test_editing_is_for_editors(house: House, client: Client, person: str, status: int) -> None:
    work_order = house.work("assigned", to="technician")
    client.force_login(house[person].user)
    assert client.get(f"/work-orders/{work_order.pk}/edit").status_code == status


def test_a_viewer_reports_nothing(house: House, client: Client) -> None:
    client.force_login(house["viewer"].user)
    assert (client.get("/report").status_code, client.post("/report", {"title": "x"}).status_code) == (403, 403)
