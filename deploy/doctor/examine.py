"""All looks at one set-up, in the order in which one would mend it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import redis
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from deploy.doctor import broker, database, files, kept
from deploy.doctor.findings import Finding, Patient, State, unknown, wrong
from deploy.embedded.hold import running
from services import db
from services import settings as configuration
from services.errors import LabdirError, SettingsError
from services.sync import catalogue

_LOOKS: tuple[tuple[str, Callable[[Patient], Iterator[Finding]]], ...] = (
    ("settings", files.settings),
    ("secrets", files.secrets),
    ("database", database.database),
    ("migrations", database.schema),
    ("clock", database.clock),
    ("redis", broker.broker),
    ("workers", broker.queues),
    ("beat", broker.beat),
    ("disk", files.disk),
    ("keys", kept.signing),
    ("sources", kept.sources),
    ("backups", kept.backups),
)
_NEED_SCHEMA = {"keys", "sources"}


def examine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything that is reached from here. Nothing is started, migrated or written.

    What cannot be looked at is a finding of its own; so is a look that fails by itself.
    """
    data, env = _data(environment)
    try:
        settings = configuration.load(env)
        catalogue.every_source(settings)
    except SettingsError as fault:
        yield wrong("settings", fault.what, fault.remedy or "Mend that line; nothing starts so.")
        return
    with ExitStack() as stack:
        conn, said = _connect(settings.database_url, stack)
        yield from said
        client, said = _redis(settings.redis_url, stack)
        yield from said
        named = env.get("LABDIR_SETTINGS")
        patient = Patient(
            settings=settings,
            settings_file=Path(named) if named else None,
            keys=settings.proof.keys or (str(data / "keys") if data else ""),
            data=data,
            conn=conn,
            redis=client,
            now=datetime.now(UTC),
        )
        behind = False
        for part, look in _LOOKS:
            if behind and part in _NEED_SCHEMA:
                yield unknown(part, "the database's schema is not this version's")
                continue
            for finding in _looked(part, look, patient):
                behind |= part == "migrations" and finding.state is State.WRONG
                yield finding


def _looked(
    part: str, look: Callable[[Patient], Iterator[Finding]], patient: Patient
) -> Iterator[Finding]:
    try:
        yield from look(patient)
    except (LabdirError, SQLAlchemyError, redis.RedisError, OSError) as fault:
        said = str(getattr(fault, "orig", None) or fault).strip()
        yield wrong(part, f"The look at it failed: {said}", "Mend what it names and ask again.")


def _data(environment: Mapping[str, str]) -> tuple[Path | None, dict[str, str]]:
    """The folder of the `labdir up` that is meant, if any, and how its servers are reached."""
    env = dict(environment)
    if env.get("LABDIR_DATABASE_URL"):
        return None, env
    folder = Path(env.get("LABDIR_DATA") or ".labdir")
    return (folder, env | running(folder)) if folder.is_dir() else (None, env)


def _connect(url: str, stack: ExitStack) -> tuple[Connection | None, list[Finding]]:
    if not url:
        return None, [
            wrong(
                "database",
                "No database is named, and no `labdir up` runs on the data folder.",
                "Set LABDIR_DATABASE_URL (or LABDIR_DATA), or start: labdir up",
            )
        ]
    try:
        asked = make_url(url)
        patient = asked.update_query_dict({"connect_timeout": "5"})
        engine = db.connect(patient.render_as_string(hide_password=False), pool_size=1)
        stack.callback(engine.dispose)
        return stack.enter_context(
            engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        ), []
    except (DBAPIError, ArgumentError) as fault:
        shown = asked.render_as_string() if not isinstance(fault, ArgumentError) else "the address"
        said = str(getattr(fault, "orig", None) or "it is no address of a database").strip()
        return None, [
            wrong(
                "database",
                f"{shown} is not reached: {said}",
                "See that the server runs and that LABDIR_DATABASE_URL names host, role and "
                "password as the server has them.",
            )
        ]


def _redis(url: str, stack: ExitStack) -> tuple[redis.Redis | None, list[Finding]]:
    remedy = "See that it runs and that LABDIR_REDIS_URL names it, as redis://redis:6379/0"
    if not url:
        return None, [wrong("redis", "No Redis is named: nothing wakes the workers.", remedy)]
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
        stack.callback(client.close)
        client.ping()
    except (redis.RedisError, ValueError) as fault:
        return None, [wrong("redis", f"It is not reached: {fault}", remedy)]
    return client, []
