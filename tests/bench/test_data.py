from __future__ import annotations

import re

import psycopg
import pytest

from bench import bulk, data
from bench.data import Size
from tests.database import owner_connection
from tests.factories import inside, make_tenant
from workorders.models import StatusLog, WorkOrder

TABLES = ("workorders_workorder", "workorders_statuslog", "assets_asset")


def definitions() -> list[tuple[object, ...]]:
    """Everything that a bulk load takes away and must put back."""
    with owner_connection() as connection:
        return [
            *sorted(
                # PostgreSQL writes the casts of a condition in another place the second time.
                (re.sub(r"::character varying|::text(\[\])?|[()]", "", text),)
                for (text,) in connection.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
            ),
            *connection.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
                " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
            ),
            *connection.execute(
                "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = ANY(%s) ORDER BY 1",
                [list(TABLES)],
            ),
            *connection.execute(
                "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
            ),
        ]


@pytest.mark.django_db(transaction=True)
def test_the_data_has_its_shape_and_the_tables_are_as_before(monkeypatch):
    tenant = make_tenant(slug=data.LARGE)
    monkeypatch.setattr(data, "SMALL", [])
    monkeypatch.setattr(data, "LARGE_SIZE", Size(orders=1000, assets=200, places=30, technicians=5, crews=2))
    before = definitions()
    with owner_connection() as connection:
        assert not data.is_loaded(connection)
        data.load(connection)
        assert data.is_loaded(connection)
    assert definitions() == before
    with inside(tenant):
        orders = WorkOrder.objects.all()
        assert (orders.count(), orders.filter(meaning="closed").count(), orders.active().count()) == (1000, 940, 46)
        assert StatusLog.objects.filter(to_meaning="closed").count() == 940
        assert not orders.exclude(closed_at=None).exclude(meaning="closed").exists()
        newest_open, oldest_open = orders.active().first(), orders.active().last()
        assert (newest_open.created_at - oldest_open.created_at).days <= 90
    assert not WorkOrder.objects.exists()


def load_orphan(connection: psycopg.Connection) -> None:
    """A category of a tenant that does not exist."""
    pk = "01900000-0000-7000-8000-000000000001"
    with bulk.loading(connection, ["assets_category"], triggers=("audit",)):
        bulk.copy(connection, "assets_category", "id tenant_id name version", iter([f"{pk}\t{pk}\tx\t1\n"]))


@pytest.mark.django_db(transaction=True)
def test_a_bulk_load_that_fails_leaves_the_tables_as_they_were():
    before = definitions()
    with owner_connection() as connection, pytest.raises(psycopg.errors.ForeignKeyViolation):
        load_orphan(connection)
    assert definitions() == before


def test_cells_of_copy_are_escaped():
    assert bulk.escaped("a\tb\nc\\d\re") == "a\\tb\\nc\\\\d\\re"
