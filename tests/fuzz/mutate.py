"""Mutations that keep a form whole: bytes changed blindly are refused before anything reads them.

Each takes a file's bytes and a random generator and gives other bytes, or None where the bytes are
not of its form (then they are changed blindly). All randomness comes from the generator.
"""

import contextlib
import copy
import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

Mutator = Callable[[bytes, random.Random, Sequence[str]], bytes | None]

# values that readers of numbers, days and texts trip over
ODD = (
    "", " ", "\u00a0", "\x00", "\ufeff", "\u202e", "\u200b", "٣", "²", "½", "ſ", "İ", "ﬁ", "é",
    "\r", "\n", "\t", "0", "-1", "1e999", "1.2.3", "..", "9" * 400, "9999-12-31", "0000-00-00",
    "2030-02-30", "31/12/9999", "31 December 9999", "1 January 0001", "29 February 2100", "-0",
    "valid till 31 December 9999", "someone@made-up.example", "tel: 555-0100", "<script>", "&#0;",
    "&#xD800;", "{{7*7}}", "'; --", "=cmd()", "\\ud800", "\\u0000", "N/A", "长期", "A" * 3000,
    "2030-01-02", "2020-01-02", "12 Dec - 3 January 2020", "null", "NaN", "Infinity",
)  # fmt: skip
_PIECES = re.compile(r"\w+|\s+|[^\w\s]+")


def text(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """Lines and words of a text moved, doubled, dropped, or replaced by words of its format."""
    words = body.decode("utf-8", "surrogateescape")
    for _ in range(dice.choice((1, 1, 2, 4))):
        words = _lines(words, dice) if dice.random() < 0.3 else _words(words, dice, tokens)
    return words.encode("utf-8", "surrogateescape")


def _lines(words: str, dice: random.Random) -> str:
    lines = words.split("\n")
    at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    match dice.randrange(4):
        case 0:
            lines[at], lines[other] = lines[other], lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            del lines[min(at, other) : max(at, other) or 1]
        case _:
            return "\n".join(lines[:at])
    return "\n".join(lines)


def _words(words: str, dice: random.Random, tokens: Sequence[str]) -> str:
    pieces = [found.span() for found in _PIECES.finditer(words)] or [(0, 0)]
    start, end = dice.choice(pieces)
    token = _token(dice, tokens)
    match dice.randrange(6):
        case 0:
            return words[:start] + token + words[end:]
        case 1:
            return words[:start] + token + words[start:]
        case 2:
            return words[:start] + words[end:]
        case 3:
            return words[:end] + words[start:end] * dice.choice((1, 2, 50)) + words[end:]
        case 4:
            other = dice.choice(pieces)
            return words[:start] + words[other[0] : other[1]] + words[end:]
        case _:
            return words[:end] + " " + token + words[end:]


def _token(dice: random.Random, tokens: Sequence[str]) -> str:
    return dice.choice(tokens) if tokens and dice.random() < 0.6 else dice.choice(ODD)


# --- JSON -----------------------------------------------------------------------------------------

_ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e308, float("nan"), [], {}, [[]], [{}], {"": ""}, [None],
    {"a": {"b": []}}, "\ud800", "\x00", 0.1, [1, "x", None],
)  # fmt: skip


def json_tree(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """One value of the tree replaced, doubled, dropped, moved or given another form."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for _ in range(dice.choice((1, 1, 1, 3))):
        tree = _changed(tree, dice, tokens)
    if dice.random() < 0.02:
        depth = dice.choice((50, 2000, 100_000))
        return b'{"a":' + b"[" * depth + b"]" * (depth - dice.randrange(2)) + b"}"
    return json.dumps(tree).encode()


def _changed(tree: Any, dice: random.Random, tokens: Sequence[str]) -> Any:
    places = _places(tree)
    if not places:
        return _value(tree, dice, tokens)
    holder, key = dice.choice(places)
    match dice.randrange(6):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 2 if isinstance(holder, dict):
            holder[_token(dice, tokens)] = holder.pop(key)
        case 3:
            other, there = dice.choice(places)
            holder[key] = copy.deepcopy(other[there])
        case _:
            holder[key] = _value(holder[key], dice, tokens)
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [tree]
    while todo and len(found) < 5000:
        one = todo.pop()
        keys = one if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            todo.append(one[key])
    return found


def _value(before: Any, dice: random.Random, tokens: Sequence[str]) -> Any:
    match dice.randrange(5):
        case 0:
            return copy.deepcopy(dice.choice(_ODD_VALUES))  # changed further, like all the rest
        case 1:
            return _token(dice, tokens)
        case 2:
            return [before]
        case 3 if isinstance(before, str):
            return _words(before, dice, tokens)
        case _:
            return str(before) + _token(dice, tokens)


# --- workbooks ------------------------------------------------------------------------------------


def workbook(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """The XML of one part of an XLSX changed as text and all packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = {one.filename: archive.read(one) for one in archive.infolist()[:64]}
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, zlib.error, NotImplementedError,
            RuntimeError):  # fmt: skip
        return None
    if not parts:
        return None
    name = dice.choice(sorted(parts))
    if dice.random() < 0.03:
        del parts[name]
    elif (changed := _markup(parts[name], dice, tokens)) is not None:
        parts[name] = changed
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(zipfile.ZipInfo(one), content)
    return out.getvalue()


_MARKUP = re.compile(rb"<[^<>]*>|[^<>]+")
_VALUE = re.compile(rb'"([^"<>]*)"')


def _markup(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """An element, a text or an attribute of XML or HTML changed, the rest kept."""
    pieces = [found.span() for found in _MARKUP.finditer(body)]
    if not pieces:
        return text(body, dice, tokens)
    start, end = dice.choice(pieces)
    piece, token = body[start:end], _token(dice, tokens).encode("utf-8")
    if piece.startswith(b"<"):
        values = [found.span(1) for found in _VALUE.finditer(piece)]
        if values and dice.random() < 0.5:
            a, b = dice.choice(values)
            odd = dice.choice((token, b"1048576", b"XFD1048576", b"-1", b"99999999", b"0", b""))
            piece = piece[:a] + odd.replace(b'"', b"") + piece[b:]
        else:
            other = dice.choice(pieces)
            piece = dice.choice((b"", piece * 2, piece + body[other[0] : other[1]], piece[:-1]))
    elif dice.random() < 0.7:
        piece = (text(piece, dice, tokens) or b"").replace(b"<", b"&lt;")
    else:
        piece = token.replace(b"<", b"&lt;").replace(b"&#", b"&amp;#")
    return body[:start] + piece + body[end:]


def markup(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """HTML and XML: elements, attributes and texts; a part doubled or cut out."""
    if dice.random() < 0.15:
        return text(body, dice, tokens)
    return _markup(body, dice, tokens)


# --- tables and PDF -------------------------------------------------------------------------------


def table(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """Delimited text: cells exchanged, quoted, emptied; else changed as text."""
    mark = dice.choice((b",", b";", b"\t", b"|"))
    lines = body.split(b"\n")
    at = dice.randrange(len(lines))
    cells = lines[at].split(mark)
    if dice.random() < 0.4 or len(cells) < 2:
        return text(body, dice, tokens)
    c, other = dice.randrange(len(cells)), dice.randrange(len(cells))
    odd = _token(dice, tokens).encode("utf-8")
    match dice.randrange(6):
        case 0:
            cells[c], cells[other] = cells[other], cells[c]
        case 1:
            del cells[c]
        case 2:
            cells.insert(c, odd)
        case 3:
            cells[c] = b'"' + cells[c] + dice.choice((b'"', b"", b'""', b'\n"'))
        case 4:
            cells[c] = odd
        case _:
            cells[c] = b""
    lines[at] = mark.join(cells)
    return b"\n".join(lines)


_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|-?\d+(?:\.\d+)?|/\w+")


def pdf(body: bytes, dice: random.Random, tokens: Sequence[str]) -> bytes | None:
    """A text, number or name in a content stream or in the objects around it."""
    streams = [found.span(1) for found in _STREAM.finditer(body)]
    start, end = dice.choice(streams) if streams and dice.random() < 0.7 else (0, len(body))
    inner, packed = body[start:end], False
    with contextlib.suppress(zlib.error):
        inner, packed = zlib.decompressobj().decompress(inner, 1_000_000), True
    places = [found.span() for found in _SHOWN.finditer(inner)]
    if not places:
        return None
    a, b = dice.choice(places)
    piece = inner[a:b]
    if piece.startswith(b"("):
        words = text(piece[1:-1], dice, tokens) or b""
        piece = b"(" + words.replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
    elif piece.startswith(b"/"):
        piece = inner[slice(*dice.choice(places))]
    else:
        piece = dice.choice((b"0", b"-1", b"1e9", b"99999999999", b"0.0001", piece + b"0"))
    inner = inner[:a] + piece + inner[b:]
    return body[:start] + (zlib.compress(inner) if packed else inner) + body[end:]


MUTATORS: dict[str, Mutator] = {
    "text": text,
    "json": json_tree,
    "workbook": workbook,
    "markup": markup,
    "table": table,
    "pdf": pdf,
}
