"""What the streams do when the broker or the database goes away, and when the server is told to stop."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection

from tests.live.process import LiveServer, Stream, database_url
from tests.live.world import World


class Relay:
    """A TCP port that leads to the broker while it is open, and to nowhere while it is not."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.listener: socket.socket | None = None
        self.pairs: list[socket.socket] = []

    def target(self) -> socket.socket:
        parts = urlsplit(settings.REDIS_URL)
        if parts.scheme == "unix":
            target = socket.socket(socket.AF_UNIX)
            target.connect(parts.path)
            return target
        return socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379))

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = self.target()
            self.pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    @staticmethod
    def pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass

    def close(self) -> None:
        if self.listener is not None:
            self.listener.close()
            # A thread within accept() holds the port until it is woken.
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                pass
        for one in self.pairs:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self.pairs.clear()


def test_without_the_broker_events_come_late_but_whole(world: World) -> None:
    relay = Relay()
    server = LiveServer(REDIS_URL=f"redis://127.0.0.1:{relay.port}")
    pit = world.pit
    try:
        work_order = pit.report()
        with Stream(server, pit.cookie(pit.member("manager"))) as stream:
            pit.tell(work_order, "work_order.started")
            assert stream.next()["type"] == "work_order.started"
            relay.open()
            begun = time.monotonic()
            while not quick(world, stream):
                assert time.monotonic() - begun < 20, "the hub did not find the broker again"
            relay.close()
            pit.tell(work_order, "work_order.held")
            pit.tell(work_order, "work_order.resumed")
            assert [event["type"] for event in stream.take_all(2)] == ["work_order.held", "work_order.resumed"]
    finally:
        relay.close()
        server.stop()


def quick(world: World, stream: Stream) -> bool:
    """Whether an event arrives by its wake rather than by the poll."""
    begun = time.monotonic()
    world.pit.tell(world.pit.report())
    stream.next()
    stream.next()
    return time.monotonic() - begun < 0.3


def test_streams_outlive_the_loss_of_every_database_connection(server: LiveServer, world: World) -> None:
    pit = world.pit
    work_order = pit.report()
    with Stream(server, pit.cookie(pit.member("manager"))) as stream:
        pit.tell(work_order, "work_order.started")
        assert stream.next()["type"] == "work_order.started"
        connection.close()
        # The application's own role may end its own sessions.
        with psycopg.connect(database_url(), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        pit.tell(work_order, "work_order.held")
        assert stream.next()["type"] == "work_order.held"


def test_a_server_told_to_stop_says_so_and_ends(world: World) -> None:
    server = LiveServer()
    who = world.pit.cookie(world.pit.member("admin"))
    opened = [Stream(server, who) for _ in range(3)]
    begun = time.monotonic()
    server.process.terminate()
    assert all(stream.ended.wait(10) for stream in opened)
    assert [stream.comments for stream in opened] == [[": closing, restart"]] * 3
    server.process.wait(10)
    assert time.monotonic() - begun < 4.5
    for stream in opened:
        stream.close()
