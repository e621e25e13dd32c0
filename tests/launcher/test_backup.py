"""The backup of docs/deploy.md, taken and restored."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from config import binaries, embedded
from tests.factories import make_tenant

COUNTS = """
    select 'policies', count(*) from pg_policies
    union all select 'forced', count(*) from pg_class where relforcerowsecurity
    union all select 'triggers', count(*) from pg_trigger
    union all select 'constraints', count(*) from pg_constraint
    union all select 'indexes', count(*) from pg_indexes
    union all select 'rights', count(*) from information_schema.role_table_grants where grantee = 'millwright_app'
    union all select 'functions', count(*) from pg_proc where pronamespace = 'public'::regnamespace
"""


def contents(dbname: str) -> dict[str, int]:
    """How many there are of everything, and the rows of every table."""
    with psycopg.connect(embedded.postgres_url("superuser", dbname)) as connection:
        found: dict[str, int] = dict(connection.execute(COUNTS).fetchall())
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            found[table] = len(connection.execute(sql.SQL("select 1 from {}").format(sql.Identifier(table))).fetchall())
    return found


@pytest.fixture
def empty_database() -> Iterator[str]:
    name = f"{settings.DATABASES['default']['NAME']}_restored"
    with psycopg.connect(embedded.postgres_url("superuser", "postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name} owner millwright_owner template template0")
        yield name
        connection.execute(f"drop database {name} with (force)")


@pytest.mark.django_db(transaction=True)
def test_a_dump_is_restored_whole(empty_database: str, tmp_path: Path) -> None:
    tenant, _ = make_tenant(), make_tenant()
    original = settings.DATABASES["default"]["NAME"]
    programs, dump = binaries.find_postgres(), tmp_path / "dump"
    for program, *arguments in (
        ["pg_dump", "--format=custom", f"--file={dump}", f"--dbname={embedded.postgres_url('superuser', original)}"],
        ["pg_restore", "--exit-on-error", f"--dbname={embedded.postgres_url('superuser', empty_database)}", str(dump)],
    ):
        done = subprocess.run([programs / program, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    restored = contents(empty_database)
    assert restored == contents(original)
    assert restored["tenancy_tenant"] == 2
    with psycopg.connect(embedded.postgres_url("app", empty_database)) as connection:
        assert connection.execute("select id from tenancy_tenant").fetchall() == []
        connection.execute("select set_config('app.tenant', %s, true)", [str(tenant.pk)])
        assert connection.execute("select id from tenancy_tenant").fetchall() == [(tenant.pk,)]
