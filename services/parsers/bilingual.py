"""Registers in two languages: the words of one stand beside the other's in one string.

"暂停 suspended" (the first word decides, the other is a courtesy), "玩具 | Toys" (both are said),
days as "2028年01月09日" or "2028-01-09".
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TypeVar

from services.parsers.json_rows import Row, Unread

T = TypeVar("T")

_DAY = re.compile(r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?")


def meaning(table: Mapping[str, T], words: str, what: str) -> T:
    """What "暂停 suspended" or "暂停 / Suspended" means, by its first word.

    Raises Unread naming ``what`` and the word where the table does not know it: an unknown word
    of a register is a decision for a person, never a guess.
    """
    word = re.split(r"[/\s]", words.strip(), maxsplit=1)[0]
    if word not in table:
        raise Unread(f"{what}: “{words}” is no word that this reader knows")
    return table[word]


def written_day(words: str, what: str) -> date | None:
    """The day, "" as None. Raises Unread naming ``what`` for anything that is no day."""
    if not words:
        return None
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", words).strip())
    if found is None:
        raise Unread(f"{what}: “{words}” is no day")
    try:
        return date(*map(int, found.groups()))
    except ValueError as no_such:
        raise Unread(f"{what}: “{words}” is no day of the calendar") from no_such


def after(last_day: date | None) -> date | None:
    """The first day after a last day that the source counts in (domain rule 13).

    None where there is none: registers write 9999-12-31 for "no end".
    """
    return last_day + timedelta(days=1) if last_day and last_day < date.max else None


def both(words: str) -> tuple[str, str]:
    """(English, Chinese) of "玩具 | Toys"; words in one language alone come first."""
    chinese, _, english = words.partition(" | ")
    first, second = english.strip(), chinese.strip()
    return (first, second) if first else (second, "")


class BilingualRow(Row):
    """A JSON object of such a register."""

    def day(self, key: str) -> date | None:
        return written_day(self.text(key), f"{self.what}.{key}")

    def period(self, first: str, last: str) -> tuple[date | None, date | None]:
        """(first day, first day no longer) of two keys with inclusive days.

        Raises Unread where the last day is before the first.
        """
        begins, ends = self.day(first), after(self.day(last))
        if begins and ends and begins >= ends:
            raise Unread(f"{self.what}.{last} is before its {first}, {begins}")
        return begins, ends

    def word(self, key: str, table: Mapping[str, T]) -> tuple[T, str]:
        """The meaning of a word that must be there, and the register's own words for it."""
        words = self.must(key)
        return meaning(table, words, f"{self.what}.{key}"), words

    def both(self, key: str) -> tuple[str, str]:
        """(English, Chinese); see ``both``."""
        return both(self.text(key))
