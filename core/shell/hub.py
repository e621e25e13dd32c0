"""One hub per process: hears that a tenant has news, reads it once, and hands it to every listener who may see it.

Nothing here can lose or repeat an event: the log is read by cursor, below the oldest open transaction, and each listener
has a place of its own. Redis only says when to look; without it the hub looks every two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import orjson
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from core import metrics
from core.shell.feed import RIGHTS, Event, Refusal, Source, Viewer
from core.shell.subscriber import Subscriber

CHANNEL = "mw:events"
BATCH = 500
POLL_SECONDS = 2.0
# Also with Redis at hand somebody may have died between the commit and the wake.
SAFETY_POLL_SECONDS = 10.0
PENDING_FIRST, PENDING_LAST = 0.02, 1.0
BEAT_SECONDS = 15.0
RECHECK_SECONDS = 60.0
# The headers that say who calls, and for which tenant.
PROOF = frozenset({b"cookie", b"authorization", b"x-tenant"})

log = structlog.get_logger(__name__)
Run = Callable[..., Awaitable[Any]]


class Feed:
    """One tenant's listeners in this process, and how far its log was read for them."""

    def __init__(self, tenant: UUID) -> None:
        self.tenant = tenant
        self.subscribers: set[Subscriber] = set()
        self.cursor: Any = None
        self.news = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None


class Hub:
    """`run(function, *args)` runs a plain function in a thread that may use the database."""

    def __init__(self, source: Source, run: Run, redis_url: str) -> None:
        self.source = source
        self.run = run
        self.redis_url = redis_url
        self.feeds: dict[UUID, Feed] = {}
        self.callers: Counter[str] = Counter()
        self.connected = False
        self.stopping = False
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._spawn(self._listen())
        self._spawn(self._tick())

    def begin_stop(self) -> None:
        self.stopping = True
        for subscriber in self.subscribers():
            subscriber.close("restart")

    async def stop(self) -> None:
        tasks = [*self._tasks, *(feed.pump for feed in self.feeds.values() if feed.pump)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def subscribers(self) -> list[Subscriber]:
        return [subscriber for feed in self.feeds.values() for subscriber in feed.subscribers]

    @property
    def listeners(self) -> int:
        return sum(len(feed.subscribers) for feed in self.feeds.values())

    # --- listeners come and go -------------------------------------------------------------------------------------

    async def join(self, subscriber: Subscriber, after: Any) -> None:
        """Register first, so that from here on nothing can pass by; `after=None` starts with what comes next."""
        tenant = subscriber.viewer.tenant
        feed = self.feeds.get(tenant)
        if feed is None:
            feed = self.feeds[tenant] = Feed(tenant)
        feed.subscribers.add(subscriber)
        self.callers[subscriber.viewer.caller] += 1
        metrics.listeners.inc()
        newest = feed.cursor
        if newest is None or after is not None:
            newest = await self.run(self.source.latest, tenant)
        if feed.cursor is None:
            feed.cursor = newest
        if feed.pump is None or feed.pump.done():
            feed.pump = asyncio.create_task(self._pump(feed))
        if after is None:
            subscriber.position = feed.cursor
            subscriber.live = True
        else:
            # A place beyond the newest is of another database (restored, reset): there is nothing to catch up with.
            subscriber.position = min(after, max(newest, feed.cursor))

    def leave(self, subscriber: Subscriber) -> None:
        feed = self.feeds.get(subscriber.viewer.tenant)
        if feed is None or subscriber not in feed.subscribers:
            return
        feed.subscribers.discard(subscriber)
        metrics.listeners.dec()
        caller = subscriber.viewer.caller
        self.callers[caller] -= 1
        if not self.callers[caller]:
            del self.callers[caller]
        if not feed.subscribers:
            del self.feeds[feed.tenant]
            if feed.pump is not None:
                feed.pump.cancel()

    async def catch_up(self, subscriber: Subscriber) -> bool:
        """Queue one page of what a returning listener missed. True when it has drawn level and is served live."""
        feed = self.feeds[subscriber.viewer.tenant]
        level = feed.cursor
        batch = await self.run(self.source.read, feed.tenant, subscriber.position, BATCH)
        if batch.events:
            seen = await self._seen(feed, [subscriber.viewer], batch.events)
            subscriber.offer(batch.events, {}, seen.get(subscriber.viewer.sight))
            return False
        subscriber.position = max(subscriber.position, level)
        # No step of the loop lies between this comparison and its effect, so no batch can fall between.
        subscriber.live = not subscriber.position < feed.cursor
        return subscriber.live

    # --- news ------------------------------------------------------------------------------------------------------

    def wake(self, tenants: Iterable[UUID] | None = None) -> None:
        """Look for news of these tenants (None: of all) as far as anybody listens."""
        for tenant in list(self.feeds) if tenants is None else tenants:
            feed = self.feeds.get(tenant)
            if feed is not None:
                feed.news.set()

    async def _pump(self, feed: Feed) -> None:
        pause = PENDING_FIRST
        waiting = False
        while True:
            try:
                if waiting:
                    # A wake counts for nothing yet while an older writer is open: look again, less and less often.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(feed.news.wait(), pause)
                    pause = min(pause * 2, PENDING_LAST)
                else:
                    pause = PENDING_FIRST
                    await feed.news.wait()
                feed.news.clear()
                batch = await self.run(self.source.read, feed.tenant, feed.cursor, BATCH)
                if batch.events:
                    pause = PENDING_FIRST
                    await self._deliver(feed, batch.events)
                waiting = batch.pending
                if batch.more:
                    feed.news.set()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("live_read_failed", error=type(error).__name__, tenant=str(feed.tenant))
                await asyncio.sleep(1)
                feed.news.set()

    async def _deliver(self, feed: Feed, events: list[Event]) -> None:
        if any(event.type.startswith(RIGHTS) for event in events):
            await self.recheck(list(feed.subscribers))
        before, feed.cursor = feed.cursor, events[-1].cursor
        frames: dict[Any, bytes] = {}
        limited: dict[str, list[Subscriber]] = {}
        for subscriber in [one for one in feed.subscribers if one.live]:
            if subscriber.viewer.sees_at_once(events):
                subscriber.offer(events, frames, None)
            else:
                limited.setdefault(subscriber.viewer.sight, []).append(subscriber)
        if limited:
            try:
                seen = await self._seen(feed, [group[0].viewer for group in limited.values()], events)
            except BaseException:
                feed.cursor = before
                raise
            for sight, group in limited.items():
                for subscriber in group:
                    if subscriber.live:
                        subscriber.offer(events, frames, seen[sight])
        metrics.events_sent.inc(len(events))

    async def _seen(self, feed: Feed, viewers: list[Viewer], events: list[Event]) -> dict[str, Any]:
        limited = [viewer for viewer in viewers if not viewer.sees_at_once(events)]
        if not limited:
            return {}
        found = await self.run(self.source.seen, feed.tenant, limited, events)
        return {viewer.sight: places for viewer, places in zip(limited, found, strict=True)}

    # --- rights ----------------------------------------------------------------------------------------------------

    async def recheck(self, subscribers: list[Subscriber]) -> None:
        """Ask again what each caller may: a session that ended or a key that was revoked ends its streams."""
        now = asyncio.get_running_loop().time()
        known: dict[str, Viewer | Refusal] = {}
        for subscriber in subscribers:
            if subscriber.closed:
                continue
            subscriber.checked_at = now
            viewer = subscriber.viewer
            proof = repr([pair for pair in viewer.scope.get("headers", ()) if pair[0] in PROOF])
            if proof not in known:
                known[proof] = await self.run(self.source.authorize, viewer.scope)
            fresh = known[proof]
            if isinstance(fresh, Refusal) or (fresh.tenant, fresh.caller) != (viewer.tenant, viewer.caller):
                subscriber.close("access")
            else:
                subscriber.viewer = fresh

    # --- clocks ----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        polled = loop.time()
        while True:
            await asyncio.sleep(0.5)
            now = loop.time()
            due: list[Subscriber] = []
            for subscriber in self.subscribers():
                if now > subscriber.ends_at:
                    subscriber.close("lifetime")
                elif now - subscriber.checked_at > RECHECK_SECONDS:
                    due.append(subscriber)
                elif subscriber.live and now - subscriber.written_at > BEAT_SECONDS:
                    subscriber.beat()
            if due:
                self._spawn(self._recheck_quietly(due))
            if now - polled > (SAFETY_POLL_SECONDS if self.connected else POLL_SECONDS):
                polled = now
                self.wake()

    async def _recheck_quietly(self, due: list[Subscriber]) -> None:
        for subscriber in due:
            subscriber.checked_at = asyncio.get_running_loop().time()
        try:
            await self.recheck(due)
        except Exception as error:
            # The database is away: nobody can be told anything now either, and the next round asks again.
            log.warning("live_recheck_failed", error=type(error).__name__)

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            client = redis.asyncio.Redis.from_url(self.redis_url, socket_connect_timeout=2, health_check_interval=10)
            try:
                async with client.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    while True:
                        message = await channel.get_message(ignore_subscribe_messages=False, timeout=5)
                        if message is None:
                            continue
                        if message["type"] == "subscribe":
                            # What was said while nobody listened is in the log.
                            self.connected, pause = True, 0.1
                            self.wake()
                        elif message["type"] == "message":
                            self._heard(message["data"])
            except (RedisError, OSError, TimeoutError) as error:
                if self.connected:
                    log.warning("live_broker_away", error=type(error).__name__)
            finally:
                self.connected = False
                with contextlib.suppress(Exception):
                    await client.aclose()
            await asyncio.sleep(pause)
            pause = min(pause * 2, POLL_SECONDS)

    def _heard(self, data: bytes) -> None:
        try:
            self.wake([UUID(orjson.loads(data)["tenant"])])
        except (ValueError, KeyError, TypeError):
            log.warning("live_wake_unreadable")
