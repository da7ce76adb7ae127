"""The characters and the ruling lines of a PDF, by pdfium and pdfplumber: the one place that loads
them, since they are 15 MB in each process that does.

Time and memory are bounded by the process that reads; here what a list can have at most is.
"""

import io
import logging
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_raw

from services.errors import Unreadable
from services.parsers.pdf_tables import Box
from services.parsers.pdf_words import LOST, Glyph

MAX_BYTES = 60_000_000
MAX_PAGES = 1_500  # a list of ten thousand bodies with their scope has some hundred
MAX_GLYPHS = 60_000  # on one page: five times what fits in print
MAX_OBJECTS = 200_000  # on one page
# it warns of each oddity of a font; what matters of them becomes a refusal
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
_ASK = "Ask the publisher for the text file or the spreadsheet behind it."


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page turned upright. ``number`` from 1, ``height`` in points.

    ``ruled``: its tables by ruling lines, each as the boxes of its cells.
    """

    number: int
    glyphs: list[Glyph]
    height: float
    ruled: list[list[Box]] = field(default_factory=list)


def drawn(body: bytes, what: str) -> tuple[list[DrawnPage], list[int]]:
    """The pages, and the numbers of those that are a picture without text.

    Raises Unreadable where it is no PDF, is damaged, asks for a password, is a scan without text,
    or is larger than a list can be.
    """
    opened = _open(body, what)
    try:
        pages, pictures = _pages(opened, what)
        _rule(opened, pages)
    except (pypdfium2.PdfiumError, OSError, ValueError) as fault:
        raise Unreadable(
            f"{what} is a damaged PDF: its pages cannot be read.",
            "Open the kept bytes; a damaged file must be asked for again.",
        ) from fault
    finally:
        opened.close()
    return pages, pictures


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


def _pages(opened: pypdfium2.PdfDocument, what: str) -> tuple[list[DrawnPage], list[int]]:
    """The pages with their characters, turned upright; numbers of those that are pictures only."""
    pages, pictures = [], []
    for number in range(1, len(opened) + 1):
        page = opened[number - 1]
        try:
            objects = pdfium_raw.FPDFPage_CountObjects(page)
            if objects > MAX_OBJECTS:
                raise Unreadable(f"{what} has {objects:,} objects on page {number}.", _ASK)
            one = DrawnPage(number, _upright(page, what, number), page.get_mediabox()[3])
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
    for n, said in _said(text, count):
        if said.isspace():
            spaced = True
            continue
        if said < " ":
            continue
        edges = text.get_charbox(n, loose=True)
        # clockwise in pdfium; here the turn of the page that sets it upright
        angle = -round(math.degrees(pdfium_raw.FPDFText_GetCharAngle(text, n)))
        if edges[2] > edges[0] and edges[3] > edges[1]:
            size = edges[3] - edges[1] if angle % 180 == 0 else edges[2] - edges[0]
            yield _Drawn(said, angle % 360, edges, size, spaced)
        spaced = False


def _said(text: pypdfium2.PdfTextPage, count: int) -> Iterator[tuple[int, str]]:
    """The characters and where they stand. pdfium gives one beyond U+FFFF, as rare Chinese names
    have, in two halves; half a one alone is LOST."""
    codes = [pdfium_raw.FPDFText_GetUnicode(text, n) for n in range(count)]
    for n, code in enumerate(codes):
        if 0xDC00 <= code < 0xE000:
            if not (n and 0xD800 <= codes[n - 1] < 0xDC00):
                yield n, LOST
        elif 0xD800 <= code < 0xDC00:
            low = codes[n + 1] if n + 1 < count else 0
            whole = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            yield n, chr(whole) if 0xDC00 <= low < 0xE000 else LOST
        else:
            # pdfium's sign of a hyphen at a line's end
            yield n, "-" if code in (0x02, 0xFFFE) else chr(code)


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


def _rule(opened: pypdfium2.PdfDocument, pages: Sequence[DrawnPage]) -> None:
    """Adds to each page its tables by ruling lines."""
    drawn = {
        page.number: page for page in pages if page.glyphs and _has_paths(opened[page.number - 1])
    }
    if not drawn:
        return
    turned = io.BytesIO()
    opened.save(turned)  # with the pages as they were turned
    try:
        with pdfplumber.open(turned, pages=list(drawn)) as plumbed:
            for page in plumbed.pages:
                found = [list(table.cells) for table in page.find_tables()]
                drawn[page.page_number].ruled.extend(found)
                page.close()
    except Unreadable:
        raise
    except Exception as fault:  # pdfminer raises whatever a damaged document makes it trip over
        raise ValueError(type(fault).__name__) from fault


def _has_paths(page: pypdfium2.PdfPage) -> bool:
    """Whether a page draws enough lines or boxes for a table."""
    objects = page.get_objects(filter=[pdfium_raw.FPDF_PAGEOBJ_PATH], max_depth=3)
    return sum(1 for _, _ in zip(range(4), objects, strict=False)) == 4 or any(
        pdfium_raw.FPDFPath_CountSegments(one) >= 8
        for one in page.get_objects(filter=[pdfium_raw.FPDF_PAGEOBJ_PATH], max_depth=3)
    )
