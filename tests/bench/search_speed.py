"""How fast search answers: questions by kind, in the service without HTTP.

    python -m tests.bench.search_speed --directory national            # a made directory
    python -m tests.bench.search_speed --size small                    # the made registers
    python -m tests.bench.search_speed --dsn postgresql+psycopg://…     # a database that is there

A made directory is asked in its own words (``made_queries.py``), the others by ``queries.csv``.

A page has its cards, facets, quoted lines and near misses. Beside it the *bare* statements: the
same ones with the same values, by psycopg alone, whose rows are fetched and not looked at.
``cold``: each question asked for the first time; ``warm``: the least of later rounds, the page and
its bare statements in turns. ``processor``: of the service and of PostgreSQL together for a page,
``server`` of PostgreSQL alone, where it runs on this machine as a process that can be seen.

Besides these kinds: the words that most bodies hold, now and as of a past day, the next
page of such a word, and no question at all. A made directory's documents are written when all is
known, so its past day is the last that it knows of: for these questions one publish more is put to
its log, and undone after each, and what stood before is asked of all documents' versions.
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from deploy.made_data.sizes import SIZES
from services import db
from services.find.search import Query, search
from tests.bench import made_queries
from tests.bench.data import database
from tests.bench.directory import made_directory
from tests.bench.draw_queries import read
from tests.bench.figures import machine, tell

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)  # the day on which the made registers end
ALL = "all that were drawn"
COMMON = 5  # words taken for very common


@dataclass(slots=True)
class Told:
    """Milliseconds of one question. ``statements``: round trips of its page."""

    cold: float
    warm: float
    bare: float
    processor: float
    server: float
    statements: int
    total: int


# one run and one leaf more than there are, as the last ones are
_LATER = (
    (
        "insert into run overriding system value select (jsonb_populate_record(r,"
        " jsonb_build_object('id', id + 1))).* from run r order by id desc limit 1"
    ),
    (
        "insert into log_leaf select (jsonb_populate_record(l, jsonb_build_object("
        " 'position', position + 1, 'run_id', (select max(id) from run),"
        " 'known_at', known_at + interval '2 days'))).*"
        " from log_leaf l order by position desc limit 1"
    ),
)


@dataclass(slots=True)
class Kind:
    told: list[Told] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        warm = [one.warm for one in self.told]
        bare = [one.bare for one in self.told]
        of_bare = sorted(one.warm / one.bare for one in self.told if one.bare)
        return {
            "questions": len(self.told),
            **{f"cold_{n}": v for n, v in _parts([one.cold for one in self.told]).items()},
            **{f"warm_{n}": v for n, v in _parts(warm).items()},
            **{f"bare_{n}": v for n, v in _parts(bare).items()},
            "of_bare_p50": _at(of_bare, 0.5),
            "of_bare_p95": _at(of_bare, 0.95),
            **{f"processor_{n}": v for n, v in _parts([t.processor for t in self.told]).items()},
            **{f"server_{n}": v for n, v in _parts([one.server for one in self.told]).items()},
            "statements": max(one.statements for one in self.told),
            "most_found": max(one.total for one in self.told),
        }


def _parts(values: Sequence[float]) -> dict[str, float]:
    there = sorted(values)
    return {f"p{n}": round(_at(there, n / 100), 2) for n in (50, 95, 99)}


def _at(there: Sequence[float], share: float) -> float:
    return there[min(len(there) - 1, int(share * len(there)))] if there else 0.0


class Bench:
    """One database, asked as of ``now``."""

    def __init__(self, url: str, now: datetime, rounds: int, *, add_later: bool) -> None:
        self.url = url
        self.now = now
        self.rounds = rounds
        self.add_later = add_later
        self.engine = db.connect(url)
        gc.collect()
        gc.freeze()  # as the web process does
        self.bare = psycopg.connect(_plain(url), autocommit=True)

    @contextmanager
    def snapshot(self, *, past: bool = False) -> Iterator[Connection]:
        """As the front door reads: one state, nothing written that stays."""
        if past and self.add_later:
            with self.engine.connect() as conn:
                for statement in _LATER:
                    conn.execute(sa.text(statement))
                yield conn
        else:
            with db.snapshot(self.engine) as conn:
                yield conn

    def ask(self, query: Query) -> Told:
        cold, told, _ = self._page(query)
        heard = self._heard(query)
        warm, bare, processor, server = [], [], [], []
        for _ in range(self.rounds):
            took, told, (ours, theirs) = self._page(query)
            warm.append(took)
            processor.append(ours + theirs)
            server.append(theirs)
            bare.append(self._alone(heard, past=query.as_of is not None))
        return Told(
            cold=cold,
            warm=min(warm),
            bare=min(bare),
            processor=min(processor),
            server=min(server),
            statements=len(heard),
            total=told[1].total or 0,
        )

    def _page(self, query: Query) -> tuple[float, Any, tuple[float, float]]:
        """Milliseconds, what was told, milliseconds of processor: ours, the server's."""
        with self.snapshot(past=query.as_of is not None) as conn:
            spent = _spent(conn)
            ours, begun = time.process_time(), time.perf_counter()
            told = search(conn, query, now=self.now, today=self.now.date())
            took = 1000 * (time.perf_counter() - begun)
            return took, told, (1000 * (time.process_time() - ours), spent())

    def _heard(self, query: Query) -> list[tuple[str, Any]]:
        heard: list[tuple[str, Any]] = []

        def hear(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
            if statement not in _LATER:
                heard.append((statement, values))

        sa.event.listen(self.engine, "before_cursor_execute", hear)
        try:
            self._page(query)
        finally:
            sa.event.remove(self.engine, "before_cursor_execute", hear)
        return heard

    def _alone(self, heard: Sequence[tuple[str, Any]], *, past: bool) -> float:
        # in one transaction, as the page asks them: what it sets of the planner ends with it
        with self.bare.transaction(force_rollback=True), self.bare.cursor() as cursor:
            for statement in _LATER if past and self.add_later else ():
                cursor.execute(statement)
            begun = time.perf_counter()
            for statement, values in heard:
                cursor.execute(statement, values)
                cursor.fetchall()
            return 1000 * (time.perf_counter() - begun)

    def close(self) -> None:
        self.bare.close()
        self.engine.dispose()


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _spent(conn: Connection) -> Callable[[], float]:
    """Milliseconds of processor that the server's process takes from now on; 0 where it cannot be
    seen."""
    pid = conn.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
    told = Path(f"/proc/{pid}/schedstat")

    def now() -> float:
        try:
            return int(told.read_text("ascii").split()[0]) / 1e6
        except OSError:
            return 0.0

    begun = now()
    return lambda: now() - begun


def commonest(conn: Connection) -> list[str]:
    """The written words that most bodies' lines hold."""
    rows = conn.execute(
        sa.text(
            "with few as (select tokens from entry order by body_id limit 2000)"
            " select one from few, unnest(tsvector_to_array(tokens)) as one"
            " where one ~ '^[a-z]{4,}$' group by one order by count(*) desc, one limit :few"
        ),
        {"few": COMMON},
    )
    return list(rows.scalars())


Draw = Callable[[Connection], list[tuple[str, Query]]]


def of_the_file(_: Connection) -> list[tuple[str, Query]]:
    return [(one.kind, Query(q=one.q, standard=one.standard)) for one in read()]


def of_the_directory(size: str, seed: int, each: int = 20) -> Draw:
    def drawn(conn: Connection) -> list[tuple[str, Query]]:
        return [
            (one.kind, Query(standard=one.q) if one.standard else Query(q=one.q))
            for one in made_queries.draw(conn, size, seed, each)
        ]

    return drawn


def common(conn: Connection, now: datetime, past: date) -> Iterator[tuple[str, Query]]:
    """Of what most bodies hold, now and then, and of nothing at all."""
    for word in commonest(conn):
        yield "very common word", Query(q=word)
        yield "very common word, as of a past day", Query(q=word, as_of=past)
        first, meta = search(conn, Query(q=word), now=now, today=now.date())
        if meta.next_cursor:
            yield "very common word, next page", Query(q=word, cursor=meta.next_cursor)
        if countries := first.facets["country"]:
            country = countries[0].value
            yield "very common word in a country", Query(q=word, country=country)
    yield "no question", Query()
    yield "no question, as of a past day", Query(as_of=past)


@dataclass(slots=True)
class Measured:
    """``rows``: of some tables."""

    rows: dict[str, int]
    kinds: dict[str, Kind]


def measure(url: str, now: datetime, past: date | None, rounds: int, draw: Draw) -> Measured:
    """``past``: a day to ask of; None: the last that the log knows of."""
    bench = Bench(url, now, rounds, add_later=past is None)
    found: dict[str, Kind] = {}
    try:
        with bench.snapshot() as conn:
            drawn = draw(conn)
            past = (
                past
                or conn.execute(sa.text("select max(known_at)::date from log_leaf")).scalar_one()
            )
            asked = [*drawn, *common(conn, now, past)]
            sizes = {
                table: conn.execute(sa.text(f"select count(*) from {table}")).scalar_one()
                for table in ("entry", "document", "scope_line", "term")
            }
        tell("search speed: rows", **sizes)
        asked.sort(key=lambda each: each[0])
        for kind, queries in groupby(asked, key=lambda each: each[0]):
            found[kind] = Kind([bench.ask(query) for _, query in queries])
            tell("search speed", kind=kind, **found[kind].line())
    finally:
        bench.close()
    every = Kind([told for kind in {kind for kind, _ in drawn} for told in found[kind].told])
    tell("search speed", kind=ALL, **every.line())
    return Measured(sizes, found | {ALL: every})


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.search_speed", description=__doc__)
    asked.add_argument("--dsn", help="a database that is there, at the newest schema")
    asked.add_argument("--directory", choices=list(SIZES), help="a made directory of this size")
    asked.add_argument("--size", default="small", help="tiny, small or a number of accreditations")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--folder", type=Path, default=Path("build/bench"))
    asked.add_argument("--each", type=int, default=20, help="questions of a kind to a directory")
    asked.add_argument("--rounds", type=int, default=3, help="after the first asking")
    asked.add_argument("--now", type=datetime.fromisoformat, default=NOW)
    asked.add_argument("--past", type=date.fromisoformat, default=date(2026, 1, 1))
    args = asked.parse_args()
    now = args.now if args.now.tzinfo else args.now.replace(tzinfo=UTC)
    size = "" if args.dsn else args.directory or args.size
    tell("machine", **machine(), size=size, seed=args.seed)
    if args.dsn:
        measure(args.dsn, now, args.past, args.rounds, of_the_file)
    elif args.directory:
        with made_directory(args.folder, size, args.seed) as server:
            draw = of_the_directory(size, args.seed, args.each)
            measure(server.url, now, None, args.rounds, draw)
    else:
        with database(args.folder, size, args.seed) as server:
            measure(server.url, now, args.past, args.rounds, of_the_file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
