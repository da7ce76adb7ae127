"""A reader who looks all the time: whole versions only, in every snapshot.

Each version of a list alters each of its bodies in several tables together, so that any mixture of
two versions, or a run seen in part, shows as two marks where one is due.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deploy.embedded.asked import HOST
from services import db
from tests.chaos.lists import STANDING

# What stands of each list now, by its marks in every table that a publish writes.
_SEEN = sa.text("""
    with standing as (
        select r.list_id, g.record_id, g.first_run_id from sighting g
        join record r on r.id = g.record_id
        join source_list l on l.id = r.list_id and l.name = 'list'
        where g.end_run_id is null
    ), last as (
        select r.list_id, max(r.id) as run_id from run r
        where r.state = 'published' group by r.list_id
    )
    select l.source_key as key, last.run_id,
        (select count(*) from standing s where s.list_id = l.id) as records,
        (select array_agg(distinct s.first_run_id) from standing s where s.list_id = l.id) as runs,
        (select array_agg(distinct a.schedule_issue) from standing s
            join accreditation_statement a on a.record_id = s.record_id and upper_inf(a.known)
            where s.list_id = l.id) as issues,
        (select array_agg(distinct p.city) from standing s
            join profile p on p.record_id = s.record_id and upper_inf(p.known)
            where s.list_id = l.id) as cities,
        (select array_agg(distinct x.limitation) from standing s
            join scope_line x on x.record_id = s.record_id and upper_inf(x.known)
            where s.list_id = l.id) as limits,
        (select array_agg(distinct d.card ->> 'city') from standing s
            join body_link b on b.record_id = s.record_id and upper_inf(b.known)
            left join document d on d.body_id = b.body_id and d.to_position is null
            where s.list_id = l.id) as cards,
        (select count(*) from change c where c.run_id = last.run_id) as changes,
        (select f.rows from log_leaf f where f.run_id = last.run_id) as told
    from source_list l join last on last.list_id = l.id
    where l.name = 'list' and l.source_key <> 'calendar'
""")
# Whatever stands under a run that has not published is a part of a run.
_PARTS = sa.text("""
    with open as (select id from run where state not in ('published', 'unchanged')
        order by id desc limit 40)
    select what, run_id from (
        select 'record' as what, run_id from record
        union all select 'sighting', first_run_id from sighting
        union all select 'accreditation_statement', run_id from accreditation_statement
        union all select 'scope_line', run_id from scope_line
        union all select 'profile', run_id from profile
        union all select 'body', run_id from body
        union all select 'body_link', run_id from body_link
        union all select 'accreditation', run_id from accreditation
        union all select 'review_item', run_id from review_item
        union all select 'change', run_id from change
        union all select 'log_leaf', run_id from log_leaf
    ) part where run_id in (select id from open) limit 5
""")


def judged(rows: list[Any], parts: list[Any]) -> list[str]:
    """What is wrong with one snapshot; empty for whole versions."""
    said = [f"{part.what} of run {part.run_id}, which has not published" for part in parts]
    for row in rows:
        issue = row.issues[0].removeprefix("issue ") if row.issues else ""
        due = {
            "issues": [f"issue {issue}"],
            "cities": [f"Town {issue}"],
            "limits": [f"limit {issue}"],
            "cards": [f"Town {issue}"],
            "runs": [row.run_id],
            "records": STANDING + 1,
            "told": row.changes,
        }
        said += [
            f"{row.key}: {name} {getattr(row, name)} where {wanted} is due"
            for name, wanted in due.items()
            if getattr(row, name) != wanted
        ]
    return said


@dataclass(slots=True)
class Watcher:
    """``wrong``: what was seen in part, with the attack under way. ``pause``: seconds between
    looks. ``web``: how often a page was had, refused (5xx) or not to be had."""

    database_url: str
    port: int
    pause: float = 0.05
    attack: str = ""
    snapshots: int = 0
    away: int = 0
    wrong: list[str] = field(default_factory=list)
    web: dict[str, int] = field(default_factory=lambda: {"had": 0, "refused": 0, "away": 0})
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Iterator["Watcher"]:
        threads = [
            threading.Thread(target=one, daemon=True) for one in (self._look, self._read_pages)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(30)

    def _look(self) -> None:
        engine = db.connect(self.database_url, pool_size=1)
        turn = 0
        while not self._stop.wait(self.pause):
            turn += 1
            try:
                self.look(engine, parts=turn % 5 == 0)
                self.snapshots += 1
            except (sa.exc.OperationalError, sa.exc.InternalError):
                self.away += 1
                engine.dispose()
        engine.dispose()

    def look(self, engine: Engine, *, parts: bool = True) -> None:
        """One snapshot, judged."""
        with db.snapshot(engine) as conn:
            rows = list(conn.execute(_SEEN))
            found = list(conn.execute(_PARTS)) if parts else []
        for said in judged(rows, found):
            if len(self.wrong) < 200:
                self.wrong.append(f"{self.attack}: {said}")

    def _read_pages(self) -> None:
        """A visitor who searches, so that the web is at work when it is killed."""
        with httpx.Client(base_url=f"http://{HOST}:{self.port}", timeout=10, trust_env=False) as c:
            while not self._stop.wait(0.3):
                try:
                    answer = c.get("/en/find", params={"q": "CNAS"})
                    self.web["had" if answer.status_code < 500 else "refused"] += 1
                except httpx.HTTPError:
                    self.web["away"] += 1
                    time.sleep(0.2)
