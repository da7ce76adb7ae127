"""Backups of `labdir up`'s own database, by the same script as anywhere else (deploy/keeping).

The script runs as the server's account with the server's programs, so that what it writes the
server can read, and the other way round.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.places import PlaceError, own_folder, reaches
from deploy.embedded.servers import Place, Postgres, postgres_place, start_postgres
from services.errors import Conflict, LabdirError

SETTING = "LABDIR_BACKUPS"
_SCRIPT = Path(__file__).parents[1] / "keeping"
_REPLAYED_SECONDS = 7 * 86400.0  # a replay may take hours; a server that gives up ends the wait


class BackupError(LabdirError):
    """A backup was not taken, or cannot be restored."""


def start_kept(folder: Path, env: Mapping[str, str]) -> Postgres:
    """The private PostgreSQL of a data folder, its log archived where LABDIR_BACKUPS is set."""
    kept = env.get(SETTING)
    if not kept:
        return start_postgres(folder)
    place = postgres_place(folder)
    command = archive_command(place, Path(kept))
    return start_postgres(folder, archive_command=command)


def archive_command(place: Place, folder: Path) -> str:
    """The server's archive_command; makes the folder. Raises PlaceError where it cannot be had."""
    kept = _folder(place, folder)
    words = ["sh", str(_script(place)), "archive", str(kept)]
    return f"{shlex.join(words).replace('%', '%%')} %p %f"


def take(place: Place, folder: Path, url: str) -> str:
    """A base backup of the running server; where it stands. Raises BackupError, PlaceError."""
    at = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return _keeping(place, "base", _folder(place, folder), f"--dbname={at}")


def prune(place: Place, folder: Path, keep: int) -> str:
    """Drop all base backups but the newest, and the log before them; what was dropped."""
    return _keeping(place, "prune", _folder(place, folder), str(keep))


def restore(data: Path, folder: Path, at: str) -> Postgres:
    """A running server on what was restored into this data folder, its log replayed.

    ``at``: "" for all there is. Raises Conflict where the folder has a database, BackupError,
    PlaceError, ServerError (the replay ended before the moment asked for).
    """
    place = postgres_place(data)
    if place.cluster.exists():
        raise Conflict(
            f"There is a database in {place.cluster}.",
            "Set LABDIR_DATA to a new folder: nothing is restored over what stands.",
        )
    kept = folder.resolve()
    if not reaches(place.account, [kept], whole=True):
        name = place.account.name if place.account else "this account"
        raise PlaceError(
            f"{name} cannot read all of {kept}.",
            f"Give it to that account: chown -R {name} {kept}; and let it pass the folders above.",
        )
    half = place.home / "cluster.restored"
    if half.exists():
        shutil.rmtree(half)
    _keeping(place, "restore", kept, str(half), at)
    half.rename(place.cluster)
    # archiving is on and takes nothing yet: the new timeline waits for whoever archives from here
    # on (a server that does not archive forgets it); a trial writes nothing beside the real log
    return start_postgres(data, archive_command="false", patience=_REPLAYED_SECONDS)


def _folder(place: Place, folder: Path) -> Path:
    found = own_folder(folder.absolute(), place.account)
    if not reaches(place.account, [found]):
        name = place.account.name if place.account else "This account"
        raise PlaceError(
            f"{name} does not reach {found}.",
            f"Name another folder in {SETTING}, all above it open to it (chmod o+x).",
        )
    return found


def _script(place: Place) -> Path:
    """The script where the server's account reaches it: beside its cluster, as new as ours."""
    copy = place.home / "keeping"
    half = copy.with_name("keeping.new")
    shutil.copyfile(_SCRIPT, half)
    half.chmod(0o755)
    half.replace(copy)
    return copy


def _keeping(place: Place, verb: str, folder: Path, *words: str) -> str:
    account = place.account
    done = subprocess.run(
        ["sh", str(_script(place)), verb, str(folder), *words],
        env={
            "PATH": f"{place.binaries}:{os.environ.get('PATH') or '/usr/bin:/bin'}",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BackupError(" | ".join(said[-4:]))
    return done.stdout.strip()
