"""The event log, which is also the outbox: one row in the transaction that made the fact true, read by cursor later.

Nothing is sent from inside an action. After the commit, `announce` wakes whoever listens (a Redis channel for live pages,
a Celery task for consumers); both only say "look", so a wake that is lost costs time, never an event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from core import context
from core.api.renderers import dumps
from core.db import prepared

CHANNEL = "mw:events"
log = structlog.get_logger("millwright.events")
INSERT = (
    "INSERT INTO core_event (tenant_id, type, object_type, object_id, work_order_id, asset_id, actor_id, source,"
    " request_id, occurred_at, recorded_at, changes) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
# The same for many: the rows come as one JSON text.
INSERT_MANY = (
    "INSERT INTO core_event (tenant_id, type, object_type, object_id, work_order_id, asset_id, actor_id, source,"
    " request_id, occurred_at, recorded_at, changes) SELECT (r->>0)::uuid, r->>1, r->>2, (r->>3)::uuid, (r->>4)::uuid,"
    " (r->>5)::uuid, (r->>6)::uuid, r->>7, r->>8, (r->>9)::timestamptz, (r->>10)::timestamptz, (r->>11)::jsonb"
    " FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS rows (r, place) ORDER BY place"
)
_gathered: ContextVar[list[tuple[Any, ...]] | None] = ContextVar("gathered_events", default=None)


@contextmanager
def together() -> Iterator[list[tuple[Any, ...]]]:
    """What is recorded inside waits in the list and is written by one statement at the end; what was cut off never is."""
    rows: list[tuple[Any, ...]] = []
    token = _gathered.set(rows)
    try:
        yield rows
    finally:
        _gathered.reset(token)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_MANY, [orjson.dumps(rows, default=str).decode()])


def record(
    type: str,  # noqa: A002  (the log's word)
    subject: models.Model,
    *,
    by: models.Model | None,
    at: dt.datetime | None = None,
    changes: Mapping[str, Any] | None = None,
    work_order_id: UUID | None = None,
    asset_id: UUID | None = None,
) -> None:
    """Write one fact about `subject` (a tenant's row). `changes` maps each field to [before, after] in API values."""
    record_many([(type, subject, changes or {})], by=by, at=at, work_order_id=work_order_id, asset_id=asset_id)


def record_many(
    facts: list[tuple[str, Any, Mapping[str, Any]]],
    *,
    by: models.Model | None,
    at: dt.datetime | None = None,
    work_order_id: UUID | None = None,
    asset_id: UUID | None = None,
) -> None:
    """Several facts at once, in one statement's round trip per fact list."""
    now = timezone.now()
    here = context.current()
    rows = []
    for kind, subject, changes in facts:
        label = subject._meta.model_name
        rows.append(
            (
                subject.tenant_id,
                kind,
                label,
                subject.pk,
                work_order_id or (subject.pk if label == "workorder" else getattr(subject, "work_order_id", None)),
                asset_id or (subject.pk if label == "asset" else getattr(subject, "asset_id", None)),
                by.pk if by else None,
                here.source,
                here.request_id,
                at or now,
                now,
                dumps(changes).decode(),
            )
        )
    waiting = _gathered.get()
    if waiting is not None:
        waiting += rows
        for tenant_id in {row[0] for row in rows}:
            announce(tenant_id)
        return
    # One at a time: executemany opens a pipeline, which takes longer than the one or two rows an act leaves.
    for row in rows:
        prepared.write(INSERT, row)
    for tenant_id in {row[0] for row in rows}:
        announce(tenant_id)


def announce(tenant_id: UUID) -> None:
    """Wake the listeners of a tenant once this transaction is committed; once per transaction, however many events."""
    if not any(isinstance(hook[1], Wake) and hook[1].tenant_id == tenant_id for hook in connection.run_on_commit):
        transaction.on_commit(Wake(tenant_id), robust=True)


@dataclass(frozen=True)
class Wake:
    tenant_id: UUID

    def __call__(self) -> None:
        wake(self.tenant_id)


def wake(tenant_id: UUID) -> None:
    """Publish on Redis and enqueue the drain. Without a broker nothing is lost: the sweep and the pollers find the rows."""
    from core import redis, tasks

    try:
        pipe = redis.client().pipeline(transaction=False)
        pipe.publish(CHANNEL, orjson.dumps({"tenant": str(tenant_id)}))
        # One waiting drain is enough, however many commits it will find.
        pipe.set(f"mw:drain:{tenant_id}", 1, nx=True, ex=5)
        if pipe.execute()[1]:
            tasks.drain_tenant.apply_async(args=(str(tenant_id),), retry=False)
    except Exception as error:  # any trouble of the broker: the write is committed and must be answered
        log.warning("wake_failed", error=type(error).__name__)
