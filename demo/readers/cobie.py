"""A COBie 2.4 workbook: what a builder hands over about a facility, its floors, rooms, products and equipment.

In COBie every cell is text: ``n/a`` stands for nothing, numbers are written as text, and sheets point at each other
by name. Identifiers are IFC GUIDs of 22 characters in which ``a`` and ``A`` differ: never fold their case.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import python_calamine

from demo.readers.rows import CellError, Cells, RowError, decimal_or_none, filled, parsed, text

Row = TypeVar("Row")

LARGEST_UNPACKED = 200 * 1024 * 1024
_NOTHING = frozenset({"n/a", ""})


class UnreadableError(Exception):
    """The file is no workbook that can be opened safely."""


@dataclass(frozen=True, slots=True)
class Facility:
    row: int
    guid: str
    name: str
    category: str | None
    site: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class Floor:
    row: int
    guid: str
    name: str
    category: str | None
    elevation: Decimal | None


@dataclass(frozen=True, slots=True)
class Space:
    row: int
    guid: str
    name: str
    floor: str
    category: str | None
    description: str | None
    net_area: Decimal | None


@dataclass(frozen=True, slots=True)
class Zone:
    """One room of a zone; a zone has as many rows as rooms."""

    row: int
    guid: str
    name: str
    category: str | None
    space: str


@dataclass(frozen=True, slots=True)
class Product:
    """A row of the sheet Type: what is common to all components of one make and model."""

    row: int
    guid: str
    name: str
    category: str | None
    description: str | None
    fixed: bool
    manufacturer: str | None
    model_number: str | None
    size: str | None
    warranty_parts: Decimal | None
    expected_life: Decimal | None


@dataclass(frozen=True, slots=True)
class Component:
    """``spaces``: where it stands; a door or window belongs to the room on either side of it."""

    row: int
    guid: str
    name: str
    product: str
    spaces: tuple[str, ...]
    description: str | None
    serial_number: str | None
    tag: str | None
    barcode: str | None


@dataclass(frozen=True, slots=True)
class Attribute:
    row: int
    sheet: str
    row_name: str
    name: str
    value: str | None
    unit: str | None


class Workbook:
    """Opens the file once; each sheet is read when it is asked for."""

    def __init__(self, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
        except (OSError, zipfile.BadZipFile):
            raise UnreadableError("is not an .xlsx workbook") from None
        if unpacked > LARGEST_UNPACKED:
            raise UnreadableError(f"unpacks to {unpacked // 2**20} MB; at most {LARGEST_UNPACKED // 2**20} MB are read")
        try:
            self._book = python_calamine.CalamineWorkbook.from_path(path)
        except (python_calamine.CalamineError, OSError) as error:
            raise UnreadableError(f"cannot be opened: {error}") from None

    def facilities(self) -> Iterator[Facility | RowError]:
        return self._rows(
            "Facility",
            ("Name", "Category", "SiteName", "ExternalFacilityIdentifier", "Description"),
            lambda row, cells: Facility(
                row=row,
                guid=_guid(cells, "ExternalFacilityIdentifier"),
                name=_name(cells, "Name"),
                category=_given(cells, "Category"),
                site=_given(cells, "SiteName"),
                description=_given(cells, "Description"),
            ),
        )

    def floors(self) -> Iterator[Floor | RowError]:
        return self._rows(
            "Floor",
            ("Name", "Category", "ExtIdentifier", "Elevation"),
            lambda row, cells: Floor(
                row=row,
                guid=_guid(cells, "ExtIdentifier"),
                name=_name(cells, "Name"),
                category=_given(cells, "Category"),
                elevation=_number(cells, "Elevation"),
            ),
        )

    def spaces(self) -> Iterator[Space | RowError]:
        return self._rows(
            "Space",
            ("Name", "Category", "FloorName", "Description", "ExtIdentifier", "NetArea"),
            lambda row, cells: Space(
                row=row,
                guid=_guid(cells, "ExtIdentifier"),
                name=_name(cells, "Name"),
                floor=_name(cells, "FloorName"),
                category=_given(cells, "Category"),
                description=_given(cells, "Description"),
                net_area=_number(cells, "NetArea"),
            ),
        )

    def zones(self) -> Iterator[Zone | RowError]:
        return self._rows(
            "Zone",
            ("Name", "Category", "SpaceNames", "ExtIdentifier"),
            lambda row, cells: Zone(
                row=row,
                guid=_guid(cells, "ExtIdentifier"),
                name=_name(cells, "Name"),
                category=_given(cells, "Category"),
                space=_name(cells, "SpaceNames"),
            ),
        )

    def products(self) -> Iterator[Product | RowError]:
        return self._rows(
            "Type",
            (
                "Name",
                "Category",
                "Description",
                "AssetType",
                "Manufacturer",
                "ModelNumber",
                "WarrantyDurationParts",
                "ExtIdentifier",
                "ExpectedLife",
                "Size",
            ),
            lambda row, cells: Product(
                row=row,
                guid=_guid(cells, "ExtIdentifier"),
                name=_name(cells, "Name"),
                category=_given(cells, "Category"),
                description=_given(cells, "Description"),
                fixed=_given(cells, "AssetType") == "Fixed",
                manufacturer=_given(cells, "Manufacturer"),
                model_number=_given(cells, "ModelNumber"),
                size=_given(cells, "Size"),
                warranty_parts=_number(cells, "WarrantyDurationParts"),
                expected_life=_number(cells, "ExpectedLife"),
            ),
        )

    def components(self) -> Iterator[Component | RowError]:
        return self._rows(
            "Component",
            ("Name", "TypeName", "Space", "Description", "ExtIdentifier", "SerialNumber", "TagNumber", "BarCode"),
            lambda row, cells: Component(
                row=row,
                guid=_guid(cells, "ExtIdentifier"),
                name=_name(cells, "Name"),
                product=_name(cells, "TypeName"),
                spaces=tuple(part.strip() for part in _name(cells, "Space").split(",") if part.strip()),
                description=_given(cells, "Description"),
                serial_number=_given(cells, "SerialNumber"),
                tag=_given(cells, "TagNumber"),
                barcode=_given(cells, "BarCode"),
            ),
        )

    def attributes(self) -> Iterator[Attribute | RowError]:
        return self._rows(
            "Attribute",
            ("Name", "SheetName", "RowName", "Value", "Unit"),
            lambda row, cells: Attribute(
                row=row,
                sheet=_name(cells, "SheetName"),
                row_name=_name(cells, "RowName"),
                name=_name(cells, "Name"),
                value=_given(cells, "Value"),
                unit=_given(cells, "Unit"),
            ),
        )

    def _rows(self, sheet: str, columns: Sequence[str], parse: Callable[[int, Cells], Row]) -> Iterator[Row | RowError]:
        return parsed(self._cells(sheet, columns), parse)

    def _cells(self, sheet: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]] | RowError]:
        try:
            rows = self._book.get_sheet_by_name(sheet).iter_rows()
        except python_calamine.CalamineError:
            yield RowError(1, sheet, "this sheet is missing")
            return
        header: list[str] = []
        for number, row in enumerate(rows, start=1):
            values = [str(value).strip() for value in row]
            if not header:
                header = values
                missing = [column for column in columns if column not in header]
                if missing:
                    yield from (RowError(1, f"{sheet}.{column}", "this column is missing") for column in missing)
                    return
            elif any(values):
                yield number, dict(zip(header, values, strict=False))


def _given(cells: Cells, column: str) -> str | None:
    value = text(cells, column)
    return None if value.strip().lower() in _NOTHING else value


def _name(cells: Cells, column: str) -> str:
    if _given(cells, column) is None:
        raise CellError(column, "is empty")
    return filled(cells, column, longest=300)


def _guid(cells: Cells, column: str) -> str:
    value = _name(cells, column)
    if len(value) != 22:
        raise CellError(column, f"“{value[:40]}” is not an IFC GUID of 22 characters")
    return value


def _number(cells: Cells, column: str) -> Decimal | None:
    return None if _given(cells, column) is None else decimal_or_none(cells, column)
