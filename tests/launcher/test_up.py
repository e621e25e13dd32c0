"""`manage.py up` with real processes and real kills."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time

import psycopg
import pytest
import redis

from config import embedded
from tests.launcher.running import MARKS, Running, alive, below, command, environment, eventually


@pytest.mark.parametrize("name", sorted(MARKS))
def test_a_killed_child_is_started_again(system: Running, name: str) -> None:
    before = system.child(name)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: system.child(name) not in (None, before)), system.text()
    assert eventually(system.is_ready), system.text()
    assert not alive(before)
    assert f"{name} ended (SIGKILL); starting it again" in system.text()


def test_a_request_waits_while_the_web_process_restarts(system: Running) -> None:
    web = system.child("web")
    assert web is not None
    os.kill(web, signal.SIGKILL)
    assert system.get("/healthz") == 200


def test_pool_children_go_with_their_worker(system: Running) -> None:
    worker = system.child("worker")
    assert worker is not None
    assert eventually(lambda: len(below(worker)) == 2)
    pool = below(worker)
    os.kill(worker, signal.SIGKILL)
    assert eventually(lambda: not any(alive(pid) for pid in pool), 5)
    assert eventually(system.is_ready), system.text()


def test_committed_rows_survive_a_kill_of_the_database(system: Running) -> None:
    url = embedded.postgres_url("owner", state=system.state)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table if not exists launcher_probe (number int primary key)")
        connection.execute("truncate launcher_probe")
    acknowledged: list[int] = []

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for number in range(1_000_000):
                connection.execute("insert into launcher_probe values (%s)", [number])
                acknowledged.append(number)

    def write_until_killed() -> None:
        with pytest.raises(psycopg.OperationalError):
            write()

    writer = threading.Thread(target=write_until_killed)
    writer.start()
    assert eventually(lambda: len(acknowledged) > 50)
    database = system.child("postgres")
    assert database is not None
    os.kill(database, signal.SIGKILL)
    writer.join(20)
    assert not writer.is_alive()
    assert eventually(lambda: system.child("postgres") not in (None, database)), system.text()
    assert eventually(system.is_ready), system.text()
    with psycopg.connect(url, autocommit=True) as connection:
        kept = {number for (number,) in connection.execute("select number from launcher_probe")}
        connection.execute("drop table launcher_probe")
    assert set(acknowledged) <= kept
    assert len(kept) - len(acknowledged) <= 1  # the one that was committed but not answered


def test_written_commands_survive_a_kill_of_the_broker(system: Running) -> None:
    """While the disk is behind, the broker acknowledges first; what that loses is found by the sweep (tests/core/test_outbox.py)."""
    client = redis.Redis.from_url(embedded.redis_url(system.state))
    for number in range(200):
        client.rpush("launcher-probe", number)
    assert client.execute_command("WAITAOF", 1, 0, 10_000)[0] == 1
    broker = system.child("valkey")
    assert broker is not None
    os.kill(broker, signal.SIGKILL)
    assert eventually(lambda: system.child("valkey") not in (None, broker)), system.text()
    assert eventually(system.is_ready), system.text()
    assert client.llen("launcher-probe") == 200
    client.delete("launcher-probe")


def refused(running: Running, port: int) -> str:
    done = subprocess.run(
        command("--no-demo"), env=environment(running.state, port), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_second_start_on_the_same_state_is_refused(system: Running) -> None:
    sentence = refused(system, system.port + 1)
    assert sentence.startswith(f"Millwright already runs on {system.state} (process {system.pid}, port {system.port}).")
    assert refused(system, system.port + 1) == sentence  # the first refusal changed nothing
    assert system.is_ready()


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    running = Running()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", running.port))
        taken.listen()
        sentence = refused(running, running.port)
    assert sentence == (
        f"Port {running.port} cannot be used (Address already in use). Choose another one: PORT=8001 make demo\n"
    )
    assert not (running.state / "postgres").exists()
    running.forget()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_nothing_running(system: Running, signum: int) -> None:
    family = system.family()
    assert len(family) > 8
    assert system.end(signum) == 0
    assert not any(alive(pid) for pid in family)
    assert "Traceback" not in system.text()


def test_a_kill_leaves_nothing_running_and_the_next_start_is_warm(system: Running) -> None:
    family = system.family()
    system.end(signal.SIGKILL)
    assert eventually(lambda: not any(alive(pid) for pid in family), 5)
    begun = time.monotonic()
    system.start()
    assert time.monotonic() - begun < 20
    assert system.is_ready()


def test_given_servers_are_used_and_nothing_embedded_starts() -> None:
    running = Running(
        DATABASE_URL=os.environ.get("DATABASE_URL") or embedded.postgres_url("app"),
        DATABASE_OWNER_URL=os.environ.get("DATABASE_OWNER_URL") or embedded.postgres_url("owner"),
        REDIS_URL=os.environ.get("REDIS_URL") or embedded.redis_url(),
    )
    running.start()
    assert running.is_ready()
    assert [name for name in MARKS if running.child(name)] == ["web", "worker", "beat"]
    assert running.end() == 0
    assert not (running.state / "postgres").exists()
    assert not (running.state / "valkey").exists()
    running.forget()
