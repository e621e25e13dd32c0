"""Work by status and by day: what stands where, and what moving a card does."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tenancy.models import Calendar, Holiday, WorkingInterval
from tests import factories
from tests.house import House
from workorders import actions
from workorders.choices import LinkKind
from workorders.models import WorkOrder, WorkOrderLink
from workorders.views.board import SHOWN

BOARD, MONTH = "/work-orders?layout=kanban", "/work-orders?layout=calendar&month=2030-07"


@pytest.fixture
def dispatcher(house: House, client: Client) -> Client:
    client.force_login(house["dispatcher"].user)
    return client


def lanes(response: Any) -> dict[str, list[str]]:
    found = {}
    for part in re.split(r'<section class="lane', response.content.decode())[1:]:
        key = re.search(r'data-drop="(\w+)"', part)
        assert key is not None
        found[key.group(1)] = [
            html.unescape(text) for text in re.findall(r'<a href="/work-orders/[^"]+">([^<]+)</a>', part)
        ]
    return found


def days(response: Any) -> dict[str, list[str]]:
    found = {}
    for part in re.split(r"<td class", response.content.decode())[1:]:
        key = re.search(r'data-drop="([\d-]+)"', part)
        assert key is not None
        titles = re.findall(r'<span class="cal-title">([^<]+)', part)
        if titles:
            found[key.group(1)] = titles
    return found


def to(work_order: WorkOrder) -> str:
    return f"/work-orders/{work_order.pk}/to"


def day(work_order: WorkOrder) -> str:
    return f"/work-orders/{work_order.pk}/day"


def test_each_status_has_its_column_and_finished_work_stays_a_week(house: House, dispatcher: Client) -> None:
    house.work(title="New"), house.work("on_hold", to="technician", title="Waits")
    house.work("completed", to="technician", title="Done")
    old = house.work("closed", title="Long ago")
    with house.inside():
        WorkOrder.objects.filter(pk=old.pk).update(completed_at=timezone.now() - dt.timedelta(days=9))
    house.work("cancelled", title="Never")
    found = lanes(dispatcher.get(BOARD))
    assert list(found) == ["open", "assigned", "in_progress", "on_hold", "completed", "closed"]
    assert {key: titles for key, titles in found.items() if titles} == {
        "open": ["New"],
        "on_hold": ["Waits"],
        "completed": ["Done"],
    }


def test_filters_of_the_list_hold_on_the_board(house: House, dispatcher: Client) -> None:
    house.work(title="Leak"), house.work(title="Noise"), house.work("assigned", to="technician", title="Leak too")
    assert lanes(dispatcher.get(f"{BOARD}&search=leak"))["open"] == ["Leak"]
    assert list(lanes(dispatcher.get(f"{BOARD}&status=open,assigned"))) == ["open", "assigned"]


def test_a_card_tells_whether_it_can_be_begun(house: House, dispatcher: Client) -> None:
    first, second = house.work(title="First"), house.work(title="Second")
    with house.inside():
        WorkOrderLink.objects.create(tenant=house.tenant, first=first, second=second, kind=LinkKind.BLOCKS)
    page = dispatcher.get(BOARD).content.decode()
    assert (page.count("readiness-ready"), page.count("readiness-blocked")) == (1, 1)


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_takes_as_many_queries_for_one_card_as_for_three(
    house: House, dispatcher: Client, django_assert_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        house.work(), house.work("assigned", to="technician"), house.work("completed", to="technician")
    dispatcher.get(BOARD)
    with django_assert_num_queries(15):
        dispatcher.get(BOARD)


def test_long_columns_come_in_parts(house: House, dispatcher: Client) -> None:
    with house.inside():
        for number in range(SHOWN + 3):
            actions.report(by=None, tenant=house.tenant, title=f"Job {number}")
    page = dispatcher.get(BOARD)
    href = re.search(r'hx-get="(/work-orders/lane[^"]+)"', page.content.decode())
    assert href is not None
    rest = dispatcher.get(html.unescape(href.group(1))).content.decode()
    more = re.findall(r'<a href="/work-orders/[^"]+">([^<]+)</a>', rest)
    assert len(more) == 3
    assert not set(more) & set(lanes(page)["open"])


def test_a_direct_act_is_done_at_once_and_can_be_taken_back(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    row = house.work("on_hold", to="technician")
    done = client.post(
        to(row), {"to": "in_progress", "version": row.version, "back": "layout=kanban"}, headers={"X-Board": "1"}
    )
    assert (done.status_code, b"toast-success" in done.content) == (200, True)
    assert house.read(row).meaning == "in_progress"
    undo = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', done.content.decode())
    }
    back = client.post(to(row), undo)
    assert back.headers["Location"] == BOARD
    assert (house.read(row).meaning, house.read(row).hold_reason) == ("on_hold", "parts")


def test_what_an_act_needs_is_asked_first(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    row = house.work("in_progress", to="technician")
    asked = client.post(to(row), {"to": "on_hold"}, headers={"X-Board": "1"})
    assert (asked.headers["X-Ask"], b'name="reason"' in asked.content) == ("1", True)
    assert house.read(row).meaning == "in_progress"
    client.post(to(row), {"to": "on_hold", "asked": "1", "reason": "access"})
    assert house.read(row).hold_reason == "access"


def test_moving_to_assigned_asks_who(house: House, dispatcher: Client) -> None:
    row = house.work()
    assert b'name="to"' in dispatcher.post(to(row), {"to": "assigned"}).content
    assert house.read(row).meaning == "open"


def test_a_refusal_is_told_and_changes_nothing(house: House, dispatcher: Client) -> None:
    row = house.work(title="Fresh")
    answer = dispatcher.post(to(row), {"to": "closed", "back": ""}, headers={"X-Board": "1"})
    assert answer.status_code in (403, 422)
    stale = house.work("assigned", to="technician")
    told = dispatcher.post(to(stale), {"to": "open", "version": "1"}, headers={"X-Board": "1"})
    assert (told.status_code, b"Somebody changed this" in told.content) == (422, True)
    assert (house.read(row).meaning, house.read(stale).meaning) == ("open", "assigned")


def test_where_to_lists_the_ways_there_are(house: House, client: Client) -> None:
    client.force_login(house["manager"].user)
    row = house.work("in_progress", to="technician")
    page = client.get(to(row)).content.decode()
    assert re.findall(r'href="/work-orders/[^"]+\?to=(\w+)', page) == ["on_hold", "completed", "cancelled"]
    assert client.get(f"{to(row)}?to=cancelled").status_code == 200


def test_strangers_cannot_move(house: House, stranger: House, dispatcher: Client) -> None:
    theirs = stranger.work("assigned")
    for path in (to(theirs), day(theirs)):
        assert dispatcher.post(path, {"to": "open", "day": "2030-01-01"}).status_code == 404


# --- Calendar
def test_days_are_those_of_the_organisations_zone(house: House, client: Client) -> None:
    house.tenant.time_zone = "Pacific/Auckland"
    with house.inside():
        house.tenant.save()
    client.force_login(house["dispatcher"].user)
    house.work(title="Late evening in UTC", due_at=dt.datetime(2030, 7, 10, 13, tzinfo=dt.UTC))
    house.work(title="Scheduled", scheduled_at=dt.datetime(2030, 7, 10, 11, tzinfo=dt.UTC))
    assert days(client.get(MONTH)) == {"2030-07-11": ["Late evening in UTC"]}
    assert days(client.get(f"{MONTH}&by=scheduled")) == {"2030-07-10": ["Scheduled"]}


def test_weeks_begin_on_monday_and_cover_the_month(dispatcher: Client) -> None:
    page = dispatcher.get(MONTH).content.decode()
    found = re.findall(r'data-drop="([\d-]+)"', page)
    assert (found[0], found[-1], len(found)) == ("2030-07-01", "2030-08-04", 35)
    assert "layout=calendar&amp;month=2030-06" in page
    assert dispatcher.get("/work-orders?layout=calendar&month=13").status_code == 422


def test_full_days_tell_how_many_more(house: House, dispatcher: Client) -> None:
    for number in range(6):
        house.work(title=f"Job {number}", due_at=dt.datetime(2030, 7, 3, 8 + number, tzinfo=dt.UTC))
    page = dispatcher.get(MONTH)
    assert len(days(page)["2030-07-03"]) == 4
    href = re.search(r'<a class="cal-more" href="([^"]+)">\+ 2 more', page.content.decode())
    assert href is not None
    listed = dispatcher.get(html.unescape(href.group(1))).content.decode()
    assert len(re.findall(r'<a class="go"', listed)) == 6


def test_days_off_are_marked(house: House, dispatcher: Client) -> None:
    with house.inside():
        calendar = Calendar.objects.create(tenant=house.tenant, name="Week", time_zone="UTC", is_default=True)
        for weekday in range(5):
            WorkingInterval.objects.create(
                tenant=house.tenant, calendar=calendar, weekday=weekday, starts=dt.time(8), ends=dt.time(17)
            )
        Holiday.objects.create(tenant=house.tenant, calendar=calendar, on=dt.date(2030, 7, 4), name="Parade")
    page = dispatcher.get(MONTH).content.decode()
    assert len(re.findall(r'<td class="[^"]*\bfree\b', page)) == 11
    assert "<small>Parade</small>" in page


def test_another_day_keeps_the_time_of_the_day_and_can_be_taken_back(house: House, dispatcher: Client) -> None:
    row = house.work(due_at=dt.datetime(2030, 7, 3, 9, 30, tzinfo=dt.UTC))
    done = dispatcher.post(
        day(row), {"day": "2030-07-20", "by": "due", "version": row.version}, headers={"X-Board": "1"}
    )
    assert b"Undo" in done.content
    assert house.read(row).due_at == dt.datetime(2030, 7, 20, 9, 30, tzinfo=dt.UTC)
    back = dispatcher.post(day(row), {"day": "2030-07-03", "by": "due", "back": "layout=calendar"})
    assert back.headers["Location"] == "/work-orders?layout=calendar"
    assert house.read(row).due_at == row.due_at


def test_a_time_that_the_clocks_leave_out_moves_forward(house: House) -> None:
    house.tenant.time_zone = "Europe/Oslo"
    with house.inside():
        house.tenant.save()
    member = house.again(house["dispatcher"])
    row = house.work(due_at=dt.datetime(2030, 3, 30, 1, 30, tzinfo=dt.UTC))
    with house.inside():
        moved = actions.move_to_day(row, by=member, kind="due", day=dt.date(2030, 3, 31))
    assert moved.due_at == dt.datetime(2030, 3, 31, 1, 30, tzinfo=dt.UTC)


def test_refusals_of_another_day(house: House, dispatcher: Client) -> None:
    dated, bare = house.work(due_at=timezone.now()), house.work()
    assert dispatcher.post(day(bare), {"day": "2030-07-20"}).status_code == 422
    assert dispatcher.post(day(dated), {"day": "soon"}).status_code == 422
    assert dispatcher.post(day(dated), {"day": "2030-07-20", "by": "birth"}).status_code == 422
    viewer = Client()
    viewer.force_login(house["viewer"].user)
    assert viewer.post(day(dated), {"day": "2030-07-20"}).status_code == 403
    assert house.read(dated).due_at == dated.due_at


@pytest.mark.parametrize("count", [1, 3])
def test_the_month_takes_as_many_queries_for_one_as_for_three(
    house: House, dispatcher: Client, django_assert_num_queries: Any, count: int
) -> None:
    place = factories.make_location(house.tenant)
    for number in range(count):
        house.work(due_at=dt.datetime(2030, 7, 3 + number, 8, tzinfo=dt.UTC), location=place)
    dispatcher.get(MONTH)
    with django_assert_num_queries(10):
        dispatcher.get(MONTH)
