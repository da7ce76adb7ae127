"""Workbooks: what spreadsheets put into cells, and what strangers put into archives."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from services.errors import Unreadable
from tests.services.audit.files import (
    SHEET,
    codes,
    part,
    repacked,
    rows_of,
    saved,
    surveyed,
    workbook,
)

HEAD = ("Report no", "Lab no", "Laboratory", "Issue date", "Fee")
TIME = datetime(2026, 5, 1, 9, 30)  # noqa: DTZ001 - a spreadsheet knows no place
ROW = ("R1", "L90417", "海港", date(2026, 5, 1), 12.0)


def test_texts_numbers_days_and_times_come_as_they_are_shown(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        workbook(
            HEAD,
            ROW,
            ("R2", 417, "x", TIME, 0.5),
            (None, True, " y ", "2026-05-01", 1e-7),
        ),
    )
    assert [row.cells for row in rows] == [
        ["R1", "L90417", "海港", "2026-05-01", "12"],
        ["R2", "417", "x", "2026-05-01 09:30:00", "0.5"],
        ["", "TRUE", "y", "2026-05-01", "1e-07"],
    ]
    assert [row.days[0][1] for row in rows] == [date(2026, 5, 1)] * 3
    assert [row.line for row in rows] == [2, 3, 4]


def test_days_counted_from_1904_are_days_of_that_calendar(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEAD, ROW)))
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet["D2"] = date(2026, 5, 1)
    assert rows_of(tmp_path, saved(book))[0].days[0][1] == date(2026, 5, 1)


def test_a_formula_gives_its_saved_value_and_without_one_is_a_fault_where_it_is_asked(
    tmp_path: Path,
) -> None:
    body = workbook(HEAD, ("R1", '="L"&"90417"', "x", date(2026, 5, 1), "=1+1"), ROW)
    rows = rows_of(tmp_path, body)
    assert codes(rows[0]) == ["NO_VALUE"]
    assert rows[0].faults[0].params["column"] == "Lab no"
    assert rows[0].cells[4] == ""  # a fee asks nothing
    assert codes(rows[1]) == []
    told = part(body, SHEET).replace(
        b"</f><v></v></c><c r=\"C2\"", b"</f><v>L90417</v></c><c r=\"C2\""
    ).replace(b"</f><v/></c><c r=\"C2\"", b"</f><v>L90417</v></c><c r=\"C2\"")  # fmt: skip
    told = told.replace(b'<c r="B2">', b'<c r="B2" t="str">').replace(
        b'<c r="B2" t="n">', b'<c r="B2" t="str">'
    )
    assert rows_of(tmp_path, repacked(body, {SHEET: told}))[0].number == "L90417"


def test_a_spreadsheets_error_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    sheet.append(ROW)
    sheet["B2"] = "#N/A"
    sheet["B2"].data_type = "e"
    [row] = rows_of(tmp_path, saved(book))
    assert codes(row) == ["CELL_ERROR"]
    assert row.faults[0].params["text"] == "#N/A"


def test_merged_cells_count_for_every_row_that_they_cover(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEAD, ROW, ("R2", None, None, date(2026, 5, 2), 1), ("R3", "L1", "z", "", "")):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    rows = rows_of(tmp_path, saved(book))
    assert [row.number for row in rows] == ["L90417", "L90417", "L1"]
    assert [row.body for row in rows] == ["海港", "", "z"]


def test_hidden_sheets_are_left_out_and_further_ones_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title, first.sheet_state = "Last year", "hidden"
    first.append(HEAD)
    for name in ("This year", "Empty", "Next year"):
        sheet = book.create_sheet(name)
        for row in (HEAD, ROW) if name != "Empty" else ():
            sheet.append(row)
    book.active = 1
    found = surveyed(tmp_path, saved(book))
    assert found.rows == 1
    assert found.notes == ["Read is the sheet “This year” alone; these were not: “Next year”."]


def test_a_cell_beyond_the_header_is_its_rows_fault_alone(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(HEAD, ROW, ROW)))
    sheet = book.active
    assert sheet is not None
    sheet["XFD3"] = "astray"
    assert [codes(row) for row in rows_of(tmp_path, saved(book))] == [[], ["ROW_WIDTH"]]


NO_SUCH_TEXT = b'<w xmlns="u"><row><c r="A1" t="s"><v>9</v></c></row></w>'


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return out.getvalue()


def test_what_is_made_to_fill_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = workbook(HEAD, ROW)
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    inside = part(body, SHEET).replace(b"<worksheet", laughs + b"<worksheet", 1)
    inside = inside.replace(b'<c r="E2" t="n"', b'<c r="E2" t="str"')
    inside = inside.replace(b"<v>12</v>", b"<v>&b;</v>")
    assert b"&b;" in inside
    [row] = rows_of(tmp_path, repacked(body, {SHEET: inside}))
    assert "aaaa" not in row.cells[4]
    giant = part(body, SHEET).replace(b"<sheetData>", b"<sheetData>" + b" " * 12_000_000)
    huge = part(body, SHEET).replace(b"<v>12</v>", b"<v>" + b"1" * 11_000_000 + b"</v>")
    assert len(repacked(body, {SHEET: giant})) < 50_000
    for bomb in (repacked(body, {SHEET: huge}),):
        with pytest.raises(Unreadable):
            surveyed(tmp_path, bomb)
    monkeypatch.setattr("services.audit.workbook.MAX_UNPACKED", 1_000_000)
    with pytest.raises(Unreadable, match="unpacks to 12,"):
        surveyed(tmp_path, repacked(body, {SHEET: giant}))


@pytest.mark.parametrize(
    "body",
    [
        workbook(HEAD, ROW)[:-40],
        workbook(HEAD, ROW)[:900],
        zipped({"a.txt": b"x"}),
        zipped({"xl/workbook.xml": b"<workbook", "xl/_rels/workbook.xml.rels": b"<x/>"}),
        repacked(workbook(HEAD, ROW), {SHEET: b"<worksheet><sheetData><row"}),
        repacked(workbook(HEAD, ROW), {SHEET: b'<w xmlns="u"><row r="x"><c/></row></w>'}),
        repacked(workbook(HEAD, ROW), {SHEET: NO_SUCH_TEXT}),
        repacked(workbook(HEAD, ROW), {SHEET: b'<w xmlns="u"><row><c r="ZZZZ1"/></row></w>'}),
        workbook(),
        workbook(HEAD),
    ],
)  # fmt: skip
def test_what_is_damaged_cut_off_or_empty_is_refused_in_words(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        surveyed(tmp_path, body)
    assert caught.value.remedy
