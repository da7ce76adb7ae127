"""Documents written before search counted by mode, family and level are counted as far as they say
so, and are written anew by the next turn of the calendar."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import command

from services import db
from services.find.search import Query, search
from services.sync.turn import turn_day
from tests.services.find.conftest import harbour
from tests.services.store.build import World, at

NOW = at("2026-06-01", 9)


def counts(conn: sa.Connection) -> dict[str, dict[str, int]]:
    found, _ = search(conn, Query(), now=NOW, today=NOW.date())
    return {name: {one.value: one.count for one in rows} for name, rows in found.facets.items()}


def test_earlier_documents_are_counted_and_written_anew(make_database: Callable[[], Any]) -> None:
    url = make_database()
    engine = db.connect(url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        world.look("register", at("2026-05-25"), [harbour()])
        whole = counts(conn)
        conn.rollback()
    command.downgrade(db._config(url), "0003")
    db.migrate(url)
    with engine.connect() as conn:
        before = counts(conn)
        assert before["mode"] == {"built": 1, "borrowed": 1}
        assert before["country"] == {"AE": 1, "CN": 1, "SA": 1}  # sites were not told apart
        assert before["family"] == {}
        turn_day(conn, NOW)
        assert counts(conn) == whole
        assert whole["country"] == {"AE": 1, "CN": 1}
        assert whole["family"] == {"GB": 1, "IEC": 1}
    engine.dispose()
