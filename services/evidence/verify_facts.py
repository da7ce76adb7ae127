"""Facts held against the hashes that name them, and against the log's change rows.

A statement's ``hash`` is made over all that the fact says (services/sync/statements.fact_hash); it
is made again from the row's columns. The row's place in time (``known``, the runs that began and
ended it) is held against the leaves and change rows of those runs. Where a doctored row is named
once, what follows from it is not listed again.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import abroad, kit
from services import models as m
from services.evidence.findings import Finding, Progress, count, stream
from services.evidence.verify_merges import merges
from services.evidence.verify_places import (
    accreditations,
    leafless,
    lines_told,
    links,
    places,
    sightings,
)
from services.fact import Fact
from services.sync.digest import fact_hash
from services.sync.statements import TABLES, columns

_FACTS: dict[str, type[Fact]] = {
    "names": kit.Name,
    "identifiers": kit.Identifier,
    "profile": kit.Profile,
    "sites": kit.Site,
    "presences": kit.Presence,
    "accreditations": kit.Accreditation,
    "events": kit.Event,
    "lines": kit.Line,
    "credentials": kit.Credential,
    "relations": kit.Relation,
    "accreditation_body": kit.AccreditationBody,
    "routes": abroad.Route,
    "route_days": abroad.RouteDay,
    "route_links": abroad.RouteLink,
    "signatories": abroad.Signatory,
    "designates": abroad.Designates,
    "zones": abroad.Zone,
    "ownerships": abroad.Ownership,
    "cooperations": abroad.Cooperation,
    "acceptances": abroad.Acceptance,
    "projects": abroad.Project,
    "accompaniments": abroad.Accompaniment,
    "expertise": abroad.Expertise,
    "offers": abroad.Offer,
}
_DERIVED = {"folded", "core", "keys"}  # for search; made again from text, and no part of the fact
_TERMS = ("object", "parameter", "method")
_NUMBERED = re.compile(r"#\d+$")  # a key used again for the same days (statements.stated)


def facts(conn: Connection, tell: Progress) -> Iterator[Finding]:
    """Terms, statements of every kind, their places in the log, sightings, links and numbers."""
    terms: set[int] = set()
    yield from _terms(conn, tell, terms)
    for part, model in TABLES.items():
        named: set[tuple[int, int, str]] = set()
        if model is m.ScopeLine:
            yield from _rows(conn, part, _lines(conn), tell, named, terms)
        else:
            table = model.__table__  # type: ignore[attr-defined]
            query = sa.select(table).order_by(table.c.id)
            yield from _rows(conn, part, stream(conn, query), tell, named, terms)
        yield from places(conn, model, named)
        if model is m.ScopeLine:
            yield from lines_told(conn, named, tell)
        if model is m.AccreditationStatement:
            yield from accreditations(conn, named)
    yield from leafless(conn)
    yield from sightings(conn)
    yield from links(conn)
    yield from merges(conn)


# --- rows -----------------------------------------------------------------------------------------


def _rows(
    conn: Connection,
    part: str,
    rows: Iterator[Any],
    tell: Progress,
    named: set[tuple[int, int, str]],
    bad_terms: set[int],
) -> Iterator[Finding]:
    """Statements whose content is not that of their hash. ``named`` gathers (run, record, key)."""
    model = TABLES[part]
    table = str(model.__tablename__)  # type: ignore[attr-defined]
    total, made = count(conn, model), _maker(part)
    for done, row in enumerate(rows, 1):
        if not made(row):
            named.add((row.run_id, row.record_id, row.key))
            if model is m.ScopeLine:
                runs = {row.run_id, row.end_run_id} - {None}
                named |= {(run, row.record_id, row.accreditation) for run in runs}
            if not (model is m.ScopeLine and bad_terms & _used(row)):
                yield Finding(table, _place(row), _what(conn, table, row))
        if done % 500 == 0 or done == total:
            tell(table, done, total)


def _place(row: Any) -> str:
    return f"id {row.id} (record {row.record_id}, run {row.run_id})"


def _maker(part: str) -> Callable[[Any], bool]:
    """A function that tells whether a row of this kind says what its hash and key name."""
    form = _FACTS[part]
    lines = part == "lines"
    own = [one for one in columns(TABLES[part]) if one not in _DERIVED]
    if lines:
        own = [one for one in own if not one.endswith("_id")]
        own += ["object", "object_also", "parameter", "parameter_also", "method"]

    later = [one.name for one in msgspec.structs.fields(form) if one.default is msgspec.UNSET]

    def made(row: Any) -> bool:
        values = {name: getattr(row, name) for name in own}
        values |= {name: msgspec.UNSET for name in later if values[name] is None}
        values |= {"raw": row.raw, "valid_from": row.valid.lower, "valid_to": row.valid.upper}
        right = bytes(row.hash)
        return any(
            _same(form(**values, key=key), row.key, right)
            for key in _keys(row.key, f"{row.accreditation}|" if lines else "")
        )

    return made


def _keys(key: str, before: str) -> dict[str, None]:
    """What the fact's own key may have been: none, the row's, or that without its number."""
    bare = _NUMBERED.sub("", key)
    found = {one.removeprefix(before): None for one in (key, bare)}
    return {"": None} | found if not before else found | {"": None}


def _same(fact: Fact, key: str, right: bytes) -> bool:
    if fact.fact_key() not in (key, _NUMBERED.sub("", key)):
        return False
    if fact_hash(fact) == right:
        return True
    # a zero below zero is stored as zero
    zeros = {
        name: Decimal("-0").scaleb(value.as_tuple().exponent)  # type: ignore[arg-type]
        for name in ("lo", "hi", "cmc")
        if isinstance(value := getattr(fact, name, None), Decimal) and value == 0
    }
    return any(
        fact_hash(type(fact)(**{**_fields(fact), name: value})) == right
        for name, value in zeros.items()
    )


def _fields(fact: Fact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}


_DIFFERS = """
    select n.key as column from change c, {table} t,
        jsonb_each(to_jsonb(t) - array['id','record_id','hash','known','run_id','end_run_id','raw',
            'key','folded','core','keys']) n
    where t.id = :id and c.run_id = t.run_id and c.what = :table and c.record_id = t.record_id
        and c.key = t.key and c.fact_hash = t.hash and c.after -> n.key is distinct from n.value
    order by 1
"""


def _what(conn: Connection, table: str, row: Any) -> str:
    """Which columns were altered, by what the log says of the row."""
    said = "what it says is not what its hash names"
    if table == "scope_line":
        return said
    query = sa.text(_DIFFERS.format(table=table))
    altered = list(conn.execute(query, {"id": row.id, "table": table}).scalars())
    if altered:
        return f"was altered: {', '.join(altered)}"
    return f"was altered: {said} (the source's words, the key, or the hash itself)"


# --- terms and lines ------------------------------------------------------------------------------


def _terms(conn: Connection, tell: Progress, bad: set[int]) -> Iterator[Finding]:
    """Objects, parameters and methods: text and hash; ``bad`` gathers those that were altered."""
    total = count(conn, m.Term)
    query = sa.select(m.Term.id, m.Term.kind, m.Term.text, m.Term.also, m.Term.digest)
    for done, row in enumerate(stream(conn, query.order_by(m.Term.id)), 1):
        if hashlib.sha256(f"{row.text}\x1f{row.also}".encode()).digest() != bytes(row.digest):
            bad.add(row.id)
            yield Finding("term", f"id {row.id} ({row.kind})", "its words were altered")
        if done % 500 == 0 or done == total:
            tell("term", done, total)


def _lines(conn: Connection) -> Iterator[Any]:
    """Scope lines with their words."""
    line = m.ScopeLine.__table__
    query = sa.select(line)
    for name in _TERMS:
        term = sa.alias(m.Term.__table__, name=f"t_{name}")
        query = query.outerjoin(term, term.c.id == line.c[f"{name}_id"]).add_columns(
            sa.func.coalesce(term.c.text, "").label(name),
            sa.func.coalesce(term.c.also, "").label(f"{name}_also"),
        )
    return stream(conn, query.order_by(line.c.id))


def _used(row: Any) -> set[int]:
    return {row.object_id, row.parameter_id, row.method_id}
