"""Numbers people read, `WO-2026-000123`: one sequence per tenant, kind and year; gaps are allowed, duplicates never."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from core.db import prepared


def reserve(tenant_id: UUID, kind: str, year: int, count: int = 1) -> list[str]:
    """The next `count` numbers. The sequence's row stays locked until the transaction ends, so ask late in an action."""
    after = prepared.read(
        "INSERT INTO core_numbersequence (tenant_id, kind, year, next) VALUES (%s, %s, %s, %s + 1)"
        " ON CONFLICT (tenant_id, kind, year) DO UPDATE SET next = core_numbersequence.next + %s RETURNING next",
        [tenant_id, kind, year, count, count],
    )[0][0]
    return [f"{kind}-{year}-{number:06d}" for number in range(after - count, after)]


def never_below(tenant_id: UUID, kind: str, year: int, number: int) -> None:
    """Tell the sequence that `number` was given out elsewhere (by an import)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbersequence (tenant_id, kind, year, next) VALUES (%s, %s, %s, %s + 1)"
            " ON CONFLICT (tenant_id, kind, year) DO UPDATE"
            " SET next = greatest(core_numbersequence.next, excluded.next)",
            [tenant_id, kind, year, number],
        )
