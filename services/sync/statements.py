"""From drafts to rows: which table holds which fact, and under which key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

import msgspec
from psycopg.types.range import DateRange

from services import models, names
from services.fact import Fact
from services.kit import Draft, Name
from services.models import Base, Statement
from services.name_keys import keys
from services.sync.digest import fact_hash

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
_Days = tuple[date, date]  # half-open
_TECHNICAL = {"id", "key", "raw", "hash", "valid", "known", "record_id", "run_id", "end_run_id"}


def columns(model: type[Statement]) -> list[str]:
    """The columns that say something, in table order."""
    assert issubclass(model, Base)
    return [c.name for c in model.__table__.columns if c.name not in _TECHNICAL]


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement ready to be staged. ``values``: its own columns."""

    record_id: int
    key: str
    raw: str
    hash: bytes
    valid: DateRange
    values: dict[str, Any]


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


@dataclass(slots=True)
class Keys:
    """The keys under which one record makes statements of one kind. The same fact twice is one.

    A key used again for the same days gets a number; for other days it is the same thing's next
    period and keeps its key. ``twice``: a key under which it says two things of the same day after
    all, because a key of its own looks like a numbered one.
    """

    twice: str | None = None
    _hashes: set[bytes] = field(default_factory=set)
    _begun: dict[str, list[_Days]] = field(default_factory=dict)
    _given: dict[str, list[_Days]] | None = None  # kept from the first number on

    def of(self, fact: Fact, digest: bytes) -> str | None:
        """None where this very fact was stated already."""
        if digest in self._hashes:
            return None
        self._hashes.add(digest)
        key = fact.fact_key()
        days = fact.valid_from or date.min, fact.valid_to or date.max
        begun = self._begun.get(key)
        if begun is None:
            self._begun[key] = [days]
        else:
            if _meets(days, begun):
                if self._given is None:
                    self._given = {one: list(held) for one, held in self._begun.items()}
                key = f"{key}#{len(begun) + 1}"
            begun.append(days)
        if self._given is not None:
            self._give(key, days)
        return key

    def _give(self, key: str, days: _Days) -> None:
        assert self._given is not None
        given = self._given.setdefault(key, [])
        if days[0] < days[1] and _meets(days, [one for one in given if one[0] < one[1]]):
            self.twice = self.twice or key
        given.append(days)


def _meets(days: _Days, others: Iterable[_Days]) -> bool:
    return any(days[0] < end and start < days[1] for start, end in others)


def stated(record_id: int, draft: Draft, part: str) -> Iterator[Stated]:
    """The statements of one kind, but for scope lines: those are :mod:`services.sync.lines`'."""
    keys_of = Keys()
    for fact in _facts(draft, part):
        digest = fact_hash(fact)
        if (key := keys_of.of(fact, digest)) is None:
            continue
        values = {
            name: _plain(getattr(fact, name))
            for name in fact.__struct_fields__
            if name not in _COMMON
        }
        if isinstance(fact, Name):
            values["folded"], values["core"] = names.fold(fact.text), names.core(fact.text)
            values["keys"] = list(keys(fact.text))
        yield Stated(
            record_id, key, fact.raw, digest, _days(fact.valid_from, fact.valid_to), values
        )
