"""One attack after the other: a run is brought to a step, struck, and must end as if nothing was.

After each attack what died is started again, all runs asked must have been published, and the
database is examined. Whatever is lost, doubled or half-published is written down with the attack.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

import psycopg

from deploy.embedded.children import end_group
from deploy.embedded.servers import Postgres, Redis
from services.sync.catalogue import LOOKUP
from services.terms import RunState
from tests.chaos.house import LONGEST, House, Waited
from tests.chaos.invariants import Found, content_of, examine
from tests.chaos.lists import KEYS
from tests.chaos.watch import Watcher

Blow = Callable[[int], None]
PUBLISHED = frozenset({RunState.PUBLISHED})
_WHOLE = 25  # attacks


@dataclass(slots=True)
class Campaign:
    """``kills``: by process and step; ``other``: attacks of other kinds; ``not_run``: those that
    this machine does not allow, with the reason. ``published``: versions accepted so far.
    ``heard``: how much of what the watcher saw has been told."""

    house: House
    postgres: Postgres
    redis: Redis
    watcher: Watcher
    out: TextIO | None = None
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    other: Counter[str] = field(default_factory=Counter)
    not_run: dict[str, str] = field(default_factory=dict)
    found: Found = field(default_factory=Found)
    published: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    runs: int = 0
    number: int = 0
    heard: int = 0
    _examined: int = 0  # the newest run that was there at the last examination
    began: float = field(default_factory=time.monotonic)

    def say(self, what: str, **more: Any) -> None:
        """A line for the reader, and a line of JSON where asked."""
        print(f"{time.monotonic() - self.began:7.1f} s  {what}", flush=True)
        if self.out:
            line = {"at": round(time.monotonic() - self.began, 1), "what": what} | more
            print(json.dumps(line, ensure_ascii=False), file=self.out, flush=True)

    def strike(
        self,
        name: str,
        step: str,
        blow: Blow,
        *,
        lists: Sequence[str] = KEYS[:1],
        look_ups: bool = False,
        expected: frozenset[RunState] = PUBLISHED,
    ) -> dict[int, RunState]:
        """Bring runs of these lists to the step, strike, and see that all is as it must be.

        ``blow`` takes the id of the process that stands there.
        """
        self.number += 1
        self.watcher.attack = name
        began = time.monotonic()
        house = self.house
        house.order(step)
        states: dict[int, RunState] = {}
        said = Found()
        try:
            asked = house.news(lists, look_ups=look_ups)
            try:
                blow(house.reached(step))
            finally:
                house.go_on(step)
            states = self.settle(asked, lists, look_ups, expected, said)
        except Waited as waited:
            said.lost.append(f"{name}: {waited}")
        said.add(self.examined())
        self._tell(name, states, said, time.monotonic() - began)
        return states

    def plain_run(self, lists: Sequence[str] = KEYS[:1]) -> Found:
        """Runs without any attack, all of which must publish: the house answers."""
        said = Found()
        try:
            self.settle(self.house.news(lists), lists, False, PUBLISHED, said)
        except Waited as waited:
            said.lost.append(f"the house does not answer: {waited}")
        self.found.add(said)
        return said

    def settle(
        self,
        asked: Iterable[int],
        lists: Sequence[str],
        look_ups: bool,
        expected: frozenset[RunState],
        said: Found,
    ) -> dict[int, RunState]:
        """Wait for the house to come to rest; remember what was published. Raises Waited."""
        states = self.house.ended(asked)
        self.runs += len(states)
        for run_id, state in states.items():
            if state not in expected:
                why = self.house.one("select reasons from run where id = :r", r=run_id).reasons
                said.lost.append(f"run {run_id} ended {state}: {why}")
        if set(states.values()) == {RunState.PUBLISHED}:
            for key in lists:
                version = self.house.publisher.versions[key]
                self.published.setdefault((key, "list"), set()).add(version)
            if look_ups:
                look = self.house.publisher.look
                self.published.setdefault((KEYS[0], LOOKUP), set()).add(look)
        return states

    def examined(self, *, whole: bool = False) -> Found:
        """All that must hold at rest; the web among it. Of what was examined before, all is
        examined again in every 25th attack, or where ``whole`` says so."""
        found = Found()
        after = 0 if whole or self.number % _WHOLE == 0 else self._examined
        try:
            self.house.look_after()
            self.house.wait_for("the web to answer", self.house.answers)
            newest = self.house.one("select coalesce(max(id), 0) id from run").id
            found.add(examine(self.house.engine, self.published, after=after))
            self._examined = newest
        except Waited as waited:
            found.lost.append(str(waited))
        return found

    def seen(self) -> list[str]:
        """What the watcher saw in part and nobody was told yet, whatever was under way then."""
        new = self.watcher.wrong[self.heard :]
        self.heard += len(new)
        return new

    def _tell(self, name: str, states: dict[int, RunState], said: Found, took: float) -> None:
        said.half += self.seen()
        self.found.add(said)
        ended = ", ".join(
            f"{count} {state.value}" for state, count in Counter(states.values()).items()
        )
        verdict = "whole" if said.nothing else "; ".join(said.lines())
        self.say(
            f"{self.number:4}  {name}: {ended}; {verdict} ({took:.1f} s)",
            attack=name, took=round(took, 2), wrong=said.lines(),
        )  # fmt: skip

    def note(self, name: str, said: Found, took: float) -> None:
        """An attack that goes its own way: told and counted like the others."""
        self.number += 1
        said.add(self.examined())
        self._tell(name, {}, said, took)

    def content(self, key: str) -> str:
        return content_of(self.house.engine, key)

    # --- processes -------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """SIGKILL to a program of the house or a server under it, which is then started again."""
        match name:
            case "postmaster":
                self.postgres.process.kill()
                self.start_postgres()
            case "redis":
                self.redis.process.kill()
                self.start_redis()
            case _:
                self.house.kill(name)
                self.house.start(name)

    def start_postgres(self) -> None:
        """Start the server again after its end, however that came."""
        end_group(self.postgres.process)
        self.postgres.process.wait(30)
        self.postgres.start()

    def start_redis(self) -> None:
        self.redis.process.wait(30)
        self.redis.start()

    def backend(self) -> int:
        """A PostgreSQL backend of the house: the one that publishes if there is one."""
        query = (
            "select pid from pg_stat_activity a where backend_type = 'client backend'"
            " and pid <> pg_backend_pid() order by exists (select 1 from pg_locks l"
            " where l.pid = a.pid and l.locktype = 'advisory' and l.granted) desc,"
            " state = 'idle in transaction' desc, pid limit 1"
        )
        with self.postgres.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None, "nobody is connected to the database"
        return int(row[0])

    def until_postgres_answers(self) -> None:
        def there() -> bool | None:
            with suppress(psycopg.OperationalError):
                self.postgres.connect().close()
                return True
            return None

        self.house.wait_for("PostgreSQL", there, LONGEST)
