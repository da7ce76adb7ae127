"""The one road, on one page:

    claimed → fetched → kept → parsed → checked → matched → stated → logged → published

Two ends only: published (or unchanged), or refused (or failed) with reasons, old data untouched.
The check stands before the match: it needs nothing from the database but the last good run's
shape, and a refused reading should not cost a match.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from services.errors import FetchError, LeaseLost, NotFound, Refused, Unreadable
from services.kit import Expect, Lookup, Page, Request, Source
from services.models import Run, SourceList
from services.settings import Settings, duration
from services.sync import catalogue, faults, holders, ledger
from services.sync.check import contradictions, doubts, shape
from services.sync.fetch import Fetched, Fetcher
from services.sync.gather import Earlier, fetch_list
from services.sync.keep import content_hash, keep, kept, kept_as_fetched
from services.sync.ledger import Claim
from services.sync.pages import bare, bodies
from services.sync.publish import Outcome, publish, take_turn
from services.sync.reader import Reader, ReaderLost, bounds, shared
from services.sync.spool import Spool, Spooled, Told, opened, write
from services.terms import ChangeCause, RunState
from services.watch.shape import tell_changed_shape

log = structlog.get_logger()

HAND_BACK_AGAIN = 0.1  # s; a renewal's lock is gone by then, a publish is soon asked again


@dataclass(slots=True)
class Road:
    """All that a run needs from outside. ``clock`` is the only source of time.

    ``held``: the runs that are on their way here, by id.
    """

    engine: Engine
    settings: Settings
    sources: Mapping[str, Source]
    clock: Callable[[], datetime]
    held: dict[int, Claim] = field(default_factory=dict, repr=False)

    @property
    def reader(self) -> Reader:
        """Where a stranger's bytes are read: processes of their own, shared by all roads here."""
        return shared(bounds(self.settings))

    @property
    def lease(self) -> timedelta:
        return duration(self.settings.road.lease)


@dataclass(frozen=True, slots=True)
class Given:
    """A file handed in instead of fetched, and the time at which the directory learned it."""

    pages: tuple[Page, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Good:
    """The last good run of the same list (or record): what this one is compared with."""

    run_id: int
    content_hash: bytes
    parser_version: int
    shape: Mapping[str, Any]


@dataclass(slots=True)
class _Trip:
    """One claimed run on its way."""

    road: Road
    held: Claim
    source: Source
    given: Given | None
    good: Good | None = None
    fetched: Sequence[Fetched] = ()
    content: bytes = b""  # the hash of all that was fetched
    reading: Spooled | None = None
    told: dict[str, Any] = field(default_factory=dict)
    settings: Settings = field(init=False)  # with what the desk says of this source

    def __post_init__(self) -> None:
        self.settings = self.road.settings

    def known_at(self) -> datetime:
        return self.given.at if self.given and self.given.at else self.road.clock()


def carry_out(road: Road, run_id: int, given: Given | None = None) -> RunState | None:
    """Claim a run and take it along the road. None where somebody else holds it.

    Raises LeaseLost where the run was taken over meanwhile; nothing was published then.
    """
    with road.engine.begin() as conn:
        held = ledger.claim(conn, run_id, road.lease)
    if held is None:
        return None
    road.held[run_id] = held
    try:
        return _carry(road, held, given)
    finally:
        if road.held.get(run_id) is held:  # not where another thread here has taken it over
            del road.held[run_id]


def hand_back(road: Road) -> list[int]:
    """Give up every run that is on its way here, so that others take them up at once.

    Returns their ids. Whoever carries one loses its lease at the next step, and nothing of it is
    written. Those that publish are waited for, to their end or until they publish no more; none of
    the others waits with them.
    """
    waiting, handed = list(road.held.values()), []
    while waiting:
        for one in list(waiting):
            with road.engine.begin() as conn:
                given = ledger.hand_back(conn, one)
            if given is not None:
                waiting.remove(one)
            if given:
                handed.append(one.run_id)
        if waiting:
            time.sleep(HAND_BACK_AGAIN)
    return handed


def _carry(road: Road, held: Claim, given: Given | None) -> RunState:
    faults.reach("claimed")
    with ledger.alive(road.engine, held, road.lease):
        source = road.sources.get(held.source_key)
        if source is None or held.list_name not in catalogue.lists_of(source):
            return _end_without_source(road, held)
        trip = _Trip(road, held, source, given)
        try:
            return _travel(trip)
        except Refused as refusal:
            return _refuse(trip, refusal.reasons)
        except Unreadable as fault:
            return _refuse(trip, [str(fault)])
        except (FetchError, NotFound, ReaderLost) as fault:
            return _fail(trip, str(fault))
        except (sa.exc.DataError, psycopg.DataError) as fault:
            # a word that no column can hold, U+0000 for one: it would fail the same way for ever
            return _refuse(trip, [f"The database cannot hold what was read: {fault.args[0]}"[:500]])


def _travel(trip: _Trip) -> RunState:
    with trip.road.engine.begin() as conn:
        trip.good = last_good(conn, trip.held)
        trip.settings = catalogue.as_asked(conn, trip.road.settings)
    trip.fetched = _fetch(trip)
    faults.reach("fetched")
    trip.content = content = content_hash(one.page for one in trip.fetched)
    if _same_bytes(trip, content):
        trip.fetched = bare(trip.fetched)
        return _unchanged(trip, content)
    _keep(trip)
    faults.reach("kept")
    trip.reading = _parse(trip)
    trip.fetched = bare(trip.fetched)  # they are kept and read
    trip.told["shape"] = shape(trip.reading)
    faults.reach("parsed")
    _check(trip)
    faults.reach("checked")
    with trip.road.engine.begin() as conn:
        ledger.hold(conn, trip.held)
        take_turn(conn)
        known_at = trip.known_at()
        _only_forward(conn, trip, known_at)
        # the run's own times first: today's answers are judged with this look counted in
        ledger.mark(conn, trip.held, step="checked", **_common(trip, content, known_at))
        today = trip.road.clock().date()
        outcome = publish(conn, trip.held, trip.reading, known_at=known_at, today=today)
        _finish(conn, trip, content, known_at, outcome)
        _tell_shape(conn, trip)
    faults.reach("published")
    return RunState.UNCHANGED if outcome.nothing else RunState.PUBLISHED


# --- the steps -----------------------------------------------------------------------------------


def last_good(conn: Connection, held: Claim) -> Good | None:
    """The newest run of the list (or record) whose reading stands; None before the first."""
    query = sa.select(Run).where(
        Run.list_id == held.list_id,
        Run.record_key == held.record_key,
        Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
        Run.shape != sa.literal({}, Run.shape.type),
    )
    row = conn.execute(query.order_by(Run.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    return Good(row.id, row.content_hash, row.parser_version, row.shape)


def _fetch(trip: _Trip) -> Sequence[Fetched]:
    if trip.given is not None:
        at = trip.known_at()
        return [Fetched(Request(url=page.url), page, {}, at, at) for page in trip.given.pages]
    if (run_id := trip.held.kept_in) is not None:
        with trip.road.engine.begin() as conn:
            return kept_as_fetched(conn, run_id)
    road, source = trip.road, trip.source
    fetcher = Fetcher(
        road.engine, road.settings.fetch, road.clock, catalogue.rate(source, trip.settings)
    )
    try:
        if trip.held.list_name == catalogue.LOOKUP:
            return [fetcher.get(_lookup_request(trip))]
        one = source.list_named(trip.held.list_name)
        return fetch_list(fetcher, road.reader, source, one, road.settings, _held_pages(trip))
    finally:
        fetcher.close()


def _held_pages(trip: _Trip) -> Earlier:
    """The last good pages; none where the reader changed since, so that they are read anew."""
    if trip.good is None or trip.good.parser_version != trip.source.parser_version:
        return Earlier()
    with trip.road.engine.begin() as conn:
        return Earlier(kept(conn, trip.good.run_id))


def _lookup_request(trip: _Trip) -> Request:
    lookup = trip.source.lookup
    if lookup is None:
        raise NotFound(f'Source "{trip.source.key}" offers no look-up.')
    address = catalogue.address(trip.source, catalogue.LOOKUP, trip.road.settings)
    return lookup.request(address, *_asked_about(lookup, trip.held.record_key))


def _asked_about(lookup: Lookup, record_key: str) -> tuple[str, str]:
    """Issuer and number of a look-up. Some acronyms hold a space: the longest known one counts."""
    known = [one for one in lookup.issuers if record_key.startswith(f"{one} ")]
    issuer = max(known, key=len, default=record_key.partition(" ")[0])
    return issuer, record_key[len(issuer) + 1 :]


def _same_bytes(trip: _Trip, content: bytes) -> bool:
    """Whether nothing can differ. What is to be read again is read: its reader may have been mended
    without a new number."""
    good = trip.good
    return (
        good is not None
        and trip.held.accepts is None
        and trip.held.rereads is None
        and good.content_hash == content
        and good.parser_version == trip.source.parser_version
    )


def _keep(trip: _Trip) -> None:
    publisher_url = ""
    if trip.held.list_name == catalogue.LOOKUP:
        publisher_url = trip.fetched[0].page.url
    else:
        publisher_url = trip.source.list_named(trip.held.list_name).request.url
    with trip.road.engine.begin() as conn:
        ledger.mark(conn, trip.held, step="kept")
        keep(conn, trip.held.run_id, trip.fetched, publisher_url, trip.road.clock())


def _parse(trip: _Trip) -> Spooled:
    """Read the pages in a bounded process: whatever a reader trips over is a reason to refuse,
    never a dead worker."""
    pages, held = bodies(trip.fetched), trip.held
    return read_pages(trip.road.reader, trip.source, held.list_name, held.record_key, pages)


def read_pages(
    reader: Reader, source: Source, list_name: str, record_key: str, pages: Sequence[Page]
) -> Spooled:
    """What the pages of a list, or of the look-up of one record, say. Raises Unreadable and
    ReaderLost."""
    spool, parts = Spool(), tuple(expectation(source, list_name).fill)
    asked: tuple[Any, ...] = ("", source.parse, pages, list_name)
    if list_name == catalogue.LOOKUP and (lookup := source.lookup):
        asked = (record_key, lookup.parse, pages[0], *_asked_about(lookup, record_key))
    return opened(reader.call(Told, write, parts, *asked, spool=spool), spool)


def expectation(source: Source, list_name: str) -> Expect:
    """A list's own expectations, else its source's; a look-up may find nothing."""
    if list_name == catalogue.LOOKUP:
        return Expect(min_rows=0, max_drop=1.0)
    return source.list_named(list_name).expect or source.expect


def _check(trip: _Trip) -> None:
    """Hold the reading against its list. An accepted run is spared the doubts, never the
    contradictions."""
    assert trip.reading is not None
    said = contradictions(trip.reading)
    if trip.held.accepts is None:
        said = _doubts(trip, trip.reading) + said
    if said:
        raise Refused(said)


def _doubts(trip: _Trip, reading: Spooled) -> list[str]:
    last = trip.good.shape if trip.good else None
    try:
        said = doubts(reading, expectation(trip.source, trip.held.list_name), last)
    except Exception as fault:
        log.exception("check failed", run=trip.held.run_id, source=trip.source.key)
        return [f"The check of this source failed: {type(fault).__name__}: {fault}"[:500]]
    if trip.good and not trip.held.record_key:
        with trip.road.engine.begin() as conn:
            moved = holders.moved_in(conn, trip.held.list_id, reading)
        said += holders.doubts(moved, len(reading.heads))
    return said


def _only_forward(conn: Connection, trip: _Trip, known_at: datetime) -> None:
    """Knowledge only moves forward: also a look back over kept files must keep its order.

    A time to come is none at which anything was learned: it would hide these facts until then and
    shut out every run before it.
    """
    if known_at > (now := trip.road.clock()):
        said = f"This run's time {known_at.isoformat()} is still to come: it is {now.isoformat()}."
        raise Refused([said])
    newest = conn.execute(
        sa.select(
            sa.func.max(Run.known_at).label("known"), sa.func.max(Run.as_of).label("as_of")
        ).where(
            Run.list_id == trip.held.list_id,
            Run.record_key == trip.held.record_key,
            Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
        )
    ).one()
    if newest.known is not None and known_at <= newest.known:
        said = f"This run's time {known_at.isoformat()} is not later than"
        said += f" {newest.known.isoformat()}, the time of the last published one."
        raise Refused([said])
    as_of = min((one.as_of for one in trip.fetched), default=known_at)
    if newest.as_of is not None and as_of < newest.as_of:
        said = f"This version is of {as_of.isoformat()}; one of {newest.as_of.isoformat()} is"
        raise Refused([f"{said} published already: a newer truth is not replaced by an older one."])


# --- the ends ------------------------------------------------------------------------------------


def _next_due(trip: _Trip, *, failed: bool = False) -> datetime | None:
    """When this list is due again; after a failure sooner, doubling up to the source's interval."""
    if trip.held.list_name == catalogue.LOOKUP or trip.held.rereads or trip.held.uploaded:
        return None  # what is no look at the publisher's address puts none off
    every = catalogue.interval(trip.source, trip.settings)
    if not failed:
        return trip.road.clock() + every
    with trip.road.engine.begin() as conn:
        failures = conn.execute(
            sa.select(SourceList.failures).where(SourceList.id == trip.held.list_id)
        ).scalar_one()
    first = duration(trip.road.settings.road.retry_after)
    wait: timedelta = first * 2 ** min(int(failures), 10)
    return trip.road.clock() + min(every, wait)


def _common(trip: _Trip, content: bytes | None, known_at: datetime) -> dict[str, Any]:
    as_of = min((one.as_of for one in trip.fetched), default=known_at)
    return {
        "as_of": as_of,
        "known_at": known_at,
        "recorded": any(one.recorded for one in trip.fetched),
        "content_hash": content,
        "parser_version": trip.source.parser_version,
        "cause": cause(trip.held, trip.good, content),
    }


def cause(held: Claim, good: Good | None, content: bytes | None) -> ChangeCause:
    """Whose change it is: the same bytes as the last good version's can only be read otherwise."""
    if good is not None and good.content_hash == content:
        return ChangeCause.READING
    return ChangeCause.REREAD if held.rereads is not None else ChangeCause.SOURCE


def _unchanged(trip: _Trip, content: bytes) -> RunState:
    """Same bytes, same reader: this run's row says so, and nothing else is written."""
    with trip.road.engine.begin() as conn:
        ledger.hold(conn, trip.held)
        known_at = trip.known_at()
        _only_forward(conn, trip, known_at)
        ledger.finish(
            conn, trip.held, RunState.UNCHANGED, next_due_at=_next_due(trip), complete=True,
            step="unchanged", counts=Outcome().counts(), unread=_unread_before(trip),
            **_common(trip, content, known_at),
        )  # fmt: skip
    return RunState.UNCHANGED


def _unread_before(trip: _Trip) -> sa.ScalarSelect[Any]:
    """What the same reader could not read in the same bytes."""
    assert trip.good is not None
    return sa.select(Run.unread).where(Run.id == trip.good.run_id).scalar_subquery()


def _finish(
    conn: Connection, trip: _Trip, content: bytes, known_at: datetime, outcome: Outcome
) -> None:
    state = RunState.UNCHANGED if outcome.nothing else RunState.PUBLISHED
    ledger.finish(
        conn, trip.held, state, next_due_at=_next_due(trip), good=True, complete=True,
        step="published", counts=outcome.counts(), shape=trip.told["shape"],
        unread=outcome.unread,
        **_common(trip, content, known_at),
    )  # fmt: skip


def _refuse(trip: _Trip, reasons: list[str]) -> RunState:
    known_at = trip.known_at()
    with trip.road.engine.begin() as conn:
        ledger.finish(
            conn, trip.held, RunState.REFUSED, next_due_at=_next_due(trip), step="refused",
            reasons=reasons, shape=trip.told.get("shape", {}),
            **_common(trip, trip.content or content_hash(()), known_at),
        )  # fmt: skip
        _tell_shape(conn, trip)
    log.warning("run refused", run=trip.held.run_id, source=trip.source.key, reasons=reasons)
    return RunState.REFUSED


def _tell_shape(conn: Connection, trip: _Trip) -> None:
    """Of a list: its subscribers are told in the transaction that ends the run."""
    if not trip.held.record_key:
        tell_changed_shape(conn, trip.held.list_id, trip.road.clock())


def _fail(trip: _Trip, reason: str) -> RunState:
    next_due = _next_due(trip, failed=True)
    with trip.road.engine.begin() as conn:
        ledger.finish(
            conn, trip.held, RunState.FAILED, next_due_at=next_due, step="failed",
            reasons=[reason],
        )  # fmt: skip
    log.warning("run failed", run=trip.held.run_id, source=trip.source.key, reason=reason)
    return RunState.FAILED


def _end_without_source(road: Road, held: Claim) -> RunState:
    """Tomorrow again, not with the next tick: until then the installation may have it."""
    what = f'source "{held.source_key}" with a list "{held.list_name}"'
    lookup = held.list_name == catalogue.LOOKUP
    next_due = None if lookup else road.clock() + timedelta(days=1)
    with road.engine.begin() as conn:
        ledger.finish(
            conn, held, RunState.FAILED, next_due_at=next_due, step="failed",
            reasons=[f"There is no {what} in this installation."],
        )  # fmt: skip
    return RunState.FAILED


__all__ = ["Given", "LeaseLost", "Road", "carry_out", "expectation"]
