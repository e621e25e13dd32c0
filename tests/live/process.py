"""The server as production starts it, on a free port, and a small client for its event streams."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
STREAM = "/api/v1/events/stream"


def database_url(alias: str = "default") -> str:
    given = settings.DATABASES[alias]
    sign_in = quote(given["USER"], safe="") + (f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else "")
    port = f"&port={given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{sign_in}@/{given['NAME']}?host={quote(given['HOST'], safe='')}{port}"


class LiveServer:
    def __init__(self, *, port: int = 0, app: str = "config.asgi:application", **environment: str) -> None:
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port: int = free.getsockname()[1]
        given = {
            "ENVIRONMENT": "test",
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "LOG_FORMAT": "json",
        }
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "uvicorn", app, "--port", str(self.port)),
                *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--no-proxy-headers"),
                *("--timeout-graceful-shutdown", "5"),
            ],
            cwd=ROOT,
            env=os.environ | given | environment,
            stderr=subprocess.PIPE,
        )
        self.log: list[str] = []
        threading.Thread(target=self.drain, daemon=True).start()
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "\n".join(self.log)
                assert self.process.poll() is None, "\n".join(self.log)
                time.sleep(0.05)

    def drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.decode("utf-8", "replace").rstrip("\n"))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The log's lines of one kind."""
        return [
            found for line in list(self.log) if line.startswith("{") and (found := json.loads(line))["event"] == event
        ]

    def told(self, request_id: str, seconds: float = 10) -> list[dict[str, Any]]:
        """What the log says of a request that was answered; its last line may come after the answer."""
        deadline = time.monotonic() + seconds
        while True:
            lines = [json.loads(line) for line in list(self.log) if line.startswith("{")]
            mine = [line for line in lines if line.get("request_id") == request_id]
            if any(line["event"] == "request" for line in mine):
                return mine
            assert time.monotonic() < deadline, mine
            time.sleep(0.02)

    def get(self, path: str, *headers: str) -> tuple[int, dict[str, str], bytes]:
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sock:
            sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
            data = b""
            while part := sock.recv(65536):
                data += part
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        found = dict(line.lower().split(": ", 1) for line in rest)
        return int(first.split()[1]), found, body


class Stream:
    """One EventSource: reads in a thread of its own and keeps what it hears in order."""

    def __init__(self, server: LiveServer, *headers: str, query: str = "") -> None:
        self.sock = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        lines = [f"GET {STREAM}{query} HTTP/1.1", "Host: localhost", "Accept: text/event-stream", *headers]
        self.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
        self.file = self.sock.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self.file.readline().decode("latin-1").strip():
            name, _, value = line.partition(": ")
            self.headers[name.lower()] = value
        self.body = b""
        self.last_id = ""
        self.comments: list[str] = []
        self.ended = threading.Event()
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.opened = threading.Event()
        if self.status != 200:
            self.body = self.file.read(int(self.headers["content-length"]))
            self.close()
            return
        threading.Thread(target=self.read, daemon=True).start()
        assert self.opened.wait(15)

    def read(self) -> None:
        try:
            while size := int(self.file.readline() or b"0", 16):
                for line in self.file.read(size).decode().split("\n"):
                    self.take(line)
                self.file.readline()
        except (OSError, ValueError):
            pass
        self.ended.set()

    def take(self, line: str) -> None:
        if line.startswith("id: "):
            self.last_id = line[4:]
            self.opened.set()
        elif line.startswith("data: "):
            self.events.put(json.loads(line[6:]))
        elif line.startswith(":"):
            self.comments.append(line)

    def next(self, seconds: float = 15.0) -> dict[str, Any]:
        return self.events.get(timeout=seconds)

    def take_all(self, number: int, seconds: float = 20.0) -> list[dict[str, Any]]:
        return [self.next(seconds) for _ in range(number)]

    def silent(self, seconds: float = 0.3) -> bool:
        time.sleep(seconds)
        return self.events.empty()

    def close(self) -> None:
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()
