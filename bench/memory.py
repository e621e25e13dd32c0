"""The figure of memory: one web worker over 10,000 mixed requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from bench.api import LIST, some_order
from bench.client import Answer, Client
from bench.pages import PAGE, session
from bench.results import Figure, at_most, note
from bench.world import World

REQUESTS = 10_000


def memory(world: World) -> list[Figure]:
    """Lists, single orders, searches, pages, a comment, a report and refusals in turn; flat is ≤ 3 % after the first half."""
    port = world.server("memory", "config.asgi:application", workers=1)
    process = world.servers["memory"][1][0]
    requests = cycle(mixed(world, port))
    sizes = [resident(process.pid)]
    for _ in range(4):
        for request in islice(requests, REQUESTS // 4):
            answer = request()
            if answer.status >= 500:
                raise RuntimeError(f"a mixed request answered {answer.status}: {answer.body[:300]!r}")
        sizes.append(resident(process.pid))
    start, _, half, _, end = sizes
    growth = end / half
    return [
        at_most("memory", "resident memory of one web worker after 10,000 mixed requests", end, "MB", 160),
        at_most("memory-flat", "the same against its size after 5,000", growth, "×", 1.03),
        note("memory-start", "the same before the first", start, "MB"),
    ]


def mixed(world: World, port: int) -> list[Callable[[], Answer]]:
    api = Client(port, world.bearer)
    browser = Client(port, {"Cookie": f"sessionid={session(world)}", "Accept": "text/html"})
    order = some_order(world)
    one = f"/api/v1/work-orders/{order}"
    reads = [
        LIST,
        one,
        "/api/v1/work-orders?limit=50",
        "/api/v1/work-orders?search=grease%20leak",
        "/api/v1/assets?limit=50",
    ]
    pages = [PAGE, f"/work-orders/{order}", "/", "/work-orders?search=tooth", "/no-such-page", "/dashboard"]
    calls: list[Callable[[], Answer]] = [
        *(partial(api.get, path) for path in reads),
        *(partial(browser.get, path) for path in pages),
    ]
    calls.append(lambda: api.post(f"{one}/notes", {"text": "Bench: looked at again."}))
    calls.append(
        lambda: api.post("/api/v1/work-orders", {"title": "Bench: lost tooth", "priority": "low", "type": "corrective"})
    )
    calls.append(lambda: api.post("/api/v1/work-orders", {"title": ""}))
    return calls


def resident(pid: int) -> float:
    """Megabytes (10⁶ bytes) of VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmRSS")
