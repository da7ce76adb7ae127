"""Characters of a PDF page as words, lines and running text.

All places are points from the top left corner of the page as a reader sees it. A *segment* is a
run of words without a wide gap; a line of a table has several, a line of prose one.
"""

import re
import statistics
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.parsers.days import days

# Han characters within [...] of a pattern, those of rare names beyond U+FFFF too
HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CJK = re.compile(rf"[\u2e80-\u303f\u3040-\u30ff\u31c0-\u31ef{HAN}\uff00-\uffef]")
# stands for a character whose meaning the document does not tell
LOST = "\ufffd"
# within a line: a space is about a quarter of the letters' size, a gap between columns far more
_SPACE, _GAP = 0.17, 1.1


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and its box. ``spaced``: a space stands before it in the document."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    spaced: bool = False

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of one line without a wide gap between them. ``first``: width of its first word."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    first: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Segments on one base line, from left to right."""

    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return " ".join(one.text for one in self.segments)

    @property
    def top(self) -> float:
        return min(one.top for one in self.segments)

    @property
    def bottom(self) -> float:
        return max(one.bottom for one in self.segments)

    @property
    def x0(self) -> float:
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        return self.segments[-1].x1

    @property
    def size(self) -> float:
        return max(one.size for one in self.segments)


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """Lines from top to bottom, each with its segments from left to right."""
    rows: list[list[Glyph]] = []
    middle = 0.0
    for glyph in sorted(glyphs, key=lambda one: one.middle):
        if rows and abs(glyph.middle - middle) < 0.45 * min(glyph.size, rows[-1][-1].size):
            rows[-1].append(glyph)
            middle += (glyph.middle - middle) / len(rows[-1])
        else:
            rows.append([glyph])
            middle = glyph.middle
    return [Line(tuple(_segments(sorted(row, key=lambda one: one.x0)))) for row in rows]


def _segments(row: Sequence[Glyph]) -> Iterator[Segment]:
    start = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or row[at].x0 - row[at - 1].x1 > _GAP * max(
            row[at].size, row[at - 1].size
        ):
            yield _segment(row[start:at])
            start = at


def _segment(run: Sequence[Glyph]) -> Segment:
    text, first = "", 0.0
    before: Glyph | None = None
    for glyph in run:
        if before is not None:
            if glyph.text == before.text and glyph.x0 - before.x0 < 0.3 * (before.x1 - before.x0):
                continue  # printed twice to look bold
            if _apart(before, glyph):
                first = first or before.x1 - run[0].x0
                text += " "
        text += glyph.text
        before = glyph
    whole = run[-1].x1 - run[0].x0
    if CJK.match(text[:1]):
        first = run[0].x1 - run[0].x0  # a line of Chinese breaks after any character
    return Segment(
        text,
        run[0].x0,
        min(one.top for one in run),
        max(one.x1 for one in run),
        max(one.bottom for one in run),
        statistics.median(one.size for one in run),
        first or whole,
    )


def _apart(before: Glyph, after: Glyph) -> bool:
    """Whether a space stands between: said so, or by the gap. Between two Chinese characters a gap
    is justification; where Chinese meets figures, fonts leave a little white of their own."""
    gap = after.x0 - before.x1
    chinese = bool(CJK.match(before.text)) + bool(CJK.match(after.text))
    if after.spaced and gap > (0.2 if chinese == 2 else -0.25) * after.size:
        return True
    return chinese < 2 and gap > (0.4 if chinese else _SPACE) * after.size


# --- joining what was wrapped ---------------------------------------------------------------------


def joined(first: str, second: str) -> str:
    """Two lines of one text as one: hyphenation undone, no space within Chinese.

    A hyphen before a lower-case letter was set at the line's end ("labora-" "tory"); before a
    figure or capital it belongs to the words ("GB/T 2423-" "2008").
    """
    if not first or not second:
        return first or second
    if re.search(r"[^\W\d_][-\u00ad‐]$", first) and second[0].islower():
        before = re.search(r"(\w+)[-\u00ad‐]$", first)
        if before and before[1].islower() | before[1].istitle():
            return first[:-1] + second
    if first[-1] in "-‐/\u00ad":
        return first.rstrip("\u00ad") + second
    if CJK.match(first[-1]) and CJK.match(second[0]):
        return first + second
    if re.search(r"[\d，。；：、（《「“]$", first) and CJK.match(second[0]):
        return first + second
    if CJK.match(first[-1]) and second[0].isdigit():
        return first + second
    if first[-1] in "：（《「" or second[0] in "，。；：、）》」』！？":
        return first + second
    return f"{first} {second}"


def unwrapped(lines: Sequence[Segment], right: float) -> str:
    """The lines of one cell, wrapped ones joined; a break that was meant stays as a line break.

    A line was wrapped where the next one's first word would not have fitted before ``right``.
    """
    text = ""
    before: Segment | None = None
    for line in lines:
        if before is None:
            text = line.text
        elif _fits(before, line, right):
            text += "\n" + line.text
        else:
            head, _, last = text.rpartition("\n")
            text = (head + "\n" if head else "") + joined(last, line.text)
        before = line
    return text.strip()


def _fits(before: Segment, after: Segment, right: float) -> bool:
    space = 0.0 if CJK.match(before.text[-1:]) else 0.25 * after.size
    # half a letter to spare: the cell's padding is not known
    return before.x1 + space + after.first + 0.9 * after.size < right


# --- reading order --------------------------------------------------------------------------------


def in_reading_order(lines: Sequence[Line]) -> list[Segment]:
    """Segments as they are read: column after column where the page has columns of prose.

    Where it has none, a line is one segment, its parts put together again.
    """
    parts = [part for line in lines for part in line.segments]
    gutter = _gutter(lines)
    if gutter is None:
        return [_whole(line) for line in lines]
    told: list[Segment] = []
    band: list[Line] = []
    for line in lines:
        crossing = any(part.x0 < gutter < part.x1 for part in line.segments)
        if crossing:
            told += _columns(band, gutter)
            told.append(_whole(line))
            band = []
        else:
            band.append(line)
    told += _columns(band, gutter)
    return told if len(told) >= len(lines) or not parts else [_whole(line) for line in lines]


def _columns(band: Sequence[Line], gutter: float) -> list[Segment]:
    told: list[Segment] = []
    for left in (True, False):
        side = [
            Line(tuple(part for part in line.segments if (part.x1 <= gutter) is left))
            for line in band
        ]
        told += in_reading_order([line for line in side if line.segments])
    return told


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a column of prose ends and the next begins; None where the page has one column only.

    Prose fills its column: a table, or labels with values, does not and is read line by line.
    """
    gaps = [
        (before.x1, after.x0)
        for line in lines
        for before, after in zip(line.segments, line.segments[1:], strict=False)
    ]
    if len(gaps) < 4:
        return None
    best = max(
        ((left + right) / 2 for left, right in gaps),
        key=lambda x: sum(left < x < right for left, right in gaps),
    )
    sides: tuple[list[Segment], list[Segment]] = ([], [])
    both = 0
    for line in lines:
        parts = [part for part in line.segments if not part.x0 < best < part.x1]
        if len(parts) == len(line.segments):
            left = [part for part in parts if part.x1 <= best]
            both += bool(left) and len(left) < len(parts)
            sides[0].extend(left)
            sides[1].extend(part for part in parts if part.x0 >= best)
    if both < 4 or both * 2 < min(map(len, sides)):
        return None
    return best if all(_prose(side) for side in sides) else None


def _prose(side: Sequence[Segment]) -> bool:
    width = max(one.x1 for one in side) - min(one.x0 for one in side)
    full = sum(one.x1 - one.x0 > 0.75 * width for one in side)
    return width > 12 * side[0].size and full >= 0.6 * len(side)


def _whole(line: Line) -> Segment:
    parts = line.segments
    return Segment(
        line.text, line.x0, line.top, line.x1, line.bottom, line.size,
        parts[0].first,
    )  # fmt: skip


# --- paragraphs -----------------------------------------------------------------------------------

# the beginning of a numbered or bulleted part: "1.", "(2)", "（三）", "一、", "•", "Annex"
_ITEM = re.compile(
    r"(?:\(?\d{1,3}[.)、）](?!\d)|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、"
    r"|[•●▪◦‣·*–—-]\s|\([a-z]\)|[a-z]\)|(?:annex|appendix|附件|附表)\b)",
    re.I,
)


_LABEL = re.compile(r"[^:：.。,，()（）]{2,30}[:：]\s*\S")  # a line of a form: "Number: 9901"


@dataclass(frozen=True, slots=True)
class Placed:
    """A paragraph: its text, and where it begins (page from 1, points from the page's top)."""

    text: str
    page: int
    top: float


def paragraphs(told: Sequence[tuple[int, Segment]]) -> list[Placed]:
    """(page, line) in reading order as paragraphs.

    A paragraph ends at a gap, at an item, at a line that stops short with a mark of a sentence's
    end, at an indented line, and where size changes. One that goes on over a page is one.
    """
    found: list[Placed] = []
    held: list[tuple[int, Segment]] = []
    right, left, leading = _measures([one for _, one in told])
    for page, line in told:
        if held and _begins(held, page, line, right, left, leading):
            found.append(_placed(held))
            held = []
        held.append((page, line))
    if held:
        found.append(_placed(held))
    return found


def _measures(lines: Sequence[Segment]) -> tuple[dict[int, float], dict[int, float], float]:
    """Right and left edge of the text by column (by where a line begins), and the usual leading."""
    rights: dict[int, float] = {}
    lefts: dict[int, float] = {}
    for line in lines:
        # lines of one column begin within some letters of each other
        column = next((c for c in rights if abs(lefts[c] - line.x0) < 4 * line.size), None)
        if column is None:
            column = len(rights)
            rights[column], lefts[column] = line.x1, line.x0
        rights[column] = max(rights[column], line.x1)
        lefts[column] = min(lefts[column], line.x0)
    steps = sorted(
        after.middle - before.middle
        for before, after in pairwise(lines)
        if abs(after.size - before.size) < 1 and 0.8 * after.size < after.middle - before.middle
    )
    # the least, but for a few lines set closer: between paragraphs there is more
    usual = steps[len(steps) // 10] if steps else 0.0
    return rights, lefts, min(usual, 2.6 * lines[0].size) if lines else 0.0


def _begins(
    held: Sequence[tuple[int, Segment]],
    page: int,
    line: Segment,
    rights: dict[int, float],
    lefts: dict[int, float],
    leading: float,
) -> bool:
    last_page, last = held[-1]
    if _ITEM.match(line.text) or (_LABEL.match(line.text) and _LABEL.match(last.text)):
        return True
    if abs(line.size - last.size) > 0.15 * last.size:
        return True
    step = line.middle - last.middle
    same_column = page == last_page and step > 0
    if same_column and leading and step > 1.35 * leading + 0.5:
        return True
    column = next((c for c, x in lefts.items() if abs(x - line.x0) < 4 * line.size), 0)
    indent = line.x0 - lefts[column]
    last_column = next((c for c, x in lefts.items() if abs(x - last.x0) < 4 * last.size), 0)
    if _open(last.text):
        return False  # within a bracket nothing new begins
    short = last.x1 + line.first + last.size < rights[last_column]
    if short and not (same_column and last.text.endswith((",", "，", "、"))):
        return True
    ended = last.text.rstrip().endswith((".", "。", "：", ":", "；", ";", "!", "?"))
    if ended and _is_date(line.text):
        return True  # the date of a letter, below its last sentence
    return ended and indent > 1.2 * line.size and last.x0 - lefts[last_column] < 0.5 * last.size


def _open(text: str) -> bool:
    return len(re.findall("[(（]", text)) > len(re.findall("[)）]", text))


def _is_date(text: str) -> bool:
    """A day, with no more than a place or a label before it."""
    found = days(text)
    return len(found) == 1 and found[0].start < 30 and not text[found[0].end :].strip(" .。")


def _placed(held: Sequence[tuple[int, Segment]]) -> Placed:
    text = ""
    for _, line in held:
        text = joined(text, line.text)
    return Placed(unicodedata.normalize("NFC", text), held[0][0], held[0][1].top)
