"""The start of the importer: rows in batches, known by external id, so that loading twice changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from demo.readers.rows import RowError

Item = TypeVar("Item")
BATCH = 1000


@dataclass
class Report:
    """What a load did: rows made and rows already there by kind, and refused rows by file with the reason."""

    created: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, RowError]] = field(default_factory=list)

    def refuse(self, source: str, errors: Iterable[RowError]) -> None:
        self.refused += [(source, error) for error in errors]

    def lines(self) -> Iterator[str]:
        for kind in sorted(self.created.keys() | self.unchanged.keys()):
            yield f"{kind}: {self.created[kind]} created, {self.unchanged[kind]} already there"
        for source, error in self.refused:
            yield f"refused: {source}, {error}"


def in_batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def add_missing(rows: Iterable[models.Model], report: Report, *, known_by: str = "external_id") -> dict[str, UUID]:
    """Insert the rows whose `known_by` the tenant does not have yet; gives the id of every row by that name.

    Rows of one call must be of one model and tenant. A row that is there is left as it is, even when changed.
    """
    ids: dict[str, UUID] = {}
    for batch in in_batches(rows):
        model: Any = type(batch[0])
        names = [getattr(row, known_by) for row in batch]
        tenant_id = getattr(batch[0], "tenant_id")  # noqa: B009  (a plain Model has no tenant for the type checker)
        there = dict(
            model._default_manager.filter(tenant_id=tenant_id, **{f"{known_by}__in": names}).values_list(known_by, "pk")
        )
        new = [row for row, name in zip(batch, names, strict=True) if name not in there]
        model._default_manager.bulk_create(new, batch_size=BATCH)
        ids |= there | {getattr(row, known_by): row.pk for row in new}
        kind = str(model._meta.verbose_name_plural)
        report.created[kind] += len(new)
        report.unchanged[kind] += len(there)
    return ids
