"""Reading PDF documents: tables as rows of cells, running text as paragraphs, in reading order.

pdfium opens the document and gives the characters, pdfplumber finds the ruling lines. A page is
read the way its text stands upright, however it is turned. What repeats on each page (running
heads, page numbers, a table's header) is dropped; a table, a row and a paragraph that go on over a
page are one.

Time and memory are bounded by the process that reads; here what a list can have at most is.
"""

import io
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_raw

from services.errors import Unreadable
from services.parsers import pdf_tables, pdf_words
from services.parsers.pdf_tables import Grid
from services.parsers.pdf_words import Glyph, Line, Placed, Segment, joined

MAX_BYTES = 60_000_000
MAX_PAGES = 1_500  # a list of ten thousand bodies with their scope has some hundred
MAX_GLYPHS = 60_000  # on one page: five times what fits in print
MAX_OBJECTS = 200_000  # on one page
# it warns of each oddity of a font; what matters of them becomes a refusal
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
_ASK = "Ask the publisher for the text file or the spreadsheet behind it."


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
    grids: list[Grid] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    height: float = 0.0


def read(body: bytes, what: str = "The document") -> Document:
    """Tables and text of a PDF. ``what`` names it in refusals.

    Raises Unreadable where it is no PDF, is damaged, asks for a password, is a scan without text,
    or is larger than a list can be.
    """
    opened = _open(body, what)
    try:
        pages, pictures = _pages(opened, what)
        rulings = _rulings(opened, pages)
    except (pypdfium2.PdfiumError, OSError, ValueError) as fault:
        raise Unreadable(
            f"{what} is a damaged PDF: its pages cannot be read.",
            "Open the kept bytes; a damaged file must be asked for again.",
        ) from fault
    finally:
        opened.close()
    for page in pages:
        page.lines = pdf_words.lines_of(page.glyphs)
    _drop_running_heads(pages, rulings)
    for page in pages:
        _find_tables(page, rulings.get(page.number, []))
    return Document(
        paragraphs=tuple(_paragraphs(pages)),
        tables=tuple(_tables([grid for page in pages for grid in page.grids])),
        pages=len(pages),
        problems=tuple(f"page {number} is a picture without text" for number in pictures),
    )


# --- opening --------------------------------------------------------------------------------------


def _open(body: bytes, what: str) -> pypdfium2.PdfDocument:
    if len(body) > MAX_BYTES:
        raise Unreadable(f"{what} has {len(body):,} bytes, more than {MAX_BYTES:,}.", _ASK)
    if b"%PDF-" not in body[:1024]:
        raise Unreadable(
            f"{what} is no PDF.", "See what the address answers: a notice or a login page."
        )
    try:
        opened = pypdfium2.PdfDocument(body)
        count = len(opened)
    except pypdfium2.PdfiumError as fault:
        if "password" in str(fault).lower() or "security" in str(fault).lower():
            raise Unreadable(
                f"{what} is encrypted: it opens with a password only.",
                "Ask the publisher for a file without one.",
            ) from fault
        raise Unreadable(
            f"{what} is a damaged or cut-off PDF.",
            "The download may have been cut off; the next run asks again.",
        ) from fault
    if not 0 < count <= MAX_PAGES:
        opened.close()
        raise Unreadable(f"{what} has {count:,} pages, not 1 to {MAX_PAGES:,}.", _ASK)
    return opened


def _pages(opened: pypdfium2.PdfDocument, what: str) -> tuple[list[_Page], list[int]]:
    """The pages with their characters, turned upright; numbers of those that are pictures only."""
    pages, pictures = [], []
    for number in range(1, len(opened) + 1):
        page = opened[number - 1]
        try:
            objects = pdfium_raw.FPDFPage_CountObjects(page)
            if objects > MAX_OBJECTS:
                raise Unreadable(f"{what} has {objects:,} objects on page {number}.", _ASK)
            one = _Page(number, _upright(page, what, number), height=page.get_mediabox()[3])
            if not one.glyphs and _is_picture(page):
                pictures.append(number)
            pages.append(one)
        finally:
            page.close()
    if not any(page.glyphs for page in pages):
        raise Unreadable(
            f"{what} is a scan: pictures of {len(pages)} pages, and no text in them."
            if pictures
            else f"{what} holds no text.",
            _ASK,
        )
    return pages, pictures


def _is_picture(page: pypdfium2.PdfPage) -> bool:
    kinds = (pdfium_raw.FPDF_PAGEOBJ_IMAGE, pdfium_raw.FPDF_PAGEOBJ_SHADING)
    return next(iter(page.get_objects(filter=list(kinds), max_depth=3)), None) is not None


def _upright(page: pypdfium2.PdfPage, what: str, number: int) -> list[Glyph]:
    """The characters of a page that stand the way most of them do, as points from the top left.

    The page is turned so that they stand upright; watermarks and words on edge are left out.
    """
    text = page.get_textpage()
    try:
        count = text.count_chars()
        if count > MAX_GLYPHS:
            raise Unreadable(f"{what} has {count:,} characters on page {number}.", _ASK)
        read = list(_glyphs(text, count))
    finally:
        text.close()
    if not read:
        return []
    angle = Counter(one.angle for one in read).most_common(1)[0][0]
    if angle % 90 == 0 and page.get_rotation() != angle:
        page.set_rotation(angle)
    box = page.get_mediabox()
    left, low, right, high = page.get_cropbox()
    return [
        _turned(one, box)
        for one in read
        if one.angle == angle
        and left - 1 <= (one.edges[0] + one.edges[2]) / 2 <= right + 1
        and low - 1 <= (one.edges[1] + one.edges[3]) / 2 <= high + 1
    ]


_Edges = tuple[float, float, float, float]  # left, low, right, high, from the bottom left


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A character as it was drawn: its angle in degrees, its box from the bottom left."""

    said: str
    angle: int
    edges: _Edges
    size: float
    spaced: bool


def _glyphs(text: pypdfium2.PdfTextPage, count: int) -> Iterator[_Drawn]:
    spaced = False
    for n in range(count):
        code = pdfium_raw.FPDFText_GetUnicode(text, n)
        # pdfium's sign of a hyphen at a line's end
        said = "-" if code in (0x02, 0xFFFE) else chr(code)
        if said.isspace():
            spaced = True
            continue
        if code < 0x20 and said != "-":
            continue
        edges = text.get_charbox(n, loose=True)
        # clockwise in pdfium; here the turn of the page that sets it upright
        angle = -round(math.degrees(pdfium_raw.FPDFText_GetCharAngle(text, n)))
        if edges[2] > edges[0] and edges[3] > edges[1]:
            size = edges[3] - edges[1] if angle % 180 == 0 else edges[2] - edges[0]
            yield _Drawn(said, angle % 360, edges, size, spaced)
        spaced = False


def _turned(one: _Drawn, box: _Edges) -> Glyph:
    left, low, right, high = one.edges
    if one.angle == 90:
        place = low - box[1], left - box[0], high - box[1], right - box[0]
    elif one.angle == 180:
        place = box[2] - right, low - box[1], box[2] - left, high - box[1]
    elif one.angle == 270:
        place = box[3] - high, box[2] - right, box[3] - low, box[2] - left
    else:
        place = left - box[0], box[3] - high, right - box[0], box[3] - low
    return Glyph(one.said, *place, one.size, one.spaced)


# --- running heads and page numbers ---------------------------------------------------------------

_PAGE_NUMBER = re.compile(
    r"(?:page|p\.|seite|página)\s*\d{1,4}(?:\s*(?:of|/|von|de)\s*\d{1,4})?"
    r"|[-–—]\s*\d{1,4}\s*[-–—]|\d{1,4}\s*(?:/|of)\s*\d{1,4}"
    r"|第\s*[\d一二三四五六七八九十]{1,4}\s*页(?:[\s,，/]*共\s*[\d一二三四五六七八九十]{1,4}\s*页)?",
    re.I,
)
_EDGE = 3  # lines at the top and at the bottom of a page that may be running heads


def _drop_running_heads(
    pages: Sequence[_Page], rulings: Mapping[int, Sequence[Sequence[pdf_tables.Box]]]
) -> None:
    """Lines at a page's edge that stand there on most pages, whatever their figures, and numbers
    of pages. The first line of the first page goes only with those that repeat it."""
    seen = Counter(
        key
        for page in pages
        for key in {_key(line) for line in _at_edge(page, rulings.get(page.number, []))}
    )
    wanted = max(2, math.ceil(len(pages) / 2))
    repeated = {key for key, count in seen.items() if count >= wanted}
    for page in pages:
        outermost = {id(page.lines[0]), id(page.lines[-1])} if page.lines else set()
        gone: list[Line] = []
        for line in _at_edge(page, rulings.get(page.number, [])):
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


def _at_edge(page: _Page, tables: Sequence[Sequence[pdf_tables.Box]]) -> Iterator[Line]:
    """The first and last lines of a page, rows of a table aside: a header repeats on every page
    too, and belongs to its table."""
    boxes = [
        (min(box[1] for box in cells), max(box[3] for box in cells))
        for cells in tables
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


def _rulings(
    opened: pypdfium2.PdfDocument, pages: Sequence[_Page]
) -> dict[int, list[list[pdf_tables.Box]]]:
    """Page → its tables by ruling lines, each as the boxes of its cells."""
    drawn = [page.number for page in pages if page.glyphs and _has_paths(opened[page.number - 1])]
    if not drawn:
        return {}
    turned = io.BytesIO()
    opened.save(turned)  # with the pages as they were turned
    found: dict[int, list[list[pdf_tables.Box]]] = {}
    try:
        with pdfplumber.open(turned, pages=drawn) as plumbed:
            for page in plumbed.pages:
                found[page.page_number] = [list(table.cells) for table in page.find_tables()]
                page.close()
    except Unreadable:
        raise
    except Exception as fault:  # pdfminer raises whatever a damaged document makes it trip over
        raise ValueError(type(fault).__name__) from fault
    return found


def _has_paths(page: pypdfium2.PdfPage) -> bool:
    """Whether a page draws enough lines or boxes for a table."""
    objects = page.get_objects(filter=[pdfium_raw.FPDF_PAGEOBJ_PATH], max_depth=3)
    return sum(1 for _, _ in zip(range(4), objects, strict=False)) == 4 or any(
        pdfium_raw.FPDFPath_CountSegments(one) >= 8
        for one in page.get_objects(filter=[pdfium_raw.FPDF_PAGEOBJ_PATH], max_depth=3)
    )


def _find_tables(page: _Page, ruled: Sequence[Sequence[pdf_tables.Box]]) -> None:
    """Tables of a page; their lines are no part of its running text."""
    for cells in ruled:
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
