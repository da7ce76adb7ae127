"""How alike two namings of bodies are, in parts, and what may be made of it. Pure.

The decision is one of three: *same* (proposed, or made by the certain rules of ``match``), *ask*,
*different*. A branch, a subsidiary, a joint venture and a company of the same group are relations
and never *same*. Tuned and measured on ``tests/bench/matching_pairs.csv``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from services.identifiers import one_a_body
from services.name_gloss import gloss, is_chinese
from services.name_parts import Parts, parts
from services.name_words import TRADE, stem
from services.names import words

Decision = Literal["same", "ask", "different"]
# how the one's words are to the other's
Person = Literal[
    "equal", "misspelt", "part", "initials", "translated", "said less", "alike", "other"
]

_ASK = 88.0  # letters alike in percent from which a person is asked, where words don't agree
_PLACE = 85.0  # letters of two spellings of one city alike
_LONG = 5  # letters of a word in which one may be misspelt: SN and SV are two colleges
_VERY_LONG = 8  # letters in which one slip makes no other word, as far as names of bodies go
_UMLAUT = re.compile(r"(?<=[aou])e")
_RANK = {"same": 2, "ask": 1, "different": 0}


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says: names, country, places, identifiers, accreditation numbers."""

    names: tuple[str, ...]
    country: str = ""
    places: frozenset[str] = frozenset()
    identifiers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    numbers: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """``name``: letters alike, in percent. ``only``: words that one side alone has.
    ``place``, ``number``, ``identifier``: agree, differ or unsaid. ``relation``: what the names
    hint at. ``against``: contradictions."""

    decision: Decision
    name: float
    person: Person
    form: str
    place: str
    country: str
    number: str
    identifier: str
    relation: str
    shared: tuple[str, ...]
    only: tuple[str, ...]
    against: tuple[str, ...]

    def told(self) -> dict[str, Any]:
        """As review items carry it: every part, never one number instead of them."""
        return {
            "decision": self.decision,
            "name": round(self.name),
            "person": self.person,
            "form": self.form,
            "place": self.place,
            "country": self.country,
            "number": self.number,
            "identifier": self.identifier,
            "shared": list(self.shared),
            "only": list(self.only),
            "against": list(self.against),
        }


def compare(left: Side, right: Side) -> Likeness:
    """The likeness of the two namings that agree best."""
    found = [
        _compare(left, right, parts(a, left.country), parts(b, right.country), a, b)
        for a in left.names
        for b in right.names
    ]
    if not found:
        raise ValueError("Both sides need a name.")
    return max(found, key=lambda one: (_RANK[one.decision], one.name))


def _compare(left: Side, right: Side, a: Parts, b: Parts, one: str, other: str) -> Likeness:
    place = _places(left.places, right.places)
    person = _persons(a, b)
    if person not in {"equal", "part"} and place == "agree":
        sited = left.places | right.places
        if _persons(_unsited(a, sited), _unsited(b, sited)) == "equal":
            person = "equal"
    country = _agree({left.country} - {""}, {right.country} - {""})
    identifier = _identifiers(left.identifiers, right.identifiers)
    form = "unsaid" if not (a.form and b.form) else "agree" if _form(a) == _form(b) else "differ"
    against: list[str] = []
    if identifier == "differ":
        against.append("An identifier of one namespace says two things.")
    if country == "differ":
        against.append("The countries differ.")
    relation = _relation(a, b, person, form)
    name = fuzz.ratio(words(one).replace(" ", ""), words(other).replace(" ", ""))
    mine, theirs = set(a.person), set(b.person)
    told = Likeness(
        "different", name, person, form, place, country,
        _agree(left.numbers, right.numbers, differ="unsaid"), identifier, relation,
        tuple(sorted((mine & theirs) - TRADE)), tuple(sorted(mine ^ theirs)), tuple(against),
    )  # fmt: skip
    return _decided(told, a, b)


def _decided(told: Likeness, a: Parts, b: Parts) -> Likeness:
    return replace(told, decision=_decision(told, a, b))


def _decision(told: Likeness, a: Parts, b: Parts) -> Decision:
    if told.relation in {"branch", "subsidiary", "joint venture", "group"}:
        close = told.name >= _ASK and told.relation == "subsidiary" and told.country != "differ"
        return "ask" if close else "different"
    if told.identifier == "agree":
        return "ask" if told.country == "differ" else "same"
    if told.person in {"equal", "misspelt"}:
        if told.against:
            return "ask"
        return "same" if _settled(told, a, b) else "ask"
    if told.person == "part":
        if told.country == "differ" or (told.place == "differ" and not _telling_part(a, b)):
            return "different"
        sure = told.place == "agree" and told.relation != "renamed" and not told.against
        return "same" if sure else "ask"
    if told.person == "translated":
        sure = "differ" not in {told.place, told.form} and not told.against
        return "same" if sure else "ask"
    if told.person == "said less":
        return "different" if told.against or told.place == "differ" else "ask"
    if told.person == "initials":
        return "ask" if told.place == "agree" and not told.against else "different"
    # "SN Medical College" is no spelling of "SV Medical College": words of the trade in common
    telling = told.shared or not a.joined.isascii()
    if told.person == "alike" and telling and not told.against and told.name >= _ASK:
        return "ask"
    return "different"


def _settled(told: Likeness, a: Parts, b: Parts) -> bool:
    """Equal words settle it where a legal form names one person, or else the place does."""
    if not set(a.person) - TRADE:  # "Standards & Testing Ltd": words of the trade alone
        return told.form == "agree" and told.place == "agree"
    if told.form == "differ":
        return False
    if told.form == "agree":
        return told.person == "equal" or told.place != "differ" or _mere_slip(told)
    if told.person == "misspelt":
        return told.place == "agree" and len(a.person) > 1
    # no legal form to hold on to: the place must not speak against it
    return told.place == "agree" or (told.place == "unsaid" and bool(a.form or b.form))


def _mere_slip(told: Likeness) -> bool:
    """One letter of a very long word, beside another word that tells apart: whatever the cities."""
    return bool(told.shared) and min(map(len, told.only), default=0) >= _VERY_LONG


# --- the parts ------------------------------------------------------------------------------------


def _persons(a: Parts, b: Parts) -> Person:
    if a.joined == b.joined or sorted(a.person) == sorted(b.person):
        return "equal"
    if _UMLAUT.sub("", a.joined) == _UMLAUT.sub("", b.joined):
        return "equal"  # TÜV, TUV and TUEV
    if _same_person_spelt(a, b):
        return "misspelt"
    named = _beside(a) | _beside(b)
    renamed = "renamed" in {a.relation, b.relation}
    if (not a.form or not b.form or renamed) and {a.joined, b.joined} & named:
        return "part"  # "Taiwan Testing Center" beside its "Product Safety Laboratory, Taiwan …"
    if (a.joined == b.initials and len(a.person) == 1) or (
        b.joined == a.initials and len(b.person) == 1
    ):
        return "initials" if a.joined and b.joined else "other"
    if is_chinese(a.joined) != is_chinese(b.joined):
        return _across_scripts(a, b)
    if fuzz.ratio(a.joined, b.joined) >= _ASK:
        return "alike"
    return "other"


def _beside(one: Parts) -> set[str]:
    return {"".join(words) for words in one.beside}


def _telling_part(a: Parts, b: Parts) -> bool:
    """What stands within the other name tells apart: "Hindlabs" does, "Central Laboratory" not."""
    found = [one for one, other in ((a, b), (b, a)) if one.joined in _beside(other)]
    return any(set(one.person) - TRADE for one in found)


def _across_scripts(a: Parts, b: Parts) -> Person:
    """One name in Chinese, the other in Latin letters: of the same words, or of some more."""
    mine, theirs = gloss(a.person), gloss(b.person)
    if not (mine and theirs and mine.telling and theirs.telling):
        return "other"
    if mine == theirs:
        return "translated"
    return "said less" if mine.sound and (mine.holds(theirs) or theirs.holds(mine)) else "other"


def _unsited(one: Parts, places: Iterable[str]) -> Parts:
    """Without the city that an institution's name ends or begins with. A company's is its own:
    "Heron Pune Ltd" is no "Heron Ltd"."""
    cities = {stem(word) for place in places for word in words(place).split()}
    kept = tuple(word for word in one.person if word not in cities)
    return one if one.form or not set(kept) - TRADE else replace(one, person=kept)


def _same_person_spelt(a: Parts, b: Parts) -> bool:
    """The same words in the same order but for one slip of a pen in one long word."""
    if len(a.person) != len(b.person):
        return False
    slips = [(x, y) for x, y in zip(a.person, b.person, strict=True) if x != y]
    if len(slips) != 1:
        return False
    one, other = slips[0]
    return (
        min(len(one), len(other)) > _LONG
        and one.isascii()
        and not any(c.isdigit() for c in one + other)
        and one[0] == other[0]
        and OSA.distance(one, other) == 1
    )


def _form(one: Parts) -> str:
    """Forms that are written for one another: Co., Ltd. and Ltd."""
    return "ltd" if one.form in {"co ltd", "co"} else one.form


def _relation(a: Parts, b: Parts, person: str, form: str) -> str:
    said = {a.relation, b.relation} - {""}
    if (a.branch or b.branch) and not _one_branch(a, b):
        return "branch"
    if "joint venture" in said:
        return "joint venture"
    if person in {"equal", "misspelt", "part"}:
        if "subsidiary" in said and a.relation != b.relation:
            return "subsidiary"
        if "name plate" in said:
            return "name plate"
        if "renamed" in said:
            return "renamed" if person == "part" else ""
        return "unit" if "unit" in said or a.beside != b.beside else ""
    mine, theirs = set(a.person), set(b.person)
    if (mine - theirs and theirs - mine) or not (mine & theirs) - TRADE:
        first = {a.person[:1], b.person[:1]}
        lone = len(first) == 1 and not set(*first) <= TRADE
        return "group" if lone and person == "other" else ""
    more, less = (a, b) if len(mine) > len(theirs) else (b, a)
    extra = set(more.person) - set(less.person)
    if extra & more.bracket or form == "differ" or more.person[0] in extra:
        return "subsidiary"
    return "group" if a.form and b.form else ""


def _one_branch(a: Parts, b: Parts) -> bool:
    """Both name the same branch: "Guangzhou Branch", 广州分公司, whatever stands around it."""
    mine, theirs = tuple(a.branch.split()), tuple(b.branch.split())
    if not (mine and theirs):
        return False
    if sorted(mine) == sorted(theirs):
        return True
    said = gloss(mine)
    return bool(said and (said.sound or said.senses)) and said == gloss(theirs)


def _places(a: frozenset[str], b: frozenset[str]) -> str:
    """ "New Delhi" and "Delhi" agree: one within the other is the same place, finer."""
    if not a or not b:
        return "unsaid"
    return "agree" if any(same_place(x, y) for x in a for y in b) else "differ"


def same_place(one: str, other: str) -> bool:
    """One within the other, or one spelling of the other (Jhunjhunu, Jhunjhunun)."""
    x, y = words(one), words(other)
    mine, theirs = set(x.split()), set(y.split())
    return mine <= theirs or theirs <= mine or fuzz.ratio(x, y) >= _PLACE


def _agree(a: Iterable[Any], b: Iterable[Any], differ: str = "differ") -> str:
    mine, theirs = set(a), set(b)
    if not mine or not theirs:
        return "unsaid"
    return "agree" if mine & theirs else differ


def _identifiers(a: Mapping[str, frozenset[str]], b: Mapping[str, frozenset[str]]) -> str:
    shared = [space for space in a if a[space] and b.get(space)]
    if any(one_a_body(space) and not a[space] & b[space] for space in shared):
        return "differ"
    return "agree" if any(a[space] & b[space] for space in shared) else "unsaid"
