"""A question of search, read: words to units, designations to all that stands beside them,
countries by code or by name. What cannot be read is refused with its parameter's name and the
nearest that can."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.errors import BadQuestion
from services.find import places
from services.find.relations import Related, related, spelt
from services.find.views import View
from services.names import number_key
from services.standards import Standard, find_all, read
from services.store.tokens import index_tokens, leveled, query_tokens
from services.terms import EvidenceLevel, PresenceMode
from services.validity import Standing

MOST_WORDS = 24  # more would be a text, not a question
# What people wrap a question in; it tells no body from another. Chinese phrases fall before words
# are cut, English words after.
_ASKING_ZH = re.compile(
    "哪家机构|哪些机构|哪个机构|有哪些|哪家|哪些|哪里|哪儿|在哪|谁能|谁可以|可以|能够|能做|请问"
    "|我需要|我要|我想|需要|有没有|吗(?=[?？]?$)"
)
_ASKING_EN = (
    "who which what where can could i my me we our you need want get find do does have has any"
    " test be are there that looking"
)
_ASKING = frozenset(index_tokens(_ASKING_EN))


class Query(View, frozen=True, kw_only=True):
    """A question. ``standard`` in any spelling, with or without edition; ``country``: where it
    works itself, ``market``: where it works or is present (both a code, a name, or a group as
    "EU"); ``as_of``: as the directory stood at the end of that day. "" asks nothing."""

    q: str = ""
    country: str = ""
    kind: str = ""
    standard: str = ""
    status: str = ""
    source: str = ""
    issuer: str = ""
    market: str = ""
    mode: str = ""
    family: str = ""
    level: str = ""
    language: str = ""
    as_of: date | None = None
    cursor: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing asked for. ``direct``: tokens that are it; ``beside``: related designations."""

    direct: tuple[str, ...]
    beside: tuple[Related, ...] = ()
    shown: str = ""  # a designation as it is written

    @property
    def stated(self) -> list[str]:
        """Tokens that are it or that its own designation states."""
        return [*self.direct, *(one.token for one in self.beside if one.hint is None)]

    @property
    def every(self) -> list[str]:
        return [*self.direct, *(one.token for one in self.beside)]

    @property
    def leveled(self) -> list[str]:
        """Tokens that are it and stand at levels; none of a mere number."""
        return [token for token in self.direct if leveled(token)]

    @property
    def undated(self) -> "Unit":
        """The same in any edition."""
        return Unit(
            tuple(dict.fromkeys(token.partition("@")[0] for token in self.direct)), shown=self.shown
        )

    @property
    def dated(self) -> bool:
        return any(token.startswith("§") and "@" in token for token in self.direct)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question made ready. ``every``: all units must hold, else any one will do. ``filters``: the
    values of which a document must hold one, by the name of the condition. ``newest``: the state of
    the log asked of is the newest."""

    query: Query
    units: tuple[Unit, ...]
    number: str
    standard: Unit | None
    filters: dict[str, tuple[str, ...]]
    position: int
    known_at: datetime
    lines_at: datetime
    every: bool = True
    words: str = ""
    newest: bool = False

    @property
    def lines_units(self) -> list[Unit]:
        """What a line must hold: the words, and the standard of the filter."""
        return [*self.units, *([self.standard] if self.standard else [])]

    @property
    def beside(self) -> list[tuple[Unit, Related]]:
        """All designations that may answer in the place of one asked for."""
        return [(unit, one) for unit in self.lines_units for one in unit.beside]

    def again(self, words: str, *, every: bool) -> "Asked":
        return replace(self, units=units_of(words), words=words, every=every)


def asked_of(
    query: Query,
    words: str,
    position: int,
    known_at: datetime,
    lines_at: datetime,
    *,
    newest: bool = False,
) -> Asked:
    """Raises BadQuestion. ``words``: of the query, or corrected ones."""
    return Asked(
        query=query,
        units=units_of(words),
        number=number_key(query.q) if len(query.q) <= 100 else "",
        standard=standard_of(query.standard),
        filters=_filters(query),
        position=position,
        known_at=known_at,
        lines_at=lines_at,
        words=words,
        newest=newest,
    )


def without_asking(words: str) -> str:
    """Without the Chinese phrases that a question is wrapped in, unless nothing is left."""
    bare = _ASKING_ZH.sub(" ", words).strip()
    return bare or words


def units_of(words: str) -> tuple[Unit, ...]:
    units = query_tokens(words)
    if len(units) > MOST_WORDS:
        raise BadQuestion(f"q: {len(units)} words are too many.", f"It takes at most {MOST_WORDS}.")
    telling = [unit for unit in units if not _ASKING.issuperset(unit)]
    named = {f"{_first(one)}": one for one in _designations(words)}
    return tuple(_unit(unit, named) for unit in telling or units)


def _designations(words: str) -> Sequence[Standard]:
    whole = read(words)
    return [whole] if whole else find_all(words)


def _first(standard: Standard) -> str:
    return spelt(standard)[0]


def _unit(tokens: list[str], named: dict[str, Standard]) -> Unit:
    standard = named.get(tokens[0])
    return Unit(tuple(tokens)) if standard is None else _of(standard)


def _of(standard: Standard) -> Unit:
    return Unit(tuple(spelt(standard)), related(standard), standard.dated)


def standard_of(text: str) -> Unit | None:
    if not text:
        return None
    named = read(text)
    if named is None:
        raise BadQuestion(
            f'standard: "{text}" is not read as a designation.',
            'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018"; words go to q.',
        )
    return _of(named)


# --- filters --------------------------------------------------------------------------------------

_CLOSED = {"status": Standing, "mode": PresenceMode, "level": EvidenceLevel}


def _filters(query: Query) -> dict[str, tuple[str, ...]]:
    """Values by condition, in the order in which conditions are told. Raises BadQuestion."""
    for name, words in _CLOSED.items():
        places.known_word(name, getattr(query, name), [word.value for word in words])
    wanted = {
        "country": places.countries("country", query.country),
        "market": places.countries("market", query.market),
        "kind": (query.kind,),
        "issuer": (query.issuer,),
        "status": (query.status,),
        "mode": (query.mode,),
        "family": (query.family.upper(),),
        "level": (query.level,),
        "language": (places.language("language", query.language),),
        "source": (query.source,),
    }
    return {name: values for name, values in wanted.items() if any(values)}
