"""An audit's file in the bounded reading process: surveyed, then parted into rows.

    the file ──survey──▶ records in blocks of 2,000 ──sort──▶ rows with our fields, by number
    ──compose──▶ lots to judge

Two passes, because a column's later rows may prove in which order its earlier days are written.
The second may go over several stretches of the file at once.
How lots are composed: ``services.audit.boxes``.
Files are given by path: they have no name in any folder (``services.audit.kept_file``).
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from services.audit import boxes, cell_days, csv_text, workbook
from services.audit.cell_days import Order
from services.audit.faults import Fault, fault
from services.audit.fields import LONGEST, LONGEST_ELSE, DayKind, Field, Mark, Record, Row
from services.audit.uncollected import uncollected
from services.errors import Unreadable
from services.names import number_key
from services.parsers import csv_rows

MAX_ROWS = 1_000_000
MAX_COLUMNS = 400
SAMPLE_ROWS, SAMPLE_CELL = 4, 48  # rows and characters that help to say what a column holds
LOT = 2_000  # rows: some half a second's judging
_LENGTH = struct.Struct("!I")
_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ud800-\udfff]")

_NO_TABLE = (
    (b"\xd0\xcf\x11\xe0", "An old or a protected workbook (XLS)", "Save it as XLSX or CSV."),
    (b"%PDF-", "A PDF", "Send the table itself, as XLSX or CSV."),
    (b"\x1f\x8b", "A gzip archive", "Unpack it first."),
    (b"7z\xbc\xaf", "A 7z archive", "Unpack it first."),
    (b"Rar!", "A RAR archive", "Unpack it first."),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|\?xml|table)", re.I)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")


class Survey(msgspec.Struct, frozen=True):
    """``columns``: names in order, each its own; ``doubled``: those that stood twice. ``orders``:
    what each column proves of its days. ``notes``: what the asker must know of the reading.
    ``sample``: the first rows, their cells cut short, without what cannot be shown. ``pages``:
    where in the records each block begins; all but the last have ``boxes.PAGE`` rows."""

    columns: list[str]
    doubled: list[str]
    rows: int
    orders: dict[str, Order]
    notes: list[str]
    sample: list[list[str]]
    pages: list[int]


class Plan(msgspec.Struct, frozen=True):
    """Which column holds which field, and the order of days that each column proves."""

    columns: list[str]
    mapping: dict[Field, str]
    orders: dict[str, str]


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """A lot. ``first_row``: of its window; ``rows``: how many it has; ``body``: a box of
    :class:`services.audit.fields.Rows`."""

    first_row: int
    rows: int
    body: bytes


class Span(msgspec.Struct, frozen=True):
    """Some pages of a window that are read together. ``offset``: where in the records they begin;
    ``page``: the first one's place in the window, ``row``: the number of its first row."""

    offset: int
    page: int
    pages: int
    row: int


# number's key, issuer, body, page of the window, row, packed: in this order rows are judged
Sorted = tuple[str, str, str, int, int, bytes]


def survey(source: str, records: str) -> Survey:
    """Read the file at ``source`` and write its records to ``records``.

    Raises Unreadable where it is no table, or has more rows or columns than are read.
    """
    notes: list[str] = []
    with Path(source).open("rb") as file, Path(records).open("r+b") as out:
        read = _records(file, notes)
        titles = next(read)
        assert isinstance(titles, list)
        names, doubled = csv_rows.named([csv_rows.tidy(title) for title in titles])
        if len(names) > MAX_COLUMNS:
            raise Unreadable(
                f"The table has {len(names):,} columns; at most {MAX_COLUMNS} are read.",
                "Leave out those that need not come back.",
            )
        orders = [Order() for _ in names]
        count = 0
        sample: list[list[str]] = []
        pages: list[int] = []
        for block in _blocks(read):
            count += len(block)
            shown = block[: SAMPLE_ROWS - len(sample)]
            sample += [[_shown(cell) for cell in record.cells] for record in shown]
            if count > MAX_ROWS:
                raise Unreadable(
                    f"The file has more than {MAX_ROWS:,} rows.",
                    "Send them in several files.",
                )
            for record in block:
                for order, cell in zip(orders, record.cells, strict=True):
                    if cell[:1].isdecimal():
                        order.look(cell)
            body = msgspec.msgpack.encode(block)
            pages.append(out.tell())
            out.write(_LENGTH.pack(len(body)) + body)
    if not count:
        raise Unreadable("The file has a header and no row.", "Add the rows to be judged.")
    found = {name: order for name, order in zip(names, orders, strict=True) if order.word}
    return Survey(list(names), list(doubled), count, found, notes, sample, pages)


def _shown(cell: str) -> str:
    """A cell as an eye is shown it: on one line, cut short, nothing that a database refuses."""
    plain = "".join(c if c.isprintable() else " " for c in cell[: 2 * SAMPLE_CELL]).strip()
    return plain if len(plain) <= SAMPLE_CELL else f"{plain[: SAMPLE_CELL - 1]}…"


def _records(file: IO[bytes], notes: list[str]) -> Iterator[list[str] | Record]:
    head = file.read(1 << 10)
    file.seek(0)
    if not head:
        raise Unreadable("The file is empty.", "It must hold a header and at least one row.")
    for mark, what, remedy in _NO_TABLE:
        if head.startswith(mark):
            raise Unreadable(f"{what} cannot be audited.", remedy)
    if head.startswith(b"PK"):
        return workbook.records(file, notes)  # type: ignore[arg-type]
    if _MARKUP.match(head):
        raise Unreadable("A web page (or XML) cannot be audited.", "Save the table as XLSX or CSV.")
    if _JSON.match(head):
        raise Unreadable("JSON cannot be audited.", "Send the table as XLSX or CSV.")
    return csv_text.records(file)  # type: ignore[arg-type]


def _blocks(read: Iterator[list[str] | Record]) -> Iterator[list[Record]]:
    block: list[Record] = []
    for record in read:
        assert isinstance(record, Record)
        if not any(record.cells) and not record.marks and not record.faults:
            continue
        block.append(record)
        if len(block) == boxes.PAGE:
            yield block
            block = []
    if block:
        yield block


_records_of = msgspec.msgpack.Decoder(list[Record])


def spans(pages: Sequence[int], window: int, parts: int) -> list[Span]:
    """A window's pages, from page ``window`` of the file on, in so many parts of nearly one size;
    of as many as there are pages. ``pages``: of the file, as :class:`Survey` has them."""
    many = min(boxes.PAGES, len(pages) - window)
    firsts = [many * n // parts for n in range(parts + 1)]
    return [
        Span(pages[window + first], first, after - first, 1 + (window + first) * boxes.PAGE)
        for first, after in pairwise(firsts)
        if after > first
    ]


@uncollected()
def sort(records: str, plan: Plan, span: Span, out: str) -> int:
    """Write the rows of a span as they will be judged, in that order, to ``out``. Their number."""
    rows: list[Sorted] = []
    keys: dict[str, str] = {}
    columns = _columns(plan)
    with Path(records).open("rb") as file:
        file.seek(span.offset)
        for page in range(span.page, span.page + span.pages):
            (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
            for record in _records_of.decode(file.read(length)):
                row = row_of(record, plan, columns)
                key = keys.get(row.number)
                if key is None:
                    key = keys[row.number] = number_key(row.number)
                number = span.row + len(rows)
                rows.append((key, row.issuer, row.body, page, number, _packed(row)))
    rows.sort()
    with Path(out).open("r+b") as file:
        file.write(_packed(rows))
    return len(rows)


_packed = msgspec.msgpack.Encoder().encode
_sorted = msgspec.msgpack.Decoder(list[Sorted])


@uncollected()
def compose(parts: Sequence[str], window: int) -> list[Chunk]:
    """The lots of a window, from the sorted rows of all its spans. ``window``: its first page."""
    rows = [row for part in parts for row in _sorted.decode(Path(part).read_bytes())]
    rows.sort()
    pages = 1 + max((page for *_, page, _, _ in rows), default=0)
    lots = [rows[at : at + LOT] for at in range(0, len(rows), LOT)]
    return [Chunk(1 + window * boxes.PAGE, len(lot), _boxed(lot, pages)) for lot in lots]


def _boxed(lot: list[Sorted], pages: int) -> bytes:
    parts: list[list[tuple[int, bytes]]] = [[] for _ in range(pages)]
    for *_, page, number, row in lot:
        parts[page].append((number, row))
    return boxes.put([_part(part) if part else b"" for part in parts])


def _part(rows: list[tuple[int, bytes]]) -> bytes:
    rows.sort()
    told = [number for number, _ in rows], [msgspec.Raw(row) for _, row in rows]
    return zlib.compress(_packed(told), 1)


# --- a record as a row ---------------------------------------------------------------------------

_TEXTS = [
    *(Field.NUMBER, Field.ISSUER, Field.BODY, Field.METHOD, Field.EDITION),
    *(Field.OBJECT, Field.PARAMETER, Field.SITE),
]  # in the order of a Row


class _Column(NamedTuple):
    """Where a field stands in every record. ``limit``: characters of it that are read."""

    field: Field
    name: str
    at: int
    limit: int


def _columns(plan: Plan) -> list[_Column]:
    return [
        _Column(field, name, plan.columns.index(name), LONGEST.get(field, LONGEST_ELSE))
        for field, name in plan.mapping.items()
    ]


def row_of(record: Record, plan: Plan, columns: Sequence[_Column]) -> Row:
    """The record's cells as our fields; whatever cannot be read is a fault of this row alone."""
    faults = list(record.faults)
    cells, said = record.cells, dict[Field, str]()
    marks = {mark.column: mark for mark in record.marks} if record.marks else _NO_MARKS
    for column in columns:
        field, _, at, limit = column
        text = cells[at]
        if at in marks or len(text) > limit or not text.isprintable() or "\ufffd" in text:
            text = _readable(text, column, marks.get(at), faults)
        if text:
            said[field] = text
    if record.faults:
        said = {}  # its cells may stand under wrong columns: nothing of it is asked
    days = _days(said, plan, faults)
    if not record.faults:
        if not said.get(Field.NUMBER) and not said.get(Field.BODY) and not faults:
            faults.append(fault("NOTHING_ASKED"))
        if not days and not faults:
            faults.append(fault("NO_DAY"))
    texts = [said.get(field, "") for field in _TEXTS]
    return Row(record.line, cells, faults, days, said.get(Field.REF, ""), *texts)


_NO_MARKS: dict[int, Mark] = {}


def _readable(text: str, column: _Column, mark: Mark | None, faults: list[Fault]) -> str:
    """The cell's text, "" with a fault where it cannot be taken as it is."""
    if mark is not None:
        faults.append(fault(mark.code, column=column.name, text=text))
        return ""
    if len(text) > column.limit:
        count, limit = len(text), column.limit
        faults.append(fault("CELL_TOO_LONG", column=column.name, count=count, limit=limit))
        return ""
    if _LOST.search(text):
        faults.append(fault("CELL_DAMAGED", column=column.name))
        return ""
    return text


def _days(said: Mapping[Field, str], plan: Plan, faults: list[Fault]) -> list[tuple[DayKind, date]]:
    """The row's days in order of kind. Days that contradict each other are judged and told."""
    tested, until, issued, on = [
        _day(said, field, plan, faults) if field in said else () for field in _DAYS
    ]
    if len(tested) == 2 and until:
        faults.append(fault("PERIOD_TWICE", column=plan.mapping[Field.TESTED]))
    test_days = [*tested, *until]
    if tested and until and until[-1] < tested[0]:
        faults.append(fault("DAYS_REVERSED", first=tested[0], second=until[-1]))
    elif len(tested) == 2 and tested[1] < tested[0]:
        faults.append(fault("DAYS_REVERSED", first=tested[0], second=tested[1]))
    if issued and test_days and issued[0] < max(test_days):
        faults.append(fault("ISSUED_BEFORE_TEST", first=max(test_days), second=issued[0]))
    days: list[tuple[DayKind, date]] = []
    if test_days:
        days.append((DayKind.FIRST if tested else DayKind.LAST, min(test_days)))
        if max(test_days) != min(test_days):
            days.append((DayKind.LAST, max(test_days)))
    days += [(DayKind.ISSUED, issued[0])] if issued else []
    days += [(DayKind.ON, on[0])] if on else []
    return days


_DAYS = (Field.TESTED, Field.TESTED_TO, Field.ISSUED, Field.ON)


def _day(
    said: Mapping[Field, str], field: Field, plan: Plan, faults: list[Fault]
) -> tuple[date, ...]:
    column = plan.mapping[field]
    days, wrong = cell_days.read(said[field], plan.orders.get(column, ""), column)
    if wrong is None and len(days) == 2 and field is not Field.TESTED:
        days, wrong = (), fault("DAY_UNREADABLE", text=said[field], column=column)
    if wrong is not None:
        faults.append(wrong)
    return days
