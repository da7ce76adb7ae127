"""Runs of the directory's own: what it publishes without a publisher, each with a leaf in the log.

The calendar tells what time alone changes, the desk what stewards decide.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.terms import RunState


@dataclass(frozen=True, slots=True)
class Own:
    """A source within the house; ``list``: the name of its only list."""

    key: str
    list: str
    title: str
    title_zh: str
    note: str

    def meta(self) -> dict[str, object]:
        """As services.sync.catalogue writes it of any source."""
        return {
            "title": self.title,
            "title_zh": self.title_zh,
            "publisher": "Labdir",
            "publisher_zh": "检测机构名录",
            "home": "",
            "licence": "",
            "licence_url": "",
            "note": self.note,
            "country": "",
            "tier": 1,
            "authoritative_for": [],
            "leaving_means": "nothing",
            "every_seconds": 86400,
            "has_lookup": False,
            "lookup_issuers": [],
            "made": False,
            "about_testing_bodies": False,
            "internal": True,
            "addresses": {},
            "parser_version": 1,
            "bytes_public": False,
            "expect": {},
        }


def own_run(conn: Connection, own: Own, now: datetime, altered: int) -> int:
    """A published run of the directory's own at ``now``; its changes and its leaf are the
    caller's."""
    source = insert(m.SourceRow).values(
        key=own.key, enabled=False, tier=1, made=False, meta=own.meta()
    )
    conn.execute(source.on_conflict_do_nothing())
    mine = insert(m.SourceList).values(source_key=own.key, name=own.list, enabled=False)
    conn.execute(mine.on_conflict_do_nothing())
    list_id = sa.select(m.SourceList.id).where(m.SourceList.source_key == own.key)
    run = (
        sa.insert(m.Run)
        .values(
            list_id=list_id.scalar_subquery(),
            state=RunState.PUBLISHED,
            asked_by=own.key,
            asked_at=now,
            started_at=now,
            finished_at=now,
            as_of=now,
            known_at=now,
            step="published",
            counts={"altered": altered, "changes": altered},
        )
        .returning(m.Run.id)
    )
    return int(conn.execute(run).scalar_one())
