"""Reading kept bytes again after a parser fix: what differs is our reading, not the source's word.

The bytes of an earlier run travel the road again, from keeping on, as a run of its own that names
the earlier one, who asked and why. Valid times come from the bytes, known times from now: nothing
that was known before is altered. A preview is the very publish, rolled back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, Conflict, NotFound, Refused, Unreadable
from services.find.changes import of_run
from services.find.views import ChangeView
from services.kit import Reading, Source
from services.models import Run, RunPayload, SourceList
from services.sync import holders, ledger
from services.sync.accept import PROVENANCE, reason, refuse_outdated, refuse_second
from services.sync.check import contradictions, doubts
from services.sync.fetch import Fetched
from services.sync.keep import content_hash, kept_as_fetched
from services.sync.ledger import Claim
from services.sync.pages import bodies
from services.sync.publish import Outcome, publish, take_turn
from services.sync.reader import Reader
from services.sync.run import cause, expectation, last_good, read_pages
from services.terms import ChangeCause, RunState

EXAMPLES = 50  # changes that a preview shows
_GOOD = (RunState.PUBLISHED, RunState.UNCHANGED)
_HELD = timedelta(minutes=5)  # of a run that is rolled back; no other ever sees it


def newest(conn: Connection, source_key: str) -> dict[str, int]:
    """List → the run whose kept bytes its reading stands on; lists without one are left out."""
    newest_good = (
        sa.select(Run.id)
        .where(Run.list_id == SourceList.id, Run.record_key == "", Run.state.in_(_GOOD))
        .where(sa.exists().where(RunPayload.run_id == Run.id))
        .order_by(Run.id.desc())
        .limit(1)
        .correlate(SourceList)
        .scalar_subquery()
    )
    rows = conn.execute(
        sa.select(SourceList.name, newest_good.label("run_id"))
        .where(SourceList.source_key == source_key)
        .order_by(SourceList.id)
    )
    return {row.name: int(row.run_id) for row in rows if row.run_id is not None}


def reread(conn: Connection, run_id: int, by: str, because: str, now: datetime) -> int:
    """Ask for the run that reads an earlier run's kept bytes again. Returns the new run's id.

    Raises NotFound where there is no such run, BadQuestion without a reason, and Conflict where it
    keeps no bytes, is not over, was published since, its list has published newer bytes, or another
    run of the list is open.
    """
    because = reason(because, "Reading again")
    run = conn.execute(
        sa.select(
            *(Run.state, Run.list_id, Run.record_key, Run.as_of, *PROVENANCE),
        ).where(Run.id == run_id)
    ).one_or_none()
    if run is None:
        raise NotFound(f"There is no run {run_id}.", "See the runs of its source.")
    if run.state in (RunState.QUEUED, RunState.RUNNING):
        raise Conflict(f"Run {run_id} is not over yet: it is {run.state}.", "Wait for its end.")
    if not conn.execute(sa.select(sa.exists().where(RunPayload.run_id == run_id))).scalar_one():
        raise Conflict(
            f"Run {run_id} kept no bytes of its own.",
            "Take the run that its list stands from, or let the source be fetched again.",
        )
    try:
        if run.state in _GOOD:
            _only_newest(conn, run_id, run.list_id, run.record_key)
        else:
            refuse_second(conn, run_id)
            refuse_outdated(conn, run_id, run.list_id, run.record_key, run.as_of)
    except BadQuestion as fault:
        raise Conflict(fault.what, fault.remedy) from fault
    asked, new = ledger.ask(conn, run.list_id, by, now, run.record_key)
    if not new:
        raise Conflict(f"Run {asked} of the same list is under way.", "Wait for its end.")
    conn.execute(
        sa.update(Run)
        .where(Run.id == asked)
        .values(
            rereads_run_id=run_id,
            because=because,
            **{column.key: getattr(run, column.key) for column in PROVENANCE},
        )
    )
    return asked


def _only_newest(conn: Connection, run_id: int, list_id: int, record_key: str) -> None:
    """An older version's reading never comes over a newer one, however much better it is read."""
    later = conn.execute(
        sa.select(Run.id)
        .where(
            Run.list_id == list_id,
            Run.record_key == record_key,
            Run.state.in_(_GOOD),
            Run.id > run_id,
            sa.exists().where(RunPayload.run_id == Run.id),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if later is not None:
        raise Conflict(
            f"Run {later} has published a newer version of this list than run {run_id}.",
            f"Read run {later} again: a newer truth is not replaced by an older one.",
        )


# --- the preview ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Material:
    """A run's kept bytes and what they are to be read as."""

    run_id: int
    source_key: str
    list_name: str
    record_key: str
    parser_version: int
    fetched: Sequence[Fetched]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a run again would do. ``reasons``: why it would be refused; then nothing is
    counted. ``cause``: "reading" where the bytes are those of the last good version, "reread" where
    they were refused before. ``reader_before``, ``reader_now``: versions of the source's reader,
    the former of the run that is read again. ``changes``: the first of ``counts["changes"]``."""

    run: int
    source: str
    list: str
    cause: ChangeCause
    reader_before: int
    reader_now: int
    records: int
    reasons: tuple[str, ...]
    counts: dict[str, int]
    changes: tuple[ChangeView, ...]


def material(conn: Connection, run_id: int) -> Material:
    """Raises NotFound where there is no such run or it kept no bytes."""
    row = conn.execute(
        sa.select(SourceList.source_key, SourceList.name, Run.record_key, Run.parser_version)
        .join(SourceList, SourceList.id == Run.list_id)
        .where(Run.id == run_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "See the runs of its source.")
    fetched = kept_as_fetched(conn, run_id)
    if not fetched:
        raise NotFound(
            f"Run {run_id} kept no bytes of its own.", "Take the run its list stands from."
        )
    return Material(run_id, *row, fetched)


def source_of(sources: Mapping[str, Source], of: Material) -> Source:
    """Raises NotFound where this installation has the source no more."""
    if of.source_key not in sources:
        raise NotFound(f'There is no source "{of.source_key}" in this installation.')
    return sources[of.source_key]


def read(reader: Reader, source: Source, of: Material) -> Reading | Unreadable:
    """What the bytes say to the reader of today, or why it cannot read them. No database is asked:
    reading may take minutes."""
    try:
        return read_pages(reader, source, of.list_name, of.record_key, bodies(of.fetched))
    except Unreadable as fault:
        return fault


def preview(
    conn: Connection, source: Source, of: Material, reading: Reading | Unreadable, now: datetime
) -> Preview:
    """What reading again would publish: it is published, looked at and rolled back.

    The caller's transaction stays as it was. Raises what :func:`reread` raises.
    """
    whole = conn.begin_nested()
    try:
        asked = reread(conn, of.run_id, "preview", "A look at what would change.", now)
        held = ledger.claim(conn, asked, _HELD)
        assert held is not None, "this transaction has just made it"
        if isinstance(reading, Unreadable):
            return _said(source, of, ChangeCause.REREAD, 0, reasons=(str(reading),))
        return _tried(conn, source, of, held, reading, now)
    finally:
        whole.rollback()


def _tried(
    conn: Connection, source: Source, of: Material, held: Claim, reading: Reading, now: datetime
) -> Preview:
    good = last_good(conn, held)
    content = content_hash(one.page for one in of.fetched)
    why = cause(held, good, content)
    rows = len(reading.drafts)
    reasons = doubts(reading, expectation(source, of.list_name), good.shape if good else None)
    if good and not of.record_key:
        moved = holders.moved_in(conn, held.list_id, reading)
        reasons += holders.doubts(moved, rows)
    reasons += contradictions(reading)
    if reasons:
        return _said(source, of, why, rows, reasons=tuple(reasons))
    take_turn(conn)
    ledger.mark(
        conn, held, as_of=min(one.as_of for one in of.fetched), known_at=now,
        content_hash=content, parser_version=source.parser_version, cause=why,
    )  # fmt: skip
    try:
        outcome = publish(conn, held, reading, known_at=now, today=now.date())
    except Refused as refusal:
        return _said(source, of, why, rows, reasons=tuple(refusal.reasons))
    changes = of_run(conn, held.run_id, EXAMPLES)
    return _said(source, of, why, rows, counts=outcome.counts(), changes=changes)


def _said(
    source: Source,
    of: Material,
    why: ChangeCause,
    records: int,
    *,
    reasons: tuple[str, ...] = (),
    counts: dict[str, int] | None = None,
    changes: tuple[ChangeView, ...] = (),
) -> Preview:
    return Preview(
        run=of.run_id,
        source=of.source_key,
        list=of.list_name,
        cause=why,
        reader_before=of.parser_version,
        reader_now=source.parser_version,
        records=records,
        reasons=reasons,
        counts=counts or Outcome().counts(),
        changes=changes,
    )
