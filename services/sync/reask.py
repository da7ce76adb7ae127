"""Pairs that a steward kept apart, and whose names or identifiers are others by now.

The decision rested on what was said of both then (``body_apart.seen``). When that changes it is
over: its range ends, and a person is asked again, told what changed.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.sync.link import review
from services.sync.match import Doubt
from services.terms import MatchReason

_APART = """
    select a.id, a.one_id, a.two_id, a.seen, a.because from body_apart a
    where upper_inf(a.known) and (a.one_id = any(cast(:ids as bigint[]))
        or a.two_id = any(cast(:ids as bigint[])))
    order by a.id
"""
_TOUCHED = """
    select distinct body_id from body_link
    where record_id = any(cast(:records as bigint[])) and upper_inf(known)
"""
# as services.desk.pairs keeps it; a body that a merge led away says what the other one says
_SAID = """
    select l.body_id, 'names' as what, n.folded as value, l.record_id
    from body_link l join name n on n.record_id = l.record_id and upper_inf(n.known)
    where l.body_id = any(cast(:ids as bigint[])) and upper_inf(l.known)
    union
    select l.body_id, 'identifiers', i.namespace || ' ' || i.value, l.record_id
    from body_link l join identifier i on i.record_id = l.record_id and upper_inf(i.known)
    where l.body_id = any(cast(:ids as bigint[])) and upper_inf(l.known)
    order by record_id
"""


def ask_again(conn: Connection, run_id: int, records: Collection[int], known_at: datetime) -> int:
    """Ask about pairs kept apart of which this run changed a side; returns how many.

    One query where no pair of these records is kept apart, as almost always.
    """
    touched = list(conn.execute(sa.text(_TOUCHED), {"records": sorted(records)}).scalars())
    kept = conn.execute(sa.text(_APART), {"ids": touched}).all() if touched else []
    if not kept:
        return 0
    said, speaks = _said(conn, {body for row in kept for body in (row.one_id, row.two_id)})
    items, over = [], []
    for row in kept:
        pair = (row.one_id, row.two_id)
        if not all(body in speaks for body in pair):
            continue  # nothing is said of one side any more: there is nothing to ask
        changed = {b: _changed(row.seen.get(f"b{b}", {}), said.get(b, {})) for b in pair}
        changed = {b: words for b, words in changed.items() if words}
        if changed:
            over.append(row.id)
            items.append(review(run_id, *_doubt(row, changed, said, speaks), known_at))
    if over:
        _end(conn, over, known_at)
        conn.execute(sa.insert(m.ReviewItem), items)
    return len(items)


_Words = dict[str, set[str]]


def _said(conn: Connection, bodies: Collection[int]) -> tuple[dict[int, _Words], dict[int, int]]:
    """What is said of each body now, and the first record that speaks of it."""
    said: dict[int, _Words] = {}
    speaks: dict[int, int] = {}
    for row in conn.execute(sa.text(_SAID), {"ids": sorted(bodies)}):
        said.setdefault(row.body_id, {}).setdefault(row.what, set()).add(row.value)
        speaks.setdefault(row.body_id, row.record_id)
    return said, speaks


def _changed(seen: Mapping[str, list[str]], now: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """ "new names": …, "names gone": …; nothing where all is as it was seen."""
    found = {}
    for what in ("names", "identifiers"):
        before, after = set(seen.get(what, ())), now.get(what, set())
        found[f"new {what}"] = sorted(after - before)
        found[f"{what} gone"] = sorted(before - after)
    return {words: values for words, values in found.items() if values}


def _doubt(
    row: Any,
    changed: Mapping[int, dict[str, list[str]]],
    said: Mapping[int, _Words],
    speaks: Mapping[int, int],
) -> tuple[int, Doubt]:
    """Asked of the side that changed, against the other."""
    mine = min(changed)
    other = row.two_id if mine == row.one_id else row.one_id
    told = {f"b{body}": words for body, words in changed.items()}
    doubt = Doubt(
        other,
        MatchReason.APART,
        {
            "names": sorted(said[mine].get("names", ())),
            "their_names": sorted(said[other].get("names", ())),
            "identifiers": sorted(said[mine].get("identifiers", ())),
            "changed": told,
            "kept_apart_because": row.because,
        },
    )
    return speaks[mine], doubt


def _end(conn: Connection, ids: Collection[int], known_at: datetime) -> None:
    apart = m.BodyApart
    conn.execute(
        sa.update(apart)
        .where(apart.id.in_(ids))
        .values(known=sa.func.tstzrange(sa.func.lower(apart.known), known_at))
    )
