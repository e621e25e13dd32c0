"""Reading the log by cursor: in the order of transactions, never past one that is still open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import transaction

from core import context, events
from core.live_reader import Cursor, latest, read_batch, read_events
from tests.house import House

INSERT = (
    "INSERT INTO core_event (txid, tenant_id, type, object_type, object_id, source, request_id, occurred_at, recorded_at,"
    " changes) VALUES (%s::text::xid8, %s, %s, 'x', gen_random_uuid(), '', '', now(), now(), '{}')"
)


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    return House.build()


@pytest.fixture
def writer(house: House) -> Iterator[psycopg.Connection]:
    """A second connection of the application's role, with a transaction of its own in the tenant."""
    given = settings.DATABASES["default"]
    with psycopg.connect(
        host=given["HOST"] or None, port=given["PORT"] or None, user=given["USER"] or None,
        password=given["PASSWORD"] or None, dbname=given["NAME"],
    ) as connection:  # fmt: skip
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(house.tenant.pk)])
        yield connection


def read(house: House, after: Cursor | None = None, limit: int = 500) -> list[Any]:
    with house.inside():
        return read_events(house.tenant.pk, after, limit)


def test_transactions_are_ordered_as_numbers_not_as_text(house: House, writer: psycopg.Connection) -> None:
    """99 comes before 100 and 1000: sorted as text, a cursor at 100 would pass over 99 … and read 1000 twice."""
    start = newest(house)
    ours = [9, 10, 99, 100, 999, 1000]
    for txid in (100, 9, 1000, 99, 10, 999):
        writer.execute(INSERT, [str(txid), house.tenant.pk, f"test.{txid}"])
    writer.commit()
    rows = [row for row in read(house) if row.type.startswith("test.")]
    assert [row.txid for row in rows] == [str(txid) for txid in ours]
    cursor, walked = Cursor(), []
    while page := read(house, cursor, 1):
        walked.append(page[0].type)
        cursor = page[0].cursor
        assert len(walked) < 200
    assert walked[: len(ours)] == [f"test.{txid}" for txid in ours]
    assert newest(house) >= start


def newest(house: House) -> Cursor:
    with house.inside():
        return latest(house.tenant.pk)


def record(house: House, *kinds: str) -> None:
    with house.inside():
        events.record_many([(kind, house["manager"], {}) for kind in kinds], by=None)


def test_a_transaction_that_commits_late_is_never_passed_over(house: House, writer: psycopg.Connection) -> None:
    start = newest(house)
    writer.execute("INSERT INTO core_event (tenant_id, type, object_type, object_id, source, request_id, occurred_at,"
                   " recorded_at, changes) VALUES (%s, 'late', 'x', gen_random_uuid(), '', '', now(), now(), '{}')",
                   [house.tenant.pk])  # fmt: skip
    record(house, "early")
    assert read(house, start) == []  # committed, but behind one that is open
    with house.inside():
        rows, pending, more = read_batch(house.tenant.pk, start, 10)
    assert (rows, pending, more) == ([], True, False)
    assert newest(house) == start
    writer.commit()
    assert [row.type for row in read(house, start)] == ["late", "early"]
    assert newest(house) > start


def test_what_was_rolled_back_holds_up_nobody(house: House, writer: psycopg.Connection) -> None:
    start = newest(house)
    writer.execute(INSERT, ["7", house.tenant.pk, "never"])
    writer.rollback()
    record(house, "after")
    assert [row.type for row in read(house, start)] == ["after"]


def test_pages_follow_each_other_without_gap_or_repetition(house: House) -> None:
    start = newest(house)
    for turn in range(7):
        record(house, *[f"page.{turn}.{n}" for n in range(turn)])
    cursor, walked = start, []
    while page := read(house, cursor, 4):
        walked += [row.type for row in page]
        cursor = page[-1].cursor
    assert walked == [f"page.{turn}.{n}" for turn in range(7) for n in range(turn)]
    with house.inside():
        rows, pending, more = read_batch(house.tenant.pk, start, 4)
    assert ([row.type for row in rows], pending, more) == (walked[:4], False, True)


def test_another_tenants_events_are_not_read(house: House) -> None:
    other = House.build()
    record(other, "theirs")
    assert {row.tenant_id for row in read(house)} == {house.tenant.pk}
    with house.inside():
        assert read_events(other.tenant.pk, None, 10) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1-",
        "-1",
        "a-1",
        "1-a",
        "1-1-1",
        " 1-1",
        "1 -1",
        "-",
        "٣-١",
        f"{2**63}-1",
        f"1-{2**63}",
        "1-1\n",
        "9" * 41,
    ],
)
def test_what_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="a cursor looks like"):
        Cursor.parse(text)


def test_a_cursor_reads_what_it_writes() -> None:
    for cursor in (Cursor(), Cursor(1, 2), Cursor(2**63 - 1, 2**63 - 1)):
        assert Cursor.parse(str(cursor)) == cursor
    assert Cursor(99, 5) < Cursor(100, 1) < Cursor(100, 2)


@pytest.mark.django_db
def test_an_event_says_who_when_from_where_and_about_what() -> None:
    house = House.build()
    by, work_order = house["dispatcher"], house.work()
    seen = house.last_event()
    with context.use(request_id="r-1"), house.inside():
        events.record("work_order.tested", work_order, by=by, changes={"at": [None, work_order.created_at]})
        row = events_row(seen)
    assert row == (
        "work_order.tested", "workorder", work_order.pk, work_order.pk, work_order.asset_id, by.pk, "test", "r-1",
    )  # fmt: skip


def events_row(after: int) -> tuple[Any, ...]:
    from core.models import Event

    return Event.objects.values_list(
        "type", "object_type", "object_id", "work_order_id", "asset_id", "actor_id", "source", "request_id"
    ).get(seq__gt=after)


@pytest.mark.django_db
def test_an_event_is_taken_back_with_its_act() -> None:
    house = House.build()
    before = house.marks()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail_after_recording(house)
    assert house.marks() == before


def fail_after_recording(house: House) -> None:
    with house.inside():
        events.record("work_order.tested", house.status("open"), by=None)
    raise ZeroDivisionError
