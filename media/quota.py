"""How much a tenant stores. Parallel uploads take turns at the account's row; the database refuses what would not fit."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, Sum, Value
from django.db.models.functions import Greatest

from core.errors import Conflict
from media.checking import told
from media.choices import HERE, MediaState
from media.models import MediaAccount, MediaFile

COUNTED = (MediaState.AWAITED, *HERE)


def account(tenant_id: UUID) -> MediaAccount:
    """The tenant's account, which begins with the first file."""
    found = MediaAccount.objects.filter(tenant_id=tenant_id).first()
    return found or MediaAccount(tenant_id=tenant_id)


def require_room(tenant_id: UUID, size: int) -> None:
    """An early no, before a large file is stored; `take` decides."""
    found = account(tenant_id)
    if found.used_bytes + size > found.quota_bytes:
        raise full(found)


def take(tenant_id: UUID, size: int) -> None:
    """Count `size` more bytes, or `Conflict`. Holds the account's row until the commit: take it last."""
    if not added(tenant_id, size):
        # Two first uploads: the second waits for the first one's row, and then adds to it.
        MediaAccount.objects.bulk_create([MediaAccount(tenant_id=tenant_id)], ignore_conflicts=True)
        if not added(tenant_id, size):
            raise full(account(tenant_id))


def added(tenant_id: UUID, size: int) -> int:
    room = MediaAccount.objects.filter(tenant_id=tenant_id, used_bytes__lte=F("quota_bytes") - size)
    return room.update(used_bytes=F("used_bytes") + size)


def release(tenant_id: UUID, size: int) -> None:
    rows = MediaAccount.objects.filter(tenant_id=tenant_id)
    rows.update(used_bytes=Greatest(F("used_bytes") - size, Value(0)))


def full(found: MediaAccount) -> Conflict:
    return Conflict(
        f"Your organisation stores {told(found.used_bytes)} of its {told(found.quota_bytes)}, and this does not fit any"
        " more. Delete files that nobody needs, or ask for more room.",
        code="quota",
        headline="No room for this file",
    )


def count_again(tenant_id: UUID) -> int:
    """Put right what a crash or a hand in the database left wrong; returns the difference."""
    # The lock first: a statement of its own then sees what those wrote who held it before.
    found = MediaAccount.objects.select_for_update().filter(tenant_id=tenant_id).first()
    if found is None:
        return 0
    rows = MediaFile.objects.filter(tenant_id=tenant_id, state__in=COUNTED)
    used = min(rows.aggregate(used=Sum("size"))["used"] or 0, found.quota_bytes)
    if used != found.used_bytes:
        MediaAccount.objects.filter(pk=found.pk).update(used_bytes=used)
    return used - found.used_bytes
