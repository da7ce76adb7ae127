"""The cells of a brand table's row, each read by the type of the field that it fills.

Every fault of a row is told, with the column, the words and the remedy: whoever keeps the file
mends it once.
"""

import difflib
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from services.parsers.days import only_day
from services.parsers.personal import without_emails, without_personal
from services.parsers.places import country_code
from services.terms import CredentialKind, EvidenceLevel, PresenceMode

# markets that are no single country, as routes name them
GROUPINGS = ("EU", "EEA", "GCC", "EAEU", "ASEAN", "MERCOSUR")
_CHINESE: dict[str, str] = {
    "自建": PresenceMode.BUILT, "借助": PresenceMode.BORROWED, "借船": PresenceMode.BORROWED,
    "造船": PresenceMode.BUILT, "商标": CredentialKind.TRADEMARK, "奖项": CredentialKind.AWARD,
    "成员资格": CredentialKind.MEMBERSHIP, "指定": CredentialKind.DESIGNATION,
    "榜单": CredentialKind.RANKING, "能力验证结果": CredentialKind.PROFICIENCY_RESULT,
    "处罚": CredentialKind.PENALTY, "发证方登记": EvidenceLevel.ISSUER_REGISTER,
    "发证方文件已核": EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
    "自述文件": EvidenceLevel.SELF_DECLARED_DOCUMENT, "宣传": EvidenceLevel.MARKETING_CLAIM,
}  # fmt: skip
_YES, _NO = {"yes", "true", "1", "是"}, {"no", "false", "0", "否", ""}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_HS = re.compile(r"\d{2}(?:\d{2}(?:\.?\d{2}(?:\.?\d{2,4})?)?)?")
_PLACES = {"country", "owner_country", "territory"}
_BARE = {"number", "partner_number", "url"}


class Row:
    """One row: cells by column, and what is wrong with them. ``dropped``: persons and how to reach
    them, found in cells and left out."""

    def __init__(self, line: int, cells: dict[str, str]) -> None:
        self.line = line
        self.faults: list[str] = []
        self.dropped = 0
        self._cells = cells

    def fault(self, column: str, said: str, remedy: str = "") -> None:
        self.faults.append(f"column “{column}”: {said}.{' ' if remedy else ''}{remedy}")

    def bare(self, column: str) -> str:
        """The cell as it stands: a number, an address, a name of a body."""
        return " ".join(self._cells.get(column, "").split())

    def text(self, column: str) -> str:
        """Words, without persons in them."""
        kept, dropped = without_personal(self.bare(column))
        self.dropped += dropped
        return kept

    def raw(self, columns: Iterable[str]) -> str:
        """The row's own words, those left out that are no words of the fact."""
        told = ((name, without_personal(self.bare(name))[0]) for name in columns)
        return "; ".join(f"{name}: {words}" for name, words in told if words)

    def must(self, column: str) -> None:
        if not self.bare(column):
            self.fault(column, "it is empty", "Fill it in, or take the row away.")

    def one_of(self, column: str, words: str, known: Iterable[str], what: str = "") -> str:
        """A known word, also by its Chinese one; else "" and a fault that names the nearest."""
        known = [str(one) for one in known]
        plain = re.sub(r"[\s-]+", "_", words.strip().lower())
        plain = _CHINESE.get(words.strip(), plain)
        if plain in known or not plain:
            return plain
        near = difflib.get_close_matches(plain, known, n=1, cutoff=0.4)
        remedy = f"Did you mean “{near[0]}”? " if near else ""
        self.fault(
            column,
            f"“{words}” is no {what or 'known word'}",
            f"{remedy}It takes {', '.join(known)}.",
        )
        return ""

    def day(self, column: str) -> date | None:
        words = self.bare(column)
        found = only_day(words) if words else None
        if words and (found is None or found.day is None):
            self.fault(column, f"“{words}” is no day", "Write it as 2026-08-31.")
        return found.day if found else None

    def yes(self, column: str) -> bool:
        words = self.bare(column).lower()
        if words not in _YES | _NO:
            self.fault(column, f"“{words}” is neither yes nor no", "Write yes or no.")
        return words in _YES

    def number(self, column: str) -> Decimal | None:
        words = self.bare(column).rstrip("%％ ")
        if not words:
            return None
        try:
            found = Decimal(words)
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or found < 0:
            self.fault(column, f"“{words}” is no number", "Write figures only, as 42.")
            return None
        return found

    def whole(self, column: str) -> int | None:
        found = self.number(column)
        if found is not None and (found != found.to_integral_value() or found > 1_000_000):
            self.fault(column, f"“{found}” is no count", "Write a whole number.")
            return None
        return int(found) if found is not None else None

    def place(self, column: str, words: str) -> str:
        """A country by its code or English name, or a grouping of countries."""
        if not words or words.upper() in GROUPINGS:
            return words.upper()
        found = country_code(words)
        if not found:
            self.fault(
                column, f"“{words}” is no country", "Write two letters of ISO 3166-1, as SG."
            )
        return found

    def many(self, column: str) -> tuple[str, ...]:
        apart = r"[\s,，、;；]+" if column == "languages" else r"\s*[;；]\s*"
        if column == "countries":
            apart = r"\s*[,，、;；]\s*"
        words = [one for one in re.split(apart, self.text(column)) if one]
        if column == "countries":
            words = [self.place(column, one) for one in words]
        if column == "languages":
            words = [self._language(column, one) for one in words]
        return tuple(dict.fromkeys(filter(None, words)))

    def _language(self, column: str, words: str) -> str:
        if not _LANGUAGE.fullmatch(words):
            self.fault(column, f"“{words}” is no tag of a language", "Write it as zh, en or ar.")
            return ""
        return words

    def value(self, column: str, kind: Any) -> Any:
        """The cell as a field of this type holds it; None where it is empty and may be."""
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            words = self.one_of(column, self.bare(column), kind, f"{column} that is known")
            return kind(words) if words else None
        if kind is bool:
            return self.yes(column)
        if kind is int:
            return self.whole(column)
        if kind is Decimal:
            return self.number(column)
        if kind is date:
            return self.day(column)
        if kind is tuple:
            return self.many(column)
        if column in _PLACES:
            return self.place(column, self.bare(column))
        bare = column in _BARE
        words = without_emails(self.bare(column)) if bare else self.text(column)
        if column == "hs_code" and words and not _HS.fullmatch(words):
            self.fault(column, f"“{words}” is no HS code", "Write two, four or six figures.")
        if column == "language" and words:
            return self._language(column, words)
        return words
