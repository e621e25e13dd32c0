"""One kept connection serves many tenants in turn: nothing of one transaction is left for the next."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections, transaction

from core import context
from tests.house import House
from tests.racing import kinds, own_connections, together
from workorders.models import WorkOrder


@pytest.fixture(scope="module")
def houses(committed: None) -> Iterator[list[House]]:
    made = [House.build(), House.build()]
    for house in made:
        house.work(title=house.tenant.slug)
    yield made
    connections.close_all()


def told() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        return cursor.fetchone()[0] or ""


def titles() -> list[str]:
    return list(WorkOrder.objects.values_list("title", flat=True))


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_first_one_then_the_other_then_none(houses: list[House]) -> None:
    first, second = houses
    pid = backend()
    with first.inside():
        assert titles() == [first.tenant.slug]
    with second.inside():
        assert titles() == [second.tenant.slug]
    assert (titles(), told()) == ([], "")
    with transaction.atomic():
        assert (titles(), told()) == ([], "")
    assert backend() == pid


def test_after_an_exception_nothing_is_left(houses: list[House]) -> None:
    first, second = houses
    pid = backend()
    for crash in (ZeroDivisionError, DatabaseError):
        with pytest.raises(crash), first.inside():
            break_off(crash)
        assert (titles(), told()) == ([], "")
        with second.inside():
            assert titles() == [second.tenant.slug]
    assert backend() == pid


def break_off(crash: type[Exception]) -> None:
    assert len(titles()) == 1
    if crash is DatabaseError:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    raise crash


def test_a_rolled_back_savepoint_keeps_the_tenant_of_the_moment(houses: list[House]) -> None:
    """`set_config` goes back with the savepoint; what the code works for must not."""
    first, second = houses
    with first.inside():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert titles() == [first.tenant.slug]
        with context.use(tenant_id=second.tenant.pk):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
            assert titles() == [second.tenant.slug]
        assert titles() == [first.tenant.slug]
        with pytest.raises(ZeroDivisionError), transaction.atomic(), context.use(tenant_id=second.tenant.pk):
            raise ZeroDivisionError
        assert titles() == [first.tenant.slug]


def test_a_savepoint_broken_off_in_another_tenant_is_told_anew(houses: list[House]) -> None:
    """What was last told and what holds differ after such a rollback: the next change must not be taken for made."""
    first, second = houses
    with first.inside():
        with pytest.raises(ZeroDivisionError), transaction.atomic(), context.use(tenant_id=second.tenant.pk):
            break_off(ZeroDivisionError)
        with pytest.raises(DatabaseError), transaction.atomic(), context.use(tenant_id=second.tenant.pk):
            break_off(DatabaseError)
        assert titles() == [first.tenant.slug]
        with context.use(tenant_id=second.tenant.pk):
            assert titles() == [second.tenant.slug]
        assert titles() == [first.tenant.slug]


def test_a_change_of_tenant_within_a_transaction_is_heard_at_once(houses: list[House]) -> None:
    first, second = houses
    with first.inside():
        with context.use(tenant_id=second.tenant.pk):
            assert titles() == [second.tenant.slug]
            with context.use(tenant_id=None):
                assert titles() == []
        assert titles() == [first.tenant.slug]


def test_without_a_transaction_a_tenant_shows_nothing(houses: list[House]) -> None:
    with context.use(tenant_id=houses[0].tenant.pk):
        assert titles() == []


def test_a_broken_connection_begins_anew_without_a_tenant(houses: list[House]) -> None:
    first, second = houses
    with first.inside():
        assert len(titles()) == 1
    connection.close()
    with transaction.atomic():
        assert titles() == []
    with second.inside():
        assert titles() == [second.tenant.slug]


def test_threads_do_not_hear_each_other(houses: list[House]) -> None:
    """Two hundred changes of tenant in eight threads: nobody ever sees another's row."""

    def alternate() -> None:
        for turn in range(25):
            house = houses[turn % 2]
            with house.inside():
                assert titles() == [house.tenant.slug]

    assert kinds(together([alternate] * 8)) == ["ok"] * 8


def test_a_new_thread_begins_without_a_tenant(houses: list[House]) -> None:
    found: list[object] = []

    def look() -> None:
        with own_connections(), transaction.atomic():
            found.append((context.current().tenant_id, titles()))

    with houses[0].inside():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [(None, [])]
