"""Lists as files: what is in them, that they are safe to open, that they stream."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import exporting
from workorders.asked import Asked
from workorders.views.export import planned

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
NOON = dt.datetime(2030, 7, 1, 12, tzinfo=dt.UTC)


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    found: bytes = response.getvalue()
    return found


def table(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body(response).decode("utf-8-sig"))))


def sheet(content: bytes) -> list[list[str | float | None]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = [
            "".join(item.itertext())
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", NS)
        ]
    found: list[list[str | float | None]] = []
    for row in root.iterfind(".//m:row", NS):
        cells: list[str | float | None] = []
        for cell in row.iterfind("m:c", NS):
            assert cell.find("m:f", NS) is None
            value = cell.find("m:v", NS)
            if cell.get("t") == "inlineStr":
                cells.append("".join(cell.itertext()))
            elif cell.get("t") == "s" and value is not None:
                cells.append(shared[int(value.text or "")])
            else:
                cells.append(float(value.text or "") if value is not None else None)
        found.append(cells)
    return found


@pytest.fixture
def dispatcher(house: House, client: Client) -> Client:
    client.force_login(house["dispatcher"].user)
    return client


def test_it_writes_what_the_list_shows(house: House, dispatcher: Client) -> None:
    place = factories.make_location(house.tenant, name="Hall")
    asset = factories.make_asset(house.tenant, name="Pump", tag="P-1", location=place)
    late = house.work("assigned", to="technician", title="Leak, with “quotes” and\nlines", asset=asset, due_at=NOON)
    house.work("closed", title="Done")
    rows = table(dispatcher.get("/work-orders/export"))
    assert rows == [
        ["Priority", "Number", "Title", "Status", "Asset", "Asset tag", "Place", "Assignee", "Crew", "Due (UTC)"],
        ["Medium", late.number, late.title, "Assigned", "Pump", "P-1", "Hall", "technician", "", "2030-07-01 12:00"],
    ]


def test_filters_order_and_columns_are_those_of_the_address(house: House, dispatcher: Client) -> None:
    for title in ("Leak B", "Leak A", "Noise"):
        house.work(title=title)
    rows = table(dispatcher.get("/work-orders/export?search=leak&sort=title&columns=progress,workOrder&layout=kanban"))
    assert [row[2] for row in rows[1:]] == ["Leak A", "Leak B"]
    assert rows[0] == ["Progress %", "Number", "Title"]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_is_never_a_formula(house: House, dispatcher: Client, title: str) -> None:
    made = house.work(title="x")
    with house.inside():
        type(made).objects.filter(pk=made.pk).update(title=title, description=title)
    row = table(dispatcher.get("/work-orders/export?columns=workOrder,description"))[1]
    assert row[1:] == [f"'{title}", f"'{title}"]
    cells = sheet(body(dispatcher.get("/work-orders/export?format=xlsx&columns=workOrder")))[1]
    assert cells[1] in (title, title.replace("\r", "\n"))


def test_instants_are_in_the_organisations_zone(house: House, client: Client) -> None:
    house.tenant.time_zone = "Europe/Oslo"
    with house.inside():
        house.tenant.save()
    house.work(due_at=NOON)
    client.force_login(house["dispatcher"].user)
    assert table(client.get("/work-orders/export?columns=due"))[0][2] == "Due (Europe/Oslo)"
    assert table(client.get("/work-orders/export?columns=due"))[1][2] == "2030-07-01 14:00"
    cells = sheet(body(client.get("/work-orders/export?format=xlsx&columns=due")))
    assert (
        round(float(cells[1][2] or 0) * 1440)
        == (dt.datetime(2030, 7, 1, 14) - dt.datetime(1899, 12, 30)).total_seconds() / 60
    )


def test_a_workbook_holds_hostile_text_as_text(house: House, dispatcher: Client) -> None:
    made = house.work(title='<c> & "x" ]]>\x0b')
    rows = sheet(body(dispatcher.get("/work-orders/export?format=xlsx&columns=workOrder,progress,due")))
    assert rows == [["Number", "Title", "Progress %", "Due (UTC)"], [made.number, '<c> & "x" ]]>', 0.0, None]]


def test_excel_is_told_the_encoding_and_programs_are_not(house: House, dispatcher: Client) -> None:
    house.work(title="Überdruck")
    assert body(dispatcher.get("/work-orders/export")).startswith(b"\xef\xbb\xbfPriority")
    api = caller(house["dispatcher"])
    assert body(api.get("work-orders/export")).startswith(b"Priority")
    assert body(api.get("work-orders/export?bom=true")).startswith(b"\xef\xbb\xbf")


def test_the_api_takes_the_filters_of_the_list_and_refuses_the_rest(house: House) -> None:
    api = caller(house["dispatcher"])
    house.work(title="Open"), house.work("closed", title="Closed")
    assert len(table(api.get("work-orders/export"))) == 3
    assert [row[2] for row in table(api.get("work-orders/export?open=false&columns=priority,workOrder"))[1:]] == [
        "Closed"
    ]
    for wrong in ("format=pdf", "columns=colour", "columns=", "bom=1", "colour=red", "sort=colour", "cursor=x"):
        answer = api.get(f"work-orders/export?{wrong}")
        assert (answer.status_code, list(answer.json()["details"])) == (400, [wrong.partition("=")[0]]), wrong


def test_who_may_not_export_gets_nothing(house: House, client: Client) -> None:
    some = house.having("workorder.view_all")
    client.force_login(some.user)
    assert client.get("/work-orders/export").status_code == 403
    answer = caller(some).get("work-orders/export")
    assert (answer.status_code, answer.json()["permission"]) == (403, "workorder.export")


def test_only_what_the_member_sees_is_in_it(house: House, stranger: House, client: Client) -> None:
    stranger.work(title="Theirs")
    house.work("assigned", to="technician", title="Mine"), house.work("assigned", to="technician2", title="Not mine")
    member = house.having("workorder.view_own", "workorder.export")
    house.work("assigned", to="technician", title="Requested", requested_by=member)
    client.force_login(member.user)
    assert [row[2] for row in table(client.get("/work-orders/export"))[1:]] == []


def test_it_comes_in_pieces_and_ends_with_its_reader(house: House) -> None:
    for _ in range(8):
        house.work(description="y" * 19_000)
    member = house["dispatcher"]
    with house.inside():
        pieces = exporting.csv_lines(planned(member, Asked.of(member, {"columns": "workOrder,description"})), bom=False)
    assert next(pieces) == b"Number,Title,Description\n"
    assert len(next(pieces)) > 65_000
    pieces.close()
    with house.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_few_at_a_time_and_a_place_is_given_back(house: House, dispatcher: Client) -> None:
    house.work()
    places = [exporting.taken_turn() for _ in range(exporting.AT_ONCE)]
    assert dispatcher.get("/work-orders/export").status_code == 409
    places[0](), places[0]()
    for _ in range(3):
        body(dispatcher.get("/work-orders/export"))
    places[1]()
    assert re.fullmatch(r"\d", str(exporting.AT_ONCE))


def test_one_statement_whatever_the_number_of_rows(
    house: House, dispatcher: Client, django_assert_num_queries: Any
) -> None:
    for count in (1, 3):
        for _ in range(count):
            house.work()
        table(dispatcher.get("/work-orders/export"))
        with django_assert_num_queries(7):
            assert len(table(dispatcher.get("/work-orders/export"))) > count


def test_head_makes_no_file(dispatcher: Client) -> None:
    answer = dispatcher.head("/work-orders/export?format=xlsx")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, exporting.TYPES["xlsx"])
