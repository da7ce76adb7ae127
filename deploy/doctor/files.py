"""Settings, and who may read the files that hold secrets."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from deploy.doctor.findings import Finding, Patient, note, ok, wrong
from services.evidence.keys import SUFFIX

_EXAMPLE_PASSWORD = "change-me"  # deploy/compose/labdir.env.example
_ENV_FILE = Path("deploy/compose/labdir.env")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEAST_FREE = 2 * 1024**3
_LEAST_SHARE = 0.05


def settings(patient: Patient) -> Iterator[Finding]:
    """That they can be read is known by now; what in them is left as it was shipped is not."""
    said = patient.settings
    if said.database_url and make_url(said.database_url).password == _EXAMPLE_PASSWORD:
        yield wrong(
            "settings",
            f"The database's password is the example's, \"{_EXAMPLE_PASSWORD}\".",
            "Set another in POSTGRES_PASSWORD and LABDIR_DATABASE_URL, and in the database: "
            "ALTER ROLE labdir PASSWORD '…'",
        )
    if said.proof.keys and not said.proof.origin.startswith(("https://", "http://")):
        yield note(
            "settings",
            f'Receipts name "{said.proof.origin}" as their issuer, which is no address.',
            'Set origin under [proof] to this directory\'s own address, as "https://…".',
        )
    if said.fetch.private_hosts and patient.data is None:
        yield note(
            "settings",
            f"Private hosts may be fetched from: {', '.join(said.fetch.private_hosts)}.",
            "Empty private_hosts under [fetch] unless each of them is meant.",
        )
    yield ok("settings", f"read from {patient.settings_file or 'the environment alone'}")


def secrets(patient: Patient) -> Iterator[Finding]:
    """Files that hold a secret are for their owner alone."""
    private = list(_private(patient))
    open_to_others = [one for one in private if one.stat().st_mode & _OTHERS]
    for one in open_to_others:
        mode = "0700" if one.is_dir() else "0600"
        yield wrong(
            "secrets",
            f"{one} may be read by others (mode {stat.S_IMODE(one.stat().st_mode):04o}).",
            f"chmod {mode} {one}; then make the secret in it anew if others were on this machine.",
        )
    if not open_to_others:
        yield ok("secrets", f"{len(private)} files and folders with secrets are closed to others")


def _private(patient: Patient) -> Iterator[Path]:
    keys = Path(patient.keys) if patient.keys else None
    if keys is not None and keys.is_dir():
        yield keys
        yield from sorted(keys.glob(f"*{SUFFIX}"))
    named = patient.settings_file
    if named is not None and "database_url" in named.read_text("utf-8"):
        yield named
    if _ENV_FILE.is_file():
        yield _ENV_FILE


def disk(patient: Patient) -> Iterator[Finding]:
    """Space in the folders that this process sees; a database elsewhere has a disk of its own."""
    folders = {
        "data": patient.data,
        "keys": Path(patient.keys) if patient.keys else None,
        "backups": Path(patient.settings.backup.folder) if patient.settings.backup.folder else None,
    }
    for name, folder in folders.items():
        if folder is None or not folder.is_dir():
            continue
        space = shutil.disk_usage(folder)
        said = f"{_size(space.free)} of {_size(space.total)} are free for {name} in {folder}"
        if space.free < min(_LEAST_FREE, space.total * _LEAST_SHARE):
            yield wrong(
                "disk", f"Only {said}.", "Make room: a full disk stops every run until it is freed."
            )
        else:
            yield ok("disk", said)


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB"
