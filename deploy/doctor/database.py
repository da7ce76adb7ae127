"""The database: its version, how it reads words, its extensions, schema, safety and clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from deploy.doctor.findings import Finding, Patient, note, ok, unknown, wrong
from services.db import MIGRATIONS

_OLDEST = 15
_EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")  # services/migrations/versions/0001
_SKEW_NOTED = timedelta(seconds=2)
_SKEW_WRONG = timedelta(seconds=30)  # half a lease
_NOT_REACHED = "the database is not reached"


def database(patient: Patient) -> Iterator[Finding]:
    if patient.conn is None:
        return  # that it is not reached was said when it was tried
    yield from _version(patient.conn)
    yield from _words(patient.conn)
    yield from _safety(patient.conn)


def _version(conn: Connection) -> Iterator[Finding]:
    number = int(_one(conn, "show server_version_num")) // 10000
    said = f"PostgreSQL {_one(conn, 'show server_version')}"
    if number < _OLDEST:
        yield wrong(
            "database",
            f"{said} is too old.",
            f"Move to PostgreSQL {_OLDEST} or later: pg_dump there, restore here.",
        )
    else:
        yield ok("database", f"{said} answers")


def _words(conn: Connection) -> Iterator[Finding]:
    """Encoding and locale as the search feels them: under C trigrams find no Chinese."""
    row = conn.execute(
        sa.text(
            "select pg_encoding_to_char(encoding) as encoding, datctype as locale,"
            " datcollversion as made_with, pg_database_collation_actual_version(oid) as runs_with"
            " from pg_database where datname = current_database()"
        )
    ).one()
    anew = (
        "Make a new database with ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0, "
        "and move there by pg_dump and pg_restore."
    )
    if row.encoding != "UTF8":
        yield wrong("locale", f"The database's encoding is {row.encoding}, not UTF8.", anew)
        return
    missing = sorted(set(_EXTENSIONS) - _extensions(conn))
    if missing:
        names = ", ".join(missing)
        yield wrong(
            "extensions",
            f"Missing in the database: {names}.",
            "Run `labdir migrate` as a role that may create extensions, or have the server's "
            + " ".join(f"CREATE EXTENSION {one};" for one in missing),
        )
    else:
        yield ok("extensions", ", ".join(_EXTENSIONS))
    if "pg_trgm" not in missing and not _one(conn, "select show_trgm('检测') <> '{}'"):
        yield wrong(
            "locale", f"Under the locale {row.locale} the search finds no Chinese words.", anew
        )
    elif row.made_with != row.runs_with:
        yield wrong(
            "locale",
            f"Texts were sorted by {row.locale} {row.made_with}; "
            f"the system now has {row.runs_with}.",
            "REINDEX DATABASE, then ALTER DATABASE … REFRESH COLLATION VERSION.",
        )
    else:
        yield ok("locale", f"{row.encoding}, {row.locale}")


def _extensions(conn: Connection) -> set[str]:
    return set(conn.execute(sa.text("select extname from pg_extension")).scalars())


def _safety(conn: Connection) -> Iterator[Finding]:
    """What is accepted must outlive a crash of the machine."""
    off = [one for one in ("fsync", "full_page_writes") if _one(conn, f"show {one}") == "off"]
    if _one(conn, "show synchronous_commit") == "off":
        off.append("synchronous_commit")
    for one in off:
        yield wrong(
            "database",
            f"{one} is off: a crash of the machine loses what was published.",
            f"ALTER SYSTEM SET {one} = on; SELECT pg_reload_conf();",
        )


def schema(patient: Patient) -> Iterator[Finding]:
    if patient.conn is None:
        yield unknown("migrations", _NOT_REACHED)
        return
    script = ScriptDirectory(str(MIGRATIONS))
    every = {one.revision for one in script.walk_revisions()}
    current = MigrationContext.configure(patient.conn).get_current_heads()
    if strange := sorted(set(current) - every):
        yield wrong(
            "migrations",
            f"The database's schema is {strange[0]}, which this version does not know: "
            "it is newer.",
            "Run the newer version of Labdir.",
        )
        return
    applied = {one.revision for one in script.iterate_revisions(current, "base")}
    missing = every - applied
    if missing:
        names = ", ".join(sorted(missing))
        yield wrong("migrations", f"Not applied yet: {names}.", "Run: labdir migrate")
    else:
        yield ok("migrations", f"the schema is {', '.join(current)}, the newest")


def clock(patient: Patient) -> Iterator[Finding]:
    """Leases are told by the database's clock, what was known when by the workers'."""
    if patient.conn is None:
        yield unknown("clock", _NOT_REACHED)
        return
    before = datetime.now(UTC)
    there: datetime = _one(patient.conn, "select clock_timestamp()")
    after = datetime.now(UTC)
    skew = max(there - after, before - there, timedelta())
    said = f"This machine's clock and the database's are {skew.total_seconds():.1f} s apart"
    remedy = "Let both machines keep time by NTP (chrony or systemd-timesyncd)."
    if skew > _SKEW_WRONG:
        yield wrong("clock", f"{said}: facts would be known before or after they were.", remedy)
    elif skew > _SKEW_NOTED:
        yield note("clock", f"{said}.", remedy)
    else:
        yield ok("clock", "this machine's and the database's agree")


def _one(conn: Connection, query: str) -> Any:
    return conn.execute(sa.text(query)).scalar_one()
