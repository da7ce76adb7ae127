"""``python -m tests.bench.first_sync --lines N``: a long list over the real road, from fetching on.

The first sync, then syncs that find the same bytes, the same content in other bytes, and one body
in a hundred changed; each with the seconds of processor that the road, its reading processes and
the database took, and the memory that each held at most. Beside them, in the same database: COPY of
the very rows that the first sync wrote into tables with nothing but their primary keys and b-tree
indexes, that of scope lines alone and of all that it wrote.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deploy.embedded.servers import Postgres, start_postgres
from services import db
from services.models import Run
from services.settings import FetchSettings, ReadSettings, Settings
from services.sync import catalogue, ledger
from services.sync.run import Road, carry_out
from services.terms import RunState
from tests.bench import long_list
from tests.bench.figures import machine, tell
from tests.bench.processor import Processor, family

_EVERY = 0.1  # seconds between two looks at processes that end
# what a first sync fills, in the order of their foreign keys
_WRITTEN = (
    *("record", "record_key", "body", "body_link", "accreditation", "accreditation_link", "name"),
    *("identifier", "profile", "accreditation_statement", "term", "scope_line", "sighting"),
    *("review_item", "change", "document"),
)


def settings(port: int) -> Settings:
    """Bounds that hold a list of millions of lines; they bound, nothing is reserved."""
    return Settings(
        fetch=FetchSettings(
            private_hosts=(f"127.0.0.1:{port}",), max_bytes=1 << 30, max_pages=100_000
        ),
        read=ReadSettings(time="2h", megabytes=16_384),
    )


@contextmanager
def publisher(bodies: int) -> Iterator[int]:
    """The port on which the list is served by a process of its own."""
    argv = [sys.executable, "-m", "tests.bench.long_list", str(bodies)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


# --- memory ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Memory:
    """Megabytes that this process, and any one of its reading processes, held at most."""

    reader_pid: int
    road: float = 0.0
    reader: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # proc(5): the peak begins anew
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self.road = _peak(os.getpid())

    def _watch(self) -> None:
        while not self._stop.wait(_EVERY):
            for pid in family(self.reader_pid):
                self.reader = max(self.reader, _peak(pid))


def _peak(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


# --- the road -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Bench:
    """One list on its way through its editions, a day after one another."""

    server: Postgres
    engine: Engine
    port: int
    now: datetime = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def sync(self, what: str, edition: str, expected: RunState) -> float:
        """One run; returns its seconds of processor, of all that carried it."""
        self.now += timedelta(days=1)
        source = long_list.source(self.port, edition)
        asked = settings(self.port)
        road = Road(self.engine, asked, {source.key: source}, lambda: self.now)
        with self.engine.begin() as conn:
            catalogue.enrol(conn, [source], asked, self.now)
            list_id = ledger.list_id(conn, source.key, "list")
        before = self._rows()
        with self.engine.begin() as conn:
            run_id = ledger.ask(conn, list_id, "bench", self.now)[0]
        road.reader.call(int, len, b"")  # its fork server is there before it is looked at
        reader_pid = road.reader.server_pid()
        assert reader_pid is not None
        memory = Memory(reader_pid)
        spent = Processor({"reader": reader_pid, "database": self.server.process.pid})
        # of this thread alone: others here look at what the processes take
        own, begun = time.thread_time(), time.perf_counter()
        with memory.watched(), spent.watched(_EVERY):
            state = carry_out(road, run_id)
        seconds, own = time.perf_counter() - begun, time.thread_time() - own
        if state is not expected:
            raise RuntimeError(f"{what} ended as {state}: {self._reasons(run_id)}")
        after = self._rows()
        took = {name: spent.spent(name) for name in ("reader", "database")}
        tell(
            what,
            seconds=seconds,
            road=own,
            **took,
            road_megabytes=round(memory.road),
            reader_megabytes=round(memory.reader),
            rows_written={n: after[n] - before[n] for n in after if after[n] != before[n]},
            lines_a_second=round(after["scope_line"] / seconds),
        )
        return own + sum(took.values())

    def _rows(self) -> dict[str, int]:
        with self.engine.connect() as conn:
            return {
                name: conn.execute(sa.text(f'select count(*) from "{name}"')).scalar_one()
                for name in ("run", *_WRITTEN)
            }

    def _reasons(self, run_id: int) -> list[str]:
        with self.engine.connect() as conn:
            return conn.execute(sa.select(Run.reasons).where(Run.id == run_id)).scalar_one()


# --- the yardstick --------------------------------------------------------------------------------


def copy_again(server: Postgres, name: str, folder: Path) -> tuple[float, float]:
    """COPY a table's rows into one with its primary key and b-tree indexes alone.

    Returns seconds and seconds of processor of the database; the copy is dropped.
    """
    file = folder / f"{name}.copy"
    spent = Processor({"database": server.process.pid})
    with server.connect("labdir") as conn:
        with file.open("wb") as out, conn.cursor().copy(f'copy "{name}" to stdout') as rows:
            for block in rows:
                out.write(block)
        _like(conn, name)
        conn.execute("checkpoint")
        begun = time.perf_counter()
        with spent.watched(_EVERY), file.open("rb") as held:  # noqa: SIM117
            with conn.cursor().copy(f'copy yard."{name}" from stdin') as into:
                while block := held.read(1 << 20):
                    into.write(block)
        seconds = time.perf_counter() - begun
        conn.execute(f'drop table yard."{name}"')
    file.unlink()
    return seconds, spent.spent("database")


def _like(conn: psycopg.Connection[Any], name: str) -> None:
    conn.execute("create schema if not exists yard")
    conn.execute(
        f'create table yard."{name}" (like public."{name}" including defaults including identity'
        " including generated)"
    )
    indexes = conn.execute(
        "select indexdef from pg_indexes where schemaname = 'public' and tablename = %s"
        " and indexdef like '%% USING btree %%'",
        (name,),
    ).fetchall()
    for (definition,) in indexes:
        conn.execute(definition.replace(" ON public.", " ON yard."))


def yardstick(server: Postgres) -> None:
    total = [0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder:
        for name in _WRITTEN:
            seconds, processor = copy_again(server, name, Path(folder))
            total = [total[0] + seconds, total[1] + processor]
            if name == "scope_line":
                tell("copy of scope lines", seconds=seconds, database=processor)
    tell("copy of all rows of the first sync", seconds=total[0], database=total[1])


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.first_sync", description=__doc__)
    asked.add_argument("--lines", type=int, default=100_000)
    asked.add_argument("--only", choices=("first",), help="the first sync alone")
    args = asked.parse_args()
    bodies = long_list.bodies_for(args.lines)
    tell("machine", **machine(), lines=args.lines, bodies=bodies)
    folder = Path(tempfile.mkdtemp(prefix="labdir-first-sync-"))
    folder.chmod(0o711)
    server = start_postgres(folder, durable=False)
    try:
        db.migrate(server.url)
        engine = db.connect(server.url)
        with publisher(bodies) as port, closing(_Closing(engine)):
            _measure(Bench(server, engine, port), first_only=args.only == "first")
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)
    return 0


def _measure(bench: Bench, *, first_only: bool) -> None:
    first = bench.sync("first sync", "first", RunState.PUBLISHED)
    if first_only:
        return
    yardstick(bench.server)
    same = bench.sync("the same bytes", "first", RunState.UNCHANGED)
    again = bench.sync("the same content in other bytes", "again", RunState.UNCHANGED)
    changed = bench.sync("one body in a hundred changed", "changed", RunState.PUBLISHED)
    tell("first sync's processor beside", same=first / same, again=first / again,
         changed=first / changed)  # fmt: skip


class _Closing:
    def __init__(self, engine: Engine) -> None:
        self.close = engine.dispose


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    raise SystemExit(main())
