"""The kept bytes of a dossier, for those who may have them.

Kept bytes may name persons. So they go to signed-in regulators and stewards only, and only where
the source's settings say that they may be shown; everyone sees address, time, hash and size.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import Damaged
from services.evidence import dossier_files as files
from services.evidence.dossier import Dossier

MOST_BYTES = 256 * 1024 * 1024  # of one zip, unpacked
NOT_PERMITTED = "the source's settings do not permit it"
TOO_MUCH = "one zip holds 256 MiB of bytes at most; ask for a dossier of fewer records"
LISTING = "bytes/withheld.csv"


class _Ref(msgspec.Struct):
    sha256: str
    source: str
    size: int


class _Kept(msgspec.Struct):
    evidence: tuple[_Ref, ...]


class _Outline(msgspec.Struct):
    data: _Kept


@dataclass(frozen=True, slots=True)
class Bytes:
    """``given``: (SHA-256, compressed bytes); ``withheld``: sha256, source, size, why."""

    given: Sequence[tuple[bytes, bytes]]
    withheld: Sequence[tuple[str, str, int, str]]


def kept_bytes(conn: Connection, of: Dossier) -> Bytes:
    """The bytes that a dossier cites, as far as the sources' settings of today permit them, and
    which are withheld. For a regulator or a steward: the caller has made sure of that."""
    refs = msgspec.json.decode(of.document, type=_Outline).data.evidence
    source = m.SourceRow
    permitted = set(
        conn.execute(
            sa.select(source.key).where(
                source.key == sa.any_(sa.literal([r.source for r in refs], sa.ARRAY(sa.Text))),
                sa.func.coalesce(source.meta["bytes_public"].as_boolean(), sa.false()),
            )
        ).scalars()
    )
    wanted: dict[str, _Ref] = {}
    withheld: dict[str, tuple[str, str, int, str]] = {}
    room = MOST_BYTES
    for ref in refs:
        if not ref.sha256 or ref.sha256 in wanted:
            continue
        if ref.source not in permitted:
            withheld[ref.sha256] = (ref.sha256, ref.source, ref.size, NOT_PERMITTED)
        elif ref.size > room:
            withheld[ref.sha256] = (ref.sha256, ref.source, ref.size, TOO_MUCH)
        else:
            wanted[ref.sha256] = ref
            room -= ref.size
    digests = [bytes.fromhex(one) for one in sorted(wanted)]
    rows = conn.execute(
        sa.select(m.Payload.sha256, m.Payload.body)
        .where(m.Payload.sha256 == sa.any_(sa.literal(digests, sa.ARRAY(sa.LargeBinary))))
        .order_by(m.Payload.sha256)
    )
    given = [(bytes(row.sha256), bytes(row.body)) for row in rows]
    return Bytes(given, [withheld[one] for one in sorted(withheld) if one not in wanted])


def with_bytes(of: Dossier, held: Bytes) -> bytes:
    """The dossier's zip with these bytes in it, and a list of those withheld.

    Raises Damaged, naming the hash, where kept bytes are no longer what was fetched.
    """
    members = files.unpack(of.archive)
    for digest, body in held.given:
        try:
            content = zlib.decompress(body)
        except zlib.error:
            content = b""
        if hashlib.sha256(content).digest() != digest:
            raise Damaged(
                f"The kept bytes {digest.hex()} were altered: they have another SHA-256.",
                "Restore the payload from a backup.",
            )
        members[f"bytes/{digest.hex()}"] = content
    members[LISTING], _ = files.table(files.WITHHELD, held.withheld)
    return files.pack(members)
