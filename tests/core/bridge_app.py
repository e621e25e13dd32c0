"""The WSGI application that test_bridge.py runs under the real server; every path is one way to behave."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core import logs
from core.shell import body
from core.shell.bridge import Bridge
from core.shell.router import Shell

THREADS = 2
state = {"streams": 0, "closed": 0, "started": 0}
lock = threading.Lock()


def count(name: str, by: int = 1) -> None:
    with lock:
        state[name] += by


class Endless:
    """A body that never ends, and notes that it was closed."""

    def __init__(self) -> None:
        count("streams")

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    def close(self) -> None:
        count("streams", -1)
        count("closed")


def trickle(number: int, pause: float) -> Iterator[bytes]:
    for index in range(number):
        yield b"%d\n" % index
        time.sleep(pause)


def broken() -> Iterator[bytes]:
    yield b"first"
    raise ValueError("after the first piece")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    count("started")
    path = environ["PATH_INFO"]
    plain = [("Content-Type", "text/plain")]
    if path == "/hello":
        start_response("200 OK", [*plain, ("Content-Length", "5"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"hello"]
    if path == "/sum":
        digest, size = hashlib.sha256(), 0
        while part := environ["wsgi.input"].read(65536):
            digest.update(part)
            size += len(part)
        start_response("200 OK", plain)
        return [json.dumps({"size": size, "sha": digest.hexdigest(), "length": environ.get("CONTENT_LENGTH")}).encode()]
    if path == "/endless":
        start_response("200 OK", plain)
        return Endless()
    if path == "/trickle":
        start_response("200 OK", plain)
        return trickle(5, 0.1)
    if path == "/sleep":
        time.sleep(float(environ["QUERY_STRING"]))
        start_response("200 OK", plain)
        return [b"slept"]
    if path == "/crash":
        raise ValueError("secret detail")
    if path == "/broken":
        start_response("200 OK", plain)
        return broken()
    if path == "/nothing":
        start_response("304 Not Modified", [("Content-Length", "10"), ("ETag", '"a"')])
        return [b"not to be sent"]
    if path == "/file":
        file = open("/proc/self/exe", "rb")  # noqa: SIM115 (the wrapper closes it)
        start_response("200 OK", [*plain, ("Content-Length", str(os.fstat(file.fileno()).st_size))])
        return environ["wsgi.file_wrapper"](file)
    start_response("200 OK", [("Content-Type", "application/json")])
    if path == "/state":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        facts = state | {
            "busy": bridge.busy,
            "rss": pages * os.sysconf("SC_PAGE_SIZE"),
            "files": len(os.listdir("/proc/self/fd")),
        }
        return [json.dumps(facts).encode()]
    return [json.dumps({key: value for key, value in environ.items() if isinstance(value, str | bool)}).encode()]


logs.configure(style="json")
body.IDLE_SECONDS = 0.5
bridge = Bridge(
    app,
    threads=THREADS,
    waiting=4,
    max_body=120 * 1024 * 1024,
    send_seconds=2.0,
    trusted_proxy=bool(os.environ.get("TEST_TRUSTED_PROXY")),
)
application = Shell(pages=bridge, native={}, on_close=bridge.close)
