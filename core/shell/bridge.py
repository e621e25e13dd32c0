"""Run a WSGI application in a fixed set of threads under an ASGI server and send what it answers.

Bodies are taken in before a thread is spent, responses go out with back pressure, a client that leaves frees its
thread, and when too many requests wait the answer is 503 at once rather than a queue without end.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, TypeVar

import structlog

from core import metrics, request_ids
from core.shell.asgi import Message, Receive, Scope, Send, header, refuse
from core.shell.body import GoneError, MalformedError, TooLargeError, TooSlowError, declared_length, discard, read_body
from core.shell.environ import client_of, environ_of
from core.shell.exchange import Exchange, WsgiApp

T = TypeVar("T")
CLOSE = (b"connection", b"close")
log = structlog.get_logger("access")


def quiet(send: Send) -> Send:
    """The connection may break between two beats of the loop, which uvloop reports as a RuntimeError of the write."""

    async def attempt(message: Message) -> None:
        try:
            await send(message)
        except RuntimeError as error:
            if "handler is closed" not in str(error):
                raise

    return attempt


class Bridge:
    """`threads` serve requests, `waiting` more may wait; `send_seconds` is how long a reader may stand still."""

    def __init__(
        self,
        app: WsgiApp,
        *,
        threads: int = 4,
        waiting: int = 200,
        max_body: int = 110 * 1024 * 1024,
        send_seconds: float = 60.0,
        trusted_proxy: bool = False,
    ) -> None:
        self.app = app
        self.threads = threads
        self.capacity = threads + waiting
        self.max_body = max_body
        self.send_seconds = send_seconds
        self.trusted_proxy = trusted_proxy
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._busy = 0
        self._count = threading.Lock()

    @property
    def busy(self) -> int:
        """Requests that run or wait for a thread."""
        return self._busy

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a plain function in one of the threads, which have the database connections."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_ids.accepted_or_new(header(scope, b"x-request-id"))
        try:
            length, follows = declared_length(scope)
            if length is not None and length > self.max_body:
                raise TooLargeError
            if self._busy >= self.capacity:
                await self._refuse(scope, receive, send, 503, "queue_full", request_id)
                return
            if follows:
                body, size = await read_body(receive, self.max_body)
                length = size
            else:
                body = BytesIO()
        except TooLargeError:
            await self._refuse(scope, receive, send, 413, "too_large", request_id)
        except TooSlowError:
            await self._refuse(scope, receive, send, 408, "too_slow", request_id)
        except MalformedError:
            await self._refuse(scope, receive, send, 400, "malformed", request_id)
        except GoneError:
            metrics.refused.labels("gone").inc()
        else:
            if self._busy >= self.capacity:
                body.close()
                await self._refuse(scope, receive, send, 503, "queue_full", request_id)
                return
            environ = environ_of(scope, body, length, request_id=request_id, trusted_proxy=self.trusted_proxy)
            await self._serve(scope, receive, send, environ, request_id)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, reason: str, request_id: str
    ) -> None:
        metrics.refused.labels(reason).inc()
        address, _ = client_of(scope, trusted_proxy=self.trusted_proxy)
        log.warning(
            "refused",
            method=scope["method"],
            path=scope["path"][:512],
            status=status,
            reason=reason,
            request_id=request_id,
            address=address,
        )
        headers = [CLOSE] if status != 503 else [CLOSE, (b"retry-after", b"2")]
        await refuse(scope, send, status, request_id=request_id, headers=headers, last=False)
        # A client that waits for "100 Continue" has sent nothing, and asking for more would invite it to.
        if header(scope, b"expect") is None:
            await discard(receive, limit=8 * 1024 * 1024, seconds=2.0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, environ: dict[str, Any], request_id: str
    ) -> None:
        exchange = Exchange(asyncio.get_running_loop(), environ)
        try:
            self._pool.submit(self._run, exchange)
        except RuntimeError:  # the process is ending
            await refuse(scope, send, 503, request_id=request_id, headers=[CLOSE, (b"retry-after", b"2")])
            return
        with self._count:
            self._busy += 1
        # Watching for the client's departure costs a task, so only those are watched that wait or stream.
        watcher = asyncio.create_task(self._watch(receive, exchange)) if self._busy > self.threads else None
        try:
            head = await exchange.head
            if head is None:
                if exchange.failed:
                    await refuse(scope, send, 500, request_id=request_id, headers=[CLOSE])
                return
            send = quiet(send)
            await send({"type": "http.response.start", "status": head.status, "headers": head.headers})
            if head.body is not None:
                await send({"type": "http.response.body", "body": head.body, "more_body": False})
                return
            if watcher is None:
                watcher = asyncio.create_task(self._watch(receive, exchange))
            await self._stream(exchange, send)
        finally:
            exchange.abandon()
            if watcher is not None:
                watcher.cancel()

    def _run(self, exchange: Exchange) -> None:
        try:
            exchange.run(self.app)
        finally:
            with self._count:
                self._busy -= 1

    async def _stream(self, exchange: Exchange, send: Send) -> None:
        while True:
            data = await exchange.take()
            if data is None:
                break
            try:
                async with asyncio.timeout(self.send_seconds):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            except TimeoutError:
                return  # unfinished on purpose: the server closes the connection, so it cannot pass for the whole
        if not exchange.failed and not exchange.gone:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    @staticmethod
    async def _watch(receive: Receive, exchange: Exchange) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        exchange.abandon()
