"""The whole way of one audit, as a worker or the command line goes it.

Reading: one transaction, which puts all chunks or none. Judging: a transaction a chunk. Whoever
dies leaves the audit where the last commit left it, and the next comer goes on from there.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from services import db
from services.audit import boxes, columns, ledger
from services.audit.cell_days import orders
from services.audit.fields import Field
from services.audit.judge import (
    Answers,
    Lot,
    counts_of,
    judge_rows,
    pack_answers,
    touches_of,
    unpack_lot,
)
from services.audit.kept_file import nameless
from services.audit.ledger import Held
from services.audit.reading import Chunk, Plan, Span, Survey, compose, sort, spans, survey
from services.audit.uncollected import uncollected
from services.errors import BadQuestion, LeaseLost, Unreadable
from services.models import Audit, AuditFile
from services.sync.publish import take_turn
from services.sync.reader import Reader, ReaderLost
from services.terms import AuditState
from services.verdict.memory import Memory

log = structlog.get_logger()

A_WHILE = 20.0  # seconds
AT_ONCE = 2  # reading processes of one file: while it is read, the other worker has nothing to do


@dataclass(frozen=True, slots=True)
class Bench:
    """What judging audits needs from outside. ``lease``: how long a chunk is held without a sign
    of life. ``wake``: called when chunks are there for others to take as well."""

    engine: Engine
    reader: Reader
    clock: Callable[[], datetime]
    lease: timedelta = timedelta(seconds=60)
    wake: Callable[[int], None] = lambda _audit_id: None


def carry_on(bench: Bench, audit_id: int) -> None:
    """Read the audit's file if nobody has, then judge chunks until none is free, for a while.

    Who leaves with work to do wakes the next: several audits take turns, and a worker that is to
    stop need not wait for a million rows.
    """
    until = time.monotonic() + A_WHILE
    try:
        if read_file(bench, audit_id):
            bench.wake(audit_id)
        with uncollected():
            memory = None
            while memory := judge_chunk(bench, audit_id, memory):
                if time.monotonic() > until:
                    bench.wake(audit_id)
                    return
    except LeaseLost as lost:
        log.warning("audit lost", audit=audit_id, reason=str(lost))
    except ReaderLost as lost:
        log.warning("audit's reading was killed; it is tried again", audit=audit_id, why=str(lost))


# --- the file becomes chunks ----------------------------------------------------------------------


def read_file(bench: Bench, audit_id: int) -> bool:
    """Read a queued audit's file into chunks. True where that was done here, and it is running.

    What cannot be read is refused with its reason; columns that are not certain wait for the asker.
    Raises LeaseLost where the audit was deleted meanwhile.
    """
    try:
        with bench.engine.begin() as conn:
            audit = ledger.hold_reading(conn, audit_id)
            return audit is not None and _read(conn, bench, audit)
    except Unreadable as fault:
        with bench.engine.begin() as conn:
            ledger.refuse(conn, audit_id, [str(fault)], bench.clock())
        return False
    except sa.exc.IntegrityError as gone:
        raise LeaseLost(f"Audit {audit_id} was deleted while it was read.") from gone


def _read(conn: Connection, bench: Bench, audit: Audit) -> bool:
    if audit.rows:  # a rerun has its chunks already
        _begin(conn, bench, audit.id, audit.columns, _fields(audit.mapping), audit.rows, ())
        return True
    with nameless(_parts(conn, audit.id)) as source, nameless() as records:
        found = bench.reader.call(Survey, survey, source, records)
        mapping, problems = _mapped(found, audit.mapping)
        if problems:
            ledger.wait_for_mapping(conn, audit.id, found.columns, mapping, problems, found.sample)
            return False
        plan = Plan(found.columns, mapping, orders(found.columns, found.orders))
        number = 0
        for window in range(0, len(found.pages), boxes.PAGES):
            chunks = _chunks(bench, records, plan, spans(found.pages, window, AT_ONCE), window)
            ledger.put_chunks(conn, audit.id, number, chunks)
            number += len(chunks)
    _begin(conn, bench, audit.id, found.columns, mapping, found.rows, found.notes)
    return True


def _chunks(
    bench: Bench, records: str, plan: Plan, parts: Sequence[Span], window: int
) -> list[Chunk]:
    """A window's lots; its parts are read at once, each by a process of its own."""
    with ExitStack() as stack:
        outs = [stack.enter_context(nameless()) for _ in parts]

        def read(part: Span, out: str) -> int:
            return bench.reader.call(int, sort, records, plan, part, out)

        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(read, parts, outs))
        return bench.reader.call(list[Chunk], compose, outs, window)


def _begin(
    conn: Connection,
    bench: Bench,
    audit_id: int,
    names: Sequence[str],
    mapping: Mapping[Field, str],
    rows: int,
    notes: Sequence[str],
) -> None:
    take_turn(conn)  # no publish under way may bring facts of before this moment after it
    ledger.begin(conn, audit_id, names, mapping, rows, notes, bench.clock())


def _fields(mapping: Mapping[str, str]) -> dict[Field, str]:
    return {Field(name): column for name, column in mapping.items()}


def _parts(conn: Connection, audit_id: int) -> Iterator[bytes]:
    rows = conn.execute(
        sa.select(AuditFile.body).where(AuditFile.audit_id == audit_id).order_by(AuditFile.part),
        execution_options={"stream_results": True, "max_row_buffer": 8},
    )
    for row in rows:
        yield row.body


def _mapped(found: Survey, given: dict[str, str]) -> tuple[dict[Field, str], list[str]]:
    """(mapping, what the asker must still say)."""
    try:
        told = columns.recognise(found.columns, found.doubled, given)
    except BadQuestion as wrong:
        # the rest is recognised all the same, so that one word mends it
        told = columns.recognise(found.columns, found.doubled, {})
        return told.mapping, [str(wrong), *told.doubts]
    return told.mapping, [*columns.missing(told.mapping), *told.doubts]


# --- chunks are judged ----------------------------------------------------------------------------


def judge_chunk(bench: Bench, audit_id: int, memory: Memory | None = None) -> Memory | None:
    """Judge one free chunk; returns what was read for it, for the next one of the same audit. None
    where there was no free one.

    A chunk that was taken over meanwhile is the other's: what was judged here is dropped.
    """
    with bench.engine.begin() as conn:
        held = ledger.claim(conn, audit_id, bench.lease)
    if held is None:
        return None
    memory = memory or Memory(held.known_at)
    with _alive(bench, held):
        lot = unpack_lot(held.asked, held.first_row)
        with db.snapshot(bench.engine) as conn:
            answers = judge_rows(
                conn, lot.rows, known_at=held.known_at, today=held.today, memory=memory
            )
        _keep(bench, held, lot, answers)
    return memory


def _keep(bench: Bench, held: Held, lot: Lot, answers: Answers) -> None:
    body, touches = pack_answers(answers, lot.by_page), touches_of(answers, lot.numbers)
    with bench.engine.begin() as conn:
        ledger.keep(conn, held, body, counts_of(answers), touches, bench.clock())


@contextmanager
def _alive(bench: Bench, held: Held) -> Iterator[None]:
    """Renew the lease from a thread while the body works; the fence decides in the end."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(bench.lease.total_seconds() / 3):
            try:
                with bench.engine.begin() as conn:
                    if not ledger.renew(conn, held, bench.lease):
                        return
            except sa.exc.SQLAlchemyError:
                continue

    thread = threading.Thread(target=beat, name=f"audit-{held.audit_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def state_of(conn: Connection, audit_id: int) -> AuditState | None:
    """None where there is no such audit."""
    return conn.execute(sa.select(Audit.state).where(Audit.id == audit_id)).scalar_one_or_none()
