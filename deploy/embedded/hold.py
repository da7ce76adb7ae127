"""One `labdir up` a data folder, and how other commands reach its database.

The lock is the system's (flock), so that it is gone with its holder however that ends.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.embedded.keep import start_kept
from deploy.embedded.places import data_folder
from services.errors import LabdirError

_LOCK = "lock"
_RUNNING = "running.json"


class DataInUse(LabdirError):
    """Another labdir works on this data folder."""


@contextmanager
def held(data: Path) -> Iterator[Path]:
    """Hold the data folder for this process. Raises DataInUse naming the holder."""
    folder = data_folder(data)
    with (folder / _LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise DataInUse(
                f"{folder} is in use by another labdir (process {lock.read().strip() or '?'}).",
                "Stop that one, or set LABDIR_DATA to another folder.",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield folder
        finally:
            (folder / _RUNNING).unlink(missing_ok=True)


def tell(folder: Path, addresses: Mapping[str, str]) -> None:
    """Write down how the servers of this folder are reached, for `reached` in other processes."""
    half = folder / f"{_RUNNING}.new"
    half.write_text(json.dumps(dict(addresses), indent=1), encoding="utf-8")
    half.replace(folder / _RUNNING)


def left_in_a_hurry(folder: Path) -> bool:
    """Whether the last `labdir up` here was killed before it could tidy up."""
    return (folder / _RUNNING).exists()


def running(folder: Path) -> dict[str, str]:
    """How the servers of the `labdir up` on this folder are reached; empty where none runs."""
    try:
        return dict(json.loads((folder / _RUNNING).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


@contextmanager
def reached(data: Path, env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment in which a single command finds its database, for as long as it runs.

    A database named in ``env`` is taken as it is; else the one of the `labdir up` that runs on the
    data folder; else a private one is started for the command and brought to the newest schema.
    Raises DataInUse where another single command holds the folder.
    """
    if env.get("LABDIR_DATABASE_URL"):
        yield dict(env)
        return
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(held(data))
        except DataInUse:
            note = data_folder(data) / _RUNNING
            if not note.exists():
                raise
            yield dict(env) | json.loads(note.read_text(encoding="utf-8"))
            return
        server = start_kept(folder, env)
        stack.callback(server.stop)
        from services.db import migrate

        migrate(server.url)
        yield dict(env) | {"LABDIR_DATABASE_URL": server.url}
