"""What names a fixed answer, and how fresh the sources behind it are."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.views import Meta, SourceRef
from services.store.looks import ListSeen, SourceSeen, load_sources
from services.validity import RULE_VERSION

LOOKUP = "lookup"  # services.sync.catalogue's name of the list of look-ups
# A list is overdue when a whole turn was missed: one late or failed run alone alarms nobody.
MISSED_TURNS = 2
FIRST_READ = timedelta(hours=1)  # within this a new source should have been read once


def overdue_why(source: SourceSeen, now: datetime) -> str:
    """Why a source is overdue, in words, or "" where it is not. A disabled one never is."""
    if not source.enabled:
        return ""
    every = timedelta(seconds=source.every_seconds)
    return " ".join(filter(None, (_list_why(one, every, now) for one in source.lists)))


def _list_why(one: ListSeen, every: timedelta, now: datetime) -> str:
    if not one.enabled or one.name == LOOKUP:
        return ""
    failed = f" Failures in a row: {one.failures}." if one.failures else ""
    if one.finished_at is None:
        if one.next_due_at is not None and now - one.next_due_at < FIRST_READ:
            return ""
        return f'The list "{one.name}" has never been read with success.{failed}'
    if now - one.finished_at <= every * MISSED_TURNS:
        return ""
    days = every.total_seconds() / 86400
    last = one.finished_at.date().isoformat()
    return f'The list "{one.name}" is due every {days:g} days and was last read on {last}.{failed}'


def source_ref(source: SourceSeen, now: datetime) -> SourceRef:
    return SourceRef(
        key=source.key,
        title=source.meta.get("title", source.key),
        title_zh=source.meta.get("title_zh", ""),
        tier=source.tier,
        made=source.made,
        recorded=source.recorded,
        last_success_at=source.last_success_at,
        overdue=bool(overdue_why(source, now)),
    )


def log_position(conn: Connection) -> int:
    """The newest position of the log; -1 before the first publish."""
    newest = sa.func.coalesce(sa.func.max(m.LogLeaf.position), -1)
    return int(conn.execute(sa.select(newest)).scalar_one())


def meta(
    conn: Connection,
    sources: Iterable[SourceSeen],
    *,
    on: date,
    known_at: datetime,
    **more: Any,
) -> Meta:
    """Meta of an answer built from these sources. ``more``: Meta's other fields.

    Whether a source is overdue is said as of ``known_at``: for an answer as of now that is now.
    """
    position = more.pop("log_position", None)
    return Meta(
        as_known_at=known_at,
        on=on,
        log_position=log_position(conn) if position is None else position,
        rule_version=RULE_VERSION,
        sources=tuple(source_ref(source, known_at) for source in sources),
        **more,
    )


__all__ = ["LOOKUP", "load_sources", "log_position", "meta", "overdue_why", "source_ref"]
