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

import charset_normalizer

_FRONT = re.compile(r"\A\s*---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_COMMENT = re.compile(r"<!--.*?-->|\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}", re.S)
_ATTRIBUTES = re.compile(r"\{:[^}\n]*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_IN_PAGE_LINK = re.compile(r"\]\(\s*#|href\s*=\s*[\"']?#")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_EMPHASIS = re.compile(r"(?<![\w*])([*_]{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s*(.*?)\s*#*\s*\Z")
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


def decoded(body: bytes, charset: str = "") -> str:
    """Text of ``body``: the declared charset first, then UTF-8, then what the bytes look like.

    Never raises: bytes that no charset reads keep the replacement character where they stood.
    """
    for name in (charset, "utf-8-sig"):
        if name:
            try:
                return body.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    found = charset_normalizer.from_bytes(body).best()
    return str(found) if found is not None else body.decode("utf-8", "replace")


def plain(text: str) -> str:
    """The words of a piece of Markdown: emphasis, links, tags, entities and attributes taken off.

    A single asterisk inside a word is a letter of a name and stays.
    """
    text = _TAG.sub(" ", _ATTRIBUTES.sub(" ", text))
    while (shorter := _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))) != text:
        text = shorter
    text = html.unescape(text.replace("**", "")).replace("\\\\", " ")
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!|-])", r"\1", text)
    return " ".join(text.split())


def lines(text: str) -> Iterator[MarkdownLine]:
    """The content lines of ``text`` in order; blank lines and layout are left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    for layout in (_FRONT, _COMMENT):
        # replaced by as many line ends, so that line numbers stay those of the file
        text = layout.sub(lambda cut: "\n" * cut.group().count("\n"), text)
    for number, written in enumerate(text.split("\n"), start=1):
        raw = _ATTRIBUTES.sub(" ", written).expandtabs(4)
        if _RULE.fullmatch(raw):
            continue
        if (line := _line(raw, number)) is not None:
            yield line


def _line(raw: str, number: int) -> MarkdownLine | None:
    within_page = bool(_IN_PAGE_LINK.search(raw))
    if raw.strip().startswith("|"):
        return MarkdownLine(Looks.ROW, plain(raw), number, cells=_cells(raw))
    looks, level, inner = Looks.TEXT, 0, raw
    if found := _HEADING.match(raw):
        looks, level, inner = Looks.HEADING, len(found.group(1)), found.group(2)
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
