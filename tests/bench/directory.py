"""``python -m tests.bench.directory``: a made directory of any size (`labdir bench data`): what it
takes on disk, what its pages and answers take over HTTP, and Datasette beside it.

A directory is made once and used again as long as neither the schema nor what makes it has changed.
"""

import argparse
import hashlib
import json
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

import deploy.made_data
from deploy.embedded.servers import Postgres, start_postgres
from deploy.made_data.load import load
from deploy.made_data.sizes import SIZES
from services import db
from tests.bench import made_queries, peer, web
from tests.bench.figures import machine, tell

_FILLED = "filled.json"
_WARM_SECONDS = 1
_BESIDE = 8  # questions of a kind: one alone takes Datasette seconds


@contextmanager
def made_directory(folder: Path, size: str, seed: int) -> Iterator[Postgres]:
    """The running server with the made directory in its database "labdir"."""
    home = folder / f"directory-{size}-{seed}-{_edition()}"
    home.mkdir(parents=True, exist_ok=True)
    server = start_postgres(home, durable=False)
    try:
        if not (home / _FILLED).exists():
            with server.connect() as conn:
                conn.execute('drop database if exists "labdir" with (force)')
                conn.execute('create database "labdir"')
            (home / _FILLED).write_text(json.dumps(_fill(server.url, size, seed)), "utf-8")
        yield server
    finally:
        server.stop()


def _edition() -> str:
    """A digest of the schema and of what makes the directory."""
    files = [*sorted((db.MIGRATIONS / "versions").glob("*.py"))]
    files += sorted(Path(deploy.made_data.__path__[0]).glob("*.py"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files))
    return digest.hexdigest()[:12]


def _fill(url: str, size: str, seed: int) -> dict[str, float]:
    figures: dict[str, float] = {}

    def told(phase: str, seconds: float, count: int) -> None:
        figures[phase] = seconds
        tell("directory made", phase=phase, seconds=seconds, count=count)

    db.migrate(url)
    engine = db.connect(url)
    load(engine, size, seed, told)
    engine.dispose()
    return figures


def disk(conn: Connection) -> None:
    """Bytes of tables and indexes, for a line of scope and in all."""
    rows = conn.execute(
        sa.text(
            "select relname, pg_table_size(oid) as own, pg_indexes_size(oid) as indexes"
            " from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " order by pg_total_relation_size(oid) desc limit 12"
        )
    ).all()
    lines = conn.execute(sa.text("select count(*) from scope_line")).scalar_one()
    for row in rows:
        tell("disk", table=row.relname, table_bytes=row.own, index_bytes=row.indexes)
    every = conn.execute(sa.text("select pg_database_size(current_database())")).scalar_one()
    tell("disk, all", bytes=every, lines=lines, bytes_a_line=every / lines)


def requests(conn: Connection, size: str, seed: int) -> dict[str, list[web.Request]]:
    """Pages and answers by kind."""
    asked = made_queries.draw(conn, size, seed)
    words = [urlencode({"standard" if one.standard else "q": one.q}) for one in asked]
    most = conn.execute(sa.text("select max(id) from body")).scalar_one()
    bodies = [f"b{1 + n * (most - 1) // 199}" for n in range(200)]
    numbers = [one.q for one in asked if one.kind == "number"]
    questions = [{"number": number, "on": "2026-05-04"} for number in numbers]
    batch = json.dumps({"questions": questions * 5, "brief": True})
    pairs = zip(bodies[::2], bodies[1::2], strict=True)
    return {
        "search, API": [web.Request(f"/api/v1/bodies?{one}") for one in words],
        "search, page": [web.Request(f"/zh/find?{one}") for one in words],
        "body, API": [web.Request(f"/api/v1/bodies/{one}") for one in bodies],
        "body, page": [web.Request(f"/en/bodies/{one}") for one in bodies],
        "scope, page": [web.Request(f"/en/bodies/{one}/scope") for one in bodies],
        "compare, page": [web.Request(f"/en/compare?bodies={a},{b}") for a, b in pairs],
        "number, API": [web.Request(f"/api/v1/resolve?number={quote(one)}") for one in numbers],
        "100 verdicts": [web.Request("/api/v1/validity", batch)],
    }


def over_http(url: str, asked: dict[str, list[web.Request]], seconds: int) -> None:
    """Each kind for so long over 32 connections, with one web process and with two."""
    for processes in (1, 2):
        with TemporaryDirectory(prefix="labdir-bench-") as name:
            folder = Path(name)
            with web.serving(web.FRONT_DOOR, url, folder, "/health", processes=processes) as ours:
                for what, each in asked.items():
                    web.press(ours, each, _WARM_SECONDS, folder)
                    pressed = web.press(ours, each, seconds, folder)
                    tell(f"HTTP: {what}", processes=processes, **asdict(pressed))


def beside(
    server: Postgres, conn: Connection, folder: Path, asked: Sequence[made_queries.MadeQuery]
) -> None:
    """Datasette over the same bodies and lines, and ours: the same questions one after another
    over HTTP, each the median of three times."""
    file = folder / "peer.db"
    file.unlink(missing_ok=True)
    tell("Datasette: filled", **peer.export(conn, file))
    with (
        TemporaryDirectory(prefix="labdir-bench-") as name,
        web.serving(web.FRONT_DOOR, server.url, Path(name), "/health") as ours,
        peer.serving(file, folder / "datasette.log") as theirs,
    ):
        for kind in ("very common word", "rare words", "English"):
            questions = list(dict.fromkeys(one.q for one in asked if one.kind == kind))[:_BESIDE]
            own = peer.ask(ours.address, peer.OURS, questions)
            for way, times in (own | peer.ask(theirs, peer.WAYS, questions)).items():
                median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
                tell("beside", kind=kind, way=way, questions=len(times), p50=median, p95=p95)
    file.unlink()


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m tests.bench.directory", description=__doc__)
    said.add_argument("--size", choices=list(SIZES), default="small")
    said.add_argument("--seed", type=int, default=1)
    said.add_argument("--folder", type=Path, default=Path("build/bench"))
    said.add_argument("--seconds", type=int, default=4, help="of one kind over HTTP")
    said.add_argument("--only", choices=("data", "disk", "http", "peer"), help="this alone")
    args = said.parse_args()
    tell("machine", **machine(), size=args.size, seed=args.seed)
    args.folder.mkdir(parents=True, exist_ok=True)
    os.chmod(args.folder, 0o711)  # noqa: PTH101  (the server runs as another user)
    with made_directory(args.folder, args.size, args.seed) as server:
        engine = db.connect(server.url)
        with engine.connect() as conn:
            if args.only in (None, "disk"):
                disk(conn)
            if args.only in (None, "http"):
                over_http(server.url, requests(conn, args.size, args.seed), args.seconds)
            if args.only in (None, "peer"):
                beside(server, conn, args.folder, made_queries.draw(conn, args.size, args.seed))
        engine.dispose()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
