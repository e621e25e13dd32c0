import io
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from demo.readers import buildings, failure_codes
from demo.readers.buildings import Building, YearBuilt
from demo.readers.rows import RowError

DATA = Path(buildings.__file__).parent.parent / "data"
ROW = {
    "uid": "u",
    "nickname": "n",
    "primaryspaceusage": "Office",
    "timezone": "Europe/London",
    "sqm": "1.5",
    "yearbuilt": "1967",
    "datastart": "01/12/14 00:00",
    "dataend": "30/11/15 23:00",
}


def one(**cells: str) -> Building | RowError:
    values = [(ROW | cells).get(column, "") for column in buildings.COLUMNS]
    (row,) = buildings.read(io.BytesIO("\r".join([",".join(buildings.COLUMNS), ",".join(values), ""]).encode()))
    return row


@pytest.fixture(scope="module")
def register() -> list[Building]:
    with (DATA / "buildings" / "meta_open.csv").open("rb") as stream:
        rows = list(buildings.read(stream))
    assert [str(row) for row in rows if isinstance(row, RowError)] == []
    return [row for row in rows if isinstance(row, Building)]


def test_a_file_with_the_line_ends_of_old_macs_is_read_whole(register):
    assert (DATA / "buildings" / "meta_open.csv").read_bytes().count(b"\n") == 0
    assert len(register) == 507
    assert len({building.uid for building in register}) == 507


def test_each_building_has_its_time_zone(register):
    zones = [building.time_zone for building in register]
    assert {zone: zones.count(zone) for zone in sorted(set(zones))} == {
        "America/Chicago": 75,
        "America/Denver": 3,
        "America/Los_Angeles": 22,
        "America/New_York": 151,
        "America/Phoenix": 96,
        "Asia/Singapore": 5,
        "Europe/London": 143,
        "Europe/Zurich": 12,
    }


def test_a_quoted_comma_does_not_split_the_cell(register):
    assert sum(building.subindustry == "City, County, State" for building in register) == 13


def test_the_two_heating_columns_become_one(register):
    assert sum(bool(building.heating) for building in register) == 124
    assert all(building.heating == building.heating.lower() for building in register)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("1967", 1967, 1967),
        ("1945-1966", 1945, 1966),
        ("pre 1919", None, 1918),
        ("post 1976", 1977, None),
        ("Post 1976", 1977, None),
        ("11th Century onwards", 1001, None),
    ],
)
def test_forms_of_the_year_of_building(written, first, last):
    building = one(yearbuilt=written)
    assert building.built == YearBuilt(first, last, written)


def test_a_moment_is_day_first_as_the_publisher_says():
    assert one(datastart="01/12/14 00:00").measured_from == datetime(2014, 12, 1, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({"timezone": "Mars/Olympus"}, "row 2, timezone: “Mars/Olympus” is not a time zone of the IANA database"),
        ({"timezone": "europe/london"}, "row 2, timezone: “europe/london” is not a time zone of the IANA database"),
        ({"yearbuilt": "soon"}, "row 2, yearbuilt: “soon” is no year, span of years, “pre …” or “post …”"),
        ({"yearbuilt": "1966-1945"}, "row 2, yearbuilt: “1966-1945” is no year, span of years, “pre …” or “post …”"),
        ({"numberoffloors": "2.5"}, "row 2, numberoffloors: “2.5” is not a whole number"),
        ({"sqm": ""}, "row 2, sqm: “” is not a decimal number"),
        ({"datastart": "31/02/15 00:00"}, "row 2, datastart: “31/02/15 00:00” is not a moment of the calendar"),
        ({"datastart": "0/1/00"}, "row 2, datastart: “0/1/00” is not written dd/mm/yy hh:mm"),
        ({"uid": ""}, "row 2, uid: is empty"),
    ],
)
def test_a_bad_building_is_refused_with_its_reason(cells, error):
    assert str(one(**cells)) == error


def test_failure_modes_and_mechanisms_are_read():
    folder = DATA / "failure-codes"
    with (folder / "iso14224_failureModeCode.csv").open("rb") as stream:
        modes = list(failure_codes.read_modes(stream))
    with (folder / "iso14224_class_failuremechanism.csv").open("rb") as stream:
        mechanisms = list(failure_codes.read_mechanisms(stream))
    assert (len(modes), len(mechanisms)) == (44, 53)
    assert modes[0] == failure_codes.FailureMode(
        2, "AIR", "Abnormal instrument reading", "False alarm, faulty instrument indication"
    )
    assert mechanisms[2].synonyms == ("leak", "leaking", "exhausting", "discharging", "weeping")


def test_a_code_that_stands_twice_is_refused_the_second_time():
    header = ",".join(failure_codes.MODE_COLUMNS)
    rows = list(failure_codes.read_modes(io.BytesIO(f"{header}\nAIR,a,b\nAIR,c,d\n".encode())))
    assert str(rows[1]) == "row 3, ISO14224_FailureModeCode: AIR already stands in row 2"
