"""Who says it, and when was it looked at: sources, records, sightings and complete runs.

A *look* is a complete run (published or unchanged) of a list: it saw everything that the list had.
A record's sighting is the range of looks that showed it with one content. Both are stored as
ranges, so that an unchanged run writes one row; here they become the looks of one record again.
"""

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.db import named_rows
from services.models import (
    BodyLink,
    Record,
    ReviewItem,
    Run,
    Sighting,
    SourceList,
    SourceRow,
)
from services.terms import ChangeCause, LeavingMeans, RunState, Tier

LOOKUP = "lookup"  # services.sync.catalogue's name of the list of look-ups
COMPLETE = (RunState.PUBLISHED, RunState.UNCHANGED)


@dataclass(frozen=True, slots=True)
class ListSeen:
    """One list with its last complete run (``as_of`` None before the first) and what failed."""

    name: str
    enabled: bool
    next_due_at: datetime | None
    failures: int
    as_of: datetime | None
    finished_at: datetime | None
    recorded: bool


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """A source as its row describes it; ``meta`` is written by services.sync.catalogue."""

    key: str
    tier: Tier
    made: bool
    enabled: bool
    meta: dict[str, Any]
    lists: list[ListSeen] = field(default_factory=list)

    @property
    def last_success_at(self) -> datetime | None:
        return max((one.as_of for one in self.lists if one.as_of), default=None)

    @property
    def recorded(self) -> bool:
        """What is newest of it is a recorded sample."""
        return any(one.recorded for one in self.lists)

    def decides(self, issuer: str) -> bool:
        """True when this source may decide the status of that issuer's accreditations.

        Tiers 1 and 2 are the accreditation bodies' own; below them only a scheme's or database's
        declared authority counts (BRIEF "Source tiers": a lower tier can never upgrade).
        """
        if self.tier <= Tier.AB_SCHEDULE:
            return True
        return issuer in self.meta.get("authoritative_for", ())

    @property
    def rolling(self) -> bool:
        """Leaving this source's lists says nothing."""
        return bool(self.meta.get("leaving_means") == LeavingMeans.NOTHING.value)

    @property
    def about_bodies(self) -> bool:
        return bool(self.meta.get("about_testing_bodies", True))

    @property
    def every_seconds(self) -> int:
        return int(self.meta.get("every_seconds", 7 * 86400))


@dataclass(frozen=True, slots=True)
class Look:
    """One complete run. ``as_of``: when the publisher's address said so, UTC.

    ``unread``: records that stood in the list and could not be read: it is no look at them.
    ``cause``: why what it changed is another than before.
    """

    run_id: int
    as_of: datetime
    known_at: datetime
    recorded: bool
    unread: frozenset[int] = frozenset()
    cause: ChangeCause = ChangeCause.SOURCE
    day: date = field(init=False, compare=False)  # of ``as_of``: every decision asks for it

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", self.as_of.date())


@dataclass(slots=True)
class Stand:
    """A record stood in its list with one content through these looks, oldest first.

    ``ended``: a later look, known by then, no longer showed it so; ``left`` is that look.
    ``place``: where in the bytes of run ``first_run`` it stood, "" where that was not kept.
    ``days``: of the looks, shared as they are; none where nobody laid them out.
    """

    looks: list[Look]
    left: Look | None
    first_run: int
    place: str
    days: list[date] = field(default_factory=list)

    def between(self, first_run: int, end_run: int | None) -> list[Look]:
        """Its looks from run ``first_run`` until before ``end_run``: mostly all of them."""
        looks = self.looks
        if not looks:
            return looks
        later = first_run > looks[0].run_id
        if not later and (end_run is None or end_run > looks[-1].run_id):
            return looks
        start = bisect_left(looks, first_run, key=_run_id) if later else 0
        end = bisect_left(looks, end_run, key=_run_id) if end_run is not None else len(looks)
        return looks[start:end]


@dataclass(slots=True)
class RecordSeen:
    """One record of one list, the source behind it, and the looks that showed it.

    ``doubted``: it named quite another holder than before, and nobody had decided whose it is.
    """

    id: int
    key: str
    list_id: int
    list_name: str
    source: SourceSeen
    body_id: int
    doubted: bool = False
    stands: list[Stand] = field(default_factory=list)

    @property
    def looked_up(self) -> bool:
        """It answers a question about one number; it does not stand in a list of many."""
        return self.list_name == LOOKUP

    @property
    def gone(self) -> Look | None:
        """The look that no longer showed the record, when it is not on its list any more."""
        return self.stands[-1].left if self.stands else None

    def place_in(self, run_id: int) -> str:
        """Where it stood in the bytes of the run that began to show it so; "" where unknown."""
        return next((stand.place for stand in self.stands if stand.first_run == run_id), "")

    def looks_between(self, first_run: int, end_run: int | None) -> list[Look]:
        """Looks of this record from run ``first_run`` until before ``end_run``, oldest first. Not
        to be changed: what stood through the same looks shares them."""
        shown = [looks for stand in self.stands if (looks := stand.between(first_run, end_run))]
        if len(shown) == 1:
            return shown[0]
        return [look for looks in shown for look in looks]

    def days_of(self, looks: list[Look]) -> list[date]:
        """The days of what :meth:`looks_between` gave; not to be changed either."""
        for stand in self.stands:
            if stand.looks is looks and stand.days:
                return stand.days
        return [look.day for look in looks]

    def last_between(self, first_run: int, end_run: int | None) -> Look | None:
        """The last of :meth:`looks_between`."""
        for stand in reversed(self.stands):
            if looks := stand.between(first_run, end_run):
                return looks[-1]
        return None


_run_id = attrgetter("run_id")
Looks = dict[tuple[int, str], list[Look]]  # by (list id, record key), oldest first


def load_sources(
    conn: Connection, keys: Collection[str] | None = None, *, at: datetime | None = None
) -> dict[str, SourceSeen]:
    """Sources by key with their lists, in one query: a few dozen rows. Not among them: what the
    directory itself publishes, its calendar.

    ``at``: how fresh they were, as known then; lists that had not been read by then are left out.
    How a source is described and when it is due are settings and have no past.
    """
    source, one = SourceRow, SourceList
    table: Any = Run.__table__ if at is None else _newest_by(at)
    run, newest = table.c, sa.true() if at else table.c.id == one.complete_run_id
    query = (
        sa.select(
            *(source.key, source.enabled, source.tier, source.made, source.meta),
            *(one.name, one.enabled.label("list_enabled"), one.next_due_at, one.failures),
            *(run.as_of, run.finished_at, run.recorded),
        )
        .select_from(source)
        .outerjoin(one, one.source_key == source.key)
        .outerjoin(table, newest)
        .where(sa.not_(sa.func.coalesce(source.meta["internal"].as_boolean(), sa.false())))
        .order_by(source.key, one.id)
    )
    if keys is not None:
        query = query.where(source.key == sa.any_(sa.literal(list(keys), sa.ARRAY(sa.Text))))
    found: dict[str, SourceSeen] = {}
    rows: Any = conn.execute(query).all()
    for row in rows:
        seen = found.setdefault(
            row.key, SourceSeen(row.key, Tier(row.tier), row.made, row.enabled, row.meta)
        )
        if row.name is not None and (at is None or row.as_of is not None):
            seen.lists.append(
                ListSeen(
                    *(row.name, row.list_enabled, row.next_due_at, row.failures),
                    *(row.as_of, row.finished_at, bool(row.recorded)),
                )
            )
    return found


def _newest_by(at: datetime) -> Any:
    """The last complete run of each list, as known then."""
    newest = (
        sa.select(Run.as_of, Run.finished_at, Run.recorded)
        .where(Run.list_id == SourceList.id, Run.state.in_(COMPLETE), Run.known_at <= at)
        .order_by(Run.known_at.desc(), Run.id.desc())
        .limit(1)
    )
    return newest.correlate(SourceList).lateral("newest")


def load_records(
    conn: Connection,
    sources: dict[str, SourceSeen],
    body_ids: Collection[int],
    known_at: datetime,
) -> dict[int, RecordSeen]:
    """The records that spoke of these bodies as known at that time, by id, with their looks."""
    bodies = BodyLink.body_id == sa.any_(sa.cast(list(body_ids), sa.ARRAY(sa.BigInteger)))
    return _load_records(conn, sources, bodies, known_at)


def load_records_by_id(
    conn: Connection,
    sources: dict[str, SourceSeen],
    record_ids: Collection[int],
    known_at: datetime,
    looks: Looks | None = None,
) -> dict[int, RecordSeen]:
    """These records, where they spoke of a body then, with their looks. ``looks``: those read
    before as known at the same time; what is read is put there."""
    ids = Record.id == sa.any_(sa.cast(list(record_ids), sa.ARRAY(sa.BigInteger)))
    return _load_records(conn, sources, ids, known_at, looks)


def load_bodiless(
    conn: Connection,
    sources: dict[str, SourceSeen],
    record_ids: Collection[int],
    known_at: datetime,
) -> dict[int, RecordSeen]:
    """These records of reference lists, which speak of markets and of no body (``body_id`` 0)."""
    ids = Record.id == sa.any_(sa.cast(list(record_ids), sa.ARRAY(sa.BigInteger)))
    rows = conn.execute(
        sa.select(
            Record.id, Record.key, Record.list_id, SourceList.name.label("list"),
            SourceList.source_key,
        )
        .join(SourceList, SourceList.id == Record.list_id)
        .where(ids)
        .order_by(Record.id)
    ).all()  # fmt: skip
    records = {
        row.id: RecordSeen(row.id, row.key, row.list_id, row.list, sources[row.source_key], 0)
        for row in rows
    }
    if records:
        _load_stands(conn, records, known_at, {})
    return records


def _load_records(
    conn: Connection,
    sources: dict[str, SourceSeen],
    wanted: sa.ColumnElement[bool],
    known_at: datetime,
    looks: Looks | None = None,
) -> dict[int, RecordSeen]:
    rows = conn.execute(
        sa.select(
            Record.id,
            Record.key,
            Record.list_id,
            SourceList.name.label("list"),
            SourceList.source_key,
            BodyLink.body_id,
            _doubted(known_at).label("doubted"),
        )
        .join(BodyLink, BodyLink.record_id == Record.id)
        .join(SourceList, SourceList.id == Record.list_id)
        .where(wanted, BodyLink.known.contains(known_at))
        .order_by(Record.id)
    ).all()
    records = {
        row.id: RecordSeen(
            id=row.id,
            key=row.key,
            list_id=row.list_id,
            list_name=row.list,
            source=sources[row.source_key],
            body_id=row.body_id,
            doubted=row.doubted,
        )
        for row in rows
    }
    if records:
        _load_stands(conn, records, known_at, {} if looks is None else looks)
    return records


def _doubted(known_at: datetime) -> sa.ColumnElement[bool]:
    """Whether it was open then whom a record speaks of: a review of it and its own body."""
    item = ReviewItem
    return sa.exists().where(
        item.record_id == Record.id,
        item.body_id == BodyLink.body_id,
        item.asked_at <= known_at,
        sa.or_(item.closed_at.is_(None), item.closed_at > known_at),
    )


def _load_stands(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime, looks: Looks
) -> None:
    """Two queries: the sightings of the records, and every complete run of their lists.

    A look-up is a list of its own in which only runs that asked for the same number count; the
    first run of a sighting says which number that is.
    """
    first = sa.alias(Run.__table__, "first")
    sightings = named_rows(
        conn.execute(
            sa.select(
                Sighting.record_id,
                Sighting.first_run_id,
                Sighting.end_run_id,
                Sighting.place,
                first.c.list_id,
                first.c.record_key,
            )
            .join(first, first.c.id == Sighting.first_run_id)
            .where(
                Sighting.record_id == sa.any_(sa.cast(list(records), sa.ARRAY(sa.BigInteger))),
                first.c.known_at <= known_at,
            )
            .order_by(Sighting.record_id, Sighting.first_run_id)
        )
    )
    series = {(row.list_id, row.record_key) for row in sightings}
    missing = series - looks.keys()
    looks.update((one, []) for one in missing)
    looks.update(load_looks(conn, missing, known_at))
    # what stood through the same looks of a list shares them: most of its records do
    shared: dict[tuple[int, str, int, int], tuple[list[Look], list[date]]] = {}
    for row in sightings:
        line = looks[row.list_id, row.record_key]
        start = bisect_left(line, row.first_run_id, key=_run_id)
        # an end that was not known yet is no end: nothing learned later may be used
        ends = row.end_run_id
        end = len(line) if ends is None else bisect_left(line, ends, key=_run_id)
        left = line[end] if end < len(line) else None
        place = row.list_id, row.record_key, start, end
        if place not in shared:
            shared[place] = line[start:end], [look.day for look in line[start:end]]
        shown, days = shared[place]
        if any(row.record_id in look.unread for look in shown if look.unread):
            shown = [look for look in shown if row.record_id not in look.unread]
            days = []
        stand = Stand(shown, left, row.first_run_id, row.place, days)
        records[row.record_id].stands.append(stand)


def load_looks(conn: Connection, series: Collection[tuple[int, str]], known_at: datetime) -> Looks:
    """Complete runs by (list id, record key), oldest first, as known at that time."""
    if not series:
        return {}
    keys = sorted(series)
    wanted = (
        sa.func.unnest(
            sa.literal([key[0] for key in keys], sa.ARRAY(sa.BigInteger)),
            sa.literal([key[1] for key in keys], sa.ARRAY(sa.Text)),
        )
        .table_valued("list_id", "record_key")
        .render_derived(name="wanted")
    )
    run = Run
    rows = conn.execute(
        sa.select(
            *(run.list_id, run.record_key, run.id, run.as_of, run.known_at, run.recorded),
            # hardly any run leaves a record unread, and an array is read a value at a time
            sa.func.nullif(run.unread, sa.cast([], sa.ARRAY(sa.BigInteger))),
            sa.cast(run.cause, sa.Text),
        )
        .join(
            wanted,
            sa.and_(Run.list_id == wanted.c.list_id, Run.record_key == wanted.c.record_key),
        )
        .where(
            # a running run has its time only inside the transaction that publishes it
            Run.state.in_((*COMPLETE, RunState.RUNNING)),
            Run.as_of.is_not(None),
            Run.known_at <= known_at,
        )
        .order_by(Run.id)
    ).all()
    found: Looks = {}
    for list_id, record_key, run_id, as_of, known, recorded, unread, cause in rows:
        look = Look(
            run_id,
            as_of.astimezone(UTC),
            known.astimezone(UTC),
            recorded,
            frozenset(unread) if unread else _NONE,
            _CAUSES[cause],
        )
        found.setdefault((list_id, record_key), []).append(look)
    return found


_NONE: frozenset[int] = frozenset()
_CAUSES = {one.value: one for one in ChangeCause}
