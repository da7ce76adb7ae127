"""How much search finds: every question of ``queries.csv`` through the real search, held against
what the sources' own words say is right.

Recall at 10 of a question: the share of the right bodies among its first ten cards; where more
than ten are right, the share of right ones in those ten. Told per kind and in total.
"""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deploy.embedded.servers import Postgres
from services import db
from services.find.search import Query, search
from tests.bench import shipped
from tests.bench.draw_queries import Asked, draw, read
from tests.bench.figures import tell
from tests.bench.oracle import Oracle, Record

FIRST = 10
TARGET = 0.95


def oracle(played: Iterable[shipped.Played]) -> Oracle:
    return Oracle((one.source.key, draft) for one in played for draft in one.drafts())


def bodies(conn: Connection) -> dict[Record, str]:
    """Which body each record speaks of, as matching decided."""
    rows = conn.execute(
        sa.text(
            "select l.source_key, r.key, bl.body_id from body_link bl"
            " join record r on r.id = bl.record_id join source_list l on l.id = r.list_id"
            " where upper_inf(bl.known)"
        )
    )
    return {(row.source_key, row.key): f"b{row.body_id}" for row in rows}


def first_ten(conn: Connection, asked: Asked) -> list[str]:
    query = Query(q=asked.q, standard=asked.standard, limit=FIRST)
    found, _ = search(conn, query, now=shipped.NOW, today=shipped.NOW.date())
    return [card.id for card in found.cards]


def recall(found: Sequence[str], right: set[str]) -> float:
    hit = len(right.intersection(found[:FIRST]))
    return hit / min(FIRST, len(right))


def measure(conn: Connection, asked: Sequence[Asked], truth: Oracle) -> dict[str, list[float]]:
    """Recall of every question by its kind. Tells those that miss."""
    of = bodies(conn)
    found: dict[str, list[float]] = {}
    for one in asked:
        right = {of[record] for record in truth.right(one.expects) if record in of}
        if not right:
            tell("search: nobody answers", kind=one.kind, q=one.q, expects=one.expects)
            continue
        got = first_ten(conn, one)
        share = recall(got, right)
        found.setdefault(one.kind, []).append(share)
        if share < 1:
            extra = {"standard": one.standard} if one.standard else {}
            tell("search: missed", kind=one.kind, q=one.q, recall=share, right=len(right), **extra)
    return found


def report(what: str, found: dict[str, list[float]], seconds: float) -> float:
    """A line for each kind and one in total; returns the total."""
    for kind, shares in sorted(found.items()):
        tell(what, kind=kind, questions=len(shares), recall_at_10=sum(shares) / len(shares))
    every = [share for shares in found.values() for share in shares]
    total = sum(every) / len(every)
    each = 1000 * seconds / len(every)
    tell(what, kind="total", questions=len(every), recall_at_10=total, target=TARGET, ms_each=each)
    return total


def run(server: Postgres) -> None:
    """Over what is shipped; over publishers' own files too, where their folder is named."""
    _over(server, "search, shipped", shipped.lists(), read())
    if folder := os.environ.get("LABDIR_PUBLISHED_FILES"):
        published = shipped.lists(Path(folder))
        theirs = [one for one in published if one.source.key != shipped.REGISTER]
        drawn = draw([draft for one in theirs for draft in one.drafts()])
        _over(server, "search, published files", published, drawn)


def _over(
    server: Postgres, what: str, played: list[shipped.Played], asked: Sequence[Asked]
) -> None:
    name = what.replace(" ", "_").replace(",", "")
    with server.connect() as conn:
        conn.execute(f'drop database if exists "{name}" with (force)')
        conn.execute(f'create database "{name}"')
    url = sa.make_url(server.url).set(database=name).render_as_string(hide_password=False)
    db.migrate(url)
    tell(what, played=shipped.play(url, played))
    engine = db.connect(url)
    with engine.connect() as conn:
        truth = oracle(played)
        begun = time.perf_counter()
        found = measure(conn, asked, truth)
        report(what, found, time.perf_counter() - begun)
    engine.dispose()
