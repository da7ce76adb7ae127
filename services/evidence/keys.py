"""Signing keys: Ed25519 (RFC 8037), named by their RFC 7638 thumbprints; private halves are files.

A private key is one JWK in one file of the operator's, readable by its owner alone; it is never in
the database, in a log or in an answer. What the database holds for ever is the public half, so that
whatever was signed once stays verifiable after the key was retired. The newest key that is not
retired and whose private half is at hand signs. Signatures name the algorithm in full ("Ed25519",
RFC 9864), and nothing else is taken.
"""

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, LabdirError, NotFound
from services.models import SigningKey

ALGORITHM: Final = "Ed25519"
SUFFIX = ".jwk"
_KID = re.compile(r"[A-Za-z0-9_-]{43}")  # SHA-256 in base64url
_REMEDY = "Make one with: labdir key new"


class NoSigningKey(LabdirError):
    """Nothing can be signed: no folder is set, or it holds no key that is announced and stands."""


class BadSignature(LabdirError):
    """What claims to be signed is not signed by a key that is known, or is not of the form."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs. The private half never shows in a repr."""

    kid: str
    key: OKPKey = field(repr=False)

    def sign(self, payload: bytes, typ: str) -> str:
        """The payload as a JWS in compact form (RFC 7515, 7.1)."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": typ}
        return jws.serialize_compact(header, payload, self.key, algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True)
class Opened:
    """A JWS whose signature holds. ``retired_at``: when its key was retired, if it was."""

    kid: str
    payload: bytes
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyState:
    """An announced key; ``held``: its private half is in this machine's folder."""

    kid: str
    created_at: datetime
    retired_at: datetime | None
    held: bool


# --- private halves -------------------------------------------------------------------------------


def _folder(named: str | Path) -> Path:
    if not str(named):
        raise NoSigningKey(
            "No folder for signing keys is set.",
            'Name one in LABDIR_KEYS, or as [proof] keys = "…" in the settings, then make a key '
            "with: labdir key new",
        )
    return Path(named)


def _load(file: Path) -> Signer:
    """Raises NoSigningKey where the file is open to others, or is no Ed25519 key of its name."""
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        raise NoSigningKey(
            f"{file} may be read by others (mode {mode:04o}).", f"Close it: chmod 600 {file}"
        )
    try:
        said = json.loads(file.read_bytes())
        if said.get("crv") != ALGORITHM or not said.get("d"):
            raise ValueError("no private Ed25519 key")
        key = OKPKey.import_key(said)
        kid = key.thumbprint()
    except (ValueError, KeyError, AttributeError, TypeError, JoseError):
        # not the fault's own words: they might quote the file
        raise NoSigningKey(f"{file} is no private Ed25519 key as a JWK.", _REMEDY) from None
    if file.name != kid + SUFFIX:
        raise NoSigningKey(
            f"{file} holds the key {kid}, not the one of its name.",
            "Restore the file, or make another key with: labdir key new",
        )
    return Signer(kid, key)


def _write(folder: Path) -> Signer:
    """A new private key in a file of its own; whole or not there at all."""
    key = OKPKey.generate_key(ALGORITHM)
    kid = key.thumbprint()
    said = {**key.as_dict(private=True), "kid": kid, "alg": ALGORITHM, "use": "sig"}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f".{kid}.new"
    handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        json.dump(said, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    half.replace(folder / (kid + SUFFIX))
    return Signer(kid, key)


def held(named: str | Path) -> list[Signer]:
    """The keys in the folder, by kid; none where there is no folder."""
    folder = _folder(named)
    files = sorted(folder.glob(f"[!.]*{SUFFIX}")) if folder.is_dir() else []
    return [_load(file) for file in files]


# --- announcing, retiring -------------------------------------------------------------------------


def public_half(one: Signer) -> dict[str, Any]:
    """The public JWK as it is announced."""
    public = one.key.as_dict(private=False)
    named = {name: public[name] for name in ("kty", "crv", "x")}
    return {**named, "kid": one.kid, "alg": ALGORITHM, "use": "sig"}


def _announce(conn: Connection, one: Signer, now: datetime) -> None:
    put = insert(SigningKey).values(kid=one.kid, jwk=public_half(one), created_at=now)
    conn.execute(put.on_conflict_do_nothing())


def new_key(conn: Connection, folder: str | Path, now: datetime) -> str:
    """Make a key, keep its private half in the folder and announce the public one; its kid.

    From then on it signs. Raises NoSigningKey where no folder is set or it cannot be written.
    """
    place = _folder(folder)
    try:
        one = _write(place)
    except OSError as fault:
        raise NoSigningKey(
            f"No key can be written to {place}: {os.strerror(fault.errno or 0)}.",
            "Give the directory's account a folder of its own there.",
        ) from fault
    _announce(conn, one, now)
    return one.kid


def ensure_key(conn: Connection, folder: str | Path, now: datetime) -> str:
    """The kid that signs; one is made where there is none. For a directory on one's own machine.

    A key in the folder that this database never heard of is announced (the database is newer).
    """
    try:
        return signer(conn, folder).kid
    except NoSigningKey:
        known = set(conn.execute(sa.select(SigningKey.kid)).scalars())
        for one in held(folder):
            if one.kid not in known:
                _announce(conn, one, now)
                return one.kid
        return new_key(conn, folder, now)


def retire_key(conn: Connection, kid: str, now: datetime) -> None:
    """From now on the key signs nothing; what it signed before stays verifiable.

    Raises NotFound for a key that was never announced, BadQuestion for one that is retired.
    """
    row = conn.execute(
        sa.select(SigningKey.retired_at).where(SigningKey.kid == kid).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no key {kid}.", "See them with: labdir key list")
    if row.retired_at is not None:
        raise BadQuestion(f"The key {kid} was retired on {row.retired_at:%Y-%m-%d %H:%M} UTC.")
    conn.execute(sa.update(SigningKey).where(SigningKey.kid == kid).values(retired_at=now))


def signer(conn: Connection, folder: str | Path) -> Signer:
    """The key that signs: the newest announced one that stands and is in the folder.

    Raises NoSigningKey with what to do.
    """
    place = _folder(folder)
    standing = list(
        conn.execute(
            sa.select(SigningKey.kid)
            .where(SigningKey.retired_at.is_(None))
            .order_by(SigningKey.created_at.desc(), SigningKey.kid)
        ).scalars()
    )
    for kid in standing:
        file = place / (kid + SUFFIX)
        if _KID.fullmatch(kid) and file.is_file():
            return _load(file)
    if not standing:
        raise NoSigningKey("The directory has no signing key.", _REMEDY)
    raise NoSigningKey(
        f"Of the {len(standing)} keys that stand, none is in {place}.",
        f"Bring back {standing[0]}{SUFFIX}, or make a new key with: labdir key new",
    )


def key_states(conn: Connection, folder: str | Path) -> list[KeyState]:
    """Every key ever announced, newest first."""
    place = Path(folder) if str(folder) else None
    rows = conn.execute(
        sa.select(SigningKey.kid, SigningKey.created_at, SigningKey.retired_at).order_by(
            SigningKey.created_at.desc(), SigningKey.kid
        )
    )
    return [
        KeyState(
            row.kid,
            row.created_at,
            row.retired_at,
            place is not None and (place / (row.kid + SUFFIX)).is_file(),
        )
        for row in rows
    ]


# --- public halves --------------------------------------------------------------------------------


def public_keys(conn: Connection) -> list[dict[str, Any]]:
    """Every public key ever announced, newest first (RFC 7517).

    A retired one has the member ``retired_at``: it signs nothing since, and what claims to be
    signed later is refused.
    """
    rows = conn.execute(
        sa.select(SigningKey.jwk, SigningKey.retired_at).order_by(
            SigningKey.created_at.desc(), SigningKey.kid
        )
    )
    return [
        row.jwk | ({"retired_at": _said(row.retired_at)} if row.retired_at else {}) for row in rows
    ]


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def open_jws(token: str, keys: Iterable[Mapping[str, Any]], typ: str) -> Opened:
    """Check a JWS in compact form against public keys and give what it says.

    Raises BadSignature with the reason: not of the form, another algorithm or type than ours, an
    unknown key, a signature that does not hold.
    """
    header = _header(token)
    if header.get("alg") != ALGORITHM:
        raise BadSignature(f'It is signed by "{header.get("alg")}"; only {ALGORITHM} is taken.')
    if header.get("typ") != typ:
        raise BadSignature(f'It is of the type "{header.get("typ")}", not {typ}.')
    if extra := sorted(header.keys() - {"alg", "kid", "typ"}):
        raise BadSignature(f'Its header says more than it may: "{extra[0]}".')
    kid = header.get("kid")
    found = [one for one in keys if one.get("kid") == kid]
    if not found:
        raise BadSignature(
            f'Its key "{kid}" is not among the known ones.',
            "Take the keys from /.well-known/jwks.json of the directory that issued it.",
        )
    public = {name: str(found[0].get(name)) for name in ("kty", "crv", "x")}
    try:
        key = OKPKey.import_key({**public})
        if public["crv"] != ALGORITHM or key.thumbprint() != kid:
            raise ValueError("not the key of its name")
    except (ValueError, KeyError, TypeError, JoseError) as fault:
        raise BadSignature(f'The known key "{kid}" is not the Ed25519 key of its name.') from fault
    try:
        opened = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
    except (ValueError, JoseError) as fault:
        raise BadSignature("The signature does not hold: what it says was altered.") from fault
    return Opened(str(kid), opened.payload, _retired(found[0]))


def _header(token: str) -> dict[str, Any]:
    try:
        found = jws.extract_compact(token.encode("ascii")).headers()
    except (ValueError, JoseError, TypeError) as fault:
        raise BadSignature("It is no JWS in compact form (three parts, base64url).") from fault
    return dict(found)


def _retired(jwk: Mapping[str, Any]) -> datetime | None:
    said = jwk.get("retired_at")
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError as fault:
        raise BadSignature(f'The known key says it was retired at "{said}".') from fault
    return found if found.tzinfo else found.replace(tzinfo=UTC)
