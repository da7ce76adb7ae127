"""Makes PDF documents for samples and tests, with reportlab and its Chinese CID font.

The same content gives the same bytes: no clock, no random identifier.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from reportlab.lib import colors, pagesizes, pdfencrypt
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))

LATIN = ParagraphStyle("latin", fontName="Helvetica", fontSize=10, leading=13)
CHINESE = ParagraphStyle("chinese", fontName=FONT, fontSize=10, leading=14, wordWrap="CJK")
TITLE = ParagraphStyle("title", fontName=FONT, fontSize=15, leading=20, spaceAfter=8)
CELL = ParagraphStyle("cell", fontName=FONT, fontSize=8, leading=10.5, wordWrap="CJK")
CELL_EN = ParagraphStyle("cell_en", fontName="Helvetica", fontSize=8, leading=10.5)

Page = Callable[[canvas.Canvas, Any], None]


def cell(text: str) -> list[Paragraph]:
    """A cell as publishers set it: each line of it a paragraph, wrapped where it is too long."""
    return [
        Paragraph(line, CELL_EN if line.isascii() else CELL) for line in text.split("\n") if line
    ]


def prose(text: str, *, justified: bool = False) -> Paragraph:
    style = LATIN if text.isascii() else CHINESE
    if justified:
        style = ParagraphStyle("j", parent=style, alignment=TA_JUSTIFY)
    return Paragraph(text, ParagraphStyle("p", parent=style, spaceAfter=7))


def table(
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    ruled: bool = True,
    repeat: int = 1,
    split_rows: bool = False,
    spans: Sequence[tuple[str, tuple[int, int], tuple[int, int]]] = (),
    middle: bool = False,
) -> Table:
    """A table; ``repeat`` header rows on each page, rows cut by a page break where asked."""
    made = Table(
        [[cell(text) for text in row] for row in rows],
        colWidths=widths,
        repeatRows=repeat,
        splitInRow=1 if split_rows else 0,
        splitByRow=1,
    )
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "MIDDLE" if middle else "TOP"), *spans]
    if ruled:
        style += [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ("BACKGROUND", (0, 0), (-1, repeat - 1), colors.whitesmoke),
        ]
    made.setStyle(TableStyle(style))
    return made


def heads(top: str, bottom: str = "Page {page}") -> Page:
    """Draws a running head and a page number on each page."""

    def draw(on: canvas.Canvas, made: Any) -> None:
        on.setFont(FONT, 8)
        width, height = made.pagesize
        on.drawString(56, height - 30, top)
        on.drawCentredString(width / 2, 24, bottom.format(page=on.getPageNumber()))

    return draw


def document(
    story: Sequence[Any],
    *,
    size: tuple[float, float] = pagesizes.A4,
    columns: int = 1,
    head: Page | None = None,
    password: str = "",
    owner_only: bool = False,
    margin: float = 56,
) -> bytes:
    """The story on pages of this size, in one or more columns."""
    out = io.BytesIO()
    encrypt = None
    if password:
        user = "" if owner_only else password
        encrypt = pdfencrypt.StandardEncryption(user, ownerPassword=password, strength=128)
    made = BaseDocTemplate(
        out, pagesize=size, invariant=1, encrypt=encrypt, title="Made up", author="Made up"
    )
    gap = 18.0
    width = (size[0] - 2 * margin - gap * (columns - 1)) / columns
    frames = [
        Frame(margin + n * (width + gap), margin, width, size[1] - 2 * margin, 0, 0, 0, 0)
        for n in range(columns)
    ]
    made.addPageTemplates([PageTemplate(frames=frames, onPage=head or (lambda _on, _made: None))])
    made.build(list(story))
    return out.getvalue()


def drawn(draw: Callable[[canvas.Canvas], None], size: tuple[float, float] = pagesizes.A4) -> bytes:
    """Pages drawn by hand; ``draw`` shows each page itself."""
    out = io.BytesIO()
    on = canvas.Canvas(out, pagesize=size, invariant=1)
    draw(on)
    on.save()
    return out.getvalue()


def scan(pages: int = 2) -> bytes:
    """Pictures of pages and no text."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (120, 160), 255)
    for n in range(100):
        picture.putpixel((10 + n, 20 + n % 7), 0)

    def draw(on: canvas.Canvas) -> None:
        for _ in range(pages):
            on.drawImage(ImageReader(picture), 0, 0, 595, 842)
            on.showPage()

    return drawn(draw)


__all__ = [
    "CELL", "CHINESE", "FONT", "LATIN", "TITLE", "Paragraph", "Spacer", "cell", "document",
    "drawn", "heads", "prose", "scan", "table",
]  # fmt: skip
