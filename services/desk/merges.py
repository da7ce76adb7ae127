"""Merging two bodies, undoing it, keeping two apart, relating them: each one transaction.

    turn taken → looked at again → doubts answered → links closed and opened → told, logged

Links move and no fact is touched, so every answer as known before stays what it was. A link that a
merge opens names the merge: undoing it leads back exactly the records that it moved and that still
are where it put them. Each decision is a run of the desk's own with a leaf in the log.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk import pairs
from services.desk.pairs import Why
from services.errors import BadQuestion, Conflict, NotFound
from services.evidence import log
from services.kit import Accreditation, Draft
from services.store.facts import of_ids
from services.store.merged import all_merged
from services.store.project import project
from services.sync.link import link_accreditations, move_record
from services.sync.own import Own, own_run
from services.sync.publish import take_turn
from services.terms import ChangeKind, RelationKind
from services.watch.wake import tell

DESK = Own(
    key="desk",
    list="decisions",
    title="Steward's desk",
    title_zh="管理员工作台",
    note="What stewards decide: bodies merged, separated again, related to one another.",
)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was written; ``position``: of its leaf in the log. ``records``: moved."""

    position: int
    records: int


def merge(
    conn: Connection, body_id: int, into_id: int, why: Why, *, version: str, clock: Clock
) -> Decided:
    """From now on ``body_id`` is ``into_id``: its records speak of that one and its id leads there.

    Raises BadQuestion (a body with itself, no reason, two values of an identifier of which a body
    has one), NotFound, and Conflict (one of them was merged before, a loop, another ``version``).
    """
    why = why.checked()
    now = _turn(conn, clock)
    pairs.two_bodies(conn, (body_id, into_id), version, now, into=True)
    said = pairs.stands(conn, (body_id, into_id))
    for refused in pairs.refusals((body_id, said[body_id]), (into_id, said[into_id])):
        raise BadQuestion(refused, "Relate them (a branch has a number of its own), or keep apart.")
    _not_later(conn, (body_id, into_id), now)
    run_id = own_run(conn, DESK, now, 2)
    led = all_merged(conn)
    merge_id = _merge_row(conn, body_id, into_id, why, run_id, now)
    _answer(conn, (body_id, into_id), led, "same", why, now, merge_id)
    one_now = accreditations_that_become_one(conn, body_id, into_id)
    records = _move_all(conn, body_id, into_id, run_id, merge_id, now)
    _relink(conn, one_now, run_id, merge_id, now)
    _end_between(conn, body_id, into_id, now)
    into = {"body": f"b{into_id}", "because": why.because}
    rows = [
        (ChangeKind.MERGED, body_id, {"body": f"b{body_id}"}, into),
        (ChangeKind.MERGED, into_id, None, {"absorbs": f"b{body_id}", "because": why.because}),
    ]
    return Decided(_publish(conn, run_id, rows, (body_id, into_id), now), len(records))


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
    now = _turn(conn, clock)
    held = open_merge(conn, body_id)
    pairs.hold_to(conn, (body_id, held.into_id), version)
    _not_later(conn, (body_id, held.into_id), now)
    came = {row.record_id for row in came_later(conn, held)}
    if wrong := sorted(set(also) - came):
        raise BadQuestion(
            f"also: record {wrong[0]} did not come to b{held.into_id} after the merge.",
            "Name records of the preview's list, or none.",
        )
    run_id = own_run(conn, DESK, now, 2)
    _undo_row(conn, held, why, run_id, now)
    records = _lead_back(conn, held, sorted(also), run_id, now)
    _part_accreditations(conn, (body_id, held.into_id), run_id, now)
    _ask_again(conn, held, run_id, now)
    _restore_between(conn, held, run_id, now)
    into_id = held.into_id
    rows = [
        (ChangeKind.SEPARATED, body_id, {"body": f"b{into_id}"}, {"because": why.because}),
        (ChangeKind.SEPARATED, into_id, {"absorbs": f"b{body_id}"}, {"because": why.because}),
    ]
    return Decided(_publish(conn, run_id, rows, (body_id, into_id), now), records)


def apart(conn: Connection, one: int, two: int, why: Why, *, version: str, clock: Clock) -> Decided:
    """Two bodies are two. Not asked about again until names or identifiers of one change."""
    why = why.checked()
    now = _turn(conn, clock)
    pairs.two_bodies(conn, (one, two), version, now)
    run_id = own_run(conn, DESK, now, 0)
    _keep_apart(conn, one, two, why, run_id, now)
    _answer(conn, (one, two), all_merged(conn), "apart", why, now)
    return Decided(_publish(conn, run_id, [], (one, two), now), 0)


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
    now = _turn(conn, clock)
    pairs.two_bodies(conn, (body_id, other_id), version, now)
    run_id = own_run(conn, DESK, now, 1)
    relation = m.BodyRelation
    both = (relation.body_id.in_((body_id, other_id)), relation.other_id.in_((body_id, other_id)))
    _end(conn, relation, sa.and_(*both), now)
    conn.execute(
        sa.insert(relation).values(
            body_id=body_id, other_id=other_id, kind=kind, **_by(why, run_id, now)
        )
    )
    _keep_apart(conn, body_id, other_id, why, run_id, now)
    _answer(conn, (body_id, other_id), all_merged(conn), "relation", why, now)
    after = {"kind": kind.value, "body": f"b{other_id}", "because": why.because}
    rows = [(ChangeKind.RELATED, body_id, None, after)]
    return Decided(_publish(conn, run_id, rows, (body_id, other_id), now), 0)


def renamed(conn: Connection, item: Any, body_id: int, why: Why, *, clock: Clock) -> Decided:
    """The record's body bears the new name: nothing moves, the doubt is over."""
    now = _turn(conn, clock)
    run_id = own_run(conn, DESK, now, 0)
    _close_one(conn, item.id, "same", why, now)
    return Decided(_publish(conn, run_id, [], (body_id,), now), 0)


def split(conn: Connection, item: Any, body_id: int, why: Why, *, clock: Clock) -> Decided:
    """The record speaks of another body from now on, one of its own (BRIEF rule 10)."""
    now = _turn(conn, clock)
    _not_later(conn, (body_id,), now)
    run_id = own_run(conn, DESK, now, 2)
    made = sa.insert(m.Body).values(run_id=run_id).returning(m.Body.id)
    own = int(conn.execute(made).scalar_one())
    move_record(conn, run_id, item.record_id, own, "kept apart", now)
    said = conn.execute(sa.text(_STATED), {"record": item.record_id}).all()
    accs = tuple(
        Accreditation(key=row.key, issuer=row.issuer, number=row.number, field=row.field)
        for row in said
    )
    link_accreditations(conn, run_id, {item.record_id: Draft(key="", accreditations=accs)}, now)
    _close_one(conn, item.id, "apart", why, now)
    after = {"body": f"b{own}", "because": why.because}
    rows: list[Told] = [
        (ChangeKind.SEPARATED, body_id, None, after),
        (ChangeKind.SEPARATED, own, {"body": f"b{body_id}"}, {"because": why.because}),
    ]
    return Decided(_publish(conn, run_id, rows, (body_id, own), now), 1)


_STATED = """
    select distinct on (key) key, issuer, number, field from accreditation_statement
    where record_id = :record and upper_inf(known) order by key, id desc
"""


def _close_one(conn: Connection, item_id: int, state: str, why: Why, now: datetime) -> None:
    item = m.ReviewItem
    conn.execute(
        sa.update(item)
        .where(item.id == item_id)
        .values(
            state=state, closed_at=now, because=why.because, proof=why.proof,
            account_id=why.account_id,
        )
    )  # fmt: skip


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


def _turn(conn: Connection, clock: Clock) -> datetime:
    """One decision or publish at a time; the time is told once it is this one's turn."""
    take_turn(conn)
    return clock()


def _not_later(conn: Connection, bodies: Collection[int], now: datetime) -> None:
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


def _since(now: datetime) -> sa.ColumnElement[Any]:
    return sa.func.tstzrange(sa.literal(now), sa.null())


def _by(why: Why, run_id: int, now: datetime) -> dict[str, Any]:
    return {
        "because": why.because,
        "proof": why.proof,
        "account_id": why.account_id,
        "run_id": run_id,
        "known": _since(now),
    }


def _end(conn: Connection, model: Any, of: sa.ColumnElement[bool], now: datetime) -> None:
    """Close the open end of what is known: the only change in place."""
    conn.execute(
        sa.update(model)
        .where(of, sa.func.upper_inf(model.known))
        .values(known=sa.func.tstzrange(sa.func.lower(model.known), now))
    )


def _merge_row(
    conn: Connection, body_id: int, into_id: int, why: Why, run_id: int, now: datetime
) -> int:
    merge = m.BodyMerge
    row = sa.insert(merge).values(body_id=body_id, into_id=into_id, **_by(why, run_id, now))
    return int(conn.execute(row.returning(merge.id)).scalar_one())


def _move_all(
    conn: Connection, body_id: int, into_id: int, run_id: int, merge_id: int, now: datetime
) -> list[int]:
    link = m.BodyLink
    moved = conn.execute(
        sa.update(link)
        .where(link.body_id == body_id, sa.func.upper_inf(link.known))
        .values(known=sa.func.tstzrange(sa.func.lower(link.known), now))
        .returning(link.record_id)
    ).scalars()
    records = sorted(moved)
    if records:
        same = {"body_id": into_id, "rule": "merged", "run_id": run_id, "merge_id": merge_id}
        conn.execute(
            sa.insert(link).values(known=_since(now)), [{"record_id": r, **same} for r in records]
        )
    return records


# number and field as services.sync.link tells accreditations of one holder apart
_ONE = """
    select l.record_id, l.key, l.accreditation_id as was, t.id as becomes
    from body_link b
    join accreditation_link l on l.record_id = b.record_id and upper_inf(l.known)
    join accreditation a on a.id = l.accreditation_id
    join lateral (
        select min(o.id) as id from body_link c
        join accreditation_link k on k.record_id = c.record_id and upper_inf(k.known)
        join accreditation o on o.id = k.accreditation_id
        where c.body_id = :into and upper_inf(c.known) and o.issuer = a.issuer
            and o.number_key = a.number_key and o.field_key = a.field_key
    ) t on t.id is not null and t.id <> a.id
    where b.body_id = :body and upper_inf(b.known)
    order by l.record_id, l.key
"""


def accreditations_that_become_one(conn: Connection, body_id: int, into_id: int) -> Sequence[Any]:
    """Links of the first body's records to accreditations that the other has too."""
    return conn.execute(sa.text(_ONE), {"body": body_id, "into": into_id}).all()


def _relink(
    conn: Connection, links: Sequence[Any], run_id: int, merge_id: int, now: datetime
) -> None:
    if not links:
        return
    link = m.AccreditationLink
    conn.execute(sa.text(_CLOSE), _keys(links) | {"now": now})
    conn.execute(
        sa.insert(link).values(known=_since(now), rule="merged", run_id=run_id, merge_id=merge_id),
        [
            {"record_id": one.record_id, "key": one.key, "accreditation_id": one.becomes}
            for one in links
        ],
    )


_CLOSE = """
    update accreditation_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
    from unnest(cast(:records as bigint[]), cast(:keys as text[])) as w(record_id, key)
    where l.record_id = w.record_id and l.key = w.key and upper_inf(l.known)
"""


def _keys(links: Sequence[Any]) -> dict[str, Any]:
    return {"records": [one.record_id for one in links], "keys": [one.key for one in links]}


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


def _answer(
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


def _pair_of(model: Any, one: int, two: int) -> sa.ColumnElement[bool]:
    a, b = (model.one_id, model.two_id) if model is m.BodyApart else (model.body_id, model.other_id)
    return sa.and_(a.in_((one, two)), b.in_((one, two)))


def _end_between(conn: Connection, one: int, two: int, now: datetime) -> None:
    """One body is neither apart from itself nor related to itself."""
    for model in (m.BodyApart, m.BodyRelation):
        _end(conn, model, _pair_of(model, one, two), now)


def _restore_between(conn: Connection, held: Any, run_id: int, now: datetime) -> None:
    """What the merge had ended between the two stands again."""
    for model in (m.BodyApart, m.BodyRelation):
        table: Any = model.__table__
        names = [c.name for c in table.c if c.name not in ("id", "known", "run_id")]
        ended = sa.select(*(table.c[n] for n in names), _since(now), sa.literal(run_id)).where(
            _pair_of(model, held.body_id, held.into_id),
            sa.func.upper(table.c.known) == held.known.lower,
        )
        conn.execute(sa.insert(table).from_select([*names, "known", "run_id"], ended))


def _keep_apart(conn: Connection, one: int, two: int, why: Why, run_id: int, now: datetime) -> None:
    said = pairs.stands(conn, (one, two))
    _end(conn, m.BodyApart, _pair_of(m.BodyApart, one, two), now)
    conn.execute(
        sa.insert(m.BodyApart).values(
            one_id=min(one, two),
            two_id=max(one, two),
            seen={f"b{body}": each.plain() for body, each in said.items()},
            **_by(why, run_id, now),
        )
    )


# --- undoing --------------------------------------------------------------------------------------


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


# the link before the merge's own says where the record was, and by which earlier merge
_BACK = """
    with closed as (
        update body_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
        where l.body_id = :into and upper_inf(l.known)
            and (l.merge_id = :merge or l.record_id = any(cast(:also as bigint[])))
        returning l.record_id, l.merge_id, lower(l.known) as since
    )
    select c.record_id, c.since, o.merge_id from closed c
    left join body_link o on c.merge_id = :merge and o.record_id = c.record_id
        and upper(o.known) = c.since and o.body_id = :body
    order by c.record_id
"""
_ACCREDITATIONS_BACK = """
    with closed as (
        update accreditation_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
        where l.merge_id = :merge and upper_inf(l.known)
            and l.record_id = any(cast(:records as bigint[]))
        returning l.record_id, l.key, lower(l.known) as since
    )
    select c.record_id, c.key, o.accreditation_id, o.merge_id from closed c
    join accreditation_link o on o.record_id = c.record_id and o.key = c.key
        and upper(o.known) = c.since
    order by c.record_id, c.key
"""


def _lead_back(conn: Connection, held: Any, also: list[int], run_id: int, now: datetime) -> int:
    """Open the links that stood before the merge; returns how many records went back."""
    given = {"into": held.into_id, "body": held.body_id, "merge": held.id, "now": now}
    back = conn.execute(sa.text(_BACK), given | {"also": also}).all()
    if not back:
        return 0
    known = _since(now)
    conn.execute(
        sa.insert(m.BodyLink).values(
            known=known, body_id=held.body_id, rule="merge undone", run_id=run_id
        ),
        [{"record_id": row.record_id, "merge_id": row.merge_id} for row in back],
    )
    records = [row.record_id for row in back]
    links = conn.execute(sa.text(_ACCREDITATIONS_BACK), given | {"records": records}).all()
    if links:
        conn.execute(
            sa.insert(m.AccreditationLink).values(known=known, rule="merge undone", run_id=run_id),
            [dict(row._mapping) for row in links],
        )
    return len(records)


# an accreditation stays with the body whose record spoke of it first
_SHARED = """
    with mine as (
        select a.accreditation_id, b.body_id, a.record_id, a.key from accreditation_link a
        join body_link b on b.record_id = a.record_id and upper_inf(b.known)
        where upper_inf(a.known) and b.body_id = any(cast(:ids as bigint[]))
    ), shared as (
        select accreditation_id from mine group by accreditation_id
        having count(distinct body_id) > 1
    ), first as (
        select distinct on (s.accreditation_id) s.accreditation_id, b.body_id from shared s
        join accreditation_link a on a.accreditation_id = s.accreditation_id
        join body_link b on b.record_id = a.record_id and b.known && a.known
        order by s.accreditation_id, lower(a.known * b.known), a.id, b.id
    )
    select mine.record_id, mine.key, s.issuer, s.number, s.field from mine
    join first on first.accreditation_id = mine.accreditation_id
        and first.body_id <> mine.body_id
    join lateral (select t.issuer, t.number, t.field from accreditation_statement t
        where t.record_id = mine.record_id and t.key = mine.key
        order by upper_inf(t.known) desc, t.id desc limit 1) s on true
    order by mine.record_id, mine.key
"""


def _part_accreditations(
    conn: Connection, bodies: Collection[int], run_id: int, now: datetime
) -> None:
    """The same number under another holder is another accreditation (BRIEF rule 10): what came
    while both were one is linked anew."""
    shared = conn.execute(sa.text(_SHARED), {"ids": sorted(bodies)}).all()
    if not shared:
        return
    conn.execute(sa.text(_CLOSE), _keys(shared) | {"now": now})
    held: dict[int, list[Accreditation]] = {}
    for row in shared:
        held.setdefault(row.record_id, []).append(
            Accreditation(key=row.key, issuer=row.issuer, number=row.number, field=row.field)
        )
    drafts = {record: Draft(key="", accreditations=tuple(accs)) for record, accs in held.items()}
    link_accreditations(conn, run_id, drafts, now)


def _ask_again(conn: Connection, held: Any, run_id: int, now: datetime) -> None:
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


# --- telling --------------------------------------------------------------------------------------

Told = tuple[ChangeKind, int, dict[str, Any] | None, dict[str, Any]]


def _publish(
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
