"""Signed checkpoints: the directory's word that its log of so many leaves has this root.

One a size, made at most once: whoever keeps one can later hold the log to it by a consistency proof
(RFC 9162, 2.1.4). Before a new one is signed, the tree is held against the last one signed: what
was rewritten in between is never signed over.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.errors import Damaged
from services.evidence import log
from services.evidence.keys import BadSignature, Signer, open_jws
from services.evidence.proofs import consistency_proof, consistent
from services.find.views import View
from services.models import Checkpoint, LogLeaf

TYPE = "labdir-checkpoint+jwt"


class LogBroken(Damaged):
    """The log is not what it was when it was last signed: somebody rewrote it."""


class CheckpointSaid(View, frozen=True, kw_only=True):
    """What a checkpoint signs. ``root``: of the tree of ``size`` leaves, in hex."""

    origin: str
    size: int
    root: str
    issued_at: datetime
    kid: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as stored."""

    size: int
    root: bytes
    issued_at: datetime
    kid: str
    jws: str


def sign_newest(conn: Connection, signer: Signer, now: datetime, *, origin: str) -> Signed:
    """The checkpoint of the log as it stands; signed and stored where there is none yet.

    Raises LogBroken where the log contradicts itself or the last checkpoint signed.
    """
    size, root = _head(conn)
    if found := _stored(conn, Checkpoint.size == size):
        if found.root != root:
            raise _broken(f"Its {size} leaves were signed with another root on {found.issued_at}.")
        return found
    _hold_to_last(conn, size, root)
    said = CheckpointSaid(
        origin=origin, size=size, root=root.hex(), issued_at=now.astimezone(UTC), kid=signer.kid
    )
    put = insert(Checkpoint).values(
        size=size,
        root=root,
        issued_at=now,
        kid=signer.kid,
        jws=signer.sign(msgspec.json.encode(said), TYPE),
    )
    conn.execute(put.on_conflict_do_nothing())
    signed = _stored(conn, Checkpoint.size == size)
    if signed is None:  # another's, committed after this transaction's snapshot began
        raise LogBroken("The checkpoint was just signed by another process.", "Ask again.")
    return signed


def standing(conn: Connection) -> Signed | None:
    """The checkpoint of the log as it stands, where it was signed already."""
    size = sa.select(sa.func.coalesce(sa.func.max(LogLeaf.position), -1) + 1).scalar_subquery()
    return _stored(conn, Checkpoint.size == size)


def newest(conn: Connection) -> Signed | None:
    """The last checkpoint signed."""
    return _stored(conn, sa.true())


def read_checkpoint(jws: str, keys: list[dict[str, Any]]) -> CheckpointSaid:
    """What a checkpoint says, its signature checked. Raises BadSignature with the reason."""
    opened = open_jws(jws, keys, TYPE)
    try:
        said = msgspec.json.decode(opened.payload, type=CheckpointSaid)
    except msgspec.DecodeError as fault:
        raise BadSignature("What is signed is no checkpoint of this form.") from fault
    if said.kid != opened.kid:
        raise BadSignature(f"It says it was signed by {said.kid}, and was by {opened.kid}.")
    return said


def _head(conn: Connection) -> tuple[int, bytes]:
    """Size and root of the log, by its newest leaf and by the stored subtrees. Raises LogBroken."""
    leaf = conn.execute(
        sa.select(LogLeaf.position, LogLeaf.tree_root).order_by(LogLeaf.position.desc()).limit(1)
    ).one_or_none()
    if leaf is None:
        return 0, log.EMPTY
    size = leaf.position + 1
    try:
        root = log.tree_root(conn, size)
    except KeyError as fault:
        raise _broken(f"A subtree of its {size} leaves is missing.") from fault
    if root != bytes(leaf.tree_root):
        raise _broken(f"Its newest leaf ({leaf.position}) names another root than its tree has.")
    return size, root


def _hold_to_last(conn: Connection, size: int, root: bytes) -> None:
    """Raises LogBroken unless the tree grew out of the one that was signed last."""
    last = newest(conn)
    if last is None or last.size == 0:
        return
    if last.size > size:
        raise _broken(f"{last.size} leaves were signed on {last.issued_at}, {size} are left.")
    proof = consistency_proof(conn, last.size, size)
    if not consistent(last.size, size, proof, last.root, root):
        raise _broken(f"It did not grow out of the {last.size} leaves signed on {last.issued_at}.")


def _broken(what: str) -> LogBroken:
    return LogBroken(f"The log was rewritten. {what}", "Nothing is signed. Run: labdir log verify")


def _stored(conn: Connection, where: Any) -> Signed | None:
    row = conn.execute(
        sa.select(Checkpoint.__table__).where(where).order_by(Checkpoint.size.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Signed(row.size, bytes(row.root), row.issued_at.astimezone(UTC), row.kid, row.jws)
