"""Matching records to bodies: identifiers first, then exact normalised names, never a guess.

Trust order (BRIEF, Matching): namespaced identifier of the body, then accreditation body and
number, then the exact name in one country. Names that are only alike, names of bodies whose
identifiers differ, a number held under another name: each becomes a review item and a body of its
own; a person may join them later, and nothing has to be torn apart. Every doubt carries the parts
of the comparison (``likeness``).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

from services.identifiers import check_digit
from services.kit import Draft
from services.name_keys import WHOLE, keys
from services.name_parts import parts
from services.names import core, fold, number_key
from services.sync.likeness import Likeness, Person, Side, compare, same_place
from services.sync.spool import Head
from services.terms import MatchReason

CROWD = 20  # bodies under one key: a word in more names tells nobody apart
_CLOSE = 80.0  # least likeness of letters, in percent, for two names with a mere word in common
_ASKED = 2  # bodies that a person is asked about where none is proposed as the same
ALIKE = 80.0  # least similarity, in percent, of a corrected spelling within one kin


# --- records: a corrected spelling is the same record ---------------------------------------------


def corrected(
    drafts: Iterable[Draft | Head], gone: Sequence[tuple[int, str, str]]
) -> dict[str, int]:
    """Pair new keys with records that vanished at the same time: same kin, label alike.

    ``gone``: (record id, kin, label) of records that stood in the list and are not found by key.
    Returns draft key → record id; best pairs first, each side once.
    """
    by_kin: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for record_id, kin, label in gone:
        if kin:
            by_kin[kin].append((record_id, fold(label)))
    scored = [
        (fuzz.ratio(fold(draft.label), label), draft.key, record_id)
        for draft in drafts
        if draft.kin in by_kin
        for record_id, label in by_kin[draft.kin]
    ]
    pairs: dict[str, int] = {}
    taken: set[int] = set()
    for score, key, record_id in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if score >= ALIKE and key not in pairs and record_id not in taken:
            pairs[key] = record_id
            taken.add(record_id)
    return pairs


# --- bodies ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Known:
    """What the directory holds of a body, as far as matching asks."""

    id: int
    identifiers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    numbers: set[tuple[str, str]] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Index:
    """Known bodies by identifier, accreditation number, name and core; new ones join."""

    bodies: dict[int, Known] = field(default_factory=dict)
    by_identifier: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    by_number: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_core: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_key: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    crowded: set[str] = field(default_factory=set)  # words with more bodies than were loaded
    alike: dict[str, set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )  # by a draft's core

    def body(self, body_id: int) -> Known:
        return self.bodies.setdefault(body_id, Known(body_id))

    def forget(self, body_id: int) -> None:
        """Leave one body out of the comparison, with all that was held of it."""
        self.bodies.pop(body_id, None)
        names = (self.by_name, self.by_core, self.by_key, self.alike)
        for found in (self.by_identifier, self.by_number, *names):
            for bodies in found.values():
                bodies.discard(body_id)

    def keyed(self, names: Iterable[str]) -> tuple[set[int], set[int]]:
        """Bodies that share a whole stretch of a name, and those that share a mere word."""
        whole: set[int] = set()
        worded: set[int] = set()
        for key in {key for name in names for key in keys(name)}:
            bodies = self.by_key.get(key, set())
            if key.startswith(WHOLE):
                whole |= set(sorted(bodies, key=_age)[:CROWD])
            elif key not in self.crowded and len(bodies) <= CROWD:
                worded |= bodies
        return whole, worded - whole

    def learn(self, body_id: int, draft: Draft, source_key: str) -> None:
        """A record of this run was linked to that body; later ones may match it."""
        known = self.body(body_id)
        known.sources.add(source_key)
        for one in draft.identifiers:
            known.identifiers[one.namespace].add(one.value)
            self.by_identifier[one.namespace, one.value].add(body_id)
        for number in numbers_of(draft):
            known.numbers.add(number)
            self.by_number[number].add(body_id)
        for name in draft.names:
            if folded := fold(name.text):
                known.names.add(folded)
                known.texts.add(name.text)
                self.by_name[folded].add(body_id)
                self.by_core[core(name.text)].add(body_id)
                for key in keys(name.text):
                    self.by_key[key].add(body_id)
        if draft.profile and draft.profile.country:
            known.countries.add(draft.profile.country)
        if draft.profile and draft.profile.city:
            known.places.add(draft.profile.city)


def numbers_of(draft: Draft) -> set[tuple[str, str]]:
    """Issuer and number key of its accreditations; a mere dash in the number column is none."""
    keys = {(acc.issuer, number_key(acc.number, acc.issuer)) for acc in draft.accreditations}
    return {(issuer, key) for issuer, key in keys if key}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A match that a person must decide: which body, why, and what speaks for and against."""

    body_id: int
    reason: MatchReason
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """``body_id`` None: a body of its own. ``rule``: which rule decided."""

    body_id: int | None
    rule: str
    doubts: tuple[Doubt, ...] = ()


def decide(draft: Draft, index: Index, source_key: str) -> Match:
    """Which known body a record speaks of. Pure: the index is all it knows."""
    strong: set[int] = set()
    weak: set[int] = set()
    for one in draft.identifiers:
        found = index.by_identifier.get((one.namespace, one.value), set())
        if check_digit(one.namespace, one.value) is False:
            weak |= found  # a slip of the pen that two lists share joins nobody
        else:
            strong |= found
    if len(strong) == 1:
        return Match(next(iter(strong)), "identifier")
    if len(strong) > 1:
        return _own(draft, index, strong, MatchReason.IDENTIFIERS)
    doubts = _doubts(draft, index, weak, MatchReason.CHECK_DIGIT)
    numbered: set[int] = set()
    for number in numbers_of(draft):
        numbered |= index.by_number.get(number, set())
    folded = {fold(name.text) for name in draft.names} - {""}
    same = {b for b in numbered if folded & index.bodies[b].names and _agrees(draft, index, b)}
    if len(same) == 1:
        return Match(next(iter(same)), "accreditation number and name")
    doubts += _doubts(draft, index, numbered, MatchReason.OTHER_NAME)
    return _by_name(draft, index, source_key, folded, doubts)


def _by_name(
    draft: Draft, index: Index, source_key: str, folded: set[str], doubts: list[Doubt]
) -> Match:
    named: set[int] = set()
    for spelt in folded:
        named |= index.by_name.get(spelt, set())
    country = draft.profile.country if draft.profile else ""
    sure: set[int] = set()
    unsure: set[int] = set()
    for body_id in named:
        known = index.bodies[body_id]
        if not _agrees(draft, index, body_id):
            unsure.add(body_id)
        elif country and known.countries:
            certain = country in known.countries and not _namesakes(draft, known)
            (sure if certain else unsure).add(body_id)
        else:  # one side does not say where: within one source that is its own way of writing
            (sure if source_key in known.sources else unsure).add(body_id)
    if len(sure) == 1 and not doubts:
        return Match(next(iter(sure)), "exact name")
    doubts += _doubts(draft, index, sure | unsure, MatchReason.SAME_NAME)
    cores: set[int] = set()
    for name in draft.names:
        cores |= index.by_core.get(core(name.text), set()) if fold(name.text) else set()
    doubts += _doubts(draft, index, cores - sure - unsure, MatchReason.LEGAL_FORM)
    doubts += _alike(draft, index, source_key, cores | sure | unsure)
    return Match(None, "new body", _once(doubts))


def _namesakes(draft: Draft, known: Known) -> bool:
    """A name without a legal form in two places: every district has its "State HIV Laboratory"."""
    city = draft.profile.city if draft.profile else ""
    if not city or not known.places or any(same_place(city, one) for one in known.places):
        return False
    country = draft.profile.country if draft.profile else ""
    return not any(parts(name.text, country).form for name in draft.names)


def _alike(draft: Draft, index: Index, source_key: str, told: set[int]) -> list[Doubt]:
    """The one body whose name the parts say is the same; without one, the likest to ask about.

    The others of the same name come up when that one was decided. Of its own source only "same"
    and one legal person twice is worth a question: a publisher that writes two names means two.
    """
    found: list[tuple[Likeness, int]] = []
    for body_id in candidates(draft, index) - told:
        likeness = compare(_side(draft), _of_known(index.bodies[body_id], draft))
        own = source_key in index.bodies[body_id].sources
        asked = likeness.decision == "ask" and (not own or likeness.person in {"equal", "part"})
        if likeness.decision == "same" or asked:
            found.append((likeness, body_id))
    found.sort(key=lambda one: (one[0].place != "agree", -one[0].name, _age(one[1])))
    same = [one for one in found if one[0].decision == "same"]
    return [
        Doubt(
            body_id,
            _WRITTEN.get(likeness.person, MatchReason.SPELLING),
            _evidence(draft, index.bodies[body_id]),
        )
        for likeness, body_id in same[:1] or found[:_ASKED]
    ]


_WRITTEN: dict[Person, MatchReason] = {
    "equal": MatchReason.WRITTEN,
    "part": MatchReason.WITHIN,
    "translated": MatchReason.TRANSLATED,
    "said less": MatchReason.SOUND,
    "initials": MatchReason.INITIALS,
}


def candidates(draft: Draft, index: Index) -> set[int]:
    """Bodies in a common block that letters or a whole stretch of the name speak for."""
    cores = [core(name.text) for name in draft.names]
    whole, worded = index.keyed(name.text for name in draft.names)
    persons = [parts(name.text).joined for name in draft.names]
    close = {b for b in worded if _close(persons, index.bodies[b].texts)}
    neighbours = {b for one in cores for b in index.alike.get(one, ()) if b in index.bodies}
    return whole | close | neighbours


def _close(persons: Iterable[str], texts: Iterable[str]) -> bool:
    return any(
        fuzz.ratio(one, parts(text).joined, score_cutoff=_CLOSE) > 0
        for text in texts
        for one in persons
    )


def _age(body_id: int) -> tuple[bool, int]:
    """Older bodies first; those of this run go by -1, -2, …"""
    return body_id < 0, abs(body_id)


def _agrees(draft: Draft, index: Index, body_id: int) -> bool:
    """No identifier of one namespace says two different things."""
    known = index.bodies[body_id].identifiers
    return all(
        one.value in known[one.namespace] for one in draft.identifiers if known.get(one.namespace)
    )


def _doubts(draft: Draft, index: Index, bodies: Iterable[int], reason: MatchReason) -> list[Doubt]:
    return [Doubt(one, reason, _evidence(draft, index.bodies[one])) for one in sorted(bodies)]


def _evidence(draft: Draft, known: Known) -> dict[str, Any]:
    """What a person sees of both sides, the parts of their likeness and what they hint at."""
    said: dict[str, Any] = {
        "names": [name.text for name in draft.names],
        "identifiers": {one.namespace: one.value for one in draft.identifiers},
        "country": draft.profile.country if draft.profile else "",
        "place": draft.profile.city if draft.profile else "",
        "their_names": sorted(known.names),
        "their_texts": sorted(known.texts),
        "their_identifiers": {space: sorted(found) for space, found in known.identifiers.items()},
        "their_countries": sorted(known.countries),
        "their_places": sorted(known.places),
        "failed_checks": [
            f"{one.namespace} {one.value}"
            for one in draft.identifiers
            if check_digit(one.namespace, one.value) is False
        ],
    }
    if draft.names and known.texts:
        found = compare(_side(draft), _of_known(known, draft))
        said |= {"likeness": found.told(), "relation": found.relation}
    return said


def _side(draft: Draft) -> Side:
    profile = draft.profile
    return Side(
        tuple(name.text for name in draft.names),
        profile.country if profile else "",
        frozenset({profile.city} - {""} if profile else ()),
        _checked((one.namespace, one.value) for one in draft.identifiers),
        frozenset(numbers_of(draft)),
    )


def _of_known(known: Known, draft: Draft) -> Side:
    """A body with several countries counts as in the draft's where that is one of them."""
    country = draft.profile.country if draft.profile else ""
    said = country if country in known.countries else min(known.countries, default="")
    return Side(
        tuple(sorted(known.texts)),
        said,
        frozenset(known.places),
        _checked((space, one) for space, found in known.identifiers.items() for one in found),
        frozenset(known.numbers),
    )


def _checked(identifiers: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Without those whose check digit fails: they neither join nor contradict."""
    kept: dict[str, set[str]] = defaultdict(set)
    for space, value in identifiers:
        if check_digit(space, value) is not False:
            kept[space].add(value)
    return {space: frozenset(found) for space, found in kept.items()}


def _own(draft: Draft, index: Index, bodies: Iterable[int], reason: MatchReason) -> Match:
    return Match(None, "new body", _once(_doubts(draft, index, bodies, reason)))


def _once(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    first: dict[int, Doubt] = {}
    for doubt in doubts:
        first.setdefault(doubt.body_id, doubt)
    return tuple(first.values())
