"""``labdir key``, ``labdir receipt``, ``labdir log``: signing keys, receipts, proof of the log."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.engine import Connection

from deploy.at_hand import clock, keys_folder, road_at_hand
from services.errors import LabdirError

if TYPE_CHECKING:
    from services.evidence.checkpoint import CheckpointSaid

_READ_SECONDS = 10.0
_MOST_BYTES = 1_000_000


@click.group()
def key() -> None:
    """Signing keys: private halves are files, public ones stand at /.well-known/jwks.json."""


@key.command("new")
@click.option("--unless-there", is_flag=True, help="Make none where one signs already.")
def new_key(unless_there: bool) -> None:
    """Make a key; from now on it signs. Older ones go on being known."""
    from services.evidence import keys

    with road_at_hand() as road, road.engine.begin() as conn:
        folder = keys_folder(road.settings)
        if unless_there:
            click.echo(f"{keys.ensure_key(conn, folder, clock())} signs")
            return
        kid = keys.new_key(conn, folder, clock())
    click.echo(f"{kid} signs from now on; its private half is {Path(folder) / kid}{keys.SUFFIX}")
    click.echo("Keep a copy of that file in a safe place, and show it to nobody.")


@key.command("list")
def list_keys() -> None:
    """Every key ever announced, the newest first."""
    from services.evidence import keys

    with road_at_hand() as road, road.engine.begin() as conn:
        states = keys.key_states(conn, keys_folder(road.settings))
    signs = next((one.kid for one in states if one.held and one.retired_at is None), None)
    for one in states:
        said = "signs" if one.kid == signs else "here" if one.held else "not here"
        if one.retired_at is not None:
            said = f"retired {one.retired_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{one.kid}  made {one.created_at:%Y-%m-%d %H:%M} UTC  {said}")
    if signs is None:
        click.echo("No key signs. Make one with: labdir key new")


# a thumbprint may begin with a dash (base64url), and is no option then
@key.command("retire", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
def retire_key(kid: str) -> None:
    """Let the key KID sign no more. What it signed until now stays verifiable."""
    from services.evidence import keys

    with road_at_hand() as road:
        folder = keys_folder(road.settings)
        with road.engine.begin() as conn:
            keys.retire_key(conn, kid, clock())
        with road.engine.begin() as conn:
            try:
                following = f"{keys.signer(conn, folder).kid} signs"
            except keys.NoSigningKey as fault:
                following = str(fault)
    click.echo(f"{kid} is retired; {following}")


@click.group()
def receipt() -> None:
    """Receipts of verdicts."""


@receipt.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--jwks", help="The issuer's public keys: a file, or their address.")
def verify_receipt(file: str, jwks: str | None) -> None:
    """Check a receipt and say what it says; no database is asked.

    FILE holds the JWS, or JSON with a member "jws"; - is the standard input. Without --jwks the
    keys of this machine's own folder are taken. Exit code 1 where the receipt does not hold.
    """
    from services.evidence import receipt as receipts

    known = receipts.keys_in(_read(jwks)) if jwks else _own_keys()
    with click.open_file(file, "r", encoding="utf-8", errors="replace") as source:
        token = receipts.token_in(source.read(receipts.LONGEST + 1))
    for line in receipts.in_words(receipts.verify(token, known)):
        click.echo(line)
    click.echo("The receipt holds.")


def _own_keys() -> list[dict[str, Any]]:
    """The public halves of the keys on this machine. Raises LabdirError with the remedy."""
    from services import settings as configuration
    from services.evidence import keys

    folder = keys_folder(configuration.load(os.environ))
    found = [keys.public_half(one) for one in keys.held(folder)] if folder else []
    if not found:
        raise LabdirError(
            "No public keys are at hand.",
            "Name the issuer's by --jwks: a file, or https://…/.well-known/jwks.json",
        )
    return found


def _read(jwks: str) -> bytes:
    """A file, or what an address answers. Raises LabdirError."""
    import httpx

    if not jwks.startswith(("https://", "http://")):
        try:
            return Path(jwks).read_bytes()
        except OSError as fault:
            raise LabdirError(f"{jwks} cannot be read: {os.strerror(fault.errno or 0)}.") from fault
    try:
        answer = httpx.get(jwks, timeout=_READ_SECONDS, follow_redirects=False)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise LabdirError(f"{jwks} cannot be read: {fault}.") from fault
    if len(answer.content) > _MOST_BYTES:
        raise LabdirError(f"{jwks} answers with {len(answer.content)} bytes: no keys.")
    return answer.content


@click.group("log")
def proof_log() -> None:
    """The log of all that was published."""


@proof_log.command("verify")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False),
    help="A checkpoint kept elsewhere (JSON of /api/v1/log, or its JWS): hold the log to it too.",
)
@click.option("--jwks", help="Keys for that checkpoint: a file or an address; else our own.")
def verify_log(checkpoint: str | None, jwks: str | None) -> None:
    """Make every hash of the log again and name each row that is not as it was published.

    Exit code 1 where one is found. Nothing is written; the directory may go on meanwhile.
    """
    from services import db
    from services.evidence import keys
    from services.evidence import receipt as receipts
    from services.evidence.checkpoint import read_checkpoint

    with road_at_hand() as road, db.snapshot(road.engine) as conn:
        kept = None
        if checkpoint is not None:
            known = receipts.keys_in(_read(jwks)) if jwks else keys.public_keys(conn)
            kept = read_checkpoint(
                receipts.token_in(Path(checkpoint).read_text("utf-8", "replace")), known
            )
        if not log_holds(conn, kept):
            sys.exit(1)


def log_holds(conn: Connection, kept: "CheckpointSaid | None" = None) -> bool:
    """Make every hash of the log again, and say each finding or that there is none."""
    from services.evidence.verify import verify

    found, told = 0, _Told()
    for one in verify(conn, told, kept):
        told.clear()
        click.echo(str(one))
        found += 1
    told.clear()
    rows = sum(told.rows.values())
    if found:
        click.echo(f"{found} findings in {rows} rows: the database is not what was published.")
    else:
        click.echo(f"The log holds: {told.rows.get('log_leaf', 0)} leaves, {rows} rows checked.")
    return not found


class _Told:
    """A line of progress on the terminal, nothing where there is none; rows by table."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, table: str, done: int, total: int) -> None:
        self.rows[table] = done
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.2
            click.echo(f"\r\x1b[K{table} {done} of {total}", err=True, nl=False)

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
