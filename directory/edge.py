"""Where HTTP meets the house: the clock, the database and the tag of an answer, for one request.

Functions of ``services`` are plain ones over a :class:`sqlalchemy.Connection`; :func:`read`,
:func:`snapshot` and :func:`write` run them on an async engine. The clock is read once, when a
request arrives (:mod:`directory.app`); everything below is handed that time.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
import structlog
from litestar import Request
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from directory.counts import Counts
from directory.pace import Pace
from directory.short import Short
from services.db import connect_reading, connect_writing
from services.errors import LabdirError
from services.models import LogLeaf, SourceList
from services.sessions import NoSessions, Sessions
from services.settings import Settings
from services.verdict.quick import OPTIONS, Found, Put, simple
from services.watch.wake import Bell

P = ParamSpec("P")
T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
Clock = Callable[[], datetime]
log = structlog.get_logger("labdir.web")

CONNECT_SECONDS = 5
# A page that takes longer is a fault of ours: better an honest 503 than a held connection.
STATEMENT_MS = 20_000


class Unavailable(LabdirError):
    """The database cannot be reached, or is not as this code needs it."""


@dataclass(frozen=True, slots=True)
class Door:
    """What the whole front door shares. Engines and bell are None where no database is named, and
    sessions and pace where no Redis is: sessions then stand in the database alone, and nobody's
    requests are counted."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine | None
    writing: AsyncEngine | None = None
    short: Short | None = None
    bell: Bell | None = None
    sessions: Sessions | None = None
    pace: Pace | None = None


@dataclass(slots=True)
class Visit:
    """One request: when it came and under which id it is logged. ``head``: only the headers of
    the answer are asked for (the method itself is told as GET). ``account``: whose key or session
    came with it, once somebody looked."""

    at: datetime
    request_id: str
    head: bool = False
    account: int | None = None


def within_limits(settings: Settings) -> str:
    """The database's address with the front door's time limits."""
    url = make_url(settings.database_url)
    limits = {
        "connect_timeout": str(CONNECT_SECONDS),
        "options": f"-c statement_timeout={STATEMENT_MS}",
    }
    url = url.update_query_dict({k: v for k, v in limits.items() if k not in url.query})
    return url.render_as_string(hide_password=False)


def connect(settings: Settings) -> AsyncEngine | None:
    """The reading engine with the front door's time limits, or None without an address."""
    return connect_reading(within_limits(settings)) if settings.database_url else None


def connect_to_write(settings: Settings) -> AsyncEngine | None:
    """The writing engine with the same limits, or None without an address."""
    return connect_writing(within_limits(settings)) if settings.database_url else None


def connect_short(settings: Settings) -> Short | None:
    """The short road's pool, not opened yet, or None without an address. It connects when asked,
    so that the front door starts without a database."""
    if not settings.database_url:
        return None
    url = make_url(settings.database_url).set(drivername="postgresql")
    given = url.query.get("options", "")
    own = given if isinstance(given, str) else " ".join(given)
    kept = {
        "autocommit": True,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c statement_timeout={STATEMENT_MS} {own} {OPTIONS}",
    }
    bare = url.difference_update_query(["options"]).render_as_string(hide_password=False)
    pool = AsyncConnectionPool(
        bare, kwargs=kept, min_size=0, max_size=20, timeout=CONNECT_SECONDS, open=False
    )
    return Short(pool)


def door(request: AnyRequest) -> Door:
    found: Door = request.app.state["door"]
    return found


def visit(request: AnyRequest) -> Visit:
    found: Visit = request.scope["visit"]  # type: ignore[typeddict-item]
    return found


def counts(request: AnyRequest) -> Counts:
    found: Counts = request.app.state["counts"]
    return found


def address(request: AnyRequest) -> str:
    """From where the request came: the visitor's own address also behind a trusted proxy."""
    return request.client.host if request.client else ""


def sessions(request: AnyRequest) -> Sessions:
    """Raises NoSessions where no Redis is named."""
    found = door(request).sessions
    if found is None:
        raise NoSessions("No Redis is set.", "Name one in LABDIR_REDIS_URL.")
    return found


def settings(request: AnyRequest) -> Settings:
    return door(request).settings


def now(request: AnyRequest) -> datetime:
    """The time of this request, in UTC: the same for everything that it asks."""
    return visit(request).at


def today(request: AnyRequest) -> date:
    """The day of this request, in UTC."""
    return now(request).date()


def _there(engine: AsyncEngine | None) -> AsyncEngine:
    if engine is None:
        raise Unavailable("No database is set.", "Name one in LABDIR_DATABASE_URL.")
    return engine


def _engine(request: AnyRequest) -> AsyncEngine:
    return _there(door(request).engine)


async def read(
    request: AnyRequest,
    fn: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run ``fn(conn, …)`` where each statement sees the newest state.

    Raises Unavailable without a database, and whatever ``fn`` raises.
    """

    async def ask() -> T:
        async with _engine(request).connect() as conn:
            return await conn.run_sync(fn, *args, **kwargs)

    return await _on_a_live_one(ask)


async def snapshot(
    request: AnyRequest,
    fn: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run ``fn(conn, …)`` in one read-only transaction in which all statements see one state.

    Raises Unavailable without a database, and whatever ``fn`` raises.
    """

    async def ask() -> T:
        async with _engine(request).connect() as plain:
            conn = await plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            async with conn.begin():
                return await conn.run_sync(fn, *args, **kwargs)

    return await _on_a_live_one(ask)


async def _on_a_live_one(ask: Callable[[], Awaitable[T]]) -> T:
    """A server that was restarted leaves dead connections in the pool, and to look at each before
    it is used costs every request a round trip. What only reads is asked once more instead: the
    first that is found dead empties the pool."""
    try:
        return await ask()
    except DBAPIError as fault:
        if not fault.connection_invalidated:
            raise
    return await ask()


async def verdicts(request: AnyRequest, puts: Sequence[Put]) -> Found | None:
    """What the short road finds, or None where it leads nowhere and the long one is to be taken.

    A connection that was lost is no fault of the asker: the long road tells whether the database
    can be reached.
    """
    short = door(request).short
    if short is None or not all(simple(put.asked) for put in puts):
        return None
    found = await short.ask(puts)
    return None if found is None or None in found.verdicts else found


async def write(
    request: AnyRequest,
    fn: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run ``fn(conn, …)`` in one transaction that is committed before anything is answered.

    Raises Unavailable without a database, and whatever ``fn`` raises: then nothing is written.
    """
    async with _there(door(request).writing).begin() as conn:
        return await conn.run_sync(fn, *args, **kwargs)


def stand(conn: Connection) -> tuple[int, int]:
    """(log position, newest complete look): between two equal ones no answer differs in a day.

    A look that changed nothing moves no log position, yet it freshens what the answers say of
    their sources; hence the second number.
    """
    position = conn.execute(sa.select(sa.func.max(LogLeaf.position))).scalar()
    looked = conn.execute(
        sa.select(
            sa.func.greatest(
                sa.func.max(SourceList.complete_run_id), sa.func.max(SourceList.good_run_id)
            )
        )
    ).scalar()
    return (-1 if position is None else position, looked or 0)


def tag(request: AnyRequest, state: tuple[int, int], edition: str) -> str:
    """A weak ETag over state, day, path and query. ``edition``: version of code and rules.

    Weak (RFC 9110, 8.8.1) because two equal answers still name the moment each was given.
    """
    said = (*state, today(request).isoformat(), edition, request.url.path, request.url.query)
    digest = hashlib.sha256("\x00".join(map(str, said)).encode()).hexdigest()
    return f'W/"{state[0]}-{digest[:20]}"'


def matches(request: AnyRequest, etag: str) -> bool:
    """True when the asker already holds this answer (RFC 9110, 13.1.2: weak comparison)."""
    held = request.headers.get("if-none-match", "")
    if held.strip() == "*":
        return True
    return etag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in held.split(",")}
