"""The words of a question marked in the words of an answer."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from directory.pages.tongue import HAN
from services import standards

_PIECE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[0-9a-z][0-9a-z.\-]*", re.I)
# English endings cut before comparing, longest first, so that "batteries" marks "battery"
_ENDING = re.compile(r"(ies|ing|ers|ed|es|er|y|s)$", re.I)


@lru_cache(maxsize=256)
def _pattern(question: str, standard: str) -> re.Pattern[str] | None:
    parts: list[str] = []
    rest = question
    named = standards.find_all(question) + standards.find_all(standard)
    for found in named:
        rest = rest.replace(found.text, " ")
        # "GB4943.1" marks "GB 4943.1" and "GB/T 4943.1-2022": family, number, any edition
        family = re.escape(found.family.split("/")[0].split()[-1])
        tail = r"(?:[-:–]\d{2,4})?(?:\s*\+\s*A(?:MD)?\d+(?::\d{4})?)*"
        parts.append(rf"{family}(?:/[TZ])?\s*{re.escape(found.number)}(?![\d.]*\d){tail}")
    for piece in _PIECE.findall(rest):
        if HAN.match(piece):
            # a longer Chinese word is searched by its pairs of characters, so these are marked
            pairs = {piece[i : i + 2] for i in range(len(piece) - 1)} or {piece}
            parts.append(re.escape(piece))
            parts += [rf"(?:{re.escape(pair)})" for pair in sorted(pairs)]
        elif len(piece) > 1:
            stem = _ENDING.sub("", piece) if len(piece) > 4 else piece
            parts.append(rf"\b{re.escape(stem)}\w*" if stem[-1].isalpha() else re.escape(piece))
    return re.compile("|".join(parts), re.I) if parts else None


def marked(text: str, question: str = "", standard: str = "") -> Markup:
    """``text`` escaped, with what the question asked for in ``<mark>``. Neighbours are joined."""
    pattern = _pattern(question, standard)
    if pattern is None or not text:
        return escape(text)
    spans: list[list[int]] = []
    for match in pattern.finditer(text):
        if spans and match.start() <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], match.end())
        elif match.end() > match.start():
            spans.append([match.start(), match.end()])
    out, at = Markup(""), 0
    for start, end in spans:
        out += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return out + escape(text[at:])
