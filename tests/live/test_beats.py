"""Two clocks on one system (row 103): one ticks, the other waits for it to be gone."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings

from config.celery import BEAT_LOCK
from tests.live.process import ROOT, database_url
from tests.live.world import World

BEAT = ("-m", "celery", "-A", "config.celery", "beat", "--schedule", "{}/beat", "--pidfile=", "--loglevel", "INFO")
HOLDERS = "select pid, granted from pg_locks where locktype = 'advisory' and objid = %s order by granted desc"


@pytest.fixture
def beat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    environment = os.environ | {"DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}

    def start() -> subprocess.Popen[bytes]:
        folder = tmp_path_factory.mktemp("beat")
        arguments = [sys.executable, *(word.format(folder) for word in BEAT)]
        with (folder / "log").open("wb") as log:
            started.append(subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(10)


def locks(expected: list[bool]) -> list[int]:
    """The sessions that hold or want the right to tick, once there are these."""
    deadline = time.monotonic() + 30
    with psycopg.connect(database_url("owner"), autocommit=True) as connection:
        while True:
            found = connection.execute(HOLDERS, [BEAT_LOCK]).fetchall()
            if [granted for _, granted in found] == expected:
                return [pid for pid, _ in found]
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


def test_a_second_beat_waits_until_the_first_is_gone(world: World, beat: Callable[[], subprocess.Popen[bytes]]) -> None:
    first = beat()
    (ticking,) = locks([True])
    second = beat()
    holder, waiting = locks([True, False])
    assert holder == ticking
    assert second.poll() is None
    first.kill()
    first.wait(10)
    assert locks([True]) == [waiting]
    assert second.poll() is None
