"""Trying a source with a file: what would be read and whether it would be published. Nothing is
kept: who calls asks within a transaction that can only read."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.find.views import View
from services.kit import Draft, Reading, Source
from services.sync import holders
from services.sync.check import contradictions, counted, doubts, keys_of
from services.sync.run import expectation
from services.terms import RunState

SHOWN = 20  # records, rows not read and leftovers that an answer shows
_PARTS = ("accreditations", "events", "lines", "sites", "presences", "credentials")


class TrialRecord(View, frozen=True, kw_only=True):
    """One record as it would be read. ``parts``: how many of each it has."""

    key: str
    where: str
    names: tuple[str, ...]
    parts: dict[str, int]


class Trial(View, frozen=True, kw_only=True):
    """``reasons``: why it would be refused, none where it would be published. ``records_now``:
    those that stand in the list; ``new`` are not among them, ``gone`` would leave. ``against_run``:
    the good run that it was held against. ``left_over``: what no part of a record takes."""

    source: str
    list: str
    records: int
    lines: int
    reasons: tuple[str, ...]
    against_run: int | None
    records_now: int
    new: int
    gone: int
    sample: tuple[TrialRecord, ...]
    unread: int
    problems: tuple[str, ...]
    left_over: tuple[str, ...]


def unread(key: str, list_name: str, why: str) -> Trial:
    """Of a file that cannot be read at all."""
    return Trial(
        source=key, list=list_name, records=0, lines=0, reasons=(why,), against_run=None,
        records_now=0, new=0, gone=0, sample=(), unread=0, problems=(), left_over=(),
    )  # fmt: skip


def trial(conn: Connection, source: Source, list_name: str, reading: Reading) -> Trial:
    """Hold a reading against its list as a run would: four queries. Raises NotFound for a list
    that the database does not know."""
    list_id = conn.execute(
        sa.select(m.SourceList.id).where(
            m.SourceList.source_key == source.key, m.SourceList.name == list_name
        )
    ).scalar_one_or_none()
    if list_id is None:
        raise NotFound(f'{source.key} has no list "{list_name}".', "See its page for its lists.")
    good = conn.execute(
        sa.select(m.Run.id, m.Run.shape)
        .where(
            m.Run.list_id == list_id,
            m.Run.record_key == "",
            m.Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
            m.Run.shape.has_key("rows"),
        )
        .order_by(m.Run.id.desc())
        .limit(1)
    ).one_or_none()
    reasons = _doubts(source, list_name, reading, good.shape if good else None)
    if good:
        moved = holders.moved_in(conn, list_id, reading)
        reasons += holders.doubts(moved, len(reading.drafts))
    reasons += contradictions(reading)
    standing, read = _standing(conn, list_id), set(keys_of(reading))
    return Trial(
        source=source.key,
        list=list_name,
        records=len(reading.drafts),
        lines=counted(reading).lines,
        reasons=tuple(reasons),
        against_run=good.id if good else None,
        records_now=len(standing),
        new=len(read - standing),
        gone=len(standing - read - set(reading.unread)),
        sample=tuple(_record(draft) for draft in reading.drafts[:SHOWN]),
        unread=len(reading.problems),
        problems=tuple(reading.problems[:SHOWN]),
        left_over=tuple(
            f"{one.what} × {one.count}: {one.example}" for one in reading.leftovers[:SHOWN]
        ),
    )


def _doubts(
    source: Source, list_name: str, reading: Reading, last_good: Mapping[str, Any] | None
) -> list[str]:
    try:
        return doubts(reading, expectation(source, list_name), last_good)
    except Exception as fault:  # a source's own rule is a stranger's code
        return [f"The check of this source failed: {type(fault).__name__}: {fault}"[:500]]


def _standing(conn: Connection, list_id: int) -> set[str]:
    """Keys of the records that stand in the list now."""
    rows = conn.execute(
        sa.select(m.Record.key)
        .join(m.Sighting, m.Sighting.record_id == m.Record.id)
        .where(m.Record.list_id == list_id, m.Sighting.end_run_id.is_(None))
    )
    return set(rows.scalars())


def _record(draft: Draft) -> TrialRecord:
    held = Counter({part: len(getattr(draft, part)) for part in _PARTS})
    return TrialRecord(
        key=draft.key,
        where=draft.where,
        names=tuple(name.text for name in draft.names),
        parts={part: count for part, count in held.items() if count},
    )
