"""A backup taken while everything writes, brought back on an empty host, and asked questions.

The house publishes one look after another, and keeps bytes beside them, all the while. What it
answered of past days and past knowledge before it was lost is what the restored one must answer.
"""

import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deploy.doctor.kept import newest_told
from deploy.embedded import keep
from deploy.embedded.servers import Postgres, postgres_place
from services import db
from services.evidence.verify import verify
from services.kit import Draft
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.store.build import World, at, lab, line, suspension

_FIRST = at("2026-06-01")  # the first look; each further one a day later
_TODAY = at("2026-12-31").date()
_STEP = timedelta(days=1)
_EVENTS = at("2026-01-01").date()


@dataclass
class Figures:
    """``differing``: questions that the restored house answers otherwise; ``findings``: what
    verifying its log found."""

    labs: int
    leaves_when_backup_began: int = 0
    leaves_when_backup_ended: int = 0
    leaves_at_the_moment: int = 0
    leaves_when_lost: int = 0
    leaves_restored: int = 0
    leaves_restored_of_all: int = 0
    questions: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    differing: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    same_root: bool = False
    told_by_server: bool = False
    backup_seconds: float = 0.0
    restore_seconds: float = 0.0
    asked_seconds: float = 0.0

    def line(self) -> str:
        return msgspec.json.encode(asdict(self)).decode()


@dataclass
class Writer(threading.Thread):
    """Publishes looks for as long as it is wanted. ``told``: for each, what was known when, and the
    database's clock after it."""

    engine: Engine
    labs: int
    luck: random.Random
    told: list[tuple[datetime, datetime]] = field(default_factory=list)
    fault: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.wanted = True

    def __hash__(self) -> int:
        return id(self)

    def _drafts(self, events: dict[int, set[int]]) -> list[Draft]:
        """The first moves to another city with each look, so that each look has news."""
        cities = [f"City {len(self.told)}", *["Shenzhen"] * (self.labs - 1)]
        return [_lab(one, city, events) for one, city in enumerate(cities)]

    def run(self) -> None:
        try:
            with self.engine.connect() as conn:
                world = World(conn, today=_TODAY)
                world.source("register", authoritative_for=("CNAS",))
                events: dict[int, set[int]] = {}
                while self.wanted:
                    known = _FIRST + len(self.told) * _STEP
                    for one in self.luck.sample(range(self.labs), self.labs // 4):
                        events.setdefault(one, set()).add(self.luck.randrange(12))
                    world.look("register", known, self._drafts(events))
                    clock = conn.execute(sa.text("select clock_timestamp()")).scalar_one()
                    conn.commit()
                    self.told.append((known, clock))
        except BaseException as fault:
            self.fault = fault
            raise


def _lab(one: int, city: str, events: dict[int, set[int]]) -> Draft:
    """Suspensions of some days, each in a fortnight of its own."""
    days = [_EVENTS + timedelta(days=15 * event) for event in sorted(events.get(one, ()))]
    return lab(
        f"L{70000 + one}",
        name=f"Testing House {one} Ltd.",
        name_zh="",
        city=city,
        events=[suspension(day.isoformat(), (day + timedelta(days=9)).isoformat()) for day in days],
        lines=[line(f"{one}-1", "Lithium cells", "IEC 62133-2:2017")],
    )


@contextmanager
def _noise(engine: Engine) -> Iterator[None]:
    """Bytes kept beside the looks, of a size that fills segments of the log."""
    over = threading.Event()

    def go() -> None:
        number = 0
        while not over.is_set():
            number += 1
            body = f"noise {number} ".encode() + random.randbytes(200_000)
            with engine.begin() as conn:
                conn.execute(
                    sa.text(
                        "insert into payload (sha256, size, body, kept_at) values"
                        " (sha256(cast(:body as bytea)), :size, cast(:packed as bytea), now())"
                    ),
                    {"body": body, "size": len(body), "packed": zlib.compress(body, 1)},
                )
            time.sleep(0.02)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def prove(folder: Path, *, questions: int, labs: int, seed: int = 7, whole: bool = True) -> Figures:
    """Do all of it below ``folder``. ``whole``: bring back the newest state as well."""
    luck, told = random.Random(seed), Figures(labs)
    one, backups = folder / "one", folder / "backups"
    server = keep.start_kept(one, {keep.SETTING: str(backups)})
    db.migrate(server.url)
    engine = db.connect(server.url)
    writer = Writer(engine, labs, luck)
    writer.start()
    with _noise(engine):
        _until(lambda: len(writer.told) >= 2, writer)
        told.leaves_when_backup_began = _leaves(engine)
        began = time.monotonic()
        keep.take(postgres_place(one), backups, server.url)
        told.backup_seconds = time.monotonic() - began
        told.leaves_when_backup_ended = _leaves(engine)
        with engine.connect() as conn:
            told.told_by_server = newest_told(conn) is not None
        more = len(writer.told) + 3
        _until(lambda: len(writer.told) >= more, writer)
        place = more - 1
        _until(lambda: len(writer.told) >= more + 2, writer)
        writer.wanted = False
        writer.join()
    _, moment = writer.told[place]
    told.leaves_at_the_moment = place + 1
    told.leaves_when_lost = _leaves(engine)
    asked = list(_questions(luck, questions, labs, place))
    with engine.connect() as conn:
        expected = [_answer(conn, *one) for one in asked]
        root = _root(conn, place)
    _archived(server)
    engine.dispose()
    server.process.kill()  # the host is lost; only the folder of backups is left
    server.stop()

    began = time.monotonic()
    restored = keep.restore(folder / "two", backups, moment.isoformat(" "))
    told.restore_seconds = time.monotonic() - began
    engine = db.connect(restored.url)
    with db.snapshot(engine) as conn:
        told.findings = _findings(conn)
        told.leaves_restored = _count(conn)
        told.same_root = _root(conn, place) == root
        began = time.monotonic()
        for question, before in zip(asked, expected, strict=True):
            after = _answer(conn, *question)
            verdict = msgspec.json.decode(after)["judged"]["verdict"]
            told.verdicts[verdict] = told.verdicts.get(verdict, 0) + 1
            if after != before:
                told.differing.append(f"{question}: {before!r} → {after!r}")
        told.asked_seconds = time.monotonic() - began
        told.questions = len(asked)
    engine.dispose()
    restored.stop()
    if whole:
        server = keep.restore(folder / "three", backups, "")
        engine = db.connect(server.url)
        with db.snapshot(engine) as conn:
            told.findings += _findings(conn)
            told.leaves_restored_of_all = _count(conn)
        engine.dispose()
        server.stop()
    return told


def _findings(conn: Connection) -> list[str]:
    return [str(one) for one in verify(conn, lambda *_: None)]


def _questions(
    luck: random.Random, many: int, labs: int, place: int
) -> Iterator[tuple[str, datetime, datetime]]:
    for _ in range(many):
        number = f"CNAS L{70000 + luck.randrange(labs + labs // 20 + 1)}"  # some nobody has
        known = _FIRST + luck.randrange(place + 1) * _STEP
        yield number, known + timedelta(days=luck.randrange(-150, 5)), known


def _answer(conn: Connection, number: str, day: datetime, known: datetime) -> bytes:
    asked = Asked(number=number, on=day.date())
    said, _ = answer(conn, asked, known_at=known, today=_TODAY)
    return msgspec.json.encode(said)


def _root(conn: Connection, position: int) -> bytes:
    query = sa.text("select tree_root from log_leaf where position = :position")
    return bytes(conn.execute(query, {"position": position}).scalar_one())


def _count(conn: Connection) -> int:
    return int(conn.execute(sa.text("select count(*) from log_leaf")).scalar_one())


def _leaves(engine: Engine) -> int:
    with engine.connect() as conn:
        return _count(conn)


def _archived(server: Postgres) -> None:
    """Wait until all that was written is in the archive, as it is within a minute by itself."""
    with server.connect() as conn:
        conn.execute("select pg_create_restore_point('lost')")  # else a switch may do nothing
        (last,) = conn.execute("select pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
        query = "select coalesce(last_archived_wal, '') from pg_stat_archiver"
        for _ in range(600):
            (went,) = conn.execute(query).fetchone() or ("",)
            if went >= last:
                return
            time.sleep(0.2)
    raise AssertionError(f"{last} was not archived")


def _until(told: Callable[[], bool], writer: Writer) -> None:
    for _ in range(3000):
        if writer.fault is not None:
            raise writer.fault
        if told():
            return
        time.sleep(0.1)
    raise AssertionError("nothing was published for too long")
