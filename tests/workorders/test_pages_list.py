from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.house import House

LIST = "/work-orders"


@pytest.fixture
def dispatcher(house: House, client: Client) -> Client:
    client.force_login(house["dispatcher"].user)
    return client


def titles(response: Any) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'<a class="go"[^>]*>([^<]*)</a>', response.content.decode())]


def chips(response: Any) -> dict[str, str]:
    """Label → figure of each quick filter."""
    found = re.findall(r'<a class="chip[^"]*"[^>]*>([^<]*)(?: <b>(\d+)</b>)?</a>', response.content.decode())
    return {label.strip(): figure for label, figure in found}


def test_list_shows_open_work_newest_first(house: House, dispatcher: Client) -> None:
    now = timezone.now()
    house.work(title="Old leak", at=now - dt.timedelta(days=2))
    house.work(title="New noise", at=now - dt.timedelta(days=1))
    house.work("closed", title="Done long ago")
    response = dispatcher.get(LIST)
    assert titles(response) == ["New noise", "Old leak"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("open=any", {"Leak", "Noise", "Gone"}),
        ("open=false", {"Gone"}),
        ("status=in_progress", {"Noise"}),
        ("search=lea", {"Leak"}),
        ("priority=high", {"Noise"}),
        ("assignedTo=none", {"Leak"}),
        ("overdue=true", {"Leak"}),
        ("unknown=thing", {"Leak", "Noise"}),
    ],
)
def test_list_narrows_by_its_address(house: House, dispatcher: Client, query: str, expected: set[str]) -> None:
    late = timezone.now() - dt.timedelta(hours=5)
    house.work(title="Leak", due_at=late)
    with house.inside():
        high = factories.WorkOrder._meta.get_field("priority").related_model.objects.get(key="high")
    house.work("in_progress", to="technician", title="Noise", priority=high)
    house.work("cancelled", title="Gone")
    assert set(titles(dispatcher.get(f"{LIST}?{query}"))) == expected


def test_list_refuses_a_value_it_does_not_know(dispatcher: Client) -> None:
    response = dispatcher.get(f"{LIST}?status=sleeping")
    assert response.status_code == 422
    assert "Unknown status sleeping" in response.content.decode()


def test_chips_count_open_work_per_status(house: House, dispatcher: Client) -> None:
    house.work()
    house.work("assigned", to="technician")
    house.work("assigned", to="technician", due_at=timezone.now() - dt.timedelta(days=1))
    house.work("completed", to="technician")
    found = chips(dispatcher.get(LIST))
    assert (found["All open"], found["Open"], found["Assigned"], found["Overdue"]) == ("3", "1", "2", "1")


def test_pages_follow_each_other_without_gap_or_repetition(house: House, dispatcher: Client) -> None:
    with house.inside():
        for number in range(55):
            factories.actions.report(by=None, tenant=house.tenant, title=f"Job {number:02}")
    first = dispatcher.get(f"{LIST}?search=job")
    href = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert href is not None
    second = dispatcher.get(html.unescape(href.group(1)))
    assert (len(titles(first)), len(titles(second))) == (50, 5)
    assert set(titles(first)) | set(titles(second)) == {f"Job {number:02}" for number in range(55)}


def test_htmx_gets_the_rows_only(house: House, dispatcher: Client) -> None:
    house.work(title="Leak")
    part = dispatcher.get(LIST, headers={"HX-Request": "true", "HX-Target": "rows"})
    assert titles(part) == ["Leak"]
    assert b"<html" not in part.content
    assert {"HX-Request", "HX-Target"} <= set(part.headers["Vary"].split(", "))
    restored = dispatcher.get(
        LIST, headers={"HX-Request": "true", "HX-Target": "rows", "HX-History-Restore-Request": "true"}
    )
    assert b"<html" in restored.content


def test_an_empty_list_says_what_to_do(dispatcher: Client) -> None:
    assert b"Nothing is open" in dispatcher.get(LIST).content
    searched = dispatcher.get(f"{LIST}?search=pump").content.decode()
    assert "No open work fits “pump”" in searched
    assert "/work-orders?search=pump&amp;open=any" in searched


def test_text_of_people_is_escaped(house: House, dispatcher: Client) -> None:
    house.work(title='<script>alert(1)</script> "><img src=x onerror=alert(1)>')
    page = dispatcher.get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_one_row_and_three(
    house: House, dispatcher: Client, django_assert_num_queries: Any, count: int
) -> None:
    place = factories.make_location(house.tenant)
    for _ in range(count):
        house.work("assigned", to="technician", asset=factories.make_asset(house.tenant, location=place))
    dispatcher.get(LIST)
    # savepoint, session, login, membership, figures, overdue, rows, one's own clock, release
    with django_assert_num_queries(9):
        assert len(titles(dispatcher.get(LIST))) == count


def test_list_is_for_members_who_see_work(house: House, client: Client) -> None:
    assert client.get(f"{LIST}?search=x").headers["Location"] == "/accounts/login/?next=/work-orders%3Fsearch%3Dx"
    fragment = client.get(LIST, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/work-orders?a=b"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (204, "/accounts/login/?next=/work-orders")
    client.force_login(house["requester"].user)
    assert client.get(LIST).status_code == 403


def test_a_technician_sees_own_and_free_work_only(house: House, client: Client) -> None:
    house.work("assigned", to="technician", title="Mine")
    house.work("assigned", to="technician2", title="Theirs")
    house.work(title="Free")
    client.force_login(house["technician"].user)
    assert set(titles(client.get(LIST))) == {"Mine", "Free"}


def test_another_tenant_is_not_there(house: House, stranger: House, dispatcher: Client) -> None:
    stranger.work(title="Secret of theirs")
    assert titles(dispatcher.get(f"{LIST}?open=any")) == []
