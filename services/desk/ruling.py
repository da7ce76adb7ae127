"""A steward's ruling on a contradiction: which of two statements counts from now on.

A ruling names both statements by their hash, so a source that changes its word opens the case
again.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.contradictions import Contradiction, Side, one_contradiction
from services.desk.trail import tell
from services.errors import BadQuestion, Conflict
from services.terms import ContradictionKind, DeskAction, Listed

_LONGEST = 2000


def rule(
    conn: Connection,
    contradiction_id: str,
    *,
    upholds: str,
    because: str,
    proof: str,
    replaces: bool,
    account_id: int,
    on: date,
    now: datetime,
) -> None:
    """Write a steward's ruling: ``upholds`` is the ref of the side that counts from now on.

    Raises NotFound where no such contradiction stands, BadQuestion where the ruling cannot be
    (no reason, a lower tier's "active" over a higher tier's adverse word, two holders), Conflict
    where somebody ruled before and ``replaces`` is not said.
    """
    # one ruling at a time: the second steward must see the first one's
    conn.execute(sa.text("select pg_advisory_xact_lock(hashtext(:id))"), {"id": contradiction_id})
    (found,), _ = one_contradiction(conn, contradiction_id, on=on, known_at=now)
    sides = {side.ref: side for side in found.sides}
    if upholds not in sides:
        raise BadQuestion(
            f'upholds: "{upholds}" is neither of the two statements.',
            f"It takes {' or '.join(sides)}.",
        )
    upheld = sides.pop(upholds)
    (overruled,) = sides.values()
    _may_rule(found, upheld, overruled, because)
    if found.ruling is not None and found.state == "decided" and not replaces:
        raise Conflict(
            f"{found.ruling.by} has ruled on this: {found.ruling.because}",
            "Read it, and say that yours replaces it (replaces: true) if it is to be changed.",
        )
    _write(conn, found, (upheld, overruled), because, proof, account_id, now)
    tell(
        conn, account_id, DeskAction.RULED, f"contradiction {found.id}", now,
        because=because.strip(), before={"state": found.state}, after={"upholds": upholds},
    )  # fmt: skip
    # the calendar's next turn judges the body again and tells what changed
    conn.execute(
        sa.update(m.Document)
        .where(m.Document.to_position.is_(None), m.Document.body_id == int(upheld.body[1:]))
        .values(turns_on=on)
    )


def _may_rule(found: Contradiction, upheld: Side, overruled: Side, because: str) -> None:
    if not because.strip() or len(because) > _LONGEST:
        raise BadQuestion(
            "because: a ruling needs its reason.", f"It takes 1 to {_LONGEST} characters."
        )
    if found.kind is ContradictionKind.HOLDER:
        raise BadQuestion(found.why, "Merge or separate the bodies instead.")
    lower = upheld.tier > overruled.tier
    if found.kind is ContradictionKind.STATUS and lower and upheld.said == Listed.ACTIVE:
        raise BadQuestion(
            f"Tier {int(upheld.tier)} cannot lift what tier {int(overruled.tier)} says"
            f" ({overruled.said}).",
            "A lower tier never upgrades: have the register re-verified, or mended by its keeper.",
        )


def _write(
    conn: Connection,
    found: Contradiction,
    sides: tuple[Side, Side],
    because: str,
    proof: str,
    account_id: int,
    now: datetime,
) -> None:
    table: Any = m.Ruling.__table__
    conn.execute(
        sa.update(table)
        .where(table.c.contradiction == found.id, sa.func.upper_inf(table.c.known))
        .values(known=sa.func.tstzrange(sa.func.lower(table.c.known), now))
    )
    (upheld, upheld_hash), (overruled, overruled_hash) = (_row(conn, side.ref) for side in sides)
    conn.execute(
        sa.insert(table).values(
            contradiction=found.id,
            kind=found.kind,
            accreditation_id=int(found.accreditation[1:]),
            upheld_record_id=upheld,
            upheld_hash=upheld_hash,
            overruled_record_id=overruled,
            overruled_hash=overruled_hash,
            because=because.strip(),
            proof=proof.strip(),
            account_id=account_id,
            known=sa.func.tstzrange(now, None),
        )
    )


def _row(conn: Connection, ref: str) -> tuple[int, bytes]:
    _, name, number = ref.split(":")
    table = m.Base.metadata.tables[name]
    row = conn.execute(
        sa.select(table.c.record_id, table.c.hash).where(table.c.id == int(number))
    ).one()
    return row.record_id, bytes(row.hash)
