"""A declared table as a source without code, and its rows as drafts (``TableReader``).

A row becomes a draft; rows of one key become one, where the declaration says ``several_rows``, and
otherwise contradict one another. A key that could not be read whole is told in ``unread``: its
record has not left the list.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import msgspec

from services.errors import Unreadable
from services.fact import Fact
from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Identifier,
    Line,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Site,
    Source,
)
from services.parsers.bilingual import after
from services.parsers.json_rows import Unread
from services.parsers.leftovers import Leftovers
from services.parsers.personal import is_personal, without_personal
from services.parsers.table_cells import Cells
from services.parsers.table_declaration import (
    AccreditationMap,
    Declaration,
    EventMap,
    LineMap,
    SiteMap,
    Take,
    cell,
)
from services.parsers.table_declaration import cells as cells_of
from services.parsers.table_pages import NextPage, Rows, TableRow, rows_of
from services.terms import AccreditationKind, BodyKind, EventKind, Listed

_MANY_LINES = 500  # scope lines of one row; a product of three parted cells grows quickly
_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


TABLE = "table"  # the one list of a source without code


def source_of(key: str, table: Declaration, every: timedelta) -> Source:
    """The source that a declaration is. ``every``: its interval, read from its words."""
    expect = Expect(
        min_rows=table.expect.min_rows,
        max_drop=table.expect.max_drop,
        max_problems=table.expect.max_problems,
        fill=table.expect.fill,
        columns=table.needed(),
    )
    following = NextPage(table.paging, table.records) if table.paging else None
    return Source(
        key=key,
        title=table.title,
        title_zh=table.title_zh or table.title,
        publisher=table.publisher,
        publisher_zh=table.publisher_zh or table.publisher,
        home=table.home,
        licence=table.licence,
        licence_url=table.licence_url,
        note=table.note,
        country=table.country,
        tier=table.tier,
        authoritative_for=frozenset(table.authoritative_for),
        leaving_means=table.leaving_means,
        every=every,
        rate=table.rate,
        about_testing_bodies=table.about_testing_bodies,
        bytes_public=table.bytes_public,
        lists=(List(TABLE, Request(url=table.address), following=following),),
        parse=TableReader(table),
        expect=expect,
        parser_version=table.version(),
    )


@dataclass(frozen=True, slots=True)
class TableReader:
    """Reads the pages of a declared table."""

    declaration: Declaration

    def __call__(self, pages: Sequence[Page], list_name: str) -> Reading:
        """Raises Unreadable where the pages are no such table, or are cut off."""
        one = self.declaration
        rows = rows_of(pages, one)
        _refuse_without_columns(rows, one)
        found = _Found()
        for row in rows.rows:
            _read_row(row, one, found)
        drafts, problems, unread = _merged(found, one)
        doubled = [name for name in rows.doubled if name in one.mapped()]
        said = [f"The column “{name}” is mapped and stands twice." for name in doubled]
        leftovers = Leftovers()
        _tell_rest(rows, one, leftovers)
        for column, count in found.dropped.items():
            leftovers.left(f"persons, e-mails and phones within “{column}”, dropped", count=count)
        return Reading(
            drafts=drafts,
            leftovers=leftovers.told(),
            problems=(*said, *found.problems, *problems),
            unread=unread,
            columns=rows.columns,
        )


@dataclass(slots=True)
class _Found:
    """What the rows gave. ``read``: by key, every row with its draft, in the list's order."""

    read: dict[str, list[tuple[TableRow, Draft]]] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def _refuse_without_columns(rows: Rows, one: Declaration) -> None:
    """Of names that a column may bear one must be there; those that it must bear are expected."""
    for path, taken, _, _ in cells_of(one):
        if taken.any_of and not set(taken.any_of) & set(rows.columns):
            raise Unreadable(
                f"{path}: no column is named {' or '.join(taken.any_of)}."
                f" Found instead: {', '.join(rows.columns[:50]) or '–'}."
            )


def _read_row(row: TableRow, one: Declaration, found: _Found) -> None:
    key = "|".join(row.cells.get(name, "") for name in one.key)
    if row.fault or not key.strip("|"):
        empty = " and ".join(f"“{name}”" for name in one.key)
        said = row.fault or f"{empty} is empty, which tells the records apart"
        found.problems.append(f"{row.where}: {said}.")
        if key.strip("|"):
            found.unread[key] = None
        return
    cells = Cells(row.cells)
    try:
        if _LOST.search(key) or "\ufffd" in key:
            raise Unread("its key holds a control character or a lost one (U+FFFD)")
        found.read.setdefault(key, []).append((row, _draft(cells, row, key, one)))
    except Unread as fault:
        found.problems.append(f"{row.where}: {fault}.")
        found.unread[_LOST.sub("?", key)] = None
    found.dropped.update(cells.dropped)


# --- a row as a draft ----------------------------------------------------------------------------


def _draft(cells: Cells, row: TableRow, key: str, one: Declaration) -> Draft:
    names = tuple(
        Name(text=text, lang=each.lang, kind=each.kind)
        for each in one.names
        for text in cells.texts(each.text)
    )
    if not names:
        raise Unread("it has no name")
    accreditations = tuple(
        got for each in one.accreditations for got in _accreditations(cells, each)
    )
    accreditations = tuple(dict.fromkeys(accreditations))
    keys = [got.key for got in accreditations]
    if twice := [key for key, times in Counter(keys).items() if times > 1]:
        raise Unread(f"it states “{twice[0]}” twice and otherwise")
    return Draft(
        key=key,
        label=names[0].text,
        where=row.where,
        names=names,
        identifiers=tuple(
            Identifier(namespace=each.namespace, value=value, raw=value)
            for each in one.identifiers
            if (value := cells.text(each.value))
        ),
        profile=_profile(cells, one),
        sites=tuple(site for each in one.sites if (site := _site(cells, each))),
        accreditations=accreditations,
        events=tuple(event for each in one.events for event in _events(cells, each, keys)),
        lines=tuple(line for each in one.lines for line in _lines(cells, each, keys)),
    )


def _profile(cells: Cells, one: Declaration) -> Profile:
    part = one.profile
    return Profile(
        country=cells.country(part.country),
        region=cells.text(part.region),
        city=cells.text(part.city),
        website=cells.text(part.website),
        kinds=cells.words(part.kinds, BodyKind),
        raw=_raw(cells, part.country, part.kinds),
    )


def _raw(cells: Cells, *takes: Take | None) -> str:
    """The source's own words of what was mapped."""
    return "; ".join(filter(None, (cells.written(take) for take in takes)))


def _site(cells: Cells, part: SiteMap) -> Site | None:
    address = cells.text(part.address)
    key = cells.text(part.key) or address
    if not key:
        return None
    return Site(
        key=key,
        name=cells.text(part.name),
        country=cells.country(part.country),
        region=cells.text(part.region),
        city=cells.text(part.city),
        address=address,
        address_also=cells.text(part.address_also),
    )


def _accreditations(cells: Cells, part: AccreditationMap) -> list[Accreditation]:
    told = (part.number, part.field, part.standard, part.listed, part.granted, part.expires)
    if not _raw(cells, *(take for take in told if take is not None and not cell(take).value)):
        return []  # the row says nothing of it
    issuer, area = cells.text(part.issuer), cells.text(part.field)
    if not issuer:
        raise Unread("it names no issuer of its accreditation")
    numbers = cells.texts(part.number) or ("",)
    standards = cells.texts(part.standard) or ("",)
    return [
        Accreditation(
            key=f"{issuer} {number or ' '.join(filter(None, (area, standard)))}".strip(),
            issuer=issuer,
            number=number,
            kind=cells.word(part.kind, AccreditationKind) or AccreditationKind.ACCREDITATION,
            standard=standard if not number else ", ".join(filter(None, standards)),
            field=area,
            body_kind=cells.word(part.body_kind, BodyKind),
            granted=cells.day(part.granted),
            expires=cells.day(part.expires),
            listed=cells.word(part.listed, Listed) or Listed.ACTIVE,
            basis=cells.text(part.basis),
            schedule_held=part.schedule_held,
            raw=_raw(cells, part.listed, part.granted, part.expires),
        )
        for number in numbers
        for standard in (standards if not number else standards[:1])
    ]


def _events(cells: Cells, part: EventMap, keys: Sequence[str]) -> list[Event]:
    kind, on = cells.word(part.kind, EventKind), cells.day(part.on)
    if kind is None or on is None:
        return []
    return [
        Event(
            accreditation=key,
            kind=kind,
            on=on,
            until=after(cells.day(part.last_day)),
            decided=cells.day(part.decided),
            published=cells.day(part.published),
            raw=_raw(cells, part.kind, part.on, part.last_day),
        )
        for key in keys
    ]


def _lines(cells: Cells, part: LineMap, keys: Sequence[str]) -> list[Line]:
    parts = [cells.texts(take) or ("",) for take in (part.object, part.parameter, part.method)]
    several = list(product(*parts))
    if len(several) * len(keys) > _MANY_LINES:
        raise Unread(f"its cells make {len(several) * len(keys)} scope lines; no row has so many")
    return [
        Line(
            key="|".join(words),
            accreditation=key,
            object=words[0],
            object_also=cells.text(part.object_also),
            parameter=words[1],
            parameter_also=cells.text(part.parameter_also),
            method=words[2],
            limitation=cells.text(part.limitation),
        )
        for key in keys
        for words in several
        if any(words)
    ]


# --- rows of one key -----------------------------------------------------------------------------


def _merged(
    found: _Found, one: Declaration
) -> tuple[tuple[Draft, ...], list[str], tuple[str, ...]]:
    """(drafts, problems, keys that could not be read whole)."""
    drafts: list[Draft] = []
    problems: list[str] = []
    unread = dict(found.unread)
    for key, read in found.read.items():
        distinct: list[tuple[TableRow, Draft]] = []
        for row, draft in read:
            said = msgspec.structs.replace(draft, where="")
            same = [
                r
                for r, d in distinct
                if d == said and (not one.several_rows or r.cells == row.cells)
            ]
            if same:
                problems.append(f"{row.where}: it repeats {same[0].where}.")
            else:
                distinct.append((row, said))
        rows = [row for row, _ in distinct]
        if len(distinct) > 1 and not one.several_rows:
            problems.append(f"{rows[1].where}: it says otherwise of “{key}” than {rows[0].where}.")
            unread[key] = None
        elif key not in unread:
            whole, clash = _whole([draft for _, draft in distinct])
            if clash:
                problems.append(
                    f"{rows[-1].where}: {clash} of “{key}” differs from {rows[0].where}."
                )
                unread[key] = None
            else:
                drafts.append(msgspec.structs.replace(whole, where=read[0][0].where))
    return tuple(drafts), problems, tuple(unread)


_PARTS = ("names", "identifiers", "sites", "accreditations", "events", "lines")


def _whole(drafts: Sequence[Draft]) -> tuple[Draft, str]:
    """One draft of several rows, and what two of them say differently, "" where nothing."""
    first = drafts[0]
    if len(drafts) == 1:
        return first, ""
    parts: dict[str, Any] = {}
    for name in _PARTS:
        stated = [getattr(draft, name) for draft in drafts]
        if name != "identifiers" and (clash := _clash(stated)):
            return first, f"the {name[:-1]} {clash}"
        parts[name] = tuple(dict.fromkeys(fact for facts in stated for fact in facts))
    profiles = [draft.profile for draft in drafts if draft.profile is not None]
    merged, clash = _profiles(profiles)
    if clash:
        return first, f"the {clash}"
    return msgspec.structs.replace(first, profile=merged, **parts), ""


def _clash(stated: Iterable[Sequence[Fact]]) -> str:
    """A key under which two rows state different things."""
    before: dict[str, set[Fact]] = {}
    for facts in stated:
        here: dict[str, set[Fact]] = {}
        for fact in facts:
            here.setdefault(fact.fact_key(), set()).add(fact)
        for key, said in here.items():
            if before.setdefault(key, said) != said:
                return f"“{key}”"
    return ""


def _profiles(profiles: Sequence[Profile]) -> tuple[Profile, str]:
    """Kinds of all rows together; anything else must be the same where it is said."""
    said: dict[str, Any] = {}
    for name in ("country", "region", "city", "website"):
        words = {getattr(one, name) for one in profiles} - {""}
        if len(words) > 1:
            return profiles[0], f"{name} (“{'”, “'.join(sorted(words))}”)"
        said[name] = next(iter(words), "")
    kinds = dict.fromkeys(kind for one in profiles for kind in one.kinds)
    raw = "; ".join(dict.fromkeys(one.raw for one in profiles if one.raw))
    return Profile(**said, kinds=tuple(kinds), raw=raw), ""


# --- what was not taken --------------------------------------------------------------------------


def _tell_rest(rows: Rows, one: Declaration, leftovers: Leftovers) -> None:
    for place in rows.beside:
        leftovers.left("another table", place)
    known = {*one.mapped(), *one.ignore}
    for column in rows.columns:
        if column in known and not is_personal(column):
            continue
        filled = [cell for row in rows.rows if (cell := row.cells.get(column, ""))]
        if is_personal(column):
            leftovers.left(f"column “{column}”, of persons, dropped", count=len(filled))
        elif filled:
            example = _LOST.sub("?", without_personal(filled[0])[0])
            leftovers.left(f"column “{column}”", example[:80], len(filled))
