"""Two hundred browsers' EventSources in a process of their own: `python -m bench.listeners`, told what to do on stdin.

Reads one JSON line {"port", "keys", "count", "path"}; opens the streams and says "ready". Each further line on stdin is
a word: "drop" breaks every second stream off at once (it comes back by Last-Event-ID, as a browser does), "stop" ends and
prints {"received": [{event id: moment}, …], "reconnects": n}. Moments are CLOCK_MONOTONIC seconds, the same for all processes.
"""

from __future__ import annotations

import asyncio
import sys
import time

import orjson


class Listener:
    def __init__(self, port: int, path: str, key: str) -> None:
        self.port, self.path, self.key = port, path, key
        self.last = ""
        self.received: dict[str, float] = {}
        self.repeated = 0
        self.reconnects = -1
        self.open = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        while True:
            try:
                await self.listen()
            except (OSError, asyncio.IncompleteReadError):
                pass
            self.open.clear()
            await asyncio.sleep(0.05)

    async def listen(self) -> None:
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        self.reconnects += 1
        resume = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        request = (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self.key}\r\n{resume}\r\n"
        )
        self.writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(head.decode("latin-1"))
        self.open.set()
        name, has_data = "", False
        while line := await reader.readline():
            now = time.monotonic()
            text = line.strip()
            if text.startswith(b"id:"):
                name = text[3:].strip().decode()
            elif text.startswith(b"data:"):
                has_data = True
            elif not text and name:
                # An id without data only moves the place.
                if has_data:
                    self.repeated += name in self.received
                    self.received.setdefault(name, now)
                self.last, name, has_data = name, "", False

    def drop(self) -> None:
        if self.writer is not None:
            self.writer.transport.abort()


async def main() -> None:
    loop = asyncio.get_running_loop()

    async def said() -> str:
        return (await loop.run_in_executor(None, sys.stdin.readline)).strip()

    told = orjson.loads(await said())
    keys = told["keys"]
    listeners = [Listener(told["port"], told["path"], keys[number % len(keys)]) for number in range(told["count"])]
    tasks = [asyncio.create_task(listener.run()) for listener in listeners]
    async with asyncio.timeout(60):
        for listener in listeners:
            await listener.open.wait()
    print("ready", flush=True)
    while (word := await said()) != "stop":
        if word == "drop":
            for listener in listeners[::2]:
                listener.drop()
    answer = {
        "received": [listener.received for listener in listeners],
        "repeated": sum(listener.repeated for listener in listeners),
        "reconnects": sum(listener.reconnects for listener in listeners),
    }
    print(orjson.dumps(answer).decode(), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
