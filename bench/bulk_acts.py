"""Figures of acts on many work orders: a thousand moved in one request, and the statements that a hundred take."""

from __future__ import annotations

from typing import Any

from bench.client import Client
from bench.results import Figure, at_most, note
from bench.world import World, atomic

MANY = 1000
# There and back, so that every run finds the same data.
STEPS: tuple[dict[str, Any], ...] = ({"status": "on_hold", "reason": "parts"}, {"status": "in_progress"})
ROUNDS = 3


def transitions(world: World) -> list[Figure]:
    ids = running(world, MANY)
    client = Client(world.app(), world.bearer)
    taken = [moved(client, ids, step) for _ in range(ROUNDS) for step in STEPS]
    slowest, quickest = max(taken), min(taken)
    counts = [statements(world, ids[:number]) for number in (100, 200, 400)]
    per_hundred = {(counts[1] - counts[0]), (counts[2] - counts[1]) // 2}
    return [
        at_most("bulk-transition", f"{MANY:,} transitions in one request, slowest of {len(taken)}", slowest, "s", 3),
        note("bulk-transition-best", "… the quickest", quickest, "s"),
        Figure(
            "bulk-statements", f"statements for each hundred: 100 take {counts[0]}, 200 {counts[1]}, 400 {counts[2]}",
            max(per_hundred), "statements", "constant", len(per_hundred) == 1,
        ),
    ]  # fmt: skip


def running(world: World, count: int) -> list[str]:
    from core import context
    from workorders.models import WorkOrder

    with context.use(tenant_id=world.tenant.pk), atomic():
        found = WorkOrder.objects.filter(meaning="in_progress").order_by("pk").values_list("pk", flat=True)[:count]
        ids = [str(pk) for pk in found]
    if len(ids) < count:
        raise RuntimeError(f"only {len(ids)} work orders are in progress")
    return ids


def moved(client: Client, ids: list[str], data: dict[str, Any]) -> float:
    operations = [{"operation": "transition", "id": pk, "data": data} for pk in ids]
    answer = client.post("/api/v1/work-orders/bulk", {"operations": operations})
    told: Any = answer.json()
    if answer.status != 200 or told["failed"]:
        raise RuntimeError(f"bulk answered {answer.status}: {answer.body[:300]!r}")
    return answer.seconds


def statements(world: World, ids: list[str]) -> int:
    """How many the act sends for these, taken back afterwards."""
    from uuid import UUID

    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from core import context
    from workorders import actions
    from workorders.models import Status

    with context.use(tenant_id=world.tenant.pk, source="bench"), atomic():
        data = {"to": Status.objects.get(key="on_hold"), "reason": "parts"}
        with CaptureQueriesContext(connection) as found:
            actions.bulk("status", by=world.member, ids=[UUID(pk) for pk in ids], data=data)
        transaction.set_rollback(True)
    return len(found)
