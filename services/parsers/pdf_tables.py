"""Tables of a PDF page: by their ruling lines, and where there are none by the words' places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.parsers.pdf_words import Glyph, Line, Segment, lines_of, unwrapped

Box = tuple[float, float, float, float]  # x0, top, x1, bottom


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on one page. ``edges``: where its columns begin; ``bounded``: by ruling lines."""

    page: int
    top: float
    bottom: float
    edges: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    bounded: bool


# --- with ruling lines ----------------------------------------------------------------------------


def ruled(page: int, cells: Sequence[Box], glyphs: Sequence[Glyph]) -> Grid | None:
    """The table of these cells; None where they are no table (fewer than two columns or rows).

    A cell that spans rows says its words in each of them, one that spans columns in the first.
    """
    lefts, tops = _distinct(box[0] for box in cells), _distinct(box[1] for box in cells)
    if len(lefts) < 2 or len(tops) < 2:
        return None
    rows = [[""] * len(lefts) for _ in tops]
    for box, inside in zip(cells, _inside(cells, glyphs), strict=True):
        text = unwrapped([_flat(line) for line in lines_of(inside)], box[2])
        column = _nearest(lefts, box[0])
        for number, top in enumerate(tops):
            if box[1] - 1.5 <= top < box[3] - 1.5:
                rows[number][column] = text
    filled = [tuple(row) for row in rows if any(row)]
    if len(filled) < 2:
        return None
    return Grid(
        page, min(tops), max(box[3] for box in cells), tuple(lefts), tuple(filled), bounded=True
    )


def _inside(cells: Sequence[Box], glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    found: list[list[Glyph]] = [[] for _ in cells]
    for glyph in glyphs:
        x = (glyph.x0 + glyph.x1) / 2
        for number, (x0, top, x1, bottom) in enumerate(cells):
            if x0 <= x < x1 and top <= glyph.middle < bottom:
                found[number].append(glyph)
                break
    return found


def _distinct(values: Iterable[float]) -> list[float]:
    """Sorted, those within two points of each other once."""
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > 2:
            found.append(value)
    return found


def _nearest(edges: Sequence[float], x: float) -> int:
    return min(range(len(edges)), key=lambda number: abs(edges[number] - x))


def _flat(line: Line) -> Segment:
    """Within a cell a wide gap is only a wide gap."""
    first, last = line.segments[0], line.segments[-1]
    return Segment(line.text, first.x0, line.top, last.x1, line.bottom, line.size, first.first)


# --- without them ---------------------------------------------------------------------------------

MIN_ROWS = 3


@dataclass(slots=True)
class _Column:
    x0: float
    x1: float


def unruled(page: int, lines: Sequence[Line]) -> list[Grid]:
    """Tables among these lines: runs of lines whose words stand below each other in columns."""
    found: list[Grid] = []
    for run in _runs(lines):
        columns = _columns(run)
        if len(columns) < 3:
            continue
        grid = _grid(page, run, columns)
        if grid is not None:
            found.append(grid)
    return found


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Neighbouring lines that may be one table: apart from prose, a line has several segments, or
    stands within the columns of those that have."""
    runs: list[list[Line]] = []
    run: list[Line] = []
    wide: list[Line] = []
    for line in lines:
        if len(line.segments) >= 3:
            if wide and not _agree(wide, line):
                runs.append(run)
                run, wide = [], []
            run.append(line)
            wide.append(line)
        elif wide and _within(line, _columns(wide)):
            run.append(line)
        elif wide:
            runs.append(run)
            run, wide = [], []
    runs.append(run)
    return [one for one in runs if sum(len(line.segments) >= 3 for line in one) >= MIN_ROWS]


def _agree(wide: Sequence[Line], line: Line) -> bool:
    """Whether a line's segments keep the columns so far apart."""
    before = len(_columns(wide))
    return len(_columns([*wide, line])) >= min(3, before)


def _columns(lines: Sequence[Line]) -> list[_Column]:
    """Where segments of all these lines stand, those that overlap as one column."""
    found: list[_Column] = []
    spans = sorted(
        (one.x0, one.x1) for line in lines if len(line.segments) >= 3 for one in line.segments
    )
    for x0, x1 in spans:
        if found and x0 < found[-1].x1 - 0.5:
            found[-1].x1 = max(found[-1].x1, x1)
        else:
            found.append(_Column(x0, x1))
    return found


def _within(line: Line, columns: Sequence[_Column]) -> bool:
    """Each segment stands in one column, at its left edge or centred below it."""
    return all(_column(one, columns) is not None for one in line.segments)


def _column(one: Segment, columns: Sequence[_Column]) -> int | None:
    hit = [n for n, column in enumerate(columns) if one.x0 < column.x1 and one.x1 > column.x0]
    if len(hit) != 1:
        return None
    right = columns[hit[0] + 1].x0 if hit[0] + 1 < len(columns) else float("inf")
    return hit[0] if one.x1 <= right else None


def _grid(page: int, run: Sequence[Line], columns: Sequence[_Column]) -> Grid | None:
    rights = [column.x0 for column in columns[1:]] + [columns[-1].x1 + 1]
    rows: list[tuple[str, ...]] = []
    for row in _rows(run, columns):
        cells: list[list[Segment]] = [[] for _ in columns]
        for one in row:
            number = _column(one, columns)
            if number is None:
                return None
            cells[number].append(one)
        # a column without lines ends at its own widest word, or where the next one begins
        rows.append(
            tuple(
                unwrapped(cell, min(right, column.x1 + 0.5 * (cell[0].size if cell else 0)))
                for cell, right, column in zip(cells, rights, columns, strict=True)
            )
        )
    return Grid(
        page,
        run[0].top,
        run[-1].bottom,
        tuple(column.x0 for column in columns),
        tuple(rows),
        bounded=False,
    )


def _rows(run: Sequence[Line], columns: Sequence[_Column]) -> list[list[Segment]]:
    """Segments by row: by the white strips between rows where there are some, wider than those
    between the lines of a cell; else each row begins with a word in the first column."""
    parts = sorted((one for line in run for one in line.segments), key=lambda one: one.top)
    within = _leading(parts, columns)
    blocks: list[list[Segment]] = []
    reached = float("-inf")
    for one in parts:
        if one.top - reached > within + 0.12 * one.size:
            blocks.append([])
        blocks[-1].append(one)
        reached = max(reached, one.bottom)
    keyed = sum(1 for block in blocks if any(_column(one, columns) == 0 for one in block))
    if len(blocks) > 2 and keyed >= 0.8 * len(blocks):
        return blocks
    rows: list[list[Segment]] = []
    for line in run:
        if not rows or _column(line.segments[0], columns) == 0:
            rows.append([])
        rows[-1].extend(line.segments)
    return rows


def _leading(parts: Sequence[Segment], columns: Sequence[_Column]) -> float:
    """The white between two lines of one cell: the least between neighbours of one column."""
    gaps: list[float] = []
    for number in range(len(columns)):
        column = [one for one in parts if _column(one, columns) == number]
        gaps += [after.top - before.bottom for before, after in pairwise(column)]
    return min(gaps, default=0.0)
