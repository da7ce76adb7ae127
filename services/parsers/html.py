"""Reading pages (HTML): decoding, text as a reader sees it, tables as grids.

Pure, and nothing of a page is ever executed or fetched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.errors import Unreadable
from services.kit import Page
from services.parsers.charset import text_of

MAX_CELLS = 1_000_000
# a list of ten thousand rows has some 300,000 pieces; tables within tables are walked again each
MAX_PIECES = 3_000_000
# what the HTML standard lets a cell span at most (HTML, 4.9.11: colspan 1000, rowspan 65534)
MAX_COLSPAN, MAX_ROWSPAN = 1000, 65534

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "title", "svg"})
# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
})
# fmt: on
_SPACES = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a grid: ``rows[r][c]`` is the text of the cell that covers that square.

    A cell spanning several squares stands in each. Rows are of equal length, "" where nothing is.
    ``caption`` is the table's own caption, or else the nearest heading before it.
    """

    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    id: str = ""


def decode(body: bytes, declared: str = "") -> str:
    """The page as text; the bytes decide on their charset before anybody declares one.

    ``declared``: from the answer's Content-Type header, "" if none; then the page's own ``<meta>``
    is believed. Raises Unreadable as ``charset.text_of`` does.
    """
    in_page = _META_CHARSET.search(body[:4096])
    label = declared or (in_page.group(1).decode("ascii", "replace") if in_page else "")
    return text_of(Page(url="", body=body, charset=label))


def text(page: str) -> str:
    """All text a reader sees, one line a block or ``<br>``, blank lines dropped."""
    body = LexborHTMLParser(page).body
    return node_text(body) if body is not None else ""


def node_text(node: LexborNode) -> str:
    """The text below a node: ``<br>`` and blocks as newlines, spaces (nbsp too) folded."""
    return _Walk().text(node)


def meta(page: str) -> dict[str, str]:
    """``<meta>`` name or property (lower case) to content; the first of a name stands."""
    found: dict[str, str] = {}
    for node in LexborHTMLParser(page).css("meta"):
        name = node.attributes.get("name") or node.attributes.get("property") or ""
        content = node.attributes.get("content")
        if name and content is not None:
            found.setdefault(name.lower(), content.strip())
    return found


def tables(page: str, *, max_cells: int = MAX_CELLS) -> tuple[Table, ...]:
    """Every table of the page in its order, tables inside tables each on their own.

    Raises Unreadable where spans would blow the tables up beyond ``max_cells`` together, or where
    tables stand in tables so deep that their texts go beyond MAX_PIECES.
    """
    walk = _Walk()
    parser = LexborHTMLParser(page)
    found: list[Table] = []
    heading = ""
    for node in parser.css("h1, h2, h3, h4, h5, h6, table"):
        if node.tag != "table":
            heading = walk.text(node)
            continue
        caption = next((walk.text(one) for one in _children(node) if one.tag == "caption"), "")
        rows = _grid(node, max_cells, walk)
        max_cells -= len(rows) * len(rows[0]) if rows else 0
        found.append(Table(rows, caption or heading, node.attributes.get("id") or ""))
    return tuple(found)


def _grid(table: LexborNode, max_cells: int, walk: "_Walk") -> tuple[tuple[str, ...], ...]:
    """The table model of HTML, 4.9.12: cells flow into the squares no earlier cell covers."""
    squares: dict[tuple[int, int], str] = {}
    rows = list(_rows(table))
    for r, (row, rows_left) in enumerate(rows):
        c = 0
        for cell in _children(row):
            if cell.tag not in {"td", "th"}:
                continue
            while (r, c) in squares:
                c += 1
            words = walk.text(cell)
            wide = max(1, min(_span(cell, "colspan"), MAX_COLSPAN))
            tall = _span(cell, "rowspan")
            # rowspan="0" reaches to the end of the row group; none reaches beyond it
            tall = rows_left if tall == 0 else min(tall, MAX_ROWSPAN, rows_left)
            if len(squares) + wide * tall > max_cells:
                raise Unreadable(
                    f"The tables of the page span more than {MAX_CELLS:,} cells.",
                    "Look at the kept bytes: a span of that size is a slip or an attack.",
                )
            for down in range(tall):
                for right in range(wide):
                    squares.setdefault((r + down, c + right), words)
            c += wide
    width = 1 + max((c for _, c in squares), default=-1)
    if len(rows) * width > max_cells:
        raise Unreadable(f"The tables of the page span more than {MAX_CELLS:,} cells.")
    return tuple(tuple(squares.get((r, c), "") for c in range(width)) for r in range(len(rows)))


def _rows(table: LexborNode) -> Iterator[tuple[LexborNode, int]]:
    """The table's own rows, each with how many of its row group are left, itself included."""
    for part in _children(table):
        if part.tag in {"thead", "tbody", "tfoot"}:
            group = [row for row in _children(part) if row.tag == "tr"]
            for number, row in enumerate(group):
                yield row, len(group) - number


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return node.iter()


class _Walk:
    """Texts below nodes, within one bound for all of them."""

    def __init__(self) -> None:
        self._left = MAX_PIECES

    def text(self, node: LexborNode) -> str:
        return _fold("".join(self._pieces(node)))

    def _pieces(self, node: LexborNode) -> Iterator[str]:
        """Walks without recursion: a page nested ten thousand deep is still only a page."""
        todo: list[LexborNode | str] = [*reversed(list(node.iter(include_text=True)))]
        while todo:
            one = todo.pop()
            self._left -= 1
            if self._left < 0:
                raise Unreadable(
                    f"The page has more than {MAX_PIECES:,} pieces of text.",
                    "Look at the kept bytes: tables nested so deep are a slip or an attack.",
                )
            if isinstance(one, str):
                yield one
            elif one.is_text_node:
                yield (one.text_content or "").replace("\n", " ").replace("\r", " ")
            elif one.tag == "br":
                yield "\n"
            elif one.is_element_node and one.tag not in _UNSEEN:
                ends = "\n" if one.tag in _BLOCKS else ""
                todo.extend([ends, *reversed(list(one.iter(include_text=True))), ends])


def _fold(words: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in words.split("\n"))
    return "\n".join(line for line in lines if line)
