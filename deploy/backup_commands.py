"""``labdir backup``, ``labdir restore``: the database of `labdir up`, kept and brought back.

A server elsewhere is kept by the same script, deploy/keeping, where the server runs.
"""

import os
import sys
from pathlib import Path

import click

from services.errors import BadQuestion


def _data() -> Path:
    """Raises BadQuestion where the database is not `labdir up`'s."""
    if os.environ.get("LABDIR_DATABASE_URL"):
        raise BadQuestion(
            "LABDIR_DATABASE_URL names a server of its own, which is kept where it runs.",
            "In compose the keeper does so: docs/operations.md, Backups.",
        )
    return Path(os.environ.get("LABDIR_DATA") or ".labdir")


_KEPT = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--to", "folder", type=_KEPT, envvar="LABDIR_BACKUPS", required=True)
@click.option("--keep", type=click.IntRange(1), help="Drop all but the newest so many afterwards.")
def backup(folder: Path, keep: int | None) -> None:
    """Take a base backup while everything goes on, and verify it.

    With LABDIR_BACKUPS set when `labdir up` starts, its log is archived there as well: what is
    published later comes back too, up to any moment. Signing keys are not in it.
    """
    from deploy.embedded import keep as keeping
    from deploy.embedded.hold import reached
    from deploy.embedded.servers import postgres_place

    data = _data()
    with reached(data, os.environ) as env:
        place = postgres_place(data)
        click.echo(f"taken and verified: {keeping.take(place, folder, env['LABDIR_DATABASE_URL'])}")
        if keep is not None and (dropped := keeping.prune(place, folder, keep)):
            click.echo(dropped)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--at", default="", help='The moment, as "2026-11-29 09:30:00+00"; else the newest.')
def restore(folder: Path, at: str) -> None:
    """Bring the backup in FOLDER back into a new data folder (LABDIR_DATA), and verify its log.

    Exit code 1 where the log does not hold.
    """
    from deploy.embedded import keep as keeping
    from deploy.embedded.hold import held
    from deploy.proof_commands import log_holds
    from services import db

    with held(_data()) as data:
        server = keeping.restore(data, folder, at)
        engine = db.connect(server.url)
        try:
            db.migrate(server.url)
            with db.snapshot(engine) as conn:
                holds = log_holds(conn)
        finally:
            engine.dispose()
            server.stop()
    click.echo(f"Bring the signing keys back to {data / 'keys'}, then start: labdir up")
    if not holds:
        sys.exit(1)
