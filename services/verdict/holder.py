"""Is the claimed holder the registered one? Names are compared, never trusted."""

import functools
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz

from services.names import core, fold

SAME = 0.999  # written alike but for case, dots, brackets, legal form
NEAR = 0.87  # one slip in eight letters; a branch's or sister's name differs by more


def likeness(claimed: str, names: Iterable[str]) -> float | None:
    """0 to 1: how like the nearest of the names in the same script. None: nothing to compare with
    (a Chinese name claimed where only an English one is registered), which says nothing."""
    names = tuple(names)
    if claimed in names:
        return 1.0  # what most paper says
    script = _script(claimed)
    scores = [_alike(claimed, name) for name in names if _script(name) == script]
    return max(scores, default=None)


@functools.lru_cache(maxsize=32_768)  # an audit compares the same holders over and over
def _alike(one: str, other: str) -> float:
    if fold(one) == fold(other) or core(one) == core(other):
        return 1.0
    # the words in another order are another spelling; letters in another order are not
    return max(fuzz.ratio(core(one), core(other)), fuzz.token_sort_ratio(one, other)) / 100 - 0.001


@functools.lru_cache(maxsize=32_768)
def _script(text: str) -> str:
    """ "Latin" or the script of its other letters: names of two scripts cannot be compared."""
    for c in unicodedata.normalize("NFKC", text):
        if c.isalpha() and not c.isascii():
            name = unicodedata.name(c, "").split(" ")[0]
            if name not in {"LATIN"}:
                return "CJK" if name in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"} else name
    return "LATIN"
