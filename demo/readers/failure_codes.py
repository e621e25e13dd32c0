"""Failure modes and mechanisms of equipment, named as in ISO 14224."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from demo.readers.rows import Cells, RowError, csv_rows, filled, parsed, text

MODE_COLUMNS = ("ISO14224_FailureModeCode", "ISO14224_FailureMode", "ISO14224_FailureMode_Description")
MECHANISM_COLUMNS = ("class", "superclass", "label", "description", "synonyms")


@dataclass(frozen=True, slots=True)
class FailureMode:
    row: int
    code: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class FailureMechanism:
    row: int
    key: str
    parent: str
    label: str
    description: str
    synonyms: tuple[str, ...]


def read_modes(stream: BinaryIO) -> Iterator[FailureMode | RowError]:
    return _once(
        parsed(
            csv_rows(stream, MODE_COLUMNS),
            lambda row, cells: FailureMode(row, *(filled(cells, column) for column in MODE_COLUMNS)),
        )
    )


def read_mechanisms(stream: BinaryIO) -> Iterator[FailureMechanism | RowError]:
    def mechanism(row: int, cells: Cells) -> FailureMechanism:
        return FailureMechanism(
            row=row,
            key=_local_name(filled(cells, "class")),
            parent=_local_name(text(cells, "superclass")),
            label=filled(cells, "label"),
            description=text(cells, "description").strip(),
            synonyms=tuple(word.strip() for word in text(cells, "synonyms").split(",") if word.strip()),
        )

    return parsed(csv_rows(stream, MECHANISM_COLUMNS), mechanism)


def _local_name(name: str) -> str:
    return name.rpartition(":")[2]


def _once(modes: Iterator[FailureMode | RowError]) -> Iterator[FailureMode | RowError]:
    """A code names one mode; a second row with it is refused, not silently the winner."""
    rows: dict[str, int] = {}
    for mode in modes:
        if isinstance(mode, FailureMode):
            if mode.code in rows:
                yield RowError(mode.row, MODE_COLUMNS[0], f"{mode.code} already stands in row {rows[mode.code]}")
                continue
            rows[mode.code] = mode.row
        yield mode
