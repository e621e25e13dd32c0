"""What is looked after without anybody asking: pictures not prepared, promises not kept, files that nobody names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from core import context, files
from core.errors import DomainError
from media import actions, quota
from media.choices import MediaKind, MediaState
from media.models import MediaFile

AT_ONCE = 50
# How long a worker that was asked may take before the sweep asks again.
STALE = dt.timedelta(seconds=60)
REFUSALS_KEPT = dt.timedelta(days=7)
UNLINKED_KEPT = dt.timedelta(days=1)
log = structlog.get_logger("millwright.media")


def inside(tenant_id: UUID, act: Callable[[], Any]) -> Any:
    with context.use(tenant_id=tenant_id, source="task"), transaction.atomic():
        return act()


def tenants(question: str) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {question}()")
        return [row[0] for row in cursor.fetchall()]


def tend(tenant_id: UUID) -> None:
    """Prepare what no worker did; take in what arrived in the bucket; forget what never came and old refusals."""
    now = timezone.now()
    stale = Q(state=MediaState.PROCESSING, kind=MediaKind.IMAGE, uploaded_at__lt=now - STALE)
    for file in listed(tenant_id, stale):
        attempt(tenant_id, file, lambda file: actions.prepare(file.pk, by=None))
    waiting = listed(tenant_id, Q(state=MediaState.AWAITED))
    for file in waiting:
        attempt(tenant_id, file, lambda file: actions.collect([file], by=None))
    for file in waiting:
        if file.expires_at is not None and file.expires_at < now:
            attempt(tenant_id, file, lambda file: actions.expire(file, by=None))
    refused = Q(state=MediaState.REFUSED, uploaded_at__lt=now - REFUSALS_KEPT)
    for file in listed(tenant_id, refused):
        attempt(tenant_id, file, lambda file: actions.remove(file, by=None))


def listed(tenant_id: UUID, which: Q) -> list[MediaFile]:
    return inside(tenant_id, lambda: list(MediaFile.objects.filter(which, tenant_id=tenant_id)[:AT_ONCE]))


def attempt(tenant_id: UUID, file: MediaFile, act: Callable[[MediaFile], Any]) -> None:
    """Each file by itself: one that makes trouble holds up no other."""
    try:
        inside(tenant_id, lambda: act(file))
    except DomainError as refused:
        log.warning("media_not_tended", file=str(file.pk), code=refused.code)
    except Exception:
        log.exception("media_not_tended", file=str(file.pk))


def sweep(tenant_id: UUID) -> list[str]:
    """Rows that nothing names any more, files that no row names, and the count of bytes. Returns the files removed."""
    for file in inside(tenant_id, lambda: list(unlinked(tenant_id)[:AT_ONCE])):
        attempt(tenant_id, file, lambda file: actions.remove(file, by=None))
    gone: list[str] = inside(tenant_id, lambda: files.sweep(tenant_id, named))
    inside(tenant_id, lambda: quota.count_again(tenant_id))
    return gone


def unlinked(tenant_id: UUID) -> Any:
    """Files whose task, comment or work order went without them. Every table that refers to files is asked."""
    rows = MediaFile.objects.filter(tenant_id=tenant_id, uploaded_at__lt=timezone.now() - UNLINKED_KEPT)
    for relation in MediaFile._meta.related_objects:
        users = relation.related_model._default_manager.filter(**{f"{relation.field.name}__isnull": False})
        rows = rows.exclude(pk__in=users.values(relation.field.name))
    return rows


def named(names: list[str]) -> set[str]:
    """Which of these files rows have."""
    rows = MediaFile.objects.filter(Q(stored_name__in=names) | Q(thumbnail_name__in=names))
    return {name for pair in rows.values_list("stored_name", "thumbnail_name") for name in pair if name}
