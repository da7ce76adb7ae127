"""Merging two bodies and undoing it: each one transaction.

    turn taken → looked at again → doubts answered → links closed and opened → told, logged

Links move and no fact is touched, so every answer as known before stays what it was.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk import moves, pairs
from services.desk.between import end_between, restore_between
from services.desk.doubts import answer, ask_again
from services.desk.pairs import Why
from services.desk.turn import DESK, Clock, Decided, by, not_later, publish, turn
from services.errors import BadQuestion, Conflict, NotFound
from services.store.merged import all_merged
from services.sync.own import own_run
from services.terms import ChangeKind


def merge(
    conn: Connection, body_id: int, into_id: int, why: Why, *, version: str, clock: Clock
) -> Decided:
    """From now on ``body_id`` is ``into_id``: its records speak of that one and its id leads there.

    Raises BadQuestion (a body with itself, no reason, two values of an identifier of which a body
    has one), NotFound, and Conflict (one of them was merged before, a loop, another ``version``).
    """
    why = why.checked()
    now = turn(conn, clock)
    pairs.two_bodies(conn, (body_id, into_id), version, now, into=True)
    said = pairs.stands(conn, (body_id, into_id))
    for refused in pairs.refusals((body_id, said[body_id]), (into_id, said[into_id])):
        raise BadQuestion(refused, "Relate them (a branch has a number of its own), or keep apart.")
    not_later(conn, (body_id, into_id), now)
    run_id = own_run(conn, DESK, now, 2)
    led = all_merged(conn)
    merge_id = _merge_row(conn, body_id, into_id, why, run_id, now)
    answer(conn, (body_id, into_id), led, "same", why, now, merge_id)
    one_now = moves.accreditations_that_become_one(conn, body_id, into_id)
    records = moves.move_all(conn, body_id, into_id, run_id, merge_id, now)
    moves.relink(conn, one_now, run_id, merge_id, now)
    end_between(conn, body_id, into_id, now)
    into = {"body": f"b{into_id}", "because": why.because}
    rows = [
        (ChangeKind.MERGED, body_id, {"body": f"b{body_id}"}, into),
        (ChangeKind.MERGED, into_id, None, {"absorbs": f"b{body_id}", "because": why.because}),
    ]
    return Decided(publish(conn, run_id, rows, (body_id, into_id), now), len(records))


def unmerge(
    conn: Connection,
    body_id: int,
    why: Why,
    *,
    version: str,
    also: Collection[int] = (),
    clock: Clock,
) -> Decided:
    """The body stands by itself again, with the records that its merge moved and that still are
    where it put them. ``also``: records that came to the merged body later and are its own too.

    Raises BadQuestion (it is not merged, a record in ``also`` is not one of those), NotFound, and
    Conflict (the body that it led to was merged on, another ``version``).
    """
    why = why.checked()
    now = turn(conn, clock)
    held = open_merge(conn, body_id)
    pairs.hold_to(conn, (body_id, held.into_id), version)
    not_later(conn, (body_id, held.into_id), now)
    came = {row.record_id for row in came_later(conn, held)}
    if wrong := sorted(set(also) - came):
        raise BadQuestion(
            f"also: record {wrong[0]} did not come to b{held.into_id} after the merge.",
            "Name records of the preview's list, or none.",
        )
    run_id = own_run(conn, DESK, now, 2)
    _undo_row(conn, held, why, run_id, now)
    records = moves.lead_back(conn, held, sorted(also), run_id, now)
    moves.part_accreditations(conn, (body_id, held.into_id), run_id, now)
    ask_again(conn, held, run_id, now)
    restore_between(conn, held, run_id, now)
    into_id = held.into_id
    rows = [
        (ChangeKind.SEPARATED, body_id, {"body": f"b{into_id}"}, {"because": why.because}),
        (ChangeKind.SEPARATED, into_id, {"absorbs": f"b{body_id}"}, {"because": why.because}),
    ]
    return Decided(publish(conn, run_id, rows, (body_id, into_id), now), records)


def open_merge(conn: Connection, body_id: int) -> Any:
    """The merge by which this id leads on now. Raises NotFound, BadQuestion and Conflict."""
    merge = m.BodyMerge
    if not conn.execute(sa.select(sa.exists().where(m.Body.id == body_id))).scalar_one():
        raise NotFound(f'There is no body "b{body_id}".', "Search for it by name or number.")
    rows = conn.execute(
        sa.select(merge.__table__).where(
            sa.func.upper_inf(merge.known),
            merge.body_id.in_(
                sa.select(sa.literal(body_id)).union(
                    sa.select(merge.into_id).where(
                        merge.body_id == body_id, sa.func.upper_inf(merge.known)
                    )
                )
            ),
        )
    ).all()
    found = {row.body_id: row for row in rows}
    held = found.pop(body_id, None)
    if held is None:
        raise BadQuestion(f"b{body_id} is not merged.", "There is nothing to undo.")
    if found:
        (on,) = found.values()
        raise Conflict(
            f"b{held.into_id} was itself merged into b{on.into_id} afterwards.",
            f"Undo the merge of b{held.into_id} first.",
        )
    return held


def came_later(conn: Connection, held: Any) -> Sequence[Any]:
    """Records that the merged body has now and that came there after the merge, not by it."""
    return conn.execute(sa.text(_CAME), {"into": held.into_id, "merge": held.id}).all()


_CAME = """
    select l.record_id, r.label, k.source_key from body_link l
    join record r on r.id = l.record_id join source_list k on k.id = r.list_id
    join body_merge g on g.id = :merge
    where l.body_id = :into and upper_inf(l.known) and l.merge_id is distinct from g.id
        and lower(l.known) > lower(g.known)
    order by l.record_id
"""


# --- steps ----------------------------------------------------------------------------------------


def _merge_row(
    conn: Connection, body_id: int, into_id: int, why: Why, run_id: int, now: datetime
) -> int:
    merge = m.BodyMerge
    row = sa.insert(merge).values(body_id=body_id, into_id=into_id, **by(why, run_id, now))
    return int(conn.execute(row.returning(merge.id)).scalar_one())


def _undo_row(conn: Connection, held: Any, why: Why, run_id: int, now: datetime) -> None:
    merge = m.BodyMerge
    conn.execute(
        sa.update(merge)
        .where(merge.id == held.id)
        .values(
            known=sa.func.tstzrange(sa.func.lower(merge.known), now),
            end_because=why.because,
            end_proof=why.proof,
            end_account_id=why.account_id,
            end_run_id=run_id,
        )
    )
