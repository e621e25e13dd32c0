from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from core import context
from demo.tenants import NORTH_PIT, WEST_CAMPUS, DemoTenant
from tests.database import empty_tables, owner_connection
from workorders import catalogue


def forget_catalogues() -> None:
    """The demo's tenants have the same ids each time; a process that outlives its database must not remember them."""
    catalogue._known.clear()


@pytest.fixture(autouse=True)
def new_catalogues() -> Iterator[None]:
    yield
    forget_catalogues()


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Both tenants, loaded and committed once for a module; what the command printed."""
    with django_db_blocker.unblock():
        forget_catalogues()
        out = StringIO()
        call_command("load_demo", stdout=out)
        yield out.getvalue()
        connections.close_all()
        empty_tables()


@contextmanager
def inside(tenant: DemoTenant) -> Iterator[None]:
    with context.use(tenant_id=tenant.id), transaction.atomic():
        yield


@pytest.fixture
def north_pit(demo: str) -> Iterator[None]:
    with inside(NORTH_PIT):
        yield


@pytest.fixture
def west_campus(demo: str) -> Iterator[None]:
    with inside(WEST_CAMPUS):
        yield


def table_hashes() -> dict[str, str]:
    """A digest of the rows of every table, seen by the owner."""
    with owner_connection() as connection:
        tables = [row[0] for row in connection.execute("select tablename from pg_tables where schemaname = 'public'")]
        return {
            table: hashlib.sha256(
                str(
                    connection.execute(f'select array_agg(t::text order by t::text) from "{table}" t').fetchone()
                ).encode()
            ).hexdigest()
            for table in tables
        }
