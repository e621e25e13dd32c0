"""507 real buildings with area, use, year and IANA time zone (Building Data Genome project)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import BinaryIO
from zoneinfo import ZoneInfo, available_timezones

from demo.readers.rows import CellError, Cells, RowError, csv_rows, decimal, filled, parsed, text, whole_or_none

COLUMNS = (
    "uid",
    "nickname",
    "industry",
    "subindustry",
    "primaryspaceusage",
    "timezone",
    "sqm",
    "numberoffloors",
    "occupants",
    "yearbuilt",
    "heatingtype",
    "mainheatingtype",
    "datastart",
    "dataend",
)
_YEAR = re.compile(r"(\d{4})\Z")
_SPAN = re.compile(r"(\d{4})-(\d{4})\Z")
_BEFORE = re.compile(r"pre (\d{4})\Z", re.IGNORECASE)
_AFTER = re.compile(r"post (\d{4})\Z", re.IGNORECASE)
_CENTURY = re.compile(r"(\d{1,2})th century onwards\Z", re.IGNORECASE)
_MOMENT = re.compile(r"\d{2}/\d{2}/\d{2} \d{2}:\d{2}\Z")
_ZONES = available_timezones()


@dataclass(frozen=True, slots=True)
class YearBuilt:
    """From ``first`` to ``last`` year, either of them open: ``pre 1919`` has no first, ``post 1976`` no last."""

    first: int | None
    last: int | None
    written: str


@dataclass(frozen=True, slots=True)
class Building:
    row: int
    uid: str
    name: str
    industry: str
    subindustry: str
    use: str
    time_zone: str
    square_metres: Decimal
    floors: int | None
    occupants: int | None
    built: YearBuilt | None
    heating: str
    measured_from: datetime
    measured_to: datetime


def read(stream: BinaryIO) -> Iterator[Building | RowError]:
    def building(row: int, cells: Cells) -> Building:
        zone = _time_zone(cells)
        return Building(
            row=row,
            uid=filled(cells, "uid", longest=100),
            name=filled(cells, "nickname", longest=100),
            industry=text(cells, "industry"),
            subindustry=text(cells, "subindustry"),
            use=filled(cells, "primaryspaceusage"),
            time_zone=zone.key,
            square_metres=decimal(cells, "sqm"),
            floors=whole_or_none(cells, "numberoffloors"),
            occupants=whole_or_none(cells, "occupants"),
            built=_year_built(cells),
            # Two columns hold the same fact in another case; the one or the other may be blank.
            heating=(text(cells, "mainheatingtype") or text(cells, "heatingtype")).lower(),
            measured_from=_moment(cells, "datastart", zone),
            measured_to=_moment(cells, "dataend", zone),
        )

    return parsed(csv_rows(stream, COLUMNS), building)


def _time_zone(cells: Cells) -> ZoneInfo:
    name = cells["timezone"]
    if name not in _ZONES:
        raise CellError("timezone", f"“{name[:40]}” is not a time zone of the IANA database")
    return ZoneInfo(name)


def _year_built(cells: Cells) -> YearBuilt | None:
    written = cells["yearbuilt"].strip()
    if not written:
        return None
    if found := _YEAR.match(written):
        return YearBuilt(int(found[1]), int(found[1]), written)
    if (found := _SPAN.match(written)) and int(found[1]) <= int(found[2]):
        return YearBuilt(int(found[1]), int(found[2]), written)
    if found := _BEFORE.match(written):
        return YearBuilt(None, int(found[1]) - 1, written)
    if found := _AFTER.match(written):
        return YearBuilt(int(found[1]) + 1, None, written)
    if found := _CENTURY.match(written):
        return YearBuilt((int(found[1]) - 1) * 100 + 1, None, written)
    raise CellError("yearbuilt", f"“{written[:40]}” is no year, span of years, “pre …” or “post …”")


def _moment(cells: Cells, column: str, zone: ZoneInfo) -> datetime:
    """dd/mm/yy HH:MM on the building's own clock; the publisher says so, nothing is guessed."""
    value = cells[column].strip()
    if not _MOMENT.match(value):
        raise CellError(column, f"“{value[:40]}” is not written dd/mm/yy hh:mm")
    try:
        return datetime.strptime(value, "%d/%m/%y %H:%M").replace(tzinfo=zone)
    except ValueError:
        raise CellError(column, f"“{value}” is not a moment of the calendar") from None
