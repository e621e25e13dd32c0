"""Parts on the page of a job, at the counter, and the page of one part."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import PartLine, PartMovement

D = Decimal


def seen_by(house: House, client: Client, who: str) -> Client:
    client.force_login(house[who].user)
    return client


def job(house: House, **fields: Any) -> Any:
    return house.work("in_progress", to="technician", **fields)


def panel_of(client: Client, work_order: Any) -> str:
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    return page[page.index('id="panel-parts"') :].partition("</section>")[0] if 'id="panel-parts"' in page else ""


def lines(house: House, work_order: Any) -> list[tuple[str, str, str, str]]:
    with house.inside():
        rows = PartLine.objects.filter(work_order=work_order).select_related("part")
        return [
            (row.part.name, row.status, f"{row.quantity.normalize():f}", f"{(row.issued - row.returned).normalize():f}")
            for row in rows
        ]


def post(client: Client, work_order: Any, path: str = "", **data: Any) -> Any:
    return client.post(f"/work-orders/{work_order.pk}/parts{path}", data)


@pytest.mark.parametrize(
    ("who", "start", "buttons"),
    [
        ("technician", "requested", ["Used", "Remove"]),
        ("technician", "issued", ["Used", "Return"]),
        ("technician", "used", ["Return"]),
        ("storekeeper", "requested", ["Give out", "Reserve", "Used", "Remove"]),
        ("storekeeper", "reserved", ["Give out", "Used", "Remove"]),
        ("dispatcher", "requested", ["Used", "Give out", "Reserve", "Remove"]),
        ("viewer", "requested", []),
    ],
)
def test_a_line_offers_what_comes_next(house: House, client: Client, who: str, start: str, buttons: list[str]) -> None:
    work_order = job(house)
    factories.make_line(work_order, to=start)
    panel = panel_of(seen_by(house, client, who), work_order)
    assert re.findall(r'name="act" value="\w+"[^>]*>(?:<svg.*?</svg>)([^<]+)<', panel, re.DOTALL) == buttons


def test_the_panel_tells_quantity_place_and_cost(house: House, client: Client) -> None:
    work_order = job(house)
    part = factories.make_part(house.tenant, name="Hose", unit="m", kept_in="Rack 4", unit_cost=D("10"))
    line = factories.make_line(work_order, part, 3)
    panel = panel_of(seen_by(house, client, "dispatcher"), work_order)
    assert all(text in panel for text in ("Hose", "Rack 4", "3 wanted", "about 30.00 EUR", "Used so far"))
    with house.inside():
        actions.use_part(line, by=None, quantity=D("2.5"))
    panel = panel_of(client, work_order)
    assert all(text in panel for text in ("2.5 used, 3 planned", "25.00 EUR"))
    assert "EUR" not in panel_of(seen_by(house, client, "technician"), work_order)
    assert panel_of(seen_by(house, client, "requester"), work_order) == ""


@pytest.mark.parametrize("count", [1, 3])
def test_the_panel_takes_one_query_for_any_number_of_lines(
    house: House, client: Client, count: int, django_assert_num_queries: Any
) -> None:
    from workorders.panels import parts

    work_order = job(house)
    for _ in range(count):
        factories.make_line(work_order)
    dispatcher = house["dispatcher"]
    with house.inside(), django_assert_num_queries(1):
        assert len(parts.panel(work_order, dispatcher)["lines"]) == count


def test_a_scan_at_the_machine_uses_what_was_planned(house: House, client: Client) -> None:
    work_order = job(house)
    part = factories.make_part(house.tenant, name="Filter", barcode="4006381333931")
    factories.make_line(work_order, part, 2)
    answer = post(seen_by(house, client, "technician"), work_order, part_q=" 4006381333931 ")
    assert (answer.status_code, answer["Location"]) == (302, f"/work-orders/{work_order.pk}#panel-parts")
    assert lines(house, work_order) == [("Filter", "used", "2", "2")]


def test_a_scan_of_what_nobody_planned_is_used_once(house: House, client: Client) -> None:
    work_order = job(house)
    factories.make_part(house.tenant, name="Filter", number="OF-1")
    post(seen_by(house, client, "technician"), work_order, part_q="of-1", quantity="3")
    assert lines(house, work_order) == [("Filter", "used", "3", "3")]


def test_a_scan_at_the_desk_asks_for_one_more(house: House, client: Client) -> None:
    work_order = house.work("assigned", to="technician")
    factories.make_part(house.tenant, name="Filter", number="OF-1")
    for _ in range(2):
        post(seen_by(house, client, "dispatcher"), work_order, part_q="OF-1")
    assert lines(house, work_order) == [("Filter", "requested", "2", "0")]


def test_a_text_that_names_several_leads_to_a_choice(house: House, client: Client) -> None:
    work_order = job(house)
    parts = [factories.make_part(house.tenant, name=f"Oil filter {word}") for word in ("long", "short")]
    client = seen_by(house, client, "technician")
    page = post(client, work_order, part_q="oil filter")
    assert page.status_code == 200
    assert all(part.name in page.content.decode() for part in parts)
    assert lines(house, work_order) == []
    post(client, work_order, use=str(parts[1].pk), part_q="oil filter", quantity="")
    assert lines(house, work_order) == [("Oil filter short", "used", "1", "1")]
    post(client, work_order, part=str(parts[0].pk), part_q="oil filter", quantity="2")
    assert lines(house, work_order)[1] == ("Oil filter long", "requested", "2", "0")


def test_what_is_typed_finds_parts_and_those_planned_come_first(house: House, client: Client) -> None:
    work_order = job(house)
    for name in ("Seal A", "Seal B"):
        factories.make_part(house.tenant, name=name, kept_in="Rack 1")
    planned = factories.make_part(house.tenant, name="Seal Z")
    factories.make_line(work_order, planned, 4)
    client = seen_by(house, client, "technician")
    found = client.get(f"/work-orders/{work_order.pk}/parts/find?part_q=seal").content.decode()
    assert re.findall(r"<strong>([^<]+)</strong>", found) == ["Seal Z", "Seal A", "Seal B"]
    assert "4 planned" in found
    nothing = client.get(f"/work-orders/{work_order.pk}/parts/find?part_q=zzz").content.decode()
    assert "Nothing in the catalogue fits “zzz”" in nothing


def test_buttons_of_a_line_do_what_they_say_and_undo(house: House, client: Client) -> None:
    work_order = job(house)
    line = factories.make_line(work_order, quantity=3)
    keeper = seen_by(house, Client(), "storekeeper")
    post(keeper, work_order, f"/{line.pk}", act="reserve")
    post(keeper, work_order, f"/{line.pk}", act="issue", quantity="3")
    technician = seen_by(house, client, "technician")
    post(technician, work_order, f"/{line.pk}", act="use", quantity="2")
    with house.inside():
        told = list(PartMovement.objects.order_by("posted_at", "pk").values_list("kind", "quantity"))
    assert told == [("reserve", D(3)), ("issue", D(3)), ("return", D(1))]
    post(technician, work_order, f"/{line.pk}", act="return")
    post(technician, work_order, f"/{line.pk}", act="remove")
    assert lines(house, work_order) == []


def test_using_is_undone_to_what_it_was(house: House, client: Client) -> None:
    work_order = job(house)
    line = factories.make_line(work_order, quantity=2)
    technician = seen_by(house, client, "technician")
    post(technician, work_order, f"/{line.pk}", act="use")
    page = technician.get("/my-work").content.decode()
    assert f"/work-orders/{work_order.pk}/parts/{line.pk}" in page
    post(technician, work_order, f"/{line.pk}", act="set", status="requested")
    assert [row[1:] for row in lines(house, work_order)] == [("requested", "2", "0")]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"act": "eat"}, 404),
        ({"act": "use", "quantity": "many"}, 409),
        ({"act": "use", "quantity": "-1"}, 409),
        ({"act": "use", "quantity": "0"}, 422),
        ({"act": "return"}, 409),
        ({"act": "issue"}, 403),
        ({"act": "use", "version": "77"}, 412),
    ],
)
def test_what_a_line_refuses(house: House, client: Client, data: dict[str, str], status: int) -> None:
    work_order = job(house)
    line = factories.make_line(work_order)
    client = seen_by(house, client, "technician")
    before = house.marks()
    assert post(client, work_order, f"/{line.pk}", **data).status_code == status
    assert house.marks() == before


def test_waiting_for_parts_is_one_tap(house: House, client: Client) -> None:
    work_order = job(house)
    factories.make_line(work_order, factories.make_part(house.tenant, name="Hose"), 2)
    client = seen_by(house, client, "technician")
    panel = panel_of(client, work_order)
    assert "Hold: waiting for parts" in panel
    client.post(f"/work-orders/{work_order.pk}/hold", {"reason": "parts", "note": "Waiting for 2 × Hose"})
    held = house.read(work_order)
    assert (held.meaning, held.hold_reason, held.hold_note) == ("on_hold", "parts", "Waiting for 2 × Hose")
    assert 'value="Waiting for 2 × Hose"' in panel


def test_closed_work_offers_nothing(house: House, client: Client) -> None:
    work_order = job(house)
    factories.make_line(work_order, to="used")
    with house.inside():
        actions.complete(work_order, by=None)
        actions.verify(work_order, by=None)
    panel = panel_of(seen_by(house, client, "manager"), work_order)
    assert "<form" not in panel


def test_a_stranger_finds_nothing(house: House, stranger: House, client: Client) -> None:
    theirs = stranger.work("in_progress", to="technician")
    line = factories.make_line(theirs)
    client = seen_by(house, client, "admin")
    paths = [
        f"/work-orders/{theirs.pk}/parts", f"/work-orders/{theirs.pk}/parts/find?part_q=p", f"/parts/{line.part_id}",
        f"/parts/{line.part_id}/edit",
    ]  # fmt: skip
    assert [client.get(path).status_code for path in paths] == [404] * 4
    posts = [
        f"/work-orders/{theirs.pk}/parts/{line.pk}",
        f"/parts/{line.part_id}/archive",
        f"/parts/{line.part_id}/restore",
    ]
    assert [client.post(path, {"act": "use"}).status_code for path in posts] == [404] * 3
    own = job(house)
    assert client.post(f"/work-orders/{own.pk}/parts", {"part": str(line.part_id)}).status_code == 422
    assert lines(house, own) == []


def test_the_counter_lists_what_waits_the_most_urgent_first(house: House, client: Client) -> None:
    now = timezone.now()
    names = {"Later": now + dt.timedelta(days=2), "Sooner": now + dt.timedelta(hours=1), "Whenever": None}
    made = {}
    for name, due in names.items():
        work_order = job(house, title=f"Job {name}", due_at=due)
        made[name] = factories.make_line(
            work_order, factories.make_part(house.tenant, name=name, kept_in=f"Bin {name}")
        )
    factories.make_line(job(house), factories.make_part(house.tenant, name="Gone"), to="issued")
    with house.inside():
        done = job(house)
        factories.make_line(done, factories.make_part(house.tenant, name="Done"))
        actions.complete(done, by=None)
    client = seen_by(house, client, "storekeeper")

    def found(query: str = "") -> list[str]:
        return re.findall(
            r'class="strong" href="/parts/[^"]+">([^<]+)<', client.get(f"/parts/to-give{query}").content.decode()
        )

    assert found() == ["Sooner", "Later", "Whenever"]
    assert found("?search=bin%20later") == ["Later"]
    assert found("?search=job%20sooner") == ["Sooner"]
    line = made["Sooner"]
    answer = client.post(f"/work-orders/{line.work_order_id}/parts/{line.pk}", {"act": "issue", "back": "counter"})
    assert answer["Location"] == "/parts/to-give"
    assert found() == ["Later", "Whenever"]
    client.post(f"/work-orders/{line.work_order_id}/parts/{line.pk}", {"act": "return", "back": "counter"})
    assert house.read(line).status == "returned"
    assert client.get("/").headers["Location"] == "/parts/to-give"


@pytest.mark.parametrize("count", [1, 3])
def test_the_counter_takes_the_same_queries_for_one_line_and_three(
    house: House, client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.make_line(job(house))
    client = seen_by(house, client, "storekeeper")
    client.get("/parts/to-give")
    with django_assert_num_queries(7):
        page = client.get("/parts/to-give").content.decode()
    assert page.count('value="issue"') == count


def test_the_counter_turns_pages(house: House, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workorders.views.parts.SHOWN", 2)
    for number in range(5):
        due = timezone.now() + dt.timedelta(hours=number) if number < 3 else None
        factories.make_line(job(house, due_at=due), factories.make_part(house.tenant, name=f"Part-{number}"))
    client = seen_by(house, client, "storekeeper")
    address, seen = "/parts/to-give", []
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r">(Part-\d)<", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert sorted(seen) == [f"Part-{number}" for number in range(5)]
    assert seen[:3] == ["Part-0", "Part-1", "Part-2"]
    assert client.get("/parts/to-give?cursor=x").status_code in (400, 422)


def test_the_page_of_a_part_tells_where_it_was_used(house: House, client: Client) -> None:
    other = factories.make_part(house.tenant, name="Long filter")
    part = factories.make_part(house.tenant, name="Filter", unit_cost=D("12.5"), kept_in="Rack 1")
    with house.inside():
        from inventory import actions as inventory

        inventory.update_part(
            part, by=house["storekeeper"],
            changes={"alternates": [other], "manufacturer_numbers": [("Mann", "W 950")]},
        )  # fmt: skip
    factories.make_line(job(house, title="Oil leak"), part, 2, to="used")
    client = seen_by(house, client, "manager")
    page = client.get(f"/parts/{part.pk}").content.decode()
    assert all(text in page for text in ("Oil leak", "25.00", "Rack 1", "W 950", "Long filter", "12.50 EUR"))
    assert "Filter" in client.get(f"/parts/{other.pk}").content.decode().partition("It does instead of")[2]
    page = seen_by(house, client, "technician2").get(f"/parts/{part.pk}").content.decode()
    assert ("Oil leak" in page, "12.50" in page) == (False, False)
    assert seen_by(house, client, "requester").get(f"/parts/{part.pk}").status_code == 403


def test_the_history_tells_what_happened_to_parts(house: House, client: Client) -> None:
    requester = house["requester"]
    work_order = job(house, requested_by=requester)
    part = factories.make_part(house.tenant, number="HY-7", name="Hose", unit="m")
    line = factories.make_line(work_order, part, D("2.5"), by=house["dispatcher"])
    with house.inside():
        actions.use_part(line, by=house["technician"], quantity=D(2))
    page = seen_by(house, client, "dispatcher").get(f"/work-orders/{work_order.pk}").content.decode()
    told = re.findall(r"<strong>([^<]+)</strong> ((?:asked|used)[^<]+?) <", page)
    assert told == [
        (house["technician"].name, "used a part on this"),
        (house["dispatcher"].name, "asked for parts for this"),
    ]
    assert "2 m × HY-7 Hose" in page
    assert "2.5 m × HY-7 Hose" in page
    theirs = seen_by(house, client, "requester").get(f"/work-orders/{work_order.pk}").content.decode()
    assert "HY-7" not in theirs


def test_text_of_people_is_escaped(house: House, client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    part = factories.make_part(house.tenant, name=evil, number=evil, kept_in=evil, unit="kg<b>")
    work_order = job(house, title=evil)
    factories.make_line(work_order, part)
    client = seen_by(house, client, "admin")
    for address in (
        f"/work-orders/{work_order.pk}", "/parts", f"/parts/{part.pk}", "/parts/to-give",
        f"/work-orders/{work_order.pk}/parts/find?part_q=script", f"/work-orders/{work_order.pk}/parts?part_q=%22%3E%3Cscript",
        f"/parts/{part.pk}/edit",
    ):  # fmt: skip
        page = client.get(address).content.decode()
        assert "<script>alert(1)" not in page, address
        assert "&lt;script&gt;" in page, address
