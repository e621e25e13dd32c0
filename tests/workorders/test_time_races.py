"""Two doors at the same moment: no day gets 25 hours, nobody two clocks, no entry two corrections (rows 82 to 97)."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone

from core import context
from tests.house import House
from tests.racing import kinds, race, together
from workorders import actions
from workorders.models import CostLine, TimeEntry, Timer, WorkDay

pytestmark = pytest.mark.usefixtures("committed")
DAY = dt.date.today() - dt.timedelta(days=3)


@pytest.fixture
def house(committed: None) -> House:
    house = House.build()
    house["technician"], house["dispatcher"], house["manager"]
    return house


def book(work_order: Any, by: Any, minutes: int | None, **when: Any) -> Any:
    return lambda: actions.add_time(work_order, by=by, **({"worked_on": DAY, "minutes": minutes} | when))


def booked(house: House) -> tuple[int, int]:
    """The day as it is kept, and as its entries add up."""
    with house.inside():
        kept = WorkDay.objects.filter(worked_on=DAY).aggregate(sum=Sum("minutes"))["sum"] or 0
        return kept, TimeEntry.objects.filter(worked_on=DAY).aggregate(sum=Sum("minutes"))["sum"] or 0


def test_two_jobs_at_once_do_not_make_a_day_of_25_hours(house: House) -> None:
    first, second = (house.work("in_progress", to="technician") for _ in range(2))
    by = house["technician"]
    outcomes = race(house.tenant, book(first, by, 800), book(second, by, 700))
    assert kinds(outcomes) == ["ok", "day_full"]
    assert booked(house) == (800, 800)


def in_a_process(house: House, number: int, results: Any) -> None:
    """As a second worker of the server would: a connection and a Python of its own."""
    connections.close_all()
    done = 0
    with context.use(tenant_id=house.tenant.pk, source="racer"):
        for _ in range(12):
            try:
                from django.db import transaction

                with transaction.atomic():
                    actions.add_time(house.jobs[number], by=house["technician"], worked_on=DAY, minutes=100)  # type: ignore[attr-defined]
                done += 1
            except Exception as error:
                results.put((os.getpid(), getattr(error, "code", repr(error))))
    connection.close()
    results.put((os.getpid(), done))


def test_two_processes_fill_a_day_to_24_hours_and_no_further(house: House) -> None:
    house.jobs = [house.work("in_progress", to="technician") for _ in range(2)]  # type: ignore[attr-defined]
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    results = fork.Queue()
    workers = [fork.Process(target=in_a_process, args=(house, number, results)) for number in range(2)]
    for worker in workers:
        worker.start()
    told = [results.get(timeout=60) for _ in range(24 - 14 + 2)]
    for worker in workers:
        worker.join(30)
    assert {word for _, word in told if isinstance(word, str)} == {"day_full"}
    assert sum(count for _, count in told if isinstance(count, int)) == 14
    assert booked(house) == (1400, 1400)


def test_overlapping_hours_on_two_jobs(house: House) -> None:
    first, second = (house.work("in_progress", to="technician") for _ in range(2))
    by, start = house["technician"], timezone.now() - dt.timedelta(hours=5)
    when = {"worked_on": None, "started_at": start, "ended_at": start + dt.timedelta(hours=1)}
    assert kinds(race(house.tenant, book(first, by, None, **when), book(second, by, None, **when))) == ["ok", "overlap"]


def test_two_devices_start_one_clock(house: House) -> None:
    first, second = (house.work(to="technician") for _ in range(2))
    by = house["technician"]
    outcomes = race(house.tenant, lambda: actions.start_timer(first, by=by), lambda: actions.start_timer(second, by=by))
    assert kinds(outcomes) == ["ok", "ok"]
    with house.inside():
        assert [timer.work_order_id for timer in Timer.objects.all()] == [second.pk]


def test_crossing_starts_do_not_lock_each_other_out(house: House) -> None:
    """One goes from A to B while the other goes from B to A: each needs both work orders."""
    first, second = house.work(to="technician"), house.work(to="technician2")
    one, two = house["technician"], house["technician2"]
    with house.inside():
        helpers = {"technician": house.profile(), "technician2": house.profile("technician2")}
        actions.assign(first, by=None, helpers=[helpers["technician2"]])
        actions.assign(second, by=None, helpers=[helpers["technician"]])
    for _ in range(5):
        with house.inside():
            actions.start_timer(first, by=one), actions.start_timer(second, by=two)
        acts = [lambda: actions.start_timer(second, by=one), lambda: actions.start_timer(first, by=two)]
        assert kinds(together(acts, house.tenant)) == ["ok", "ok"]


def test_a_clock_is_stopped_once(house: House) -> None:
    work_order, by = house.work(to="technician"), house["technician"]
    with house.inside():
        actions.start_timer(work_order, by=by)
        Timer.objects.update(started_at=timezone.now() - dt.timedelta(minutes=30))
    acts = [lambda: actions.stop_timer(work_order, by=by), lambda: actions.stop_timer(work_order, by=by)]
    outcomes = race(house.tenant, *acts)
    assert [outcome.minutes for outcome in outcomes] == [30, 0]
    with house.inside():
        assert TimeEntry.objects.filter(work_order=work_order).count() in (1, 2)  # two when it ran over midnight


def test_an_entry_is_corrected_and_a_cost_taken_back_once(house: House) -> None:
    work_order, manager = house.work("in_progress", to="technician"), house["manager"]
    with house.inside():
        (entry,) = actions.add_time(work_order, by=house["technician"], worked_on=DAY, minutes=60)
        line = actions.add_cost(work_order, by=manager, kind="other", amount=Decimal(80), description="Skip")
    correct = [lambda: actions.correct_time(entry, by=manager)] * 2
    take_back = [lambda: actions.take_back_cost(line, by=manager)] * 2
    assert kinds(race(house.tenant, *correct)) == ["ok", "corrected"]
    assert kinds(race(house.tenant, *take_back)) == ["ok", "taken_back"]
    with house.inside():
        assert (TimeEntry.objects.filter(corrects=entry).count(), CostLine.objects.filter(corrects=line).count()) == (
            1,
            1,
        )
    found = house.read(work_order)
    assert (found.labor_cost, found.other_cost) == (0, 0)


def test_costs_booked_at_once_are_all_in_the_sum(house: House) -> None:
    work_order, manager = house.work(), house["manager"]
    acts = [
        lambda amount=amount: actions.add_cost(
            work_order, by=manager, kind="other", amount=Decimal(amount), description="Skip"
        )
        for amount in (1, 20, 300, 4000)
    ]
    assert kinds(together(acts, house.tenant)) == ["ok"] * 4
    assert house.read(work_order).other_cost == 4321
