"""Reading PDF documents: tables as rows of cells, running text as paragraphs, in reading order.

``pdf_drawn`` gives characters and ruling lines, of pages turned so that their text stands upright.
What repeats on each page (running heads, page numbers, a table's header) is dropped; a table, a
row and a paragraph that go on over a page are one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.parsers import pdf_tables, pdf_words
from services.parsers.pdf_tables import Grid
from services.parsers.pdf_words import Glyph, Line, Placed, Segment, joined


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. ``row``: its number on that page, from 1, the page's header counted.

    Cells hold a line break only where one was meant; lines that were wrapped are joined.
    """

    page: int
    row: int
    cells: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"page {self.page}, row {self.row}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table, over all its pages. The first rows are its header; repeats of it are dropped."""

    page: int
    top: float
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says: ``paragraphs`` outside of tables, and ``tables``, both in order.

    ``problems``: pages that hold a picture and no text.
    """

    paragraphs: tuple[Placed, ...]
    tables: tuple[Table, ...]
    pages: int
    problems: tuple[str, ...] = ()
    title: str = ""

    @property
    def blocks(self) -> tuple[Placed | Table, ...]:
        """Paragraphs and tables as they follow each other."""
        return tuple(sorted((*self.paragraphs, *self.tables), key=lambda one: (one.page, one.top)))


@dataclass(slots=True)
class _Page:
    number: int
    glyphs: list[Glyph]
    ruled: Sequence[Sequence[pdf_tables.Box]] = ()
    grids: list[Grid] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    height: float = 0.0


def read(body: bytes, what: str = "The document") -> Document:
    """Tables and text of a PDF. ``what`` names it in refusals.

    Raises Unreadable where it is no PDF, is damaged, asks for a password, is a scan without text,
    or is larger than a list can be.
    """
    # loaded by what reads papers, not by every process that knows of a source that does
    from services.parsers.pdf_drawn import drawn

    told, pictures = drawn(body, what)
    pages = [_Page(one.number, one.glyphs, one.ruled, height=one.height) for one in told]
    for page in pages:
        page.lines = pdf_words.lines_of(page.glyphs)
    _drop_running_heads(pages)
    for page in pages:
        _find_tables(page)
    return Document(
        paragraphs=tuple(_paragraphs(pages)),
        tables=tuple(_tables([grid for page in pages for grid in page.grids])),
        pages=len(pages),
        problems=tuple(f"page {number} is a picture without text" for number in pictures),
    )


# --- running heads and page numbers ---------------------------------------------------------------

_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|página)\s*\d{1,4}(?:\s*(?:of|/|von|de)\s*\d{1,4})?"
    r"|[-–—]\s*\d{1,4}\s*[-–—]|\d{1,4}\s*(?:/|of)\s*\d{1,4}"
    r"|第\s*[\d一二三四五六七八九十]{1,4}\s*页(?:[\s,，/]*共\s*[\d一二三四五六七八九十]{1,4}\s*页)?",
    re.I,
)
_EDGE = 3  # lines at the top and at the bottom of a page that may be running heads


def _drop_running_heads(pages: Sequence[_Page]) -> None:
    """Lines at a page's edge that stand there on most pages, whatever their figures, and numbers
    of pages. The first line of the first page goes only with those that repeat it."""
    seen = Counter(key for page in pages for key in {_key(line) for line in _at_edge(page)})
    wanted = max(2, math.ceil(len(pages) / 2))
    repeated = {key for key, count in seen.items() if count >= wanted}
    for page in pages:
        outermost = {id(page.lines[0]), id(page.lines[-1])} if page.lines else set()
        gone: list[Line] = []
        for line in _at_edge(page):
            said = line.text.strip()
            bare = id(line) in outermost and said.isdigit() and len(said) < 4
            if bare or _PAGE_NUMBER.fullmatch(said) or _key(line) in repeated:
                gone.append(line)
        left_out = {id(line) for line in gone}
        page.lines = [line for line in page.lines if id(line) not in left_out]
        page.glyphs = [
            glyph
            for glyph in page.glyphs
            if not any(line.top <= glyph.middle <= line.bottom for line in gone)
        ]


def _at_edge(page: _Page) -> Iterator[Line]:
    """The first and last lines of a page, rows of a table aside: a header repeats on every page
    too, and belongs to its table."""
    boxes = [
        (min(box[1] for box in cells), max(box[3] for box in cells))
        for cells in page.ruled
        if len(cells) > 3
    ]
    last = len(page.lines) - 1
    for at, line in enumerate(page.lines):
        if _EDGE <= at <= last - _EDGE or (len(line.segments) > 2 and at <= last - _EDGE):
            continue
        middle = (line.top + line.bottom) / 2
        if not any(top <= middle <= bottom for top, bottom in boxes):
            yield line


def _key(line: Line) -> tuple[str, int]:
    """Words without figures, and how far down: a header of a table may stand anywhere."""
    return re.sub(r"\d+", "#", line.text), round(line.top / 6)


# --- tables ---------------------------------------------------------------------------------------


def _find_tables(page: _Page) -> None:
    """Tables of a page; their lines are no part of its running text."""
    for cells in page.ruled:
        if grid := pdf_tables.ruled(page.number, cells, page.glyphs):
            page.grids.append(grid)
    rest = [line for line in page.lines if not _covered(line, page.grids)]
    bare = pdf_tables.unruled(page.number, rest)
    page.grids.extend(bare)
    page.grids.sort(key=lambda grid: grid.top)
    page.lines = [line for line in rest if not _covered(line, bare)]


def _covered(line: Line, grids: Sequence[Grid]) -> bool:
    middle = (line.top + line.bottom) / 2
    return any(grid.top - 1 <= middle <= grid.bottom + 1 for grid in grids)


def _tables(grids: Sequence[Grid]) -> Iterator[Table]:
    """Grids of one table on several pages as one table."""
    groups: list[list[Grid]] = []
    for grid in grids:
        if groups and _goes_on(groups[-1][-1], grid, groups[-1][0]):
            groups[-1].append(grid)
        else:
            groups.append([grid])
    for group in groups:
        first = group[0]
        yield Table(first.page, first.top, tuple(_rows(group)))


def _goes_on(before: Grid, after: Grid, first: Grid) -> bool:
    """The next page's table with the same columns, or with the same header."""
    if after.page != before.page + 1 or len(after.edges) != len(before.edges):
        return False
    if _folded(after.rows[0]) == _folded(first.rows[0]):
        return True
    shift = after.edges[0] - before.edges[0]
    width = max(before.edges[-1] - before.edges[0], 1)
    return all(
        abs(a - b - shift) < 0.04 * width for a, b in zip(after.edges, before.edges, strict=True)
    )


def _folded(row: Sequence[str]) -> tuple[str, ...]:
    return tuple("".join(cell.split()) for cell in row)


def _rows(group: Sequence[Grid]) -> list[Row]:
    header = [_folded(row) for row in group[0].rows[:3]]
    # below the first row a header goes on only where nothing is counted, dated or numbered
    header = [row for n, row in enumerate(header) if not n or not re.search(r"\d", "".join(row))]
    told: list[Row] = []
    for grid in group:
        again = _repeated(grid.rows, header) if told else 0
        for number, cells in enumerate(grid.rows[again:], start=again + 1):
            if (
                told
                and number == again + 1
                and grid is not group[0]
                and _continues(told[-1], cells)
            ):
                whole = tuple(joined_cell(a, b) for a, b in zip(told[-1].cells, cells, strict=True))
                told[-1] = Row(told[-1].page, told[-1].row, whole)
            else:
                told.append(Row(grid.page, number, cells))
    return told


def _repeated(rows: Sequence[Sequence[str]], header: Sequence[tuple[str, ...]]) -> int:
    """How many rows at the top of a page repeat the table's header; lines of a header that stood
    in rows of their own may stand in one there."""
    whole = header[0]
    for more in header[1:]:
        whole = tuple(above + below for above, below in zip(whole, more, strict=True))
        if _folded(rows[0]) == whole:
            return 1
    again = 0
    while again < min(len(header), len(rows)) and _folded(rows[again]) == header[again]:
        again += 1
    return again


def _continues(last: Row, cells: Sequence[str]) -> bool:
    """Whether the first row of a page is the rest of the last one of the page before: its first
    cell is empty, and no more than half of its cells say something, each below one that did."""
    filled = [number for number, cell in enumerate(cells) if cell]
    return (
        bool(filled)
        and not cells[0]
        and bool(last.cells[0])
        and len(filled) * 2 <= len(cells)
        and all(last.cells[number] for number in filled)
    )


def joined_cell(first: str, second: str) -> str:
    """The parts of a cell that a page break cut: the last line goes on in the first one."""
    if not second:
        return first
    head, _, last = first.rpartition("\n")
    begin, _, rest = second.partition("\n")
    return "\n".join(part for part in (head, joined(last, begin), rest) if part)


# --- text -----------------------------------------------------------------------------------------


def _paragraphs(pages: Sequence[_Page]) -> list[Placed]:
    """Those before, between and after tables are apart: a paragraph never goes on over a table."""
    told: list[Placed] = []
    run: list[tuple[int, Segment]] = []
    for page in pages:
        lines = list(page.lines)
        for grid in page.grids:
            above = [line for line in lines if line.top < grid.top]
            run += [(page.number, one) for one in pdf_words.in_reading_order(above)]
            lines = lines[len(above) :]
            told += pdf_words.paragraphs(run)
            run = []
        run += [(page.number, one) for one in pdf_words.in_reading_order(lines)]
    return told + pdf_words.paragraphs(run)
