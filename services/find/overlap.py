"""Whose schedules hold the same lines: several bodies' scopes laid over one another.

A line is an object, a parameter and a method by their terms in the dictionary, so that two lines
are the same where their publishers' words are; where they are not, the standards that methods name
still meet. Everything is counted in the database: a large schedule has 30,000 lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.compare_views import LineCompared, LineHeld, LinesCounted, StandardCompared
from services.find.proof import Proofs
from services.find.scope import COLUMNS, JOINED, line_key, line_status, where_of
from services.find.views import StatusView
from services.store.facts import BodyHeld, Held
from services.store.merge import AccreditationHeld, Said
from services.terms import AccreditationKind, Verdict
from services.validity import Standing

MOST_STANDARDS = 60
_GOOD = (Verdict.VALID, Verdict.VALID_FLEXIBLE_UNCONFIRMED)

# l.valid: what the schedule says of the day asked. ``lines`` holds each line once.
_WANTED = """
    select * from unnest(cast(:records as bigint[]), cast(:keys as text[]),
        cast(:accs as bigint[]), cast(:bodies as bigint[]), cast(:stands as boolean[]))
        as w(record_id, key, accreditation_id, body_id, stands)
"""
_HITS = f"""
    with w as ({_WANTED}), hits as materialized (
        select l.id, l.object_id, l.parameter_id, l.method_id, w.body_id, w.accreditation_id,
            w.stands, m.standards
        from w {JOINED}
        where l.valid @> cast(:on as date) and $where
    ), lines as materialized (
        select object_id, parameter_id, method_id, count(distinct body_id) as held,
            count(distinct body_id) filter (where stands) as standing,
            array_agg(distinct body_id) as bodies, array_agg(id) as ids
        from hits group by object_id, parameter_id, method_id
    )
"""
_ONLY = """
    (coalesce(l.object_id, 0), coalesce(l.parameter_id, 0), coalesce(l.method_id, 0)) in (
        select * from unnest(cast(:only_0 as bigint[]), cast(:only_1 as bigint[]),
            cast(:only_2 as bigint[])))
"""
_PAGE = (
    _HITS
    + """
    select lines.*, coalesce(o.text, '') as object, coalesce(o.also, '') as object_also,
        coalesce(p.text, '') as parameter, coalesce(p.also, '') as parameter_also,
        coalesce(m.text, '') as method, coalesce(m.standards, '{}') as standards
    from lines
    left join term o on o.id = object_id
    left join term p on p.id = parameter_id
    left join term m on m.id = method_id
    order by standing = :of, m.text, o.text, p.text, object_id, parameter_id, method_id
    limit :limit offset :offset
"""
)
_COUNTS = (
    _HITS
    + """
    , named as (
        select standard, body_id, count(distinct (object_id, parameter_id, method_id)) as n
        from hits, unnest(standards) as s(standard) group by standard, body_id
    ), standards as (
        select standard, count(*) as held, sum(n)::bigint as n,
            jsonb_object_agg(body_id, n) as by_body
        from named group by standard
    )
    select 'total' as what, '' as name, count(*) as n, count(*) filter (where held = :of) as m,
        null::jsonb as by_body from lines
    union all
    select 'body', body_id::text, count(*), count(*) filter (where held = 1), null
        from lines, unnest(bodies) as b(body_id) group by body_id
    union all
    select 'accreditation', accreditation_id::text,
        count(distinct (object_id, parameter_id, method_id)), 0, null
        from hits group by accreditation_id
    union all
    select 'standards', '', count(*), 0, null from standards
    union all
    (select 'standard', standard, held, n, by_body from standards
        order by held = :of, n desc, standard limit :most_standards)
"""
)


@dataclass(frozen=True, slots=True)
class Overlap:
    """``lines`` and ``only`` by body, ``matched`` by accreditation; ``more``: a page follows."""

    counts: LinesCounted
    lines: dict[int, int]
    only: dict[int, int]
    matched: dict[int, int]
    standards: tuple[StandardCompared, ...]
    page: tuple[LineCompared, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: those that hold any token of each unit; where ``only`` is given, of those alone
    that it names (ids as LineCompared has them). ``standing``: how each accreditation stands on the
    day, by id."""

    bodies: Sequence[BodyHeld]
    units: Sequence[Sequence[str]]
    standing: dict[int, str]
    limit: int
    offset: int = 0
    only: Sequence[str] | None = None


def overlap(conn: Connection, held: Held, asked: Asked) -> Overlap:
    """Three queries and one for evidence, however many lines and bodies."""
    where, values = where_of(asked.units)
    if asked.only is not None:
        where += f" and {_ONLY}"
        named = [tuple(map(int, id_.split("-"))) for id_ in asked.only]
        values |= {f"only_{n}": [one[n] for one in named] for n in range(3)}
    values |= _keys(asked) | {"known_at": held.known_at, "on": held.on, "of": len(asked.bodies)}
    paged = values | {"limit": asked.limit + 1, "offset": asked.offset}
    rows = conn.execute(sa.text(_PAGE.replace("$where", where)), paged).all()
    counted = conn.execute(
        sa.text(_COUNTS.replace("$where", where)), values | {"most_standards": MOST_STANDARDS}
    ).all()
    by: dict[str, list[Any]] = {}
    for row in counted:
        by.setdefault(row.what, []).append(row)
    (total,), (standards,) = by["total"], by["standards"]
    return Overlap(
        counts=LinesCounted(total=total.n, in_all=total.m, standards=standards.n),
        lines={int(row.name): row.n for row in by.get("body", ())},
        only={int(row.name): row.m for row in by.get("body", ())},
        matched={int(row.name): row.n for row in by.get("accreditation", ())},
        standards=tuple(
            StandardCompared(
                standard=row.name,
                lines=tuple(row.by_body.get(str(body.id), 0) for body in asked.bodies),
            )
            for row in by.get("standard", ())
        ),
        page=_lines(conn, held, asked, rows[: asked.limit]),
        more=len(rows) > asked.limit,
    )


def _keys(asked: Asked) -> dict[str, Any]:
    keys = [
        (*key, acc.id, body.id, asked.standing[acc.id] in (Standing.STANDS, Standing.PARTLY))
        for body in asked.bodies
        for acc in body.accreditations
        for key in acc.line_keys
    ]
    names = ("records", "keys", "accs", "bodies", "stands")
    return {name: [key[n] for key in keys] for n, name in enumerate(names)}


def unheld(body: BodyHeld, standing: dict[int, str]) -> tuple[str, ...]:
    """The accreditations and permissions whose schedule is not held: what is missing from the
    body's lines may stand there. Those that have ended say nothing any more, and a designation is
    for a task, not for lines."""
    return tuple(
        acc.label
        for acc in body.accreditations
        if not acc.schedule_held
        and acc.kind is not AccreditationKind.DESIGNATION
        and standing[acc.id] != Standing.ENDED
    )


# --- the lines of a page -------------------------------------------------------------------------

_THESE = f"""
    with w as ({_WANTED})
    {COLUMNS}, l.object_id, l.parameter_id, l.method_id, w.body_id
    from w {JOINED}
    where l.id = any(cast(:ids as bigint[]))
    order by w.accreditation_id, char_length(l.key), l.key, l.id
"""


def _lines(
    conn: Connection, held: Held, asked: Asked, rows: Sequence[Any]
) -> tuple[LineCompared, ...]:
    if not rows:
        return ()
    values = _keys(asked) | {"known_at": held.known_at, "ids": [i for row in rows for i in row.ids]}
    accs = {acc.id: acc for body in asked.bodies for acc in body.accreditations}
    judged: dict[tuple[Any, ...], StatusView] = {}
    held_by: dict[tuple[Any, ...], list[tuple[Said, AccreditationHeld, StatusView]]] = {}
    for row in conn.execute(sa.text(_THESE), values):
        acc = accs[row.accreditation_id]
        said = Said(held.records[row.record_id], "scope_line", row)
        found = said, acc, line_status(acc, row, held, judged)
        held_by.setdefault((*_triple(row), row.body_id), []).append(found)
    best = {key: min(found, key=_worth) for key, found in held_by.items()}
    proofs = Proofs(conn, [said for said, _, _ in best.values()])
    missing = {body.id: unheld(body, asked.standing) for body in asked.bodies}
    lines = []
    for row in rows:
        cells = tuple(
            _cell(body, held_by.get((*_triple(row), body.id), ()), missing[body.id], proofs)
            for body in asked.bodies
        )
        lines.append(
            LineCompared(
                id="-".join(str(term or 0) for term in _triple(row)),
                object=row.object,
                object_also=row.object_also,
                parameter=row.parameter,
                parameter_also=row.parameter_also,
                method=row.method,
                standards=tuple(row.standards),
                differs=len({(cell.state, cell.verdict) for cell in cells}) > 1,
                held=cells,
            )
        )
    return tuple(lines)


def _triple(row: Any) -> tuple[int | None, int | None, int | None]:
    return row.object_id, row.parameter_id, row.method_id


def _worth(found: tuple[Said, AccreditationHeld, StatusView]) -> tuple[int, int, str]:
    """The best of several lines of the same terms: one that stands, then one without limits."""
    said, acc, status = found
    verdict = _GOOD.index(status.verdict) if status.verdict in _GOOD else len(_GOOD)
    return verdict, bool(said.row.limitation), f"{acc.id:012}{said.row.id:015}"


def _cell(
    body: BodyHeld,
    found: Sequence[tuple[Said, AccreditationHeld, StatusView]],
    missing: tuple[str, ...],
    proofs: Proofs,
) -> LineHeld:
    if not found:
        some = any(acc.schedule_held for acc in body.accreditations)
        state = "absent" if some and not missing else "unknown"
        return LineHeld(body=f"b{body.id}", state=state, labels=missing)
    said, acc, status = min(found, key=_worth)
    return LineHeld(
        body=f"b{body.id}",
        state="held",
        verdict=status.verdict,
        accreditation=f"a{acc.id}",
        label=acc.label,
        key=line_key(said.row),
        limitation=said.row.limitation,
        flexible=said.row.flexible,
        sites=tuple(said.row.sites),
        count=len(found),
        evidence=proofs.of(said),
    )


__all__ = ["Asked", "Overlap", "overlap", "unheld"]
