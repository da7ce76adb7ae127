"""Reading workbooks (XLSX) to grids of text: bounded, merged cells filled on request.

Pure: bytes in, text out. Formulas are never computed, only the values stored beside them read.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import python_calamine

from services.errors import Unreadable

Grid = tuple[tuple[str, ...], ...]
Merged = tuple[tuple[int, int], tuple[int, int]]  # (first row, column), (last row, column), from 0

MAX_CELLS = 2_000_000
# a list of ten thousand bodies unpacks to some 50 MB; far more is an archive made to fill memory
MAX_UNPACKED = 400_000_000
# what Excel itself lets a cell hold (Excel specifications and limits)
# "_x0000_" of a cell becomes one; PostgreSQL stores no NUL, UTF-8 no half of a pair
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
MAX_TEXT = 32_767

_CELL = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet. ``rows[r][c]`` is text, "" where empty; rows are of equal length.

    The grid begins at A1, so that :func:`place` of an index names the cell as a reader sees it.
    """

    name: str
    rows: Grid
    merged: tuple[Merged, ...] = ()

    def filled(self) -> Grid:
        """The grid with every cell of a merged range holding the range's text."""
        grid = [list(row) for row in self.rows]
        for (top, left), (bottom, right) in self.merged:
            if top >= len(grid) or left >= len(grid[top]):
                continue
            text = grid[top][left]
            for row in grid[top : bottom + 1]:
                stop = min(right + 1, len(row))
                row[left:stop] = [text] * (stop - left)
        return tuple(tuple(row) for row in grid)


def sheets(body: bytes, *, max_cells: int = MAX_CELLS) -> tuple[Sheet, ...]:
    """The visible sheets of a workbook, in its order.

    Hidden sheets are left out: publishers keep last year's list there.
    Raises Unreadable where the bytes are no XLSX workbook or would unpack beyond the bounds.
    """
    _refuse_too_large(body, max_cells)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body)) as book:
            visible = python_calamine.SheetVisibleEnum.Visible
            worksheet = python_calamine.SheetTypeEnum.WorkSheet
            return tuple(
                _sheet(book, meta.name)
                for meta in book.sheets_metadata
                if meta.visible == visible and meta.typ == worksheet
            )
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable(
            f"The workbook cannot be read: {error}.",
            "Open the kept bytes: a protected or damaged file must be asked for again.",
        ) from error


def place(row: int, column: int) -> str:
    """The name of a cell from its indexes from 0: (11, 7) is "H12"."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def _sheet(book: python_calamine.CalamineWorkbook, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False)
    width = max((len(row) for row in rows), default=0)
    grid = tuple(tuple(_text(cell) for cell in row) + ("",) * (width - len(row)) for row in rows)
    # sorted, because the reader gives merged ranges in no order and a reading must repeat exactly
    return Sheet(name, grid, tuple(sorted(sheet.merged_cell_ranges or [])))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # workbooks store every number as a float: 12 comes as 12.0
    if isinstance(cell, datetime):
        at_midnight = not (cell.hour or cell.minute or cell.second)
        return cell.date().isoformat() if at_midnight else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    # a line break inside a cell is stored as any of the three; "_x000D_" is how XML keeps a CR
    text = str(cell)
    if len(text) > MAX_TEXT:
        raise Unreadable(
            f"A cell of the workbook holds {len(text):,} characters; Excel allows {MAX_TEXT:,}.",
            "No list needs that: see the kept bytes, and ask the publisher for a clean file.",
        )
    return (
        _UNWRITABLE.sub("", text).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    )


def _refuse_too_large(body: bytes, max_cells: int) -> None:
    """The reader allocates a whole rectangle: one cell at XFD1048576 would ask for 17 billion."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Unreadable(
                    f"The workbook unpacks to more than {MAX_UNPACKED:,} bytes.",
                    "Look at the kept bytes before raising services.parsers.xlsx.MAX_UNPACKED.",
                )
            for part in parts:
                if part.filename.startswith("xl/worksheets/"):
                    _refuse_wide(part.filename, archive.read(part), max_cells)
    except (
        zipfile.BadZipFile,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise Unreadable(
            "The bytes are not an XLSX workbook.",
            "See what the address answered: often it is a page saying that the file has moved.",
        ) from error


def _refuse_wide(name: str, xml: bytes, max_cells: int) -> None:
    last_row = last_column = 0
    for column, row in _cells(xml):
        last_row, last_column = max(last_row, row), max(last_column, column)
    if last_row * last_column > max_cells:
        raise Unreadable(
            f"{name} spans {last_row:,} rows by {last_column:,} columns, over {max_cells:,} cells.",
            "A stray cell far out in the sheet does this; ask the publisher for a clean file.",
        )


def _cells(xml: bytes) -> Iterator[tuple[int, int]]:
    for letters, row in _CELL.findall(xml):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        yield column, int(row)
