"""A workbook (XLSX, ECMA-376) as records, one after another: a row is held, never the sheet.

Formulas are never computed, only the values stored beside them read; a formula that was saved
without its value is marked, so that nobody takes it for an empty cell. A tabular reader that loads
whole sheets (``services.parsers.xlsx``) suits a publisher's list, not a stranger's million rows.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import BinaryIO

from lxml import etree

from services.audit.faults import fault
from services.audit.fields import Mark, Record
from services.errors import Unreadable
from services.parsers import csv_rows
from services.parsers.xlsx import MAX_TEXT

MAX_UNPACKED = 2_000_000_000  # bytes; a million rows of twenty short cells take some 1.2 GB
MAX_SHARED = 300_000_000  # bytes of the table of texts, which must be held
MAX_COLUMN = 16_384  # Excel's own ("XFD")
_HEAD = 200  # rows, to find the header

_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_RID = re.compile(r"\{[^}]*/relationships\}id$")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]|_x000D_")
# number formats that show days (ECMA-376 part 1, 18.8.30) or hold letters of days
_DAY_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_DAY_LETTERS = re.compile(r"[yd年月日]|(?<![h:])m(?!m?:)", re.I)
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_NO_WORKBOOK = (
    zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, NotImplementedError,
    RuntimeError, zlib.error, etree.XMLSyntaxError,
)  # fmt: skip


@dataclass(slots=True)
class _Book:
    archive: zipfile.ZipFile
    texts: list[str] = field(default_factory=list)
    days: set[int] = field(default_factory=set)  # cell formats that show a day
    epoch: datetime = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of no place


def records(file: BinaryIO, notes: list[str]) -> Iterator[list[str] | Record]:
    """First the header's titles, then every row that is not empty. ``line`` is the sheet's row.

    The first visible sheet that holds anything is read; ``notes`` names others that hold something.
    Raises Unreadable where this is no workbook, or one made to fill memory.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            yield from _records(archive, notes)
    except _NO_WORKBOOK as wrong:
        raise Unreadable(
            f"The workbook cannot be read ({type(wrong).__name__}).",
            "It is damaged, cut off or protected: open it, save it as XLSX and send it again.",
        ) from wrong


def _records(archive: zipfile.ZipFile, notes: list[str]) -> Iterator[list[str] | Record]:
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise Unreadable(
            f"The workbook unpacks to {unpacked:,} bytes; at most {MAX_UNPACKED:,} are read.",
            "Send the rows in several files, or as CSV.",
        )
    book = _Book(archive)
    sheets = _sheets(book)
    _styles(book)
    _shared(book)
    filled = [(name, part) for name, part in sheets if _first(_rows(book, part))]
    if not filled:
        raise Unreadable("The workbook has no visible sheet that holds a row.", "Fill one.")
    if len(filled) > 1:
        others = ", ".join(f"“{name}”" for name, _ in filled[1:])
        notes.append(f"Read is the sheet “{filled[0][0]}” alone; these were not: {others}.")
    yield from _table(book, filled[0][1])


def _first(rows: Iterator["_Cells"]) -> bool:
    return any(any(cells.values()) for _, cells, _ in rows)


_Cells = tuple[int, dict[int, str], list[Mark]]  # row, text by column from 0, marks


def _table(book: _Book, part: str) -> Iterator[list[str] | Record]:
    rows = (one for one in _merged_filled(book, part) if any(one[1].values()) or one[2])
    head = list(islice(rows, _HEAD))
    grid = [_flat(cells) for _, cells, _ in head]
    at = csv_rows.header_at(grid)
    yield grid[at]
    width = len(csv_rows.named([csv_rows.tidy(cell) for cell in grid[at]])[0])
    for row, cells, marks in chain(head[at + 1 :], rows):
        beyond = [column for column, text in cells.items() if column >= width and text]
        faults = [fault("ROW_WIDTH", count=max(beyond) + 1, limit=width)] if beyond else []
        yield Record(row, [cells.get(n, "").strip() for n in range(width)], marks, faults)


def _flat(cells: dict[int, str]) -> list[str]:
    # a stray cell far out in a title line must not make ten thousand columns of it
    last = max((column for column, text in cells.items() if text), default=-1)
    return [cells.get(n, "") for n in range(last + 1)]


def _merged_filled(book: _Book, part: str) -> Iterator[_Cells]:
    """Rows with every cell of a range merged over rows holding the range's text."""
    starts: dict[int, list[tuple[int, int, int]]] = {}  # first row: (first, last column, last row)
    for top, left, bottom, right in _merges(book.archive, part):
        starts.setdefault(top, []).append((left, right, bottom))
    held: list[tuple[int, int, int, str]] = []
    for row, cells, marks in _rows(book, part):
        held = [one for one in held if one[2] >= row]
        for left, right, _, text in held:
            cells |= {n: text for n in range(left, right + 1) if not cells.get(n)}
        for left, right, bottom in starts.get(row, ()):
            held.append((left, right, bottom, cells.get(left, "")))
        yield row, cells, marks


def _merges(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, int, int]]:
    """(top, left, bottom, right) of ranges over several rows; they stand behind all the rows."""
    with archive.open(part) as xml:
        before = b""
        while piece := xml.read(1 << 20):
            text = before + piece
            end = 0
            for found in _MERGED.finditer(text):
                end = found.end()
                top, bottom = int(found[2]), int(found[4])
                if bottom > top:
                    yield top, _column(found[1].decode()), bottom, _column(found[3].decode())
            before = text[max(end, len(text) - 100) :]


def _sheets(book: _Book) -> list[tuple[str, str]]:
    """(name, part) of the visible sheets in order. Hidden ones often hold last year's list."""
    relations = {
        one.get("Id"): one.get("Target", "")
        for one in _parsed(book.archive, "xl/_rels/workbook.xml.rels").iter(_REL)
    }
    workbook = _parsed(book.archive, "xl/workbook.xml")
    found = []
    for one in workbook.iter():
        kind = _local(one)
        if kind == "workbookPr" and one.get("date1904") in {"1", "true"}:
            book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - a day of no place
        if kind == "sheet" and one.get("state", "visible") == "visible":
            rid = next((value for name, value in one.items() if _RID.search(str(name))), "")
            target = str(relations.get(str(rid), ""))
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" in part:
                found.append((one.get("name", ""), part))
    return found


def _styles(book: _Book) -> None:
    if "xl/styles.xml" not in book.archive.namelist():
        return
    styles = _parsed(book.archive, "xl/styles.xml")
    own = {
        int(one.get("numFmtId", "0")): one.get("formatCode", "")
        for one in styles.iter()
        if _local(one) == "numFmt"
    }
    formats = next((one for one in styles if _local(one) == "cellXfs"), ())
    for number, one in enumerate(formats):
        kind = int(one.get("numFmtId", "0"))
        if (
            _DAY_LETTERS.search(_NOT_FORMAT.sub("", own[kind]))
            if kind in own
            else (kind in _DAY_FORMATS)
        ):
            book.days.add(number)


def _shared(book: _Book) -> None:
    part = "xl/sharedStrings.xml"
    if part not in book.archive.namelist():
        return
    if (size := book.archive.getinfo(part).file_size) > MAX_SHARED:
        raise Unreadable(
            f"The workbook's texts take {size:,} bytes; at most {MAX_SHARED:,} are read.",
            "Send the rows in several files, or as CSV.",
        )
    for one in _elements(book.archive, part, "si"):
        book.texts.append(_clean(_text_of(one)))


def _rows(book: _Book, part: str) -> Iterator[_Cells]:
    number = 0
    for row in _elements(book.archive, part, "row"):
        number = int(row.get("r") or number + 1)
        cells: dict[int, str] = {}
        marks: list[Mark] = []
        column = -1
        for cell in row:
            column = _column(cell.get("r", "")) if cell.get("r") else column + 1
            if not 0 <= column < MAX_COLUMN:
                raise ValueError("a cell stands outside of any sheet")
            text, code = _cell(book, cell)
            if text:
                cells[column] = text
            if code:
                marks.append(Mark(column, code))
        yield number, cells, marks


def _cell(book: _Book, cell: etree._Element) -> tuple[str, str]:
    """(text, mark) of a cell."""
    kind, value, formula = cell.get("t", "n"), None, False
    for part in cell:
        tag = str(part.tag)
        if tag.endswith("}v"):
            value = part.text
        elif tag.endswith("}f"):
            formula = True
        elif tag.endswith("}is"):
            value = _text_of(part)
    if value is None or value == "":
        return "", "NO_VALUE" if formula and kind != "str" else ""
    if kind == "s":
        return book.texts[int(value)], ""
    if kind == "e":
        return _clean(value), "CELL_ERROR"
    if kind == "b":
        return ("TRUE" if value == "1" else "FALSE"), ""
    if kind == "d":
        return _clean(value), ""
    if kind != "n":
        return _clean(value), ""
    return _number(book, value, int(cell.get("s") or 0)), ""


def _number(book: _Book, value: str, style: int) -> str:
    if style in book.days:
        return _day(book, float(value))
    if value.isdecimal():
        return value
    number = float(value)
    # workbooks store every number as a float: 12 may come as 12.0
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _day(book: _Book, serial: float) -> str:
    """A spreadsheet's number as the day that it shows; what shows none stays a number."""
    if not 1 <= serial < 2_958_466:  # 31 December 9999
        return repr(serial)
    if serial < 61 and book.epoch.year == 1899:
        serial += 1  # 29 February 1900, which never was, is counted (ECMA-376 part 1, 18.17.4.1)
    at = book.epoch + timedelta(days=serial)
    at = (at + timedelta(milliseconds=500)).replace(microsecond=0)
    midnight = not (at.hour or at.minute or at.second)
    return at.date().isoformat() if midnight else at.isoformat(sep=" ")


def _column(place: str) -> int:
    column = 0
    for letter in place:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column - 1


def _text_of(one: etree._Element) -> str:
    """Runs of text joined; how characters are pronounced (rPh) is none of it."""
    said = []
    for part in one:
        kind = _local(part)
        if kind == "t":
            said.append(part.text or "")
        elif kind == "r":
            said += [each.text or "" for each in part if _local(each) == "t"]
    return "".join(said)


def _clean(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unreadable(
            f"A cell of the workbook holds {len(text):,} characters; Excel allows {MAX_TEXT:,}.",
            "Shorten it and send the file again.",
        )
    if text.isprintable():
        return text.replace("_x000D_", "") if "_x000D_" in text else text
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n")).replace("\r", "\n")


def _local(one: etree._Element) -> str:
    return str(one.tag).rpartition("}")[2]  # a comment's tag is no name, and none of ours


def _parsed(archive: zipfile.ZipFile, part: str) -> etree._Element:
    if archive.getinfo(part).file_size > 20_000_000:
        raise ValueError(f"{part} is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with archive.open(part) as xml:
        return etree.parse(xml, parser).getroot()


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[etree._Element]:
    """The elements of that name, one at a time: each is forgotten when the next is asked for."""
    with archive.open(part) as xml:
        # entities are never resolved and a text is at most 10 MB (libxml2 without huge_tree)
        found = etree.iterparse(
            xml, events=("end",), tag=f"{{*}}{name}", resolve_entities=False, no_network=True,
            load_dtd=False,
        )  # fmt: skip
        for _, one in found:
            yield one
            one.clear()
            parent = one.getparent()
            while parent is not None and (before := one.getprevious()) is not None:
                parent.remove(before)
