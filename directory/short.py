"""The short road to a verdict, shared: questions that are asked at the same time go to the database
together.

While one statement is on its way, whatever is asked meanwhile waits for the next; nothing waits
longer than that. Each question is judged as known at its own time, from what its own statement
read; no verdict is kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from services.verdict.quick import Found, Put, Quick, ask_quickly

log = structlog.get_logger("labdir.web")

MOST = 100  # questions in one shared statement
MANY = 10  # questions of one request that have a statement of their own: nobody waits for them


@dataclass(slots=True)
class _Waiting:
    puts: Sequence[Put]
    told: "asyncio.Future[Found | None]"


@dataclass(slots=True)
class Short:
    """Connections of psycopg's own, and what this process keeps of the looks."""

    pool: AsyncConnectionPool
    quick: Quick = field(default_factory=Quick)
    _waiting: list[_Waiting] = field(default_factory=list)
    _running: "asyncio.Task[None] | None" = None

    async def ask(self, puts: Sequence[Put]) -> Found | None:
        """What is found, in the order of the questions; None where the database did not answer."""
        one = _Waiting(puts, asyncio.get_running_loop().create_future())
        if len(puts) > MANY:
            await self._ask_together([one])
            return await one.told
        self._waiting.append(one)
        # two at a time were slower: the statements carried half as much each
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await one.told

    async def _run(self) -> None:
        while self._waiting:
            await self._ask_together(self._take())

    def _take(self) -> list[_Waiting]:
        """The oldest of those that wait, as many as one statement is to carry."""
        questions, count = 0, 0
        for one in self._waiting:
            if count and questions + len(one.puts) > MOST:
                break
            questions, count = questions + len(one.puts), count + 1
        taken, self._waiting[:count] = self._waiting[:count], []
        return taken

    async def _ask_together(self, taken: Sequence[_Waiting]) -> None:
        puts = [put for one in taken for put in one.puts]
        try:
            async with self.pool.connection() as conn:
                found = await ask_quickly(conn, self.quick, puts)
        except psycopg.OperationalError as fault:  # a full or broken pool is one, too
            log.warning("short_road", fault=type(fault).__name__, told=str(fault).strip())
            found = None
        except Exception as fault:
            if len(taken) > 1:  # one of them is at fault: not the others
                for one in taken:
                    await self._ask_together([one])
                return
            _settle(taken[0].told, fault)
            return
        except BaseException:  # the house is closing: nobody is left waiting
            for one in taken:
                one.told.cancel()
            raise
        first = 0
        for one in taken:
            last = first + len(one.puts)
            _settle(one.told, found and Found(found.verdicts[first:last], found.log_position))
            first = last


def _settle(told: "asyncio.Future[Found | None]", answer: Found | Exception | None) -> None:
    """Unless its asker has left meanwhile."""
    if told.done():
        return
    if isinstance(answer, Exception):
        told.set_exception(answer)
    else:
        told.set_result(answer)
