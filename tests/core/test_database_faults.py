"""A connection that dies in the middle of an act, and two writers that block each other: all or nothing, and on it goes."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from core.errors import Conflict
from core.translation import database_refusal
from tests.house import House
from tests.racing import together
from workorders import actions
from workorders.models import WorkOrder

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    made["manager"]
    return made


def end_connection() -> None:
    """As an administrator would, from another session of the same role."""
    given = settings.DATABASES["default"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(
        host=given["HOST"] or None, port=given["PORT"] or None, user=given["USER"] or None,
        password=given["PASSWORD"] or None, dbname=given["NAME"], autocommit=True,
    ) as other:  # fmt: skip
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def report_and_lose_the_connection(house: House) -> None:
    with house.inside():
        actions.report(by=house["manager"], title="Never")
        end_connection()
        actions.report(by=house["manager"], title="Nor this")


def test_an_act_whose_connection_dies_leaves_nothing(house: House) -> None:
    before = house.marks()
    for _ in range(5):
        with pytest.raises(OperationalError):
            report_and_lose_the_connection(house)
        connection.close()  # as the end of the request does
        assert house.marks() == before
    with house.inside():
        made = actions.report(by=house["manager"], title="Pump leaks")
    assert house.read(made).title == "Pump leaks"
    assert house.marks() != before


def test_two_writers_in_opposite_order_end_with_a_sentence(house: House) -> None:
    """PostgreSQL breaks the circle; the loser is told to try again, and nothing of theirs is written (row 94)."""
    one, two = house.work(title="One"), house.work(title="Two")
    both_hold_one = threading.Barrier(2)

    def rename(first: WorkOrder, second: WorkOrder, title: str) -> None:
        actions.update(first, by=house["manager"], changes={"title": title})
        both_hold_one.wait(10)
        actions.update(second, by=house["manager"], changes={"title": title})

    outcomes = together([lambda: rename(one, two, "A"), lambda: rename(two, one, "B")], house.tenant)
    (error,) = [outcome for outcome in outcomes if outcome is not None]
    refusal = database_refusal(error)
    assert isinstance(refusal, Conflict)
    assert refusal.code == "deadlock"
    winner = "A" if outcomes[0] is None else "B"
    with house.inside():
        titles = set(WorkOrder.objects.filter(pk__in=[one.pk, two.pk]).values_list("title", flat=True))
    assert titles == {winner}
    assert not transaction.get_connection().in_atomic_block
