"""The outbox under real processes, failing handlers, crashes, lost wakes and a broker that is away."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core import context, events, outbox, redis, tasks
from core.live_reader import EventRow
from core.models import ConsumerCursor, Event, FailedDelivery
from tests.database import owner_connection
from tests.house import House
from tests.live.process import ROOT, database_url
from tests.racing import kinds, together
from workorders import actions

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def house(committed: None) -> House:
    made = House.build()
    made["manager"], made["dispatcher"]
    return made


@pytest.fixture
def consumer() -> Iterator[Callable[[Callable[[EventRow], None]], str]]:
    """Register a handler for one test under a name of its own."""
    known = dict(outbox._consumers)
    outbox._consumers.clear()

    born = timezone.now()

    def register(handler: Callable[[EventRow], None]) -> str:
        """Tenants of the tests before have events too, which a sweep hands to a new consumer."""
        name = f"test_{len(outbox._consumers)}"
        outbox.register(name, lambda event: handler(event) if event.occurred_at >= born else None)
        return name

    yield register
    outbox._consumers.clear()
    outbox._consumers.update(known)


def record(house: House, count: int, kind: str = "test.event") -> None:
    with house.inside():
        events.record_many([(f"{kind}.{number}", house["manager"], {}) for number in range(count)], by=None)


def failed(house: House) -> list[FailedDelivery]:
    with house.inside():
        return list(FailedDelivery.objects.order_by("event_seq"))


# --- Draining -----------------------------------------------------------------------------------------------------------
def test_each_consumer_reads_every_event_once_in_order(house: House, consumer: Any) -> None:
    seen: dict[str, list[str]] = {"a": [], "b": []}
    first = consumer(lambda event: seen["a"].append(event.type))
    second = consumer(lambda event: seen["b"].append(event.type))
    record(house, 450)  # more than two batches
    assert [outbox.drain(house.tenant.pk, name) for name in (first, second, first)] == [450, 450, 0]
    assert seen["a"] == seen["b"] == [f"test.event.{number}" for number in range(450)]
    record(house, 1, "later")
    assert outbox.drain(house.tenant.pk, first) == 1
    assert seen["a"][-1] == "later.0"


def test_a_handler_works_inside_the_tenant_as_a_task(house: House, consumer: Any) -> None:
    found: list[object] = []
    name = consumer(lambda event: found.append((context.current().tenant_id, context.current().source)))
    record(house, 1)
    outbox.drain(house.tenant.pk, name)
    assert found == [(house.tenant.pk, "task")]


def test_while_one_drains_the_other_passes(house: House, consumer: Any) -> None:
    calls: list[int] = []
    name = consumer(lambda event: calls.append(event.seq))
    record(house, 50)
    outcomes = together([lambda: outbox.drain(house.tenant.pk, name)] * 4, atomic=False)
    assert kinds(outcomes) == ["ok"] * 4
    outbox.drain(house.tenant.pk, name)
    assert (len(calls), calls) == (50, sorted(set(calls)))


@pytest.fixture
def ledger() -> Iterator[Callable[[], list[tuple[int, int]]]]:
    """A table that worker processes write their effects to: (seq, worker), in the order of writing."""
    with owner_connection() as owner:
        owner.execute("CREATE TABLE test_ledger (id bigserial PRIMARY KEY, seq bigint, txid bigint, worker int)")
        yield lambda: owner.execute("SELECT seq, worker FROM test_ledger ORDER BY id").fetchall()
        owner.execute("DROP TABLE test_ledger")


def worker(house: House, die_at: int = 0) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.outbox_worker", str(house.tenant.pk), str(die_at)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "ENVIRONMENT": "test",
                          "DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL, "LOG_LEVEL": "ERROR"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(*processes: subprocess.Popen[str]) -> list[int]:
    """Let them begin at once; their exit codes."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.wait(60) for process in processes]


def test_two_processes_deliver_thousands_of_events_each_once(house: House, ledger: Any) -> None:
    for _ in range(10):
        record(house, 300)
    assert go(worker(house), worker(house)) == [0, 0]
    with house.inside():
        expected = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert len(expected) >= 3000
    assert [seq for seq, _ in ledger()] == expected  # once each, and in order although two took turns


def test_a_worker_killed_between_effect_and_commit_leaves_nothing_half(house: House, ledger: Any) -> None:
    record(house, 500)
    with house.inside():
        expected = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert go(worker(house, die_at=expected[300])) == [-9]
    assert [seq for seq, _ in ledger()] == expected[:200]  # the first batch was committed, the second never happened
    with house.inside():
        assert ConsumerCursor.objects.get(consumer="ledger").seq == expected[199]
    assert go(worker(house)) == [0]
    assert [seq for seq, _ in ledger()] == expected


# --- Handlers that fail -------------------------------------------------------------------------------------------------
def test_one_bad_event_holds_up_nobody(house: House, consumer: Any) -> None:
    handled: list[str] = []

    def handle(event: EventRow) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / %s", [0 if event.type == "test.event.3" else 1])
        handled.append(event.type)

    name = consumer(handle)
    record(house, 6)
    assert outbox.drain(house.tenant.pk, name) == 6
    assert handled == [f"test.event.{number}" for number in (0, 1, 2, 4, 5)]
    (row,) = failed(house)
    assert (row.consumer, row.attempts, row.error.partition(":")[0]) == (name, 1, "DataError")
    pause = row.next_at - timezone.now()
    assert dt.timedelta(seconds=5) < pause <= dt.timedelta(seconds=10)
    assert outbox.drain(house.tenant.pk, name) == 0
    assert outbox.retry(house.tenant.pk) == 0  # not due yet


def fall_due(house: House) -> None:
    with house.inside():
        FailedDelivery.objects.update(next_at=timezone.now())


def test_pauses_grow_until_a_dead_letter_stays(house: House, consumer: Any) -> None:
    calls: list[int] = []

    def handle(event: EventRow) -> None:
        calls.append(event.seq)
        raise RuntimeError("still broken")

    consumer(handle)
    record(house, 1)
    tasks.drain_all(house.tenant.pk)
    pauses = []
    for _ in outbox.PAUSES:
        (row,) = failed(house)
        pauses.append(round((row.next_at - timezone.now()).total_seconds(), -1))
        fall_due(house)
        assert outbox.retry(house.tenant.pk) == 1
    (row,) = failed(house)
    assert pauses == outbox.PAUSES
    assert (row.next_at, row.attempts, len(calls)) == (None, len(outbox.PAUSES) + 1, len(outbox.PAUSES) + 1)
    assert row.error == "RuntimeError: still broken"
    assert outbox.retry(house.tenant.pk) == 0
    assert house.tenant.pk not in tasks.behind()


def test_what_failed_succeeds_later_and_is_forgotten(house: House, consumer: Any) -> None:
    broken, handled = [True], []

    def handle(event: EventRow) -> None:
        if broken[0]:
            raise RuntimeError("away")
        handled.append(event)

    consumer(handle)
    record(house, 2)
    tasks.drain_all(house.tenant.pk)
    broken.clear(), broken.append(False)
    fall_due(house)
    assert house.tenant.pk in tasks.behind()
    tasks.sweep_outbox()
    assert (failed(house), [event.type for event in handled]) == ([], ["test.event.0", "test.event.1"])
    assert {(event.tenant_id, event.object_type) for event in handled} == {(house.tenant.pk, "member")}


def test_a_dead_letter_is_tried_again_by_hand(house: House, consumer: Any) -> None:
    handled: list[int] = []
    name = consumer(lambda event: handled.append(event.seq))
    record(house, 1)
    with house.inside():
        event = Event.objects.get()
        row = FailedDelivery.objects.create(
            tenant_id=house.tenant.pk, consumer=name, event_seq=event.pk, attempts=8, next_at=None, error="x"
        )
        ConsumerCursor.objects.create(tenant_id=house.tenant.pk, consumer=name, txid="9000000000000", seq=0)
        assert outbox.retry(house.tenant.pk) == 0
        outbox.try_again(row)
    assert outbox.retry(house.tenant.pk) == 1
    assert (handled, failed(house)) == ([event.pk], [])


def test_two_workers_retry_a_row_once(house: House, consumer: Any) -> None:
    calls: list[int] = []
    name = consumer(lambda event: calls.append(event.seq))
    record(house, 8)
    with house.inside():
        for seq in Event.objects.values_list("pk", flat=True):
            FailedDelivery.objects.create(
                tenant_id=house.tenant.pk, consumer=name, event_seq=seq, next_at=timezone.now(), error="x"
            )
    outcomes = together([lambda: outbox.retry(house.tenant.pk)] * 3, atomic=False)
    assert (sum(outcomes), len(calls), len(set(calls))) == (8, 8, 8)


# --- Wakes --------------------------------------------------------------------------------------------------------------
def test_the_sweep_finds_a_tenant_whose_wake_was_lost(house: House, consumer: Any) -> None:
    handled: list[str] = []
    consumer(lambda event: handled.append(event.type))
    record(house, 3)
    assert house.tenant.pk in tasks.behind()
    tasks.sweep_outbox()
    assert handled == [f"test.event.{number}" for number in range(3)]
    assert house.tenant.pk not in tasks.behind()
    record(house, 1)
    assert house.tenant.pk in tasks.behind()


def test_the_sweep_finds_a_tenant_that_never_had_a_work_order(house: House, consumer: Any) -> None:
    """A new tenant has no cursor and no number yet; its first invitation must still be mailed."""
    consumer(lambda event: None)
    record(house, 1)
    with house.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_numbersequence")
        assert cursor.fetchone() == (0,)
        assert ConsumerCursor.objects.count() == 0
    assert house.tenant.pk in tasks.behind()
    tasks.sweep_outbox()
    assert tasks.behind() == []


def test_one_broken_tenant_does_not_stop_the_sweep_for_others(house: House, consumer: Any) -> None:
    other, handled = House.build(), []
    other["manager"]

    def handle(event: EventRow) -> None:
        if event.tenant_id == house.tenant.pk:
            raise RuntimeError("this tenant's mail server")
        handled.append(event.type)

    consumer(handle)
    record(house, 1), record(other, 1)
    tasks.sweep_outbox()
    assert (handled, len(failed(house)), failed(other)) == (["test.event.0"], 1, [])


def test_a_commit_wakes_once_however_many_events(house: House) -> None:
    listener = redis.client().pubsub()
    listener.subscribe(events.CHANNEL)
    assert listener.get_message(timeout=5)["type"] == "subscribe"
    record(house, 5)
    heard = []
    while message := listener.get_message(timeout=0.3):
        heard.append(message["data"])
    listener.close()
    assert heard == [f'{{"tenant":"{house.tenant.pk}"}}'.encode()]


def test_nobody_is_woken_for_what_was_rolled_back(house: House) -> None:
    listener = redis.client().pubsub()
    listener.subscribe(events.CHANNEL)
    assert listener.get_message(timeout=5)["type"] == "subscribe"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail_after_recording(house)
    assert listener.get_message(timeout=0.3) is None
    listener.close()


def fail_after_recording(house: House) -> None:
    record(house, 1)
    raise ZeroDivisionError


@pytest.fixture(params=["nothing listens", "accepts and is silent"])
def no_broker(request: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[None]:
    """Redis is away: the address leads nowhere, or to somebody who never answers."""
    import socket

    from config.celery import app

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if request.param == "nothing listens":
            server.close()
        address = f"redis://127.0.0.1:{port}/0"
        monkeypatch.setattr(settings, "REDIS_URL", address)
        monkeypatch.setattr(app.conf, "broker_url", address)
        redis.client.cache_clear()
        yield
    redis.client.cache_clear()


def test_without_a_broker_the_act_commits_and_answers_quickly(house: House, no_broker: None) -> None:
    took = []
    for _ in range(2):  # the quicker of two: a busy machine may hold up one
        begun = time.monotonic()
        with house.inside():
            made = actions.report(by=house["dispatcher"], title="Pump leaks")
        took.append(time.monotonic() - begun)
        assert house.read(made).number.startswith("WO-")
    assert min(took) < 2
    assert house.tenant.pk in tasks.behind()
