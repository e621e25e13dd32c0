"""A worker process that drains one tenant into the table `test_ledger`, and may die on the way.

    python -m tests.core.outbox_worker <tenant> <seq to die at, or 0>

It says "ready" when it could begin and begins at the first line it is given.
"""

from __future__ import annotations

import os
import signal
import sys
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402

from core import outbox  # noqa: E402
from core.live_reader import EventRow  # noqa: E402


def main(tenant: UUID, die_at: int) -> None:
    def note(event: EventRow) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO test_ledger (seq, txid, worker) VALUES (%s, %s::text::bigint, %s)",
                [event.seq, event.txid, os.getpid()],
            )
        if event.seq == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    outbox.register("ledger", note)
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    # Like a worker that is woken again and again: until nothing is left to read.
    while outbox.drain(tenant, "ledger") or unread(tenant):
        pass


def unread(tenant: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_tenants_behind(%s)", [["ledger"]])
        return (tenant,) in cursor.fetchall()


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]))
