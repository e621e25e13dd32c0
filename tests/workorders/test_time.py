"""Booking time by hand and correcting it: what it leaves behind, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests import factories
from tests.house import House
from tests.workorders.booking import BERLIN, DAY, REFUSED, at, book, days, entries
from workorders import actions, local_days
from workorders.models import WorkOrder


# --- By hand ------------------------------------------------------------------------------------------------------------
def test_time_of_a_day_leaves_an_entry_its_cost_and_one_event(house: House) -> None:
    work_order, by = house.work("in_progress", to="technician"), house["technician"]
    seen = house.last_event()
    (entry,) = book(
        house, work_order, worked_on=DAY, minutes=95, note=" Bled the brakes ", overtime_factor=Decimal("1.25")
    )
    assert (entry.person_id, entry.rate, entry.cost, entry.note, entry.posted_by_id) == (
        by.pk, Decimal(50), Decimal("98.96"), "Bled the brakes", by.pk,
    )  # fmt: skip
    found = house.read(work_order)
    assert (found.labor_cost, found.version) == (Decimal("98.96"), work_order.version + 1)
    assert days(house) == {DAY: 95}
    assert house.events(after=seen) == [
        (
            "work_order.time_booked",
            by.pk,
            {"minutes": [None, 95], "person": [None, str(by.pk)], "category": [None, "work"]},
        )
    ]


def test_the_rate_is_that_of_the_day_it_was_posted(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    book(house, work_order, worked_on=DAY, minutes=60)
    with house.inside():
        profile = house.profile()
        type(profile).objects.filter(pk=profile.pk).update(hourly_rate=80)
    book(house, work_order, worked_on=DAY, minutes=60)
    assert entries(house) == [(DAY, 60, Decimal(50)), (DAY, 60, Decimal(80))]
    assert house.read(work_order).labor_cost == 130


def test_an_entry_over_midnight_is_one_per_day(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    book(house, work_order, started_at=at(22, 30), ended_at=at(1, 15, day=DAY + dt.timedelta(days=1)))
    assert [(day, minutes) for day, minutes, _ in entries(house)] == [(DAY, 90), (DAY + dt.timedelta(days=1), 75)]


@pytest.mark.django_db
@REFUSED(
    ("start", "end", "expected"),
    [
        # Clocks go forward at 02:00: five hours on the wall, four that passed; the day has 23.
        ("2026-03-28T23:00+01:00", "2026-03-29T05:00+02:00", [("2026-03-28", 60), ("2026-03-29", 240)]),
        # Clocks go back at 03:00: the hour from two to three passes twice; the day has 25.
        ("2025-10-25T23:00+02:00", "2025-10-26T05:00+01:00", [("2025-10-25", 60), ("2025-10-26", 360)]),
    ],
)
def test_minutes_are_those_that_passed_when_clocks_change(start: str, end: str, expected: list[Any]) -> None:
    house = House(factories.make_tenant(time_zone="Europe/Berlin"))
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        WorkOrder.objects.update(created_at=dt.datetime(2025, 10, 1, tzinfo=dt.UTC))
    book(house, work_order, started_at=dt.datetime.fromisoformat(start), ended_at=dt.datetime.fromisoformat(end))
    assert [(str(day), minutes) for day, minutes, _ in entries(house)] == expected


def test_the_days_on_which_clocks_change_hold_23_and_24_hours() -> None:
    changes = (dt.date(2026, 3, 29), dt.date(2025, 10, 26), dt.date(2026, 1, 5))
    assert [local_days.length(day, BERLIN) for day in changes] == [23 * 60, 25 * 60, 24 * 60]
    assert [local_days.capacity(day, BERLIN) for day in changes] == [23 * 60, 24 * 60, 24 * 60]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),
    seconds=st.integers(0, 4 * 86400),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Beirut"]),
)
def test_stretches_cover_the_interval_and_add_up(start: dt.datetime, seconds: int, zone: str) -> None:
    end = start + dt.timedelta(seconds=seconds)
    found = local_days.split(start, end, ZoneInfo(zone))
    assert sum(one.minutes for one in found) == (seconds + 30) // 60
    assert all(one.start.astimezone(ZoneInfo(zone)).date() == one.day for one in found)
    assert all(0 < one.minutes <= local_days.length(one.day, ZoneInfo(zone)) + 1 for one in found)
    assert len({one.day for one in found}) == len(found)


def test_who_leads_books_for_helpers_without_a_login(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    helper = factories.make_technician(house.tenant, login=False)
    (entry,) = book(house, work_order, person=helper, worked_on=DAY, minutes=30, category="travel")
    assert (entry.person_id, entry.posted_by_id, entry.category) == (helper.pk, house["technician"].pk, "travel")
    (entry,) = book(house, work_order, "dispatcher", person=helper, worked_on=DAY, minutes=30)
    assert entry.person_id == helper.pk


def test_whose_time_may_not_be_booked(house: House) -> None:
    work_order, other = house.work("in_progress", to="technician"), house.profile("technician2")
    with house.refuses(PermissionDenied, permission="time.any"):
        actions.add_time(work_order, by=house["technician2"], worked_on=DAY, minutes=5)
    with house.inside():
        actions.assign(work_order, by=None, helpers=[other])
    book(house, work_order, "technician2", worked_on=DAY, minutes=5)
    with house.refuses(PermissionDenied, permission="time.any"):
        actions.add_time(work_order, by=house["technician2"], person=house.profile(), worked_on=DAY, minutes=5)
    with house.refuses(PermissionDenied, permission="workorder.work"):
        actions.start_timer(work_order, by=viewer_who_is_a_technician(house))
    with house.refuses(Invalid, field="person"):
        actions.add_time(work_order, by=house["dispatcher"], worked_on=DAY, minutes=5)


def viewer_who_is_a_technician(house: House) -> Any:
    from labor.models import Technician

    member = house["viewer"]
    with house.inside():
        Technician.objects.create(member=member, tenant=house.tenant)
    return member


TOMORROW = dt.date.today() + dt.timedelta(days=2)


@REFUSED(
    ("given_", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 30, "worked_on": TOMORROW}, "worked_on"),
        ({"minutes": 30, "worked_on": DAY - dt.timedelta(days=800)}, "worked_on"),
        ({"started_at": at(8)}, "ended_at"),
        ({"ended_at": at(8)}, "started_at"),
        ({"started_at": at(8), "ended_at": at(8)}, "ended_at"),
        ({"started_at": at(9), "ended_at": at(8)}, "ended_at"),
        ({"started_at": at(8), "ended_at": at(9), "minutes": 60}, "minutes"),
        (
            {"started_at": at(8), "ended_at": at(8, day=DAY + dt.timedelta(days=1)) + dt.timedelta(minutes=1)},
            "ended_at",
        ),
        ({"started_at": at(8), "ended_at": at(8, day=TOMORROW)}, "ended_at"),
        ({"started_at": at(8, day=DAY - dt.timedelta(days=800)), "ended_at": at(9)}, "started_at"),
        ({"minutes": 5, "category": "lunch"}, "category"),
        ({"minutes": 5, "overtime_factor": Decimal("0.5")}, "overtime_factor"),
        ({"minutes": 5, "note": "x" * 301}, "note"),
    ],
)
def test_time_that_cannot_be_is_refused(house: House, given_: dict[str, Any], field: str) -> None:
    work_order, by = house.work("in_progress", to="technician"), house["technician"]
    with house.refuses(Invalid, field=field):
        actions.add_time(work_order, by=by, **given_)


def test_nobody_is_at_two_jobs_at_once(house: House) -> None:
    first, second = (house.work("in_progress", to="technician") for _ in range(2))
    book(house, first, started_at=at(8), ended_at=at(10))
    with house.refuses(Conflict, code="overlap", field="started_at"):
        actions.add_time(second, by=house["technician"], started_at=at(9, 30), ended_at=at(11))
    with pytest.raises(Conflict, match=f"{first.number} from 08:00 to 10:00"):
        book(house, second, started_at=at(7), ended_at=at(12), category="travel")
    book(house, second, started_at=at(10), ended_at=at(11))
    book(house, second, started_at=at(7), ended_at=at(8))
    assert days(house) == {DAY: 240}


def test_a_job_that_one_does_not_see_is_not_named(house: House) -> None:
    hidden, mine = house.work("in_progress", to="technician2"), house.work("in_progress", to="technician")
    book(house, hidden, "technician2", started_at=at(8), ended_at=at(10))
    with pytest.raises(Conflict, match="another work order"):
        book(house, mine, person=house.profile("technician2"), started_at=at(9), ended_at=at(11))


def test_a_day_holds_24_hours(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    book(house, work_order, worked_on=DAY, minutes=1400)
    with house.refuses(Conflict, code="day_full", field="minutes"):
        actions.add_time(work_order, by=house["technician"], worked_on=DAY, minutes=41)
    book(house, work_order, worked_on=DAY, minutes=40)
    assert days(house) == {DAY: 1440}


def test_closed_work_and_strangers_take_no_time(house: House, stranger: House) -> None:
    closed, theirs = house.work("closed"), stranger.profile()
    with house.refuses(Conflict, code="closed"):
        actions.add_time(closed, by=house["dispatcher"], person=house.profile(), worked_on=DAY, minutes=5)
    open_ = house.work()
    with house.refuses(Invalid, field="person"):
        actions.add_time(open_, by=house["dispatcher"], person=theirs, worked_on=DAY, minutes=5)
    with house.refuses(NotFound):
        actions.add_time(stranger.work(), by=house["dispatcher"], person=house.profile(), worked_on=DAY, minutes=5)


# --- Corrections ----------------------------------------------------------------------------------------------------------
def test_a_correction_takes_back_and_books_what_was_meant(house: House) -> None:
    """90 minutes at 50 an hour were 45 minutes on the day before, at time and a half: 75.00 back, 56.25 in its place."""
    work_order, by = house.work("in_progress", to="technician"), house["technician"]
    (wrong,) = book(house, work_order, worked_on=DAY, minutes=90, note="Pump")
    with house.inside():
        type(house.profile()).objects.update(hourly_rate=99)
    seen, before = house.last_event(), DAY - dt.timedelta(days=1)
    with house.inside():
        back, meant = actions.correct_time(
            wrong, by=by, note="Wrong day",
            replacement={"worked_on": before, "minutes": 45, "overtime_factor": Decimal("1.5")},
        )  # fmt: skip
    assert (back.corrects_id, back.minutes, back.cost, back.note) == (wrong.pk, -90, Decimal("-75.00"), "Wrong day")
    assert (meant.minutes, meant.rate, meant.cost, meant.note) == (45, 50, Decimal("56.25"), "Pump")
    assert house.read(wrong) == wrong
    assert house.read(work_order).labor_cost == Decimal("56.25")
    assert days(house) == {before: 45}
    assert house.events(after=seen) == [("work_order.time_corrected", by.pk, {"minutes": [90, 45]})]


def test_taken_back_alone_leaves_nothing(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    (wrong,) = book(house, work_order, started_at=at(8), ended_at=at(9))
    with house.inside():
        actions.correct_time(wrong, by=house["technician"])
    assert (house.read(work_order).labor_cost, days(house)) == (0, {})
    book(house, work_order, started_at=at(8), ended_at=at(9))  # the interval is free again


def test_what_a_correction_does_not_name_stays(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    (wrong,) = book(house, work_order, started_at=at(8), ended_at=at(9, 30), category="travel")
    with house.inside():
        _, meant = actions.correct_time(wrong, by=house["technician"], replacement={"category": "work"})
    assert (meant.started_at, meant.ended_at, meant.minutes, meant.category) == (at(8), at(9, 30), 90, "work")


def test_correction_refusals(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    (wrong,) = book(house, work_order, worked_on=DAY, minutes=90)
    with house.refuses(PermissionDenied, permission="time.any"):
        actions.correct_time(wrong, by=house["technician2"])
    with house.refuses(Invalid, field="minutes"):
        actions.correct_time(wrong, by=house["technician"], replacement={"minutes": 5000})
    with house.inside():
        (back,) = actions.correct_time(wrong, by=house["dispatcher"])
    for entry in (wrong, back):
        with house.refuses(Conflict, code="corrected"):
            actions.correct_time(entry, by=house["dispatcher"])
    (again,) = book(house, work_order, worked_on=DAY, minutes=90)
    with house.inside():
        actions.complete(work_order, by=None)
        actions.verify(work_order, by=None)
    with house.refuses(Conflict, code="closed"):
        actions.correct_time(again, by=house["dispatcher"])
