"""Celery doors of the core: drain the outbox when woken, sweep what a crash or a lost wake left behind, forget old keys."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.db import connection

from core import outbox, redis


@shared_task(name="core.drain_tenant")
def drain_tenant(tenant_id: str) -> None:
    """Woken after a commit. Safe to run twice and in parallel."""
    redis.client().delete(f"mw:drain:{tenant_id}")
    drain_all(UUID(tenant_id))


def drain_all(tenant_id: UUID) -> None:
    for consumer in outbox.consumers():
        outbox.drain(tenant_id, consumer)
    outbox.retry(tenant_id)


@shared_task(name="core.sweep_outbox")
def sweep_outbox() -> None:
    """Finds tenants with unread events or due retries in one statement; beat runs it every 15 seconds."""
    for tenant_id in behind():
        drain_all(tenant_id)


def behind() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_tenants_behind(%s)", [outbox.consumers()])
        return [row[0] for row in cursor.fetchall()]


@shared_task(name="core.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    """Answers are kept 24 hours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_forget_idempotency_keys()")
        return int(cursor.fetchone()[0])
