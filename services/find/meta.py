"""What names a fixed answer, and how fresh the sources behind it are."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.views import Meta, SourceRef
from services.terms import Tier
from services.validity import RULE_VERSION

LOOKUP = "lookup"  # services.sync.catalogue's name of the list of look-ups
# A list is overdue when a whole turn was missed: one late or failed run alone alarms nobody.
MISSED_TURNS = 2
FIRST_READ = timedelta(hours=1)  # within this a new source should have been read once


@dataclass(frozen=True, slots=True)
class ListState:
    """One list with its last complete run (``as_of`` None before the first) and what failed."""

    name: str
    enabled: bool
    next_due_at: datetime | None
    failures: int
    as_of: datetime | None
    finished_at: datetime | None
    recorded: bool

    def overdue_why(self, every: timedelta, now: datetime) -> str:
        """Why it is overdue, in words, or "" where it is not."""
        if not self.enabled or self.name == LOOKUP:
            return ""
        failed = f" Failures in a row: {self.failures}." if self.failures else ""
        if self.finished_at is None:
            if self.next_due_at is not None and now - self.next_due_at < FIRST_READ:
                return ""
            return f'The list "{self.name}" has never been read with success.{failed}'
        if now - self.finished_at <= every * MISSED_TURNS:
            return ""
        days = every.total_seconds() / 86400
        last = self.finished_at.date().isoformat()
        said = f'The list "{self.name}" is due every {days:g} days and was last read on {last}.'
        return said + failed


@dataclass(slots=True)
class SourceState:
    """A source's row and how each of its lists does."""

    key: str
    enabled: bool
    tier: Tier
    made: bool
    meta: dict[str, Any]
    lists: list[ListState] = field(default_factory=list)

    @property
    def every(self) -> timedelta:
        return timedelta(seconds=int(self.meta.get("every_seconds", 7 * 86400)))

    @property
    def last_success_at(self) -> datetime | None:
        return max((one.as_of for one in self.lists if one.as_of), default=None)

    @property
    def recorded(self) -> bool:
        return any(one.recorded for one in self.lists)

    def overdue_why(self, now: datetime) -> str:
        if not self.enabled:
            return ""
        return " ".join(filter(None, (one.overdue_why(self.every, now) for one in self.lists)))

    def ref(self, now: datetime) -> SourceRef:
        return SourceRef(
            key=self.key,
            title=self.meta.get("title", self.key),
            title_zh=self.meta.get("title_zh", ""),
            tier=self.tier,
            made=self.made,
            recorded=self.recorded,
            last_success_at=self.last_success_at,
            overdue=bool(self.overdue_why(now)),
        )


def source_states(conn: Connection, keys: Collection[str] | None = None) -> dict[str, SourceState]:
    """Sources by key with their lists, in one query; the directory's own calendar is none."""
    source, one, run = m.SourceRow, m.SourceList, m.Run
    query = (
        sa.select(
            *(source.key, source.enabled, source.tier, source.made, source.meta),
            *(one.name, one.enabled.label("list_enabled"), one.next_due_at, one.failures),
            *(run.as_of, run.finished_at, run.recorded),
        )
        .select_from(source)
        .outerjoin(one, one.source_key == source.key)
        .outerjoin(run, run.id == one.complete_run_id)
        .where(sa.not_(sa.func.coalesce(source.meta["internal"].as_boolean(), sa.false())))
        .order_by(source.key, one.id)
    )
    if keys is not None:
        query = query.where(source.key == sa.any_(sa.literal(list(keys), sa.ARRAY(sa.Text))))
    found: dict[str, SourceState] = {}
    rows: Any = conn.execute(query)
    for row in rows:
        state = found.setdefault(
            row.key, SourceState(row.key, row.enabled, Tier(row.tier), row.made, row.meta)
        )
        if row.name is not None:
            state.lists.append(
                ListState(
                    *(row.name, row.list_enabled, row.next_due_at, row.failures),
                    *(row.as_of, row.finished_at, bool(row.recorded)),
                )
            )
    return found


def log_position(conn: Connection) -> int:
    """The newest position of the log; -1 before the first publish."""
    newest = sa.func.coalesce(sa.func.max(m.LogLeaf.position), -1)
    return int(conn.execute(sa.select(newest)).scalar_one())


def meta(
    conn: Connection,
    keys: Iterable[str],
    *,
    on: date,
    known_at: datetime,
    **more: Any,
) -> Meta:
    """Meta of an answer built from these sources: two queries. ``more``: Meta's other fields.

    Whether a source is overdue is said as of ``known_at``: for an answer as of now that is now.
    """
    states = source_states(conn, sorted(set(keys)))
    position = more.pop("log_position", None)
    return Meta(
        as_known_at=known_at,
        on=on,
        log_position=log_position(conn) if position is None else position,
        rule_version=RULE_VERSION,
        sources=tuple(state.ref(known_at) for state in states.values()),
        **more,
    )
