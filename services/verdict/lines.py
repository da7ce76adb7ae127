"""Scope lines and sites of a question as the decision takes them.

The words of a schedule and those of a question are compared as search compares them: a line that
says more, or less, in the same words is taken for the one that is meant, and the answer says so.
"""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from services.find.parts import last_day
from services.find.scope import line_key
from services.names import fold
from services.standards import find_all, read
from services.store.tokens import index_tokens
from services.validity import Activity, Line
from services.verdict.views import ActivityAsked


@dataclass(frozen=True, slots=True)
class Laid:
    """Lines for one question. ``rows``: line id → the row that it was made of. ``inexact``: ids of
    lines whose words are not those that were asked, though they hold them or are held by them."""

    lines: tuple[Line, ...]
    rows: dict[str, Any]
    inexact: frozenset[str]


def activity_of(asked: ActivityAsked) -> Activity:
    return Activity(
        object=asked.object or None,
        parameter=asked.parameter or None,
        method=asked.method or None,
        edition=asked.edition or None,
        lo=asked.lo,
        hi=asked.hi,
        unit=asked.unit or None,
        u=asked.u,
    )


def lay(rows: Sequence[Any], asked: ActivityAsked | None) -> Laid:
    """The decision's lines for a question. A line that names several standards is one for each."""
    lines: list[Line] = []
    inexact: set[str] = set()
    ids = [line_key(row) for row in rows]
    for id_, row in zip(ids, rows, strict=True):
        object_, parameter, differ = _words(row, asked)
        if differ:
            inexact.add(id_)
        for method, edition in _methods(row, asked):
            lines.append(
                Line(
                    id=id_,
                    object=object_,
                    parameter=parameter,
                    method=method,
                    edition=edition,
                    flexible=row.flexible,
                    lo=_number(row.lo),
                    hi=_number(row.hi),
                    unit=row.unit or None,
                    cmc=_number(row.cmc),
                    sites=frozenset(row.sites),
                    valid_from=row.valid.lower,
                    valid_to=last_day(row.valid.upper),
                )
            )
    return Laid(tuple(lines), dict(zip(ids, rows, strict=True)), frozenset(inexact))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _words(row: Any, asked: ActivityAsked | None) -> tuple[str | None, str | None, bool]:
    """Object and parameter in the words that were asked, where the line's mean them; whether any
    of these differ from its own."""
    text, of = row.object or "", row.parameter or ""
    if asked is None or not (asked.object or asked.parameter):
        return text or None, of or None, False
    object_, one = _word(text, row.object_also or "", asked.object)
    parameter, other = _word(of, row.parameter_also or "", asked.parameter)
    return object_, parameter, one or other


def _word(text: str, also: str, wanted: str) -> tuple[str | None, bool]:
    if not wanted or text in ("", "*"):
        return text or None, False
    if fold(wanted) in (fold(text), fold(also)):
        return wanted, False
    if _holds(text, wanted) or _holds(also, wanted):
        return wanted, True
    return text, False


def _holds(text: str, wanted: str) -> bool:
    """Every word of the one stands in the other."""
    one, other = set(index_tokens(text)), set(index_tokens(wanted))
    return bool(one and other) and (one <= other or other <= one)


def _methods(row: Any, asked: ActivityAsked | None) -> Iterable[tuple[str | None, str | None]]:
    text, also = row.method or "", row.method_also or ""
    if not text or text == "*":
        return [(text or None, None)]
    if asked and asked.method and read(asked.method) is None:
        same = fold(asked.method) in (fold(text), fold(also))
        return [(asked.method if same else text, None)]
    return [(name, None) for name in _named(text)]


@functools.lru_cache(maxsize=16_384)  # the methods of one scope are few, questions many
def _named(text: str) -> tuple[str, ...]:
    """The standards that a line names, each once; its own words where it names none."""
    return tuple(dict.fromkeys(one.dated for one in find_all(text))) or (text,)


# --- sites ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SiteFound:
    """``key``: as the schedule names it; the words asked where none fits. ``among``: how many sites
    the words could mean."""

    key: str
    among: int


def site_of(words: str, sites: Iterable[Any]) -> SiteFound:
    """The site that is meant: by its key, else by its name or address, else by words that only one
    site has. ``sites``: rows of the body's sites."""
    rows = list(sites)
    by_key = [row for row in rows if fold(row.key) == fold(words)]
    if by_key:
        return SiteFound(by_key[0].key, 1)
    asked = fold(words)
    exact = {
        row.key: row
        for row in rows
        for text in (row.name, row.address, row.address_also)
        if text and fold(text) == asked
    }
    if len(exact) == 1:
        return SiteFound(next(iter(exact)), 1)
    wanted = set(index_tokens(words))
    holding = {
        row.key
        for row in rows
        if wanted
        and wanted
        <= set(
            index_tokens(
                f"{row.name} {row.city} {row.region} {row.address} {row.address_also} {row.key}"
            )
        )
    }
    if len(holding) == 1:
        return SiteFound(next(iter(holding)), 1)
    return SiteFound(words, len(holding))
