"""Hearing at once that the log has grown: PostgreSQL's own LISTEN and NOTIFY.

A publish notifies within its transaction, so that it is heard when, and only if, it is committed.
The news says no more than that there is some; what it is is read from the log. So a message that
is lost, or heard twice, costs nothing but a look.
"""

import asyncio
import contextlib

import psycopg
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, make_url

CHANNEL = "labdir_log"
POLL_SECONDS = 2.0  # how often to look while nothing can be heard
_PING_SECONDS = 20.0  # a connection that died in silence is found out so soon
_AGAIN_SECONDS = 1.0
log = structlog.get_logger("labdir.watch")


def tell(conn: Connection, position: int) -> None:
    """Let every listener know, once this transaction is committed, that the log has grown."""
    conn.execute(sa.select(sa.func.pg_notify(CHANNEL, str(position))))


class Bell:
    """One a process: rings for everybody in it whenever the log has grown.

    Nothing is missed between looking and waiting: take a :meth:`ticket`, look, then wait with it.
    """

    def __init__(self, database_url: str) -> None:
        url = make_url(database_url).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.listening = False
        self.closed = False

    def ticket(self) -> asyncio.Event:
        """What to wait with. The first one taken starts the listening."""
        if self._task is None and not self.closed:
            self._task = asyncio.create_task(self._listen())
        return self._rung

    async def heard(self, ticket: asyncio.Event, seconds: float) -> bool:
        """Wait until it rings, for ``seconds`` at most; less while it cannot be heard."""
        if not self.listening:
            seconds = min(seconds, POLL_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ticket.wait(), seconds)
        return ticket.is_set()

    def ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    def stop(self) -> None:
        """Ring for the last time: whoever waits sees ``closed`` and ends."""
        self.closed = True
        self.ring()

    async def close(self) -> None:
        """Stop, and listen no longer."""
        self.stop()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as fault:
                if self.listening:
                    log.warning("listener_lost", why=str(fault).splitlines()[0])
            finally:
                self.listening = False
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _hear(self) -> None:
        """Ring for every notification, until the connection is lost."""
        conn = await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=5
        )
        async with conn:
            await conn.execute(f"listen {CHANNEL}")
            self.listening = True
            self.ring()  # what came while nobody listened
            while True:
                async for _ in conn.notifies(timeout=_PING_SECONDS, stop_after=1):
                    self.ring()
                await conn.execute("select 1")
