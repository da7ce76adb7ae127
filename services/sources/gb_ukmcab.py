"""United Kingdom, Office for Product Safety and Standards: conformity assessment bodies (CSV).

A row is a body, its number, a legislative area, the regulation (or the agreement) under which it
stands there, and the file of its schedule. A body has as many rows as it has files and areas.

A *record* is a body by its name. An *appointment* is a body in one legislative area: bodies gain
and lose areas one by one, so each is a designation of its own. What a mutual recognition agreement
lets a body do stands in the same area without being an appointment under its regulation, and is a
designation apart. The register prints no day, no address and no scope: whether an appointment
covers a product is in the file, which is named and not held.

The number belongs to the body, not to an appointment: a four-digit approved body number, without
its leading zeros where a spreadsheet took them. One number beside two names identifies neither.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Expect,
    Identifier,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
    time_in_name,
)
from services.parsers import csv_rows
from services.parsers.charset import text_of
from services.parsers.contacts import fold, one_line
from services.parsers.leftovers import Leftovers
from services.parsers.personal import without_personal
from services.terms import AccreditationKind, BodyKind, Tier

ISSUER = "UKMCAB"

# our name of a column, its title without anything but letters
_COLUMNS = {
    "name": frozenset({"name", "bodyname", "cabname", "cab", "body"}),
    "number": frozenset({"cabnumber", "bodynumber", "number", "approvedbodynumber"}),
    "file": frozenset({"filename", "file", "schedule", "document"}),
    "label": frozenset({"label", "regulation", "legislation", "title"}),
    "area": frozenset({"legislativearea", "area", "legislativeareas"}),
}
_NEEDED = ("name", "number", "label", "area")

_FOUR_DIGITS = re.compile(r"\d{1,4}")
_OTHER_NUMBER = re.compile(r"[A-Z]{1,3}-?\d{2,5}", re.I)
_FORMER = re.compile(r"\b(?:ex|formerly|former|previously|was)\b\.?:?\s*", re.I)
_AGREEMENT = re.compile(r"\bMRA\b|mutual\s+recognition|sectoral\s+annex", re.I)
# rows that hand out a paper or point at another row: they appoint nobody to anything
_NO_APPOINTMENT = (
    (re.compile(r"^note\b", re.I), "note beside a schedule"),
    (re.compile(r"\badditionally\s+appointed\s+under\b", re.I), "pointer to another number"),
)
_UNASSIGNED = frozenset({"", "not assigned", "n/a", "none", "-"})
# schedules are named after what their body was assessed as
_KINDS = (
    (re.compile(r"product\W*certification", re.I), BodyKind.CERTIFICATION_PRODUCT),
    (re.compile(r"management\W*systems?", re.I), BodyKind.CERTIFICATION_MS),
    (re.compile(r"person(?:nel|s)?\W*certification", re.I), BodyKind.CERTIFICATION_PERSONS),
    (re.compile(r"inspection\W*body", re.I), BodyKind.INSPECTION),
    (re.compile(r"testing\W*(?:single|multiple)", re.I), BodyKind.TESTING),
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as printed, spaces folded. ``line``: in the file."""

    line: int
    name: str
    number: str
    file: str
    label: str
    area: str

    @property
    def key(self) -> str:
        return _plain(self.name)

    @property
    def raw(self) -> str:
        return " | ".join(part for part in (self.number, self.area, self.label, self.file) if part)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What a number cell says. ``other``: numbers of the register in another form than four digits.

    ``unread``: words that are no number.
    """

    current: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    unread: str = ""


@dataclass(slots=True)
class _Notes:
    problems: list[str] = field(default_factory=list)
    leftovers: Leftovers = field(default_factory=Leftovers)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Reads the register; one draft for each name of a body.

    Raises Unreadable where it is no such table, or where the text ends within a row.
    """
    if len(pages) != 1:
        raise Unreadable(f"One file is expected, {len(pages)} came.")
    table = csv_rows.table(text_of(pages[0]))
    columns = _columns(table)
    if table.cut_off:
        raise Unreadable(
            f"{table.cut_off} Half a list must not pass for the whole.",
            "The download was probably cut off; the next run asks again.",
        )
    notes = _Notes(problems=[*table.ragged])
    for title in table.columns:
        if title not in columns.values():
            notes.leftovers.left("column not read", title)
    bodies: dict[str, list[_Row]] = {}
    # a body with a row that cannot be read keeps all that it said: its other rows are not the whole
    unread = {_plain(row.cells.get(columns["name"], "")): None for row in table.broken}
    for row in _rows(table, columns, notes):
        numbers = _numbers(row.number)
        if numbers.unread:
            said = f"the number {numbers.unread[:40]!r} cannot be read"
            notes.problems.append(f"line {row.line}: {said}")
            unread[row.key] = None
        else:
            bodies.setdefault(row.key, []).append(row)
    shared = _shared(bodies, notes)
    return Reading(
        drafts=tuple(
            _draft(key, rows, shared, notes) for key, rows in bodies.items() if key not in unread
        ),
        leftovers=notes.leftovers.told(),
        problems=tuple(notes.problems),
        unread=tuple(key for key in unread if key),
        columns=tuple(
            next((ours for ours, title in columns.items() if title == printed), printed)
            for printed in table.columns
        ),
    )


def _columns(table: csv_rows.Table) -> dict[str, str]:
    """Our name of a column to the title that the file gives it."""
    found: dict[str, str] = {}
    for title in table.columns:
        bare = re.sub(r"[^a-z]", "", title.casefold())
        for ours, titles in _COLUMNS.items():
            if bare in titles:
                found.setdefault(ours, title)
    missing = [ours for ours in _NEEDED if ours not in found]
    if missing or any(title in table.doubled for title in found.values()):
        what = f"has no column for {', '.join(missing)}" if missing else "names a column twice"
        raise Unreadable(
            f"The table {what}; its columns are: {', '.join(table.columns)}.",
            "Compare its header with services/sources/gb_ukmcab.py before accepting the new form.",
        )
    return found


def _rows(table: csv_rows.Table, columns: dict[str, str], notes: _Notes) -> Iterator[_Row]:
    seen: set[tuple[str, ...]] = set()
    for one in table.rows:
        cells = {ours: one.cells[title] for ours, title in columns.items()}
        said = {ours: one_line(_unscrambled(cell)) for ours, cell in cells.items()}
        if said["name"] != one_line(cells["name"]):
            notes.leftovers.left("name whose accents were read wrongly before", cells["name"])
        if not _plain(said["name"]):
            notes.problems.append(f"line {one.line}: no body is named")
            continue
        if tuple(said.values()) in seen:
            notes.leftovers.left("repeated row", said["name"])
            continue
        seen.add(tuple(said.values()))
        said["file"] = unquote(said.get("file", ""))
        for ours in ("file", "label", "area"):
            said[ours], dropped = without_personal(said[ours])
            if dropped:
                notes.leftovers.left("e-mail or phone, not kept", ours)
        yield _Row(
            one.line, said["name"], said["number"], said["file"], said["label"], said["area"]
        )


def _unscrambled(words: str) -> str:
    """ "TÃœV" is "TÜV": UTF-8 that was read as windows-1252 before it was published.

    Only where all of the words go back without a doubt; right accents never make whole UTF-8.
    """
    if words.isascii():
        return words
    try:
        return words.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return words


def _plain(words: str) -> str:
    folded = unicodedata.normalize("NFKC", words).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())


# --- numbers --------------------------------------------------------------------------------------


def _numbers(cell: str) -> _Numbers:
    """ "168", "0120 (ex 0890, ex 2642)", "1121, 1314", "R006"; no number is none."""
    current: list[str] = []
    former: list[str] = []
    other: list[str] = []
    for part in re.split(r"[,;()&]+|\band\b", cell):
        word = _FORMER.sub("", part.strip())
        if not word or word in {"-", "–"}:
            continue
        if _FOUR_DIGITS.fullmatch(word) and int(word):
            (former if _FORMER.search(part) else current).append(word.zfill(4))
        elif _OTHER_NUMBER.fullmatch(word):
            other.append(word.upper())
        else:
            return _Numbers(unread=cell)
    return _Numbers(tuple(current), tuple(former), tuple(other))


def _shared(bodies: dict[str, list[_Row]], notes: _Notes) -> set[str]:
    """Numbers that stand beside names which are not one name written twice."""
    bearers: dict[str, dict[tuple[str, ...], str]] = {}
    for rows in bodies.values():
        for row in rows:
            for number in _numbers(row.number).current:
                bearers.setdefault(number, {})[tuple(fold(row.name))] = row.name
    shared = {number: names for number, names in bearers.items() if len(names) > 1}
    for number, names in shared.items():
        said = " and ".join(f"“{name}”" for name in names.values())
        notes.problems.append(f"the number {number} stands beside {said}: it identifies neither")
    return set(shared)


def _identifiers(rows: Sequence[_Row], shared: set[str], notes: _Notes) -> Iterator[Identifier]:
    read = [(row, _numbers(row.number)) for row in rows]
    kinds = (("UK-AB", "current"), ("UK-AB-EX", "former"), (ISSUER, "other"))
    for namespace, part in kinds:
        printed: dict[str, str] = {}
        for row, numbers in read:
            for number in getattr(numbers, part):
                printed.setdefault(number, row.number)
        for number in sorted(printed.keys() - (shared if part == "current" else set())):
            yield Identifier(
                key=f"{namespace}|{number}", namespace=namespace, value=number, raw=printed[number]
            )
    if not any(numbers.current or numbers.other for _, numbers in read):
        notes.leftovers.left("body without a number", rows[0].name)


# --- one body -------------------------------------------------------------------------------------


def _draft(key: str, rows: Sequence[_Row], shared: set[str], notes: _Notes) -> Draft:
    identifiers = tuple(_identifiers(rows, shared, notes))
    current = [one.value for one in identifiers if one.namespace == "UK-AB"]
    spelt = sorted({row.name for row in rows})
    files = sorted({row.file for row in rows if row.file})
    kinds = [kind for words, kind in _KINDS if any(words.search(name) for name in files)]
    return Draft(
        key=key,
        # a corrected spelling beside the same number, or in the same areas where there is none
        kin=current[0] if current else "|".join(sorted({_plain(row.area) for row in rows})),
        label=spelt[0],
        where=f"line {rows[0].line}",
        names=tuple(
            Name(key=f"name {n}" if n > 1 else "", text=name, raw=name)
            for n, name in enumerate(spelt, 1)
        ),
        identifiers=identifiers,
        # the register prints no address: foreign bodies stand in it too, so no country is said
        profile=Profile(kinds=tuple(kinds), raw="; ".join(files) if kinds else ""),
        accreditations=tuple(_designations(rows, notes)),
    )


def _designations(rows: Sequence[_Row], notes: _Notes) -> Iterator[Accreditation]:
    areas: dict[tuple[str, bool], list[_Row]] = {}
    for row in rows:
        other = next((what for words, what in _NO_APPOINTMENT if words.search(row.label)), "")
        if other:
            notes.leftovers.left(other, f"{row.name}: {row.label}")
        elif not _plain(row.area) or row.area.casefold() in _UNASSIGNED:
            notes.leftovers.left("row without a legislative area", f"{row.name}: {row.label}")
        else:
            by_agreement = _AGREEMENT.search(row.label) is not None
            areas.setdefault((_plain(row.area), by_agreement), []).append(row)
    for (area, by_agreement), found in sorted(areas.items()):  # the order of rows says nothing
        printed = min(row.area for row in found)
        labels = sorted({row.label for row in found if row.label})
        yield Accreditation(
            key=f"{area}|agreement" if by_agreement else area,
            kind=AccreditationKind.DESIGNATION,
            issuer=ISSUER,
            field=f"{printed} (mutual recognition agreement)" if by_agreement else printed,
            basis="; ".join(labels),
            schedule_issue="; ".join(sorted({row.file for row in found if row.file})),
            raw="\n".join(sorted({row.raw for row in found})),
        )


def recorded_at(file_name: str) -> datetime | None:
    """The time in the name; the register of July 2023 was kept without one.

    Its first day is taken: a later one would make it look fresher than it may be.
    """
    if file_name == "legislative-file-lookup.csv":
        return datetime(2023, 7, 1, tzinfo=UTC)
    return time_in_name(file_name)


SOURCE = Source(
    key="gb_ukmcab",
    title="UK market conformity assessment bodies, United Kingdom",
    title_zh="英国市场合格评定机构登记册",
    publisher="Office for Product Safety and Standards, United Kingdom",
    publisher_zh="英国产品安全与标准办公室",
    home="https://www.find-a-conformity-assessment-body.service.gov.uk/",
    licence="Open Government Licence v3.0, to be confirmed",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    note="Confirm the file's address and licence before live use. Appointments by legislative area;"
    " products and procedures stand in each body's schedule.",
    tier=Tier.SCHEME_LIST,
    country="GB",
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="bodies",
            request=Request(
                url="https://www.find-a-conformity-assessment-body.service.gov.uk/"
                "legislative-file-lookup.csv",
                name="legislative-file-lookup.csv",
            ),
            recorded="*.csv",
        ),
    ),
    parse=parse,
    every=timedelta(days=7),
    expect=Expect(
        # 168 bodies stood in the register of July 2023; twenty is a torn file, max_drop sees the
        # rest
        min_rows=20,
        max_drop=0.15,
        fill={
            "names": 1.0,
            "accreditations": 0.95,
            "accreditations.basis": 0.95,
            # 22 bodies of 168 had none: those recognised for permanent joints, and test firms
            "identifiers": 0.7,
        },
        columns=("name", "number", "label", "area"),
        max_problems=0.05,
    ),
    recorded_at=recorded_at,
    bytes_public=True,
)
