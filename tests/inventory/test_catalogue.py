"""The part catalogue: what each act leaves and refuses, and its pages."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.errors import Conflict, Invalid, PermissionDenied, Stale
from inventory import actions
from inventory.models import Part, PartCategory
from tests import factories
from tests.house import House
from tests.racing import kinds, race

D = Decimal


def add(house: House, **fields: Any) -> Part:
    with house.inside():
        return actions.add_part_to_catalogue(
            by=house["storekeeper"], **({"number": "OF-1", "name": "Oil filter"} | fields)
        )


def test_a_part_is_added_with_its_numbers(house: House) -> None:
    before = house.last_event()
    other = add(house, number=" OF-2 ", name=" Long filter ")
    part = add(
        house, manufacturer_numbers=[("Mann ", "W 950"), ("MANN", "w 950")], alternates=[other], unit_cost=D("12.5")
    )
    assert (house.read(other).number, house.read(other).name) == ("OF-2", "Long filter")
    with house.inside():
        assert [str(row) for row in part.manufacturer_numbers.all()] == ["Mann W 950"]
        assert [row.alternate_id for row in part.alternates.all()] == [other.pk]
        assert [row.part_id for row in other.stands_in_for.all()] == [part.pk]
    assert [kind for kind, _, _ in house.events(after=before)] == ["part.created"] * 2


def test_an_event_does_not_tell_what_a_part_costs(house: House) -> None:
    part, before = add(house), house.last_event()
    with house.inside():
        actions.update_part(part, by=house["storekeeper"], changes={"unit_cost": D("77"), "name": "Filter"})
    assert house.events(after=before) == [
        ("part.updated", house["storekeeper"].pk, {"unit_cost": [], "name": ["Oil filter", "Filter"]})
    ]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"number": "of-1"}, "number"), ({"number": "  "}, "number"), ({"name": ""}, "name"),
        ({"barcode": "B1"}, "barcode"), ({"external_id": "X"}, "external_id"), ({"unit_cost": D(-1)}, "unit_cost"),
        ({"unit": " "}, "unit"), ({"number": "x" * 81}, "number"),
        ({"manufacturer_numbers": [("", "1")]}, "manufacturer_numbers"),
        ({"manufacturer_numbers": [(str(n), "1") for n in range(51)]}, "manufacturer_numbers"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_named(house: House, fields: dict[str, Any], name: str) -> None:
    add(house, barcode="b1", external_id="X")
    keeper = house["storekeeper"]
    with house.refuses(Invalid, field=name):
        actions.add_part_to_catalogue(by=keeper, **({"number": "NEW", "name": "New"} | fields))


def test_rows_of_strangers_are_refused(house: House, stranger: House) -> None:
    part, keeper = add(house), house["storekeeper"]
    theirs = factories.make_part(stranger.tenant)
    category = factories.make_part_category(stranger.tenant)
    for changes, name in (
        ({"alternates": [theirs]}, "alternates"),
        ({"category": category}, "category"),
        ({"alternates": [part]}, "alternates"),
    ):
        with house.refuses(Invalid, field=name):
            actions.update_part(part, by=keeper, changes=changes)


ACTS = {
    "add": lambda part, category, by: actions.add_part_to_catalogue(by=by, number="N", name="N"),
    "update": lambda part, category, by: actions.update_part(part, by=by, changes={"name": "N"}),
    "numbers": lambda part, category, by: actions.set_manufacturer_numbers(part, by=by, numbers=[("A", "1")]),
    "alternates": lambda part, category, by: actions.set_alternates(part, by=by, alternates=[]),
    "archive": lambda part, category, by: actions.archive_part(part, by=by),
    "restore": lambda part, category, by: actions.restore_part(part, by=by),
    "delete": lambda part, category, by: actions.delete_part(part, by=by),
    "remove": lambda part, category, by: actions.remove_part_from_catalogue(part, by=by),
    "add category": lambda part, category, by: actions.add_category(by=by, name="N"),
    "rename category": lambda part, category, by: actions.rename_category(category, by=by, name="N"),
    "delete category": lambda part, category, by: actions.delete_category(category, by=by),
}


@pytest.mark.parametrize("name", ACTS)
def test_who_may(house: House, name: str) -> None:
    part, category = add(house), factories.make_part_category(house.tenant)
    everybody_else = house.lacking("part.edit")
    with house.refuses(PermissionDenied, permission="part.edit"):
        ACTS[name](part, category, everybody_else)
    with house.inside():
        ACTS[name](part, category, house["storekeeper"])


def test_what_is_used_is_archived_and_what_is_not_is_deleted(house: House) -> None:
    used, unused, keeper = add(house), add(house, number="OF-2"), house["storekeeper"]
    factories.make_line(house.work(), used)
    with house.refuses(Conflict, code="in_use"):
        actions.delete_part(used, by=keeper)
    with house.inside():
        assert actions.remove_part_from_catalogue(used, by=keeper).archived_at is not None
        assert actions.remove_part_from_catalogue(unused, by=keeper) is None
        assert list(Part.objects.values_list("pk", flat=True)) == [used.pk]
        assert actions.restore_part(used, by=keeper).archived_at is None


def test_a_category_with_parts_stays(house: House) -> None:
    category, keeper = factories.make_part_category(house.tenant, name="Filters"), house["storekeeper"]
    add(house, category=category)
    with house.refuses(Conflict, code="in_use"):
        actions.delete_category(category, by=keeper)
    other = factories.make_part_category(house.tenant)
    with house.refuses(Invalid, field="name"):
        actions.rename_category(other, by=keeper, name="FILTERS")
    with house.refuses(Invalid, field="name"):
        actions.add_category(by=keeper, name=" filters ")


def test_an_older_version_is_told(house: House) -> None:
    part, keeper = add(house), house["storekeeper"]
    with house.refuses(Stale):
        actions.update_part(part, by=keeper, changes={"name": "x"}, expected_version=9)


def test_one_number_added_twice_at_once_is_there_once(committed: None) -> None:
    house = House.build()
    keeper = house["storekeeper"]
    make = lambda: actions.add_part_to_catalogue(by=keeper, number="OF-1", name="Filter")  # noqa: E731
    assert kinds(race(house.tenant, make, make)) == ["ok", "invalid"]


# --- Pages -----------------------------------------------------------------------------------------------------------
def keeper(house: House, client: Client) -> Client:
    client.force_login(house["storekeeper"].user)
    return client


def listed(client: Client, query: str = "") -> list[str]:
    return re.findall(r'<a class="go" href="/parts/[^"]+">([^<]+)<', client.get(f"/parts{query}").content.decode())


def test_the_list_finds_by_everything_a_part_is_called(house: House, client: Client) -> None:
    category = factories.make_part_category(house.tenant, name="Filters")
    add(house, barcode="4006381333931", category=category, manufacturer_numbers=[("Mann", "W 950/26")])
    add(house, number="HY-7", name="Hose")
    gone = add(house, number="OLD-1", name="Old filter")
    with house.inside():
        actions.archive_part(gone, by=None)
    client = keeper(house, client)
    assert listed(client) == ["Hose", "Oil filter"]
    for text in ("oil", "of-1", "4006381333931", "950/26", "filter oil"):
        assert listed(client, f"?search={text}") == ["Oil filter"], text
    assert listed(client, f"?category={category.pk}") == ["Oil filter"]
    assert listed(client, "?archived=true") == ["Old filter"]
    assert "No part fits" in client.get("/parts?search=zzz").content.decode()


def test_the_list_turns_pages_and_keeps_what_was_asked(
    house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inventory.views.SHOWN", 2)
    for number in range(5):
        add(house, number=f"F-{number}", name=f"Filter {number}")
    client = keeper(house, client)
    address, seen = "/parts?search=filter", []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r">(Filter \d)<", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
        assert not address or "search=filter" in address
    assert seen == [f"Filter {number}" for number in range(5)]


@pytest.mark.parametrize("path", ["/parts", "/parts/{pk}"])
def test_queries_do_not_grow(house: House, client: Client, path: str) -> None:
    part = add(house)
    client, address = keeper(house, client), path.format(pk=part.pk)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    factories.make_line(house.work(), part)
    client.get(address)
    before = count()
    for number in range(3):
        add(house, number=f"X-{number}", alternates=[part], manufacturer_numbers=[("A", "1")])
        factories.make_line(house.work(), part)
    assert count() == before
    assert before <= 12


def test_the_form_reads_lines_of_numbers(house: House, client: Client) -> None:
    add(house, number="OF-2", name="Long filter")
    client = keeper(house, client)
    typed = {
        "number": "OF-1", "name": "Oil filter", "unit": "each", "unit_cost": "12.5", "kept_in": "A-01", "barcode": "",
        "manufacturer_numbers": "Mann: W 950\r\n\r\nBosch: 0 451 103 316", "alternates": "of-2", "description": "",
    }  # fmt: skip
    answer = client.post("/parts/add", typed)
    assert answer.status_code == 302, answer.content
    with house.inside():
        part = Part.objects.get(number="OF-1")
        assert sorted(part.manufacturer_numbers.values_list("manufacturer", "number")) == [
            ("Bosch", "0 451 103 316"), ("Mann", "W 950"),
        ]  # fmt: skip
        assert part.alternates.count() == 1
    page = client.get(f"/parts/{part.pk}/edit").content.decode()
    assert "Mann: W 950" in page
    for name, value in (
        ("manufacturer_numbers", "Mann W 950"),
        ("alternates", "NONE"),
        ("number", "of-2"),
        ("unit_cost", "x"),
    ):
        refused = client.post(f"/parts/{part.pk}/edit", typed | {name: value})
        assert (refused.status_code, 'aria-invalid="true"' in refused.content.decode()) == (422, True), name
    stale = client.post(f"/parts/{part.pk}/edit", typed | {"version": "77", "name": "x"})
    assert stale.status_code == 422


def test_archiving_is_undone_and_deleting_is_for_the_unused(house: House, client: Client) -> None:
    part = add(house)
    client = keeper(house, client)
    client.post(f"/parts/{part.pk}/archive")
    assert "out of the catalogue" in client.get(f"/parts/{part.pk}").content.decode()
    client.post(f"/parts/{part.pk}/restore")
    assert house.read(part).archived_at is None
    client.post(f"/parts/{part.pk}/archive", {"delete": "1"})
    assert client.get(f"/parts/{part.pk}").status_code == 404


def test_categories_are_edited_by_page(house: House, client: Client) -> None:
    client = keeper(house, client)
    assert client.post("/settings/part-categories/add", {"name": "Filters"}).status_code == 302
    assert client.post("/settings/part-categories/add", {"name": "filters"}).status_code == 422
    with house.inside():
        category = PartCategory.objects.get()
    client.post(f"/settings/part-categories/{category.pk}", {"name": "Filters and oil", "version": "1"})
    assert "Filters and oil" in client.get("/settings/part-categories").content.decode()
    add(house, category=category)
    assert client.post(f"/settings/part-categories/{category.pk}/remove").status_code == 409


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("storekeeper", 200), ("dispatcher", 403), ("technician", 403), ("viewer", 403)],
)
def test_who_may_edit_by_page(house: House, client: Client, who: str, status: int) -> None:
    part = add(house)
    client.force_login(house[who].user)
    for path in ("/parts/add", f"/parts/{part.pk}/edit", "/settings/part-categories"):
        assert client.get(path).status_code == status
    assert client.get("/parts").status_code == 200
    shown = client.get(f"/parts/{part.pk}").content.decode()
    assert ("Edit" in shown) == (status == 200)
    client.force_login(house["requester"].user)
    assert client.get("/parts").status_code == 403
