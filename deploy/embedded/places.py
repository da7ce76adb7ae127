"""Where the private servers live and as whom they run.

PostgreSQL refuses to run as root. Started by root it runs as an unprivileged account, and that
account may be unable to reach the checkout or the data folder (a clone under a folder of mode
700). No permission outside our own folders is changed to help it: binaries and cluster then live
in a folder that it can reach, and `postgres.location` in the data folder says where.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from services.errors import LabdirError

# sockaddr_un.sun_path is 108 bytes with its closing zero on Linux, 104 on macOS; taking the
# smaller keeps one rule. The longest socket name is PostgreSQL's ".s.PGSQL.5432.lock".
SOCKET_PATH_LIMIT = 103
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
_LOCATION = "postgres.location"


class PlaceError(LabdirError):
    """No folder or account fits a private server."""


@dataclass(frozen=True)
class Account:
    """An unprivileged user of this machine."""

    name: str
    uid: int
    gid: int


def server_account(folder: Path, wanted: str | None) -> Account | None:
    """The account to run PostgreSQL as, or None for the caller's own.

    `folder` is the cluster's folder: once it exists its owner decides. `wanted` is the setting
    LABDIR_POSTGRES_USER. Raises PlaceError when the owner is somebody else than a plain user may
    act as, or root has no unprivileged account to turn to.
    """
    if folder.exists():
        owner = folder.stat().st_uid
        if owner == os.geteuid() and owner != 0:
            return None
        if os.geteuid() != 0:
            raise PlaceError(
                f"The database in {folder} belongs to {_name(owner)}.",
                "Start labdir as root or as that user, or set LABDIR_DATA to another folder.",
            )
        if owner != 0:
            return _account(pwd.getpwuid(owner))
    if os.geteuid() != 0:
        return None
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return _account(found)
    raise PlaceError(
        "PostgreSQL does not run as root, and no unprivileged user was found "
        f"({wanted or 'postgres, nobody'}).",
        "Set LABDIR_POSTGRES_USER to one, or start labdir as an ordinary user.",
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"


def reaches(account: Account | None, folders: Iterable[Path], *, whole: bool = False) -> bool:
    """Whether the account can enter the folders (`whole`: and read all below them).

    Permission bits tell only half of it (access lists, mounts), so it is tried as that account.
    """
    if account is None:
        return True
    roots = [str(folder) for folder in folders]

    def look() -> None:  # in the child, after it became the account
        for root in roots:
            if not os.access(root, os.R_OK | os.X_OK) or (whole and not _readable(root)):
                raise PermissionError(root)

    try:
        subprocess.run(
            ["/bin/sh", "-c", ":"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            preexec_fn=look,
            cwd="/",
            check=True,
        )
    except subprocess.SubprocessError:
        return False
    except PermissionError as error:  # setuid itself was refused, as in some containers
        raise PlaceError(
            f"This process is root but may not start programs as {account.name}: {error}.",
            "Start labdir as an ordinary user.",
        ) from error
    return True


def _readable(root: str) -> bool:
    return all(
        os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK)
        for path in Path(root).rglob("*")
    )


def own_folder(path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """Make a folder of the account's own; one that stands there already must be its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    uid, gid = (account.uid, account.gid) if account else (os.geteuid(), os.getegid())
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise PlaceError(
                f"{path} is not a folder of {_name(uid)}.",
                "Somebody else made it: move it away and start again.",
            ) from None
        return path
    path.chmod(mode)  # mkdir's mode is cut by the umask
    if account:
        os.chown(path, uid, gid)
    return path


def data_folder(data: Path) -> Path:
    """LABDIR_DATA, made if it is missing: others may pass through it, not list it."""
    if not data.exists():
        data.mkdir(parents=True)
        data.chmod(0o711)
    return data.resolve()


def cluster_home(data: Path, account: Account | None) -> Path:
    """The folder that holds cluster and sockets, the same at every start.

    Inside the data folder where the account can reach that, else under /var/lib/labdir (or
    /var/tmp, which also outlives a restart of the machine). The choice is written down once.
    """
    note = data / _LOCATION
    if note.exists():
        return own_folder(Path(note.read_text(encoding="utf-8").strip()), account)
    inside = own_folder(data / "postgres", account)
    if reaches(account, [inside]):
        return inside
    if any(inside.iterdir()):
        raise PlaceError(
            f"{account.name if account else 'The server'} no longer reaches its database {inside}.",
            "Let every user pass through the folders above it again (chmod o+x), or move it.",
        )
    inside.rmdir()
    outside = _outside() / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    if not reaches(account, [_outside()]):
        raise PlaceError(
            f"{account.name if account else 'The server'} reaches neither {data} nor {outside}.",
            "Set LABDIR_DATA to a folder that every user may pass through.",
        )
    own_folder(outside, account)
    note.write_text(f"{outside}\n", encoding="utf-8")
    return outside


def cluster_home_if_any(data: Path) -> Path | None:
    """Where the cluster of this data folder lives, if it was ever started."""
    note = data / _LOCATION
    home = Path(note.read_text(encoding="utf-8").strip()) if note.exists() else data / "postgres"
    return home if home.exists() else None


def _outside() -> Path:
    for parent in (Path("/var/lib"), Path("/var/tmp")):
        if os.access(parent, os.W_OK | os.X_OK):
            shared = parent / "labdir"
            if not shared.exists():
                shared.mkdir()
                shared.chmod(0o755)
            if shared.lstat().st_uid == os.geteuid() and not shared.is_symlink():
                return shared
    raise PlaceError(
        "Neither /var/lib nor /var/tmp takes a folder for the database.",
        "Set LABDIR_DATA to a folder that every user may pass through.",
    )


def reachable_copy(tree: Path, parts: Iterable[str], name: str, account: Account | None) -> Path:
    """A folder with the same `parts` as `tree` that the account can read: `tree` or a copy of it.

    The copy is named by version, shared by all data folders of this machine, and appears under
    its name only when it is whole.
    """
    wanted = [part for part in parts if (tree / part).exists()]
    if reaches(account, [tree / part for part in wanted], whole=True):
        return tree
    copy = _outside() / name
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=copy.parent, prefix=f"{name}.") as half:
            for part in wanted:
                shutil.copytree(tree / part, Path(half, "whole", part), symlinks=True)
            for path in Path(half).rglob("*"):  # a strict umask at install cut these
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            Path(half, "whole").rename(copy)
    return copy


def socket_folder(preferred: Path, account: Account | None) -> Path:
    """A private folder whose socket paths fit the system's limit: `preferred`, else a short one.

    The short one is named by the long one, so that a restart finds the same address.
    """
    if len(os.fsencode(preferred)) + _LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
        return own_folder(preferred, account)
    name = "labdir-" + hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    return own_folder(Path("/tmp", name), account)
