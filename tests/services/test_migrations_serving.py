"""Migrations run while old code serves: what they may do, how long they wait, what is ready."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError

from services import db
from services.errors import Conflict
from tests.services.locking import faults

REVISIONS = [
    one.revision for one in reversed(list(ScriptDirectory(str(db.MIGRATIONS)).walk_revisions()))
]
# of the time before anybody ran Labdir for long; a new entry needs its reason in docs/operations.md
ALLOWED = {
    "0002": {"checks every row of run", "locks out writers of run"},
    "0003": {
        "checks every row of review_item",
        "locks out writers of accreditation",
        "locks out writers of body",
        "locks out writers of run",
        "rewrites rows of sighting",
    },
    "0004": {"locks out writers of document", "rewrites rows of document"},
    "0008": {
        "checks every row of accreditation_link",
        "checks every row of body_link",
        "checks every row of review_item",
        "drops column of body",
        "locks out writers of accreditation_link",
        "locks out writers of body_link",
        "locks out writers of review_item",
        "rewrites rows of body_link",
    },
    "0010": {"checks every row of run", "locks out writers of run"},
}


@pytest.fixture
def fresh(postgres_server: URL, execute_on_server: Callable[[str], None]) -> Iterator[str]:
    execute_on_server("CREATE DATABASE labdir_serving")
    yield postgres_server.set(database="labdir_serving").render_as_string(hide_password=False)
    execute_on_server("DROP DATABASE labdir_serving WITH (FORCE)")


@contextmanager
def heard() -> Iterator[list[str]]:
    """Statements that reach the server meanwhile."""
    said: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(Engine, "before_cursor_execute", hear)


def test_no_migration_locks_out_or_breaks_old_code_but_those_allowed(fresh: str) -> None:
    found: dict[str, set[str]] = {}
    for revision in REVISIONS:
        with heard() as said:
            command.upgrade(db._config(fresh), revision)
        assert "set lock_timeout = '3s'" in said
        if wrong := set(faults(said)):
            found[revision] = wrong
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DROP TABLE run", "drops table run"),
        ("ALTER TABLE run DROP COLUMN because", "drops column of run"),
        ("ALTER TABLE run RENAME because TO why", "renames run"),
        ("ALTER TABLE run ALTER COLUMN rows TYPE BIGINT", "changes type in run"),
        ("ALTER TABLE run ALTER COLUMN as_of SET NOT NULL", "sets not null in run"),
        ("ALTER TABLE run ADD CONSTRAINT a CHECK (b > 0)", "checks every row of run"),
        ("ALTER TABLE run ADD CONSTRAINT a FOREIGN KEY(b) REFERENCES c (d)",
         "checks every row of run"),
        ("ALTER TABLE run ADD CONSTRAINT a UNIQUE (b)", "builds an index under lock on run"),
        ("ALTER TABLE run ADD EXCLUDE USING gist (b WITH =)", "builds an index under lock on run"),
        ("CREATE UNIQUE INDEX a ON run (b)", "locks out writers of run"),
        ("ALTER TABLE run ADD COLUMN a UUID DEFAULT gen_random_uuid()", "computes a column of run"),
        ("ALTER TABLE run ADD COLUMN a TEXT NOT NULL", "asks old code for a value in run"),
        ("  update run\n set a = 1", "rewrites rows of run"),
        ("delete from run", "deletes rows of run"),
        ("truncate run", "empties run"),
        ("LOCK TABLE run", "locks run"),
    ],
)  # fmt: skip
def test_each_forbidden_statement_is_found(statement: str, fault: str) -> None:
    assert list(faults([statement])) == [fault]
    assert list(faults(["CREATE TABLE run (\n id BIGINT)", statement])) == [], "it is nobody's yet"


def test_what_old_code_does_not_feel_is_let_pass() -> None:
    quiet = [
        "ALTER TABLE run ADD COLUMN a TEXT",
        "ALTER TABLE run ADD COLUMN a TEXT DEFAULT '' NOT NULL",
        "CREATE INDEX CONCURRENTLY a ON run (b)",
        "ALTER TABLE run ADD CONSTRAINT a FOREIGN KEY(b) REFERENCES c (d) NOT VALID",
        "ALTER TABLE run VALIDATE CONSTRAINT a",
        "ALTER TABLE run ADD CONSTRAINT a UNIQUE USING INDEX b",
    ]
    assert list(faults(quiet)) == []


def test_a_migration_waits_seconds_for_a_table_and_says_who_keeps_it(
    fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile it takes nobody's turn for long, and once the table is free it goes through."""
    command.upgrade(db._config(fresh), "0009")
    monkeypatch.setattr(db, "_TRIES", 2)
    monkeypatch.setattr(db, "_PAUSE", 0.0)
    engine = db.connect(fresh)
    with engine.connect() as reader:
        reader.execute(sa.text("select count(*) from run"))
        with pytest.raises(Conflict, match=r"a table stayed locked.*pg_stat_activity"):
            db.migrate(fresh)
        with engine.connect() as conn:
            assert not db.at_head(conn)
    monkeypatch.setattr(db, "_TRIES", 20)
    with engine.connect() as reader:
        reader.execute(sa.text("select count(*) from run"))
        later = threading.Timer(4, reader.rollback)  # after the first try has given up
        later.start()
        db.migrate(fresh)
        later.join()
    with engine.connect() as conn:
        assert db.at_head(conn)
    engine.dispose()


def test_a_migration_that_met_another_transaction_tries_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each held what the other wanted, and PostgreSQL ended the migration."""
    said: list[str] = []

    def upgrade(_config: Any, revision: str) -> None:
        said.append(revision)
        if len(said) == 1:
            raise OperationalError("alter table run", {}, DeadlockDetected())

    monkeypatch.setattr(db, "_PAUSE", 0.0)
    monkeypatch.setattr(command, "upgrade", upgrade)
    db.migrate(database_url)
    assert said == ["head", "head"]


def test_code_that_is_older_than_the_schema_goes_on_being_ready(database_url: str) -> None:
    engine = db.connect(database_url)
    with engine.begin() as conn:
        conn.execute(sa.text("update alembic_version set version_num = '9999'"))
        assert db.at_head(conn)
        conn.execute(sa.text("update alembic_version set version_num = '0009'"))
        assert not db.at_head(conn)
    engine.dispose()
