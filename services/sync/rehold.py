"""Records that name quite another holder than before: a number that passed on, or a rename.

A record is what its list calls it, often the number. When the name behind it changes altogether,
the number has another holder (BRIEF rule 10: re-accreditation is a new record, also where the
number is reused) or its holder another name. The first is taken only where the new name is exactly
that of a body which the directory knows; all else stays linked as it was, and a person is asked.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.kit import Draft
from services.sync.holders import Holder, holders_of, of_draft, same_holder
from services.sync.link import load_index, move_record, review
from services.sync.match import Doubt, decide
from services.terms import MatchReason


def rehold(
    conn: Connection,
    run_id: int,
    source_key: str,
    altered: Mapping[int, Draft],
    known_at: datetime,
) -> tuple[list[int], set[int]]:
    """Move the records whose holder is another known body now.

    Returns the bodies that were left, and the records whose name changed altogether: those are no
    corrected spellings. What was known before stays as it was, and the body that was left keeps
    its past.
    """
    before = holders_of(conn, list(altered))
    changed = {
        record_id: draft
        for record_id, draft in altered.items()
        if draft.names
        and record_id in before
        and not same_holder(before[record_id], of_draft(draft))
    }
    if not changed:
        return [], set()
    # the number is what is in doubt: names and identifiers alone decide
    bare = {i: msgspec.structs.replace(d, accreditations=()) for i, d in changed.items()}
    index = load_index(conn, list(bare.values()))
    bodies = _bodies_of(conn, changed)
    left: list[int] = []
    items = []
    for record_id, draft in sorted(bare.items()):
        match = decide(draft, index, source_key)
        body_id = bodies[record_id]
        if match.body_id is not None and match.body_id != body_id:
            rule = f"another holder, {match.rule}"
            move_record(conn, run_id, record_id, match.body_id, rule, known_at)
            left.append(body_id)
        elif match.body_id is None:
            doubt = _doubt(body_id, before[record_id], of_draft(draft))
            items.append(review(run_id, record_id, doubt, known_at))
    if items:
        conn.execute(sa.insert(m.ReviewItem), items)
    return left, set(changed)


def _doubt(body_id: int, before: Holder, now: Holder) -> Doubt:
    return Doubt(
        body_id,
        MatchReason.RENAMED,
        {
            "names": [now.name],
            "their_names": [before.name],
            "identifiers": dict(sorted(now.identifiers)),
        },
    )


def _bodies_of(conn: Connection, records: Mapping[int, Draft]) -> dict[int, int]:
    ids = sa.literal(list(records), sa.ARRAY(sa.BigInteger))
    rows = conn.execute(
        sa.select(m.BodyLink.record_id, m.BodyLink.body_id).where(
            m.BodyLink.record_id == sa.func.any(ids), sa.func.upper_inf(m.BodyLink.known)
        )
    )
    return {row.record_id: row.body_id for row in rows}
