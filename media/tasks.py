"""Celery doors: prepare one picture; look after what was left lying."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.db import transaction

from core import context
from media import actions, sweeping


@shared_task(name="media.prepare")
def prepare(file_id: str, tenant_id: str) -> None:
    """Woken after a photo was stored. Safe to run twice and in parallel."""
    with context.use(tenant_id=UUID(tenant_id), source="task"), transaction.atomic():
        actions.prepare(UUID(file_id), by=None)


@shared_task(name="media.tend")
def tend() -> None:
    """Finds tenants with pictures to prepare, promises to keep or refusals to forget in one statement; every 30 seconds."""
    for tenant_id in sweeping.tenants("media_tenants_to_tend"):
        sweeping.tend(tenant_id)


@shared_task(name="media.sweep")
def sweep() -> None:
    """Walks through the storage of every tenant that has files; every six hours."""
    for tenant_id in sweeping.tenants("media_tenants_with_files"):
        sweeping.sweep(tenant_id)
