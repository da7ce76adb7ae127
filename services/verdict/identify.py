"""Whose accreditation is asked about: numbers, look-alikes, claimed holders, names.

A number is found in any spelling, with its issuer before it or beside it. What is found is what was
known then. Nothing here accuses: a number that nobody bears is "not found", one that looks like
another's is a hint, a claimed holder who is not the registered one is a doubt about identity.
"""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.names import fold, look_key, number_key
from services.store.merged import joined_at, merged_at
from services.verdict.memory import Holding, Memory
from services.verdict.views import Asked

LONGEST = 100  # characters of a number; the longest published one has 34
MOST_CANDIDATES = 10
_ID = re.compile("[ab]([0-9]{1,18})")


@dataclass(slots=True)
class Identity:
    """``found``: accreditations that the question names, by id. ``nearly``: those whose number
    looks like it. ``said``: why none is named, where the question itself is at fault."""

    found: list[Holding] = field(default_factory=list)
    nearly: list[Holding] = field(default_factory=list)
    said: str = ""


@dataclass(slots=True)
class Identified:
    """``merged``: body → the one that it was merged into by then, to the end."""

    of: list[Identity]
    merged: dict[int, int]


@functools.lru_cache(maxsize=4096)  # issuers are few, questions many
def plain_issuer(issuer: str) -> str:
    return "".join(c for c in issuer.upper() if c.isalnum())


def identify(conn: Connection, questions: Sequence[Asked], memory: Memory) -> Identified:
    """What each question names: at most eight queries, however many questions. The memory then has
    the names of every body that occurs."""
    known_at = memory.known_at
    keys = [_keys(one.number, one.issuer) for one in questions]
    _by_number(conn, {key for one in keys for key in one}, memory)
    ids = {n for one in questions if (n := _id(one.accreditation, "a"))}
    by_id = _by_ids(conn, ids, known_at)
    found = [
        Identity(found=_named(one, key, memory.holdings, by_id))
        for one, key in zip(questions, keys, strict=True)
    ]
    _look(conn, questions, keys, found, known_at)
    by_name = _bodies_named(conn, questions, known_at)
    merged = merged_at(conn, [n for one in questions if (n := _id(one.body, "b"))], known_at)
    _by_body(conn, questions, found, by_name, merged, known_at)
    bodies = {one.body_id for each in found for one in (*each.found, *each.nearly)}
    _names(conn, bodies, memory)
    return Identified(found, merged)


def lookalikes(conn: Connection, asked: Asked, memory: Memory) -> list[Holding]:
    """Accreditations whose number looks like the one asked without being it, whoever bears that
    one. The memory then has the names of their holders."""
    keys, seen = _keys(asked.number, asked.issuer), Identity()
    _look(conn, [asked], [keys], [seen], memory.known_at)
    near = {one.id: one for one in seen.nearly if one.number_key not in keys}
    _names(conn, {one.body_id for one in near.values()}, memory)
    return list(near.values())


def body_id_of(text: str) -> int:
    """The number in "b12"; 0 where the text is a name."""
    return _id(text, "b")


def _id(text: str, letter: str) -> int:
    """The number in "a12"; 0 where the text is no such id."""
    text = text.strip()
    known = _ID.fullmatch(text) if text.startswith(letter) else None
    return int(known[1]) if known else 0


@functools.lru_cache(maxsize=4096)  # an audit asks of one number on many days
def _keys(number: str, issuer: str) -> tuple[str, ...]:
    """The number's key and each tail of it that an issuer's name may stand before."""
    if not number or len(number) > LONGEST:
        return ()
    key, own = number_key(number), plain_issuer(issuer)
    if own:
        after = key[len(own) :] if look_key(key[: len(own)]) == look_key(own) else ""
        return (key, after) if after else (key,)
    return tuple(key[start:] for start in range(len(key)))


def _by_number(conn: Connection, keys: set[str], memory: Memory) -> None:
    missing = keys - memory.holdings.keys() - {""}
    for one in _holdings(conn, m.Accreditation.number_key, missing, memory.known_at):
        memory.holdings.setdefault(one.number_key, []).append(one)


def _by_ids(conn: Connection, ids: set[int], known_at: datetime) -> dict[int, Holding]:
    """By the id that was asked: one that a merge joined to another is that other one."""
    found = {one.id: one for one in _holdings(conn, m.Accreditation.id, ids, known_at)}
    if gone := ids - found.keys():
        joined = joined_at(conn, gone, known_at)
        others = _holdings(conn, m.Accreditation.id, set(joined.values()), known_at)
        into = {one.id: one for one in others}
        found |= {asked: into[at] for asked, at in joined.items() if at in into}
    return found


def _named(
    one: Asked,
    keys: Sequence[str],
    exact: Mapping[str, list[Holding]],
    by_id: Mapping[int, Holding],
) -> list[Holding]:
    if wanted := _id(one.accreditation, "a"):
        return [by_id[wanted]] if wanted in by_id else []
    issuer = plain_issuer(one.issuer)
    found: dict[int, Holding] = {}
    for key in keys:
        before = keys[0].removesuffix(key)
        for holding in exact.get(key, ()):
            own = plain_issuer(holding.issuer)
            if before in ("", own) and issuer in ("", own):
                found[holding.id] = holding
    return list(found.values())


def _holdings(
    conn: Connection, column: sa.SQLColumnExpression[object], values: Iterable[object],
    known_at: datetime,
) -> list[Holding]:  # fmt: skip
    wanted = sorted(values)  # type: ignore[type-var]
    if not wanted:
        return []
    kind: sa.types.TypeEngine[object] = sa.BigInteger() if isinstance(wanted[0], int) else sa.Text()  # type: ignore[assignment]
    acc = m.Accreditation
    rows = conn.execute(
        sa.select(acc.id, m.BodyLink.body_id, acc.issuer, acc.number, acc.number_key)
        .join(m.AccreditationLink, m.AccreditationLink.accreditation_id == acc.id)
        .join(m.BodyLink, m.BodyLink.record_id == m.AccreditationLink.record_id)
        .where(
            column == sa.any_(sa.literal(wanted, sa.ARRAY(kind))),
            m.AccreditationLink.known.contains(known_at),
            m.BodyLink.known.contains(known_at),
        )
        .distinct()
        .order_by(acc.id)
    ).all()
    return [Holding(*row) for row in rows]


def _look(
    conn: Connection,
    questions: Sequence[Asked],
    keys: Sequence[Sequence[str]],
    found: Sequence[Identity],
    known_at: datetime,
) -> None:
    """Where nobody bears the number: whose numbers look like it."""
    looks = [
        {look_key(key) for key in tails} - {""} if tails and not each.found else set()
        for tails, each in zip(keys, found, strict=True)
    ]
    wanted = set().union(*looks) if looks else set()
    if not wanted:
        return
    near: dict[str, list[Holding]] = defaultdict(list)
    for holding in _holdings(conn, m.Accreditation.look_key, wanted, known_at):
        near[look_key(holding.number_key)].append(holding)
    for one, tails, each in zip(questions, keys, found, strict=True):
        issuer = plain_issuer(one.issuer)
        for tail in tails if not each.found else ():
            before = look_key(tails[0].removesuffix(tail))
            for holding in near.get(look_key(tail), ()):
                own = plain_issuer(holding.issuer)
                if before in ("", look_key(own)) and issuer in ("", own):
                    each.nearly.append(holding)


def _bodies_named(
    conn: Connection, questions: Sequence[Asked], known_at: datetime
) -> Mapping[str, set[int]]:
    """Claimed name → bodies of exactly that name, for questions that give no number."""
    claimed = {
        one.body: fold(one.body)
        for one in questions
        if one.body and not one.number and not one.accreditation and not _id(one.body, "b")
    }
    folded = sorted({text for text in claimed.values() if text})
    if not folded:
        return {}
    rows = conn.execute(
        sa.select(m.Name.folded, m.BodyLink.body_id)
        .join(m.BodyLink, m.BodyLink.record_id == m.Name.record_id)
        .where(
            m.Name.folded == sa.any_(sa.literal(folded, sa.ARRAY(sa.Text))),
            m.Name.known.contains(known_at),
            m.BodyLink.known.contains(known_at),
        )
    ).all()
    bodies: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        bodies[row.folded].add(row.body_id)
    return {name: bodies[text] for name, text in claimed.items() if text in bodies}


def _by_body(
    conn: Connection,
    questions: Sequence[Asked],
    found: Sequence[Identity],
    by_name: Mapping[str, set[int]],
    merged: Mapping[int, int],
    known_at: datetime,
) -> None:
    """Questions without a number: the accreditations of the body that they name."""
    wanted: dict[int, set[int]] = {}
    for n, one in enumerate(questions):
        if one.number or one.accreditation or not one.body:
            continue
        if body := _id(one.body, "b"):
            wanted[n] = {body, merged.get(body, body)}
        else:
            wanted[n] = by_name.get(one.body, set())
    held: dict[int, list[Holding]] = defaultdict(list)
    everyone = set().union(*wanted.values()) if wanted else set()
    for holding in _holdings(conn, m.BodyLink.body_id, everyone, known_at):
        held[holding.body_id].append(holding)
    for n, bodies in wanted.items():
        issuer = plain_issuer(questions[n].issuer)
        found[n].found = [
            holding
            for body in sorted(bodies)
            for holding in held[body]
            if issuer in ("", plain_issuer(holding.issuer))
        ]


def _names(conn: Connection, bodies: set[int], memory: Memory) -> None:
    missing, known_at = bodies - memory.names.keys(), memory.known_at
    if not missing:
        return
    rows = conn.execute(
        sa.select(m.BodyLink.body_id, m.Name.text)
        .join(m.Name, m.Name.record_id == m.BodyLink.record_id)
        .where(
            m.BodyLink.body_id == sa.any_(sa.literal(sorted(missing), sa.ARRAY(sa.BigInteger))),
            m.BodyLink.known.contains(known_at),
            m.Name.known.contains(known_at),
        )
        .order_by(m.BodyLink.body_id, m.Name.id)
    ).all()
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.text not in found[row.body_id]:
            found[row.body_id].append(row.text)
    memory.names.update(found)
