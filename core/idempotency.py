"""The same write asked for twice is done once: the answer is kept with the act, in one transaction, and given again.

A key belongs to its caller (a member through one key or session) and is kept 24 hours. Refused requests are not kept:
their transaction is rolled back, and the client may try again with the same key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core.errors import Conflict, DomainError, Invalid
from core.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = dt.timedelta(hours=24)
KEPT_HEADERS = ("ETag", "Location", "Content-Type")


class AnotherRequest(DomainError):
    """The key was used for something else."""

    code = "idempotency_key_reused"
    headline = "Idempotency key was used for another request"


@dataclass(frozen=True, slots=True)
class Call:
    tenant_id: UUID
    caller: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def call(*, tenant_id: UUID, caller: str, key: str, method: str, path: str, body: bytes) -> Call:
    if not 1 <= len(key) <= 200 or not (key.isascii() and key.isprintable()):
        raise Invalid({HEADER: "A key has 1 to 200 printable ASCII characters."}, headline="Invalid header")
    digest = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
    return Call(tenant_id, caller, key, digest)


def recall(asked: Call) -> Answer | None:
    """The answer given before, or None when the act is still to be done; from here on, no other request may do it."""
    lock = hashlib.sha256(f"{asked.tenant_id}\n{asked.caller}\n{asked.key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(lock[:8], "big", signed=True)])
        free = cursor.fetchone()[0]
    if not free:
        raise Conflict(
            "A request with this idempotency key is still running; ask again in a moment.",
            code="in_progress_elsewhere",
            headline="Request is already running",
        )
    found = IdempotencyKey.objects.filter(
        tenant_id=asked.tenant_id, caller=asked.caller, key=asked.key, created_at__gt=timezone.now() - KEPT
    ).first()
    if found is None:
        return None
    if found.request_hash != asked.digest:
        raise AnotherRequest("The same key came with another method, path or body. Use a fresh key for a new request.")
    return Answer(found.status, found.headers, bytes(found.body))


def remember(asked: Call, *, status: int, headers: Mapping[str, Any], body: bytes) -> None:
    """Keep the answer; it becomes visible together with the act, at the commit."""
    row = IdempotencyKey(
        tenant_id=asked.tenant_id,
        caller=asked.caller,
        key=asked.key,
        request_hash=asked.digest,
        status=status,
        headers={name: str(headers[name]) for name in KEPT_HEADERS if name in headers},
        body=body,
    )
    # An older answer to the same key, past its day and not swept yet, gives way.
    IdempotencyKey.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["tenant_id", "caller", "key"],
        update_fields=["request_hash", "status", "headers", "body", "created_at"],
    )
