"""The words of bodies' names, one by one: abbreviations, plurals, numbers, slips in common words.

For comparison only (``name_parts``), never shown, never stored.
"""

import functools
import re
from collections import Counter

from rapidfuzz.distance import OSA

from services.names import as_drawn

_SHORT = {
    "intl": "international", "int": "international", "svs": "service", "svcs": "service",
    "labs": "laboratory", "lab": "laboratory", "laboratories": "laboratory",
    "center": "centre", "govt": "government", "dept": "department", "deparment": "department",
    "hth": "health", "engrg": "engineering", "environ": "environmental", "tech": "technology",
    "technologies": "technology", "speciality": "specialty", "specialities": "specialty",
    "inst": "institute", "univ": "university", "mfg": "manufacturing",
    "med": "medical", "hosp": "hospital", "natl": "national", "ctr": "centre", "cntr": "centre",
    "diag": "diagnostic", "cert": "certification", "mgmt": "management", "stds": "standard",
    "assn": "association", "assoc": "association", "insp": "inspection", "calib": "calibration",
    "sci": "science", "saint": "st", "doctor": "dr",
    "shri": "sri", "shree": "sri", "sree": "sri",  # one word of Sanskrit, four ways to spell it
}  # fmt: skip
IDLE = frozenset({"the", "of", "and", "for", "a", "an", "at", "in", "m", "s"})
# Words of the trade: a stretch of these alone names a part of somebody, and tells nobody apart.
TRADE = frozenset(
    """
    analysis analytical and approval assessment audit biochemistry biopsy calibration cancer
    care center central centre certification chemistry civil clinic clinical college
    commercial communication consultant consulting consumer department diagnostic division
    electrical electronic electronics emc energy engineering environment environmental
    facility general government group haematology hardline head health healthcare hiv
    hospital ictc imaging industrial innovation inspection institute international
    laboratory lighting management material measurement medical medicine metrology
    microbiology molecular multispecialty national office optic path pathlaboratory pathology pcr
    photovoltaic physical polyclinic private product public quality radiology reference
    regional research safety scan school science scientific section serology service
    softline solution specialty srl standard state super superspecialty system technic
    technical technology test testing unit viral virology
    """.split()  # noqa: SIM905  (a list of words a line each would be two screens)
)

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "first": "1", "second": "2", "third": "3",
    "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9",
    "tenth": "10",
}  # fmt: skip
_ORDINAL = ("st", "nd", "rd", "th")
_COMPOUND = re.compile(r"(.{2,})(?:labs?|laboratory|laboratories)")
_LONG = 8  # letters of a word of the trade in which a slip is mended; shorter ones are brands' too


@functools.lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """One folded word: numbers as digits, look-alike letters as Latin ones, singular, whole."""
    word = as_drawn(word)
    if number := _ROMAN.get(word) or _NUMBERS.get(word) or _ordinal(word):
        return number
    if word in _SHORT:
        return _SHORT[word]
    if compound := _COMPOUND.fullmatch(word):
        return compound[1] + "laboratory"  # "Pathlabs" and "Path Labs"
    if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = _SHORT.get(word[:-1], word[:-1])
    return word if word in TRADE else _mended(word)


def _ordinal(word: str) -> str:
    """ "2nd" as "2"; nothing for another word."""
    return word[:-2] if word.endswith(_ORDINAL) and word[:-2].isdecimal() else ""


def _mended(word: str) -> str:
    """A long word of the trade without its slip of the pen; any other word as it is.

    One letter too much, missing, wrong or swapped; or two where all letters but one are the same
    ("diagonistic"): "meteorology" is no slip for "metrology".
    """
    if len(word) < _LONG or not word.isascii():
        return word
    for known in _LONG_WORDS:
        if known[0] == word[0] and abs(len(known) - len(word)) <= 1:
            far = OSA.distance(known, word, score_cutoff=2)
            if far <= 1 or (far == 2 and _letters_apart(known, word) <= 1):
                return known
    return word


def _letters_apart(one: str, other: str) -> int:
    mine, theirs = Counter(one), Counter(other)
    return (mine - theirs).total() + (theirs - mine).total()


_LONG_WORDS = tuple(sorted(one for one in TRADE if len(one) >= _LONG))
