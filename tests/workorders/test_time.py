"""Booking time by hand, correcting it, and the clock: what each leaves behind, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests import factories
from tests.house import House
from workorders import actions, local_days
from workorders.models import TimeEntry, Timer, WorkDay, WorkOrder

DAY = dt.date.today() - dt.timedelta(days=3)
BERLIN = ZoneInfo("Europe/Berlin")
REFUSED = pytest.mark.parametrize


def at(hour: int, minute: int = 0, *, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC)


def book(house: House, work_order: WorkOrder, by: str = "technician", **options: Any) -> list[TimeEntry]:
    with house.inside():
        return actions.add_time(work_order, by=house[by], **options)


def entries(house: House, **filters: Any) -> list[tuple[Any, ...]]:
    with house.inside():
        rows = TimeEntry.objects.filter(**filters).order_by("worked_on", "posted_at")
        return [(row.worked_on, row.minutes, row.cost) for row in rows]


def days(house: House) -> dict[dt.date, int]:
    with house.inside():
        return {row.worked_on: row.minutes for row in WorkDay.objects.all() if row.minutes}


def run_back(house: House, seconds: float, name: str = "technician") -> None:
    """The person's clock, as if it had been started so long ago."""
    with house.inside():
        began = timezone.now() - dt.timedelta(seconds=seconds)
        assert Timer.objects.filter(person_id=house[name].pk).update(started_at=began) == 1


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


# --- The clock --------------------------------------------------------------------------------------------------------------
def test_a_clock_runs_and_posts_what_it_ran(house: House) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start_timer(work_order, by=by, category="travel")
    run_back(house, 25 * 60 + 29)
    with house.inside():
        stopped = actions.stop_timer(work_order, by=by, note="Drive")
    (entry,) = stopped.entries
    assert (entry.category, entry.note, str(stopped)) == ("travel", "Drive", "25 min booked.")
    assert sum(minutes for _, minutes, _ in entries(house)) == 25
    with house.inside():
        assert not Timer.objects.exists()


@REFUSED(("seconds", "minutes"), [(2, 0), (28, 0), (31, 1), (89, 1), (91, 2)])
def test_a_clock_counts_to_the_nearest_minute(house: House, seconds: int, minutes: int) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start_timer(work_order, by=by)
    run_back(house, seconds)
    with house.inside():
        stopped = actions.stop_timer(work_order, by=by)
    assert stopped.minutes == minutes
    assert ("less than half a minute" in str(stopped)) == (minutes == 0)


def test_one_clock_per_person_the_second_stops_the_first(house: House) -> None:
    first, second = house.work(to="technician"), house.work(to="technician")
    by = house["technician"]
    with house.inside():
        actions.start_timer(first, by=by)
    run_back(house, 600)
    with house.inside():
        actions.start_timer(second, by=by)
        assert [timer.work_order_id for timer in Timer.objects.all()] == [second.pk]
        assert actions.start_timer(second, by=by) == Timer.objects.get()  # again is the same clock
    assert [(minutes, cost) for _, minutes, cost in entries(house, work_order=first)] == [(10, Decimal("8.33"))]


def test_a_forgotten_clock_asks_when_work_ended(house: House) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start_timer(work_order, by=by)
    run_back(house, 17 * 3600)
    with house.refuses(Conflict, code="forgotten", field="ended_at"):
        actions.stop_timer(work_order, by=by)
    with house.inside():
        began = Timer.objects.get().started_at
    for wrong in (began - dt.timedelta(hours=1), timezone.now() + dt.timedelta(hours=1)):
        with house.refuses(Invalid, field="ended_at"):
            actions.stop_timer(work_order, by=by, at=wrong)
    with house.inside():
        assert actions.stop_timer(work_order, by=by, at=began + dt.timedelta(hours=2)).minutes == 120
        actions.start_timer(work_order, by=by)
    run_back(house, 70 * 3600)
    with house.inside():
        assert actions.stop_timer(work_order, by=by, discard=True).entries == []


def test_a_forgotten_clock_does_not_stand_in_the_way_of_the_work(house: House) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start(work_order, by=by)
    run_back(house, 40 * 3600)
    with house.inside():
        actions.hold(work_order, by=by, reason="parts")
        notes = set(TimeEntry.objects.values_list("note", flat=True))
    assert sum(minutes for _, minutes, _ in entries(house)) == 16 * 60
    assert notes == {"The clock ran on for 40 h; the first 16 h are booked. Please correct."}


def test_clock_refusals(house: House) -> None:
    held, done, theirs = house.work("on_hold", to="technician"), house.work("completed"), house.work(to="technician2")
    by = house["technician"]
    with house.refuses(Conflict, code="on_hold"):
        actions.start_timer(held, by=by)
    with house.inside():
        actions.start_timer(held, by=by, category="waiting")
        actions.stop_timer(held, by=by)
    with house.refuses(Conflict, code="completed"):
        actions.start_timer(done, by=None, person=house.profile())
    with house.refuses(PermissionDenied, permission="time.any"):
        actions.start_timer(theirs, by=by)
    with house.refuses(Invalid, field="category"):
        actions.start_timer(held, by=by, category="lunch")
    with house.refuses(Invalid, field="person"):
        actions.start_timer(held, by=house["dispatcher"])
    before = house.marks()
    with house.inside():
        assert "No clock was running" in str(actions.stop_timer(held, by=by))
    assert house.marks() == before
    with house.refuses(PermissionDenied, permission="time.any"):
        actions.stop_timer(theirs, by=by, person=house.profile("technician2"))


def test_time_is_not_booked_over_a_running_clock(house: House) -> None:
    work_order, other, by = house.work(to="technician"), house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start_timer(work_order, by=by)
    run_back(house, 3600)
    now = timezone.now()
    with house.refuses(Conflict, code="clock_running", field="ended_at"):
        actions.add_time(other, by=by, started_at=now - dt.timedelta(hours=2), ended_at=now - dt.timedelta(minutes=20))
    book(house, other, started_at=now - dt.timedelta(hours=3), ended_at=now - dt.timedelta(hours=1))


# --- The acts that move the work ----------------------------------------------------------------------------------------
def test_starting_runs_the_clock_of_the_technician_who_starts(house: House) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start(work_order, by=by)
        assert [(timer.person_id, timer.category) for timer in Timer.objects.all()] == [(by.pk, "work")]
    other = house.work(to="technician2")
    with house.inside():
        actions.start(other, by=house["dispatcher"])  # who does no work themselves
        actions.start(house.read(house.work(to="technician2")), by=None)
        assert Timer.objects.count() == 1


@REFUSED("act", ["hold", "complete", "cancel"])
def test_work_that_rests_stops_everybodys_clock(house: House, act: str) -> None:
    work_order, helper = house.work(to="technician"), house.profile("technician2")
    with house.inside():
        actions.assign(work_order, by=None, helpers=[helper])
        actions.start(work_order, by=house["technician"])
        actions.start_timer(work_order, by=house["technician2"], category="waiting")
    run_back(house, 1800), run_back(house, 600, "technician2")
    with house.inside():
        options = {} if act == "complete" else {"reason": "parts"}
        getattr(actions, act)(work_order, by=house["dispatcher"] if act == "cancel" else house["technician"], **options)
        assert not Timer.objects.exists()
        booked = dict(TimeEntry.objects.values_list("person_id", "minutes"))
    assert booked == {house["technician"].pk: 30, helper.pk: 10}
    found = house.read(work_order)
    assert found.labor_cost == Decimal("33.33")
    assert found.actual_minutes == (40 if act == "complete" else None)


def test_completing_takes_the_hours_from_what_is_booked_unless_given(house: House) -> None:
    first, second, third = (house.work("in_progress", to="technician") for _ in range(3))
    for number, work_order in enumerate((first, second, third)):
        book(house, work_order, worked_on=DAY - dt.timedelta(days=number), minutes=100)
    with house.inside():
        actions.update(third, by=None, changes={"actual_minutes": 500})
        actions.complete(first, by=house["technician"])
        actions.complete(second, by=house["technician"], actual_minutes=30)
        actions.complete(third, by=house["technician"])
    assert [house.read(one).actual_minutes for one in (first, second, third)] == [100, 30, 500]


def test_starting_a_second_job_stops_the_clock_of_the_first(house: House) -> None:
    first, second, by = house.work(to="technician"), house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start(first, by=by)
    run_back(house, 1200)
    seen = house.last_event()
    with house.inside():
        actions.start(second, by=by)
        assert Timer.objects.get().work_order_id == second.pk
    assert house.read(first).meaning == "in_progress"
    assert [kind for kind, _, _ in house.events(after=seen, work_order_id=first.pk)] == ["work_order.time_booked"]
    assert [minutes for _, minutes, _ in entries(house, work_order=first)] == [20]


def test_a_late_note_of_a_start_begins_after_what_is_booked(house: House) -> None:
    work_order, other, by = house.work(to="technician"), house.work(to="technician"), house["technician"]
    now = timezone.now()
    book(house, other, started_at=now - dt.timedelta(hours=3), ended_at=now - dt.timedelta(hours=1))
    with house.inside():
        actions.start(work_order, by=by, at=now - dt.timedelta(hours=2))
        assert abs((Timer.objects.get().started_at - (now - dt.timedelta(hours=1))).total_seconds()) < 1


@REFUSED("what", ["time", "clock", "cost"])
def test_work_on_which_something_is_booked_is_not_deleted(house: House, what: str) -> None:
    work_order, manager = house.work(to="technician"), house["manager"]
    with house.inside():
        if what == "time":
            (entry,) = actions.add_time(work_order, by=house["technician"], worked_on=DAY, minutes=5)
            actions.correct_time(entry, by=manager)  # also when it was taken back
        elif what == "clock":
            actions.start_timer(work_order, by=house["technician"], category="travel")
        else:
            actions.add_cost(work_order, by=manager, kind="other", amount=Decimal(5), description="Skip")
    with house.refuses(Conflict, code="work_booked"):
        actions.delete(work_order, by=manager)
