"""Numbers that stand with another holder than last time: a shifted column, or one number reused.

A list that prints the numbers of its bodies against other bodies' names (a sort that moved one
column, two rows exchanged) is well-formed in every row and wrong in all of them. The number of one
known body under the name of another is never published unasked (BRIEF, "Fraud": a genuine number
on another company's certificate; rule 10: a reused number is a new record).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.engine import Connection

from services import models as m
from services.kit import Draft, Reading
from services.names import core, fold, number_key
from services.sync.match import ALIKE
from services.sync.spool import spooled

Number = tuple[str, str]  # issuer and number key

# names that changed altogether: a group that takes over three bodies renames them on one day, a
# column that slipped renames nearly all
_MOST_RENAMED = 0.05
_FEWEST_RENAMED = 5
_LEAST_WITHIN = 4  # letters: shorter ones stand within too many names by chance


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that stood with ``before`` and stands with ``now``, a name quite unlike it."""

    number: str
    before: str
    now: str
    known: bool  # the list gave that name another number last time


@dataclass(frozen=True, slots=True)
class Holder:
    """A body as one record names it: first name, all names folded and bare, its identifiers."""

    name: str
    folded: frozenset[str]
    cores: frozenset[str]
    identifiers: frozenset[tuple[str, str]]


def moved_numbers(conn: Connection, list_id: int, drafts: Iterable[Draft]) -> list[Moved]:
    """Numbers of this list whose holder bears another name than in its last good version."""
    held = _held(conn, list_id)
    if not held:
        return []
    named: dict[str, set[Number]] = defaultdict(set)
    for number, holders in held.items():
        for holder in holders:
            for folded in holder.folded:
                named[folded].add(number)
    return list(_moves(drafts, held, named))


def moved_in(conn: Connection, list_id: int, reading: Reading) -> list[Moved]:
    """The same of a whole reading. A record that says what it said moved no number: where all of
    them do, one query tells."""
    told, sighted = spooled(reading), _sighted(conn, list_id)
    altered = [head for head in told.heads if sighted.get(head.key) != head.content]
    return moved_numbers(conn, list_id, map(told.core, altered)) if altered else []


def _sighted(conn: Connection, list_id: int) -> dict[str, bytes]:
    """Key → the content that its record has in the list's standing version."""
    rows = conn.execute(
        sa.select(m.RecordKey.key, m.Sighting.content_hash)
        .join(m.Sighting, m.Sighting.record_id == m.RecordKey.record_id)
        .where(m.RecordKey.list_id == list_id, m.Sighting.end_run_id.is_(None))
    )
    return {row.key: row.content_hash for row in rows}


def _moves(
    drafts: Iterable[Draft],
    held: Mapping[Number, Sequence[Holder]],
    named: Mapping[str, set[Number]],
) -> Iterable[Moved]:
    told: set[Number] = set()
    for draft in drafts:
        now = of_draft(draft)
        if not now.folded:
            continue
        for acc in draft.accreditations:
            number = (acc.issuer, number_key(acc.number, acc.issuer))
            before = held.get(number, ())
            if not before or number in told or any(same_holder(one, now) for one in before):
                continue
            told.add(number)
            known = any(named.get(folded, set()) - {number} for folded in now.folded)
            yield Moved(f"{acc.issuer} {acc.number}", before[0].name, now.name, known)


def doubts(moved: Sequence[Moved], rows: int) -> list[str]:
    """Why a list with such moves is not published unasked, in words; empty where it may be."""
    said: list[str] = []
    swapped = [one for one in moved if one.known]
    if swapped:
        said.append(
            f"{len(swapped)} accreditation numbers stand with the name of another body of this"
            f" list, for example {_told(swapped[0])}."
        )
    renamed = len(moved) - len(swapped)
    if renamed >= _FEWEST_RENAMED and renamed > rows * _MOST_RENAMED:
        other = next(one for one in moved if not one.known)
        said.append(
            f"{renamed} accreditation numbers stand with quite another name than last time,"
            f" for example {_told(other)}."
        )
    return said


def _told(one: Moved) -> str:
    return f"{one.number}: “{one.now}”, before “{one.before}”"


def same_holder(one: Holder, other: Holder) -> bool:
    """Names in common or alike, one within the other, or one identifier in common."""
    if one.folded & other.folded or one.cores & other.cores or one.identifiers & other.identifiers:
        return True
    return any(_alike(a, b) for a in one.cores for b in other.cores)


def _alike(one: str, other: str) -> bool:
    """One within the other ("heron", "heron testing"), or a corrected spelling."""
    short, long = sorted((one, other), key=len)
    return (len(short) >= _LEAST_WITHIN and short in long) or fuzz.ratio(one, other) >= ALIKE


def of_draft(draft: Draft) -> Holder:
    """Whom a draft names."""
    texts = [name.text for name in draft.names]
    identifiers = frozenset((one.namespace, one.value) for one in draft.identifiers)
    return _holder(texts, [fold(text) for text in texts], map(core, texts), identifiers)


def _holder(
    texts: Sequence[str],
    folded: Iterable[str],
    cores: Iterable[str],
    identifiers: frozenset[tuple[str, str]],
) -> Holder:
    return Holder(
        texts[0] if texts else "",
        frozenset(folded) - {""},
        frozenset(cores) - {""},
        identifiers,
    )


def _held(conn: Connection, list_id: int) -> dict[Number, list[Holder]]:
    """Issuer and number → the holders that the list's standing version gives it: two queries."""
    statement, name = m.AccreditationStatement, m.Name
    numbers = (
        sa.select(statement.record_id, statement.issuer, m.Accreditation.number_key.label("number"))
        .join(m.Record, m.Record.id == statement.record_id)
        .join(
            m.AccreditationLink,
            sa.and_(
                m.AccreditationLink.record_id == statement.record_id,
                m.AccreditationLink.key == statement.key,
                sa.func.upper_inf(m.AccreditationLink.known),
            ),
        )
        .join(m.Accreditation, m.Accreditation.id == m.AccreditationLink.accreditation_id)
        .where(
            m.Record.list_id == list_id,
            sa.func.upper_inf(statement.known),
            m.Accreditation.number_key != "",
        )
        .distinct()
        .subquery()
    )
    rows = conn.execute(
        sa.select(
            numbers.c.issuer,
            numbers.c.number,
            numbers.c.record_id,
            sa.func.array_agg(name.text).label("texts"),
            sa.func.array_agg(name.folded).label("folded"),
            sa.func.array_agg(name.core).label("cores"),
            _identified(numbers.c.record_id).label("identified"),
        )
        .join(name, name.record_id == numbers.c.record_id)
        .where(sa.func.upper_inf(name.known))
        .group_by(numbers.c.issuer, numbers.c.number, numbers.c.record_id)
    )
    held: dict[Number, list[Holder]] = defaultdict(list)
    for row in rows:
        held[row.issuer, row.number].append(_told_by(row))
    return held


def holders_of(conn: Connection, record_ids: Sequence[int]) -> dict[int, Holder]:
    """Record → whom it names as the directory holds it now."""
    name = m.Name
    rows = conn.execute(
        sa.select(
            name.record_id,
            sa.func.array_agg(name.text).label("texts"),
            sa.func.array_agg(name.folded).label("folded"),
            sa.func.array_agg(name.core).label("cores"),
            _identified(name.record_id).label("identified"),
        )
        .where(
            name.record_id == sa.func.any(sa.literal(list(record_ids), sa.ARRAY(sa.BigInteger))),
            sa.func.upper_inf(name.known),
        )
        .group_by(name.record_id)
    )
    return {row.record_id: _told_by(row) for row in rows}


def _identified(record_id: sa.SQLColumnExpression[int]) -> sa.ScalarSelect[Any]:
    identifier = m.Identifier
    return (
        sa.select(sa.func.array_agg(identifier.namespace + sa.literal("\x1f") + identifier.value))
        .where(identifier.record_id == record_id, sa.func.upper_inf(identifier.known))
        .scalar_subquery()
    )


def _told_by(row: Any) -> Holder:
    pairs = (one.partition("\x1f") for one in row.identified or ())
    identifiers = frozenset((space, value) for space, _, value in pairs)
    return _holder(row.texts, row.folded, row.cores, identifiers)
