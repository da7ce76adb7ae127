"""Singapore, Consumer Product Safety Office: bodies designated for controlled goods (XLSX).

Two sheets are matrices, one for certification and one for testing: bodies are columns, controlled
goods with their minimum standards are rows, "Yes" in a cell is the designation. A third sheet holds
addresses. Sheets and header rows are found by their words, because names, order and place of
sheets differ between versions of the list.

The list speaks for the designation under the Consumer Protection (Safety Requirements) scheme
only; it says nothing of any accreditation that a body holds besides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import msgspec

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Expect,
    Line,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Site,
    Source,
    time_in_name,
)
from services.parsers import places, standard_words, xlsx
from services.parsers.contacts import Contact, contact_sheet, fold, join, one_line
from services.parsers.leftovers import Leftovers
from services.parsers.written_dates import find_dates
from services.terms import AccreditationKind, BodyKind, Tier

ISSUER = "SG-CPS"
_FIELDS = {"certification": "product certification", "testing": "product testing"}
_KINDS = {"certification": BodyKind.CERTIFICATION_PRODUCT, "testing": BodyKind.TESTING}

_GOODS = re.compile(r"controlled\s+goods", re.I)
# a column that sends the reader elsewhere: "Please refer to the updated listing here"
_ELSEWHERE = re.compile(r"\b(?:please|refer|listing|click|see\s+(?:the|list|link))\b", re.I)
_YES = re.compile(r"^(?:yes|y|✓|✔|√)(?=\W|$)[\s,:;(–-]*", re.I)
_NO = frozenset({"", "-", "–", "—", "no", "n", "na", "n/a", "n.a.", "nil", "none"})
_VERSION = re.compile(r"ver(?:sion)?[\s._-]*(\d{1,2})[._-](\d{1,2})[._-](\d{4}|\d{2})(?!\d)", re.I)
_AS_OF = re.compile(r"\b(?:as\s+(?:at|of)|updated(?:\s+on)?|version(?:\s+date)?|dated?)\b", re.I)


# --- the sheets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A sheet of one role: where its header stands and which columns are bodies."""

    sheet: str
    role: str
    grid: xlsx.Grid
    header: int
    goods: int
    routes: dict[int, str]  # column of a body to its designation route


@dataclass(slots=True)
class _Notes:
    """What is met on the way and not taken, and what cannot be read."""

    leftovers: Leftovers = field(default_factory=Leftovers)
    problems: list[str] = field(default_factory=list)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Reads the workbook; one draft for each body of each role.

    Raises Unreadable where a matrix of a role or the contact sheet is not found in it.
    """
    if len(pages) != 1:
        raise Unreadable(f"One workbook is expected, {len(pages)} answers came.")
    page = pages[0]
    notes = _Notes()
    matrices: list[_Matrix] = []
    contacts: list[Contact] | None = None
    sheets = xlsx.sheets(page.body)
    for sheet in sheets:
        if matrix := _matrix(sheet, notes):
            matrices.append(matrix)
        elif found := contact_sheet(sheet, _role):
            contacts = [*(contacts or []), *found.rows]
            if found.dropped:
                notes.leftovers.left("personal data dropped", count=found.dropped)
            for title in found.unread:
                notes.leftovers.left("column of the contact sheet not read", title)
        else:
            notes.leftovers.left("sheet not read", sheet.name)
    missing = [_FIELDS[role] for role in _FIELDS if role not in {one.role for one in matrices}]
    if contacts is None:
        missing.append("contact details")
    if missing or contacts is None:
        raise Unreadable(
            f"The workbook has no sheet of {' and none of '.join(missing)}; "
            f"its sheets are: {', '.join(sheet.name for sheet in sheets) or 'none'}.",
            "Compare its headers with services/sources/sg_cpso.py before accepting the new form.",
        )
    drafts = _drafts(matrices, contacts, notes)
    return Reading(
        drafts=tuple(drafts),
        leftovers=notes.leftovers.told(),
        problems=tuple(notes.problems),
        columns=(*(_FIELDS[one.role] for one in matrices), "contact details"),
        listed_on=_listed_on(page, sheets),
    )


def _matrix(sheet: xlsx.Sheet, notes: _Notes) -> _Matrix | None:
    """The header is the last of the first rows whose goods column says so, with names beside it."""
    grid = sheet.filled()
    header = goods = -1
    for r, row in enumerate(grid[:20]):
        for c, cell in enumerate(row):
            if (
                _GOODS.search(cell)
                and len({one for one in row[c + 1 :] if one and one != cell}) > 1
            ):
                header, goods = r, c
                break
        else:
            if header >= 0:
                break
    if header < 0:
        return None
    title = " ".join(cell for row in grid[: header + 1] for cell in row[: goods + 1])
    role = _role(sheet.name) or _role(title)
    if not role:
        raise Unreadable(
            f"Sheet {sheet.name!r} does not say whether it lists certification or testing bodies.",
            "Neither its name nor its title holds one of the two words alone.",
        )
    return _Matrix(
        sheet.name, role, grid, header, goods, _routes(sheet, grid, header, goods, notes)
    )


def _role(words: str) -> str:
    certification = re.search(r"\bcert(?:if\w*)?\b", words, re.I)
    testing = re.search(r"\btest(?:s|ing)?\b|\blab(?:orator\w+)?\b", words, re.I)
    if bool(certification) == bool(testing):
        return ""
    return "certification" if certification else "testing"


def _routes(
    sheet: xlsx.Sheet, grid: xlsx.Grid, header: int, goods: int, notes: _Notes
) -> dict[int, str]:
    """Column of a body to the route above it; an empty cell continues the route to its left."""
    routes: dict[int, str] = {}
    route = ""
    for c in range(goods + 1, len(grid[header])):
        name = grid[header][c].strip()
        above = [row[c].strip() for row in grid[:header] if row[c].strip() not in {"", name}]
        title = {row[goods].strip() for row in grid[:header]}
        route = next((one for one in reversed(above) if one not in title), route)
        if _ELSEWHERE.search(name):
            notes.leftovers.left("bodies listed elsewhere", f"{_route_of(route)}: {name}")
        elif name:
            routes[c] = route
        elif any(row[c].strip() not in _NO for row in grid[header + 1 :]):
            notes.problems.append(
                f"{sheet.name}!{xlsx.place(header, c)}: a column with entries names no body"
            )
    return routes


def _route_of(header: str) -> str:
    """ "CAB (Testing) - designated via KSFTA" says its role twice; the route is what follows."""
    words = " ".join(header.split())
    return re.sub(r"^CABs?\s*(?:\([^)]*\))?\s*[-–—:]\s*", "", words, flags=re.I)


# --- one draft for each body of a role ----------------------------------------------------------


def _drafts(matrices: list[_Matrix], contacts: list[Contact], notes: _Notes) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    joined: set[str] = set()
    for matrix in matrices:
        for column, route in matrix.routes.items():
            name = one_line(matrix.grid[matrix.header][column])
            rows = join(name, matrix.role, contacts)
            if not rows:
                notes.leftovers.left("body without contact details", name)
            joined.update(row.where for row in rows)
            draft = _draft(matrix, column, route, rows, notes)
            if before := drafts.get(draft.key):
                notes.leftovers.left("body in several columns", name)
                draft = _together(before, draft)
            drafts[draft.key] = draft
    for row in contacts:
        if row.where not in joined:
            notes.leftovers.left("contact details of no listed body", row.name)
    return list(drafts.values())


def _draft(matrix: _Matrix, column: int, route: str, rows: list[Contact], notes: _Notes) -> Draft:
    written = matrix.grid[matrix.header][column]
    name = one_line(written)
    names = [Name(text=name, raw=written)]
    if rows and one_line(rows[0].name) != name:
        names.append(Name(key="contact", text=one_line(rows[0].name), raw=rows[0].name))
    sites = _sites(rows)
    for site in sites:
        if not site.country:
            notes.leftovers.left("address whose country cannot be read", site.address)
    countries = {site.country for site in sites}
    return Draft(
        # the role and not the sheet's letter, because sheets change places between versions
        key=f"{matrix.role}|{' '.join(fold(name))}",
        label=name,
        where=f"{matrix.sheet}!{xlsx.place(matrix.header, column)}",
        names=tuple(names),
        profile=Profile(
            country=sites[0].country if len(countries) == 1 else "",
            city=sites[0].city if len(sites) == 1 else "",
            kinds=(_KINDS[matrix.role],),
            website=next((row.website for row in rows if row.website), ""),
        ),
        sites=sites,
        accreditations=(
            Accreditation(
                key="designation",
                kind=AccreditationKind.DESIGNATION,
                issuer=ISSUER,
                field=_FIELDS[matrix.role],
                body_kind=_KINDS[matrix.role],
                basis=_route_of(route),
                raw=f"{route}\n{written}".strip(),
                schedule_held=True,  # the matrix is the whole approved scope
            ),
        ),
        lines=tuple(_lines(matrix, column, notes)),
    )


def _sites(rows: list[Contact]) -> tuple[Site, ...]:
    addresses = {" ".join(fold(row.address)): row.address for row in rows if row.address}
    sites = []
    for number, address in enumerate(addresses.values(), 1):
        country, city = places.place_of(address)
        sites.append(
            Site(
                key=str(number), country=country, city=city, address=one_line(address), raw=address
            )
        )
    return tuple(sites)


def _together(first: Draft, second: Draft) -> Draft:
    """One body designated by two routes stands in two columns: one designation, both scopes."""
    one, two = first.accreditations[0], second.accreditations[0]
    bases = list(dict.fromkeys([*one.basis.split("; "), two.basis]))
    lines = {line.key: line for line in first.lines}
    for line in second.lines:
        if line.key not in lines or not line.limitation:
            lines[line.key] = line
    designation = msgspec.structs.replace(
        one, basis="; ".join(base for base in bases if base), raw=f"{one.raw}\n{two.raw}"
    )
    return msgspec.structs.replace(
        first, accreditations=(designation,), lines=tuple(lines.values())
    )


# --- scope lines --------------------------------------------------------------------------------


def _lines(matrix: _Matrix, column: int, notes: _Notes) -> Iterator[Line]:
    given: set[str] = set()
    for r, row in enumerate(matrix.grid[matrix.header + 1 :], matrix.header + 1):
        mark = row[column].strip()
        if mark.lower() in _NO:
            continue
        where = f"{matrix.sheet}!{xlsx.place(r, column)}"
        yes = _YES.match(mark)
        if not yes:
            notes.problems.append(f"{where}: {one_line(mark)!r} is neither Yes nor -")
            continue
        goods = row[matrix.goods].strip()
        if not goods:
            notes.problems.append(f"{where}: an entry on a row that names no goods")
            continue
        for line in _lines_of_cell(goods, mark, mark[yes.end() :].strip(" )"), where, notes):
            key = line.key
            number = 2
            while key in given:  # two rows of the same goods and standard
                key = f"{line.key}|{number}"
                number += 1
            given.add(key)
            yield line if key == line.key else msgspec.structs.replace(line, key=key)


def _lines_of_cell(cell: str, mark: str, words: str, where: str, notes: _Notes) -> Iterator[Line]:
    """One line a standard. ``words`` follow the Yes: standards narrow the row, others limit."""
    goods, standards = standard_words.split_goods(cell)
    row = standard_words.alternatives(standards)
    problems = dict.fromkeys(one.problem for one in row if one.problem)
    notes.problems += [f"{where}: {problem}" for problem in problems]
    limit = one_line(words)
    named = [part for part in re.split(r"[\n,;]|\bor\b|\band\b", words) if part.strip()]
    if words and standard_words.only_standards(words):
        chosen = [alternative for part in named for alternative in _chosen(part, row, where, notes)]
        limit = ""  # applied: the line's own standard and its raw words say it
    else:
        chosen = list(row)
    if not row and not chosen:
        notes.leftovers.left("goods without a standard", goods)
        chosen = [standard_words.Alternative((standard_words.Standard(""),), "")]
    for one in dict.fromkeys(chosen):
        for standard in one.standards:
            others = " + ".join(other.written for other in one.standards if other != standard)
            together = f"only together with {others}" if others else ""
            # "SS281" and "SS 281", "1998" and "2017" apart: the edition is part of what is approved
            about = f"{standard.written}{' + ' + others if others else ''}"
            yield Line(
                accreditation="designation",
                # no serial number: one new category would renumber, and so re-key, all below it
                key=f"{' '.join(fold(goods))}|{re.sub(r'[^a-z0-9+:./-]', '', about.lower())}",
                object=goods,
                method=standard.written,
                limitation="; ".join(part for part in (limit, standard.note, together) if part),
                raw=f"{one.written}\n{mark}".strip(),
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )


def _chosen(
    words: str, row: tuple[standard_words.Alternative, ...], where: str, notes: _Notes
) -> list[standard_words.Alternative]:
    """The row's alternatives that a cell's "IEC 60335 + SS 360" means: all its standards, no other.

    Failing that, single standards of the row that it names. One that the row does not hold stands
    as the cell has it: the cell is the designation, the row only its heading.
    """
    named = standard_words.roots(words)

    def covered(standard: standard_words.Standard) -> bool:
        return any(standard_words.covers(root, standard.root) for root in named)

    exact = [
        one
        for one in row
        if all(covered(standard) for standard in one.standards)
        and all(
            any(standard_words.covers(root, standard.root) for standard in one.standards)
            for root in named
        )
    ]
    if exact:
        return exact
    parts = [
        replace(one, standards=(standard,))
        for one in row
        for standard in one.standards
        if covered(standard)
    ]
    if parts:
        return parts
    notes.leftovers.left("standard in a cell that its row does not name", f"{where}: {words}")
    return list(standard_words.alternatives(words))


# --- dates of the list --------------------------------------------------------------------------


def recorded_at(file_name: str) -> datetime | None:
    """The start of the version's day: "…-ver-02-08-21.xlsx" is 2 August 2021 (day first)."""
    if day := _version_day(file_name):
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return time_in_name(file_name)


def _version_day(words: str) -> date | None:
    if not (found := _VERSION.search(words)):
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def _listed_on(page: Page, sheets: Sequence[xlsx.Sheet]) -> date | None:
    """The day that the list states: in its first rows ("Updated on …"), else in its file name."""
    for sheet in sheets:
        for row in sheet.rows[:4]:
            for cell in row:
                if (said := _AS_OF.search(cell)) and (written := find_dates(cell[said.end() :])):
                    return written.first
    return _version_day(page.name) or _version_day(page.url)


SOURCE = Source(
    key="sg_cpso",
    title="Bodies designated for controlled goods, Singapore",
    title_zh="新加坡受管制商品指定认证与检测机构",
    publisher="Consumer Product Safety Office, Singapore",
    publisher_zh="新加坡消费品安全办公室",
    home="https://www.consumerproductsafety.gov.sg/",
    licence="Publisher's terms of use",
    licence_url="https://www.consumerproductsafety.gov.sg/terms-of-use",
    note="The address of the workbook changes with each version; confirm it before live use.",
    tier=Tier.SCHEME_LIST,
    country="SG",
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="cabs",
            request=Request(
                url="https://www.consumerproductsafety.gov.sg/files/list-of-cab-cps-scheme.xlsx",
                name="list-of-cab-cps-scheme.xlsx",
            ),
            recorded="*.xlsx",
        ),
    ),
    parse=parse,
    every=timedelta(days=7),
    expect=Expect(
        # 43 bodies stood on the list of August 2021; ten is a torn file, max_drop sees the rest
        min_rows=10,
        # routes come and go whole: the 13 bodies of one agreement are 30 % of the list, and their
        # going is for a steward to confirm
        max_drop=0.25,
        fill={
            "names": 1.0,
            "accreditations": 1.0,
            # a body may be listed before its first goods are approved, half of them may not
            "lines": 0.9,
            # below this the contact sheet or the rule that joins it no longer fits
            "sites": 0.7,
        },
        columns=("product certification", "product testing", "contact details"),
    ),
    recorded_at=recorded_at,
    bytes_public=False,  # the contact sheet names persons
)
