"""The test database: migrated once per state of the migrations, copied for each run, emptied after committed tests.

`default` is the application's role, as in production; the owner's role makes, migrates and empties.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from config import embedded

# Rows that migrations make and that every test may rely on.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


@contextmanager
def owner_connection(dbname: str | None = None) -> Iterator[psycopg.Connection]:
    """A connection of its own as the owner, in autocommit; Django's guards against other databases do not apply."""
    given = settings.DATABASES["owner"]
    with psycopg.connect(
        host=given["HOST"] or None,
        port=given["PORT"] or None,
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        dbname=dbname or given["NAME"],
        autocommit=True,
    ) as connection:
        yield connection


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any, request: Any) -> Iterator[None]:
    """pytest-django's fixture, with a template: migrating takes seconds, copying a tenth of one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    base = settings.DATABASES["owner"]["NAME"]
    name = f"test_{base}_{worker}" if worker else f"test_{base}"
    with django_db_blocker.unblock():
        with (embedded.state_dir() / "template.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            template = _migrated_template(base)
            _recreate(name, template)
        _point_to(name)
    try:
        yield
    finally:
        with django_db_blocker.unblock():
            connections.close_all()
            _point_to(base)
            with owner_connection("postgres") as connection:
                connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _migrated_template(base: str) -> str:
    """Name of a database with all migrations applied, made when the migrations on disk have changed."""
    prefix = f"tpl_{base}_"
    template = prefix + _fingerprint()
    with owner_connection("postgres") as connection:
        known = {row[0] for row in connection.execute("select datname from pg_database")}
        if template in known:
            return template
        for old in known:
            if old.startswith(prefix):
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(old)))
    unfinished = prefix + "new"
    _recreate(unfinished, None)
    _point_to(unfinished)
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections.close_all()
    with owner_connection("postgres") as connection:
        names = (sql.Identifier(unfinished), sql.Identifier(template))
        connection.execute(sql.SQL("alter database {} rename to {}").format(*names))
    return template


def _fingerprint() -> str:
    digest = hashlib.sha256((embedded.ROOT / "requirements" / "runtime.txt").read_bytes())
    for folder in ("*/migrations/*.py", "core/db/*.py"):
        for file in sorted(embedded.ROOT.glob(folder)):
            digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _recreate(name: str, template: str | None) -> None:
    with owner_connection("postgres") as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        copy = sql.SQL(" template {}").format(sql.Identifier(template)) if template else sql.SQL("")
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)) + copy)


def _point_to(name: str) -> None:
    connections.close_all()
    for alias in ("default", "owner"):
        settings.DATABASES[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


def empty_tables() -> None:
    """What Django's flush does, as the owner: the application's role may not truncate."""
    with owner_connection() as connection:
        connection.execute("set lock_timeout = '10s'")
        tables = [
            row[0]
            for row in connection.execute("select tablename from pg_tables where schemaname = 'public'")
            if row[0] not in KEPT_TABLES
        ]
        if not tables:
            return
        probes = [
            sql.SQL("select {} where exists (select 1 from {})").format(sql.Literal(name), sql.Identifier(name))
            for name in tables
        ]
        filled = [sql.Identifier(row[0]) for row in connection.execute(sql.SQL(" union all ").join(probes))]
        if filled:
            connection.execute(sql.SQL("truncate {} cascade").format(sql.SQL(", ").join(filled)))


def _fixture_teardown(self: TransactionTestCase) -> None:
    empty_tables()


# Django flushes only databases that are not mirrors, and `default` mirrors `owner`: committed rows would stay.
TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]
