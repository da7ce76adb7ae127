"""Rows of a CSV (RFC 4180 and what publishers make of it), each with its line and named cells.

    List of bodies, 1 March 2024            <- title lines above the header are skipped
    Name;Number;Valid until
    Alpha Laboratory;L1;2028-01-09

The delimiter is found where none is given. Nothing is repaired: a row that is not as wide as the
header, a quote that swallows rows and an end within a row are told with their lines.
"""

import csv
import io
import math
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from services.errors import Unreadable

DELIMITERS = (",", ";", "\t", "|")
# a list of ten thousand bodies has some half a million cells; lines of delimiters alone fill memory
MAX_CELLS = 4_000_000
_LOOKED_AT = 200  # records, to find the delimiter and the header
_TITLE_LINES = 30  # the header stands within so many records

_NO_TABLE = (
    (re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)", re.I), "A web page (or XML)"),
    (re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])"), "JSON"),
    (re.compile(r"%PDF-|PK\x03\x04"), "A PDF or an archive"),
)
_SEP_LINE = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?\r?\n?", re.I)  # written by and for Excel
_AS_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # ="00123": how a list keeps Excel from counting
_NUMBER_OR_DAY = re.compile(r"[\d\s.,:/+\-]+")

Record = tuple[int, int, list[str]]  # first line, last line, cells


@dataclass(frozen=True, slots=True)
class CsvRow:
    """``line``: where the row begins, from 1. ``cells``: text by column name, "" where empty."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """``columns``: names in order; a name's second column is "Name (2)", one without is "column 3".

    ``rows`` are as wide as the header. ``broken`` are those that are not, with what cells they
    have; each has its sentence in ``ragged``. ``doubled``: names that stand above several columns.
    ``cut_off``: a sentence where the text ends within a row, "" where it does not.
    """

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    broken: tuple[CsvRow, ...] = ()
    ragged: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    cut_off: str = ""
    delimiter: str = ","
    header_line: int = 1

    @property
    def problems(self) -> tuple[str, ...]:
        """All that could not be read, a sentence each."""
        twice = tuple(f"The column “{name}” stands twice." for name in self.doubled)
        return twice + self.ragged + ((self.cut_off,) if self.cut_off else ())


def table(text: str, delimiter: str = "", header: int = 0) -> Table:
    """The table of a CSV. ``header``: the line of the column names, 0 = the first that could be.

    Raises Unreadable where the text is empty, no table at all, or beyond the bounds (MAX_CELLS;
    a cell of more than 131,072 characters, which an unclosed quote makes of the rest of a file).
    """
    for pattern, what in _NO_TABLE:
        if pattern.match(text):
            raise Unreadable(
                f"{what} stands where a CSV was due.",
                "See what the address answered: often it is a page saying that the file has moved.",
            )
    text, skipped, told = _without_sep_line(text)
    if not text.strip():
        raise Unreadable("The file is empty.", "The next run asks again.")
    delimiter = delimiter or told or find_delimiter(text)
    records = [
        (first + skipped, last + skipped, cells) for first, last, cells in _records(text, delimiter)
    ]
    at = _header(records, header)
    columns, doubled = named([tidy(cell) for cell in records[at][2]])
    rows, broken, ragged = _rows(records[at + 1 :], columns, delimiter)
    last_line, cut_off = _cut_off(text, records[at:], len(columns), delimiter)
    if cut_off:
        broken += [row for row in rows if row.line == last_line]
        rows = [row for row in rows if row.line != last_line]
        ragged = [said for said in ragged if int(said[5 : said.index(":")]) < last_line]
    return Table(
        columns, tuple(rows), tuple(broken), tuple(ragged), doubled, cut_off, delimiter,
        records[at][0],
    )  # fmt: skip


def find_delimiter(text: str) -> str:
    """The delimiter that gives the most rows of one width."""
    text = text[:400_000]
    best, chosen = 0.0, max(DELIMITERS, key=text.count)
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        with suppress(Unreadable):  # told when the whole is read
            for _, _, cells in islice(_records(text, delimiter), _LOOKED_AT):
                if any(cell.strip() for cell in cells):
                    widths[len(cells)] += 1
        seen = sum(widths.values())
        # one that stands by chance in some cells gives rows of all widths
        score = max(
            ((count / seen) ** 2 * math.log(width) for width, count in widths.items()),
            default=0.0,
        )
        if score > best:
            best, chosen = score, delimiter
    return chosen


def named(titles: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every column's own name, and the names that stood twice. Empty ones at the end are none."""
    titles = list(titles)
    while titles and not titles[-1]:
        titles.pop()
    seen: Counter[str] = Counter()
    names: list[str] = []
    for number, title in enumerate(titles, 1):
        name = title or f"column {number}"
        seen[name] += 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in titles:
            seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names), tuple(name for name, times in seen.items() if times > 1)


def tidy(title: str) -> str:
    """A column's name on one line, without what is not seen."""
    return " ".join(title.replace("\ufeff", "").replace("\u200b", "").split())


def header_at(grid: Sequence[Sequence[str]]) -> int:
    """The index of the row that names the columns: the first that is filled like the rest.

    Title lines above it fill a cell or two. Raises Unreadable where there is no row at all.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in grid[:_LOOKED_AT]]
    if not any(filled):
        raise Unreadable("The table has no row.", "The next run asks again.")
    usual = sorted(count for count in filled if count)
    least = max(1, math.ceil(usual[len(usual) // 2] * 0.6))
    for at, count in enumerate(filled[:_TITLE_LINES]):
        words = [cell for cell in grid[at] if cell.strip()]
        if count >= least and not all(_NUMBER_OR_DAY.fullmatch(cell) for cell in words):
            return at
    return next(at for at, count in enumerate(filled) if count)


def _without_sep_line(text: str) -> tuple[str, int, str]:
    found = _SEP_LINE.match(text)
    return (text[found.end() :], 1, found[1]) if found else (text, 0, "")


def _records(text: str, delimiter: str) -> Iterator[Record]:
    # newline="" keeps line ends as they are and parts at all three kinds, as quoted cells need
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, doublequote=True)
    first, cells = 1, 0
    while True:
        try:
            record = next(lines)
        except StopIteration:
            return
        except csv.Error as fault:
            raise Unreadable(
                f"The row that begins on line {first} cannot be read: {fault}.",
                "A quote there is probably not closed; ask the publisher for a clean file.",
            ) from fault
        cells += len(record)
        if cells > MAX_CELLS:
            raise Unreadable(
                f"The table has more than {MAX_CELLS:,} cells.",
                "Look at the kept bytes before raising services.parsers.csv_rows.MAX_CELLS.",
            )
        yield first, lines.line_num, record
        first = lines.line_num + 1


def _header(records: Sequence[Record], line: int) -> int:
    if not line:
        return header_at([cells for _, _, cells in records[:_LOOKED_AT]])
    for at, (first, last, _) in enumerate(records):
        if first <= line <= last:
            return at
    raise Unreadable(f"The file has no line {line}, where its header was due.")


def _rows(
    records: Sequence[Record], columns: tuple[str, ...], delimiter: str
) -> tuple[list[CsvRow], list[CsvRow], list[str]]:
    rows: list[CsvRow] = []
    broken: list[CsvRow] = []
    ragged: list[str] = []
    for first, last, cells in records:
        cells = [_cell(cell) for cell in cells]
        if not any(cells):
            continue
        row = CsvRow(first, dict(zip(columns, cells, strict=False)))
        if last > first and (lost := _swallowed(cells, len(columns), delimiter)):
            said = "a quote opens in this row and is closed only after the next ones"
            ragged += [f"Line {first + n}: {said}." for n in range(lost + 1)]
            broken.append(row)
        elif len(cells) < len(columns) or any(cells[len(columns) :]):
            ragged.append(f"Line {first}: {len(cells)} cells under {len(columns)} columns.")
            broken.append(row)
        else:
            rows.append(row)
    return rows, broken, ragged


def _swallowed(cells: Sequence[str], width: int, delimiter: str) -> int:
    """How many lines within a cell look like rows: one quote too many takes them all in."""
    if width < 3:
        return 0
    lines = (line for cell in cells if "\n" in cell for line in cell.split("\n")[1:])
    return sum(line.count(delimiter) >= width - 1 for line in lines)


def _cell(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    found = _AS_FORMULA.fullmatch(text)
    return found[1].strip() if found else text


def _cut_off(text: str, records: Sequence[Record], width: int, delimiter: str) -> tuple[int, str]:
    """(line, sentence) of a last row that is not whole; (0, "") where it is."""
    first, last, cells = records[-1]
    lines = deque(io.StringIO(text, newline=""), maxlen=last - first + 1)
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as fault:
        if "unexpected end" in str(fault):
            return first, f"Line {first}: the text ends within a quoted cell; it is cut off."
    if len(records) > 1 and len(cells) < width and not text.endswith(("\n", "\r")):
        said = f"the text ends after {len(cells)} of {width} cells; it is cut off."
        return first, f"Line {first}: {said}"
    return 0, ""
