"""Acts on places and assets: what they leave, and each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from assets import actions
from assets.models import Asset, Location, LocationScope
from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from tests import factories
from tests.house import House


def test_add_location(house: House) -> None:
    seen = house.last_event()
    with house.inside():
        made = actions.add_location(
            by=house["manager"], name=" Pit 4 ", kind="site", code="P4", time_zone="Australia/Perth"
        )
    found = house.read(made)
    assert (found.name, found.code, found.time_zone, found.site_id, found.version) == (
        "Pit 4", "P4", "Australia/Perth", made.pk, 1,
    )  # fmt: skip
    assert house.events(after=seen) == [("location.created", house["manager"].pk, {"name": [None, "Pit 4"]})]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, {"name"}),
        ({"kind": "cave"}, {"kind"}),
        ({"kind": "room"}, {"parent"}),
        ({"kind": "room", "time_zone": "Mars/Base"}, {"parent", "time_zone"}),
        ({"code": "taken"}, {""}),
    ],
)
def test_add_location_refusals(house: House, fields: dict[str, Any], wrong: set[str]) -> None:
    factories.make_location(house.tenant, code="TAKEN")
    before = house.marks()
    with pytest.raises(Invalid) as caught, house.inside():
        actions.add_location(by=house["manager"], **{"name": "Pit", "kind": "site"} | fields)
    assert caught.value.details.keys() == wrong
    assert house.marks()[1:] == before[1:]


def test_update_location_tells_what_differs(house: House) -> None:
    site, seen = factories.make_location(house.tenant, name="Pit"), house.last_event()
    with house.inside():
        actions.update_location(site, by=house["manager"], changes={"name": "Pit 5", "kind": "site"})
        actions.update_location(site, by=house["manager"], changes={"name": "Pit 5"})
    assert (house.read(site).name, house.read(site).version) == ("Pit 5", 2)
    assert house.events(after=seen) == [("location.updated", house["manager"].pk, {"name": ["Pit", "Pit 5"]})]


def test_archive_location_needs_it_empty(house: House) -> None:
    manager = house["manager"]
    site = factories.make_location(house.tenant)
    building = factories.make_location(house.tenant, kind="building", parent=site)
    asset = factories.make_asset(house.tenant, location=building)
    with house.refuses(Conflict, code="has_places"):
        actions.archive_location(site, by=manager)
    with house.refuses(Conflict, code="has_assets"):
        actions.archive_location(building, by=manager)
    seen = house.last_event()
    with house.inside():
        actions.archive_asset(asset, by=manager)
        actions.archive_location(building, by=manager)
        actions.archive_location(building, by=manager)  # again changes nothing
        actions.archive_location(site, by=manager)
        assert set(Location.objects.active()) == set()
    assert [kind for kind, _, _ in house.events(after=seen)] == [
        "asset.archived", "location.archived", "location.archived",
    ]  # fmt: skip


def test_add_asset_stands_where_its_parent_stands(house: House) -> None:
    site = factories.make_location(house.tenant)
    machine = factories.make_asset(house.tenant, location=site)
    seen = house.last_event()
    with house.inside():
        made = actions.add_asset(by=house["manager"], name="Bucket", tag=" B-1 ", parent=machine, criticality="high")
    found = house.read(made)
    assert (found.tag, found.location_id, found.parent_id, found.criticality, found.status) == (
        "B-1", site.pk, machine.pk, "high", "in_service",
    )  # fmt: skip
    assert house.events(after=seen) == [
        ("asset.created", house["manager"].pk, {"tag": [None, "B-1"], "name": [None, "Bucket"]})
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"tag": " "}, {"tag"}),
        ({"tag": "pump-1"}, {""}),
        ({"tag": "x" * 81, "name": "y" * 201}, {"tag", "name"}),
        ({"criticality": "huge", "status": "melted"}, {"criticality", "status"}),
    ],
)
def test_add_asset_refusals(house: House, fields: dict[str, Any], wrong: set[str]) -> None:
    factories.make_asset(house.tenant, tag="PUMP-1")
    with pytest.raises(Invalid) as caught, house.inside():
        actions.add_asset(by=house["manager"], **{"name": "Pump", "tag": "PUMP-2"} | fields)
    assert caught.value.details.keys() == wrong


def test_set_asset_status_asks_why_it_is_out_of_service(house: House) -> None:
    pump, technician = factories.make_asset(house.tenant), house["technician"]
    with house.refuses(Invalid, field="reason"):
        actions.set_asset_status(pump, by=technician, status="out_of_service")
    with house.refuses(Invalid, field="status"):
        actions.set_asset_status(pump, by=technician, status="melted", reason="x")
    seen = house.last_event()
    with house.inside():
        actions.set_asset_status(pump, by=technician, status="out_of_service", reason="Leaks")
        actions.set_asset_status(pump, by=technician, status="out_of_service", reason="Still leaks")
    assert house.events(after=seen) == [
        (
            "asset.status_changed", technician.pk,
            {"status": ["in_service", "out_of_service"], "reason": [None, "Leaks"]},
        )
    ]  # fmt: skip


def test_archive_asset_keeps_its_parts_in_sight(house: House) -> None:
    machine = factories.make_asset(house.tenant)
    factories.make_asset(house.tenant, parent=machine)
    with house.refuses(Conflict, code="has_parts"):
        actions.archive_asset(machine, by=house["manager"])


def test_who_may_what(house: House) -> None:
    site, pump = factories.make_location(house.tenant), factories.make_asset(house.tenant)
    dispatcher, viewer = house["dispatcher"], house["viewer"]
    for permission, act in (
        ("location.edit", lambda: actions.add_location(by=dispatcher, name="X", kind="site")),
        ("location.edit", lambda: actions.update_location(site, by=dispatcher, changes={"name": "X"})),
        ("location.edit", lambda: actions.archive_location(site, by=dispatcher)),
        ("asset.edit", lambda: actions.add_asset(by=dispatcher, name="X", tag="X")),
        ("asset.edit", lambda: actions.add_category(by=dispatcher, name="X")),
        ("asset.edit", lambda: actions.update_asset(pump, by=dispatcher, changes={"name": "X"})),
        ("asset.edit", lambda: actions.archive_asset(pump, by=dispatcher)),
        ("asset.set_status", lambda: actions.set_asset_status(pump, by=viewer, status="standby")),
        ("member.manage", lambda: actions.set_places(viewer, by=dispatcher, places=[site])),
    ):
        with house.refuses(PermissionDenied, permission=permission):
            act()


def test_strangers_rows_do_not_exist(house: House, stranger: House) -> None:
    manager, admin = house["manager"], house["admin"]
    mine, my_site = factories.make_asset(house.tenant), factories.make_location(house.tenant)
    site, pump = factories.make_location(stranger.tenant), factories.make_asset(stranger.tenant)
    category, department = factories.make_category(stranger.tenant), factories.make_department(stranger.tenant)
    for act in (
        lambda: actions.update_location(site, by=manager, changes={"name": "X"}),
        lambda: actions.update_location(site, by=manager, changes={"parent": None}),
        lambda: actions.archive_location(site, by=manager),
        lambda: actions.update_asset(pump, by=manager, changes={"name": "X"}),
        lambda: actions.set_asset_status(pump, by=manager, status="standby"),
        lambda: actions.archive_asset(pump, by=manager),
    ):
        with house.refuses(NotFound):
            act()
    for field, row in (("parent", pump), ("location", site), ("category", category), ("department", department)):
        with house.refuses(Invalid, field=field):
            actions.update_asset(mine, by=manager, changes={field: row})
        with house.refuses(Invalid, field=field):
            actions.add_asset(by=manager, name="X", tag="X", **{field: row})
    with house.refuses(Invalid, field="parent"):
        actions.update_location(my_site, by=manager, changes={"parent": site})
    with house.refuses(Invalid, field="parent"):
        actions.add_location(by=manager, name="X", kind="building", parent=site)
    with house.refuses(Invalid, field="places"):
        actions.set_places(house["viewer"], by=admin, places=[site])


def test_stale_versions(house: House) -> None:
    site, pump = factories.make_location(house.tenant), factories.make_asset(house.tenant)
    for act in (
        lambda: actions.update_location(site, by=house["manager"], changes={"name": "X"}, expected_version=9),
        lambda: actions.update_asset(pump, by=house["manager"], changes={"name": "X"}, expected_version=9),
        lambda: actions.set_asset_status(pump, by=house["manager"], status="standby", expected_version=9),
    ):
        with house.refuses(Stale, current_version=1):
            act()


def test_set_places_replaces_the_scope(house: House) -> None:
    member, admin = house["viewer"], house["admin"]
    first, second = factories.make_location(house.tenant), factories.make_location(house.tenant)
    with house.inside():
        actions.set_places(member, by=admin, places=[first])
        actions.set_places(member, by=admin, places=[second])
        assert list(LocationScope.objects.values_list("member", "location")) == [(member.pk, second.pk)]


def test_what_a_scoped_member_sees_of_places_and_assets(house: House) -> None:
    region = factories.make_location(house.tenant, name="region", kind="region")
    here = factories.make_location(house.tenant, name="here", parent=region)
    hall = factories.make_location(house.tenant, name="hall", kind="building", parent=here)
    there = factories.make_location(house.tenant, name="there", parent=region)
    department = factories.make_department(house.tenant)
    for name, fields in (
        ("in the hall", {"location": hall}), ("there", {"location": there}), ("nowhere", {}),
        ("of the department", {"location": there, "department": department}),
    ):  # fmt: skip
        factories.make_asset(house.tenant, name=name, **fields)
    me = house.again(
        factories.make_member(house.tenant, "technician", scoped=True, places=[here], departments=[department])
    )
    with house.inside():
        places = set(Location.objects.visible_to(me).values_list("name", flat=True))
        assets = set(Asset.objects.visible_to(me).values_list("name", flat=True))
        nobody = house.having("workorder.comment")
        unseen = (Location.objects.visible_to(nobody).count(), Asset.objects.visible_to(nobody).count())
        all_of_them = (
            Location.objects.visible_to(house["viewer"]).count(), Asset.objects.visible_to(house["viewer"]).count(),
        )  # fmt: skip
    assert (places, assets) == ({"region", "here", "hall"}, {"in the hall", "of the department"})
    assert (unseen, all_of_them) == ((0, 0), (4, 4))
