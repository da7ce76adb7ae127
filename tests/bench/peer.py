"""The same rows in Datasette (https://datasette.io, Apache-2.0), with SQLite's full-text search:
what a careful person gets without building anything.

Three ways of asking, over HTTP: its own search of the table, a query that ranks bodies by how many
lines hold the words, and that query written by hand over a table prepared for it.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deploy.embedded.asked import HOST, free_port
from services.errors import LabdirError

_TABLES = """
create table bodies (id integer primary key, name text, country text);
create table lines (
    id integer primary key, body_id integer not null references bodies (id),
    object text, object_also text, parameter text, parameter_also text, method text
);
"""
_SEARCH = """
create index lines_body_id on lines (body_id);
create virtual table lines_fts using fts5 (
    object, object_also, parameter, parameter_also, method, content="lines", content_rowid="id"
);
insert into lines_fts (lines_fts) values ('rebuild');
-- by hand: how many lines of a body hold a word
create virtual table words using fts5vocab ('lines_fts', 'instance');
create table word_bodies as
    select term, body_id, count(distinct doc) as n
    from words join lines on lines.id = words.doc group by term, body_id;
create index word_bodies_term on word_bodies (term, n desc, body_id);
drop table words;
analyze;
"""
RANKED = (
    "select b.id, b.name, count(*) as n from lines_fts f join lines l on l.id = f.rowid"
    " join bodies b on b.id = l.body_id where lines_fts match :q"
    " group by b.id order by n desc, b.id limit 20"
)
BY_HAND = (
    "select b.id, b.name, w.n from word_bodies w join bodies b on b.id = w.body_id"
    " where w.term = :q order by w.n desc, b.id limit 20"
)
_LINES = sa.text(
    "select l.id, bl.body_id, o.text, o.also, p.text, p.also, m.text from scope_line l"
    " join body_link bl on bl.record_id = l.record_id and upper_inf(bl.known)"
    " left join term o on o.id = l.object_id left join term p on p.id = l.parameter_id"
    " left join term m on m.id = l.method_id where upper_inf(l.known)"
)
_BODIES = sa.text(
    "select distinct on (bl.body_id) bl.body_id, n.text, coalesce(p.country, '')"
    " from body_link bl join name n using (record_id) left join profile p using (record_id)"
    " where upper_inf(bl.known) and upper_inf(n.known) order by bl.body_id, n.id"
)
_ASK_SECONDS = 600


def export(conn: Connection, file: Path) -> Mapping[str, float]:
    """Bodies and their open lines into SQLite, words put out in full; rows, seconds and bytes."""
    begun = time.perf_counter()
    lite = sqlite3.connect(file)
    lite.executescript("pragma journal_mode = off; pragma synchronous = off;" + _TABLES)
    for query, into, places in ((_BODIES, "bodies", 3), (_LINES, "lines", 7)):
        marks = ", ".join("?" * places)
        rows = conn.execution_options(yield_per=10_000).execute(query)
        lite.executemany(f"insert into {into} values ({marks})", map(tuple, rows))
    lite.commit()
    lite.executescript(_SEARCH)
    count = lite.execute("select count(*) from lines").fetchone()[0]
    lite.close()
    return {
        "lines": count,
        "seconds": time.perf_counter() - begun,
        "bytes": float(file.stat().st_size),
    }


@contextmanager
def serving(file: Path, log: Path) -> Iterator[str]:
    """Datasette over the file; its address. Its packages come from the lock file's group "peers",
    into an environment of their own."""
    port = free_port(0)
    argv = [
        *(sys.executable, "-m", "uv", "run", "--frozen", "--quiet", "--isolated"),
        *("--only-group", "peers", "--", "datasette", "serve", "--immutable", str(file)),
        *("--host", HOST, "--port", str(port), "--setting", "sql_time_limit_ms", "600000"),
        *("--setting", "facet_time_limit_ms", "600000"),
    ]
    with log.open("wb") as said:
        process = subprocess.Popen(argv, stdout=said, stderr=said)
    try:
        address = f"http://{HOST}:{port}"
        _await(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/-/versions.json").is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise LabdirError("Datasette does not answer.", f"See {log}.")


def _search(q: str) -> str:
    asked = {"_search": _phrase(q), "_searchmode": "raw", "_size": 20, "_shape": "objects"}
    return f"/peer/lines.json?{urlencode(asked)}"


def _phrase(q: str) -> str:
    return '"' + q.replace('"', " ") + '"'


def _query(sql: str, q: str) -> str:
    return f"/peer.json?{urlencode({'sql': sql, 'q': q})}"


# paths by way; a question's words are such as FTS5 can match
WAYS: Mapping[str, Callable[[str], str]] = {
    "Datasette, table search": _search,
    "Datasette, ranked bodies": lambda q: _query(RANKED, _phrase(q)),
    "Datasette, by hand": lambda q: _query(BY_HAND, q.lower()),
}
OURS: Mapping[str, Callable[[str], str]] = {
    "Labdir": lambda q: f"/api/v1/bodies?{urlencode({'q': q})}",
}


def ask(
    address: str, ways: Mapping[str, Callable[[str], str]], questions: Sequence[str], again: int = 3
) -> dict[str, list[float]]:
    """Milliseconds of each way for each question, the median of so many times."""
    with httpx.Client(base_url=address, timeout=_ASK_SECONDS) as client:
        return {
            way: [_median(client, path(q), again) for q in questions] for way, path in ways.items()
        }


def _median(client: httpx.Client, path: str, again: int) -> float:
    took: list[float] = []
    for _ in range(again):
        begun = time.perf_counter()
        answer = client.get(path)
        took.append(1000 * (time.perf_counter() - begun))
        answer.raise_for_status()
    return sorted(took)[again // 2]
