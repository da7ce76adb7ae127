"""How well bodies are told apart: precision and recall over pairs labelled by hand.

The labels (``matching_pairs.csv``, how they came about in ``matching_pairs.md``) stood before the
scorer. One half, drawn by seed, was looked at while the scorer was tuned; the other was held out.
"""

import csv
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from services.kit import Accreditation, Draft, Identifier, Name, Profile
from services.sources import in_nabl
from services.sync.likeness import Likeness, Side, compare
from services.sync.match import Index, decide
from tests.bench.figures import tell
from tests.bench.made import END, Country

PAIRS = Path(__file__).with_name("matching_pairs.csv")
SEED = 6
CROWD = 10_000  # made bodies among which a pair has to meet
LATER = 1_000  # made bodies that arrive when those are known
LEFT = 10**9

Outcome = Literal["automatic", "proposed", "asked", "nothing"]
_BY_IDENTIFIER = {"translation", "renamed"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two namings and what a person found; ``tuned``: in the half that tuning looked at."""

    left: Draft
    right: Draft
    sources: tuple[str, str]
    same: bool
    relation: str
    tuned: bool

    def outcome(self, index: Index) -> Outcome:
        """What the road makes of the right one where ``index`` and the left one are known.

        Blocks and all: a pair that never meets is "nothing", however alike. The neighbours in the
        alphabet (``blocks.alike_bodies``) are left out, so this tells rather too little.
        """
        index.learn(LEFT, self.left, self.sources[0])
        match = decide(self.right, index, self.sources[1])
        index.forget(LEFT)
        if match.body_id == LEFT:
            return "automatic"
        doubts = [one for one in match.doubts if one.body_id == LEFT]
        if not doubts:
            return "nothing"
        said = doubts[0].evidence.get("likeness", {}).get("decision")
        return "proposed" if said == "same" else "asked"

    @property
    def likeness(self) -> Likeness:
        return compare(_side(self.left), _side(self.right))


def pairs() -> list[Pair]:
    with PAIRS.open(encoding="utf-8", newline="") as told:
        rows = list(csv.DictReader(told))
    half = set(random.Random(SEED).sample(range(len(rows)), len(rows) // 2))
    return [
        Pair(
            _draft(row, "left"),
            _draft(row, "right"),
            (row["left_source"], row["right_source"]),
            row["label"] == "same",
            row["relation"],
            number in half,
        )
        for number, row in enumerate(rows)
    ]


def _draft(row: dict[str, str], side: str) -> Draft:
    """The naming as its source's parser would hand it on."""
    source, number = row[f"{side}_source"], row[f"{side}_number"]
    names = row[f"{side}_name"].split("; ")
    number = "" if number.startswith("example") else number
    identifiers = _identifiers(source, names[0], number)
    numbered = number and not identifiers
    return Draft(
        key=side,
        names=tuple(Name(text=one) for one in names),
        profile=Profile(country=row[f"{side}_country"], city=row[f"{side}_place"]),
        identifiers=identifiers,
        accreditations=(Accreditation(key="1", issuer=source, number=number),) if numbered else (),
    )


def _identifiers(source: str, name: str, number: str) -> tuple[Identifier, ...]:
    """A number that is the body's; other sources' numbers are a paper's."""
    if source == "gb_ukmcab" and number:
        return (Identifier(namespace="UK-AB", value=number),)
    return tuple(in_nabl._identifiers(name, number)) if source == "in_nabl" else ()


def _side(draft: Draft) -> Side:
    profile = draft.profile or Profile()
    return Side(
        tuple(name.text for name in draft.names),
        profile.country,
        frozenset({profile.city} - {""}),
        {one.namespace: frozenset({one.value}) for one in draft.identifiers},
        frozenset((one.issuer, one.number) for one in draft.accreditations),
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) where nothing was counted."""
    if not of:
        return 0.0, 1.0
    z = 1.959964
    share, room = hits / of, z * z / of
    middle = (share + room / 2) / (1 + room)
    half = z * math.sqrt(share * (1 - share) / of + room / (4 * of)) / (1 + room)
    return max(0.0, middle - half), min(1.0, middle + half)


def crowd(count: int = CROWD) -> Index:
    """An index with so many made bodies in it, among which the pairs have to find each other."""
    index = Index()
    # drawn once with those that come later: another number of them would be other bodies
    for body_id, (source, draft) in enumerate(made_bodies(CROWD + LATER)[:count], 1):
        index.learn(body_id, draft, source)
    return index


def made_bodies(count: int) -> list[tuple[str, Draft]]:
    """Made bodies with the source that lists them, each once."""
    made = Country(count * 2, SEED)  # a body has more than one accreditation now and then
    bodies: dict[str, tuple[str, Draft]] = {}
    for one in made.all:
        draft = replace(made._draft(one, END), lines=(), events=())
        bodies.setdefault(one.holder.name, (one.register.source, draft))
    return [*bodies.values()][:count]


def figures(of: Sequence[Pair], index: Index) -> dict[str, object]:
    """Precision and recall at each of three steps, each with what the steps before it found.

    ``automatic``: joined without a person. ``same``: that, or proposed to a person as the same.
    ``found``: that, or put before a person as a question.
    """
    told = [(pair, pair.outcome(index)) for pair in of]
    truly = sum(pair.same for pair in of)
    said: dict[str, object] = {"pairs": len(of), "labelled_same": truly}
    counted: set[str] = set()
    for step, outcome in (("automatic", "automatic"), ("same", "proposed"), ("found", "asked")):
        counted.add(outcome)
        chosen = [pair for pair, what in told if what in counted]
        right = sum(pair.same for pair in chosen)
        said |= {
            step: len(chosen),
            f"{step}_wrong": len(chosen) - right,
            **share(f"{step}_precision", right, len(chosen)),
            **share(f"{step}_recall", right, truly),
        }
    # without translations and renamings, which only an identifier can join
    named = [(pair.same, what) for pair, what in told if pair.relation not in _BY_IDENTIFIER]
    right = sum(same and what in {"automatic", "proposed"} for same, what in named)
    return said | share("same_recall_by_name", right, sum(same for same, _ in named))


def share(what: str, hits: int, of: int) -> dict[str, object]:
    """A share with its interval; None where nothing was counted."""
    low, high = wilson(hits, of)
    return {what: hits / of if of else None, f"{what}_95": [round(low, 3), round(high, 3)]}


def measure(index: Index, found: Sequence[Pair], held_out: bool = True) -> None:
    """``held_out`` False while tuning: what was looked at is no measure any more."""
    data = "tests/bench/matching_pairs.csv, labelled by hand from published names"
    parts: list[tuple[str, Sequence[Pair]]] = [("tuned half", [p for p in found if p.tuned])]
    if held_out:
        parts += [("held-out half", [p for p in found if not p.tuned]), ("all pairs", found)]
    for what, of in parts:
        tell(f"matching: {what}", data=data, seed=SEED, among=CROWD, **figures(of, index))
