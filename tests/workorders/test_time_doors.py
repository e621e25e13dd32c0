"""Time by page and API: the same entries, the clock in the header, one's own day and week, everybody's sheet."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from tests.api.conftest import caller
from tests.house import House
from workorders import actions
from workorders.models import TimeEntry, Timer

DAY = dt.date.today() - dt.timedelta(days=3)


def sign_in(client: Client, house: House, name: str) -> Client:
    client.force_login(house[name].user)
    return client


def rows(house: House) -> list[dict[str, Any]]:
    skipped = ("id", "work_order_id", "posted_at", "corrects_id")
    with house.inside():
        return [
            {k: v for k, v in row.items() if k not in skipped}
            for row in TimeEntry.objects.order_by("posted_at").values()
        ]


def test_page_api_and_act_book_the_same(house: House, client: Client) -> None:
    house["technician"]
    jobs = [house.work("in_progress", to="technician") for _ in range(3)]
    with house.inside():
        actions.add_time(
            jobs[0], by=house["technician"], worked_on=DAY, minutes=90, category="travel",
            overtime_factor=Decimal("1.5"), note="Drive",
        )  # fmt: skip
    sign_in(client, house, "technician")
    form = {"worked_on": str(DAY), "minutes": "1.5", "category": "travel", "overtime_factor": "1.5", "note": "Drive"}
    done = client.post(f"/work-orders/{jobs[1].pk}/time", form)
    assert (done.status_code, done.headers["Location"]) == (302, f"/work-orders/{jobs[1].pk}#panel-time")
    body = {"workedOn": str(DAY), "minutes": 90, "category": "travel", "overtimeFactor": 1.5, "note": "Drive"}
    made = caller(house["technician"]).post(f"work-orders/{jobs[2].pk}/time", body)
    assert made.status_code == 201
    found = rows(house)
    assert found[0] == found[1] == found[2]
    assert len({(house.read(job).labor_cost, house.read(job).version) for job in jobs}) == 1


def test_from_until_by_page_is_local_and_may_go_over_midnight(client: Client, db: None) -> None:
    house = House(factories.make_tenant(time_zone="Europe/Berlin"))
    work_order = house.work("in_progress", to="technician")
    sign_in(client, house, "technician")
    form = {"worked_on": str(DAY), "started": "23:00", "ended": "01:30", "category": "work", "overtime_factor": "1"}
    assert client.post(f"/work-orders/{work_order.pk}/time", form).status_code == 302
    assert [(row["worked_on"], row["minutes"]) for row in rows(house)] == [(DAY, 60), (DAY + dt.timedelta(days=1), 90)]
    again = client.post(f"/work-orders/{work_order.pk}/time", form)
    assert (again.status_code, b"Correct that entry, or book the time around it" in again.content) == (422, True)


def test_the_api_answers_entries_and_hides_money(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    call, boss = caller(house["technician"]), caller(house["manager"])
    answer = call.post(f"work-orders/{work_order.pk}/time", {"workedOn": str(DAY), "minutes": 30}).json()
    (made,) = answer["time"]
    assert not {"rate", "cost"} & made.keys()
    listed = boss.get(f"work-orders/{work_order.pk}/time").json()
    assert listed["totalMinutes"] == 30
    assert {name: listed["time"][0][name] for name in ("id", "minutes", "rate", "cost", "corrected", "workedOn")} == {
        "id": made["id"], "minutes": 30, "rate": 50, "cost": 25, "corrected": False, "workedOn": str(DAY),
    }  # fmt: skip
    fixed = call.post(f"time-entries/{made['id']}/correct", {"minutes": 45, "reason": "Typing"})
    assert [(one["minutes"], one["corrects"], one["note"]) for one in fixed.json()["time"]] == [
        (-30, made["id"], "Typing"), (45, None, ""),
    ]  # fmt: skip
    refused = call.post(f"time-entries/{made['id']}/correct", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "corrected")
    taken = call.post(f"time-entries/{fixed.json()['time'][1]['id']}/correct", {"replace": False})
    assert len(taken.json()["time"]) == 1
    assert boss.get(f"work-orders/{work_order.pk}/time").json()["totalMinutes"] == 0
    wrong = call.post(f"work-orders/{work_order.pk}/time", {"startedAt": "2026-01-01T00:00:00Z", "minutes": 5})
    assert set(wrong.json()["details"]) == {"minutes"}
    requester = caller(house["requester"])
    asked = house.work(requested_by=house["requester"])
    assert requester.get(f"work-orders/{asked.pk}/time").status_code == 403


def test_lists_of_entries(house: House) -> None:
    first, second = (house.work("in_progress", to=name) for name in ("technician", "technician2"))
    with house.inside():
        for number in range(3):
            actions.add_time(first, by=house["technician"], worked_on=DAY - dt.timedelta(days=number), minutes=10)
        actions.add_time(second, by=house["technician2"], worked_on=DAY, minutes=20)
    own, boss = caller(house["technician"]), caller(house["dispatcher"])
    assert {one["personName"] for one in own.get("time-entries").json()} == {"technician"}
    assert len(boss.get("time-entries").json()) == 4
    assert len(boss.get(f"time-entries?person={house['technician2'].pk}").json()) == 1
    assert len(own.get(f"time-entries?person=me&from={DAY}&to={DAY}").json()) == 1
    assert len(boss.get(f"time-entries?workOrderId={first.pk}&to={DAY - dt.timedelta(days=1)}").json()) == 2
    for wrong, name in (
        ("from=x", "from"),
        ("to=2026-13-01", "to"),
        ("person=x", "person"),
        ("workOrderId=x", "workOrderId"),
    ):
        assert set(boss.get(f"time-entries?{wrong}").json()["details"]) == {name}
    page = boss.get("time-entries?limit=3&sort=-workedOn")
    rest = boss.get(re.search(r"/api/v1/([^>]+)", page.headers["Link"]).group(1))
    assert len({one["id"] for one in page.json() + rest.json()}) == 4


def test_the_clock_by_api(house: House) -> None:
    work_order, call = house.work(to="technician"), caller(house["technician"])
    assert call.get("timers/me").json() == {"timer": None}
    began = (timezone.now() - dt.timedelta(minutes=20)).isoformat()
    started = call.post(f"work-orders/{work_order.pk}/timer", {"at": began, "category": "travel"})
    assert (started.status_code, started.json()["category"]) == (201, "travel")
    assert call.get("timers/me").json()["timer"]["workOrderNumber"] == work_order.number
    stopped = call.delete(f"work-orders/{work_order.pk}/timer")
    assert (stopped.status_code, sum(one["minutes"] for one in stopped.json()["time"])) == (200, 20)
    assert stopped.json()["message"] == "20 min booked."
    again = call.delete(f"work-orders/{work_order.pk}/timer")
    assert (again.status_code, again.json()["time"]) == (200, [])
    for wrong, name in (("endedAt=x", "endedAt"), ("discard=1", "discard"), ("personId=x", "personId")):
        assert set(call.delete(f"work-orders/{work_order.pk}/timer?{wrong}").json()["details"]) == {name}
    call.post(f"work-orders/{work_order.pk}/timer", {})
    with house.inside():
        actions.assign(work_order, by=None, to=house.profile("technician2"))
    assert call.delete(f"work-orders/{work_order.pk}/timer").status_code == 404  # no longer theirs to see
    assert call.delete("timers/me").status_code == 200
    assert call.get("timers/me").json() == {"timer": None}


def test_the_clock_by_page_and_in_the_header(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician2")
    mine = house.work(to="technician")
    sign_in(client, house, "technician")
    page = client.get(f"/work-orders/{mine.pk}").content.decode()
    assert f'action="/work-orders/{mine.pk}/timer"' in page
    assert re.search(r'id="clock"[^>]*hidden', page)
    assert client.post(f"/work-orders/{mine.pk}/timer").status_code == 302
    everywhere = [
        client.get(href).content.decode() for href in ("/my-work", "/my-time", "/assets", f"/work-orders/{mine.pk}")
    ]
    assert all(mine.number in page and "data-seconds" in page for page in everywhere)
    assert f'data-clock-work="{mine.pk}"' in client.get("/my-time/clock").content.decode()
    other = Client()
    other.force_login(house["technician"].user)  # another device
    assert other.post("/my-time/clock/stop").status_code == 302
    told = client.post(f"/work-orders/{mine.pk}/timer/stop")
    assert told.status_code == 302
    assert "No clock was running" in client.get("/my-time").content.decode()
    with house.inside():
        assert not Timer.objects.exists()
    assert client.post(f"/work-orders/{work_order.pk}/timer").status_code == 404
    assert b'id="clock"' not in sign_in(Client(), house, "viewer").get("/dashboard").content


def test_a_forgotten_clock_asks_on_its_page(house: House, client: Client) -> None:
    mine = house.work(to="technician")
    sign_in(client, house, "technician").post(f"/work-orders/{mine.pk}/timer")
    with house.inside():
        began = timezone.now() - dt.timedelta(hours=20)
        Timer.objects.update(started_at=began)
    asked = client.post("/my-time/clock/stop")
    assert (asked.status_code, b"Say when you stopped working" in asked.content) == (422, True)
    ended = (began + dt.timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    assert client.post("/my-time/clock/stop", {"ended_at": ended}).status_code == 302
    assert 179 <= sum(row["minutes"] for row in rows(house)) <= 180


def test_starting_a_second_job_offers_to_hold_the_first(house: House, client: Client) -> None:
    first, second = house.work(to="technician"), house.work(to="technician")
    sign_in(client, house, "technician")
    for job in (first, second):
        client.post(f"/work-orders/{job.pk}/start")
    page = client.get(f"/work-orders/{second.pk}").content.decode()
    assert f'href="/work-orders/{first.pk}/hold"' in page
    client.post(f"/work-orders/{first.pk}/hold", {"reason": "parts"})
    assert "Put it on hold" not in client.get(f"/work-orders/{second.pk}").content.decode()


def test_the_panel_corrects_and_marks_what_was_corrected(house: House, client: Client) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        (entry,) = actions.add_time(work_order, by=house["technician"], worked_on=DAY, minutes=90)
    href = f"/work-orders/{work_order.pk}/time/{entry.pk}/correct"
    page = sign_in(client, house, "technician").get(f"/work-orders/{work_order.pk}").content.decode()
    assert href in page
    assert b'value="1.5"' in client.get(href).content
    form = {
        "worked_on": str(DAY),
        "minutes": "2",
        "category": "work",
        "overtime_factor": "1",
        "note": "",
        "reason": "Typo",
    }
    assert client.post(href, form).status_code == 302
    page = client.get(f"/work-orders/{work_order.pk}").content.decode()
    assert (href in page, "Taken back" in page, "Corrected" in page, "−1 h 30 min" in page) == (False, True, True, True)
    assert client.post(href, form).status_code == 422
    with house.inside():
        meant = TimeEntry.objects.get(minutes=120)
    client.post(f"/work-orders/{work_order.pk}/time/{meant.pk}/correct", {"nothing": "on", "reason": "Wrong job"})
    assert sum(row["minutes"] for row in rows(house)) == 0
    sign_in(client, house, "viewer")
    assert client.get(f"/work-orders/{work_order.pk}/time/{meant.pk}/correct").status_code in (200, 404)
    assert client.post(f"/work-orders/{work_order.pk}/time/{meant.pk}/correct", {"nothing": "on"}).status_code in (
        403,
        422,
    )


@pytest.mark.parametrize("count", [1, 3])
def test_the_panels_ask_as_much_for_three_entries_as_for_one(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        for number in range(count):
            actions.add_time(work_order, by=house["technician"], worked_on=DAY - dt.timedelta(days=number), minutes=30)
            actions.add_cost(work_order, by=None, kind="other", amount=Decimal(5), description=f"Skip {number}")
    from workorders.panels import costs, time

    member = house.again(house["manager"])
    with house.inside(), django_assert_num_queries(4):
        found = time.panel(work_order, member), costs.panel(work_order, member)
        assert (len(found[0]["entries"]), len(found[1]["lines"])) == (count, count)


@pytest.mark.parametrize("count", [1, 3])
def test_the_sheets_ask_as_much_for_three_people_as_for_one(
    house: House, client: Client, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        name = f"technician{number or ''}"
        work_order = house.work("in_progress", to=name)
        with house.inside():
            actions.add_time(work_order, by=house[name], worked_on=DAY, minutes=30)
    sign_in(client, house, "dispatcher").get("/time/week")
    with django_assert_num_queries(8):
        page = client.get(f"/time/week?from={DAY}").content.decode()
    assert page.count("30 min") >= count
    text = client.get(f"/time/week.csv?from={DAY}").content.decode("utf-8-sig")
    assert text.splitlines()[0] == "Person,Day,Minutes,Hours"
    assert len(text.splitlines()) == 1 + count


def test_a_name_is_no_formula_in_the_sheet(house: House, client: Client) -> None:
    person = factories.make_technician(house.tenant, name="=cmd|'/c calc'!A1", login=False)
    work_order = house.work()
    with house.inside():
        actions.add_time(work_order, by=house["dispatcher"], person=person, worked_on=DAY, minutes=30)
    text = sign_in(client, house, "dispatcher").get(f"/time/week.csv?from={DAY}").content.decode("utf-8-sig")
    assert "'=cmd" in text


def test_my_day_and_week_say_what_is_missing(house: House, client: Client) -> None:
    from tenancy.models import Calendar, WorkingInterval

    work_order = house.work("in_progress", to="technician", title="Grease the swing bearing")
    with house.inside():
        week = Calendar.objects.filter(is_default=True).first() or Calendar.objects.create(
            tenant=house.tenant, name="Week", time_zone="UTC", is_default=True
        )
        week.intervals.all().delete()
        for weekday in range(7):
            WorkingInterval.objects.create(
                tenant=house.tenant, calendar=week, weekday=weekday, starts=dt.time(8), ends=dt.time(16)
            )
        actions.add_time(work_order, by=house["technician"], worked_on=DAY, minutes=105)
    sign_in(client, house, "technician")
    day = client.get(f"/my-time?on={DAY}").content.decode()
    assert "1 h 45 min of 8 h" in day
    assert "6 h 15 min of the working day are not booked yet" in day
    assert "Grease the swing bearing" in day
    shown = client.get(f"/my-time/week?from={DAY}").content.decode()
    assert "6 h 15 min missing" in shown
    assert client.get("/my-time?on=nonsense").status_code == 200
    assert client.get("/time/week").status_code == 403
