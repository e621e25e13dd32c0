"""Whether a database is migrated and holds the demo: two questions in plain SQL, so that a warm start is quick.

Asking Django costs a second of imports. Here the migrations on disk are compared with the table of applied ones; what
cannot be seen on disk that way (migrations of packages) is covered by a note of the installed lock file. Notes are kept
per database (system identifier and oid), so that a new database is never taken for a known one.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import psycopg

from config import embedded


def is_migrated() -> bool:
    with _connect() as connection:
        if not _note(connection, "migrated").exists():
            return False
        try:
            applied = set(connection.execute("select app, name from django_migrations"))
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
            return False
    return _on_disk() <= applied


def note_migrated() -> None:
    _write("migrated")


def is_demo_loaded() -> bool:
    with _connect() as connection:
        return _note(connection, "demo").exists()


def note_demo_loaded() -> None:
    _write("demo")


def _connect() -> psycopg.Connection:
    given = os.environ.get("DATABASE_URL")
    url = os.environ.get("DATABASE_OWNER_URL") or given if given else embedded.postgres_url("owner")
    return psycopg.connect(url, autocommit=True, connect_timeout=10)


def _on_disk() -> set[tuple[str, str]]:
    files = embedded.ROOT.glob("*/migrations/*.py")
    return {(file.parent.parent.name, file.stem) for file in files if file.stem != "__init__"}


def _write(what: str) -> None:
    with _connect() as connection:
        note = _note(connection, what)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()


def _note(connection: psycopg.Connection, what: str) -> Path:
    """The note's name says which database, and what its state depends on: the lock file, or the demo's own files."""
    identity = connection.execute(
        "select system_identifier, oid from pg_control_system(), pg_database where datname = current_database()"
    ).fetchone()
    digest = hashlib.sha256(repr(identity).encode())
    if what == "migrated":
        digest.update((embedded.ROOT / "requirements" / "runtime.txt").read_bytes())
    else:
        for path in sorted((embedded.ROOT / "demo").rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    return embedded.state_dir() / "notes" / f"{what}-{digest.hexdigest()[:16]}"
