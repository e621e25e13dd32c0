"""Load tables much faster than row by row: what must hold is checked once at the end instead of for every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

INDEXES = """
SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)
"""
REFERENCES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'
ORDER BY conname
"""


@contextmanager
def loading(connection: psycopg.Connection, tables: Sequence[str], *, triggers: Sequence[str]) -> Iterator[None]:
    """One transaction, as the tables' owner, without their indexes, foreign keys, row-level security and `triggers`.

    PostgreSQL refuses COPY into a table under row-level security. Everything is put back, and checked, before the
    commit; a failure leaves the tables as they were.
    """
    with connection.transaction():
        again: list[sql.Composed] = []
        for table in tables:
            name = sql.Identifier(table)
            connection.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(name))
            again.insert(0, sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name))
            for trigger in triggers:
                if connection.execute(
                    "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s", [table, trigger]
                ).fetchone():
                    for what, where in (("DISABLE", None), ("ENABLE", again)):
                        command = sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
                            name, sql.SQL(what), sql.Identifier(trigger)
                        )
                        connection.execute(command) if where is None else where.append(command)
            for constraint, definition in connection.execute(REFERENCES, [table]).fetchall():
                connection.execute(
                    sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint))
                )
                again.append(
                    sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                        name, sql.Identifier(constraint), sql.SQL(definition)
                    )
                )
            for index, definition in connection.execute(INDEXES, [table]).fetchall():
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
                # Before the foreign keys: their checks use them.
                again.insert(0, sql.SQL(definition).format())
        yield
        connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for command in again:
            connection.execute(command)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def copy(connection: psycopg.Connection, table: str, columns: str, lines: Iterator[str]) -> None:
    """Columns by name with spaces between, `lines` in COPY's text format: tab between, backslash N for nothing, a newline last."""
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    )
    with connection.cursor() as cursor, cursor.copy(command) as target:
        batch: list[str] = []
        for line in lines:
            batch.append(line)
            if len(batch) == 2000:
                target.write("".join(batch))
                batch.clear()
        target.write("".join(batch))


def escaped(text: str) -> str:
    """A cell of COPY's text format."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
