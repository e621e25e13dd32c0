"""The database and the broker of a test run: embedded ones of its own, unless DATABASE_URL and REDIS_URL name real ones.

Two runs at the same time (two terminals, or a run beside `make demo`) each get their own directory, and so does each
worker of pytest-xdist: readers of the event log wait for every transaction of a server, so two workers on one server
would hold each other up.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from config import embedded
from config.binaries import find_postgres, postgres_version

BASE = "MILLWRIGHT_TEST_BASE"
CLAIMED = "MILLWRIGHT_TEST_STATE"
CLAIMED_BY = "MILLWRIGHT_TEST_WORKER"

_claim: IO[str] | None = None
_running: list[embedded.Postgres | embedded.Valkey] = []


def claim() -> Path:
    """Take the first free state directory, and make it the one that settings see.

    A process that a test starts inherits its directory; a worker of pytest-xdist does not take that of its parent.
    """
    global _claim
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if os.environ.get(CLAIMED_BY) != worker:
        base = Path(os.environ.setdefault(BASE, str(embedded.state_dir())))
        # Another version's data cannot be taken up: a run with PGBIN keeps its own.
        name = f"test-pg{postgres_version(find_postgres())}" if os.environ.get("PGBIN") else "test"
        for number in range(1, 100):
            folder = base / (name if number == 1 else f"{name}-{number}")
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / "claim").open("a")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            _claim = file
            os.environ[CLAIMED] = str(folder)
            os.environ[CLAIMED_BY] = worker
            break
    os.environ["MILLWRIGHT_VAR"] = os.environ[CLAIMED]
    return Path(os.environ[CLAIMED])


def start() -> None:
    """Start what is missing. fsync is off: a test database that a crash spoils is simply made again."""
    if not os.environ.get("DATABASE_URL"):
        _running.append(embedded.Postgres(durable=False))
    if not os.environ.get("REDIS_URL"):
        _running.append(embedded.Valkey(durable=False))
    for service in _running:
        service.launch()
    for service in _running:
        service.start()
    if not os.environ.get("DATABASE_URL"):
        embedded.ensure_roles()


def stop() -> None:
    while _running:
        _running.pop().stop()
