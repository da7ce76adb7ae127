"""Sources, their runs, and the weeks in which nothing changed."""

import hashlib
import zlib
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deploy.made_data.sizes import CHANGED_EVERY, END, LOOK, OWN, REGISTERS, looks
from services import models as m
from services.terms import LeavingMeans, RunState, Tier


def _when(day: date, n: int) -> datetime:
    """One list after the other, so that no two runs are known at the same time."""
    return datetime.combine(day, clock_time(6), UTC) + timedelta(minutes=n)


class Runs:
    """``of[source]``: the run of each look by number; ``known``: when it was known."""

    def __init__(self) -> None:
        self.lists: dict[str, int] = {}
        self.of: dict[str, list[int]] = {}
        self.known: dict[str, list[datetime]] = {}


def runs_of_all(conn: Connection) -> Runs:
    made = Runs()
    for n, source in enumerate([*(one.source for one in REGISTERS), OWN]):
        list_id = made.lists[source] = _source(conn, source)
        made.known[source] = [_when(day, n) for day in looks()]
        made.of[source] = []
    for n in range(len(looks())):
        for source, list_id in made.lists.items():
            made.of[source].append(_run(conn, list_id, made.known[source][n]))
    return made


def _source(conn: Connection, key: str) -> int:
    issuer = next((one.issuer for one in REGISTERS if one.source == key), "")
    own_word = key == OWN
    tier = Tier.OWN_DOCUMENT if own_word else Tier.AB_REGISTER
    meta = {
        "title": f"Made list of {issuer or 'bodies’ own words'}",
        "title_zh": f"虚构名录 {issuer}",
        "publisher": "Made data",
        "publisher_zh": "虚构数据",
        "home": "https://example.org/",
        "licence": "made",
        "country": next((one.country for one in REGISTERS if one.source == key), ""),
        "tier": int(tier),
        "authoritative_for": [issuer] if issuer else [],
        "leaving_means": LeavingMeans.NO_LONGER_LISTED.value,
        "every_seconds": int(LOOK.total_seconds()),
        "has_lookup": False,
        "lookup_issuers": [],
        "made": True,
        "about_testing_bodies": True,
        "addresses": {"main": f"https://example.org/{key}"},
    }
    conn.execute(
        sa.insert(m.SourceRow).values(key=key, enabled=True, tier=int(tier), made=True, meta=meta)
    )
    made = sa.insert(m.SourceList).values(source_key=key, name="main", enabled=True)
    return int(conn.execute(made.returning(m.SourceList.id)).scalar_one())


def _run(conn: Connection, list_id: int, when: datetime) -> int:
    body = f"made list {list_id} at {when.isoformat()}".encode()
    digest = hashlib.sha256(body).digest()
    run = sa.insert(m.Run).values(
        list_id=list_id, state=RunState.PUBLISHED, asked_by="bench", asked_at=when, started_at=when,
        finished_at=when, as_of=when, known_at=when, parser_version=1, shape={"rows": 0},
    )  # fmt: skip
    run_id = int(conn.execute(run.returning(m.Run.id)).scalar_one())
    conn.execute(
        sa.insert(m.Payload).values(
            sha256=digest, size=len(body), body=zlib.compress(body), kept_at=when
        )
    )
    conn.execute(
        sa.insert(m.RunPayload).values(
            run_id=run_id, page=1, sha256=digest, url=f"https://example.org/list/{list_id}",
            publisher_url=f"https://example.org/list/{list_id}", name="", content_type="",
            charset="", headers={}, fetched_at=when,
        )
    )  # fmt: skip
    conn.execute(
        sa.update(m.SourceList)
        .where(m.SourceList.id == list_id)
        .values(complete_run_id=run_id, good_run_id=run_id)
    )
    return run_id


def look_on(conn: Connection) -> None:
    """The weeks between: looks that found the same bytes."""
    conn.execute(
        sa.text(
            """
            with quiet as (
                insert into run (list_id, state, asked_by, asked_at, started_at, finished_at,
                    as_of, known_at, parser_version)
                select r.list_id, 'unchanged', 'bench', d.day, d.day, d.day, d.day, d.day, 1
                from run r
                cross join lateral generate_series(1, :every - 1) as n
                cross join lateral (select r.known_at + n * interval '7 days' as day) d
                where d.day < :end
                returning id, list_id, known_at
            ), kept as (
                insert into run_payload (run_id, page, sha256, url, publisher_url, name,
                    content_type, charset, headers, fetched_at)
                select q.id, 1, p.sha256, p.url, p.publisher_url, '', '', '', '{}', q.known_at
                from quiet q
                join lateral (select id from run r where r.list_id = q.list_id
                    and r.known_at < q.known_at order by r.known_at desc limit 1) r on true
                join run_payload p on p.run_id = r.id
            )
            update source_list l set complete_run_id = q.id, good_run_id = q.id
            from (select list_id, max(id) as id from quiet group by list_id) q
            where l.id = q.list_id
            """
        ),
        {"every": CHANGED_EVERY, "end": datetime.combine(END, clock_time(), UTC)},
    )
    conn.commit()
