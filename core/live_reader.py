"""Reading the event log by cursor: what the outbox, the events endpoint and the live stream share.

A cursor is the pair (transaction id, sequence number), written "txid-seq". Only rows below the oldest transaction still
open are read, in that order: a row that commits late is never passed over, and none is read twice.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

COLUMNS = "seq, txid::text AS txid_text, tenant_id, type, object_type, object_id, work_order_id, asset_id, actor_id, source, occurred_at, changes"
SETTLED = "txid < pg_snapshot_xmin(pg_current_snapshot())"


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in one tenant's log; `Cursor.parse` raises ValueError on anything else."""

    txid: int = 0
    seq: int = 0

    @classmethod
    def parse(cls, text: str) -> Cursor:
        left, _, right = text.partition("-")
        if not (left.isascii() and left.isdigit() and right.isascii() and right.isdigit()) or len(text) > 40:
            raise ValueError("a cursor looks like 1234-5678")
        cursor = cls(int(left), int(right))
        if cursor.txid >= 2**63 or cursor.seq >= 2**63:
            raise ValueError("a cursor looks like 1234-5678")
        return cursor

    def __str__(self) -> str:
        return f"{self.txid}-{self.seq}"


@dataclass(frozen=True, slots=True)
class EventRow:
    seq: int
    txid: str
    tenant_id: UUID
    type: str
    object_type: str
    object_id: UUID
    work_order_id: UUID | None
    asset_id: UUID | None
    actor_id: UUID | None
    source: str
    occurred_at: dt.datetime
    changes: dict[str, Any]

    @property
    def cursor(self) -> Cursor:
        return Cursor(int(self.txid), self.seq)


def read_events(tenant_id: UUID, after: Cursor | None, limit: int) -> list[EventRow]:
    """At most `limit` settled events of the tenant after the cursor, oldest first. Runs in the caller's transaction."""
    start = after or Cursor()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM core_event WHERE tenant_id = %s AND (txid, seq) > (%s::text::xid8, %s) AND {SETTLED}"
            " ORDER BY tenant_id, core_event.txid, seq LIMIT %s",
            [tenant_id, str(start.txid), start.seq, limit],
        )
        return [event_of(row) for row in cursor.fetchall()]


def event_of(row: Any) -> EventRow:
    """A row of `COLUMNS`."""
    return EventRow(*(*row[:11], decoded(row[11])))


def decoded(value: Any) -> dict[str, Any]:
    return json.loads(value) if isinstance(value, str) else value


def latest(tenant_id: UUID) -> Cursor:
    """The place behind the newest settled event."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT txid::text AS txid_text, seq FROM core_event WHERE tenant_id = %s AND {SETTLED}"
            " ORDER BY tenant_id DESC, core_event.txid DESC, seq DESC LIMIT 1",
            [tenant_id],
        )
        row = cursor.fetchone()
    return Cursor(int(row[0]), row[1]) if row else Cursor()


def read_batch(tenant_id: UUID, after: Cursor, limit: int) -> tuple[list[EventRow], bool, bool]:
    """As `read_events`, and from the same snapshot: whether committed rows wait for an older writer, and whether the limit
    cut the answer. A live reader needs both to know when to look again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS}, {SETTLED} FROM core_event WHERE tenant_id = %s AND (txid, seq) > (%s::text::xid8, %s)"
            " ORDER BY tenant_id, core_event.txid, seq LIMIT %s",
            [tenant_id, str(after.txid), after.seq, limit],
        )
        rows = cursor.fetchall()
    settled = [event_of(row) for row in rows if row[12]]
    # Rows come in the order of their transactions, so the unsettled ones are the last.
    pending = len(settled) < len(rows)
    return settled, pending, len(rows) == limit and not pending
