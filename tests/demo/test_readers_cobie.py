import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from demo.readers import cobie
from demo.readers.rows import RowError

BOOK = Path(cobie.__file__).parent.parent / "data" / "dormitory" / "2016-02-29-Dormitory-COBie.xlsx"


@pytest.fixture(scope="module")
def book() -> cobie.Workbook:
    return cobie.Workbook(BOOK)


def sheet(tmp_path: Path, name: str, *rows: list[str]) -> cobie.Workbook:
    """A made-up workbook with one sheet of inline texts."""
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in row) + "</row>" for row in rows
    )
    space = "http://schemas.openxmlformats.org"
    parts = {
        "_rels/.rels": (
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r0"'
            f' Type="{space}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>"
        ),
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types"/>',
        "xl/workbook.xml": (
            f'<workbook xmlns="{space}/spreadsheetml/2006/main"'
            f' xmlns:r="{space}/officeDocument/2006/relationships">'
            f'<sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1"'
            f' Type="{space}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>"
        ),
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{space}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
        ),
    }
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return cobie.Workbook(path)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("facilities", 1),
        ("floors", 4),
        ("spaces", 63),
        ("zones", 63),
        ("products", 99),
        ("components", 397),
        ("attributes", 10361),
    ],
)
def test_every_row_of_the_workbook_is_read(book, rows, count):
    found = list(getattr(book, rows)())
    assert [str(row) for row in found if isinstance(row, RowError)] == []
    assert len(found) == count


def test_not_applicable_is_nothing_and_numbers_written_as_text_are_numbers(book):
    product = next(book.products())
    assert (product.manufacturer, product.model_number, product.expected_life) == (None, None, None)
    assert product.warranty_parts == Decimal("0.0")
    assert next(book.spaces()).net_area == Decimal("133.905")


def test_room_numbers_stay_texts(book):
    assert {"105", "205A", "Roof-1"} <= {space.name for space in book.spaces()}


def test_identifiers_keep_their_case_and_their_signs(book):
    guids = [component.guid for component in book.components()]
    assert len(set(guids)) == 397
    assert guids[0] == "3rGjfVfe$JIh3c7s8Nfdyk"


def test_names_point_at_rows_that_exist(book):
    products = {product.name for product in book.products()}
    spaces = {space.name for space in book.spaces()}
    floors = {floor.name for floor in book.floors()}
    assert {component.product for component in book.components()} <= products
    assert {name for component in book.components() for name in component.spaces} <= spaces
    assert {space.floor for space in book.spaces()} <= floors
    assert sum(len(component.spaces) > 1 for component in book.components()) == 71


def test_a_bad_row_is_refused_with_its_reason_and_blank_rows_are_passed_over(tmp_path):
    header = ["Name", "Category", "ExtIdentifier", "Elevation"]
    book = sheet(
        tmp_path,
        "Floor",
        header,
        ["Level One", "n/a", "2F0V3QPDDFMRTpJqxqPeZR", "high"],
        ["", "", "", ""],
        ["n/a", "n/a", "2F0V3QPDDFMRTpJqxqPeZR", "n/a"],
        ["Level Two", "N/A", "short", "n/a"],
        ["Roof", "N/A", "2F0V3QPDDFMRTpJqxqPeZr", "n/a"],
    )
    *errors, roof = book.floors()
    assert [str(error) for error in errors] == [
        "row 2, Elevation: “high” is not a decimal number",
        "row 4, Name: is empty",
        "row 5, ExtIdentifier: “short” is not an IFC GUID of 22 characters",
    ]
    assert roof == cobie.Floor(6, "2F0V3QPDDFMRTpJqxqPeZr", "Roof", None, None)


def test_a_missing_sheet_or_column_is_an_error_not_an_exception(tmp_path):
    book = sheet(tmp_path, "Floor", ["Name", "Category", "ExtIdentifier"])
    assert [str(row) for row in book.spaces()] == ["row 1, Space: this sheet is missing"]
    assert [str(row) for row in book.floors()] == ["row 1, Floor.Elevation: this column is missing"]


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(cobie, "LARGEST_UNPACKED", 1024 * 1024)
    with pytest.raises(cobie.UnreadableError, match="at most 1 MB are read"):
        cobie.Workbook(BOOK)


def test_a_file_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"\x00not a zip")
    with pytest.raises(cobie.UnreadableError, match=r"is not an \.xlsx workbook"):
        cobie.Workbook(path)
