"""A decision of the desk as it is written: one at a time, dated rows, and what is told at its end.

    turn taken → the caller's rows → change rows, current answers, the leaf

Each decision is a run of the desk's own with a leaf in the log; nothing is altered in place but an
open end of what is known.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.pairs import Why
from services.errors import Conflict
from services.evidence import log
from services.store.facts import of_ids
from services.store.project import project
from services.sync.own import Own
from services.sync.publish import take_turn
from services.terms import ChangeKind
from services.watch.wake import tell

DESK = Own(
    key="desk",
    list="decisions",
    title="Steward's desk",
    title_zh="管理员工作台",
    note="What stewards decide: bodies merged, separated again, related to one another.",
)
Clock = Callable[[], datetime]
# kind, body, before, after
Told = tuple[ChangeKind, int, dict[str, Any] | None, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was written; ``position``: of its leaf in the log. ``records``: moved."""

    position: int
    records: int


def turn(conn: Connection, clock: Clock) -> datetime:
    """One decision or publish at a time; the time is told once it is this one's turn."""
    take_turn(conn)
    return clock()


def not_later(conn: Connection, bodies: Collection[int], now: datetime) -> None:
    """Raises Conflict where a record of theirs was learned later than ``now``."""
    link = m.BodyLink
    last = conn.execute(
        sa.select(sa.func.max(sa.func.lower(link.known))).where(
            of_ids(link.body_id, bodies), sa.func.upper_inf(link.known)
        )
    ).scalar_one()
    if last is not None and last >= now:
        raise Conflict(
            f"A record of these bodies was learned at {last:%Y-%m-%d %H:%M:%S}: later than now.",
            "It was played in with a time of its own: decide once that time has come.",
        )


def since(now: datetime) -> sa.ColumnElement[Any]:
    return sa.func.tstzrange(sa.literal(now), sa.null())


def by(why: Why, run_id: int, now: datetime) -> dict[str, Any]:
    return {
        "because": why.because,
        "proof": why.proof,
        "account_id": why.account_id,
        "run_id": run_id,
        "known": since(now),
    }


def end(conn: Connection, model: Any, of: sa.ColumnElement[bool], now: datetime) -> None:
    """Close the open end of what is known: the only change in place."""
    conn.execute(
        sa.update(model)
        .where(of, sa.func.upper_inf(model.known))
        .values(known=sa.func.tstzrange(sa.func.lower(model.known), now))
    )


def publish(
    conn: Connection, run_id: int, rows: Sequence[Told], bodies: Collection[int], now: datetime
) -> int:
    """Change rows, current answers, the leaf: the last writes before commit."""
    if rows:
        conn.execute(
            sa.insert(m.Change).values(run_id=run_id, what="body"),
            [
                {
                    "row": n, "kind": kind, "key": f"b{body}", "body_id": body,
                    "before": before, "after": after,
                }
                for n, (kind, body, before, after) in enumerate(rows)
            ],
        )  # fmt: skip
    project(conn, bodies, log.next_position(conn), now.date())
    position = log.append(conn, run_id, now)
    tell(conn, position)
    return position
