"""The scope lines that answer a question, for the cards of one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.held import Terms, held, terms_of
from services.find.question import Asked
from services.find.scope import line_key
from services.find.views import MatchedLine

PER_BODY = 3
DRESSED = 2 * PER_BODY  # of some the accreditation may not be held any more
LOOKED_AT = 200  # lines of a body and kind
LOOKED_AT_GIANT = 8  # of a body where many more are known to hold it


@dataclass(frozen=True, slots=True)
class LineTerms:
    """The terms that hold each unit asked for; None: too many. ``exact``: for units that other
    standards may answer too, the terms that hold the unit itself, and those that its name states.
    """

    every: Sequence[Terms | None]
    exact: dict[int, tuple[Terms | None, Terms | None]]


def line_terms(conn: Connection, asked: Asked) -> LineTerms:
    """In one query."""
    units = asked.lines_units
    beside = [n for n, unit in enumerate(units) if unit.beside]
    lists = [unit.every for unit in units]
    for n in beside:
        lists += [list(units[n].direct), units[n].stated]
    found = terms_of(conn, lists)
    rest = found[len(units) :]
    exact = {n: (rest[2 * at], rest[2 * at + 1]) for at, n in enumerate(beside)}
    return LineTerms(found[: len(units)], exact)


# Lines are put in order by themselves, and only the best are dressed with what they name: a body
# may have thousands that hold a common word. So some of each kind are looked at: that hold any
# word, and of a better kind where the body is known to have it, for else all lines are walked.
_LINES = """
    with ordered as (
        select few.body_id, l.*, row_number() over (partition by few.body_id
            order by {held} desc, {itself} desc, char_length(l.key), l.key) as place
        from unnest(cast(:bodies as bigint[]), cast(:whole as bool[]), cast(:words as int[]),
            cast(:direct as bool[]), cast(:stated as bool[]), cast(:looked_at as bigint[]))
            as few(body_id, whole, words, direct, stated, looked_at)
        {lines}
    ), best as materialized (
        select * from ordered where place <= :dressed limit :most
    ), dressed as (
        select l.body_id, al.accreditation_id, a.issuer, a.number, s.field,
            l.key, l.accreditation,
            coalesce(o.text, '') as object, coalesce(o.also, '') as object_also,
            coalesce(p.text, '') as parameter, coalesce(p.also, '') as parameter_also,
            coalesce(m.text, '') as method,
            row_number() over (partition by l.body_id order by l.place) as place
        from best l
        join accreditation_link al on al.record_id = l.record_id and al.key = l.accreditation
            and al.known @> cast(:lines_at as timestamptz)
        join accreditation a on a.id = al.accreditation_id
        left join lateral (
            select field from accreditation_statement t
            where t.record_id = l.record_id and t.key = l.accreditation order by t.id desc limit 1
        ) s on true
        left join term o on o.id = l.object_id
        left join term p on p.id = l.parameter_id
        left join term m on m.id = l.method_id
    )
    select * from dressed where place <= :per_body order by body_id, place
"""


_KIND = """
    (select l.record_id, l.key, l.accreditation, l.object_id, l.parameter_id, l.method_id
    from body_link bl
    join scope_line l on l.record_id = bl.record_id and l.known @> cast(:lines_at as timestamptz)
    where bl.body_id = few.body_id and bl.known @> cast(:lines_at as timestamptz)
        and {of} and ({lines})
    limit few.looked_at)
"""
_WALKED = "cross join lateral ({kinds}) as l"
_KNOWN = """
    join unnest(cast(:bodies_known as bigint[]), cast(:lines_known as bigint[]))
        as told(body_id, line_id) on told.body_id = few.body_id
    join scope_line l on l.id = told.line_id
"""


class Hit(NamedTuple):
    """A body whose lines are quoted. ``whole``: a line of it holds all that is asked, or, where any
    word will do, as many as ``words``; ``direct``, ``stated``: it was found by what was asked for
    itself, or by what that states; ``looked_at``: how many lines of a kind are, where it has more;
    ``lines``: ids of the lines to quote, where they are known."""

    body_id: int
    whole: bool
    direct: bool
    stated: bool
    looked_at: int
    words: int = 0
    lines: Sequence[int] = ()


def _sum(conditions: Sequence[str]) -> str:
    return " + ".join(f"{one}::int" for one in conditions)


def matched_lines(
    conn: Connection, terms: LineTerms, hits: Sequence[Hit], known_at: datetime
) -> dict[int, tuple[MatchedLine, ...]]:
    """Up to three lines a body, those that hold the most of what is asked first, and of those the
    ones that hold it itself: one query for each way to their lines."""
    found: dict[int, tuple[MatchedLine, ...]] = {}
    if any(terms.every):
        for known in (True, False):
            if same := [one for one in hits if bool(one.lines) is known]:
                found |= _quoted(conn, terms, same, known_at)
    return found


def _quoted(
    conn: Connection, terms: LineTerms, hits: Sequence[Hit], known_at: datetime
) -> dict[int, tuple[MatchedLine, ...]]:
    """Of bodies whose lines are found in the same way."""
    values: dict[str, Any] = {
        "bodies": [one.body_id for one in hits],
        "whole": [one.whole for one in hits],
        "words": [one.words for one in hits],
        "direct": [one.direct for one in hits],
        "stated": [one.stated for one in hits],
        "looked_at": [one.looked_at for one in hits],
        "lines_at": known_at,
        "per_body": PER_BODY,
        "dressed": DRESSED,
        "most": DRESSED * len(hits),  # tells the planner that they are few
    }
    if known := [(one.body_id, line) for one in hits for line in one.lines]:
        values |= {
            "bodies_known": [body_id for body_id, _ in known],
            "lines_known": [line for _, line in known],
        }
    asked = [held(f"ids{n}_", one, values, walked=True) for n, one in enumerate(terms.every) if one]
    kinds = [_KIND.format(of="true", lines=" or ".join(asked))]
    if len(asked) > 1:
        some = any(one.words for one in hits)  # any word will do
        best = f"{_sum(asked)} >= few.words" if some else " and ".join(asked)
        kinds.append(_KIND.format(of="few.whole", lines=best))
    itself = []
    for n, exact in terms.exact.items():
        for step, one in zip(("direct", "stated"), exact, strict=True):
            if one:
                itself.append(held(f"{step}{n}_", one, values, walked=True))
                kinds.append(_KIND.format(of=f"few.{step}", lines=itself[-1]))
    statement = _LINES.format(
        held=_sum(asked) if len(asked) > 1 else "0",  # each line holds the only one
        itself=_sum(itself) if itself else "0",
        lines=_KNOWN if known else _WALKED.format(kinds=" union ".join(kinds)),
    )
    found: dict[int, list[MatchedLine]] = {}
    for row in conn.execute(sa.text(statement), values).all():
        found.setdefault(row.body_id, []).append(
            MatchedLine(
                accreditation=f"a{row.accreditation_id}",
                label=f"{row.issuer} {row.number or row.field or ''}".strip(),
                key=line_key(row),
                object=row.object,
                object_also=row.object_also,
                parameter=row.parameter,
                parameter_also=row.parameter_also,
                method=row.method,
            )
        )
    return {body_id: tuple(lines) for body_id, lines in found.items()}
