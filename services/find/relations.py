"""Standards beside the one that was asked for, and how each is known to be beside it.

*Stated*: the designation itself says it: "BS EN IEC 62368-1" adopts "EN IEC 62368-1" and "IEC
62368-1"; "EN IEC 62368-1" is the EN of that number, which CENELEC wrote without "IEC" before.
*Hint*: a row of ``services/reference/standard_relations.csv``, expert memory until a source says
it. A hint finds, it never proves: what it finds says so and stands behind what was asked for.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from services.errors import Unreadable
from services.standards import Standard, read, related_keys
from services.store.tokens import asked_key

RELATIONS = ("identical", "modified", "supersedes")
CONFIDENCES = ("high", "medium", "low")
MOST = 12  # relatives of one designation: each is a word more in every query
_CENELEC = re.compile(r"6[0-9]{4}(?![0-9])")  # EN numbers that are IEC's since 1997


@dataclass(frozen=True, slots=True)
class Row:
    """``standard`` is in ``relation`` to ``other``: identical with it, a modified adoption of it,
    or what supersedes it. A designation without an edition speaks of all of them."""

    standard: Standard
    other: Standard
    relation: str
    confidence: str
    source: str
    noted: str


@dataclass(frozen=True, slots=True)
class Related:
    """A designation beside the one asked for. ``hint``: the row that says so; None where the
    designation states it."""

    token: str
    shown: str
    hint: Row | None = None


def token(standard: Standard) -> str:
    return f"§{asked_key(standard)}"


def spelt(standard: Standard) -> list[str]:
    """Tokens of the designation itself. ISO/IEC and ISO share their numbers, and people leave
    "/IEC" out ("ISO 17025")."""
    found = [token(standard)]
    if standard.family == "ISO":
        found.append(token(replace(standard, family="ISO/IEC")))
    return found


def related(standard: Standard) -> tuple[Related, ...]:
    """What stands beside a designation, stated before hinted, each once."""
    found = {one.token: one for one in _stated(standard)}
    steps = [standard]
    if not standard.edition:  # which edition is adopted, no designation says
        steps += [named for named in map(read, related_keys(standard)) if named]
    for one in steps:
        for hint in _hints(one):
            found.setdefault(hint.token, hint)
    for own in spelt(standard):
        found.pop(own, None)
    return tuple(found.values())[:MOST]


def _stated(standard: Standard) -> Iterator[Related]:
    for name in dict.fromkeys(_stated_names(standard)):
        named = read(name)
        if named is not None:
            dated = replace(named, edition=standard.edition)
            yield Related(token(dated), dated.dated)


def _stated_names(standard: Standard) -> Iterator[str]:
    names = list(related_keys(standard))
    if standard.family.startswith("AS"):  # they write a part behind a full stop
        names = [re.sub(r"(?<=[0-9])\.(?=[0-9])", "-", name) for name in names]
    yield from names
    if _CENELEC.match(standard.number):
        for name in (standard.key, *names):
            if "EN IEC " in name:
                yield name.replace("EN IEC ", "EN ")
            elif name.startswith("EN "):
                yield name.replace("EN ", "EN IEC ")


def _hints(standard: Standard) -> Iterator[Related]:
    for row in rows():
        for mine, other in ((row.standard, row.other), (row.other, row.standard)):
            if mine.key != standard.key:
                continue
            # who holds the new one may serve who asks for the old one, never the other way round
            if row.relation == "supersedes" and mine is row.standard:
                continue
            if standard.edition and mine.edition and mine.edition != standard.edition:
                continue
            if not (standard.edition and mine.edition):
                other = replace(other, edition=None, amendments=())
            yield Related(token(other), other.dated, row)


@cache
def rows() -> tuple[Row, ...]:
    """The table of hints. Raises Unreadable naming the line that is broken."""
    path = files("services.reference") / "standard_relations.csv"
    return tuple(parse(path.read_text(encoding="utf-8")))


def parse(text: str) -> Iterator[Row]:
    table = csv.DictReader(text.splitlines())
    for row in table:
        where = f"standard_relations.csv, line {table.line_num}"
        standard, other = read(row["standard"] or ""), read(row["other"] or "")
        if standard is None or other is None:
            raise Unreadable(f"{where}: a designation cannot be read.")
        if row["relation"] not in RELATIONS or row["confidence"] not in CONFIDENCES:
            raise Unreadable(f"{where}: relation or confidence is not a known word.")
        if not row["source"]:
            raise Unreadable(f"{where}: no source is named.")
        yield Row(
            standard, other, row["relation"], row["confidence"], row["source"], row["noted"] or ""
        )
