"""Scope lines of one body: searched, counted and paged over the dictionary of terms."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.engine import Connection

from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.accreditations import status_view
from services.find.parts import last_day
from services.find.proof import Proofs
from services.find.views import Family, LineView, Scope, StatusView
from services.standards import read
from services.store.facts import BodyHeld, Held
from services.store.merge import AccreditationHeld, Said
from services.store.merged import joined_at
from services.store.tokens import asked_key, query_tokens, tsquery
from services.validity import Activity, Line, Question, decide

MOST_LINES = 200  # a page


class _Place(msgspec.Struct, frozen=True):
    """After which line the next page begins: accreditation, length of key, key, row."""

    after: tuple[int, int, str, int]


def units_of(q: str, standard: str) -> list[list[str]]:
    """What every line must hold: any token of each unit. Raises BadQuestion for a ``standard`` that
    cannot be read as one."""
    units = query_tokens(q)
    if standard:
        named = read(standard)
        if named is None:
            raise BadQuestion(
                f'standard: "{standard}" is not read as a designation.',
                'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018"; words go to q.',
            )
        units.append([f"§{asked_key(named)}"])
    return units


def line_key(row: Any) -> str:
    """The record's own key of a line: events and people name it without the accreditation's."""
    return str(row.key).removeprefix(f"{row.accreditation}|")


# A schedule's lines with their words; ``w`` names the accreditations, as their records call them.
JOINED = """
    join scope_line l on l.record_id = w.record_id and l.accreditation = w.key
        and l.known @> cast(:known_at as timestamptz)
    left join term o on o.id = l.object_id
    left join term p on p.id = l.parameter_id
    left join term m on m.id = l.method_id
"""
_LINES = (
    """
    from unnest(cast(:records as bigint[]), cast(:keys as text[]), cast(:accs as bigint[]))
        as w(record_id, key, accreditation_id)
"""
    + JOINED
)
# By key as people count: "2" stands before "10".
_ORDER = "w.accreditation_id, char_length(l.key), l.key, l.id"
COLUMNS = """
    select l.id, l.record_id, l.run_id, l.end_run_id, l.key, l.raw, l.valid, l.known,
        l.accreditation, l.lo, l.hi, l.unit, l.cmc, l.limitation, l.flexible, l.sites,
        coalesce(o.text, '') as object, coalesce(o.also, '') as object_also,
        coalesce(p.text, '') as parameter, coalesce(p.also, '') as parameter_also,
        coalesce(m.text, '') as method, coalesce(m.standards, '{}') as standards,
        w.accreditation_id
"""
# One scan counts what matches and, of that, the standards' families: the name before the number
# ("GB 4943.1" → "GB", "ASTM D1298" → "ASTM").
_COUNTS = (
    """
    select family, count(distinct hits.id) as n
    from (select l.id, coalesce(m.standards, '{}') as standards"""
    + _LINES
    + """ where $where) as hits
    left join lateral (
        select distinct regexp_replace(named, '[ -]([A-Z] ?)?[0-9].*$', '') as family
        from unnest(hits.standards) as s(named)
    ) as families on true
    group by grouping sets ((), (family))
    having grouping(family) = 1 or family is not null
    order by grouping(family) desc, n desc, family
"""
)


def scope_page(
    conn: Connection,
    held: Held,
    body: BodyHeld,
    *,
    q: str = "",
    standard: str = "",
    accreditation: str = "",
    cursor: str = "",
    limit: int = 50,
    proofs: Proofs | None = None,
) -> tuple[Scope, str | None]:
    """A page of lines in the order of their keys, and the cursor of the next: three queries, four
    where it is asked for an accreditation that is not the body's. ``proofs``: what was read of runs
    already; where these are the lines' own too, two queries."""
    cursors.check_limit(limit, MOST_LINES)
    after = cursors.read(cursor, _Place).after if cursor else (0, 0, "", 0)
    wanted = body.accreditations
    if accreditation:
        chosen = cursors.number(accreditation, "a", "an accreditation")
        if all(acc.id != chosen for acc in wanted):  # it may have become one of these
            chosen = joined_at(conn, [chosen], held.known_at).get(chosen, chosen)
        wanted = [acc for acc in wanted if acc.id == chosen]
    of = sum(acc.line_count for acc in body.accreditations)
    if not any(acc.line_keys for acc in wanted):
        return Scope(lines=(), total=0, of=of, families=()), None
    where, values = where_of(units_of(q, standard))
    values |= _keys(wanted) | {"known_at": held.known_at, "limit": limit + 1}
    values |= {f"after{n}": value for n, value in enumerate(after)}
    page = conn.execute(
        sa.text(
            f"{COLUMNS} {_LINES} where {where} and ({_ORDER})"
            f" > (:after0, :after1, :after2, :after3) order by {_ORDER} limit :limit"
        ),
        values,
    ).all()
    counts = conn.execute(sa.text(_COUNTS.replace("$where", where)), values).all()
    says = [Said(held.records[row.record_id], "scope_line", row) for row in page[:limit]]
    proofs = proofs or Proofs(conn, ())
    proofs.read(conn, says)
    lines = _views(held, {acc.id: acc for acc in wanted}, says, proofs)
    families = tuple(Family(family=row.family, count=row.n) for row in counts[1:])
    following = None
    if len(page) > limit:
        last = page[limit - 1]
        following = cursors.write(_Place((last.accreditation_id, len(last.key), last.key, last.id)))
    return Scope(lines=lines, total=counts[0].n, of=of, families=families), following


def each_line(
    conn: Connection, held: Held, accreditations: Sequence[AccreditationHeld]
) -> Iterator[tuple[Any, StatusView]]:
    """Every line of these accreditations' schedules, by accreditation and in the order of their
    keys, with the decision on it. One query, whose rows are streamed: a large schedule has 30,000
    lines."""
    accs = {acc.id: acc for acc in accreditations if acc.line_keys}
    if not accs:
        return
    judged: dict[tuple[Any, ...], StatusView] = {}
    every = sa.text(f"{COLUMNS} {_LINES} order by {_ORDER}").execution_options(yield_per=1000)
    for row in conn.execute(every, _keys(accs.values()) | {"known_at": held.known_at}):
        yield row, line_status(accs[row.accreditation_id], row, held, judged)


def _keys(accreditations: Iterable[AccreditationHeld]) -> dict[str, Any]:
    keys = [(*key, acc.id) for acc in accreditations for key in acc.line_keys]
    return {
        "records": [key[0] for key in keys],
        "keys": [key[1] for key in keys],
        "accs": [key[2] for key in keys],
    }


def where_of(units: Sequence[Sequence[str]]) -> tuple[str, dict[str, Any]]:
    """Each unit stands in the object, the parameter or the method of the line."""
    parts, values = ["true"], dict[str, Any]()
    for n, unit in enumerate(units):
        asked = f"cast(:unit{n} as tsquery)"
        parts.append(f"(o.tokens @@ {asked} or p.tokens @@ {asked} or m.tokens @@ {asked})")
        values[f"unit{n}"] = tsquery([unit])
    return " and ".join(parts), values


def _views(
    held: Held, accs: dict[int, AccreditationHeld], says: Iterable[Said], proofs: Proofs
) -> tuple[LineView, ...]:
    judged: dict[tuple[Any, ...], StatusView] = {}
    views = []
    for said in says:
        row, acc = said.row, accs[said.row.accreditation_id]
        views.append(
            LineView(
                accreditation=f"a{acc.id}",
                label=acc.label,
                key=line_key(row),
                object=row.object,
                object_also=row.object_also,
                parameter=row.parameter,
                parameter_also=row.parameter_also,
                method=row.method,
                standards=tuple(row.standards),
                lo=row.lo,
                hi=row.hi,
                unit=row.unit,
                cmc=row.cmc,
                limitation=row.limitation,
                flexible=row.flexible,
                sites=tuple(row.sites),
                valid_from=row.valid.lower,
                valid_to=last_day(row.valid.upper),
                status=line_status(acc, row, held, judged),
                evidence=proofs.of(said),
            )
        )
    return tuple(views)


def line_status(
    acc: AccreditationHeld, row: Any, held: Held, judged: dict[tuple[Any, ...], StatusView]
) -> StatusView:
    """The decision for this line. Lines that no event tells apart share one."""
    line = Line(
        id=line_key(row),
        flexible=row.flexible,
        sites=frozenset(row.sites),
        valid_from=row.valid.lower,
        valid_to=last_day(row.valid.upper),
    )
    named = line.id if any(line.id in event.lines for event in acc.facts.events) else ""
    placed = line.sites if any(event.sites for event in acc.facts.events) else ()
    alike = (acc.id, line.flexible, line.valid_from, line.valid_to, named, placed)
    if alike not in judged:
        facts = replace(acc.facts, lines=(line,))
        known_on: date = held.known_at.date()
        asked = Question(Activity(), None, held.on, known_on)
        judged[alike] = status_view(decide(facts, asked))
    return judged[alike]
