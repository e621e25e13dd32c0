"""Statements that the ORM compiled once, kept for the next request that asks the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any
from uuid import UUID

# Stands in a kept statement where each request puts the id it asks for.
SOME_ID = UUID(int=0)
KEPT = 1000
Statement = tuple[str, list[Any]]

_kept: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()


def kept(key: Hashable, make: Callable[[], Any]) -> Any:
    """What `make` gave for this key before, or gives now."""
    found = _kept.get(key)
    if found is None:
        found = make()
        with _lock:
            _kept[key] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return found
