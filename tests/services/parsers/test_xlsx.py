"""Workbooks as grids: what stands where, and what is refused."""

import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from services.errors import Unreadable
from services.parsers import xlsx


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook() -> Workbook:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "First"
    sheet["B2"], sheet["C3"], sheet["D4"] = "two\nlines", 12, 1.5
    sheet["A5"] = date(2024, 3, 15)
    sheet.merge_cells("B2:C2")
    return book


def test_the_grid_begins_at_a1_and_numbers_and_days_are_text() -> None:
    (sheet,) = xlsx.sheets(saved(workbook()))
    assert sheet.name == "First"
    assert sheet.rows == (
        ("", "", "", ""),
        ("", "two\nlines", "", ""),
        ("", "", "12", ""),
        ("", "", "", "1.5"),
        ("2024-03-15", "", "", ""),
    )


def test_merged_cells_are_filled_only_on_request() -> None:
    (sheet,) = xlsx.sheets(saved(workbook()))
    assert sheet.rows[1][2] == ""
    assert sheet.filled()[1] == ("", "two\nlines", "two\nlines", "")


def test_hidden_sheets_are_left_out() -> None:
    book = workbook()
    book.create_sheet("Old").sheet_state = "hidden"
    assert [sheet.name for sheet in xlsx.sheets(saved(book))] == ["First"]


@pytest.mark.parametrize(("row", "column", "name"), [(11, 7, "H12"), (0, 25, "Z1"), (0, 26, "AA1")])
def test_places_are_named_as_a_reader_sees_them(row: int, column: int, name: str) -> None:
    assert xlsx.place(row, column) == name


def test_a_stray_cell_far_out_is_refused_before_it_fills_the_memory() -> None:
    book = workbook()
    assert book.active is not None
    book.active["XFD1048576"] = "x"
    with pytest.raises(Unreadable, match="1,048,576 rows by 16,384 columns"):
        xlsx.sheets(saved(book))


@pytest.mark.parametrize("body", [b"", b"<html>moved</html>", b"PK\x03\x04 torn"])
def test_what_is_no_workbook_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not an XLSX workbook"):
        xlsx.sheets(body)


def test_another_archive_is_unreadable() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Unreadable, match="cannot be read"):
        xlsx.sheets(out.getvalue())
