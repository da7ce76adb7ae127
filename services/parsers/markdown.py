"""Markdown and the little HTML people mix into it, as a flat run of lines with their kind.

Lists typed by hand break every nesting rule, so no tree is built: a line says what it looks like
(heading, item, table row, text), how deep it stands and where, and the source decides what it
means. Kramdown's attribute lists (``{: .class}``), front matter, comments, rules and the dashes of
tables are layout and never reach a source.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_FRONT = re.compile(r"\A\s*---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_COMMENTS = (
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"\{%\s*comment\s*%\}"), re.compile(r"\{%\s*endcomment\s*%\}")),
)
_ATTRIBUTES = re.compile(r"\{:[^{}\n]*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_IN_PAGE_LINK = re.compile(r"\]\(\s*#|href\s*=\s*[\"']?#")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
# as long as a line of a list gets; every mark without a partner is looked after so far
_EMPHASIS = re.compile(r"(?<![\w*])([*_]{1,3})(?=\S)(.{1,500}?)(?<=\S)\1(?![\w*])")
_DEEPEST = 8  # links within emphasis within links; hand-typed lists have two levels
_HEADING = re.compile(r"\s{0,3}(#{1,6})(.*)\Z")
_HTML_HEADING = re.compile(r"\s*<h([1-6])\b", re.I)
_ITEM = re.compile(r"(\s*)(?:[*+-]\s+|[•·‣▪◦●–—]\s*)(.*)\Z")
_RULE = re.compile(r"[\s|:=_*+-]*\Z")


class Looks(StrEnum):
    HEADING = "heading"
    ITEM = "item"
    ROW = "row"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """``text`` and ``cells`` are plain words; ``number`` counts lines of the file from 1.

    ``level``: depth of a heading (1-6), columns of white space before an item's bullet, else 0.
    ``strong``: the whole line is set off (bold, or an HTML element with a style).
    ``within_page``: holds a link to a place of the same page: navigation, not content.
    """

    looks: Looks
    text: str
    number: int
    level: int = 0
    strong: bool = False
    within_page: bool = False
    cells: tuple[str, ...] = ()


def plain(text: str) -> str:
    """The words of a piece of Markdown: emphasis, links, tags, entities and attributes taken off.

    A single asterisk inside a word is a letter of a name and stays.
    """
    text = _TAG.sub(" ", _ATTRIBUTES.sub(" ", text))
    for _ in range(_DEEPEST):
        if (shorter := _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))) == text:
            break
        text = shorter
    text = html.unescape(text.replace("**", "")).replace("\\\\", " ")
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|-])", r"\1", text)
    return " ".join(text.split())


def lines(text: str) -> Iterator[MarkdownLine]:
    """The content lines of ``text`` in order; blank lines and layout are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    # replaced by as many line ends, so that line numbers stay those of the file
    text = _FRONT.sub(lambda cut: "\n" * cut.group().count("\n"), text)
    for opens, closes in _COMMENTS:
        text = _without(text, opens, closes)
    for number, written in enumerate(text.split("\n"), start=1):
        raw = _ATTRIBUTES.sub(" ", written).expandtabs(4)
        if _RULE.fullmatch(raw):
            continue
        if (line := _line(raw, number)) is not None:
            yield line


def _without(text: str, opens: re.Pattern[str], closes: re.Pattern[str]) -> str:
    """The text without what stands between marks; one that is never closed is no comment."""
    kept: list[str] = []
    at = 0
    while (begin := opens.search(text, at)) and (end := closes.search(text, begin.end())):
        kept += [text[at : begin.start()], "\n" * text.count("\n", begin.start(), end.end())]
        at = end.end()
    return "".join([*kept, text[at:]])


def _line(raw: str, number: int) -> MarkdownLine | None:
    within_page = bool(_IN_PAGE_LINK.search(raw))
    if raw.strip().startswith("|"):
        return MarkdownLine(Looks.ROW, plain(raw), number, cells=_cells(raw))
    looks, level, inner = Looks.TEXT, 0, raw
    if found := _HEADING.match(raw):
        looks, level = Looks.HEADING, len(found.group(1))
        inner = found.group(2).rstrip().rstrip("#").strip()
    elif found := _HTML_HEADING.match(raw):
        looks, level = Looks.HEADING, int(found.group(1))
    elif found := _ITEM.match(raw):
        looks, level, inner = Looks.ITEM, len(found.group(1)), found.group(2)
    words = plain(inner)
    if not words:
        return None
    return MarkdownLine(looks, words, number, level, _is_strong(inner), within_page)


def _is_strong(inner: str) -> bool:
    inner = inner.strip().removesuffix("\\\\").strip()
    if re.match(r"<\w+[^>]*\bstyle\s*=|<(?:b|strong)\b", inner, re.I):
        return True
    return bool(re.fullmatch(r"(\*\*|__)(?!\s).+\1", inner))


def _cells(raw: str) -> tuple[str, ...]:
    """Cells of a table row; a row of dashes inside a table is layout whatever its columns."""
    inner = re.sub(r"\|\s*\Z", "", raw.strip().removeprefix("|"))
    return tuple(plain(cell) for cell in re.split(r"(?<!\\)\|", inner))
