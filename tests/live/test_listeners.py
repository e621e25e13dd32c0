"""Two hundred browsers at once: all hear everything, quickly, also after every one of them was cut off."""

from __future__ import annotations

import asyncio
import time

from django.db import connection

from tests.live.process import STREAM, LiveServer
from tests.live.world import World

LISTENERS, EVENTS = 200, 20


class Listener:
    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.place = ""
        self.heard: list[tuple[str, float]] = []
        self.writer: asyncio.StreamWriter | None = None
        self.opened = asyncio.Event()

    async def listen(self) -> None:
        self.opened.clear()
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        resume = f"Last-Event-ID: {self.place}\r\n" if self.place else ""
        self.writer.write(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n{self.cookie}\r\n{resume}\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    self.place = line[4:].decode().strip()
                    self.opened.set()
                elif line.startswith(b"data: "):
                    self.heard.append((self.place, time.perf_counter()))
        except OSError:
            return

    def hang_up(self) -> None:
        assert self.writer is not None
        self.writer.transport.abort()


async def until(condition: object, seconds: float) -> None:
    assert callable(condition)
    deadline = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


def test_two_hundred_listeners_hear_everything_quickly(server: LiveServer, world: World) -> None:
    pit = world.pit
    work_order = pit.report(assigned_to=pit.member("technician").technician)
    # Eight streams each of 25 people; every fifth person sees only their own work.
    people = [pit.member("viewer" if index % 5 else "technician", f"listener{index}") for index in range(24)]
    cookies = [pit.cookie(member) for member in [*people, pit.member("technician")]]
    seeing = {cookies[-1], *(cookies[index] for index, member in enumerate(people) if member.role.key == "viewer")}
    committed: list[float] = []

    def tell() -> None:
        pit.tell(work_order)
        committed.append(time.perf_counter())
        connection.close()  # this thread's own, which nobody else would

    async def run() -> list[float]:
        listeners = [Listener(server.port, cookie) for cookie in cookies for _ in range(8)]
        tasks = [asyncio.create_task(one.listen()) for one in listeners]
        await until(lambda: all(one.opened.is_set() for one in listeners), 40)
        sighted = [one for one in listeners if one.cookie in seeing]
        for number in range(1, EVENTS + 1):
            await asyncio.to_thread(tell)
            await until(lambda number=number: all(len(one.heard) == number for one in sighted), 30)
            await asyncio.sleep(0.02)
        delays = [heard[1] - committed[index] for one in sighted for index, heard in enumerate(one.heard)]
        # Everybody is cut off, something happens meanwhile, everybody comes back to their place.
        for one in listeners:
            one.hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(tell)
        tasks = [asyncio.create_task(one.listen()) for one in listeners]
        await until(lambda: all(len(one.heard) == EVENTS + 1 for one in sighted), 40)
        await until(lambda: all(one.opened.is_set() for one in listeners), 40)
        await asyncio.to_thread(tell)
        await until(lambda: all(len(one.heard) == EVENTS + 2 for one in sighted), 30)
        first = [place for place, _ in sighted[0].heard]
        assert len(sighted) == LISTENERS - 40
        assert [place for place, _ in sighted[-1].heard] == first
        assert all([place for place, _ in one.heard] == first for one in sighted)
        assert all(one.heard == [] for one in listeners if one not in sighted)
        for one in listeners:
            one.hang_up()
        await asyncio.gather(*tasks, return_exceptions=True)
        return sorted(delays)

    delays = asyncio.run(run())
    middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
    print(f"\n{LISTENERS} listeners: p50 {middle * 1000:.1f} ms, p99 {late * 1000:.1f} ms")
    # The goal is 50 and 250 ms on a quiet machine (make bench); a test run shares its two cores with others.
    assert middle < 0.5
    assert late < 3.0
