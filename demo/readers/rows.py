"""What every reader of rows shares: the error of a row, strict cells, and CSV that never raises.

A reader yields, in the order of the file, either its dataclass or a ``RowError``. Rows are numbered as a
spreadsheet shows them: the header is row 1, the first row of data row 2. A file that cannot be read on from some
point (an unclosed quote) ends with the error of that row; what stood before it is kept.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO, TypeVar

Row = TypeVar("Row")

_WHOLE = re.compile(r"-?\d{1,18}\Z")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,12})?\Z")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")  # what a byte becomes that is no part of UTF-8
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not taken. ``column`` is empty when it is the whole row."""

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.reason}"


class CellError(ValueError):
    """A cell that is not what its column holds. Stays inside the readers: it becomes a ``RowError``."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


Cells = Mapping[str, str]


def text(cells: Cells, column: str, *, longest: int = 10_000) -> str:
    """The cell exactly as written, outer blanks and all; control characters and overlong texts are refused."""
    value = cells[column]
    if len(value) > longest:
        raise CellError(column, f"longer than {longest} characters")
    if _UNPRINTABLE.search(value):
        raise CellError(column, "holds a control character")
    return value


def filled(cells: Cells, column: str, *, longest: int = 10_000) -> str:
    value = text(cells, column, longest=longest)
    if not value.strip():
        raise CellError(column, "is empty")
    return value


def decimal(cells: Cells, column: str) -> Decimal:
    """Digits with a point: nothing that a locale, an exponent or a bracket could make mean something else."""
    value = cells[column].strip()
    if not _DECIMAL.match(value):
        raise CellError(column, f"“{value[:40]}” is not a decimal number")
    return Decimal(value)


def decimal_or_none(cells: Cells, column: str) -> Decimal | None:
    return decimal(cells, column) if cells[column].strip() else None


def whole_or_none(cells: Cells, column: str) -> int | None:
    value = cells[column].strip()
    if not value:
        return None
    if not _WHOLE.match(value):
        raise CellError(column, f"“{value[:40]}” is not a whole number")
    return int(value)


def iso_date(cells: Cells, column: str) -> date:
    """Year first only: 03/04/2026 means two days, so it is refused rather than guessed."""
    value = cells[column].strip()
    if not _ISO_DATE.match(value):
        raise CellError(column, f"“{value[:40]}” is not a date written YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise CellError(column, f"“{value}” is not a day of the calendar") from None


def csv_rows(
    stream: BinaryIO, columns: Sequence[str], *, escape: str | None = None
) -> Iterator[tuple[int, dict[str, str]] | RowError]:
    """(row number, cells by column) of a CSV file in UTF-8, with any line ends: LF, CRLF or the CR of old Macs.

    ``escape`` is the character that some exporters put before a quote inside quotes instead of doubling it. The
    same file must never be read both ways: one of them silently corrupts it.
    """
    source = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(source, strict=True, escapechar=escape, doublequote=escape is None)
    header: list[str] | None = None
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if header is None:
                header = cells
                if wrong := list(_header_errors(header, columns)):
                    yield from wrong
                    return
            elif not cells:
                continue
            elif len(cells) != len(header):
                yield RowError(row, "", f"has {len(cells)} cells where the header has {len(header)}")
            elif broken := _NOT_UTF8.search("".join(cells)):
                yield RowError(row, "", f"is not UTF-8: byte {ord(broken[0]) - 0xDC00:#04x}")
            else:
                yield row, dict(zip(header, cells, strict=True))
        if header is None:
            yield RowError(1, "", "the file is empty")
    except csv.Error as error:
        yield RowError(row + 1, "", f"cannot be read as CSV: {error}")
    finally:
        source.detach()


def _header_errors(header: Sequence[str], columns: Iterable[str]) -> Iterator[RowError]:
    for column in columns:
        found = header.count(column)
        if found == 0:
            yield RowError(1, column, "this column is missing")
        elif found > 1:
            yield RowError(1, column, f"this column stands {found} times in the header")


def parsed(
    rows: Iterable[tuple[int, dict[str, str]] | RowError], parse: Callable[[int, Cells], Row]
) -> Iterator[Row | RowError]:
    """Each row through ``parse``; a cell it refuses becomes the error of that row and the next row goes on."""
    for item in rows:
        if isinstance(item, RowError):
            yield item
            continue
        number, cells = item
        try:
            yield parse(number, cells)
        except CellError as error:
            yield RowError(number, error.column, error.reason)


def good(rows: Iterable[Row | RowError], errors: list[RowError]) -> Iterator[Row]:
    """The rows that were taken, while the others are collected in ``errors``."""
    for row in rows:
        if isinstance(row, RowError):
            errors.append(row)
        else:
            yield row
