"""From drafts to rows: which table holds which fact, and the hash that names a fact version."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

import msgspec
from psycopg.types.range import DateRange

from services import models, names
from services.fact import Fact
from services.kit import Draft, Line, Name
from services.models import Base, Statement
from services.name_keys import keys
from services.standards import find_all
from services.store.tokens import index_tokens

TABLES: dict[str, type[Statement]] = {
    "names": models.Name,
    "identifiers": models.Identifier,
    "profile": models.Profile,
    "sites": models.Site,
    "presences": models.Presence,
    "accreditations": models.AccreditationStatement,
    "events": models.StatusEvent,
    "lines": models.ScopeLine,
    "credentials": models.Credential,
    "relations": models.Relation,
    "accreditation_body": models.AccreditationBody,
    "routes": models.Route,
    "route_days": models.RouteDay,
    "route_links": models.RouteLink,
    "signatories": models.Signatory,
    "designates": models.Designates,
    "zones": models.Zone,
    "ownerships": models.Ownership,
    "cooperations": models.Cooperation,
    "acceptances": models.Acceptance,
    "projects": models.Project,
    "accompaniments": models.Accompaniment,
    "expertise": models.Expertise,
    "offers": models.Offer,
}
_COMMON = {"key", "raw", "valid_from", "valid_to"}
_TECHNICAL = {"id", "key", "raw", "hash", "valid", "known", "record_id", "run_id", "end_run_id"}


def columns(model: type[Statement]) -> list[str]:
    """The columns that say something, in table order."""
    assert issubclass(model, Base)
    return [c.name for c in model.__table__.columns if c.name not in _TECHNICAL]


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement ready to be staged. ``values``: its own columns; lines still hold words."""

    record_id: int
    key: str
    raw: str
    hash: bytes
    valid: DateRange
    values: dict[str, Any]


def fact_hash(fact: Fact) -> bytes:
    """SHA-256 over the canonical JSON of all that the fact says, days of validity included."""
    return hashlib.sha256(msgspec.json.encode(fact, order="sorted")).digest()


def draft_hash(draft: Draft) -> bytes:
    """The content of a record; where it stood in the file is no part of it."""
    return hashlib.sha256(
        msgspec.json.encode(msgspec.structs.replace(draft, where=""), order="sorted")
    ).digest()


def _plain(value: Any) -> Any:
    if value is msgspec.UNSET:
        return None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _days(start: date | None, end: date | None) -> DateRange:
    return DateRange(start, end)


def _facts(draft: Draft, part: str) -> tuple[Fact, ...]:
    held = getattr(draft, part)
    if held is None or held is msgspec.UNSET:
        return ()
    return held if isinstance(held, tuple) else (held,)


def stated(record_id: int, draft: Draft, part: str) -> Iterator[Stated]:
    """The statements of one kind. The same fact twice is one.

    A key used again for the same days gets a number; for other days it is the same thing's next
    period and keeps its key.
    """
    seen: dict[str, list[tuple[date, date]]] = {}
    hashes: set[bytes] = set()
    for fact in _facts(draft, part):
        digest = fact_hash(fact)
        if digest in hashes:
            continue
        hashes.add(digest)
        key = fact.fact_key()
        days = fact.valid_from or date.min, fact.valid_to or date.max
        begun = seen.setdefault(key, [])
        begun.append(days)
        if any(days[0] < end and start < days[1] for start, end in begun[:-1]):
            key = f"{key}#{len(begun)}"
        values = {
            name: _plain(getattr(fact, name))
            for name in fact.__struct_fields__
            if name not in _COMMON
        }
        if isinstance(fact, Name):
            values["folded"], values["core"] = names.fold(fact.text), names.core(fact.text)
            values["keys"] = list(keys(fact.text))
        if isinstance(fact, Line):
            values |= _coded(fact)
        yield Stated(
            record_id, key, fact.raw, digest, _days(fact.valid_from, fact.valid_to), values
        )


# --- dictionary coding of lines ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """An object, parameter or method; its digest is what makes it one."""

    kind: str
    text: str
    also: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.text}\x1f{self.also}".encode()).digest()

    def row(self) -> dict[str, Any]:
        """The row of table ``term``: tokens for search, standards for a method."""
        found = find_all(self.text) if self.kind == "method" else []
        tokens = dict.fromkeys(index_tokens(self.text) + index_tokens(self.also))
        return {
            "kind": self.kind,
            "text": self.text,
            "also": self.also,
            "digest": self.digest,
            "tokens": list(tokens),
            "standards": list(dict.fromkeys(s.key for s in found)),
            "editions": list(dict.fromkeys(s.dated for s in found if s.edition)),
        }


def _coded(line: Line) -> dict[str, Any]:
    def term(kind: str, text: str, also: str = "") -> Term | None:
        return Term(kind, text, also) if text or also else None

    return {
        "object_id": term("object", line.object, line.object_also),
        "parameter_id": term("parameter", line.parameter, line.parameter_also),
        "method_id": term("method", line.method),
    }
