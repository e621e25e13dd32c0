"""The test database itself: the application's role, clean between tests, committed or not."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from tenancy.models import Tenant
from tests.database import owner_connection
from tests.factories import make_tenant


def tenants() -> int:
    """As the owner, who sees every committed row."""
    with owner_connection() as owner:
        row = owner.execute("select count(*) from tenancy_tenant").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.django_db
def test_tests_run_as_the_role_of_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolsuper, rolbypassrls, rolcreatedb, exists (select from pg_class where relowner = r.oid)"
            " from pg_roles r where rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)


@pytest.mark.django_db
@pytest.mark.parametrize("time", [1, 2])
def test_rows_are_rolled_back(time: int) -> None:
    assert tenants() == 0
    make_tenant(slug="the-same")
    assert tenants() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])
def test_committed_rows_are_visible_to_other_threads_and_gone_afterwards(time: int) -> None:
    assert tenants() == 0
    tenant = make_tenant(slug="the-same")
    assert tenants() == 1
    seen: list[int] = []

    def look() -> None:
        seen.append(Tenant.objects.filter(pk=tenant.pk).count())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [0]  # no tenant is set in the other thread: row-level security shows nothing


@pytest.mark.django_db
def test_committed_rows_of_the_test_before_are_gone() -> None:
    assert tenants() == 0
