"""One database, reached in two ways: a sync engine for the road, an async one for the front door.

All functions in ``services`` take a :class:`sqlalchemy.Connection`; the web edge runs the same
functions over its async engine with ``AsyncConnection.run_sync``, so nothing is written twice.
A statement's fault names its text and never its values: they go to the logs, and may be secret.
"""

import time
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg import adapters
from psycopg.abc import AdaptContext, Buffer
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.types.range import Range, RangeLoader
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.errors import Conflict

MIGRATIONS = Path(__file__).parent / "migrations"


# a cast of a time to a day asks the session for its zone; and a plan that looks dear would be
# compiled anew for each question, which takes many times what the question takes
_SESSION = "-c timezone=UTC -c jit=off"


def _with_session(url: str) -> URL:
    """The same address with sessions as everything here expects them."""
    asked = make_url(url)
    given = asked.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    return asked.update_query_dict({"options": f"{options} {_SESSION}".strip()})


# the connection given back last is taken first: the server's process behind each keeps what it
# learned (catalogue, plans: some 10 MB), and those that are hardly used stay small. It learns more
# for as long as it lives (all together 4.5 MB in half an hour of use), so that is how long it lives
_LAST_FIRST = {"pool_use_lifo": True, "pool_recycle": 1800}


def connect(url: str, *, pool_size: int = 5, overflow: int = 10) -> Engine:
    """The engine of workers and the command line. ``overflow``: connections beyond ``pool_size``
    that are made when wanted and not kept."""
    engine = sa.create_engine(
        _with_session(url),
        pool_size=pool_size,
        max_overflow=overflow,
        pool_pre_ping=True,
        hide_parameters=True,
        **_LAST_FIRST,
    )
    sa.event.listen(engine, "connect", _read_periods)
    return engine


def connect_reading(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """The engine of pages and read API: autocommit and no reset on return (1.6 x the requests)."""
    return create_async_engine(
        _with_session(url),
        pool_size=pool_size,
        max_overflow=10,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        **_LAST_FIRST,
    )


def connect_writing(url: str, *, pool_size: int = 3) -> AsyncEngine:
    """The engine of what the front door writes: apart, so that no upload keeps a reader waiting."""
    return create_async_engine(
        _with_session(url),
        pool_size=pool_size,
        max_overflow=5,
        pool_pre_ping=True,
        hide_parameters=True,
        **_LAST_FIRST,
    )


# --- rows -----------------------------------------------------------------------------------------


def named_rows(found: sa.Result[Any]) -> list[Any]:
    """All rows as named tuples. A row of SQLAlchemy's own raises and catches an AttributeError at
    every look at a column: too dear for rows that are looked at again and again."""
    make = _row_of(tuple(found.keys()))
    return [make(row) for row in found.all()]


@cache
def _row_of(columns: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]  # noqa: PYI024
    made: Callable[[Iterable[Any]], Any] = row._make
    return made


# --- periods --------------------------------------------------------------------------------------

_MOST_PERIODS = 20_000
_periods: dict[tuple[int, bytes], Range[Any]] = {}


class _Period(RangeLoader[Any]):
    """A period as the database writes it, read once: what is published in one look is known from
    the same moment, so that most rows say one of a few."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._oid = oid

    def load(self, data: Buffer) -> Range[Any]:
        key = self._oid, bytes(data)
        found = _periods.get(key)
        if found is None:
            if len(_periods) >= _MOST_PERIODS:
                _periods.clear()
            found = _periods[key] = super().load(data)
        return found


class _Days(_Period):
    subtype_oid = adapters.types["date"].oid


class _Times(_Period):
    subtype_oid = adapters.types["timestamptz"].oid  # read in the session's zone, which is UTC


def _read_periods(connection: Any, _record: Any) -> None:
    connection.adapters.register_loader("daterange", _Days)
    connection.adapters.register_loader("tstzrange", _Times)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A read-only connection that sees one state of the database throughout."""
    with engine.connect() as conn:
        conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with conn.begin():
            yield conn


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


_TRIES = 20
_PAUSE = 1.0  # seconds, in which whoever queued behind a migration's lock gets on


def migrate(url: str) -> None:
    """Bring the database to the newest schema. Concurrent callers wait for one another.

    A migration that does not get its lock in time lets everybody pass and tries again; it raises
    Conflict when it never does.
    """
    for _ in range(_TRIES):
        try:
            command.upgrade(_config(url), "head")
        except OperationalError as fault:
            # two tables locked by one migration, and in the other order by a transaction that runs
            if not isinstance(fault.orig, (LockNotAvailable, DeadlockDetected)):
                raise
            held = fault
        else:
            return
        time.sleep(_PAUSE)
    raise Conflict(
        f"The schema was not changed: a table stayed locked. {str(held.orig).strip()}",
        "See who holds it in pg_stat_activity (an open transaction), end that, and run: "
        "labdir migrate",
    ) from held


def at_head(conn: Connection) -> bool:
    """True when every migration that this code knows has been applied.

    A schema that this code does not know is a newer one: it was migrated already while this code
    goes on serving.
    """
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(MIGRATIONS))
    current = set(MigrationContext.configure(conn).get_current_heads())
    known = {one.revision for one in script.walk_revisions()}
    return current == set(script.get_heads()) or bool(current - known)
