"""Draws the pairs of records that a person labels for the bench of matching.

Reads the published files of ``LABDIR_PUBLISHED_FILES`` with the sources' own parsers, pairs names
that share a rare word or three letters in a row, and draws by seed so many from each band of
likeness, in one file and between files, that easy pairs don't crowd out the others. It knows
nothing of the scorer: words and a plain ratio of letters only.

    python -m tests.bench.draw_matching > drawn.csv
"""

import csv
import os
import random
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from services.kit import Draft, Page, Source
from services.sources import gb_ukmcab, in_nabl, sg_cpso, sg_sac, us_nllap

BANDS = (55, 65, 75, 82, 88, 93, 97, 100.1)  # of likeness in percent, lower bounds and the end
EACH = {"within": 11, "between": 8}  # pairs of a band and source, and of a band between two
_MANY = 60  # a word in more names than this pairs nothing


@dataclass(frozen=True, slots=True)
class Said:
    """One body as one source names it."""

    source: str
    name: str
    country: str
    place: str
    number: str


def records(folder: Path) -> list[Said]:
    """Distinct namings of bodies in all published files."""
    found: dict[Said, None] = {}
    for key, draft in published(folder):
        profile = draft.profile
        numbers = [i.value for i in draft.identifiers]
        numbers += [a.number for a in draft.accreditations if a.number]
        for name in draft.names:
            said = Said(
                key,
                " ".join(name.text.split()),
                profile.country if profile else "",
                profile.city or profile.region if profile else "",
                " ".join(numbers[:1]),
            )
            found[said] = None
    return list(found)


def published(folder: Path) -> Iterator[tuple[str, Draft]]:
    """All drafts of the published files with their sources."""
    files: list[tuple[str, Source, str, list[Path]]] = [
        ("gb_ukmcab", gb_ukmcab.SOURCE, "bodies", [*folder.glob("gb_ukmcab/*.csv")]),
        ("in_nabl", in_nabl.SOURCE, "laboratories", [*folder.glob("in_nabl/*.json")]),
        ("sg_cpso", sg_cpso.SOURCE, "cabs", [*folder.glob("sg_cpso/*.xlsx")]),
        ("sg_sac", sg_sac.SOURCE, "updates", sorted(folder.glob("sg_sac/versions/*"))),
        ("us_nllap", us_nllap.SOURCE, "laboratories", [*folder.glob("us_nllap/*.html")]),
    ]
    for key, source, listed, paths in files:
        for path in paths:
            page = Page(url="https://publisher.example/x", body=path.read_bytes(), name=path.name)
            for draft in source.parse([page], listed).drafts:
                yield key, draft


def words(name: str) -> list[str]:
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c)
    )
    return re.findall(r"\w{2,}", plain)


def pairs(said: list[Said]) -> Iterator[tuple[float, Said, Said]]:
    """Pairs that share a word which is not in too many names, with their likeness."""
    holding: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(said):
        for word in {*words(one.name)}:
            holding[word].append(number)
    seen: set[tuple[int, int]] = set()
    for numbers in holding.values():
        if len(numbers) > _MANY:
            continue
        for a, b in combinations(numbers, 2):
            if (a, b) not in seen:
                seen.add((a, b))
                left, right = said[a], said[b]
                ratio = fuzz.WRatio(" ".join(words(left.name)), " ".join(words(right.name)))
                if ratio >= BANDS[0]:
                    yield ratio, left, right


def draw(found: list[tuple[float, Said, Said]], seed: int) -> list[tuple[float, Said, Said]]:
    """So many of each band, each source and each two sources; a name in at most three pairs."""
    shuffled = sorted(found, key=lambda one: (one[1].source, one[1].name, one[2].name, one[0]))
    random.Random(seed).shuffle(shuffled)
    taken: list[tuple[float, Said, Said]] = []
    full: Counter[tuple[str, str, int]] = Counter()
    used: Counter[str] = Counter()
    for one in shuffled:
        ratio, left, right = one
        band = max(n for n, low in enumerate(BANDS[:-1]) if ratio >= low)
        kind = "within" if left.source == right.source else "between"
        cell = (left.source, right.source, band)
        if full[cell] < EACH[kind] and max(used[left.name], used[right.name]) < 3:
            full[cell] += 1
            used[left.name] += 1
            used[right.name] += 1
            taken.append(one)
    return sorted(taken, key=lambda one: (one[1].source, one[2].source, -one[0]))


def main() -> None:
    said = records(Path(os.environ["LABDIR_PUBLISHED_FILES"]))
    out = csv.writer(sys.stdout)
    for ratio, a, b in draw(list(pairs(said)), seed=6):
        out.writerow([round(ratio), *_row(a), *_row(b)])


def _row(one: Said) -> list[str]:
    return [one.source, one.name, one.country, one.place, one.number]


if __name__ == "__main__":
    main()
