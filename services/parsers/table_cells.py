"""Cells of a declared table as texts, days, words of the vocabulary and countries.

What cannot be read raises Unread naming column, word and remedy; nothing is guessed.
"""

import re
import unicodedata
from collections import Counter
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

from services.parsers.json_rows import Unread
from services.parsers.personal import without_personal
from services.parsers.places import country_code
from services.parsers.table_declaration import Cell, Take, cell

W = TypeVar("W", bound=Enum)

# days that begin with the year are read one way only (ISO 8601, GB/T 7408)
YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?00)?")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?")
_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ud800-\udfff]")


def fold(words: str) -> str:
    """Words for comparing: full-width as half-width, lower case, spaces folded."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


class Cells:
    """The cells of one row, taken by declaration; ``dropped`` counts persons left out."""

    def __init__(self, cells: dict[str, str]) -> None:
        self._cells = cells
        self.dropped: Counter[str] = Counter()

    def written(self, take: Take | None) -> str:
        """The source's own words; "" where the declaration or the row has none."""
        if take is None:
            return ""
        one = cell(take)
        if one.value:
            return one.value
        if one.any_of:
            name = next((name for name in one.any_of if name in self._cells), "")
            return self._clean(name)
        if one.columns:
            return one.join.join(filter(None, (self._clean(name) for name in one.columns)))
        return self._clean(one.column)

    def text(self, take: Take | None) -> str:
        """The words, by the declaration's ``words`` where it has any."""
        if take is None:
            return ""
        said, one = self.written(take), cell(take)
        return _meant(one, said) if one.words else said

    def texts(self, take: Take | None) -> tuple[str, ...]:
        """The texts that a cell's ``split`` parts, each once; one or none without it."""
        if take is None:
            return ()
        said, one = self.written(take), cell(take)
        parts = [part.strip() for part in said.split(one.split)] if one.split else [said]
        meant = [_meant(one, part) if one.words else part for part in parts if part]
        return tuple(dict.fromkeys(filter(None, meant)))

    def day(self, take: Take | None) -> date | None:
        if take is None:
            return None
        one, said = cell(take), self.written(take)
        words = {fold(word): meaning for word, meaning in one.words.items()}
        said = words.get(fold(said), said)
        return _day(said, one) if said else None

    def word(self, take: Take | None, vocabulary: type[W]) -> W | None:
        return _word(cell(take), self.written(take), vocabulary) if take is not None else None

    def words(self, take: Take | None, vocabulary: type[W]) -> tuple[W, ...]:
        if take is None:
            return ()
        one, said = cell(take), self.written(take)
        parts = [part.strip() for part in said.split(one.split)] if one.split else [said]
        meant = (_word(one, part, vocabulary) for part in parts if part)
        return tuple(dict.fromkeys(word for word in meant if word is not None))

    def country(self, take: Take | None) -> str:
        said = self.text(take)
        if not said:
            return ""
        if code := country_code(said):
            return code
        raise _unread(take, f"“{said}” is no country that is known; give its code in words")

    def _clean(self, name: str) -> str:
        said = self._cells.get(name, "")
        if _LOST.search(said):
            raise Unread(f"“{name}” holds a control character or a lost one (U+FFFD)")
        said, dropped = without_personal(said)
        if dropped:
            self.dropped[name] += dropped
        return said


def _unread(take: Take | None, said: str) -> Unread:
    names = cell(take).named() if take is not None else ()
    return Unread(f"“{' / '.join(names) or 'value'}”: {said}")


def _meant(one: Cell, said: str) -> str:
    words = {fold(word): meaning for word, meaning in one.words.items()}
    if fold(said) in words:
        return words[fold(said)]
    if not said:
        return ""
    raise _unread(one, f"“{said}” is not among its words; say there what it means")


def _word(one: Cell, said: str, vocabulary: type[W]) -> W | None:
    meant = _meant(one, said) if one.words else fold(said)
    if not meant:
        return None
    try:
        return vocabulary(meant)
    except ValueError as fault:
        known = ", ".join(str(word.value) for word in vocabulary)
        raise _unread(
            one, f"“{said}” is none of {known}; say in its words what it means"
        ) from fault


def days(said: str, forms: tuple[str, ...]) -> set[date]:
    """Every day that the words are in one of the forms; forms that start with the year as well."""
    plain = unicodedata.normalize("NFKC", said).strip()
    plain = re.sub(r"\s*([年月日])\s*", r"\1", plain)
    found = set()
    for form in (*forms, *YEAR_FIRST):
        if form == "%Y%m%d" and len(plain) != 8:
            continue  # 2024131 would be read as two days
        try:
            found.add(datetime.strptime(plain, form).date())  # noqa: DTZ007 - a day, at no place
        except ValueError:
            continue
    whole = _MIDNIGHT.fullmatch(plain) or _TIME.fullmatch(plain)
    if not found and whole and whole[1] != plain:
        return days(whole[1], ())
    return found


def _day(said: str, one: Cell) -> date:
    found = days(said, one.dates)
    if len(found) > 1:
        several = " or ".join(sorted(day.isoformat() for day in found))
        raise _unread(one, f"“{said}” is {several} by its dates; keep the form that is meant")
    for day in found:
        if 1900 <= day.year < 2200:
            return day
        raise _unread(one, f"“{said}” is no likely day; where it means none, say so in words")
    remedy = "add the form of its days to dates, or what it means to words"
    raise _unread(one, f"“{said}” is no day that can be read; {remedy}")
