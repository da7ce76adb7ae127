"""The made registers in a database, published look by look through the real transaction.

A filled database is kept in a data folder of its own and used again as long as neither the schema
nor what was made has changed.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from deploy.embedded.servers import Postgres, start_postgres
from services import db
from services.models import Run, RunPayload, SourceList
from services.terms import LeavingMeans, RunState, Tier
from tests.bench import made
from tests.bench.figures import tell
from tests.services.store.build import World

SIZES = {"tiny": 1_000, "small": 20_500}  # accreditations
_FILLED = "filled.json"


def country(size: str, seed: int) -> made.Country:
    """``size``: a name of SIZES, or a number of accreditations."""
    return made.Country(SIZES.get(size) or int(size), seed)


@contextmanager
def database(folder: Path, size: str, seed: int) -> Iterator[Postgres]:
    """The running server with the filled database, made at the first use. ``folder`` holds one
    data folder for each size, seed and schema."""
    home = folder / f"{size}-{seed}-{_edition()}"
    home.mkdir(parents=True, exist_ok=True)
    server = start_postgres(home, durable=False)
    try:
        if not (home / _FILLED).exists():
            _empty(server)
            db.migrate(server.url)
            figures = fill(server.url, country(size, seed))
            (home / _FILLED).write_text(json.dumps(figures), encoding="utf-8")
        yield server
    finally:
        server.stop()


def _edition() -> str:
    """A digest of the schema and of what fills it."""
    files = [*sorted((db.MIGRATIONS / "versions").glob("*.py"))]
    files += [Path(__file__), Path(__file__).with_name("made.py")]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files))
    return digest.hexdigest()[:12]


def _empty(server: Postgres) -> None:
    """Half a filling is none: a killed one begins anew."""
    with server.connect() as conn:
        conn.execute('drop database if exists "labdir" with (force)')
        conn.execute('create database "labdir"')


def fill(url: str, country: made.Country) -> dict[str, float]:
    """Publish the whole history; returns seconds by phase and rows by table."""
    figures: dict[str, float] = {}
    begun = time.perf_counter()
    engine = db.connect(url)
    with engine.connect() as conn:
        world = World(conn, today=made.END)
        for register in made.REGISTERS:
            world.source(register.source, leaving=LeavingMeans.NO_LONGER_LISTED)
        world.source(made.SECOND, tier=Tier.MRA_DATABASE)
        conn.commit()
        day, look = made.BEGIN, 0
        while day <= made.END:
            started = time.perf_counter()
            for register in made.REGISTERS:
                world.look(register.source, _when(day), country.drafts(register, day))
            world.look(made.SECOND, _when(day), country.second_drafts(day))
            phase = "first sync" if look == 0 else "changed syncs"
            figures[phase] = figures.get(phase, 0.0) + time.perf_counter() - started
            tell("data", phase=phase, day=day, seconds=time.perf_counter() - started)
            days = [day + n * made.LOOK for n in range(1, made.CHANGED_EVERY)]
            _unchanged(world, [one for one in days if one <= made.END])
            day += made.CHANGED_EVERY * made.LOOK
            look += 1
        started = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("vacuum analyze"))
        figures["vacuum analyze"] = time.perf_counter() - started
        for table in ("run", "record", "body", "accreditation", "status_event", "scope_line"):
            figures[f"rows of {table}"] = conn.execute(
                sa.text(f"select count(*) from {table}")
            ).scalar_one()
    engine.dispose()
    figures["seconds"] = time.perf_counter() - begun
    tell("data filled", **figures)
    return figures


def _when(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def _unchanged(world: World, days: list[date]) -> None:
    """A look that finds the same bytes leaves one run, and the list's newest run with it: see
    services.sync.run. These are written as it leaves them, all at once."""
    if not days:
        return
    conn = world.conn
    for list_id in world.lists.values():
        page = conn.execute(
            sa.select(RunPayload)
            .join(Run, Run.id == RunPayload.run_id)
            .where(Run.list_id == list_id)
            .order_by(Run.id.desc())
            .limit(1)
        ).one()  # fmt: skip
        kept = dict(page._mapping)
        runs = [
            {
                "list_id": list_id,
                "state": RunState.UNCHANGED,
                "asked_by": "bench",
                "asked_at": _when(day),
                "started_at": _when(day),
                "finished_at": _when(day),
                "as_of": _when(day),
                "known_at": _when(day),
                "parser_version": 3,
            }
            for day in days
        ]
        made_runs = conn.execute(
            sa.insert(Run).returning(Run.id, sort_by_parameter_order=True), runs
        ).scalars()
        ids = list(made_runs)
        conn.execute(
            sa.insert(RunPayload),
            [
                {**kept, "run_id": run_id, "fetched_at": _when(day)}
                for run_id, day in zip(ids, days, strict=True)
            ],
        )
        conn.execute(
            sa.update(SourceList)
            .where(SourceList.id == list_id)
            .values(complete_run_id=ids[-1], good_run_id=ids[-1])
        )
    conn.commit()
