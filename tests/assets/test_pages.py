from __future__ import annotations

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from assets.models import Asset, Location
from tests import factories
from tests.house import House


@pytest.fixture
def manager(house: House, client: Client) -> Client:
    client.force_login(house["manager"].user)
    return client


def names(response: Any) -> list[str]:
    return [
        html.unescape(found)
        for found in re.findall(r'<a class="go" href="[^"]*">([^<]*)</a>', response.content.decode())
    ]


def test_assets_are_listed_by_name_and_narrowed(house: House, manager: Client) -> None:
    site = factories.make_location(house.tenant, name="Site")
    hall = factories.make_location(house.tenant, name="Hall", kind="building", parent=site)
    factories.make_asset(house.tenant, name="Pump", tag="P-1", location=hall, criticality="high")
    factories.make_asset(house.tenant, name="Fan", tag="F-1", serial="4711", status="out_of_service")
    assert names(manager.get("/assets")) == ["Fan", "Pump"]
    assert names(manager.get("/assets?search=4711")) == ["Fan"]
    assert names(manager.get("/assets?search=p-1")) == ["Pump"]
    assert names(manager.get("/assets?status=out_of_service")) == ["Fan"]
    assert names(manager.get("/assets?criticality=high")) == ["Pump"]
    assert names(manager.get(f"/assets?location={site.pk}")) == ["Pump"]
    assert "No asset fits" in manager.get("/assets?search=crane").content.decode()
    part = manager.get("/assets", headers={"HX-Request": "true", "HX-Target": "rows"})
    assert (names(part), b"<html" in part.content) == (["Fan", "Pump"], False)


def test_pages_of_assets_follow_each_other(house: House, manager: Client) -> None:
    with house.inside():
        Asset.objects.bulk_create(
            Asset(tenant=house.tenant, name="Pump", tag=f"P-{number:03}", path="x") for number in range(60)
        )
    first = manager.get("/assets")
    href = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert href is not None
    second = manager.get(html.unescape(href.group(1)))
    tags = [re.findall(r"<small>(P-\d+)</small>", page.content.decode()) for page in (first, second)]
    assert (len(tags[0]), len(tags[1]), len(set(tags[0] + tags[1]))) == (50, 10, 60)


@pytest.mark.parametrize("count", [1, 3])
def test_the_same_queries_for_one_asset_and_three(
    house: House, manager: Client, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        factories.make_asset(house.tenant, location=factories.make_location(house.tenant))
    manager.get("/assets")
    with django_assert_num_queries(9):
        manager.get("/assets")


def test_an_asset_is_added_and_edited(house: House, manager: Client) -> None:
    place = factories.make_location(house.tenant)
    data = {"name": "Pump", "tag": "P-1", "location": place.pk, "criticality": "high"}
    done = manager.post("/assets/add", data)
    with house.inside():
        made = Asset.objects.get()
    assert done.headers["Location"] == f"/assets/{made.pk}"
    part = manager.post("/assets/add", {"name": "Seal", "tag": "P-1-S", "criticality": "low", "parent_tag": "p-1"})
    assert part.status_code == 302
    with house.inside():
        seal = Asset.objects.get(tag="P-1-S")
    assert (seal.parent_id, seal.location_id) == (made.pk, place.pk)
    edited = manager.post(f"/assets/{made.pk}/edit", data | {"name": "Big pump", "version": made.version})
    assert edited.status_code == 302
    assert house.read(made).name == "Big pump"
    stale = manager.post(f"/assets/{made.pk}/edit", data | {"version": made.version})
    assert stale.status_code == 422
    circle = manager.post(f"/assets/{made.pk}/edit", data | {"parent_tag": "P-1-S"})
    assert (circle.status_code, b"cannot stand in itself" in circle.content) == (422, True)
    twice = manager.post("/assets/add", data)
    assert twice.status_code == 422


def test_an_unknown_parent_is_said_at_its_field(manager: Client) -> None:
    refused = manager.post("/assets/add", {"name": "Seal", "tag": "S", "criticality": "low", "parent_tag": "nothing"})
    assert refused.status_code == 422
    assert re.search(r'id="id_parent_tag_error"><li>There is no asset with this tag', refused.content.decode())


def test_the_page_of_an_asset_shows_its_work_and_its_family(house: House, manager: Client) -> None:
    pump = factories.make_asset(house.tenant, name="Pump", tag="P-1")
    seal = factories.make_asset(house.tenant, name="Seal", parent=pump)
    house.work("assigned", to="technician", title="Leak", asset=seal)
    house.work("closed", title="Old noise", asset=pump)
    page = manager.get(f"/assets/{pump.pk}").content.decode()
    open_work, past = page.split('id="past-work"')
    assert ("Leak" in open_work, "Old noise" in past, "Seal" in past) == (True, True, True)
    assert f"/report?asset={pump.pk}" in page
    assert "Pump" in manager.get(f"/assets/{seal.pk}").content.decode().split('id="h-tree"')[1]


def test_a_technician_sets_the_status_and_takes_it_back(house: House, client: Client) -> None:
    asset = factories.make_asset(house.tenant)
    client.force_login(house["technician"].user)
    href = f"/assets/{asset.pk}/status"
    refused = client.post(href, {"status": "out_of_service"})
    assert (refused.status_code, b"Say why it is out of service" in refused.content) == (422, True)
    assert client.post(href, {"status": "out_of_service", "reason": "Broken"}).status_code == 302
    assert house.read(asset).status == "out_of_service"
    page = client.get(f"/assets/{asset.pk}").content.decode()
    assert f'action="{href}">' in page
    assert client.post(href, {"status": "in_service", "reason": "Undone"}).status_code == 302
    assert client.get(f"/assets/{asset.pk}/edit").status_code == 403


def test_an_archived_asset_leaves_the_register(house: House, manager: Client) -> None:
    asset = factories.make_asset(house.tenant, name="Pump")
    assert manager.post(f"/assets/{asset.pk}/archive").headers["Location"] == "/assets"
    assert names(manager.get("/assets")) == []


def test_places_are_a_tree_with_figures(house: House, manager: Client) -> None:
    site = factories.make_location(house.tenant, name="Quarry")
    hall = factories.make_location(house.tenant, name="Hall", kind="building", parent=site)
    factories.make_location(house.tenant, name="Room <1>", kind="room", parent=hall)
    factories.make_asset(house.tenant, location=hall)
    factories.make_asset(house.tenant, location=site)
    page = manager.get("/places").content.decode()
    shown = re.findall(
        r'<a href="/places/[^"]*">([^<]*)</a> <small>(\w+)[^<]*</small> <small class="num">([^<]*)<', page
    )
    assert shown == [("Quarry", "site", "2 assets"), ("Hall", "building", "1 asset"), ("Room &lt;1&gt;", "room", "")]


def test_a_place_is_added_moved_and_refused_where_it_does_not_fit(house: House, manager: Client) -> None:
    site = factories.make_location(house.tenant, name="Quarry")
    assert manager.post("/places/add", {"name": "Hall", "kind": "building", "parent": site.pk}).status_code == 302
    with house.inside():
        hall = Location.objects.get(name="Hall")
    assert manager.get(f"/places/{hall.pk}").headers["Location"] == f"/places/{hall.pk}/edit"
    wrong = manager.post("/places/add", {"name": "Room", "kind": "room", "parent": site.pk})
    assert (wrong.status_code, b"A room stands in" in wrong.content) == (422, True)
    data = {"name": "Main hall", "kind": "building", "parent": site.pk, "version": hall.version}
    assert manager.post(f"/places/{hall.pk}/edit", data).status_code == 302
    assert house.read(hall).name == "Main hall"


def test_a_place_is_taken_out_of_use_when_nothing_is_in_it(house: House, manager: Client) -> None:
    site = factories.make_location(house.tenant, name="Quarry")
    asset = factories.make_asset(house.tenant, location=site)
    assert manager.post(f"/places/{site.pk}/archive").status_code == 409
    manager.post(f"/assets/{asset.pk}/archive")
    assert manager.post(f"/places/{site.pk}/archive").status_code == 302
    assert f"/places/{site.pk}" not in manager.get("/places").content.decode()


def test_places_of_a_scoped_member_are_chosen(house: House, client: Client) -> None:
    site = factories.make_location(house.tenant)
    person = house["technician"]
    client.force_login(house["admin"].user)
    href = f"/settings/members/{person.pk}/places"
    assert client.post(href, {"places": [site.pk]}).status_code == 302
    with house.inside():
        assert list(person.location_scopes.values_list("location_id", flat=True)) == [site.pk]  # type: ignore[attr-defined]
    assert client.get(f"/settings/members/{uuid4()}/places").status_code == 404


@pytest.mark.parametrize("part", ["", "/edit", "/status"])
def test_another_tenants_asset_is_not_there(house: House, stranger: House, manager: Client, part: str) -> None:
    theirs = factories.make_asset(stranger.tenant, name="Their pump")
    answers = [manager.get(f"/assets/{pk}{part}").status_code for pk in (theirs.pk, uuid4())]
    assert answers == [404, 404]
    assert names(manager.get("/assets")) == []
