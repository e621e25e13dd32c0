"""Lists as files: written by the database row by row and sent as they come, in a transaction of their own under
row-level security. Nothing grows with the number of rows, and a reader who goes away ends the query.

CSV comes out of COPY. A workbook is what XlsxWriter makes of an empty list, with the rows put in on the way; the cells
are inline strings, numbers and dates, never formulas.
"""

from __future__ import annotations

import csv
import io
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import xlsxwriter
from django.db import connection, transaction

from core import context, pagination
from core.errors import Conflict
from core.pagination import Key
from tenancy.models import Member
from workorders import columns, rows
from workorders.columns import INSTANT, NUMBER, Value

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BOM = b"\xef\xbb\xbf"
CHUNK = 64 * 1024
# A text that begins so is taken for a formula by spreadsheets.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
# A spreadsheet has no more rows than this, its heading included.
MOST_ROWS = 1_048_575
# Each holds a thread and a connection of the process as long as its reader takes.
AT_ONCE = 2
PATIENCE = "15min"
_free = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: the statement of the list and its columns, for a member."""

    member: Member
    sql: str
    params: list[Any]
    values: Sequence[Value]
    zone: str

    @property
    def heading(self) -> list[str]:
        told = [f"{value.label} ({self.zone})" if value.kind == INSTANT else value.label for value in self.values]
        return [f"'{label}" if label.startswith(DANGEROUS) else label for label in told]


def plan(member: Member, queryset: Any, keys: Sequence[Key], shown: Sequence[columns.Column]) -> Export:
    """The list in its order; `keys` as `pagination.sort_keys` gives them."""
    aliases = {path: path for path in rows.PAGE}
    aliases["pk"] = "id"
    for number, key in enumerate(keys):
        aliases.setdefault(key.path, f"k{number}")
    paths = [path for path in aliases if path != "pk"]
    page, params = queryset.order_by(*pagination.ordering(keys)).values_list(*paths).query.sql_with_params()
    order = ", ".join(f"w.{aliases[key.path]} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key in keys)
    source = f"FROM ({page}) AS w ({', '.join(aliases[path] for path in paths)}) {rows.JOINS} ORDER BY {order}"
    return Export(
        member, source, list(params), [value for column in shown for value in column.values], member.tenant.time_zone
    )


# --- The database's side ----------------------------------------------------------------------------------------------
@contextmanager
def reading(export: Export) -> Iterator[psycopg.Cursor[Any]]:
    """A transaction for this member, told to be patient: the reader decides how long it takes."""
    member = export.member
    with (
        context.use(tenant_id=member.tenant_id, actor_id=member.pk, user_id=member.user_id, source="export"),
        transaction.atomic(),
    ):
        connection.ensure_connection()
        with psycopg.ClientCursor(connection.connection) as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
            yield cursor


def csv_cell(value: Value, zone: str) -> tuple[str, list[Any]]:
    """Text that a spreadsheet would take for a formula is marked as text by an apostrophe."""
    if value.kind == INSTANT:
        return f"to_char({value.sql} AT TIME ZONE %s, 'YYYY-MM-DD HH24:MI')", [*value.params, zone]
    if value.kind == NUMBER:
        return value.sql, list(value.params)
    guarded = f"CASE WHEN left({value.sql}, 1) IN ('=', '+', '-', '@', E'\\t', E'\\r', E'\\n') THEN '''' ELSE '' END || {value.sql}"
    return guarded, [*value.params, *value.params]


def csv_lines(export: Export, *, bom: bool) -> Iterator[bytes]:
    """The heading at once, then the rows in pieces of some 64 kB."""
    heading = io.StringIO()
    csv.writer(heading, lineterminator="\n").writerow(export.heading)
    yield (BOM if bom else b"") + heading.getvalue().encode()
    cells = [csv_cell(value, export.zone) for value in export.values]
    sql = f"COPY (SELECT {', '.join(text for text, _ in cells)} {export.sql}) TO STDOUT WITH (FORMAT csv)"
    params = [param for _, given in cells for param in given] + export.params
    with reading(export) as cursor, cursor.copy(sql, params) as lines:
        waiting: list[Any] = []
        size = 0
        for line in lines:
            waiting.append(line)
            size += len(line)
            if size >= CHUNK:
                yield b"".join(waiting)
                waiting, size = [], 0
        if waiting:
            yield b"".join(waiting)


# --- Workbooks --------------------------------------------------------------------------------------------------------
CONTROL = "".join(f"\\x{number:02x}" for number in range(1, 32) if number not in (9, 10, 13))


def xlsx_cell(value: Value, zone: str, styles: dict[str, str]) -> tuple[str, list[Any]]:
    if value.kind == INSTANT:
        days = f"round(extract(epoch FROM {value.sql} AT TIME ZONE %s) / 86400 + 25569, 9)"
        return f"coalesce('<c s=\"{styles[INSTANT]}\"><v>' || {days} || '</v></c>', '<c/>')", [*value.params, zone]
    if value.kind == NUMBER:
        return f"coalesce('<c><v>' || {value.sql} || '</v></c>', '<c/>')", list(value.params)
    escaped = f"left({value.sql}, 32000)"
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        escaped = f"replace({escaped}, '{mark}', '{entity}')"
    escaped = f"translate({escaped}, E'{CONTROL}', '')"
    start = '<c t="inlineStr"><is><t xml:space="preserve">'
    return f"coalesce('{start}' || nullif({escaped}, '') || '</t></is></c>', '<c/>')", list(value.params)


class Pipe(io.RawIOBase):
    """What a zip writer wrote since it was last emptied; it cannot go back."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        self.size += len(data)
        return len(data)

    def emptied(self) -> bytes:
        found, self.waiting, self.size = b"".join(self.waiting), [], 0
        return found


def blank(export: Export) -> tuple[dict[str, bytes], str, str, dict[str, str]]:
    """A workbook with only the heading: its parts, its sheet before and behind the rows, and the styles by kind."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": False})
    sheet = book.add_worksheet("Work orders")
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for place, (label, value) in enumerate(zip(export.heading, export.values, strict=True)):
        sheet.write_string(0, place, label, bold)
        width = 17 if value.kind == INSTANT else 40 if value.label in ("Title", "Description") else 18
        sheet.set_column(place, place, width)
    sheet.write_number(1, 0, 0, day)
    sheet.freeze_panes(1, 0)
    book.close()
    with zipfile.ZipFile(target) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    page = parts.pop("xl/worksheets/sheet1.xml").decode()
    page = re.sub(r"<dimension [^>]*/>", "", page)
    styled = re.search(r'<row r="2".*?<c r="A2" s="(\d+)">.*?</row>', page)
    assert styled is not None
    before, _, behind = page.replace(styled.group(0), "").partition("</sheetData>")
    return parts, before, f"</sheetData>{behind}", {INSTANT: styled.group(1)}


def xlsx_pieces(export: Export) -> Iterator[bytes]:
    parts, before, behind, styles = blank(export)
    cells = [xlsx_cell(value, export.zone, styles) for value in export.values]
    sql = f"SELECT '<row>' || {' || '.join(text for text, _ in cells)} || '</row>' {export.sql} LIMIT {MOST_ROWS}"
    params = [param for _, given in cells for param in given] + export.params
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, content in parts.items():
            book.writestr(name, content)
        yield pipe.emptied()
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(before.encode())
            for piece in fetched(export, sql, params):
                sheet.write(piece)
                if pipe.size >= CHUNK:
                    yield pipe.emptied()
            sheet.write(behind.encode())
    yield pipe.emptied()


def fetched(export: Export, sql: str, params: Sequence[Any]) -> Iterator[bytes]:
    """The only column of a statement, some thousand rows at a time, through a cursor of the server."""
    with reading(export) as cursor:
        cursor.execute(f"DECLARE export NO SCROLL CURSOR FOR {sql}", params)
        while True:
            cursor.execute("FETCH 2000 FROM export")
            found = cursor.fetchall()
            if not found:
                return
            yield "".join(row[0] for row in found).encode()


# --- Taking turns -----------------------------------------------------------------------------------------------------
def taken_turn() -> Callable[[], None]:
    """A place among the few exports of this process; the answer gives it back, once."""
    if not _free.acquire(blocking=False):
        raise Conflict(
            "Several exports are being made right now. Try again in a minute.",
            code="busy",
            headline="Cannot export now",
        )
    given_back = threading.Lock()

    def give_back() -> None:
        if given_back.acquire(blocking=False):
            _free.release()

    return give_back


def pieces(export: Export, kind: str, *, bom: bool = False) -> Iterator[bytes]:
    return xlsx_pieces(export) if kind == XLSX else csv_lines(export, bom=bom)
