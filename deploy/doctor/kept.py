"""What the directory keeps: keys that sign, sources read in time, backups."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from deploy.doctor.findings import Finding, Patient, note, ok, unknown, wrong
from services.evidence import checkpoint, keys
from services.find.meta import overdue_why
from services.settings import duration
from services.store.looks import load_sources

_UNSIGNED = timedelta(minutes=15)
_STAMP = "%Y%m%dT%H%M%SZ"  # deploy/keeping names a base backup so
_HOW = (
    "Take one now: labdir backup; in compose see `docker compose logs keeper`, then: "
    "docker compose exec -u postgres keeper keeping base /backups --username=labdir"
)
_NOT_REACHED = "the database is not reached"


def signing(patient: Patient) -> Iterator[Finding]:
    if patient.conn is None:
        yield unknown("keys", _NOT_REACHED)
        return
    if not patient.keys:
        yield wrong(
            "keys",
            "No folder of signing keys is set: nothing is signed.",
            "Name one in LABDIR_KEYS, or as keys under [proof]; then: labdir key new",
        )
        return
    try:
        signs = keys.signer(patient.conn, patient.keys)
    except keys.NoSigningKey as fault:
        yield wrong("keys", fault.what, fault.remedy)
        return
    newest = checkpoint.newest(patient.conn)
    waits = patient.conn.execute(
        sa.text("select min(committed_at) from log_leaf where position >= :size"),
        {"size": newest.size if newest is not None else 0},
    ).scalar_one()
    if waits is not None and patient.now - waits > _UNSIGNED:
        yield wrong(
            "keys",
            f"The log was not signed since {waits:%Y-%m-%d %H:%M} UTC, though {signs.kid} could.",
            "See the workers' log for labdir.sign; they must have the same folder of keys.",
        )
        return
    yield ok("keys", f"{signs.kid} signs")


def sources(patient: Patient) -> Iterator[Finding]:
    if patient.conn is None:
        yield unknown("sources", _NOT_REACHED)
        return
    found = load_sources(patient.conn)
    on = [one for one in found.values() if one.enabled]
    overdue = {one.key: why for one in on if (why := overdue_why(one, patient.now))}
    for key, why in overdue.items():
        yield wrong("sources", f"{key} is overdue. {why}", f"See its newest run at /sources/{key}")
    if not on:
        yield note(
            "sources",
            "No source is enabled: the directory stays empty.",
            "Enable some in the settings, as in [sources.sg_sac] enabled = true",
        )
    elif not overdue:
        yield ok("sources", f"{len(on)} are enabled, none is overdue")


def backups(patient: Patient) -> Iterator[Finding]:
    at_most = duration(patient.settings.backup.at_most)
    folder = patient.settings.backup.folder
    if folder:
        yield from _age(_newest_in(Path(folder)), at_most, patient.now, f"in {folder}")
    if patient.conn is None:
        yield unknown("backups", _NOT_REACHED)
        return
    try:
        yield from _archive(patient.conn, patient.now, at_most, look=not folder)
    except DBAPIError as fault:
        yield unknown(
            "backups",
            f"The server does not tell: {str(fault.orig).strip()}",
            "GRANT pg_monitor to the role of LABDIR_DATABASE_URL.",
        )


def _age(
    taken: datetime | None, at_most: timedelta, now: datetime, where: str
) -> Iterator[Finding]:
    if taken is None:
        yield wrong("backups", f"There is no base backup {where}.", _HOW)
    elif now - taken > at_most:
        yield wrong(
            "backups", f"The newest base backup {where} is of {taken:%Y-%m-%d %H:%M} UTC.", _HOW
        )
    else:
        yield ok("backups", f"the newest base backup {where} is of {taken:%Y-%m-%d %H:%M} UTC")


def _newest_in(folder: Path) -> datetime | None:
    stamps = (one.name for one in folder.glob("base/*Z") if (one / "backup_manifest").is_file())
    newest = max(stamps, default=None)
    return datetime.strptime(newest, _STAMP).replace(tzinfo=UTC) if newest else None


def _archive(
    conn: Connection, now: datetime, at_most: timedelta, *, look: bool
) -> Iterator[Finding]:
    """What the server itself tells of its archive; ``look``: of its base backups as well, whose
    newest leaves a history file beside the log until the next one."""
    if conn.execute(sa.text("show archive_mode")).scalar_one() == "off":
        yield note(
            "backups",
            "The database's log is not archived: only the moment of a base backup comes back.",
            "docs/operations.md, Backups: set LABDIR_BACKUPS for labdir up, or the server's "
            "archive_mode and archive_command.",
        )
        return
    row = conn.execute(
        sa.text(
            "select last_archived_time as went, last_failed_time as failed, last_failed_wal as what"
            " from pg_stat_archiver"
        )
    ).one()
    if row.failed is not None and (row.went is None or row.failed > row.went):
        yield wrong(
            "backups",
            f"The server could not archive {row.what} at {row.failed:%Y-%m-%d %H:%M} UTC and keeps "
            "trying; its disk fills meanwhile.",
            "See the server's log for what archive_command said: space and owner of the folder.",
        )
    elif row.went is not None:
        yield ok("backups", f"the database's log was last archived {row.went:%Y-%m-%d %H:%M} UTC")
    if look:
        yield from _age(newest_told(conn), at_most, now, "of this server")


def newest_told(conn: Connection) -> datetime | None:
    """When the newest base backup ended, by its history file."""
    names = sa.text("select name from pg_ls_waldir() where name like '%.backup'")
    ends = []
    for name in conn.execute(names).scalars():
        told = conn.execute(
            sa.text("select pg_read_file('pg_wal/' || :name)"), {"name": name}
        ).scalar_one()
        if found := re.search(r"^STOP TIME: (\S+ \S+) (?:UTC|GMT)$", told, re.M):
            ends.append(datetime.fromisoformat(found[1]).replace(tzinfo=UTC))
    return max(ends, default=None)
