"""Stewards' rulings on contradictions, as they stood at some time, and what they do to the facts of
a decision.

A ruling speaks of two statements, named by record and hash. The overruled one no longer counts in
what was contradicted (its status, or its expiry); where the upheld one is adverse and its source
may not decide by itself, the ruling makes an event of it (BRIEF "Source tiers": tiers 1-2 disagree
until a steward resolves it with evidence; a lower tier can never upgrade).
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.models import Ruling
from services.terms import ContradictionKind

Statement = tuple[int, bytes]  # record, hash


class Rule(msgspec.Struct, frozen=True):
    """One ruling; both statements by record and hash."""

    kind: ContradictionKind
    upheld: Statement
    overruled: Statement


def load_rulings(
    conn: Connection, accreditation_ids: Collection[int], known_at: datetime
) -> dict[int, tuple[Rule, ...]]:
    """Accreditation → its rulings as known then: one query."""
    among = sa.any_(sa.literal(list(accreditation_ids), sa.ARRAY(sa.BigInteger)))
    rows = conn.execute(
        sa.select(
            Ruling.kind,
            Ruling.accreditation_id,
            Ruling.upheld_record_id,
            Ruling.upheld_hash,
            Ruling.overruled_record_id,
            Ruling.overruled_hash,
        )
        .where(Ruling.accreditation_id == among, Ruling.known.contains(known_at))
        .order_by(Ruling.id)
    )
    found: dict[int, tuple[Rule, ...]] = {}
    for row in rows:
        rule = Rule(
            row.kind,
            (row.upheld_record_id, bytes(row.upheld_hash)),
            (row.overruled_record_id, bytes(row.overruled_hash)),
        )
        found[row.accreditation_id] = (*found.get(row.accreditation_id, ()), rule)
    return found
