"""`GET /api/v1/events/stream`: one request of the browser's EventSource, from its question to its last comment."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import structlog

from core import metrics, request_ids
from core.shell.asgi import Receive, Scope, Send, header, refuse
from core.shell.environ import client_of
from core.shell.feed import Filter, Refusal, Viewer
from core.shell.hub import Hub, Run
from core.shell.subscriber import Subscriber

PER_CALLER = 8
PER_PROCESS = 1000
LIFETIME_SECONDS = 3600.0
RETRY_MILLISECONDS = 2000
# How long one write may stand still before the reader is taken for gone.
SEND_SECONDS = 30.0
TYPE = re.compile(r"[a-z][a-z_]{0,40}\.(\*|[a-z][a-z_]{0,40})")

log = structlog.get_logger("access")


class Question:
    """The query and the resume header, understood; `problems` maps a parameter to what is wrong with it."""

    def __init__(self, scope: Scope, parse_cursor: Callable[[str], Any]) -> None:
        self.problems: dict[str, str] = {}
        self.after: Any = None
        found: dict[str, list[str]] = {"workOrderId": [], "assetId": [], "type": [], "after": []}
        text = scope["query_string"].decode("latin-1")
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=100) if text else ():
            if name in found:
                found[name].extend(part for part in value.split(",") if part)
            else:
                self.problems[name[:60]] = "Unknown parameter"
        types = frozenset(found["type"])
        if any(TYPE.fullmatch(one) is None for one in types):
            self.problems["type"] = "An event type looks like work_order.started or work_order.*"
        self.wanted = Filter(self.ids("workOrderId", found), self.ids("assetId", found), types)
        # A browser that reconnects repeats the address it was given and tells its place in the header.
        resume = header(scope, b"last-event-id") or "".join(found["after"][-1:])
        # "latest" is the events endpoint's word for what a stream does anyhow.
        if resume and resume != "latest":
            try:
                self.after = parse_cursor(resume)
            except ValueError:
                self.problems["after"] = "A cursor looks like 1234-5678"

    def ids(self, name: str, found: dict[str, list[str]]) -> frozenset[UUID]:
        try:
            return frozenset(UUID(value) for value in found[name])
        except ValueError:
            self.problems[name] = "Not an id"
            return frozenset()


class EventStream:
    """`authorize` runs the source's question in one of the web threads; `parse_cursor` raises ValueError."""

    def __init__(
        self, hub: Hub, authorize: Run, parse_cursor: Callable[[str], Any], *, trusted_proxy: bool = False
    ) -> None:
        self.hub = hub
        self.authorize = authorize
        self.parse_cursor = parse_cursor
        self.trusted_proxy = trusted_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_ids.accepted_or_new(header(scope, b"x-request-id"))
        started = time.monotonic()
        admitted = await self.admit(scope)
        if isinstance(admitted, Refusal):
            await refuse(
                scope, send, admitted.status, request_id=request_id, body=admitted.body, headers=admitted.headers
            )
            self.note(scope, request_id, started, admitted.status)
            return
        viewer, question = admitted
        now = asyncio.get_running_loop().time()
        # Streams that began together, after a restart, should not end together.
        ends_at = now + LIFETIME_SECONDS * random.uniform(0.9, 1.0)  # noqa: S311
        subscriber = Subscriber(viewer, question.wanted, now=now, ends_at=ends_at)
        watcher = asyncio.create_task(self.watch(receive, subscriber))
        status = 503
        try:
            await self.hub.join(subscriber, question.after)
            status = 200
            await self.open(send, request_id, subscriber)
            await self.write(send, subscriber)
        except TimeoutError:
            subscriber.close("slow")  # the connection is dropped, not finished; the reader resumes by its place
        except Exception as error:
            # The log cannot be read now. The stream breaks off and the browser comes back to where it was.
            subscriber.close("error")
            log.warning("stream_failed", error=type(error).__name__, request_id=request_id)
            if status == 503:
                await refuse(scope, send, 503, request_id=request_id, headers=[(b"retry-after", b"5")])
        finally:
            watcher.cancel()
            self.hub.leave(subscriber)
            if subscriber.closed not in {"", "gone"}:
                metrics.streams_closed.labels(subscriber.closed).inc()
            self.note(scope, request_id, started, status, subscriber)

    async def admit(self, scope: Scope) -> tuple[Viewer, Question] | Refusal:
        if scope["method"] != "GET":
            return Refusal(405, {"error": "Method not allowed"}, [(b"allow", b"GET")])
        wait = (b"retry-after", b"5")
        if self.hub.stopping or self.hub.listeners >= PER_PROCESS:
            return Refusal(503, {"error": "Service temporarily unavailable"}, [wait])
        try:
            question = Question(scope, self.parse_cursor)
        except ValueError:  # more fields than anybody has
            return Refusal(400, {"error": "Invalid query"})
        try:
            viewer: Viewer | Refusal = await self.authorize(self.hub.source.authorize, scope)
        except Exception as error:
            log.warning("live_authorize_failed", error=type(error).__name__)
            return Refusal(503, {"error": "Service temporarily unavailable"}, [wait])
        if isinstance(viewer, Refusal):
            return viewer
        if question.problems:
            return Refusal(400, {"error": "Invalid query", "details": question.problems})
        if self.hub.callers[viewer.caller] >= PER_CALLER:
            return Refusal(429, {"error": "Too many open streams", "limit": PER_CALLER}, [wait])
        return viewer, question

    async def open(self, send: Send, request_id: str, subscriber: Subscriber) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-content-type-options", b"nosniff"),
                    (b"x-request-id", request_id.encode("ascii")),
                ],
            }
        )
        # An id without data moves the browser's place without an event: a line that breaks now resumes without a gap.
        opening = b"retry: %d\nid: %s\n\n" % (RETRY_MILLISECONDS, str(subscriber.position).encode("ascii"))
        await send({"type": "http.response.body", "body": opening, "more_body": True})

    async def write(self, send: Send, subscriber: Subscriber) -> None:
        loop = asyncio.get_running_loop()
        while not subscriber.closed:
            # Catching up goes page by page at the reader's own pace, so it fills no queue.
            if not subscriber.live and not subscriber.queued:
                await self.hub.catch_up(subscriber)
                if not subscriber.live and not subscriber.queued:
                    continue
            data = await subscriber.take()
            if data:
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                subscriber.written_at = loop.time()
        if subscriber.closed != "gone":
            last = b": closing, %s\n\n" % subscriber.closed.encode("ascii")
            await send({"type": "http.response.body", "body": last, "more_body": False})

    @staticmethod
    async def watch(receive: Receive, subscriber: Subscriber) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        subscriber.close("gone")

    def note(
        self, scope: Scope, request_id: str, started: float, status: int, subscriber: Subscriber | None = None
    ) -> None:
        """A stream's access line is written when it ends: how long it was open, what went through it, why it ended."""
        seconds = time.monotonic() - started
        address, _ = client_of(scope, trusted_proxy=self.trusted_proxy)
        facts: dict[str, Any] = {}
        if subscriber is not None:
            viewer = subscriber.viewer
            facts = {"caller": viewer.caller, "tenant": str(viewer.tenant), "sent": subscriber.sent}
            facts["ended"] = subscriber.closed or "cancelled"
        else:
            metrics.observe_request("event-stream", scope["method"], status, seconds)
        log.info(
            "stream",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=request_id,
            address=address,
            **facts,
        )
