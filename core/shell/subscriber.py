"""One open stream: what waits to be written, how far it has come, and why it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from core.shell.feed import Event, Filter, Viewer, frame

# A reader this far behind is served from the log again, page by page, instead of holding memory here.
QUEUE_LIMIT = 512


class Subscriber:
    """Lives on the loop only. `position` is the place up to which everything was decided for this listener."""

    def __init__(self, viewer: Viewer, wanted: Filter, *, now: float, ends_at: float) -> None:
        self.viewer = viewer
        self.wanted = wanted
        self.position: Any = None
        self.live = False
        self.closed = ""
        self.checked_at = now
        self.written_at = now
        self.ends_at = ends_at
        self.sent = 0
        self._ready = asyncio.Event()
        self._queue: list[bytes] = []

    def offer(self, events: Sequence[Event], frames: dict[Any, bytes], seen: Any) -> None:
        """Queue what this listener wants and may see of `events`; `seen` is a set of cursors, or None for all."""
        if self.closed:
            return
        for event in events:
            place = event.cursor
            if not self.position < place:
                continue
            if (seen is None or place in seen) and self.wanted.wants(event):
                data = frames.get(place)
                if data is None:
                    data = frames[place] = frame(event)
                self._queue.append(data)
                self.sent += 1
            self.position = place
        if self._queue:
            self._ready.set()
        if len(self._queue) > QUEUE_LIMIT:
            self.live = False

    def beat(self) -> None:
        """A comment that keeps proxies from closing the line, with the place from which to resume."""
        if not self._queue:
            self._queue.append(b": beat\nid: %s\n\n" % str(self.position).encode("ascii"))
            self._ready.set()

    def close(self, reason: str) -> None:
        self.closed = self.closed or reason
        self._ready.set()

    @property
    def queued(self) -> bool:
        return bool(self._queue)

    async def take(self) -> bytes:
        """What is to be written now; empty only when the stream is closed."""
        while not self._queue and not self.closed:
            self._ready.clear()
            await self._ready.wait()
        data = b"".join(self._queue)
        self._queue.clear()
        return data
