"""Paths and sites of places and assets, kept by the database whatever is moved where."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets import actions
from assets.models import Asset, Location
from core.errors import Conflict, Invalid
from core.ids import uuid7
from tests import factories
from tests.database import owner_connection
from tests.house import House


def path_of(house: House, row: Any) -> str:
    return house.read(row).path


def node(path: str) -> str:
    """A row's own label in its path."""
    return path.rpartition(".")[2]


def expected_path(house: House, row: Any) -> str:
    """The path as walking up the parents gives it."""
    labels, one = [], house.read(row)
    while one is not None:
        labels.append(node(one.path))
        one = house.read(one.parent) if one.parent_id else None
    return ".".join(reversed(labels))


@pytest.fixture
def estate(house: House) -> dict[str, Location]:
    """region › site › building › floor › room, and a second region with a site."""
    rows: dict[str, Location] = {}
    for name, kind, above in (
        ("region", "region", None), ("site", "site", "region"), ("building", "building", "site"),
        ("floor", "floor", "building"), ("room", "room", "floor"), ("region2", "region", None),
        ("site2", "site", "region2"), ("zone2", "zone", "site2"),
    ):  # fmt: skip
        rows[name] = factories.make_location(house.tenant, name=name, kind=kind, parent=rows[above] if above else None)
    return rows


def test_a_new_place_knows_its_path_and_site(house: House, estate: dict[str, Location]) -> None:
    assert {name: path_of(house, row) for name, row in estate.items()} == {
        name: expected_path(house, row) for name, row in estate.items()
    }
    site = {name: house.read(row).site and house.read(row).site.name for name, row in estate.items()}
    assert len({node(row.path) for row in estate.values()}) == len(estate)
    assert site == {
        "region": None, "site": "site", "building": "site", "floor": "site", "room": "site", "region2": None,
        "site2": "site2", "zone2": "site2",
    }  # fmt: skip


def test_a_move_takes_everything_below_along(house: House, estate: dict[str, Location]) -> None:
    seen = house.last_event()
    with house.inside():
        actions.update_location(estate["building"], by=house["manager"], changes={"parent": estate["zone2"]})
    for row in estate.values():
        assert path_of(house, row) == expected_path(house, row)
    assert [house.read(estate[name]).site_id for name in ("building", "floor", "room")] == [estate["site2"].pk] * 3
    assert house.events(after=seen) == [
        (
            "location.moved", house["manager"].pk, {"parent": [str(estate["site"].pk), str(estate["zone2"].pk)]},
        )
    ]  # fmt: skip


def test_a_site_that_changes_region_keeps_its_own(house: House, estate: dict[str, Location]) -> None:
    with house.inside():
        actions.update_location(estate["site"], by=house["manager"], changes={"parent": estate["region2"]})
    assert {house.read(estate[name]).site_id for name in ("site", "building", "room")} == {estate["site"].pk}
    assert path_of(house, estate["room"]) == expected_path(house, estate["room"])


def test_a_move_to_the_top_shortens_every_path_below(house: House) -> None:
    machine = factories.make_asset(house.tenant)
    part = factories.make_asset(house.tenant, parent=machine)
    screw = factories.make_asset(house.tenant, parent=part)
    with house.inside():
        actions.update_asset(part, by=house["manager"], changes={"parent": None})
    assert (path_of(house, part), path_of(house, screw)) == (node(part.path), f"{node(part.path)}.{node(screw.path)}")


def test_within_and_above(house: House, estate: dict[str, Location]) -> None:
    with house.inside():
        below = set(Location.objects.within(house.read(estate["building"])).values_list("name", flat=True))
        above = list(Location.objects.above(house.read(estate["floor"])).values_list("name", flat=True))
    assert below == {"building", "floor", "room"}
    assert above == ["region", "site", "building", "floor"]


ALLOWED = {
    "region": {"", "region"}, "site": {"", "region"}, "building": {"site", "zone"}, "floor": {"building"},
    "zone": {"site", "building", "floor", "zone"}, "room": {"building", "floor", "zone"},
}  # fmt: skip


def test_what_may_stand_in_what(house: House, estate: dict[str, Location]) -> None:
    parents: dict[str, Any] = {
        "": None, "region": estate["region"], "site": estate["site"], "building": estate["building"],
        "floor": estate["floor"], "room": estate["room"], "zone": estate["zone2"],
    }  # fmt: skip
    manager = house["manager"]
    found: dict[str, Any] = {}
    for kind in ALLOWED:
        for above, parent in parents.items():
            try:
                with house.inside():
                    actions.add_location(by=manager, name=f"{kind} in {above}", kind=kind, parent=parent)
            except Invalid as error:
                assert set(error.details) == {"parent"}  # noqa: PT017
            else:
                found.setdefault(kind, set()).add(above)
    assert found == ALLOWED


def test_a_kind_does_not_change_under_what_stands_there(house: House, estate: dict[str, Location]) -> None:
    with house.refuses(Invalid, field="kind"):
        actions.update_location(estate["site"], by=house["manager"], changes={"kind": "region"})


def test_a_circle_is_refused_in_both_trees(house: House) -> None:
    manager = house["manager"]
    top = factories.make_asset(house.tenant)
    middle = factories.make_asset(house.tenant, parent=top)
    low = factories.make_asset(house.tenant, parent=middle)
    upper = factories.make_location(house.tenant, kind="region")
    lower = factories.make_location(house.tenant, kind="region", parent=upper)
    for row, below in ((top, low), (top, middle), (middle, low)):
        with house.refuses(Conflict, code="cycle", field="parent"):
            actions.update_asset(row, by=manager, changes={"parent": below})
    with house.refuses(Conflict, code="cycle", field="parent"):
        actions.update_location(upper, by=manager, changes={"parent": lower})
    with house.refuses(Invalid):
        actions.update_asset(top, by=manager, changes={"parent": top})
    assert path_of(house, low) == expected_path(house, low)


def test_two_hundred_levels_and_no_more(house: House) -> None:
    rows = [factories.make_asset(house.tenant)]
    with house.inside():
        for number in range(199):
            rows.append(Asset.objects.create(tenant=house.tenant, name="Part", tag=f"D-{number}", parent=rows[-1]))
        assert Asset.objects.within(house.read(rows[0])).count() == 200
    spare, deepest = factories.make_asset(house.tenant), house.read(rows[-1])
    assert deepest.path.count(".") == 199
    with house.refuses(Conflict, code="depth"):
        actions.update_asset(rows[0], by=house["manager"], changes={"parent": spare})
    with house.refuses(Conflict, code="cycle"):
        actions.update_asset(rows[0], by=house["manager"], changes={"parent": deepest})
    with house.inside():
        actions.update_asset(rows[1], by=house["manager"], changes={"parent": spare})
        assert Asset.objects.within(house.read(spare)).count() == 200
        assert Asset.objects.within(house.read(rows[0])).count() == 1
    assert path_of(house, deepest) == expected_path(house, deepest)


MOVES = st.lists(st.tuples(st.integers(0, 7), st.integers(-1, 7)), max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_after_any_moves_every_path_is_the_walk_up_the_parents(house: House, moves: list[tuple[int, int]]) -> None:
    """A model of eight assets as a plain dictionary; what the model calls a circle, the database refuses, and only that."""
    rows = [Asset(id=uuid7(), tenant=house.tenant, name=f"N{n}", tag=str(uuid7())) for n in range(8)]
    parents: dict[int, int | None] = dict.fromkeys(range(8))
    with house.inside():
        Asset.objects.bulk_create(rows)

    def chain(index: int | None) -> list[int]:
        return [] if index is None else [*chain(parents[index]), index]

    for child, above in moves:
        parent = None if above < 0 else above
        try:
            with house.inside():
                Asset.objects.filter(pk=rows[child].pk).update(parent=None if parent is None else rows[parent])
        except IntegrityError:
            assert child in chain(parent)
        else:
            assert child not in chain(parent)
            parents[child] = parent
    with house.inside():
        paths = dict(Asset.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "path"))
    assert {index: paths[rows[index].pk] for index in parents} == {
        index: ".".join(node(paths[rows[one].pk]) for one in chain(index)) for index in parents
    }


def test_a_subtree_is_found_by_the_index(house: House) -> None:
    sites = [factories.make_location(house.tenant) for _ in range(20)]
    with house.inside():
        Location.objects.bulk_create(
            Location(tenant=house.tenant, name=f"B{n}", code=f"{site.code}-{n}", kind="building", parent=site)
            for site in sites
            for n in range(100)
        )
        assert Location.objects.within(sites[0]).count() == 101
        looked_up = Location.objects.filter(path__within=Location.objects.filter(pk=sites[1].pk).values("path"))
        assert looked_up.count() == 101
        queries = [str(rows.query) for rows in (Location.objects.within(sites[0]), looked_up)]
    assert ["assets_location_within(" in query for query in queries] == [True, True]
    # What that function asks, asked as its owner: the application's role gets no plan by this index (see 0002).
    with owner_connection() as owner:
        owner.execute("SET enable_seqscan = off")
        question = "SELECT id FROM assets_location WHERE path <@ '1.2'::ltree AND tenant_id = gen_random_uuid()"
        plan = "\n".join(row[0] for row in owner.execute("EXPLAIN " + question))
        source = owner.execute("SELECT prosrc FROM pg_proc WHERE proname = 'assets_location_within'").fetchone()[0]
    assert "location_path" in plan
    assert "FROM assets_location WHERE path <@ root AND tenant_id =" in source
