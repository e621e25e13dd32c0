"""Two transactions at the same moment, in a fixed order: the second arrives while the first has not committed yet."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import connections, transaction

from core import context
from tenancy.models import Tenant
from tests.database import empty_tables, owner_connection

WAITING = "select count(*) from pg_locks where not granted"
PATIENCE = 15.0


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows of this module's tests are committed, because other threads read them; emptied once, at its end."""
    with django_db_blocker.unblock():
        empty_tables()
        yield
        connections.close_all()
        empty_tables()


@contextmanager
def own_connections() -> Iterator[None]:
    try:
        yield
    finally:
        connections.close_all()


def race(tenant: Tenant, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """What each came to (a result or the exception). `first` has done its writes, and commits only when `second` waits
    for it or is done: so without a lock `second` has read what was there before."""
    outcomes: list[Any] = [None, None]
    written, release, arrived = threading.Event(), threading.Event(), threading.Event()

    def run(index: int, act: Callable[[], Any]) -> None:
        with own_connections(), context.use(tenant_id=tenant.pk, source=f"racer-{index}"):
            try:
                with transaction.atomic():
                    outcomes[index] = act()
                    if index == 0:
                        written.set()
                        assert release.wait(PATIENCE), "nobody let the first one go"
            except Exception as error:
                outcomes[index] = error
            finally:
                (written if index == 0 else arrived).set()

    threads = [threading.Thread(target=run, args=(index, act)) for index, act in enumerate((first, second))]
    threads[0].start()
    assert written.wait(PATIENCE)
    threads[1].start()
    until_waiting_or(arrived)
    release.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a deadlock"
    return outcomes


def until_waiting_or(arrived: threading.Event) -> None:
    """PostgreSQL tells nobody that a session began to wait, so it is asked until it says so."""
    deadline = time.monotonic() + PATIENCE
    with owner_connection() as connection:
        while not arrived.is_set() and time.monotonic() < deadline:
            if connection.execute(WAITING).fetchone()[0]:
                return
            arrived.wait(0.005)


def together(acts: Sequence[Callable[[], Any]], tenant: Tenant | None = None, *, atomic: bool = True) -> list[Any]:
    """Run all at once, each in a thread and (if `atomic`) transaction of its own; what each came to, in the order given."""
    outcomes: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def run(index: int) -> None:
        with own_connections(), context.use(tenant_id=tenant.pk if tenant else None, source="racer"):
            try:
                connections["default"].ensure_connection()
                barrier.wait(PATIENCE)
                with transaction.atomic() if atomic else nullcontext():
                    outcomes[index] = acts[index]()
            except Exception as error:
                outcomes[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
        assert not thread.is_alive(), "a deadlock"
    return outcomes


def kinds(outcomes: Sequence[Any]) -> list[str]:
    """ "ok" or the error's code, for comparing."""
    return [
        (getattr(outcome, "code", None) or type(outcome).__name__) if isinstance(outcome, Exception) else "ok"
        for outcome in outcomes
    ]
