"""Acting on many from the list: what is asked, what is confirmed, how it went, the way back."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.house import House
from workorders.models import BulkRun, WorkOrder
from workorders.views import bulk

BULK = "/work-orders/bulk"


@pytest.fixture
def manager(house: House, client: Client) -> Client:
    client.force_login(house["manager"].user)
    return client


def run_of(house: House) -> BulkRun:
    with house.inside():
        return BulkRun.objects.latest("created_at")


def words(response: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_the_list_offers_what_the_member_may(house: House, client: Client) -> None:
    house.work()
    client.force_login(house["manager"].user)
    page = client.get("/work-orders").content.decode()
    assert set(re.findall(r'name="act" value="([\w.]+)"', page)) >= {"assign", "priority", "comment", "status.closed"}
    assert 'name="ids"' in page
    client.force_login(house.having("workorder.view_all").user)
    assert 'name="ids"' not in client.get("/work-orders").content.decode()


DATA: dict[str, dict[str, str]] = {
    "assign": {"nobody": "on"}, "priority": {"priority": "high"}, "type": {"type": "inspection"},
    "schedule": {"due_at": "2030-01-02T10:00"}, "comment": {"text": "Look at it"}, "status.in_progress": {},
    "status.on_hold": {"reason": "parts"}, "status.cancelled": {"reason": "Sold"},
}  # fmt: skip


@pytest.mark.parametrize("act", DATA)
def test_first_it_asks_then_it_does(house: House, manager: Client, act: str) -> None:
    rows = [house.work("assigned", to="technician") for _ in range(2)]
    chosen = {"act": act, "ids": [str(row.pk) for row in rows]}
    asked = manager.post(BULK, chosen)
    assert (asked.status_code, "2 selected work orders" in words(asked)) == (200, True)
    assert not BulkRun.objects.exists()
    done = manager.post(BULK, {**chosen, **DATA[act], "confirmed": "2", "query": "search=x"})
    assert (done.status_code, done.headers["Location"]) == (302, "/work-orders?search=x"), words(done)
    assert run_of(house).done == 2


def test_all_that_match_are_counted_and_confirmed(house: House, manager: Client) -> None:
    for title in ("Leak A", "Leak B", "Noise"):
        house.work(title=title)
    assert manager.get(f"{BULK}/count?search=leak").content == b"2"
    chosen = {"act": "priority", "all": "1", "query": "search=leak"}
    assert "All 2 work orders that match" in words(manager.post(BULK, chosen))
    house.work(title="Leak C")
    again = manager.post(BULK, {**chosen, "priority": "high", "confirmed": "2"})
    assert (again.status_code, "More match by now: 3 instead of 2" in words(again)) == (422, True)
    assert manager.post(BULK, {**chosen, "priority": "high", "confirmed": "3"}).status_code == 302
    with house.inside():
        assert set(WorkOrder.objects.filter(priority__key="high").values_list("title", flat=True)) == {
            "Leak A",
            "Leak B",
            "Leak C",
        }


def test_what_was_refused_is_listed_and_in_a_file(house: House, manager: Client) -> None:
    good, bad = house.work("completed", to="technician"), house.work(title="=Fresh")
    done = manager.post(BULK, {"act": "status.closed", "ids": f"{good.pk},{bad.pk}", "confirmed": "2"})
    run = run_of(house)
    assert done.headers["Location"] == f"{BULK}/{run.pk}"
    page = words(manager.get(done.headers["Location"]))
    assert "1 of 2 done, 1 refused" in page
    assert "Work that is “Open” cannot become “Closed”" in page
    rows = manager.get(f"{BULK}/{run.pk}?format=csv").content.decode("utf-8-sig").splitlines()
    assert rows[0] == "Number,Title,Result,Why"
    assert f"{bad.number},'=Fresh,refused," in rows[1]


def test_it_is_taken_back_once(house: House, manager: Client) -> None:
    row = house.work()
    manager.post(BULK, {"act": "priority", "ids": str(row.pk), "priority": "critical", "confirmed": "1"})
    undo = f"{BULK}/{run_of(house).pk}/undo"
    assert f'action="{undo}"' in manager.get("/work-orders").content.decode()
    assert manager.post(undo).status_code == 302
    assert house.read(row).priority_id == row.priority_id
    assert manager.post(undo).status_code == 409


def test_refusals(house: House, manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    row = house.work()
    assert manager.post(BULK, {"act": "explode", "ids": str(row.pk)}).status_code == 422
    assert manager.post(BULK, {"act": "priority"}).status_code == 409
    assert manager.post(BULK, {"act": "assign", "ids": str(row.pk), "confirmed": "1"}).status_code == 422
    assert manager.get(BULK).status_code == 405
    monkeypatch.setattr(bulk, "MOST", 0)
    assert "at most 0 go at a time" in words(manager.post(BULK, {"act": "priority", "ids": str(row.pk)}))


def test_runs_are_seen_by_who_made_them(house: House, manager: Client) -> None:
    row = house.work()
    manager.post(BULK, {"act": "comment", "ids": str(row.pk), "text": "Seen", "confirmed": "1"})
    path = f"{BULK}/{run_of(house).pk}"
    assert manager.get(path).status_code == 200
    other = Client()
    other.force_login(house["admin"].user)
    assert (other.get(path).status_code, other.post(f"{path}/undo").status_code) == (404, 404)


def test_strangers_ids_are_not_found(house: House, stranger: House, manager: Client) -> None:
    theirs = stranger.work(title="Theirs")
    manager.post(BULK, {"act": "priority", "ids": str(theirs.pk), "priority": "high", "confirmed": "1"})
    page = words(manager.get(f"{BULK}/{run_of(house).pk}"))
    assert "Not found" in page
    assert "Theirs" not in page
