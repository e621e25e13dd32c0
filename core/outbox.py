"""Consumers of the event log: each reads every event of a tenant once, in order, however many workers drain.

A consumer's cursor row is locked while it is drained, so two workers take turns; the cursor advances in the transaction in
which the events were handled. A handler that raises holds up nobody: its event is kept as a failed delivery, tried again
with growing pauses, and stays visible as a dead letter after the last try. Handlers must bear being called twice for one
event (a crash between their effect and the commit).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from core import context, events
from core.live_reader import COLUMNS, Cursor, EventRow, event_of, read_events
from core.models import FailedDelivery

Handler = Callable[[EventRow], None]
BATCH = 200
PAUSES = [10, 60, 300, 1800, 7200, 21600, 86400]
log = structlog.get_logger("millwright.outbox")
_consumers: dict[str, Handler] = {}


def register(name: str, handler: Handler) -> None:
    """Called from an app's `ready()`. The name is the consumer's identity in the database: never reuse one."""
    _consumers[name] = handler


def consumers() -> list[str]:
    return list(_consumers)


def drain(tenant_id: UUID, consumer: str) -> int:
    """Handle what is new for one consumer of one tenant; returns the number of events read."""
    total = 0
    while True:
        read = drain_batch(tenant_id, consumer)
        total += read
        if read < BATCH:
            return total


def drain_batch(tenant_id: UUID, consumer: str) -> int:
    with context.use(tenant_id=tenant_id, source="task"), transaction.atomic():
        start = claim(tenant_id, consumer)
        if start is None:
            return 0
        events = read_events(tenant_id, start, BATCH)
        for event in events:
            attempt(consumer, event)
        if events:
            last = events[-1].cursor
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE core_consumercursor SET txid = %s::text::xid8, seq = %s, updated_at = now()"
                    " WHERE tenant_id = %s AND consumer = %s",
                    [str(last.txid), last.seq, tenant_id, consumer],
                )
        return len(events)


def claim(tenant_id: UUID, consumer: str) -> Cursor | None:
    """Lock the consumer's cursor; None when another worker holds it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_consumercursor (tenant_id, consumer, txid, seq, updated_at)"
            " VALUES (%s, %s, '0', 0, now()) ON CONFLICT DO NOTHING",
            [tenant_id, consumer],
        )
        cursor.execute(
            "SELECT txid::text, seq FROM core_consumercursor WHERE tenant_id = %s AND consumer = %s FOR UPDATE SKIP LOCKED",
            [tenant_id, consumer],
        )
        row = cursor.fetchone()
    return Cursor(int(row[0]), row[1]) if row else None


def attempt(consumer: str, event: EventRow) -> None:
    try:
        with transaction.atomic():
            _consumers[consumer](event)
    except Exception as error:
        log.exception("delivery_failed", consumer=consumer, event_seq=event.seq)
        FailedDelivery.objects.create(
            tenant_id=event.tenant_id,
            consumer=consumer,
            event_seq=event.seq,
            next_at=timezone.now() + dt.timedelta(seconds=PAUSES[0]),
            error=f"{type(error).__name__}: {error}"[:2000],
        )


def retry(tenant_id: UUID) -> int:
    """Try again what is due; each row is claimed by one worker. Returns how many were tried."""
    tried = 0
    while True:
        with context.use(tenant_id=tenant_id, source="task"), transaction.atomic():
            failed = (
                FailedDelivery.objects.select_for_update(skip_locked=True)
                .filter(tenant_id=tenant_id, next_at__lte=timezone.now(), consumer__in=consumers())
                .order_by("next_at")
                .first()
            )
            if failed is None:
                return tried
            retry_one(failed)
            tried += 1


def try_again(failed: FailedDelivery) -> None:
    """Asked for by hand, of a dead letter too: due at once; a worker takes it after the commit."""
    FailedDelivery.objects.filter(pk=failed.pk).update(next_at=timezone.now())
    events.announce(failed.tenant_id)


def retry_one(failed: FailedDelivery) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM core_event WHERE seq = %s", [failed.event_seq])
        row = cursor.fetchone()
    event = event_of(row)
    try:
        with transaction.atomic():
            _consumers[failed.consumer](event)
    except Exception as error:
        log.exception("delivery_failed", consumer=failed.consumer, event_seq=event.seq)
        pause = PAUSES[failed.attempts] if failed.attempts < len(PAUSES) else None
        failed.next_at = timezone.now() + dt.timedelta(seconds=pause) if pause else None
        failed.attempts += 1
        failed.error = f"{type(error).__name__}: {error}"[:2000]
        failed.save(update_fields=["next_at", "attempts", "error"])
    else:
        failed.delete()
