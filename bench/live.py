"""The figure of the event stream: from the commit to 200 listening browsers."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

import orjson

from bench.results import Figure, at_most, note
from bench.world import ROOT, VIEWERS, World, atomic, query_owner
from core import context

LISTENERS = 200
EVENTS = 200
PATH = "/api/v1/events/stream"


def live(world: World) -> list[Figure]:
    """Comments are written one after another by the action; half way every second listener is cut off and comes back."""
    from workorders.models import WorkOrder

    port = world.app()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        keys = [world.keys[name] for name in VIEWERS]
        tell(process, {"port": port, "path": PATH, "keys": keys, "count": LISTENERS})
        assert hear(process) == "ready"
        member = world.member
        with context.use(tenant_id=member.tenant_id), atomic():
            order = WorkOrder.objects.filter(meaning="closed").first()
        first = newest(world)
        committed: list[float] = []
        cut = []
        for number in range(EVENTS):
            committed.append(comment(order, member, number))
            if number == EVENTS // 2:
                cut.append(number)
                say(process, "drop")
            time.sleep(0.06)
        time.sleep(3)
        say(process, "stop")
        answer = orjson.loads(hear(process))
    finally:
        process.kill()
        process.wait()
    ids = [
        f"{txid}-{seq}"
        for txid, seq in query_owner(
            "SELECT txid::text, seq FROM core_event WHERE tenant_id = %s AND seq > %s ORDER BY seq",
            [world.tenant.pk, first],
        )
    ]
    return judged(ids, committed, answer, cut[0])


def judged(ids: list[str], committed: list[float], answer: dict[str, Any], cut: int) -> list[Figure]:
    moments = dict(zip(ids, committed, strict=True))
    lost = sum(len(moments.keys() - received.keys()) for received in answer["received"])
    # Those that a listener missed while it was cut off came by its resume and say nothing about the live way.
    quiet = set(ids[cut - 1 : cut + 20])
    delays = sorted(
        received[name] - moment
        for received in answer["received"]
        for name, moment in moments.items()
        if name in received and name not in quiet
    )
    p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99)]
    return [
        at_most("live-p50", "event from commit to 200 EventSources, median", p50 * 1000, "ms", 50),
        at_most("live-p99", "the same, 99th percentile", p99 * 1000, "ms", 250),
        Figure("live-lost", f"events lost over {answer['reconnects']} reconnects", lost, "events", "= 0", lost == 0),
        Figure("live-repeated", "events received twice", answer["repeated"], "events", "= 0", answer["repeated"] == 0),
        note("live-deliveries", "deliveries measured", len(delays), "deliveries"),
    ]


def comment(order: Any, member: Any, number: int) -> float:
    """Write one event; gives the moment right after the commit, before anybody is woken."""
    from django.db import transaction

    from workorders import actions

    moment: list[float] = []
    with context.use(tenant_id=member.tenant_id, actor_id=member.pk, source="bench"), transaction.atomic():
        transaction.on_commit(lambda: moment.append(time.monotonic()))
        actions.comment(order, by=member, text=f"Bench: {number}")
    return moment[0]


def newest(world: World) -> int:
    return int(query_owner("SELECT coalesce(max(seq), 0) FROM core_event")[0][0])


def tell(process: subprocess.Popen[str], words: dict[str, Any]) -> None:
    say(process, orjson.dumps(words).decode())


def say(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
