"""Doubts that a decision answers, and those that undoing it opens again."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.pairs import Why

# doubts whether a record of the one body is the other, under whatever id that was asked
_DOUBTS = """
    update review_item i set state = :state, closed_at = :now, because = :because, proof = :proof,
        account_id = :account, merge_id = :merge
    from body_link l
    where i.state = 'open' and i.kind = 'match' and l.record_id = i.record_id
        and upper_inf(l.known)
        and (l.body_id = :one and i.body_id = any(cast(:twos as bigint[]))
            or l.body_id = :two and i.body_id = any(cast(:ones as bigint[])))
"""


def answer(
    conn: Connection,
    pair: tuple[int, int],
    led: dict[int, int],
    state: str,
    why: Why,
    now: datetime,
    merge_id: int | None = None,
) -> None:
    """Close the doubts that this decides. ``led``: which ids led where until now."""
    one, two = pair
    ones, twos = ([body, *(old for old, at in led.items() if at == body)] for body in pair)
    conn.execute(
        sa.text(_DOUBTS),
        {
            "one": one, "two": two, "ones": ones, "twos": twos, "state": state, "now": now,
            "because": why.because, "proof": why.proof, "account": why.account_id,
            "merge": merge_id,
        },
    )  # fmt: skip


def close_one(conn: Connection, item_id: int, state: str, why: Why, now: datetime) -> None:
    item = m.ReviewItem
    conn.execute(
        sa.update(item)
        .where(item.id == item_id)
        .values(
            state=state, closed_at=now, because=why.because, proof=why.proof,
            account_id=why.account_id,
        )
    )  # fmt: skip


def ask_again(conn: Connection, held: Any, run_id: int, now: datetime) -> None:
    """The doubts that the merge had answered are open again."""
    conn.execute(
        sa.text(
            "insert into review_item (kind, run_id, record_id, body_id, reason, evidence, asked_at)"
            " select kind, :run, record_id, body_id, reason,"
            " evidence || jsonb_build_object('again', 'a merge was undone'), :now"
            " from review_item where merge_id = :merge order by id"
        ),
        {"run": run_id, "now": now, "merge": held.id},
    )
