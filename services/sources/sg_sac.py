"""Singapore Accreditation Council: newly accredited, suspended and withdrawn bodies.

One list at three addresses, typed by hand: two Markdown pages (nested bullets, headings, tables)
and a YAML file. All say the same four things: a *section* (newly accredited, suspended, withdrawn,
inoperative), in it a *category* ("Laboratory"), a *field* ("Civil Engineering") and *entries*, a
name with a date or two. Layout is no help: levels, bullets and bold change from version to version,
so a line is known by its words, and an entry by its date.

The list is a rolling window: an entry that leaves says nothing. It has no ids, so a record is its
section, field and date, and a name spelt better later is still the same record (``Draft.kin``).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import yaml

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Leftover,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
)
from services.parsers.markdown import Looks, MarkdownLine, decoded, lines
from services.parsers.written_dates import WrittenDates, find_dates
from services.parsers.yaml_text import compose, place
from services.terms import BodyKind, EventKind, LeavingMeans, Listed, Tier

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
_NUMBER = re.compile(r"\A\s*(?:\d{1,2}|[ivx]{1,4})\s*[.)]\s*", re.I)
_CATEGORY = re.compile(
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
_NOTHING = re.compile(r"\W*(?:n\s*[./]?\s*a|nil|none|not applicable)?\W*", re.I)
_UPDATED = re.compile(r"\W*(?:last\s+|page\s+)*(?:updated?|revised|as\s+(?:at|of)|dated?)\b", re.I)
_BEFORE_DATE = re.compile(
    r"[\s(\[{,:;–—-]*(?:\b(?:suspended|suspension|withdrawn|withdrawal|accredited|inoperative"
    r"|w\.?\s?e\.?\s?f\.?|with\s+effect|effective|from|since|on|date|dated|period|until|till|up\s+to)"
    r"\b[\s.:]*)*\Z",
    re.I,
)
_ONLY_END = re.compile(r"\b(?:until|till|up\s+to)\W*\Z", re.I)
_LEGAL_FORM = re.compile(
    r"\b(?:pte|ltd|limited|llp|llc|inc|incorporated|sdn|bhd|gmbh|corp|corporation|plc|pvt)\b", re.I
)
_FIELD_WORD = re.compile(
    r"\b(?:testing|tests?|measurements?|calibration|engineering|inspections?|investigations?"
    r"|management|systems?|organisations?|organizations?|certification|verification|validation"
    r"|products?|security|medical|imaging|persons?|personnel|proficiency|steelwork)\b",
    re.I,
)


def _sections_in(words: str) -> list[str]:
    return [name for name, pattern in _SECTIONS.items() if pattern.search(words)]


def _section_of(words: str) -> str | None:
    """The one section these words name; None where they name none, or several (a title)."""
    named = _sections_in(words)
    return named[0] if len(named) == 1 else None


def _asked_by(words: str) -> str:
    return "body" if _BY_BODY.search(words) else "issuer" if _BY_ISSUER.search(words) else ""


def _body_kind(category: str, in_field: str) -> BodyKind | None:
    """The kind of body from the list's category, made finer by its field; None if unknown."""
    words = category.casefold()
    what = in_field.casefold()
    if "good lab" in words or "glp" in words:
        return BodyKind.GLP
    if "laborator" in words:
        if "calibration" in what:
            return BodyKind.CALIBRATION
        return BodyKind.MEDICAL if "medical" in what else BodyKind.TESTING
    if "inspection" in words:
        return BodyKind.INSPECTION
    if "certification" in words:
        if "verification" in what or "validation" in what:
            return BodyKind.VALIDATION
        if "product" in what:
            return BodyKind.CERTIFICATION_PRODUCT
        if re.search(r"\bperson", what):
            return BodyKind.CERTIFICATION_PERSONS
        return BodyKind.CERTIFICATION_MS if "management" in what else BodyKind.CERTIFICATION
    if "proficiency" in words:
        return BodyKind.PROFICIENCY
    return BodyKind.REFERENCE_MATERIAL if "reference material" in words else None


def _same(words: str) -> str:
    """Words for comparison: case, punctuation, hyphens, spaces, and "&" or "and" do not differ."""
    folded = unicodedata.normalize("NFKC", words).casefold().replace("&", " and ")
    return "".join(letter for letter in folded if letter.isalnum())


# --- collecting what is read, whatever the format ------------------------------------------------

TWICE = "section printed twice with different entries"
EMPTY = "heading with nothing under it"
REPEATED = "repeated entry"


@dataclass(slots=True)
class _Collected:
    """What a file says, told in order: section, category, field, entry. Feeds call the verbs."""

    drafts: dict[str, Draft] = field(default_factory=dict)
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
        asked_by, section = _asked_by(words), _section_of(words)
        words = _NUMBER.sub("", words)
        if asked_by and (section or self.section):
            self.open(section or self.section or "", words, printed=section != self.section)
            self.asked_by = asked_by
            held = self.parts.get((self.section or "", asked_by), ("", False))[1]
            self.parts[self.section or "", asked_by] = (words, held)
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
        name = _NUMBER.sub("", name).strip(" *•:;,-–")
        under = ", ".join(part for part in (self.words, self.category, self.field) if part)
        trouble = found = None
        if self.section is None:
            trouble = f"it stands under {self.words!r}, which is no section known here"
        elif len(_same(name)) < 2:
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
        draft = self._draft(name, dated, found, where)
        if self.printings:
            self.printings[-1][1].add(draft.key)
        if draft.key in self.drafts:
            # 2019-05-27: a block of the voluntary withdrawals is printed again under "Withdrawal
            # by SAC". The first printing stands; a second cause is no second withdrawal.
            self.left_over(REPEATED, name)
        else:
            self.drafts[draft.key] = draft

    def _draft(self, name: str, dated: str, found: WrittenDates | None, where: str) -> Draft:
        first, last = (found.first, found.last) if found else (None, None)
        written = dated[found.start : found.end] if found else ""
        if found and last is None and _ONLY_END.search(dated[: found.start]):
            first, last = None, first
        if found and (rest := dated[found.end :].strip(" ()[]{}.,;*")):
            self.left_over("words after the date", rest)
            written = f"{written} {rest}"
        kind = _body_kind(self.category, self.field)
        if kind is None:
            self.left_over("category without a known kind of body", self.category)
        under = ", ".join(part for part in (self.category, self.field) if part)
        raw = f"{self.words}: {under}" + (f" ({written})" if written else "")
        listed, event = self._status()
        granting = self.section == ACCREDITED
        dates = "/".join(day.isoformat() if day else "" for day in (first, last))
        kin = f"{self.section}|{_same(self.field)}|{dates}"
        return Draft(
            key=f"{kin}|{_same(name)}",
            kin=kin,
            label=name,
            where=where,
            names=(Name(text=name, raw=name),),
            # the list names no country, and SAC accredits abroad too: none is stated
            profile=Profile(kinds=(kind,), raw=self.category) if kind else None,
            accreditations=(
                Accreditation(
                    key="1",
                    issuer="SAC",
                    field=self.field,
                    body_kind=kind,
                    granted=first if granting else None,
                    expires=last if granting else None,
                    listed=listed,
                    raw=raw,
                ),
            ),
            events=(
                Event(
                    key="1",
                    accreditation="1",
                    kind=event,
                    on=first,
                    # the published last day is still suspended: valid again the day after
                    until=last + timedelta(days=1) if last and event is SUSPENSION else None,
                    asked_by=self.asked_by,
                    raw=raw,
                ),
            )
            if event
            else (),
        )

    def _status(self) -> tuple[Listed, EventKind | None]:
        if self.section == SUSPENDED:
            return Listed.SUSPENDED, SUSPENSION
        if self.section == WITHDRAWN:
            if self.asked_by == "body":
                return Listed.SURRENDERED, EventKind.SURRENDERED
            return Listed.WITHDRAWN, EventKind.WITHDRAWN
        return (Listed.INACTIVE if self.section == INOPERATIVE else Listed.ACTIVE), None

    def reading(self) -> Reading:
        self._note_printings()
        found = dict.fromkeys(section for section, _ in self.printings)
        return Reading(
            drafts=tuple(self.drafts.values()),
            leftovers=tuple(
                Leftover(what=what, example=example, count=count)
                for (what, example), count in self.leftovers.items()
            ),
            problems=tuple(self.problems),
            columns=tuple(found),
            listed_on=self.listed_on,
        )

    def _note_printings(self) -> None:
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


SUSPENSION = EventKind.SUSPENDED


# --- the two Markdown pages ---------------------------------------------------------------------


def _read_markdown(text: str, told: _Collected) -> None:
    found = list(lines(text))
    reader = _MarkdownFeed(told)
    for position, line in enumerate(found):
        if line.within_page:
            continue  # quick links repeat the section titles; "Back to top"
        if line.looks is Looks.ROW:
            reader.row(line)
            continue
        reader.columns = None
        if line.looks is Looks.HEADING:
            reader.heading(line)
        else:
            following = found[position + 1] if position + 1 < len(found) else None
            reader.line(line, following)


@dataclass(slots=True)
class _MarkdownFeed:
    told: _Collected
    section_level: int = 0
    category_level: int = 0
    field_indent: int | None = None
    columns: list[str] | None = None

    def heading(self, line: MarkdownLine) -> None:
        told, text = self.told, line.text
        self.field_indent = None
        if _CATEGORY.fullmatch(text):
            self.category_level = line.level
            told.in_category(text)
        elif told.enter(text):
            if not told.asked_by:
                self.section_level = line.level
        elif self._leaves_section(line):
            # a title, or a section not known here: its entries must not fall to the one before
            told.open(None, text)
            told.left_over("heading not known", text)
        elif told.category and line.level > self.category_level:
            told.in_field(text)
        else:
            self.category_level = line.level
            told.in_category(text)

    def _leaves_section(self, line: MarkdownLine) -> bool:
        higher = self.told.section is None or line.level < self.section_level
        return higher or bool(_NUMBER.match(line.text)) or len(_sections_in(line.text)) > 1

    def line(self, line: MarkdownLine, following: MarkdownLine | None) -> None:
        told, text = self.told, line.text
        if (found := find_dates(text)) is not None and not self._is_dated_title(line):
            if _UPDATED.match(text):
                told.listed_on = found.first
            elif told.section or line.looks is Looks.ITEM:
                cut = _BEFORE_DATE.search(text[: found.start])
                start = cut.start() if cut else found.start
                told.entry(text[:start], text[start:], f"line {line.number}")
            else:
                told.left_over("line not taken", text)
        elif _CATEGORY.fullmatch(text):
            self.field_indent = None
            told.in_category(text)
        elif _NOTHING.fullmatch(text):
            told.nothing()
        elif self._is_heading(line) and told.enter(text):
            self.field_indent = None
        elif line.looks is Looks.ITEM and told.section is not None:
            self._undated_item(line, following)
        elif line.strong and told.section is not None:
            told.in_field(text)
        else:
            told.left_over("line not taken", text)

    def _is_dated_title(self, line: MarkdownLine) -> bool:
        """ "2. Suspended (as of 5 May 2019)" is a section's title and no entry."""
        numbered = line.looks is Looks.TEXT and _NUMBER.match(line.text)
        return bool(numbered and _section_of(line.text) and not _LEGAL_FORM.search(line.text))

    def _is_heading(self, line: MarkdownLine) -> bool:
        """Whether words set as text or item may be a section: not prose, not a field or a name."""
        if _LEGAL_FORM.search(line.text) or line.text.endswith("."):
            return False
        marked = bool(_NUMBER.match(line.text) or _asked_by(line.text)) or line.strong
        return marked or line.looks is Looks.TEXT

    def _undated_item(self, line: MarkdownLine, following: MarkdownLine | None) -> None:
        if self._is_field(line, following):
            self.field_indent = line.level
            self.told.in_field(line.text)
        else:
            told = re.fullmatch(r"(.+?)\s*\(([^()]*)\)\W*", line.text)
            name, dated = (told[1], told[2]) if told else (line.text, "")
            self.told.entry(name, dated, f"line {line.number}")

    def _is_field(self, line: MarkdownLine, following: MarkdownLine | None) -> bool:
        """A field is an item without a date. So is an entry whose date was forgotten: told apart
        by a legal form, by standing no deeper than the last field, by what it stands above, and
        (2019-04-22: a field typed among the names of the one before) by the words of fields.
        """
        if line.strong:
            return True
        if _LEGAL_FORM.search(line.text):
            return False
        if self.field_indent is None or line.level <= self.field_indent:
            return True
        above = following is not None and following.looks is Looks.ITEM
        if above and following is not None and following.level > line.level:
            return True
        return bool(_FIELD_WORD.search(line.text))

    def row(self, line: MarkdownLine) -> None:
        """A table row; a new table begins with its column names, an empty field repeats."""
        told, where = self.told, f"line {line.number}"
        if (columns := _columns(line.cells)) is not None:
            self.columns = columns
            told.in_field("")
            return
        if self.columns is None:
            self.columns = ["field", "name", "date"]
        cells: dict[str, str] = {}
        for name, cell in zip(self.columns, line.cells, strict=False):
            if cell:
                cells[name] = f"{cells[name]} - {cell}" if name in cells else cell
        if category := cells.get("category"):
            told.in_category(category)
        if in_field := cells.get("field"):
            told.in_field(in_field)
        if cells.get("name") or cells.get("date"):
            told.entry(cells.get("name", ""), cells.get("date", ""), where)


def _columns(cells: Sequence[str]) -> list[str] | None:
    """What each column holds, from the row of column names; None where this is no such row."""
    meanings = (
        ("date", r"date|effective|period|from\b|to\b|until|start|end\b|w\.?e\.?f"),
        ("category", r"category|type"),
        ("field", r"field|discipline|scope|area"),
        ("name", r"company|name|cab\b|body|organi[sz]ation|laboratory"),
    )
    columns = []
    for cell in cells:
        named = (what for what, words in meanings if re.search(rf"\b(?:{words})", cell, re.I))
        columns.append(next(named, ""))
    if any(map(find_dates, cells)) or not {"name", "date"} <= set(columns):
        return None
    return columns


# --- the data file ------------------------------------------------------------------------------

_TITLES = ("title", "heading", "section")
_PARTS = ("description", "desription")  # the second as the file of 2019-08-05 spells it
_CATEGORIES = ("category", "type")
_FIELDS = ("field", "discipline", "scope")
_NAMES = ("name", "company", "body", "organisation", "cab")
_DATES = ("date", "dates", "period", "from", "start", "wef", "effective", "to", "until", "end")
_KNOWN = {*_TITLES, *_PARTS, *_CATEGORIES, *_FIELDS, *_NAMES, *_DATES, "status"}


def _read_yaml(text: str, told: _Collected) -> None:
    root = compose(text)
    if root is None:
        raise Unreadable("The data file is empty.", "The next version is read as usual.")
    _walk(root, told, "")


def _walk(node: yaml.Node, told: _Collected, key: str) -> None:
    """Read by the meaning of keys, not by their nesting: the file changed its shape five times.

    ``key``: the words of the key that holds ``node``. Entries of a list follow each other as in
    print; what a mapping's value says of section or field ends with that value.
    """
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _walk(child, told, key)
    if not isinstance(node, yaml.MappingNode):
        return
    own = {
        _same(str(name.value)): " ".join(str(value.value).split())
        for name, value in node.value
        if isinstance(value, yaml.ScalarNode)
    }
    nested = any(not isinstance(value, yaml.ScalarNode) for _, value in node.value)
    _take_titles(own, told, key)
    _take_entry(own, told, nested, place(node.start_mark))
    for name, value in node.value:
        words = re.sub(r"[-_]+", " ", str(name.value))
        kept = (told.section, told.asked_by, told.words, told.category, told.field)
        if not isinstance(value, yaml.ScalarNode):
            _walk(value, told, words)
        elif _same(words) not in _KNOWN and (value.value or not told.enter(words, again=False)):
            # a key without a value may still be a heading ("voluntary:"), with nothing under it
            told.left_over("key not taken", str(name.value))
        told.section, told.asked_by, told.words, told.category, told.field = kept


def _first(own: dict[str, str], keys: Sequence[str]) -> str:
    return next((own[key] for key in keys if own.get(key)), "")


def _take_titles(own: dict[str, str], told: _Collected, key: str) -> None:
    """The printed title says the section; status and key only where there is none."""
    entered = False
    if title := _first(own, _TITLES):
        entered = told.enter(title)
        if not entered:
            told.open(None, title)
            told.left_over("heading not known", title)
    if part := _first(own, _PARTS):
        entered = told.enter(part, again=False) or entered
    if not entered:
        entered = told.enter(own.get("status", ""), again=False) or told.enter(key, again=False)
    if category := _first(own, _CATEGORIES):
        told.in_category(category)
    if in_field := _first(own, _FIELDS):
        told.in_field(in_field)


def _take_entry(own: dict[str, str], told: _Collected, nested: bool, where: str) -> None:
    name, dated = _first(own, _NAMES), " - ".join(own[key] for key in _DATES if own.get(key))
    if nested and not dated:
        if name:  # the name of a category or a field, with its own list below
            (told.in_category if _CATEGORY.fullmatch(name) else told.in_field)(name)
    elif name or dated:
        told.entry(name, dated, where)


# --- reading and its doubts ---------------------------------------------------------------------


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft an entry. Raises Unreadable where the bytes are neither the page nor the data file.

    Entries that cannot be read (no name, no day of the calendar, under no known section) are
    ``problems`` with their line; repeated entries and lines not taken are ``leftovers``.
    """
    told = _Collected()
    for page in pages:
        text = decoded(page.body, page.charset)
        if not text.strip():
            raise Unreadable(f"{page.url or page.name} is empty.", "Old data stand.")
        if re.match(r"\s*(?:<!doctype\s+html|<html)\b", text, re.I):
            raise Unreadable(
                f"{page.url or page.name} is a finished web page, not the Markdown or YAML of this"
                " list.",
                "Set the address of the list's own text file in the settings.",
            )
        (_read_yaml if list_name == "data" else _read_markdown)(text, told)
    return told.reading()


def doubts(reading: Reading) -> list[str]:
    """Why this reading must not be published: signs of a page that is still being typed.

    A part that is empty without saying so is one: the publisher takes an emptied heading out (the
    last suspended certification body left with its heading on 2019-09-13) or writes "NA". The
    title of the suspended section alone was seen to stay when emptied parts of it were removed.
    """
    reasons = [
        f"The section {section!r} is missing: the page is half-typed, or the title was reworded."
        for section in (ACCREDITED, SUSPENDED, WITHDRAWN)
        if section not in reading.columns
    ]
    for left in reading.leftovers:
        if left.what == EMPTY:
            reasons.append(
                f"Nothing stands under the heading {left.example!r}, and it does not say NA:"
                " the page is half-typed."
            )
        elif left.what == TWICE:
            reasons.append(
                f"The section {left.example!r} is printed twice with different entries:"
                " the page is being retyped, and which one counts is not said."
            )
    return reasons


_EXPECT = Expect(
    # complete versions of 2019 hold 26 to 42 entries. Half-typed versions are known by their missing
    # parts (doubts), not by their size: this catches a reading that lost its entries altogether
    min_rows=5,
    # a rolling window moves in leaps: from 41 to 26 entries on 2019-08-13, with 22 of the 41 gone
    max_drop=0.6,
    # typed by hand: of some 30 entries two may be unreadable without holding up the others
    max_problems=0.1,
    check=doubts,
)

_SITE = "https://www.sac-accreditation.gov.sg"

SOURCE = Source(
    key="sg_sac",
    title="CAB Status Update: newly accredited, suspended and withdrawn bodies",
    title_zh="合格评定机构状态更新：新获认可、暂停与撤销的机构",
    publisher="Singapore Accreditation Council",
    publisher_zh="新加坡认可理事会",
    home=_SITE,
    licence="MIT, except logos",
    tier=Tier.AB_REGISTER,
    authoritative_for=frozenset({"SAC"}),
    country="SG",
    note=(
        "A rolling list: leaving it says nothing. The addresses, that of the data file above all,"
        " are to be confirmed with the publisher before live use."
    ),
    every=timedelta(days=1),  # it announces suspensions, which are to be rechecked daily
    rate=0.2,
    leaving_means=LeavingMeans.NOTHING,
    expect=_EXPECT,
    lists=(
        List(
            name="post",
            request=Request(url=f"{_SITE}/resources/cab-status-update/cab-status-update"),
            recorded="post_*",
        ),
        List(
            name="page",
            request=Request(url=f"{_SITE}/accredited-org/cab-status-update"),
            recorded="page_*",
        ),
        List(
            name="data",
            request=Request(url=f"{_SITE}/_data/cab-status-update.yml"),
            recorded="data_*",
        ),
    ),
    parse=parse,
)
