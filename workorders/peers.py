"""Work orders that were read together answer together: what one of them is asked for is looked up for all of them at once.

Whoever reads many rows calls `group`; whoever needs something of one row calls `read`, which for a row on its own is the
same query as ever. What was found is kept for the group, so it is for facts that the acts on one row do not change for another.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from workorders.models import WorkOrder

T = TypeVar("T")


def group(rows: Iterable[WorkOrder]) -> None:
    rows = list(rows)
    found: dict[Hashable, Mapping[UUID, Any]] = {}
    ids = [row.pk for row in rows]
    for row in rows:
        row.peers = (ids, found)  # type: ignore[attr-defined]


def read(row: WorkOrder, name: Hashable, load: Callable[[list[UUID]], Mapping[UUID, T]], default: T) -> T:
    """`load` finds it for these ids; rows it leaves out have `default`."""
    together: tuple[list[UUID], dict[Hashable, Mapping[UUID, Any]]] = getattr(row, "peers", None) or ([row.pk], {})
    ids, found = together
    if name not in found:
        found[name] = load(ids)
    return found[name].get(row.pk, default)


def listed(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    """Rows of another table by the work order they belong to."""
    found: dict[UUID, list[Any]] = {}
    for one in rows:
        found.setdefault(one.work_order_id, []).append(one)
    return found
