"""Writing down what matching decided: links of records to bodies and accreditations.

A link has a known range of its own; merging and splitting later close and open links and touch no
fact.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from services import models as m
from services.kit import Accreditation, Draft
from services.name_keys import WHOLE, keys
from services.names import core, fold, look_key, number_key
from services.sync.blocks import alike_bodies, keyed_bodies
from services.sync.match import CROWD, Doubt, Index, decide, numbers_of


def _of(column: InstrumentedAttribute[int], ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """One array parameter however many ids: the statement stays the same and its plan too."""
    return column == sa.func.any(sa.literal(list(ids), sa.ARRAY(sa.BigInteger)))


def _in(column: InstrumentedAttribute[str], texts: Iterable[str]) -> sa.ColumnElement[bool]:
    return column == sa.func.any(sa.literal(list(texts), sa.ARRAY(sa.Text)))


def load_index(conn: Connection, drafts: Sequence[Draft]) -> Index:
    """All known bodies that could match any of these drafts, in a fixed number of queries."""
    identifiers = {(i.namespace, i.value) for d in drafts for i in d.identifiers}
    numbers = {number for d in drafts for number in numbers_of(d)}
    folded = {fold(n.text) for d in drafts for n in d.names}
    cores = {core(n.text) for d in drafts for n in d.names}
    link = m.BodyLink
    current = sa.func.upper_inf(link.known)
    wanted = sa.union(
        sa.select(link.body_id)
        .join(m.Identifier, m.Identifier.record_id == link.record_id)
        .where(current, _in(m.Identifier.value, {v for _, v in identifiers})),
        sa.select(link.body_id)
        .join(m.AccreditationLink, m.AccreditationLink.record_id == link.record_id)
        .join(m.Accreditation, m.Accreditation.id == m.AccreditationLink.accreditation_id)
        .where(current, _in(m.Accreditation.number_key, {v for _, v in numbers})),
        sa.select(link.body_id)
        .join(m.Name, m.Name.record_id == link.record_id)
        .where(
            current,
            sa.or_(
                _in(m.Name.folded, folded),
                _in(m.Name.core, cores),
            ),
        ),
    )  # fmt: skip
    body_ids = set(conn.execute(wanted).scalars())
    index = Index()
    index.alike.update(alike_bodies(conn, cores - {""}))
    body_ids.update(*index.alike.values(), *_keyed(conn, index, drafts))
    _load_bodies(conn, index, sorted(body_ids))
    return index


def _keyed(conn: Connection, index: Index, drafts: Sequence[Draft]) -> list[set[int]]:
    """Bodies under the drafts' keys; a word that has a crowd under it is noted and passed over."""
    asked = {key for d in drafts for n in d.names for key in keys(n.text)}
    found = keyed_bodies(conn, asked)
    for key, bodies in found.items():
        if len(bodies) > CROWD and not key.startswith(WHOLE):
            index.crowded.add(key)
    return [bodies for key, bodies in found.items() if key not in index.crowded]


def _load_bodies(conn: Connection, index: Index, body_ids: Sequence[int]) -> None:
    """Fill the index with what open statements of these bodies' records say."""
    link = m.BodyLink
    mine = sa.and_(sa.func.upper_inf(link.known), _of(link.body_id, body_ids))
    for body_id in body_ids:
        index.body(body_id)
    rows: Any = conn.execute(
        sa.select(link.body_id, m.Name.text, m.Name.folded, m.Name.core, m.Name.keys)
        .join(m.Name, m.Name.record_id == link.record_id)
        .where(mine, sa.func.upper_inf(m.Name.known))
    )
    for row in rows:
        index.body(row.body_id).names.add(row.folded)
        index.body(row.body_id).texts.add(row.text)
        index.by_name[row.folded].add(row.body_id)
        index.by_core[row.core].add(row.body_id)
        for key in row.keys:
            index.by_key[key].add(row.body_id)
    rows = conn.execute(
        sa.select(link.body_id, m.Identifier.namespace, m.Identifier.value)
        .join(m.Identifier, m.Identifier.record_id == link.record_id)
        .where(mine, sa.func.upper_inf(m.Identifier.known))
    )
    for row in rows:
        index.body(row.body_id).identifiers[row.namespace].add(row.value)
        index.by_identifier[row.namespace, row.value].add(row.body_id)
    rows = conn.execute(
        sa.select(link.body_id, m.Profile.country, m.Profile.city)
        .join(m.Profile, m.Profile.record_id == link.record_id)
        .where(mine, sa.func.upper_inf(m.Profile.known))
    )
    for row in rows:
        index.body(row.body_id).countries |= {row.country} - {""}
        index.body(row.body_id).places |= {row.city} - {""}
    rows = conn.execute(
        sa.select(link.body_id, m.Accreditation.issuer, m.Accreditation.number_key)
        .join(m.AccreditationLink, m.AccreditationLink.record_id == link.record_id)
        .join(m.Accreditation, m.Accreditation.id == m.AccreditationLink.accreditation_id)
        .where(mine, m.Accreditation.number_key != "")
    )
    for row in rows:
        index.body(row.body_id).numbers.add((row.issuer, row.number_key))
        index.by_number[row.issuer, row.number_key].add(row.body_id)
    rows = conn.execute(
        sa.select(link.body_id, m.SourceList.source_key)
        .join(m.Record, m.Record.id == link.record_id)
        .join(m.SourceList, m.SourceList.id == m.Record.list_id)
        .where(mine)
        .distinct()
    )
    for row in rows:
        index.body(row.body_id).sources.add(row.source_key)


def link_bodies(
    conn: Connection,
    run_id: int,
    source_key: str,
    records: Mapping[int, Draft],
    known_at: datetime,
) -> None:
    """Link records that have no body yet; doubts become review items. Later ones match earlier."""
    if not _about_bodies(conn, source_key):
        return  # a trust service of the same name is no testing body, and none is made of it
    drafts = {r: d for r, d in records.items() if d.names}
    linked = sa.select(m.BodyLink.record_id).where(
        _of(m.BodyLink.record_id, list(drafts)),
        sa.func.upper_inf(m.BodyLink.known),
    )
    have = set(conn.execute(linked).scalars())
    todo = {r: d for r, d in drafts.items() if r not in have}
    if not todo:
        return
    index = load_index(conn, list(todo.values()))
    chosen: dict[int, int] = {}
    rules: dict[int, str] = {}
    doubts: list[dict[str, Any]] = []
    new = 0
    for record_id, draft in todo.items():
        match = decide(draft, index, source_key)
        new += match.body_id is None
        # new bodies go by -1, -2, … until their rows are made, so that one statement makes them all
        body_id = -new if match.body_id is None else match.body_id
        index.learn(body_id, draft, source_key)
        chosen[record_id] = body_id
        rules[record_id] = match.rule
        doubts += [review(run_id, record_id, doubt, known_at) for doubt in match.doubts]
    made = _make_bodies(conn, run_id, new)
    links = [
        {"record_id": record_id, "body_id": made.get(body_id, body_id), "rule": rules[record_id]}
        for record_id, body_id in chosen.items()
    ]
    known = sa.func.tstzrange(sa.literal(known_at), sa.null())
    conn.execute(sa.insert(m.BodyLink).values(known=known, run_id=run_id), links)
    for item in doubts:
        item["body_id"] = made.get(item["body_id"], item["body_id"])
    if doubts:
        conn.execute(sa.insert(m.ReviewItem), doubts)


def _about_bodies(conn: Connection, source_key: str) -> bool:
    meta = conn.execute(
        sa.select(m.SourceRow.meta).where(m.SourceRow.key == source_key)
    ).scalar_one_or_none()
    return bool((meta or {}).get("about_testing_bodies", True))


_CORRECTED = "A corrected name is that of a body that the directory knew."


def relink_corrected(
    conn: Connection,
    run_id: int,
    source_key: str,
    altered: Mapping[int, Draft],
    known_at: datetime,
) -> list[int]:
    """A record whose name was corrected may now name a body that the directory knows.

    Only where its present body stands on this record alone: that body was made from the misspelt
    name, says nothing else, and becomes a redirect. Links are closed and opened, no fact is
    touched, and what was known before stays as it was. Returns the bodies that were left.
    """
    alone = _standing_alone(conn, {r: d for r, d in altered.items() if d.names})
    if not alone:
        return []
    index = load_index(conn, [altered[record_id] for record_id in alone])
    # all of them at once: what is stored still says the old names, which none of them bears now
    for body_id in alone.values():
        index.forget(body_id)
    left: list[int] = []
    for record_id, body_id in sorted(alone.items()):
        match = decide(altered[record_id], index, source_key)
        if match.body_id is None:
            index.learn(body_id, altered[record_id], source_key)
            continue
        merge_id = _lead_on(conn, run_id, body_id, match.body_id, known_at)
        rule = f"corrected name, {match.rule}"
        move_record(conn, run_id, record_id, match.body_id, rule, known_at, merge_id)
        _answered(conn, record_id, match.body_id, merge_id, known_at)
        left.append(body_id)
    return left


def _answered(
    conn: Connection, record_id: int, body_id: int, merge_id: int, known_at: datetime
) -> None:
    """Whether the misspelt name was that body's: the source has said so itself. Open, the doubt
    would keep every verdict on the record's accreditations unresolved."""
    item = m.ReviewItem
    conn.execute(
        sa.update(item)
        .where(item.record_id == record_id, item.body_id == body_id, item.kind == "match")
        .where(item.state == "open")
        .values(state="same", closed_at=known_at, because=_CORRECTED, merge_id=merge_id)
    )


def _lead_on(conn: Connection, run_id: int, body_id: int, into_id: int, known_at: datetime) -> int:
    """The body's id leads to the other one from now on."""
    merge = sa.insert(m.BodyMerge).values(
        body_id=body_id,
        into_id=into_id,
        known=sa.func.tstzrange(sa.literal(known_at), sa.null()),
        because=_CORRECTED,
        run_id=run_id,
    )
    return int(conn.execute(merge.returning(m.BodyMerge.id)).scalar_one())


def move_record(
    conn: Connection,
    run_id: int,
    record_id: int,
    body_id: int,
    rule: str,
    known_at: datetime,
    merge_id: int | None = None,
) -> None:
    """From now on the record speaks of that body: links are closed and opened, no fact touched.

    ``merge_id``: the merge that this is part of.
    """
    for link in (m.BodyLink, m.AccreditationLink):
        conn.execute(
            sa.update(link)
            .where(link.record_id == record_id, sa.func.upper_inf(link.known))
            .values(known=sa.func.tstzrange(sa.func.lower(link.known), known_at))
        )
    conn.execute(
        sa.insert(m.BodyLink).values(
            record_id=record_id,
            body_id=body_id,
            rule=rule,
            known=sa.func.tstzrange(sa.literal(known_at), sa.null()),
            run_id=run_id,
            merge_id=merge_id,
        )
    )


def _standing_alone(conn: Connection, drafts: Mapping[int, Draft]) -> dict[int, int]:
    """Record → body, for records with another name than before whose body has no other record."""
    names = sa.func.array_agg(sa.distinct(m.Name.folded)).filter(sa.func.upper_inf(m.Name.known))
    mine = sa.select(m.BodyLink.body_id).where(
        _of(m.BodyLink.record_id, drafts), sa.func.upper_inf(m.BodyLink.known)
    )
    rows = conn.execute(
        sa.select(
            sa.func.min(m.BodyLink.record_id).label("record_id"),
            m.BodyLink.body_id,
            names.label("names"),
        )
        .join(m.Name, m.Name.record_id == m.BodyLink.record_id)
        .where(m.BodyLink.body_id.in_(mine), sa.func.upper_inf(m.BodyLink.known))
        .group_by(m.BodyLink.body_id)
        .having(sa.func.count(sa.distinct(m.BodyLink.record_id)) == 1)
    )
    return {
        row.record_id: row.body_id
        for row in rows
        if set(row.names or ()) != {fold(name.text) for name in drafts[row.record_id].names}
    }


def _make_bodies(conn: Connection, run_id: int, count: int) -> dict[int, int]:
    """Stand-in number -1, -2, … → id of a new body."""
    ids = conn.execute(
        sa.text("insert into body (run_id) select :run from generate_series(1, :n) returning id"),
        {"run": run_id, "n": count},
    ).scalars()
    return {-number: int(body_id) for number, body_id in enumerate(sorted(ids), 1)}


def review(run_id: int, record_id: int, doubt: Doubt, now: datetime) -> dict[str, Any]:
    """The row of a match that a person must decide."""
    return {
        "kind": "match",
        "run_id": run_id,
        "record_id": record_id,
        "body_id": doubt.body_id,
        "reason": doubt.reason.value,
        "evidence": doubt.evidence,
        "asked_at": now,
    }


# --- accreditations -------------------------------------------------------------------------------


def field_key(acc: Accreditation) -> str:
    """Tells accreditations without number apart: the field, however it is spelt."""
    return fold(acc.field)


def link_accreditations(
    conn: Connection, run_id: int, records: Mapping[int, Draft], known_at: datetime
) -> None:
    """Link each record's accreditations: by number and holder, or by issuer, holder and field.

    The same number under another holder is another accreditation (BRIEF rule 10). So is another
    number of the same holder: a record that prints a new one speaks of that from now on, or the
    number printed today would be registered nowhere.
    """
    wanted = [(r, acc) for r, d in records.items() for acc in d.accreditations]
    if not wanted:
        return
    body_of = _bodies_of(conn, list(records))
    have = _linked(conn, list(records))
    printed: dict[tuple[int, str], set[str]] = defaultdict(set)  # a number a period at most
    for record_id, acc in wanted:
        printed[record_id, acc.key] |= {number_key(acc.number, acc.issuer)} - {""}
    left = {one for one, numbers in printed.items() if numbers and have.get(one, "") not in numbers}
    _leave(conn, left & have.keys(), known_at)
    have = {one: number for one, number in have.items() if one not in left}
    known = _held_by(conn, set(body_of.values()))
    missing: dict[tuple[int, str, str, str], None] = {}
    todo: list[tuple[int, Accreditation, tuple[int, str, str, str]]] = []
    for record_id, acc in wanted:
        if (record_id, acc.key) in have or record_id not in body_of:
            continue
        have[record_id, acc.key] = ""  # its periods, a statement each, are of one accreditation
        number = number_key(acc.number, acc.issuer)
        name = (body_of[record_id], acc.issuer, number, "" if number else field_key(acc))
        todo.append((record_id, acc, name))
        if name not in known:
            missing[name] = None
    words = {name: acc.number for _, acc, name in todo}
    if missing:
        rows = [
            {
                "issuer": n[1],
                "number": words[n],
                "number_key": n[2],
                "look_key": look_key(n[2]),
                "field_key": n[3],
            }
            for n in missing
        ]
        made = conn.execute(
            sa.insert(m.Accreditation)
            .values(run_id=run_id)
            .returning(m.Accreditation.id, sort_by_parameter_order=True),
            rows,
        ).scalars()
        known |= dict(zip(missing, made, strict=True))
    links = [
        {
            "record_id": record_id,
            "key": acc.key,
            "accreditation_id": known[name],
            "rule": "number and holder" if name[2] else "issuer, holder and field",
        }
        for record_id, acc, name in todo
    ]
    if links:
        since = sa.func.tstzrange(sa.literal(known_at), sa.null())
        conn.execute(sa.insert(m.AccreditationLink).values(known=since, run_id=run_id), links)


def _bodies_of(conn: Connection, record_ids: list[int]) -> dict[int, int]:
    rows = conn.execute(
        sa.select(m.BodyLink.record_id, m.BodyLink.body_id).where(
            _of(m.BodyLink.record_id, record_ids),
            sa.func.upper_inf(m.BodyLink.known),
        )
    )
    return {row.record_id: row.body_id for row in rows}


def _linked(conn: Connection, record_ids: list[int]) -> dict[tuple[int, str], str]:
    """(record, its key of an accreditation) → the number under which that is registered."""
    rows = conn.execute(
        sa.select(
            m.AccreditationLink.record_id, m.AccreditationLink.key, m.Accreditation.number_key
        )
        .join(m.Accreditation, m.Accreditation.id == m.AccreditationLink.accreditation_id)
        .where(
            _of(m.AccreditationLink.record_id, record_ids),
            sa.func.upper_inf(m.AccreditationLink.known),
        )
    )
    return {(row.record_id, row.key): row.number_key for row in rows}


def _leave(conn: Connection, links: Iterable[tuple[int, str]], known_at: datetime) -> None:
    """Close open links."""
    for record_id, key in sorted(links):
        conn.execute(
            sa.update(m.AccreditationLink)
            .where(
                m.AccreditationLink.record_id == record_id,
                m.AccreditationLink.key == key,
                sa.func.upper_inf(m.AccreditationLink.known),
            )
            .values(known=sa.func.tstzrange(sa.func.lower(m.AccreditationLink.known), known_at))
        )


def _held_by(conn: Connection, body_ids: set[int]) -> dict[tuple[int, str, str, str], int]:
    """Accreditations of these bodies as (body, issuer, number key, field key) → id."""
    acc = m.Accreditation
    rows = conn.execute(
        sa.select(m.BodyLink.body_id, acc.issuer, acc.number_key, acc.field_key, acc.id)
        .join(m.AccreditationLink, m.AccreditationLink.accreditation_id == acc.id)
        .join(m.BodyLink, m.BodyLink.record_id == m.AccreditationLink.record_id)
        .where(
            _of(m.BodyLink.body_id, list(body_ids)),
            sa.func.upper_inf(m.BodyLink.known),
            sa.func.upper_inf(m.AccreditationLink.known),
        )
    )
    return {(r.body_id, r.issuer, r.number_key, r.field_key): r.id for r in rows}
