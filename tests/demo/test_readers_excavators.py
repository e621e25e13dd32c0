import io
from decimal import Decimal
from pathlib import Path

import pytest

from demo.readers import excavators
from demo.readers.excavators import ExcavatorOrder
from demo.readers.rows import RowError

DATA = Path(excavators.__file__).parent.parent / "data" / "excavators"
RAW = DATA / "excavator_2015_raw.csv"
CLEANED = DATA / "excavator_case_study_cleaned.csv"
HEADER = b'"BscStartDate","Asset","OriginalShorttext","PMType","Cost"\n'


@pytest.fixture(scope="module")
def orders() -> list[ExcavatorOrder]:
    with RAW.open("rb") as raw, CLEANED.open("rb") as cleaned:
        rows = list(excavators.read(raw, cleaned))
    assert [str(row) for row in rows if isinstance(row, RowError)] == []
    return [row for row in rows if isinstance(row, ExcavatorOrder)]


def read(*lines: bytes) -> list[object]:
    return list(excavators.read_raw(io.BytesIO(HEADER + b"\n".join(lines) + b"\n")))


def test_every_order_of_the_export_is_read(orders):
    assert len(orders) == 5485
    assert sorted({order.order.excavator for order in orders}) == ["A", "B", "C", "D", "E"]
    assert min(order.order.started_on for order in orders).isoformat() == "2001-07-05"
    assert max(order.order.started_on for order in orders).isoformat() == "2012-12-13"


def test_the_358_exact_copies_are_kept_and_each_has_its_own_id(orders):
    ids = [order.order.external_id for order in orders]
    assert sum(not name.endswith("-1") for name in ids) == 358
    assert len(set(ids)) == 5485


def test_the_14_texts_with_escaped_quotes_are_read_as_written(orders):
    quoted = [order.order.text for order in orders if '"' in order.order.text]
    assert len(quoted) == 14
    assert 'Lube fault "A" line pressure too low' in quoted
    assert 'Truck "Spotting" straps are being caught' in quoted
    assert '?OIL LEAK ON BUCKET...FOUND TWO BLOWN "O' in quoted
    assert not [order for order in orders if "\\" in order.order.text]


def test_zero_and_negative_costs_are_figures_like_others(orders):
    costs = [order.order.cost for order in orders]
    assert sum(cost == 0 for cost in costs) == 1288
    assert sum(cost < 0 for cost in costs) == 6
    assert sum(costs) == Decimal("17506162.76")


def test_order_types_and_functional_locations_are_all_there(orders):
    types = [order.order.order_type for order in orders]
    assert {kind: types.count(kind) for kind in sorted(set(types))} == {
        "PM01": 5217,
        "PM02": 153,
        "PM04": 7,
        "PM05": 4,
        "PM06": 98,
        "PM13": 6,
    }
    assert len({order.notes.functional_location for order in orders}) == 371


def test_joined_values_of_a_cell_become_several(orders):
    assert orders[1].notes.systems == ("Bucket", "Hydraulic Cylinders")
    assert orders[1].notes.failure_modes == ("Leak",)
    assert orders[0].notes.failure_modes == ()


def test_reading_twice_gives_the_same_ids(orders):
    with RAW.open("rb") as raw:
        again = [row.external_id for row in excavators.read_raw(raw) if not isinstance(row, RowError)]
    assert again == [order.order.external_id for order in orders]


def test_a_refused_row_does_not_shift_the_numbers_of_its_copies():
    first, refused, second = read(
        b'2004-07-01,"A","Lost tooth","PM01",1', b'2004-07-01,"A","","PM01",1', b'2004-07-01,"A","Lost tooth","PM01",1'
    )
    assert isinstance(refused, RowError)
    assert (first.external_id[-2:], second.external_id[-2:]) == ("-1", "-2")
    assert first.external_id[:-2] == second.external_id[:-2]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (b'31/02/2026,"A","x","PM01",0', "BscStartDate", "“31/02/2026” is not a date written YYYY-MM-DD"),
        (b'03/04/2026,"A","x","PM01",0', "BscStartDate", "“03/04/2026” is not a date written YYYY-MM-DD"),
        (b'2026-02-31,"A","x","PM01",0', "BscStartDate", "“2026-02-31” is not a day of the calendar"),
        (b'2004-07-01,"","x","PM01",0', "Asset", "is empty"),
        (b'2004-07-01,"A","  ","PM01",0', "OriginalShorttext", "is empty"),
        (b'2004-07-01,"A","a\x00b","PM01",0', "OriginalShorttext", "holds a control character"),
        (b'2004-07-01,"A","x","blocked drier",0', "PMType", "“blocked drier” is not an order type such as PM01"),
        (b'2004-07-01,"A","x","PM01","1,234.56"', "Cost", "“1,234.56” is not a decimal number"),
        (b'2004-07-01,"A","x","PM01","2,01"', "Cost", "“2,01” is not a decimal number"),
        (b'2004-07-01,"A","x","PM01","(5)"', "Cost", "“(5)” is not a decimal number"),
        (b'2004-07-01,"A","x","PM01",1e309', "Cost", "“1e309” is not a decimal number"),
        (b'2004-07-01,"A","x","PM01",NaN', "Cost", "“NaN” is not a decimal number"),
        (b'2004-07-01,"A","x","PM01"', "", "has 4 cells where the header has 5"),
        (b'2004-07-01,"A","x","PM01",0,9', "", "has 6 cells where the header has 5"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_next_one_read(line, column, reason):
    error, after = read(line, b'2004-07-01,"A","Lost tooth","PM01",1')
    assert error == RowError(2, column, reason)
    assert after.text == "Lost tooth"


def test_texts_that_look_like_formulas_or_markup_stay_texts():
    formula, markup = read(
        b'2004-07-01,"A","=HYPERLINK(1)","PM01",0', b'2004-07-01,"A","<script>alert(1)</script>","PM01",0'
    )
    assert (formula.text, markup.text) == ("=HYPERLINK(1)", "<script>alert(1)</script>")


def test_an_unclosed_quote_ends_the_file_with_an_error_and_keeps_what_stood_before():
    good, error = read(b'2004-07-01,"A","fine","PM01",0', b'2004-07-01,"A","never closed,PM01,0')
    assert good.text == "fine"
    assert (error.row, error.reason) == (3, "cannot be read as CSV: unexpected end of data")


def test_bytes_that_are_not_utf8_are_refused_never_mojibake():
    error, good = read(b'2004-07-01,"A","caf\xe9","PM01",0', '2004-07-01,"A","café","PM01",0'.encode())
    assert str(error) == "row 2: is not UTF-8: byte 0xe9"
    assert good.text == "café"


def test_missing_and_doubled_columns_are_named():
    rows = list(excavators.read_raw(io.BytesIO(b"BscStartDate,Asset,Asset,PMType,Cost\n")))
    assert [str(row) for row in rows] == [
        "row 1, Asset: this column stands 2 times in the header",
        "row 1, OriginalShorttext: this column is missing",
    ]


def test_a_file_in_utf16_is_refused():
    assert {row.row for row in excavators.read_raw(io.BytesIO("BscStartDate,Asset\n".encode("utf-16")))} == {1}


def test_an_empty_file_says_so():
    assert list(excavators.read_raw(io.BytesIO(b""))) == [RowError(1, "", "the file is empty")]


def test_rows_on_which_the_two_files_disagree_are_refused():
    cleaned = ",".join(excavators.CLEANED_COLUMNS).encode() + b"\n2004-07-01,B,x,PM01,0.0,,,,,,,,F,0.0,0\n"
    raw = HEADER + b'2004-07-01,"A","x","PM01",0\n2004-07-02,"A","y","PM01",0\n'
    rows = list(excavators.read(io.BytesIO(raw), io.BytesIO(cleaned)))
    assert [str(row) for row in rows] == [
        "row 2, excavator: differs between the raw and the cleaned file",
        "row 3: is in the raw file but not in the cleaned one",
    ]
