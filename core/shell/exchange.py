"""Where one request's thread and the event loop meet: the thread produces a response, the loop sends it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from core.shell.body import GoneError

# The thread waits when this much is not yet taken; uvicorn keeps about 64 kB more.
HIGH_WATER = 256 * 1024
EMPTY_STATUS = frozenset({204, 304})

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
log = structlog.get_logger(__name__)


class Head:
    """Status and headers, and the body when it is complete; `body=None` means that it streams."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Exchange:
    """`run` and `put` belong to the thread, `head`, `take` and `abandon` to the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, environ: dict[str, Any]) -> None:
        self.loop = loop
        self.environ = environ
        # None: the thread came to nothing, either by an error or because the client was gone before it began.
        self.head: asyncio.Future[Head | None] = loop.create_future()
        self.failed = False
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._sent = False
        self._gone = False
        self._room = threading.Condition()
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._ready: asyncio.Event | None = None

    # --- the thread's side -----------------------------------------------------------------------------------------

    def run(self, app: WsgiApp) -> None:
        try:
            if not self._gone:
                self._respond(app)
        except GoneError:
            return
        except BaseException:
            self.failed = True
            log.exception("wsgi_failed", request_id=self.environ.get("HTTP_X_REQUEST_ID"))
        finally:
            self.environ["wsgi.input"].close()
            self._end()

    def _respond(self, app: WsgiApp) -> None:
        result = app(self.environ, self._start_response)
        try:
            if self.environ["REQUEST_METHOD"] == "HEAD" or self._status in EMPTY_STATUS:
                self._deliver(b"")
            elif isinstance(result, list | tuple) or getattr(result, "streaming", None) is False or self._is_small():
                self._deliver(b"".join(result))
            else:
                for chunk in result:
                    if chunk:
                        self.put(chunk)
                if not self._sent:
                    self._deliver(b"")
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self._status = int(status[:3])
        self._headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
            if self._status not in EMPTY_STATUS or name.lower() != "content-length"
        ]
        return self.put

    def _deliver(self, body: bytes | None) -> None:
        if not self._status:
            raise AssertionError("the application wrote before start_response")
        self._sent = True
        if body and not any(name == b"content-length" for name, _ in self._headers):
            self._headers.append((b"content-length", b"%d" % len(body)))
        self.loop.call_soon_threadsafe(self._resolve, Head(self._status, self._headers, body))

    def _is_small(self) -> bool:
        """A file whose length is announced and little: sent in one piece, which is several times cheaper."""
        for name, value in self._headers:
            if name == b"content-length":
                return value.isdigit() and int(value) <= HIGH_WATER
        return False

    def _resolve(self, head: Head | None) -> None:
        if not self.head.done():
            self.head.set_result(head)

    def put(self, chunk: bytes) -> None:
        """Hand over one piece of a streamed body; waits while the client reads slower than we write."""
        if not self._sent:
            self._deliver(None)
        with self._room:
            while self._size >= HIGH_WATER and not self._gone:
                self._room.wait()
            if self._gone:
                raise GoneError
            self._chunks.append(chunk)
            self._size += len(chunk)
            first = len(self._chunks) == 1
        if first:
            self.loop.call_soon_threadsafe(self._wake)

    def _end(self) -> None:
        with self._room:
            self._ended = True
        if not self._sent:
            self.loop.call_soon_threadsafe(self._resolve, None)
        elif self._ready is not None:
            self.loop.call_soon_threadsafe(self._wake)

    # --- the loop's side -------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self._ready is not None:
            self._ready.set()

    @property
    def gone(self) -> bool:
        return self._gone

    async def take(self) -> bytes | None:
        """Everything produced since the last call, at least one byte; None at the end."""
        if self._ready is None:
            self._ready = asyncio.Event()
        while True:
            self._ready.clear()
            with self._room:
                if self._chunks:
                    data = b"".join(self._chunks)
                    self._chunks.clear()
                    self._size = 0
                    self._room.notify()
                    return data
                if self._ended:
                    return None
            await self._ready.wait()

    def abandon(self) -> None:
        """The client is gone: free the thread where it waits, and keep it from starting."""
        with self._room:
            self._gone = True
            self._room.notify()
