"""Acts on many locked work orders at once: what each of them writes waits, and goes out in one statement for each table.

Inside an open batch the acts themselves run as they are for a single work order, so that no rule is said twice:
`writing.lock` hands out the locked row, `writing.save` and `writing.log_status` wait, and so do events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from core import events
from core.writing import next_version
from workorders.models import StatusLog, WorkOrder

LOG_COLUMNS = (
    "id", "tenant_id", "work_order_id", "from_status_id", "to_status_id", "from_meaning", "to_meaning", "occurred_at",
    "recorded_at", "by_id", "reason",
)  # fmt: skip


class Batch:
    """The locked rows by id, and what waits to be written about them."""

    def __init__(self, rows: Mapping[UUID, WorkOrder], told: list[tuple[Any, ...]]) -> None:
        self.rows = rows
        self.fields: dict[UUID, set[str]] = {}
        self.log: list[Sequence[Any]] = []
        self.told = told

    def row(self, pk: UUID) -> WorkOrder | None:
        return self.rows.get(pk)

    def save(self, row: WorkOrder, fields: Iterable[str]) -> bool:
        """Whether the row is one of the batch; it then waits."""
        if self.rows.get(row.pk) is not row:
            return False
        self.fields.setdefault(row.pk, set()).update(next_version(row, fields))
        return True

    def mark(self) -> tuple[int, int]:
        return len(self.log), len(self.told)

    def forget(self, pk: UUID, mark: tuple[int, int]) -> None:
        """What the act on this row left since the mark: it was refused half way."""
        self.fields.pop(pk, None)
        del self.log[mark[0] :], self.told[mark[1] :]

    def write(self) -> None:
        names = sorted(set().union(*self.fields.values())) if self.fields else []
        if names:
            fields = [WorkOrder._meta.get_field(name) for name in names]
            columns = {str(field.column): field.db_type(connection) for field in fields}  # type: ignore[union-attr]
            values: list[dict[str, Any]] = [
                {"id": pk} | {str(field.column): getattr(self.rows[pk], field.attname) for field in fields}  # type: ignore[union-attr]
                for pk in sorted(self.fields)
            ]
            setting = ", ".join(f'"{column}" = v."{column}"' for column in columns)
            run(
                f'UPDATE "{WorkOrder._meta.db_table}" AS w SET {setting} FROM {recordset(columns)} WHERE w.id = v.id',
                values,
            )
        if self.log:
            types = {column: StatusLog._meta.get_field(column).db_type(connection) for column in LOG_COLUMNS[1:]}
            listed = ", ".join(f'"{column}"' for column in LOG_COLUMNS)
            run(
                f'INSERT INTO "{StatusLog._meta.db_table}" ({listed}) SELECT {listed} FROM {recordset(types)}',
                [dict(zip(LOG_COLUMNS, line, strict=True)) for line in self.log],
            )


def recordset(columns: Mapping[str, str | None]) -> str:
    typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    return f"jsonb_to_recordset(%s::jsonb) AS v (id uuid, {typed})"


def run(sql: str, rows: list[dict[str, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [orjson.dumps(rows, default=str).decode()])


_open: ContextVar[Batch | None] = ContextVar("open_batch", default=None)


def current() -> Batch | None:
    return _open.get()


class HalfDoneError(Exception):
    """An act wrote past the batch and was refused after that: it must be taken back by a savepoint."""


@contextmanager
def opened(rows: Mapping[UUID, WorkOrder]) -> Iterator[Batch]:
    """A batch over these locked rows, in the transaction that locked them. Written at the end unless the block fails."""
    with events.together() as told:
        batch = Batch(rows, told)
        token = _open.set(batch)
        connection.flat = True  # type: ignore[attr-defined]
        try:
            yield batch
        finally:
            connection.flat = False  # type: ignore[attr-defined]
            _open.reset(token)
        batch.write()


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements of the block that change something."""
    found: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).lstrip().upper().startswith(("SELECT", "WITH")):
            found.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found
