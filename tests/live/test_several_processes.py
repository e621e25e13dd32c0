"""Several web processes of one system: each tells the figures of all, and each serves its own listeners."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.process import LiveServer, Stream
from tests.live.world import World


@pytest.fixture
def pair(world: World, tmp_path: Path) -> Iterator[tuple[LiveServer, LiveServer]]:
    folder = str(tmp_path / "made" / "metrics")
    servers = LiveServer(PROMETHEUS_MULTIPROC_DIR=folder), LiveServer(PROMETHEUS_MULTIPROC_DIR=folder)
    yield servers
    for server in servers:
        server.stop()


def figure(server: LiveServer, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)", server.get("/metrics")[2].decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_any_process_answers_for_all_and_forgets_the_dead(pair: tuple[LiveServer, LiveServer], world: World) -> None:
    pit, (one, other) = world.pit, pair
    work_order = pit.report()
    who = pit.cookie(pit.member("manager"))
    one.get("/healthz")
    name = 'millwright_http_requests_total{method="GET",route="healthz",status="200"}'
    assert figure(other, name) == 1.0
    with Stream(one, who) as first, Stream(other, who) as second:
        assert figure(other, "millwright_live_listeners") == 2.0
        pit.tell(work_order, "work_order.held")
        assert first.next()["id"] == second.next()["id"]
        one.process.kill()
        one.process.wait()
        assert first.ended.wait(3)
        # The listener goes to the process that is left, and takes up its place there.
        pit.tell(work_order, "work_order.resumed")
        with Stream(other, who, f"Last-Event-ID: {first.last_id}") as again:
            assert again.next()["type"] == "work_order.resumed"
            assert figure(other, "millwright_live_listeners") == 2.0
    deadline = time.monotonic() + 3
    while figure(other, "millwright_live_listeners"):
        assert time.monotonic() < deadline
    assert figure(other, name) == 1.0
