"""Two bodies that are kept apart, or related: two, and never one under the other's id."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk import pairs
from services.desk.doubts import answer
from services.desk.pairs import Why
from services.desk.turn import DESK, Clock, Decided, by, end, publish, since, turn
from services.store.merged import all_merged
from services.sync.own import own_run
from services.terms import ChangeKind, RelationKind


def apart(conn: Connection, one: int, two: int, why: Why, *, version: str, clock: Clock) -> Decided:
    """Two bodies are two. Not asked about again until names or identifiers of one change."""
    why = why.checked()
    now = turn(conn, clock)
    pairs.two_bodies(conn, (one, two), version, now)
    run_id = own_run(conn, DESK, now, 0)
    keep_apart(conn, one, two, why, run_id, now)
    answer(conn, (one, two), all_merged(conn), "apart", why, now)
    return Decided(publish(conn, run_id, [], (one, two), now), 0)


def relate(
    conn: Connection,
    body_id: int,
    other_id: int,
    kind: RelationKind,
    why: Why,
    *,
    version: str,
    clock: Clock,
) -> Decided:
    """The first body is ``kind`` of the other: two bodies, of which each page names the other."""
    why = why.checked()
    now = turn(conn, clock)
    pairs.two_bodies(conn, (body_id, other_id), version, now)
    run_id = own_run(conn, DESK, now, 1)
    relation = m.BodyRelation
    both = (relation.body_id.in_((body_id, other_id)), relation.other_id.in_((body_id, other_id)))
    end(conn, relation, sa.and_(*both), now)
    conn.execute(
        sa.insert(relation).values(
            body_id=body_id, other_id=other_id, kind=kind, **by(why, run_id, now)
        )
    )
    keep_apart(conn, body_id, other_id, why, run_id, now)
    answer(conn, (body_id, other_id), all_merged(conn), "relation", why, now)
    after = {"kind": kind.value, "body": f"b{other_id}", "because": why.because}
    rows = [(ChangeKind.RELATED, body_id, None, after)]
    return Decided(publish(conn, run_id, rows, (body_id, other_id), now), 0)


# --- steps ----------------------------------------------------------------------------------------


def _pair_of(model: Any, one: int, two: int) -> sa.ColumnElement[bool]:
    a, b = (model.one_id, model.two_id) if model is m.BodyApart else (model.body_id, model.other_id)
    return sa.and_(a.in_((one, two)), b.in_((one, two)))


def end_between(conn: Connection, one: int, two: int, now: datetime) -> None:
    """One body is neither apart from itself nor related to itself."""
    for model in (m.BodyApart, m.BodyRelation):
        end(conn, model, _pair_of(model, one, two), now)


def restore_between(conn: Connection, held: Any, run_id: int, now: datetime) -> None:
    """What the merge had ended between the two stands again."""
    for model in (m.BodyApart, m.BodyRelation):
        table: Any = model.__table__
        names = [c.name for c in table.c if c.name not in ("id", "known", "run_id")]
        ended = sa.select(*(table.c[n] for n in names), since(now), sa.literal(run_id)).where(
            _pair_of(model, held.body_id, held.into_id),
            sa.func.upper(table.c.known) == held.known.lower,
        )
        conn.execute(sa.insert(table).from_select([*names, "known", "run_id"], ended))


def keep_apart(conn: Connection, one: int, two: int, why: Why, run_id: int, now: datetime) -> None:
    said = pairs.stands(conn, (one, two))
    end(conn, m.BodyApart, _pair_of(m.BodyApart, one, two), now)
    conn.execute(
        sa.insert(m.BodyApart).values(
            one_id=min(one, two),
            two_id=max(one, two),
            seen={f"b{body}": each.plain() for body, each in said.items()},
            **by(why, run_id, now),
        )
    )
