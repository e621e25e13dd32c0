"""Who acts, for which tenant and through which door: kept per thread of work and told to the database.

The database backend (`core.db.backend`) writes these facts into the transaction, where row-level security and the audit
trigger read them. Nothing else decides which tenant's rows a query sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connections


@dataclass(frozen=True, slots=True)
class Context:
    """`tenant_id` bounds every query; `actor_id` is the member, `user_id` the login behind them."""

    tenant_id: UUID | None = None
    actor_id: UUID | None = None
    user_id: UUID | None = None
    source: str = "shell"
    request_id: str = ""

    def settings(self) -> tuple[str, str, str, str, str]:
        """The values of app.tenant, app.actor, app.user, app.source and app.request, in this order."""
        return (
            str(self.tenant_id or ""),
            str(self.actor_id or ""),
            str(self.user_id or ""),
            self.source,
            self.request_id,
        )


_current: ContextVar[Context] = ContextVar("millwright_context", default=Context())  # noqa: B039  (frozen)


def current() -> Context:
    return _current.get()


@contextmanager
def use(**changes: Any) -> Iterator[Context]:
    """Work within a changed context, e.g. `with use(tenant_id=tenant.pk, source="task"):`, and restore it afterwards."""
    token = _current.set(replace(_current.get(), **changes))
    tell_open_transactions()
    try:
        yield _current.get()
    finally:
        _current.reset(token)
        tell_open_transactions()


def replace_current(**changes: Any) -> None:
    """For middleware: change the context of the request under way. `clear()` ends it."""
    _current.set(replace(_current.get(), **changes))
    tell_open_transactions()


def clear() -> None:
    _current.set(Context())


def tell_open_transactions() -> None:
    """A transaction that is already open hears of a change at once; a later one is told when it begins."""
    for connection in connections.all(initialized_only=True):
        apply = getattr(connection, "apply_context", None)
        if apply is not None:
            apply()
