"""`python -m bench [--only ID …]`: measure, print a table, write var/bench.json."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable

from bench import world
from bench.results import Figure, table, write

# Name of a group of figures, and the function that measures it. In this order: what starts processes of its own last.
GROUPS = {
    "list": "bench.api:listing",
    "get": "bench.api:single",
    "full": "bench.booked:reading",
    "create-full": "bench.booked:creating",
    "order-page": "bench.booked:page",
    "paper": "bench.booked:paper",
    "photo": "bench.booked:upload",
    "cursor": "bench.api:cursor",
    "search": "bench.database:search",
    "open-counts": "bench.database:open_counts",
    "page": "bench.pages:page",
    "live": "bench.live:live",
    "create": "bench.api:creating",
    "bulk-acts": "bench.bulk_acts:transitions",
    "export": "bench.export:exporting",
    "memory": "bench.memory:memory",
    "start": "bench.start:warm",
    "bare-machine": "bench.start:bare_machine",
}
# Need no data and no servers of the bench.
ALONE = {"start", "bare-machine"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=GROUPS, metavar="ID", help=f"one of {', '.join(GROUPS)}")
    chosen = [name for name in GROUPS if name in (parser.parse_args().only or GROUPS)]
    figures: list[Figure] = []
    alone = [name for name in chosen if name in ALONE]
    if together := [name for name in chosen if name not in ALONE]:
        with world.opened() as opened:
            for name in together:
                figures += measured(name, lambda measure: measure(opened))
    for name in alone:
        figures += measured(name, lambda measure: measure())
    write(figures, world.ROOT / "var" / "bench.json")
    print(table(figures))
    return 0 if all(figure.ok for figure in figures) else 1


def measured(name: str, run: Callable[[Callable[..., list[Figure]]], list[Figure]]) -> list[Figure]:
    module, _, function = GROUPS[name].partition(":")
    began = time.monotonic()
    print(f"{name} ...", end=" ", flush=True)
    found = run(getattr(importlib.import_module(module), function))
    print(f"{time.monotonic() - began:.0f} s")
    return found


if __name__ == "__main__":
    sys.exit(main())
