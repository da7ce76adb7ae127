"""The search documents: one row a body and version, rebuilt from the statements at any time.

A version stands from one log position until another, so that a search goes on over the state in
which it began. A new version is written only where it differs: an unchanged body costs one look.
What search of today reads is made of the open versions, in the same transaction: see ``entries``.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Connection

from services.models import (
    AccreditationStatement,
    BodyLink,
    Document,
    Entry,
    Record,
    Sighting,
    SourceList,
)
from services.names import number_key
from services.store import entries
from services.store.called import KIND_WORDS, country_names
from services.store.card import card_of, decisions_of, levels_of, place_of
from services.store.facts import BodyHeld, load, of_ids
from services.store.tokens import LEAST, index_tokens, levels, number_tokens, plain, tsvector
from services.terms import Listed
from services.validity import Standing, next_turn, standing

CHUNK = 100  # bodies at a time: bounds the memory that their scopes take
# A tsvector holds 1 MB of words (PostgreSQL, "Text search limitations"); lengths and places in it
# take some of that, so the scope's rarest words give way before.
MOST_BYTES = 700_000
# Prefixes of tokens that say where a word stood, for ranking: in a name, in anything but a line.
IN_NAME = "="
IN_BODY = "~"


@dataclass(slots=True)
class _Words:
    """Tokens of one body by where they stood; ``scope``: token → lines that hold it, counted twice
    where two terms of a line do."""

    names: set[str] = field(default_factory=set)
    body: set[str] = field(default_factory=set)
    scope: dict[str, int] = field(default_factory=dict)

    def all(self) -> set[str]:
        """Every token, of the scope the most frequent ones within what one row can hold."""
        found = self.names | self.body
        found.update(IN_NAME + token for token in self.names)
        found.update(IN_BODY + token for token in self.body)
        if 4 * (sum(map(len, found)) + sum(map(len, self.scope))) < MOST_BYTES // 8:
            found.update(self.scope)  # as nearly always
            for token, lines in self.scope.items():
                if lines >= LEAST:
                    found.update(levels(token, lines))
            return found
        left = MOST_BYTES - sum(len(token.encode()) for token in found)
        for token, lines in sorted(self.scope.items(), key=lambda one: (-one[1], one[0])):
            here = [token, *levels(token, lines)]
            left -= sum(len(one.encode()) for one in here)
            if left < 0:
                break
            found.update(here)
        return found


@dataclass(slots=True)
class Scope:
    """What a body's scope lines say: tokens with the number of lines that hold them (a line counts
    for each of its terms), and the families of the standards named ("GB", "EN IEC")."""

    words: dict[str, int] = field(default_factory=dict)
    families: set[str] = field(default_factory=set)


def project(conn: Connection, body_ids: Collection[int], position: int, today: date) -> int:
    """Rebuild the documents of these bodies; returns how many versions were written or ended.

    ``position`` is the log position from which the new state stands. What is open now is what is
    known: the decision is asked for ``today`` with all that the directory holds.
    """
    ids = sorted(set(body_ids))
    written = 0
    for start in range(0, len(ids), CHUNK):
        written += _project_some(conn, ids[start : start + CHUNK], position, today)
    if written:
        entries.settle(conn)
    return written


def due(today: date) -> sa.Select[int]:
    """Ids of bodies to be judged again: those whose day has come.

    Also documents that are not simply in order and whose list was looked at since: an unchanged
    list publishes nothing, but it freshens what had gone stale, and a look that still shows a
    suspension after its published end, or "active" where another register says otherwise, changes
    the answer (BRIEF rules 8 and 13). And those that search of today does not see as they are:
    older code wrote them while it was being replaced.
    """
    document: Any = Document.__table__
    looked = (
        sa.select(_LOOKS)
        .select_from(_LOOKED)
        .where(_looked_at(document.c.body_id))
        .correlate(document)
        .scalar_subquery()
    )
    adverse = (
        sa.select(sa.literal(1))
        .select_from(BodyLink)
        .join(AccreditationStatement, AccreditationStatement.record_id == BodyLink.record_id)
        .where(
            BodyLink.body_id == document.c.body_id,
            sa.func.upper_inf(BodyLink.known),
            sa.func.upper_inf(AccreditationStatement.known),
            AccreditationStatement.listed != Listed.ACTIVE,
        )
        .correlate(document)
    )
    in_order = document.c.standing.contained_by([Standing.STANDS.value])
    return sa.select(document.c.body_id).where(
        document.c.to_position.is_(None),
        sa.or_(
            document.c.turns_on <= today,
            sa.and_(sa.or_(sa.not_(in_order), adverse.exists()), looked != document.c.looks),
            document.c.id.not_in(sa.select(Entry.document_id)),
        ),
    )


# One number for the newest complete looks at the lists of a body's records: another one where any
# of them was read again.
_LOOKS = sa.cast(sa.func.coalesce(sa.func.sum(SourceList.complete_run_id), 0), sa.BigInteger)
_LOOKED = (
    sa.join(
        BodyLink,
        Sighting,
        sa.and_(Sighting.record_id == BodyLink.record_id, Sighting.end_run_id.is_(None)),
    )
    .join(Record, Record.id == BodyLink.record_id)
    .join(SourceList, SourceList.id == Record.list_id)
)


def _looked_at(bodies: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(BodyLink.body_id == bodies, sa.func.upper_inf(BodyLink.known))


def _looks_of(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Body → its number of :data:`_LOOKS`. To be read before the facts: a look that comes between
    is then judged once more, and never missed."""
    among = sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger)))
    rows = conn.execute(
        sa.select(BodyLink.body_id, _LOOKS.label("looks"))
        .select_from(_LOOKED)
        .where(_looked_at(among))
        .group_by(BodyLink.body_id)
    )
    return {row.body_id: row.looks for row in rows}


def _project_some(conn: Connection, ids: Sequence[int], position: int, today: date) -> int:
    looks = _looks_of(conn, ids)
    held = load(conn, ids, on=today, known_at=datetime.combine(today, time.max, UTC))
    shown = [body for body in held.bodies.values() if body.about_bodies and not body.merged_into]
    scopes = _scope_tokens(conn, shown)
    rows = {
        body.id: {
            **_document(body, scopes.get(body.id, Scope()), today),
            "looks": looks.get(body.id, 0),
        }
        for body in shown
    }
    entries.know(conn, _spelt(scopes, rows))
    return _write(conn, ids, rows, position, today)


def _spelt(scopes: dict[int, Scope], rows: dict[int, dict[str, Any]]) -> set[str]:
    """Words of lines and names."""
    found = set().union(*(scope.words for scope in scopes.values()))
    tokens = set().union(*(row["tokens"] for row in rows.values()))
    return found | {one[1:] for one in tokens if one[0] == IN_NAME}


def _document(body: BodyHeld, scope: Scope, today: date) -> dict[str, Any]:
    decisions = decisions_of(body, today, today)
    card = card_of(body, decisions)
    turns = [next_turn(acc.facts, today, today) for acc in body.accreditations]
    sites = {card["country"], *(said.row.country for said in body.sites)} - {""}
    abroad = {said.row.country for said in body.presences} - {""}
    first = card["names"][0]["text"] if card["names"] else ""
    return {
        "body_id": body.id,
        "sort_name": plain(first),
        "country": card["country"],
        "countries": sorted(sites | abroad),
        "site_countries": sorted(sites),
        "modes": sorted({said.row.mode.value for said in body.presences}),
        "families": sorted(scope.families),
        "levels": sorted(levels_of(body)),
        "languages": sorted({word for said in body.presences for word in said.row.languages}),
        "kinds": card["kinds"],
        "issuers": sorted({acc.issuer for acc in body.accreditations}),
        "sources": card["sources"],
        "standing": sorted({standing(decision).value for decision in decisions.values()}),
        "standards": sorted([token[1:] for token in scope.words if token[0] == "§"]),
        "numbers": sorted(_numbers(body)),
        "made": body.made,
        "tokens": _words(body, scope.words).all(),
        "card": card,
        "judged_on": today,
        "turns_on": min((turn for turn in turns if turn), default=None),
    }


def _numbers(body: BodyHeld) -> Iterator[str]:
    """Certificate numbers with and without their issuer, and the body's identifiers."""
    seen: dict[str, None] = {}
    for acc in body.accreditations:
        for number in (acc.number, *(said.row.number for said in acc.said)):
            if number:
                bare = number_key(number, acc.issuer)
                seen |= dict.fromkeys([bare, number_key(number), number_key(acc.issuer) + bare])
    for said in body.identifiers:
        seen[number_key(said.row.value)] = None
        seen[number_key(said.row.namespace) + number_key(said.row.value)] = None
    yield from (number for number in seen if number)


def _words(body: BodyHeld, scope: dict[str, int]) -> _Words:
    words = _Words(scope=scope)
    for said in body.names:
        words.names.update(index_tokens(said.row.text))
    place = place_of(body)
    texts = [place.region, place.city, *(KIND_WORDS.get(kind, "") for kind in place.kinds)]
    countries = {place.country}
    for said in body.sites:
        texts += [said.row.name, said.row.city, said.row.region, said.row.address]
        texts.append(said.row.address_also)
        countries.add(said.row.country)
    for said in body.presences:
        texts += [said.row.city, said.row.partner, said.row.partner_also]
        countries.add(said.row.country)
    for acc in body.accreditations:
        texts += [acc.issuer, acc.field, acc.standard, KIND_WORDS.get(acc.kind, "")]
    for said in body.credentials:
        texts += [said.row.title, said.row.title_also]
    texts += [name for country in countries for name in country_names(country)]
    for text in texts:
        words.body.update(_tokens(text))
    for number in _numbers(body):
        words.body.update(number_tokens(number))
    return words


@lru_cache(maxsize=5_000)
def _tokens(text: str) -> tuple[str, ...]:
    """Of places, kinds, issuers: many bodies have them in common."""
    return tuple(index_tokens(text))


def _scope_tokens(conn: Connection, bodies: Iterable[BodyHeld]) -> dict[int, Scope]:
    """Tokens and families of the terms of all open scope lines, by body.

    Terms are taken apart, each once for all these bodies: a body has few however many lines repeat
    them, and its neighbours have the same.
    """
    wanted = [
        (record_id, key, body.id)
        for body in bodies
        for acc in body.accreditations
        for record_id, key in acc.line_keys
    ]
    if not wanted:
        return {}
    rows = conn.execute(
        _SCOPE_TERMS,
        {
            "records": [one[0] for one in wanted],
            "keys": [one[1] for one in wanted],
            "bodies": [one[2] for one in wanted],
        },
    )
    found: dict[int, Scope] = {}
    for tokens, families, body_ids, counts in rows:
        for body_id, lines in zip(body_ids, counts, strict=True):
            scope = found.get(body_id)
            if scope is None:
                scope = found[body_id] = Scope()
            scope.families.update(families)
            words = scope.words
            for token in tokens:
                words[token] = words.get(token, 0) + lines
    return found


# A term, its tokens and families; which of the bodies have it, in how many lines.
_SCOPE_TERMS = sa.text(
    """
    with used as (
        select w.body_id, coalesce(l.object_id, l.parameter_id, l.method_id) as id,
            count(*) as lines
        from unnest(cast(:records as bigint[]), cast(:keys as text[]), cast(:bodies as bigint[]))
            as w(record_id, key, body_id)
        join scope_line l on l.record_id = w.record_id and l.accreditation = w.key
            and upper_inf(l.known)
        -- in each row one of the three at most is not null
        group by grouping sets
            ((w.body_id, l.object_id), (w.body_id, l.parameter_id), (w.body_id, l.method_id))
    ), held as (
        select id, array_agg(body_id) as bodies, array_agg(lines) as lines
        from used where id is not null group by id
    )
    select tsvector_to_array(term.tokens), array(
            select regexp_replace(named, '[ -]([A-Z] ?)?[0-9].*$', '')
            from unnest(term.standards) as named
        ), held.bodies, held.lines
    from held join term using (id)
    """
)

_COMPARED = (
    *("sort_name", "country", "countries", "site_countries", "kinds", "issuers", "sources"),
    *("modes", "families", "levels", "languages", "standing"),
    *("standards", "numbers", "made", "card", "turns_on", "tokens"),
)


def _write(
    conn: Connection,
    ids: Sequence[int],
    rows: dict[int, dict[str, Any]],
    position: int,
    today: date,
) -> int:
    """End versions that differ from the new rows, begin the new ones. A version that began at this
    very position was never seen by anyone and is replaced."""
    document: Any = Document.__table__
    current = conn.execute(
        sa.select(
            *(document.c[name] for name in ("id", "body_id", *_COMPARED[:-1])),
            sa.func.tsvector_to_array(document.c.tokens).label("tokens"),
        ).where(document.c.to_position.is_(None), of_ids(document.c.body_id, ids))
    )
    same: dict[int, int] = {}  # document → its looks
    ended: list[int] = []
    gone = 0
    for old in current:
        new = rows.get(old.body_id)
        if new is not None and _says_the_same(old, new):
            same[old.id] = new["looks"]
            del rows[old.body_id]
        else:
            ended.append(old.id)
            gone += new is None
    if ended:
        of = of_ids(document.c.id, ended)
        conn.execute(sa.delete(document).where(of, document.c.from_position >= position))
        conn.execute(sa.update(document).where(of).values(to_position=position))
    if rows:
        conn.execute(_INSERT, [_in_text(row, position) for row in rows.values()])
    if same:
        conn.execute(
            sa.text(
                "update document d set judged_on = :today, looks = w.looks"
                " from unnest(cast(:ids as bigint[]), cast(:looks as bigint[])) as w(id, looks)"
                " where d.id = w.id"
            ),
            {"today": today, "ids": list(same), "looks": list(same.values())},
        )
    entries.enter(conn, ids)
    return len(rows) + gone


_BETWEEN = "\x1f"  # in no key of a standard: they hold no space of any kind
# the two lists that grow with the scope: the driver would write them a value at a time
_INSERT = sa.insert(Document).values(
    tokens=sa.cast(sa.bindparam("words", type_=sa.Text), pg.TSVECTOR),
    standards=sa.func.string_to_array(sa.bindparam("keys", type_=sa.Text), _BETWEEN),
)


def _in_text(row: dict[str, Any], position: int) -> dict[str, Any]:
    """A row as _INSERT takes it."""
    said = {**row, "from_position": position}
    said["words"] = tsvector(said.pop("tokens"))
    said["keys"] = _BETWEEN.join(said.pop("standards"))
    return said


def _says_the_same(old: Any, new: dict[str, Any]) -> bool:
    """Equal but for days that a reason counts: they pass without anything having changed."""
    values = old._mapping
    if set(values["tokens"]) != new["tokens"]:
        return False
    if _uncounted(values["card"]) != _uncounted(new["card"]):
        return False
    return all(values[name] == new[name] for name in _COMPARED if name not in ("card", "tokens"))


def _uncounted(card: dict[str, Any]) -> dict[str, Any]:
    """A card with the codes of its reasons in place of their words and numbers."""
    shown = []
    for one in card["accreditations"]:
        codes = [reason["code"] for reason in one["status"]["reasons"]]
        shown.append({**one, "status": {**one["status"], "reasons": codes, "last_check": None}})
    return {**card, "accreditations": shown}
