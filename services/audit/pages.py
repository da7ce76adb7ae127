"""What was judged, in the order of the file: a page is put together from the lots of its window.

A lot tells of some rows of every page; from the database come the parts of the pages asked for
alone (``services.audit.boxes``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Connection

from services.audit import boxes
from services.audit.boxes import Head
from services.audit.fields import Row, Rows
from services.audit.judge import Answered, Answers, unpack_answers, unpack_rows
from services.audit.views import AuditView
from services.models import AuditChunk


class Page(NamedTuple):
    """``window``: the number of its window's first row; ``number``: of the page within it."""

    window: int
    number: int
    first_row: int
    last_row: int


class Told(NamedTuple):
    """One row, judged: ``number``: its own in the audit; ``answered`` names verdicts of
    ``answers``. ``before``: its verdict in the audit that this one reruns."""

    number: int
    row: Row
    answered: Answered
    answers: Answers
    before: str | None


def every(conn: Connection, audit_id: int) -> list[Page]:
    """The audit's pages, in the order of the file."""
    chunk = AuditChunk
    windows = conn.execute(
        sa.select(
            chunk.first_row,
            sa.func.sum(chunk.rows).over(partition_by=chunk.first_row).label("rows"),
            sa.func.substring(chunk.asked, 1, boxes.HEAD).label("head"),
        )
        .where(chunk.audit_id == audit_id)
        .ext(pg.distinct_on(chunk.first_row))
        .order_by(chunk.first_row, chunk.number)
    )
    return [page for row in windows for page in _pages(row.first_row, row.rows, row.head)]


def _pages(window: int, rows: int, head: bytes) -> Iterator[Page]:
    seen = boxes.head_of(head)
    size = seen.page_rows or rows
    for number in range(seen.pages):
        first = window + number * size
        yield Page(window, number, first, min(first + size, window + rows) - 1)


def page(conn: Connection, one: AuditView, which: Page) -> list[Told]:
    """The judged rows of a page: at most six queries."""
    return _told(conn, one, which, which.number, None)


def rows(conn: Connection, one: AuditView, after: int, verdict: str) -> Iterator[list[Told]]:
    """The pages that may hold judged rows after ``after`` (and of ``verdict``), one by one; where
    few lots have such rows, several at once."""
    lots = _of_verdict(conn, one.id, verdict) if verdict else None
    todo = [each for each in every(conn, one.id) if each.last_row > after]
    at = 0
    while at < len(todo):
        first = todo[at]
        own = None if lots is None else lots.get(first.window, [])
        many = 1 if own is None else max(1, boxes.PAGES // max(1, len(own)))
        same = [each for each in todo[at : at + many] if each.window == first.window]
        at += len(same)
        if own != []:
            yield _told(conn, one, first, same[-1].number, own)


def _of_verdict(conn: Connection, audit_id: int, verdict: str) -> dict[int, list[int]]:
    """Of each window the lots that have rows of that verdict."""
    chunk = AuditChunk
    found = conn.execute(
        sa.select(chunk.first_row, chunk.number).where(
            chunk.audit_id == audit_id, chunk.answered.is_not(None), chunk.counts.has_key(verdict)
        )
    )
    lots: dict[int, list[int]] = defaultdict(list)
    for window, number in found:
        lots[window].append(number)
    return lots


def _told(
    conn: Connection, one: AuditView, first: Page, last: int, lots: Collection[int] | None
) -> list[Told]:
    """The judged rows of some pages of one window in order; ``lots``: of these alone."""
    answered = _Parts(conn, one.id, "answered", first, last, lots)
    asked = _Parts(conn, one.id, "asked", first, last, answered.lots)
    earlier = None
    if one.compares and one.rerun_of is not None:
        earlier = _Parts(conn, one.rerun_of, "answered", first, last, answered.lots)
    found = [
        told
        for lot in answered.lots
        for at in range(last - first.number + 1)
        for told in _part(lot, at, asked, answered, earlier)
    ]
    found.sort(key=lambda told: told.number)
    return found


def _part(
    lot: int, at: int, asked: "_Parts", answered: "_Parts", earlier: "_Parts | None"
) -> Iterable[Told]:
    body = answered.of(lot, at)
    if not body:
        return
    answers, own = unpack_answers(body), asked.rows(lot, at)
    before: Sequence[str | None] = [None] * len(answers.rows)
    if earlier and (held := earlier.of(lot, at)):
        before = [row.verdict for row in unpack_answers(held).rows]
    for number, row, found, was in zip(own.numbers, own.rows, answers.rows, before, strict=True):
        yield Told(number, row, found, answers, was)


class _Parts:
    """The parts of some pages, of each lot of a window: two queries. ``name``: of the column."""

    def __init__(
        self, conn: Connection, audit_id: int, name: str, first: Page, last: int,
        lots: Collection[int] | None,
    ) -> None:  # fmt: skip
        self._window = first.window
        column = getattr(AuditChunk, name)
        self._heads = _heads(conn, audit_id, column, first.window, lots)
        spans = {lot: head.span(first.number, last) for lot, head in self._heads.items()}
        self._bodies = {
            lot: boxes.cut(body, self._heads[lot], first.number, last)
            for lot, body in _spans(conn, audit_id, column, spans)
        }

    @property
    def lots(self) -> list[int]:
        return list(self._bodies)

    def of(self, lot: int, at: int) -> bytes:
        """b"" where the lot has no row on that page, or is not judged yet."""
        bodies = self._bodies.get(lot, ())
        return bodies[at] if at < len(bodies) else b""

    def rows(self, lot: int, at: int) -> Rows:
        bare = self._heads[lot].bare
        return unpack_rows(self.of(lot, at), self._window if bare else None)


def _heads(
    conn: Connection, audit_id: int, column: Any, window: int, lots: Collection[int] | None
) -> dict[int, Head]:
    chunk = AuditChunk
    query = sa.select(chunk.number, sa.func.substring(column, 1, boxes.HEAD).label("head")).where(
        chunk.audit_id == audit_id, chunk.first_row == window, column.is_not(None)
    )
    if lots is not None:
        query = query.where(chunk.number.in_(lots))
    return {row.number: boxes.head_of(row.head) for row in conn.execute(query)}


def _spans(
    conn: Connection, audit_id: int, column: Any, spans: dict[int, tuple[int, int]]
) -> Iterator[tuple[int, bytes]]:
    wanted = [(lot, begin, length) for lot, (begin, length) in spans.items() if length]
    if not wanted:
        return
    columns = (sa.literal(list(each), sa.ARRAY(sa.Integer)) for each in zip(*wanted, strict=True))
    span = sa.func.unnest(*columns).table_valued("lot", "begin", "length").render_derived()
    part = sa.func.substring(column, span.c.begin + 1, span.c.length).label("body")
    query = (
        sa.select(span.c.lot, part)
        .join(AuditChunk, AuditChunk.number == span.c.lot)
        .where(AuditChunk.audit_id == audit_id)
        .order_by(span.c.lot)
    )
    for row in conn.execute(query):
        yield row.lot, row.body
