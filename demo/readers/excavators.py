"""Work orders of five mining excavators, 2001 to 2012: the raw export and the cleaned copy of it.

The two files hold the same 5,485 rows in the same order but are quoted differently. The raw export puts a backslash
before a quote inside quotes; the cleaned copy was made by a tool that did not know it, so that 14 texts are broken
there for good. Texts, dates and costs are therefore taken from the raw file, and only the annotations (functional
location, system, part, action, failure mode) from the cleaned one.

The export has no order number and 358 rows are exact copies of an earlier one. Copies may be real (two teeth
replaced on one day), so they are kept: a row is known by its content and by the how-manieth of that content it is.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import BinaryIO

from demo.readers.rows import CellError, Cells, RowError, csv_rows, decimal, decimal_or_none, filled, iso_date, parsed
from demo.readers.rows import text as text_cell

RAW_COLUMNS = ("BscStartDate", "Asset", "OriginalShorttext", "PMType", "Cost")
CLEANED_COLUMNS = (
    *RAW_COLUMNS,
    "RunningTime",
    "MajorSystem",
    "Part",
    "Action",
    "FM",
    "Location",
    "Comments",
    "FuncLocation",
    "SuspSugg",
    "id",
)
_ORDER_TYPE = re.compile(r"PM\d\d\Z")


@dataclass(frozen=True, slots=True)
class RawOrder:
    row: int
    external_id: str
    started_on: date
    excavator: str
    text: str
    order_type: str
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Annotation:
    """What the cleaned file adds to a raw row. Several values in one cell are joined there by ``_``."""

    row: int
    started_on: date
    excavator: str
    order_type: str
    cost: Decimal
    running_time: Decimal | None
    systems: tuple[str, ...]
    parts: tuple[str, ...]
    actions: tuple[str, ...]
    failure_modes: tuple[str, ...]
    sides: tuple[str, ...]
    comments: tuple[str, ...]
    functional_location: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class ExcavatorOrder:
    order: RawOrder
    notes: Annotation


def read(raw: BinaryIO, cleaned: BinaryIO) -> Iterator[ExcavatorOrder | RowError]:
    """Both files side by side. A row whose two halves disagree on date, machine, type or cost is refused."""
    for order, notes in zip_longest(read_raw(raw), read_cleaned(cleaned)):
        if isinstance(order, RowError):
            yield order
        elif isinstance(notes, RowError):
            yield notes
        elif order is None:
            yield RowError(notes.row, "", "is in the cleaned file but not in the raw one")
        elif notes is None:
            yield RowError(order.row, "", "is in the raw file but not in the cleaned one")
        else:
            unlike = next((column for column in ("started_on", "excavator", "order_type", "cost")
                           if getattr(order, column) != getattr(notes, column)), None)  # fmt: skip
            if unlike:
                yield RowError(order.row, unlike, "differs between the raw and the cleaned file")
            else:
                yield ExcavatorOrder(order, notes)


def read_raw(stream: BinaryIO) -> Iterator[RawOrder | RowError]:
    seen: Counter[str] = Counter()

    def order(row: int, cells: Cells) -> RawOrder:
        digest = hashlib.sha256("\x1f".join(cells[column] for column in RAW_COLUMNS).encode()).hexdigest()[:32]
        found = RawOrder(
            row=row,
            external_id=f"{digest}-{seen[digest] + 1}",
            started_on=iso_date(cells, "BscStartDate"),
            excavator=filled(cells, "Asset", longest=40),
            text=filled(cells, "OriginalShorttext", longest=200),
            order_type=_order_type(cells),
            cost=decimal(cells, "Cost"),
        )
        seen[digest] += 1
        return found

    return parsed(csv_rows(stream, RAW_COLUMNS, escape="\\"), order)


def read_cleaned(stream: BinaryIO) -> Iterator[Annotation | RowError]:
    def annotation(row: int, cells: Cells) -> Annotation:
        return Annotation(
            row=row,
            started_on=iso_date(cells, "BscStartDate"),
            excavator=filled(cells, "Asset", longest=40),
            order_type=_order_type(cells),
            cost=decimal(cells, "Cost"),
            running_time=decimal_or_none(cells, "RunningTime"),
            systems=_several(cells, "MajorSystem"),
            parts=_several(cells, "Part"),
            actions=_several(cells, "Action"),
            failure_modes=_several(cells, "FM"),
            sides=_several(cells, "Location"),
            comments=_several(cells, "Comments"),
            functional_location=filled(cells, "FuncLocation", longest=200),
            suspended=decimal_or_none(cells, "SuspSugg") == 1,
        )

    return parsed(csv_rows(stream, CLEANED_COLUMNS), annotation)


def _order_type(cells: Cells) -> str:
    value = cells["PMType"]
    if not _ORDER_TYPE.match(value):
        raise CellError("PMType", f"“{value[:40]}” is not an order type such as PM01")
    return value


def _several(cells: Cells, column: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text_cell(cells, column).split("_") if part.strip())
