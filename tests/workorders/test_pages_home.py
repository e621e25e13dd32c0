from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.house import House
from workorders import actions

NOW = timezone.now()


@pytest.mark.parametrize(
    ("person", "start"),
    [
        ("admin", "/dashboard"),
        ("manager", "/dashboard"),
        ("dispatcher", "/dashboard"),
        ("technician", "/my-work"),
        ("storekeeper", "/parts/to-give"),
        ("requester", "/requests"),
        ("viewer", "/work-orders"),
    ],
)
def test_each_role_starts_where_its_work_is(house: House, client: Client, person: str, start: str) -> None:
    client.force_login(house[person].user)
    assert client.get("/").headers["Location"] == start
    assert client.get(start).status_code == 200


@pytest.mark.parametrize(
    ("person", "labels"),
    [
        (
            "dispatcher",
            ["Dashboard", "Work orders", "Projects", "Job plans", "Parts to give", "Parts", "Assets", "Places", "People",
             "Time sheets", "Costs"],
        ),
        ("technician", ["My work", "Work orders", "My time", "Parts", "Assets", "Places", "People"]),
        ("requester", ["My requests", "Assets", "Places"]),
        ("viewer", ["Dashboard", "Work orders", "Projects", "Parts", "Assets", "Places", "People"]),
    ],
)  # fmt: skip
def test_navigation_differs_by_role(house: House, client: Client, person: str, labels: list[str]) -> None:
    client.force_login(house[person].user)
    page = client.get("/assets").content.decode()
    side = page[page.index('id="nav"') : page.index("</nav>")]
    assert re.findall(r"</svg>([^<]+)</a></li>", side) == labels
    assert re.findall(r'href="([^"]+)" aria-current="page"', side) == ["/assets"]


def tiles(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'<a class="tile[^"]*" href="([^"]+)"><span>([^<]+)</span><b>(\d+)</b>', page)
    return {label: (figure, href.replace("&amp;", "&")) for href, label, figure in found}


def test_every_tile_leads_to_the_rows_it_counts(house: House, client: Client) -> None:
    house.work(title="Free")
    house.work("assigned", to="technician", title="Late", due_at=NOW - dt.timedelta(hours=3))
    house.work("in_progress", to="technician", title="Soon", due_at=NOW + dt.timedelta(hours=3))
    house.work("on_hold", to="technician", title="Waiting")
    house.work("completed", to="technician", title="Done")
    client.force_login(house["manager"].user)
    found = tiles(client.get("/dashboard").content.decode())
    assert {label: figure for label, (figure, _) in found.items()} == {
        "Open": "4",
        "Overdue": "1",
        "Due in 24 h": "1",
        "On hold": "1",
        "Unassigned": "1",
        "To verify": "1",
    }
    for label, (figure, href) in found.items():
        rows = re.findall(r'<a class="go"', client.get(href).content.decode())
        assert (label, str(len(rows))) == (label, figure)


def test_news_tell_what_was_done_to_work_one_sees(house: House, stranger: House, client: Client) -> None:
    stranger.work(title="Their secret")
    work_order = house.work("assigned", to="technician", title="Leak")
    client.force_login(house["dispatcher"].user)
    page = client.get("/dashboard").content.decode()
    news = page[page.index('id="news"') :]
    assert re.findall(r"<p>(\w+) ([^<]*)<a href=\"[^\"]*\">([^<]*)</a>", news) == [
        ("Millwright", "assigned ", work_order.number),
        ("Millwright", "reported ", work_order.number),
    ]
    assert "Their secret" not in page


def jobs(page: str) -> list[tuple[str, list[str]]]:
    """Group → titles of the cards in it."""
    groups = re.findall(r'<section class="stack stack-s" aria-label="(\w+)">(.*?)</section>', page, re.DOTALL)
    return [(name, re.findall(r'<h3><a id="[^"]*" href="[^"]*">([^<]*)</a>', body)) for name, body in groups]


def test_my_work_is_sorted_by_what_comes_first(house: House, client: Client) -> None:
    house.work("on_hold", to="technician", title="Waiting")
    house.work("assigned", to="technician", title="Later", due_at=NOW + dt.timedelta(days=30))
    house.work("assigned", to="technician", title="Sooner", due_at=NOW + dt.timedelta(hours=3))
    house.work("assigned", to="technician", title="Late", due_at=NOW - dt.timedelta(days=1))
    house.work("in_progress", to="technician", title="Running")
    house.work("assigned", to="technician2", title="Not mine")
    house.work("completed", to="technician", title="Done")
    client.force_login(house["technician"].user)
    assert jobs(client.get("/my-work").content.decode()) == [
        ("Now", ["Running"]),
        ("Overdue", ["Late"]),
        ("Next", ["Sooner", "Later"]),
        ("Waiting", ["Waiting"]),
    ]
    week = jobs(client.get("/my-work?range=week").content.decode())
    assert "Later" not in [title for _, titles in week for title in titles]


def test_work_of_a_crew_is_work_of_its_technicians(house: House, client: Client) -> None:
    crew = factories.make_crew(house.tenant, [house["technician"]])
    work_order = house.work(title="For the crew")
    with house.inside():
        factories.actions.assign(work_order, by=None, crew=crew)
    client.force_login(house["technician"].user)
    assert jobs(client.get("/my-work").content.decode()) == [("Next", ["For the crew"])]


def test_an_idle_technician_is_shown_where_work_is(house: House, client: Client) -> None:
    client.force_login(house["technician"].user)
    page = client.get("/my-work").content.decode()
    assert "Nothing is waiting for you" in page
    assert 'href="/work-orders?assignedTo=none"' in page


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("person", "href", "queries"), [("technician", "/my-work", 9), ("dispatcher", "/dashboard", 16)]
)
def test_the_same_queries_for_one_row_and_three(
    house: House, client: Client, django_assert_num_queries: Any, count: int, person: str, href: str, queries: int
) -> None:
    for _ in range(count):
        house.work("assigned", to="technician", due_at=NOW)
    client.force_login(house[person].user)
    client.get(href)
    with django_assert_num_queries(queries):
        client.get(href)


def test_requests_are_ones_own(house: House, client: Client) -> None:
    with house.inside():
        for title in ("First", "Second"):
            factories.actions.report(by=house["requester"], title=title)
        factories.actions.report(by=house["dispatcher"], title="Not theirs")
    client.force_login(house["requester"].user)
    page = client.get("/requests").content.decode()
    assert re.findall(r'<h2><a id="[^"]*" href="[^"]*">([^<]*)</a>', page) == ["Second", "First"]
    assert client.get("/requests?cursor=forged").status_code == 422


def test_a_card_says_how_far_the_checklist_is(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        task, _ = actions.add_tasks(work_order, by=None, steps=[{"description": "Isolate"}, {"description": "Test"}])
        actions.answer_task(task, by=house["technician"], answer=True)
    client.force_login(house["technician"].user)
    assert '<span class="sr">Checklist </span>1/2</span>' in client.get("/my-work").content.decode()
