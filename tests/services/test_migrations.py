"""The migrations and the tables in the code say the same."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services import db, models
from services.models.base import in_catalogue


def test_a_migrated_database_is_what_the_models_say(database_url: str) -> None:
    engine = db.connect(database_url)
    with engine.connect() as conn:
        opts = {"compare_type": True, "include_object": in_catalogue}
        context = MigrationContext.configure(conn, opts=opts)
        assert compare_metadata(context, models.Base.metadata) == []
        assert db.at_head(conn)
    engine.dispose()


def test_two_processes_that_start_at_once_migrate_once(
    postgres_server: Any, execute_on_server: Callable[[str], None]
) -> None:
    execute_on_server("CREATE DATABASE labdir_migrated_twice")
    try:
        url = postgres_server.set(database="labdir_migrated_twice")
        address = url.render_as_string(hide_password=False)
        said = "import sys; from services.db import migrate; migrate(sys.argv[1])"
        both = [subprocess.Popen([sys.executable, "-c", said, address]) for _ in range(2)]
        assert [one.wait(60) for one in both] == [0, 0]
        engine = sa.create_engine(address, poolclass=sa.NullPool)
        with engine.connect() as conn:
            assert db.at_head(conn)
            versions = conn.execute(sa.text("select count(*) from alembic_version"))
            assert versions.scalar_one() == 1
    finally:
        execute_on_server("DROP DATABASE labdir_migrated_twice WITH (FORCE)")


def test_sessions_are_in_utc_and_keep_the_options_of_the_address(database_url: str) -> None:
    engine = db.connect(f"{database_url}&options=-c statement_timeout=12345")
    with engine.connect() as conn:
        assert conn.execute(sa.text("show timezone")).scalar_one() == "UTC"
        assert conn.execute(sa.text("show jit")).scalar_one() == "off"
        assert conn.execute(sa.text("show statement_timeout")).scalar_one() == "12345ms"
    engine.dispose()
