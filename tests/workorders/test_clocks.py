"""The running clock, and the acts that start and stop it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid, PermissionDenied
from tests.house import House
from tests.workorders.booking import DAY, REFUSED, book, entries, run_back
from workorders import actions
from workorders.models import TimeEntry, Timer


@pytest.fixture
def house(db: None) -> House:
    """Where it is midday now: a clock that ran for hours counts to one day, whenever the tests are run."""
    house, offset = House.build(), 12 - timezone.now().hour
    with house.inside():
        house.tenant.time_zone = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
        house.tenant.save(update_fields=["time_zone"])
    return house


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
