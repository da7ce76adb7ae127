"""How well bodies are told apart: precision and recall over pairs labelled by hand.

The labels (``matching_pairs.csv``, how they came about in ``matching_pairs.md``) stood before the
scorer. One half, drawn by seed, was looked at while the scorer was tuned; the other was held out.
"""

import csv
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.kit import Accreditation, Draft, Identifier, Name, Profile
from services.sync.likeness import Likeness, Side, compare
from services.sync.match import Index, decide
from tests.bench.figures import tell

PAIRS = Path(__file__).with_name("matching_pairs.csv")
SEED = 6
_IDENTIFIED = {"gb_ukmcab": "UK-AB"}  # sources whose number is the body's; others number a paper

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

    @property
    def automatic(self) -> bool:
        index = Index()
        index.learn(1, self.left, self.sources[0])
        return decide(self.right, index, self.sources[1]).body_id == 1

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
    source, number = row[f"{side}_source"], row[f"{side}_number"]
    namespace = _IDENTIFIED.get(source)
    held = number and not number.startswith("example")
    return Draft(
        key=side,
        names=tuple(Name(text=one) for one in row[f"{side}_name"].split("; ")),
        profile=Profile(country=row[f"{side}_country"], city=row[f"{side}_place"]),
        identifiers=(Identifier(namespace=namespace, value=number),) if namespace and held else (),
        accreditations=()
        if namespace or not held
        else (Accreditation(key="1", issuer=source, number=number),),
    )


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


def figures(of: Sequence[Pair]) -> dict[str, object]:
    """Precision and recall of "same" (made automatically, or proposed) and what was automatic."""
    decided = [(pair, pair.automatic, pair.likeness.decision) for pair in of]
    said = [(p, auto) for p, auto, decision in decided if auto or decision == "same"]
    right = sum(pair.same for pair, _ in said)
    truly = sum(pair.same for pair in of)
    named = sum(pair.same and pair.relation not in _BY_IDENTIFIER for pair in of)
    automatic = [pair for pair, auto in said if auto]
    asked = [pair for pair, auto, decision in decided if decision == "ask" and not auto]
    return {
        "pairs": len(of),
        "labelled_same": truly,
        "precision": right / len(said) if said else 1.0,
        "precision_95": [round(one, 3) for one in wilson(right, len(said))],
        "recall": right / truly if truly else 1.0,
        "recall_95": [round(one, 3) for one in wilson(right, truly)],
        # without translations and renamings, which only an identifier can join
        "recall_by_name": right / named if named else 1.0,
        "recall_by_name_95": [round(one, 3) for one in wilson(right, named)],
        "automatic": len(automatic),
        "automatic_wrong": sum(not pair.same for pair in automatic),
        "proposed_same": len(said) - len(automatic),
        "asked": len(asked),
        "asked_that_are_same": sum(pair.same for pair in asked),
    }


def measure(all_pairs: Iterable[Pair] | None = None) -> None:
    found = list(all_pairs or pairs())
    data = "tests/bench/matching_pairs.csv, labelled by hand from published names"
    for what, of in (
        ("tuned half", [p for p in found if p.tuned]),
        ("held-out half", [p for p in found if not p.tuned]),
        ("all pairs", found),
    ):
        tell(f"matching: {what}", data=data, seed=SEED, **figures(of))
