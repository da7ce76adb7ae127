"""Status lists typed by hand: sections, in them categories, fields and entries with a date.

"Newly accredited", "suspended", "withdrawn" and "inoperative" are *sections*; "Laboratory" is a
*category*, "Civil Engineering" a *field*; an *entry* is a name with a day or a range. The feeds in
``status_list_feeds`` tell a :class:`StatusList` what they meet, in order; it knows the words, keeps
the entries and notes every sign of a page that is still being typed.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from services.parsers.personal import without_personal
from services.parsers.written_dates import WrittenDates, find_dates

# --- the words of the list ----------------------------------------------------------------------

ACCREDITED, SUSPENDED, WITHDRAWN, INOPERATIVE = (
    "Newly Accredited",
    "Suspended",
    "Withdrawn",
    "Inoperative",
)
_SECTIONS = {
    ACCREDITED: re.compile(r"\bnew(?:ly)?\W+accredit|\A\W*accredit", re.I),
    SUSPENDED: re.compile(r"\bsuspen(?:d|s)", re.I),
    WITHDRAWN: re.compile(r"\bwithd?r[ae]w", re.I),
    INOPERATIVE: re.compile(r"\bin-?operati", re.I),
}
_BY_BODY = re.compile(r"\bvoluntar|\bby\s+(?:the\s+)?(?:cabs?\b|bod(?:y|ies)\b|holder)", re.I)
_BY_ISSUER = re.compile(r"\bby\s+(?:the\s+)?(?:sac\b|singapore\s+accred|council)", re.I)
NUMBER = re.compile(r"\A\s*(?:\d{1,2}|[ivx]{1,4})\s*[.)]\s*", re.I)
_ENTRY_NUMBER = re.compile(r"\A\s*(?:\d{1,2}[.)]|\([a-z0-9]{1,2}\))\s+", re.I)
CATEGORY = re.compile(
    r"(?:accredited\s+)?(?:laborator(?:y|ies)|inspection\s+bod(?:y|ies)"
    r"|certification\s+bod(?:y|ies)|(?:good\s+laboratory\s+practice|glp)(?:\s*\(glp\))?"
    r"\s+(?:test\s+)?facilit(?:y|ies)|proficiency\s+testing\s+providers?"
    r"|reference\s+material\s+producers?)\W*",
    re.I,
)
_CATEGORY_WORD = re.compile(
    r"\s*(?:\b(?:of|for)\s+)?\b(?:laborator|certification\s+bod|inspection\s+bod|good\s+lab|glp\b"
    r"|proficiency|conformity|cabs?\b)",
    re.I,
)
NOTHING = re.compile(r"\W*+(?:n\s*[./]?\s*a|nil|none|not applicable)?\W*+", re.I)
UPDATED = re.compile(r"\W*+(?:last\s+|page\s+)*(?:updated?|revised|as\s+(?:at|of)|dated?)\b", re.I)
BEFORE_DATE = re.compile(
    r"[\s(\[{,:;–—-]*(?:\b(?:suspended|suspension|withdrawn|withdrawal|accredited|inoperative"
    r"|w\.?\s?e\.?\s?f\.?|with\s+effect|effective|from|since|on|date|dated|period|until|till|up\s+to)"
    r"\b[\s.:]*)*\Z",
    re.I,
)
_ONLY_END = re.compile(r"\b(?:until|till|up\s+to)\W*\Z", re.I)
LEGAL_FORM = re.compile(
    r"\b(?:pte|ltd|limited|llp|llc|inc|incorporated|sdn|bhd|gmbh|corp|corporation|plc|pvt)\b", re.I
)
FIELD_WORD = re.compile(
    r"\b(?:testing|tests?|measurements?|calibration|engineering|inspections?|investigations?"
    r"|management|systems?|organisations?|organizations?|certification|verification|validation"
    r"|products?|security|medical|imaging|persons?|personnel|proficiency|steelwork)\b",
    re.I,
)


def sections_in(words: str) -> list[str]:
    """The sections these words name, in the order of the list."""
    return [name for name, pattern in _SECTIONS.items() if pattern.search(words)]


def section_of(words: str) -> str | None:
    """The one section these words name; None where they name none, or several (a title)."""
    named = sections_in(words)
    return named[0] if len(named) == 1 else None


def who_asked(words: str) -> str:
    """ "body" (voluntary), "issuer", or "" where the words do not say."""
    return "body" if _BY_BODY.search(words) else "issuer" if _BY_ISSUER.search(words) else ""


def same(words: str) -> str:
    """Words for comparison: case, punctuation, hyphens, spaces, and "&" or "and" do not differ."""
    folded = unicodedata.normalize("NFKC", words).casefold().replace("&", " and ")
    return "".join(letter for letter in folded if letter.isalnum())


# --- collecting what is read, whatever the format ------------------------------------------------

TWICE = "section printed twice with different entries"
EMPTY = "heading with nothing under it"
REPEATED = "repeated entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as printed. ``words``: those of its section, or of its part ("Withdrawal by SAC").

    ``first``-``last``: the days named, both inclusive; ``last`` None where one day is written,
    ``first`` None where only the end is. ``written``: the words of the date.
    """

    section: str
    asked_by: str
    words: str
    category: str
    field: str
    name: str
    first: date | None
    last: date | None
    written: str
    where: str

    @property
    def kin(self) -> str:
        """Section, field and date: what stays when the spelling of a name is corrected."""
        dates = "/".join(day.isoformat() if day else "" for day in (self.first, self.last))
        return f"{self.section}|{same(self.field)}|{dates}"

    @property
    def key(self) -> str:
        return f"{self.kin}|{same(self.name)}"

    @property
    def raw(self) -> str:
        """The source's own words without its layout, and without the name, which stands apart."""
        under = ", ".join(part for part in (self.category, self.field) if part)
        return f"{self.words}: {under}" + (f" ({self.written})" if self.written else "")


@dataclass(slots=True)
class StatusList:
    """What a file says, told in order: section, category, field, entry. Feeds call the verbs."""

    entries: dict[str, Entry] = field(default_factory=dict)
    leftovers: dict[tuple[str, str], int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    listed_on: date | None = None
    # each printing of a section and the keys read under it, in order
    printings: list[tuple[str, set[str]]] = field(default_factory=list)
    # sub-headings by section and who asked: their words, and whether anything stood under them
    parts: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    said_nothing: set[str] = field(default_factory=set)
    section: str | None = None
    asked_by: str = ""
    words: str = ""
    category: str = ""
    field: str = ""

    def left_over(self, what: str, example: str) -> None:
        self.leftovers[what, example] = self.leftovers.get((what, example), 0) + 1

    def enter(self, words: str, *, again: bool = True) -> bool:
        """Take ``words`` for a section or a part of one, if they name one. False: they do not.

        ``again`` false: naming the section that is open already is no second printing of it.
        """
        asked, section = who_asked(words), section_of(words)
        words = NUMBER.sub("", words)
        if asked and (section or self.section):
            self.open(section or self.section or "", words, printed=section != self.section)
            self.asked_by = asked
            held = self.parts.get((self.section or "", asked), ("", False))[1]
            self.parts[self.section or "", asked] = (words, held)
            return True
        if section is None:
            return False
        if again or section != self.section:
            # cut before the kinds of bodies: a reworded rest of the title changes no record
            cut = _CATEGORY_WORD.search(words)
            self.open(section, words[: cut.start()].strip() if cut and cut.start() else words)
        return True

    def open(self, section: str | None, words: str, *, printed: bool = True) -> None:
        self.section, self.words, self.asked_by = section, words.strip(" :-"), ""
        self.category = self.field = ""
        if section and printed:
            self.printings.append((section, set()))

    def in_category(self, words: str) -> None:
        self.category, self.field = words.strip(" :"), ""

    def in_field(self, words: str) -> None:
        self.field = words.strip(" :")

    def nothing(self) -> None:
        if self.section:
            self.said_nothing.add(self.section)
            self._mark_part()

    def _mark_part(self) -> None:
        if (part := (self.section or "", self.asked_by)) in self.parts:
            self.parts[part] = (self.parts[part][0], True)

    def entry(self, name: str, dated: str, where: str) -> None:
        """One entry: its name and the words that should hold its date."""
        name, dropped = without_personal(_ENTRY_NUMBER.sub("", name).strip(" *•:;,-–"))
        if dropped:
            self.left_over("personal data dropped", "")
        under = ", ".join(part for part in (self.words, self.category, self.field) if part)
        trouble = found = None
        if self.section is None:
            trouble = f"it stands under {self.words!r}, which is no section known here"
        elif len(same(name)) < 2:
            trouble = "it has a date and no name"
        elif (found := find_dates(dated)) is None and self.section != INOPERATIVE:
            trouble = f"no date in {dated!r}" if dated else "no date is given"
        elif found is not None and found.problem:
            trouble = found.problem
        if trouble or self.section is None:
            self.problems.append(f"{where}: {name or '(no name)'!r} ({under}): {trouble}")
            return
        self._mark_part()
        if not self.field:
            self.left_over("entry without a field", name)
        entry = self._entry(name, dated, found, where)
        if self.printings:
            self.printings[-1][1].add(entry.key)
        if entry.key in self.entries:
            # 2019-05-27: a block of the voluntary withdrawals is printed again under "Withdrawal
            # by SAC". The first printing stands; a second cause is no second withdrawal.
            self.left_over(REPEATED, name)
        else:
            self.entries[entry.key] = entry

    def _entry(self, name: str, dated: str, found: WrittenDates | None, where: str) -> Entry:
        first, last, written = None, None, ""
        if found is not None:
            first, last = found.first, found.last
            written = dated[found.start : found.end]
            if last is None and _ONLY_END.search(dated[: found.start]):
                first, last = None, first
            if rest := dated[found.end :].strip(" ()[]{}.,;*"):
                self.left_over("words after the date", rest)
                written = f"{written} {rest}"
        return Entry(
            section=self.section or "",
            asked_by=self.asked_by,
            words=self.words,
            category=self.category,
            field=self.field,
            name=name,
            first=first,
            last=last,
            written=written,
            where=where,
        )

    def sections_found(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(section for section, _ in self.printings))

    def note_printings(self) -> None:
        """To be called at the end: leftovers for sections and parts that are empty or differ."""
        by_section: dict[str, list[set[str]]] = {}
        for section, keys in self.printings:
            by_section.setdefault(section, []).append(keys)
        for section, printed in by_section.items():
            held = [keys for keys in printed if keys]
            if not held and section in {ACCREDITED, WITHDRAWN} - self.said_nothing:
                self.left_over(EMPTY, section)
            if any(keys != held[0] for keys in held):
                self.left_over(TWICE, section)
        for words, held_any in self.parts.values():
            if not held_any:
                self.left_over(EMPTY, words)
