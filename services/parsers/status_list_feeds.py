"""How a hand-typed status list is read out of Markdown and out of YAML.

Layout is no help: levels, bullets and bold change from version to version, and the YAML changed its
shape five times within a day. A line is known by its words, a key by its meaning, and an entry by
its date.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from services.errors import Unreadable
from services.parsers.markdown import Looks, MarkdownLine, lines
from services.parsers.status_list import (
    BEFORE_DATE,
    CATEGORY,
    FIELD_WORD,
    LEGAL_FORM,
    NOTHING,
    NUMBER,
    UPDATED,
    StatusList,
    same,
    section_of,
    sections_in,
    who_asked,
)
from services.parsers.written_dates import find_dates
from services.parsers.yaml_text import compose, place

# --- the two Markdown pages ---------------------------------------------------------------------


def read_markdown(text: str, told: StatusList) -> None:
    """Tell ``told`` what a Markdown page holds, line by line."""
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
    told: StatusList
    section_level: int = 0
    category_level: int = 0
    field_indent: int | None = None
    columns: list[str] | None = None

    def heading(self, line: MarkdownLine) -> None:
        told, text = self.told, line.text
        self.field_indent = None
        if CATEGORY.fullmatch(text):
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
        return higher or bool(NUMBER.match(line.text)) or len(sections_in(line.text)) > 1

    def line(self, line: MarkdownLine, following: MarkdownLine | None) -> None:
        told, text = self.told, line.text
        if (found := find_dates(text)) is not None and not self._is_dated_title(line):
            if UPDATED.match(text):
                told.listed_on = found.first
            elif told.section or line.looks is Looks.ITEM:
                start = _before_date(text, found.start)
                told.entry(text[:start], text[start:], f"line {line.number}")
            else:
                told.left_over("line not taken", text)
        elif CATEGORY.fullmatch(text):
            self.field_indent = None
            told.in_category(text)
        elif NOTHING.fullmatch(text):
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
        numbered = line.looks is Looks.TEXT and NUMBER.match(line.text)
        return bool(numbered and section_of(line.text) and not LEGAL_FORM.search(line.text))

    def _is_heading(self, line: MarkdownLine) -> bool:
        """Whether words set as text or item may be a section: not prose, not a field or a name."""
        if LEGAL_FORM.search(line.text) or line.text.endswith("."):
            return False
        marked = bool(NUMBER.match(line.text) or who_asked(line.text)) or line.strong
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
        if LEGAL_FORM.search(line.text):
            return False
        if self.field_indent is None or line.level <= self.field_indent:
            return True
        above = following is not None and following.looks is Looks.ITEM
        if above and following is not None and following.level > line.level:
            return True
        return bool(FIELD_WORD.search(line.text))

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


def _before_date(text: str, at: int) -> int:
    """Where the words that introduce a date ("with effect from") begin; they are never long."""
    nearest = max(0, at - 200)
    cut = BEFORE_DATE.search(text[nearest:at])
    return nearest + cut.start() if cut else at


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


def read_yaml(text: str, told: StatusList) -> None:
    """Tell ``told`` what a YAML file holds. Raises Unreadable where it is empty or no YAML."""
    root = compose(text)
    if root is None:
        raise Unreadable("The data file is empty.", "The next version is read as usual.")
    _walk(root, told, "")


def _walk(node: yaml.Node, told: StatusList, key: str) -> None:
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
        same(str(name.value)): " ".join(str(value.value).split())
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
        elif same(words) not in _KNOWN and (value.value or not told.enter(words, again=False)):
            # a key without a value may still be a heading ("voluntary:"), with nothing under it
            told.left_over("key not taken", str(name.value))
        told.section, told.asked_by, told.words, told.category, told.field = kept


def _first(own: dict[str, str], keys: Sequence[str]) -> str:
    return next((own[key] for key in keys if own.get(key)), "")


def _take_titles(own: dict[str, str], told: StatusList, key: str) -> None:
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


def _take_entry(own: dict[str, str], told: StatusList, nested: bool, where: str) -> None:
    name, dated = _first(own, _NAMES), " - ".join(own[key] for key in _DATES if own.get(key))
    if nested and not dated:
        if name:  # the name of a category or a field, with its own list below
            (told.in_category if CATEGORY.fullmatch(name) else told.in_field)(name)
    elif name or dated:
        told.entry(name, dated, where)
