"""What the streams need to know about events, listeners and their rights, said as types; `config/live.py` fills it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson

from core.shell.asgi import Headers, Scope


class Place(Protocol):
    """A cursor: ordered, and written "txid-seq"."""

    def __lt__(self, other: Any, /) -> bool: ...


class Event(Protocol):
    """One row of the event log."""

    @property
    def cursor(self) -> Any: ...
    @property
    def type(self) -> str: ...
    @property
    def object_type(self) -> str: ...
    @property
    def object_id(self) -> UUID: ...
    @property
    def work_order_id(self) -> UUID | None: ...
    @property
    def asset_id(self) -> UUID | None: ...
    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def occurred_at(self) -> dt.datetime: ...
    @property
    def changes(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens, in which tenant. Viewers of equal `sight` see the same events; some see all, or all of work orders."""

    tenant: UUID
    caller: str
    sight: str
    sees_all: bool = False
    sees_orders: bool = False
    member: Any = None
    # What the caller showed, kept so that the same question can be asked again later.
    scope: Scope = field(default_factory=dict, repr=False, compare=False)

    def sees_at_once(self, events: Sequence[Event]) -> bool:
        """Whether no look at the things themselves is needed: true of most listeners for most events."""
        return self.sees_all or (self.sees_orders and all(event.work_order_id is not None for event in events))


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    body: dict[str, Any]
    headers: Headers = ()


Authorize = Callable[[Scope], Viewer | Refusal]


@dataclass(frozen=True, slots=True)
class Batch:
    """Settled events in order; `pending`: some are committed but not yet below the horizon; `more`: ask again at once."""

    events: Sequence[Event]
    pending: bool = False
    more: bool = False


class Source(Protocol):
    """Plain functions that run in a thread, each in a transaction of its own."""

    def authorize(self, scope: Scope) -> Viewer | Refusal: ...

    def latest(self, tenant: UUID) -> Any: ...

    def read(self, tenant: UUID, after: Any, limit: int) -> Batch: ...

    def seen(self, tenant: UUID, viewers: Sequence[Viewer], events: Sequence[Event]) -> list[Collection[Any]]:
        """For each viewer the cursors of those events that they may see."""
        ...


# The events after which everybody's rights are looked up again, before anything else is told.
RIGHTS = ("member.", "role.", "api_key.", "key.")


def payload(event: Event) -> dict[str, Any]:
    """What a listener is told: which thing, what kind of fact, which fields; never their content."""
    return {
        "id": str(event.cursor),
        "type": event.type,
        "objectType": event.object_type,
        "objectId": str(event.object_id),
        "workOrderId": str(event.work_order_id) if event.work_order_id else None,
        "assetId": str(event.asset_id) if event.asset_id else None,
        "occurredAt": instant(event.occurred_at),
        "actor": str(event.actor_id) if event.actor_id else None,
        "changed": sorted(event.changes),
    }


def instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def frame(event: Event) -> bytes:
    """One event as Server-Sent Events write it. It carries no `event:` name, so one listener hears every type."""
    return b"id: %s\ndata: %s\n\n" % (str(event.cursor).encode("ascii"), orjson.dumps(payload(event)))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a listener asked for; empty sets ask for everything. A type may end in `.*`."""

    work_orders: frozenset[UUID] = frozenset()
    assets: frozenset[UUID] = frozenset()
    types: frozenset[str] = frozenset()

    def wants(self, event: Event) -> bool:
        if self.work_orders and event.work_order_id not in self.work_orders:
            return False
        if self.assets and event.asset_id not in self.assets:
            return False
        return not self.types or event.type in self.types or event.type.partition(".")[0] + ".*" in self.types
