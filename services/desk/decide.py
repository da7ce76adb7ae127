"""A steward's answer to a doubt about who is who: the same, two, or related.

A doubt is about a record and a body: mostly that of another record (then two bodies are merged,
kept apart or related), sometimes the record's own, whose name changed altogether (then it was
renamed, or its number passed on and the record gets a body of its own).
"""

from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk import between, holders, merges, pairs
from services.desk.pairs import Why
from services.desk.turn import Clock, Decided
from services.errors import BadQuestion, Conflict, NotFound
from services.find import cursor as cursors
from services.store.merged import merged_at
from services.sync.publish import take_turn
from services.terms import RelationKind

DECISIONS = ("same", "apart", "relation")


def decide(
    conn: Connection,
    match_id: str,
    decision: str,
    why: Why,
    *,
    into: str = "",
    kind: RelationKind | None = None,
    version: str,
    clock: Clock,
) -> Decided:
    """Answer an open doubt. ``into``: the body that stays (same; the older one where it is not
    said), or of which the other is ``kind`` (relation).

    Raises NotFound, BadQuestion, and Conflict that names who decided before and what.
    """
    take_turn(conn)
    item = _open(conn, match_id)
    if decision not in DECISIONS:
        raise BadQuestion(f'decision: "{decision}" is none.', f"It takes {', '.join(DECISIONS)}.")
    one, two = pair_of(conn, item, clock)
    if one == two:
        return _of_its_own(conn, item, one, decision, why, version, clock)
    stays = cursors.number(into, "b", "a body") if into else min(one, two)
    if stays not in (one, two):
        raise BadQuestion(f'into: "{into}" is neither body.', f"It takes b{one} or b{two}.")
    other = one if stays == two else two
    if decision == "same":
        return merges.merge(conn, other, stays, why, version=version, clock=clock)
    if decision == "apart":
        return between.apart(conn, one, two, why, version=version, clock=clock)
    if kind is None or not into:
        kinds = ", ".join(RelationKind)
        raise BadQuestion(
            "kind, into: a relation needs both.", f"Say what it is ({kinds}), and of which body."
        )
    return between.relate(conn, other, stays, kind, why, version=version, clock=clock)


def pair_of(conn: Connection, item: Any, clock: Clock) -> tuple[int, int]:
    """The record's body now, and the body asked about, as both are by now."""
    led = merged_at(conn, [item.body_id], clock())
    return item.now_body, led.get(item.body_id, item.body_id)


def _open(conn: Connection, match_id: str) -> Any:
    item = read_item(conn, match_id)
    if item.state != "open":
        when = item.closed_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        raise Conflict(
            f"{item.by or 'The road'} decided {match_id} on {when}: {item.state} ({item.because}).",
            "To change a merge, undo it; to change another decision, decide about the two bodies.",
        )
    return item


def read_item(conn: Connection, match_id: str) -> Any:
    """The doubt with its record's body and who decided. Raises NotFound, BadQuestion."""
    item, link, table = m.ReviewItem, m.BodyLink, m.ReviewItem.__table__
    row = conn.execute(
        sa.select(table, link.body_id.label("now_body"), m.Account.name.label("by"))
        .join(link, sa.and_(link.record_id == item.record_id, sa.func.upper_inf(link.known)))
        .outerjoin(m.Account, m.Account.id == item.account_id)
        .where(item.id == cursors.number(match_id, "m", "a match"), item.kind == "match")
    ).one_or_none()
    if row is None:
        raise NotFound(f'There is no match "{match_id}".', "Read the list: /api/v1/desk/matches.")
    return row


def _of_its_own(
    conn: Connection, item: Any, body: int, decision: str, why: Why, version: str, clock: Clock
) -> Decided:
    """The record's own body is in doubt: a rename (same), or another holder (apart)."""
    if decision == "relation":
        raise BadQuestion(
            f"m{item.id} asks whether b{body} was renamed: there is no second body yet.",
            'It takes "same" (renamed) or "apart" (another holder, a body of its own).',
        )
    why = why.checked()
    pairs.hold_to(conn, (body,), version)
    if decision == "apart":
        return holders.split(conn, item, body, why, clock=clock)
    return holders.renamed(conn, item, body, why, clock=clock)
