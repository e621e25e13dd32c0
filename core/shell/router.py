"""The application that the server runs: event streams on the loop, everything else through the bridge."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Protocol

import structlog

from core.shell.asgi import App, Receive, Scope, Send

log = structlog.get_logger(__name__)


class Service(Protocol):
    """Lives as long as the process: `start` on the loop, `begin_stop` at the first signal, `stop` last."""

    async def start(self) -> None: ...

    def begin_stop(self) -> None: ...

    async def stop(self) -> None: ...


class Shell:
    """Routes by exact path. `native` are ASGI applications, `pages` the bridge that gets all other requests."""

    def __init__(
        self,
        *,
        pages: App,
        native: Mapping[str, App],
        services: tuple[Service, ...] = (),
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.pages = pages
        self.native = dict(native)
        self.services = services
        self.on_close = on_close
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            native = self.native.get(scope["path"])
            if native is not None:
                await native(scope, receive, send)
            else:
                await self.pages(scope, receive, send)
        elif kind == "lifespan":
            await self.lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.listen_for_signals()
                for service in self.services:
                    await service.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.begin_stop()
                for service in self.services:
                    await service.stop()
                self.on_close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def begin_stop(self) -> None:
        """End the streams, once. The server waits for open responses, and a stream would never end by itself."""
        if self.stopping:
            return
        self.stopping = True
        for service in self.services:
            service.begin_stop()

    def listen_for_signals(self) -> None:
        """ASGI tells of a shutdown only after the last response, so the signal itself is heard, then passed on."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before: Any = signal.getsignal(number)
            if not callable(before):
                continue

            def hear(which: int, frame: FrameType | None, before: Any = before) -> None:
                loop.call_soon_threadsafe(self.begin_stop)
                before(which, frame)

            signal.signal(number, hear)
