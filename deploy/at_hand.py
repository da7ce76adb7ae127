"""The database that a single command finds: named, running, or private for as long as it runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.embedded.hold import reached
from services import db
from services import settings as configuration
from services.sync import catalogue
from services.sync.run import Road


def clock() -> datetime:
    return datetime.now(UTC)


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """An ISO day or time; without a zone it is UTC."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError as fault:
        raise click.BadParameter(
            f'"{value}" is no time; write 2019-08-05 or 2019-08-05T09:01:07'
        ) from fault
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def keys_folder(settings: configuration.Settings) -> str:
    """Where signing keys are: as set, else with `labdir up`'s own database in its data folder.

    "" where the database is another: a key left in a folder nobody knows of would sign nothing.
    """
    if settings.proof.keys or os.environ.get("LABDIR_DATABASE_URL"):
        return settings.proof.keys
    return str(Path(os.environ.get("LABDIR_DATA") or ".labdir") / "keys")


@contextmanager
def road_at_hand(settings_file: Path | None = None) -> Iterator[Road]:
    """The road over whatever database this command finds: named, running, or private for now.

    ``settings_file``: in place of the one that the environment names.
    """
    folder = Path(os.environ.get("LABDIR_DATA") or ".labdir")
    with reached(folder, os.environ) as env:
        if settings_file is not None:
            env = {**env, "LABDIR_SETTINGS": str(settings_file)}
        settings = configuration.load(env)
        db.migrate(settings.database_url)
        engine = db.connect(settings.database_url)
        try:
            yield Road(engine, settings, catalogue.every_source(settings), clock)
        finally:
            engine.dispose()
