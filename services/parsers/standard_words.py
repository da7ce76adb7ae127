"""Standards as people type them into one cell of a list: alternatives, combinations, last days.

    SS 246: 2004 - valid till 25 Oct 2021 or
    IEC 60335-2-80: 2002 + SS 360: 1992 (sub-cl. 5.7 & 5.8 only)

reads as two alternatives; the second is a combination of two standards, one with a note. An
amendment ("+ A3: 2013", "with A1") stays with the standard it amends.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from services.parsers.bilingual import after
from services.parsers.written_dates import find_dates

# the publisher's letters, then the number: "IEC 60335-2-98", "SS281", "AS/NZS 3112", "AS 5263.1.1"
_NAME = r"[A-Z]{2,6}(?:[/ ](?:[A-Z]{2,6})){0,3}"
_NUMBER = r"\d[\d]*(?:[.\-]\d+)*(?:-[A-Z])?"
_DESIGNATION = re.compile(rf"(?<![\w.])(?P<name>{_NAME})\s*(?P<number>{_NUMBER})(?![\w])")
# one that no model name or rating resembles: its edition follows ("IEC 60335-2-3: 2002")
_DATED = re.compile(rf"(?<![\w.(]){_NAME}\s*{_NUMBER}\s*:\s*\d")
_AMENDMENT = re.compile(r"\s*(?:A(?:MD|mendment|md|m)?|C(?:OR|or)|AC|Corr?)\.?\s*\d", re.IGNORECASE)
_VALID = re.compile(
    r"(?<![\s,;(–—-])[\s,;(–—-]*\bvalid\s+"
    r"(?P<which>till|until|up\s?to|to|thru|through|from|w\.?e\.?f\.?)\b[\s:]*",
    re.IGNORECASE,
)
_JOINS = re.compile(r"\b(?:or|and|either)\Z", re.IGNORECASE)
_LONGEST_DATE = 80  # characters, of a range written out
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Standard:
    """A designation as written, spaces folded: "SS 145-2: 2018". ``note``: its brackets' words."""

    written: str
    note: str = ""

    @property
    def root(self) -> tuple[str, str]:
        """Publisher's letters and number without edition: ("SS", "145-2"); empty without any."""
        return next(iter(roots(self.written)), ("", ""))


@dataclass(frozen=True, slots=True)
class Alternative:
    """Standards that are required together; usually one.

    ``valid_to`` is the first day it no longer counts: a published "valid till" is its last day.
    ``problem``: a validity that is written and cannot be read.
    """

    standards: tuple[Standard, ...]
    written: str
    valid_from: date | None = None
    valid_to: date | None = None
    problem: str = ""


def roots(words: str) -> list[tuple[str, str]]:
    """Letters and numbers of all designations in the words: "IEC 60335 + SS 360" has two."""
    plain = " ".join(words.split())
    return [(found["name"], found["number"]) for found in _DESIGNATION.finditer(plain)]


def only_standards(words: str) -> bool:
    """Whether the words are nothing but designations and what joins them."""
    rest = _DESIGNATION.sub("", " ".join(words.split()))
    return bool(roots(words)) and not re.sub(
        r"\b(?:or|and|only)\b|[\s,;+&/()]|:\s*\d{4}", "", rest, flags=re.IGNORECASE
    )


def covers(general: tuple[str, str], special: tuple[str, str]) -> bool:
    """Whether a shortened designation means a full one: IEC 60950 covers IEC 60950-1."""
    if general[0] != special[0] or not special[1].startswith(general[1]):
        return False
    return special[1][len(general[1]) :][:1] in {"", "-", "."}


@lru_cache(maxsize=4096)  # a cell of goods is read again for every body beside it
def split_goods(cell: str) -> tuple[str, str]:
    """(what is tested, the standards) of a cell that holds both; the second "" if it names none.

    The standards begin at the first line that starts with a designation; where all stands on one
    line, at the first designation with an edition outside brackets.
    """
    lines = [line.strip() for line in cell.split("\n") if line.strip()]
    for number, line in enumerate(lines):
        if number and _DESIGNATION.match(line):
            return " ".join(lines[:number]), "\n".join(lines[number:])
    whole = "\n".join(lines)
    masked = _BRACKETS.sub(lambda found: "(" + " " * (len(found.group()) - 2) + ")", whole)
    if found := _DATED.search(masked):
        return " ".join(whole[: found.start()].split()), whole[found.start() :]
    return " ".join(whole.split()), ""


@lru_cache(maxsize=4096)
def alternatives(words: str) -> tuple[Alternative, ...]:
    """The alternatives of a cell's standards part, in its order.

    Alternatives are parted by or, and, a comma or a new line *before another designation*; a plus
    joins what is required together. "Valid till" applies to the alternative that it follows.
    """
    return tuple(_alternative(part) for part in _parts(words) if part.strip())


def _parts(words: str) -> list[str]:
    """Cuts before each designation that a separator, not a plus, parts from the one before."""
    plain = _blanked(words)
    starts = [found.start() for found in _DESIGNATION.finditer(plain)]
    cuts = [0]
    for before, start in pairwise(starts):
        end = _end_of_words(plain, before, start)
        parted = any(one == "\n" or not one.isspace() for one in plain[end:start])
        if parted and not plain[before:start].rstrip().endswith("+") and plain[end - 1] != "+":
            cuts.append(start)
    bounds = [*cuts, len(words)]
    return [_trimmed(words[a:b]) for a, b in pairwise(bounds)]


def _end_of_words(words: str, begin: int, end: int) -> int:
    """Where the words end and nothing but separators ("or", "and", commas, line ends) follows.

    From behind and bit by bit: an expression for it tries a run of commas in all ways to part it.
    """
    while end > begin:
        if words[end - 1].isspace() or words[end - 1] in ",;/&":
            end -= 1
        elif found := _JOINS.search(words, max(begin, end - 6), end):
            end = found.start()
        else:
            break
    return end


def _blanked(words: str) -> str:
    """Brackets blanked to equal length, so that a standard named inside a note cuts nothing."""
    return _BRACKETS.sub(lambda found: " " * len(found.group()), words)


def _trimmed(words: str) -> str:
    words = words.strip()
    return words[: _end_of_words(words, 0, len(words))]


def _alternative(words: str) -> Alternative:
    written = " ".join(words.split())
    rest, first, last, problem = _validity(written)
    pieces: list[str] = []
    for piece in rest.split("+"):
        if pieces and (_AMENDMENT.match(piece) or not _DESIGNATION.search(piece)):
            pieces[-1] += "+" + piece
        else:
            pieces.append(piece)
    return Alternative(
        tuple(_standard(piece) for piece in pieces if piece.strip()), written, first, last, problem
    )


def _standard(words: str) -> Standard:
    notes = [note.group()[1:-1].strip() for note in _BRACKETS.finditer(words)]
    return Standard(" ".join(_BRACKETS.sub(" ", words).split()).strip(" -–,;"), "; ".join(notes))


def _validity(words: str) -> tuple[str, date | None, date | None, str]:
    """(the words without it, first day, first day no longer, problem)."""
    first = last = None
    problem = ""
    while found := _VALID.search(words):
        written = find_dates(words[found.end() : found.end() + _LONGEST_DATE])
        day = written.first if written and written.start == 0 else None
        end = found.end() + written.end if written and day else len(words)
        if day is None:
            problem = f"{words[found.start() :].strip(' -–(')!r} names no day that can be read"
        elif found["which"].lower().startswith(("from", "w")):
            first = day
        else:
            last = after(day)
        words = (words[: found.start()] + " " + words[end:].lstrip(") ")).strip()
    if first and last and first >= last:
        return words, None, None, f"valid from {first} and only to before {last}"
    return words, first, last, problem
