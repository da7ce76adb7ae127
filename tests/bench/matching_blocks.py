"""What the blocks of matching let through: true pairs that meet, comparisons, questions asked.

The made bodies are those of the other benches; the published files, where
``LABDIR_PUBLISHED_FILES`` names them, are read by the sources' own parsers in the order of arrival.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.kit import Draft
from services.names import fold
from services.sync.match import Index, candidates, decide, numbers_of
from tests.bench.draw_matching import published
from tests.bench.figures import tell
from tests.bench.matching import CROWD, LATER, LEFT, Pair, made_bodies, share


def measure(index: Index, pairs: Sequence[Pair]) -> None:
    """Prints the share of true pairs in a common block, and what the crowd of made bodies costs."""
    truly = [pair for pair in pairs if pair.same]
    met = sum(_meet(pair, index) for pair in truly)
    tell("matching: blocks", among=CROWD, labelled_same=len(truly), **share("met", met, len(truly)))
    later = made_bodies(CROWD + LATER)[CROWD:]
    tell(f"matching: {LATER} made bodies after {CROWD}", **costs(index, later))
    if folder := os.environ.get("LABDIR_PUBLISHED_FILES"):
        tell("matching: published files", **costs(Index(), published(Path(folder))))


def _meet(pair: Pair, index: Index) -> bool:
    index.learn(LEFT, pair.left, pair.sources[0])
    names = {fold(name.text) for name in pair.left.names}
    met = (
        LEFT in candidates(pair.right, index)
        or bool(names & {fold(name.text) for name in pair.right.names})
        or bool(numbers_of(pair.left) & numbers_of(pair.right))
        or bool({*pair.left.identifiers} & {*pair.right.identifiers})
    )
    index.forget(LEFT)
    return met


def costs(index: Index, arriving: Iterable[tuple[str, Draft]]) -> dict[str, object]:
    """Each record in turn against what came before: comparisons, joins and questions a record."""
    compared: list[int] = []
    asked: list[int] = []
    reasons: Counter[str] = Counter()
    joined = 0
    began = time.perf_counter()
    for body_id, (source, draft) in enumerate(arriving, len(index.bodies) + 1):
        compared.append(len(candidates(draft, index)))
        match = decide(draft, index, source)
        joined += match.body_id is not None
        asked.append(len(match.doubts))
        reasons.update(doubt.reason for doubt in match.doubts)
        index.learn(body_id if match.body_id is None else match.body_id, draft, source)
    count = len(compared) or 1
    return {
        "records": len(compared),
        "joined": joined,
        "compared_a_record": sum(compared) / count,
        "compared_at_most": max(compared, default=0),
        "asked_a_record": sum(asked) / count,
        "records_asked_about": sum(1 for one in asked if one),
        "asked_at_most": max(asked, default=0),
        "reasons": dict(reasons.most_common()),
        "ms_a_record": (time.perf_counter() - began) / count * 1_000,
    }
