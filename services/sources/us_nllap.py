"""United States, EPA: laboratories of the National Lead Laboratory Accreditation Program (HTML).

One table: where the laboratory is, who accredited it (a code explained above the table), its name,
city and phone in one cell, and an X for each matrix it is recognised for. The header is found by
its words; the phone is dropped.

The list speaks for EPA's recognition only. It names the accrediting organisation without a number,
so that organisation stands as the *basis* of the recognition and never as an accreditation of its
own: a scheme's list is authoritative for its own designation, not for another body's register.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

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
)
from services.parsers import html, places
from services.parsers.leftovers import Leftovers
from services.parsers.written_dates import find_dates
from services.terms import AccreditationKind, BodyKind, Tier

ISSUER = "EPA-NLLAP"
PARAMETER = "lead (Pb)"  # the programme recognises analysis for lead and nothing else

# our name of a column, the words of its title
_COLUMNS = (
    ("place", re.compile(r"\bstate\b|\bcountry\b", re.I)),
    ("accredited by", re.compile(r"accrediting|accreditation\s+(?:body|org)", re.I)),
    ("laboratory", re.compile(r"company|laborator(?:y|ies)\b.*name|\bname\b", re.I)),
    ("lab type", re.compile(r"\blab(?:oratory)?\s+type\b", re.I)),
    ("commercial", re.compile(r"commercial", re.I)),
)
_NEEDED = ("place", "accredited by", "laboratory")
_MATRIX_GROUP = re.compile(r"\bmatri(?:x|ces)\b", re.I)
_MATRIX = re.compile(r"\bpaint\b|\bsoil\b|\bdust\b|\bwipes?\b", re.I)

_PHONE = re.compile(
    r"(?:\b(?:tel|telephone|phone|ph|fax)\b\s*[.:]?\s*)?"
    r"(?<![\w])\+?\(?\d[\d\s().\-/]{5,30}\d(?:\s*(?:ext|extension|x)\.?\s*\d+)?(?!\w)",
    re.I,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LEGEND = re.compile(r"^\W*(\d{1,2}|[A-Z])\s*=\s*(\S.{2,})$")
_ROUND = re.compile(r"\bRound\s+\d+", re.I)
_YES = frozenset({"x", "yes", "y", "✓", "✔", "√"})
_NO = frozenset({"", "-", "–", "—", "no", "n", "n/a", "na"})


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the table says what: header row, columns by name, matrices by column."""

    rows: tuple[tuple[str, ...], ...]
    header: int
    columns: dict[str, int]
    matrices: dict[int, str]


@dataclass(slots=True)
class _Notes:
    legend: dict[str, str]
    problems: list[str] = field(default_factory=list)
    leftovers: Leftovers = field(default_factory=Leftovers)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Reads the page; one draft for each laboratory, rows repeated word for word once.

    Raises Unreadable where the table is not on the page, or uses codes that nothing explains.
    """
    if len(pages) != 1:
        raise Unreadable(f"One page is expected, {len(pages)} came.")
    page = html.decode(pages[0].body, pages[0].charset)
    form = _form(html.tables(page))
    if form is None:
        raise Unreadable(
            "The page holds no table of laboratories with their state, accrediting organization "
            "and name.",
            "See what the address answered: a notice, a login page or a new form of the list.",
        )
    text = html.text(page)
    notes = _Notes(_legend(text))
    drafts: dict[str, Draft] = {}
    seen: dict[str, set[tuple[str, ...]]] = {}
    for number, row in enumerate(form.rows[form.header + 1 :], form.header + 2):
        cells = tuple(" ".join(cell.split()) for cell in row)
        if not any(cells) or cells == tuple(" ".join(c.split()) for c in form.rows[form.header]):
            continue  # a header repeated for print
        draft = _draft(form, row, f"row {number}", notes)
        if draft is None:
            continue
        if before := drafts.get(draft.key):
            again = "repeated row" if cells in seen[draft.key] else "rows of one laboratory differ"
            notes.leftovers.left(again, draft.label)
            draft = _together(before, draft)
        drafts[draft.key] = draft
        seen.setdefault(draft.key, set()).add(cells)
    if not notes.legend and any(
        one.accreditations[0].basis.startswith("code ") for one in drafts.values()
    ):
        raise Unreadable(
            "The table gives accrediting organizations as codes and the page explains none.",
            "Find where the page now explains them; without it nobody is said to have accredited.",
        )
    if said := next((line for line in text.split("\n") if _ROUND.search(line)), ""):
        # in each record it would change all of them every month, so it is told once, here
        notes.leftovers.left("round of the list", said.strip(" *"))
    return Reading(
        drafts=tuple(drafts.values()),
        leftovers=notes.leftovers.told(),
        problems=tuple(notes.problems),
        columns=_columns_found(form),
        listed_on=_listed_on(text, html.meta(page)),
    )


# --- the page -----------------------------------------------------------------------------------


def _form(tables: Sequence[html.Table]) -> _Form | None:
    for table in tables:
        for number, row in enumerate(table.rows[:15]):
            columns: dict[str, int] = {}
            for c, title in enumerate(row):
                for name, words in _COLUMNS:
                    # a title over several columns ("… Program (NLLAP) List") names none of them
                    if words.search(title) and row.count(title) == 1:
                        columns.setdefault(name, c)
                        break
            if all(name in columns for name in _NEEDED):
                above = table.rows[:number]
                return _Form(table.rows, number, columns, _matrices(row, above, columns))
    return None


def _matrices(
    header: tuple[str, ...], above: Sequence[tuple[str, ...]], columns: dict[str, int]
) -> dict[int, str]:
    """Columns below "Matrix Recognized"; failing that, those whose title names a known matrix."""
    free = [c for c, title in enumerate(header) if title and c not in columns.values()]
    grouped = [c for c in free if any(_MATRIX_GROUP.search(row[c]) for row in above)]
    chosen = grouped or [c for c in free if _MATRIX.search(header[c])]
    return {c: " ".join(header[c].split()) for c in chosen}


def _columns_found(form: _Form) -> tuple[str, ...]:
    """Known columns by our names, matrices and unknown ones as printed."""
    names = {c: name for name, c in form.columns.items()} | form.matrices
    header = form.rows[form.header]
    return tuple(names.get(c, " ".join(header[c].split())) for c in range(len(header)))


def _legend(text: str) -> dict[str, str]:
    """ "1=AIHA …" lines of the page: code to accrediting organisation."""
    return {
        found[1]: found[2].strip() for line in text.split("\n") if (found := _LEGEND.match(line))
    }


def _listed_on(text: str, meta: dict[str, str]) -> date | None:
    """The page's "Last updated on …", else what its head says of the last change."""
    if said := re.search(r"last\s+updated\s*(?:on)?:?\s*([^\n]{4,40})", text, re.I):
        written = find_dates(said[1])
        if written and written.first:
            return written.first
    for name in ("dc.date.modified", "og:updated_time", "article:modified_time"):
        # only the day: a time beside it has a zone that moves no day of a monthly list
        if (written := find_dates(meta.get(name, "")[:10])) and written.first:
            return written.first
    return None


# --- one row --------------------------------------------------------------------------------------


def _draft(form: _Form, row: tuple[str, ...], where: str, notes: _Notes) -> Draft | None:
    place = " ".join(row[form.columns["place"]].split())
    country, region = places.state_or_country(place)
    if not country:
        notes.problems.append(f"{where}: {place!r} is no state or country that can be read")
    lines, dropped = _without_phones(row[form.columns["laboratory"]])
    if dropped:
        notes.leftovers.left("personal data dropped", count=dropped)
    if not lines:
        notes.problems.append(f"{where}: no laboratory is named")
        return None
    name, city = _name_and_city(lines, place, country, region)
    codes = " ".join(row[form.columns["accredited by"]].split())
    said = [
        " ".join(row[form.columns[column]].split())
        for column in ("lab type", "commercial")
        if column in form.columns
    ]
    for column in ("lab type", "commercial"):
        if column in form.columns:
            value = " ".join(row[form.columns[column]].split())
            notes.leftovers.left(f"{column}: {value or 'not said'}", name)
    raw = " | ".join([place, codes, ", ".join(lines), *said])
    return Draft(
        key="|".join(_plain(part) for part in (name, city, place)),
        label=f"{name}, {city or place}",
        where=where,
        names=(Name(text=name, raw=" ".join(lines[:-1] if city else lines)),),
        profile=Profile(country=country, region=region, city=city, kinds=(BodyKind.TESTING,)),
        sites=(
            Site(key="1", country=country, region=region, city=city, raw=f"{lines[-1]}, {place}"),
        ),
        accreditations=(
            Accreditation(
                key="recognition",
                kind=AccreditationKind.DESIGNATION,
                issuer=ISSUER,
                field="lead testing",
                body_kind=BodyKind.TESTING,
                basis=_basis(codes, where, notes),
                raw=raw,
                schedule_held=True,  # the list names every matrix that is recognised
            ),
        ),
        lines=tuple(_lines(form, row, where, notes)),
    )


def _without_phones(cell: str) -> tuple[list[str], int]:
    """The cell's lines without phones and e-mails, and how many were dropped."""
    kept, dropped = [], 0
    for line in cell.split("\n"):
        line, phones = _PHONE.subn("", line)
        line, mails = _EMAIL.subn("", line)
        dropped += phones + mails
        if line := line.strip(" ,;-–"):
            kept.append(line)
    return kept, dropped


def _name_and_city(lines: list[str], place: str, country: str, region: str) -> tuple[str, str]:
    """The last line is the city, all before it the name; one line alone is a name.

    A city line may repeat its state ("Baton Rouge, LA") and hold a ZIP code; both are taken off.
    """
    if len(lines) == 1:
        return lines[0], ""
    city = re.sub(r"(?<![\s,])[\s,]+\d{5}(?:-\d{4})?$", "", lines[-1])
    head, comma, tail = city.rpartition(",")
    same = {place.casefold(), country.casefold(), region.casefold()}
    if comma and (
        tail.strip().casefold() in same
        or (region and places.subdivision(country, tail) == region)
        or (country and places.country_code(tail) == country)
    ):
        city = head
    return " ".join(" ".join(lines[:-1]).split()), city.strip()


def _basis(codes: str, where: str, notes: _Notes) -> str:
    """The accrediting organisation's name and its code; a name written out stands as it is."""
    named = []
    for code in re.split(r"[\s,;/&+]+|\band\b", codes.strip(" *")) if len(codes) <= 8 else [codes]:
        if not code:
            continue
        if name := notes.legend.get(code):
            named.append(f"{name} (code {code})")
        elif len(code) > 2:
            named.append(code)
        else:
            named.append(f"code {code}")
            if notes.legend:
                notes.problems.append(f"{where}: the page does not explain the code {code!r}")
    return "; ".join(named)


def _lines(form: _Form, row: tuple[str, ...], where: str, notes: _Notes) -> list[Line]:
    lines = []
    for column, matrix in form.matrices.items():
        mark = row[column].strip()
        if mark.lower() in _YES:
            lines.append(
                Line(
                    accreditation="recognition",
                    key=_plain(matrix),
                    object=matrix,
                    parameter=PARAMETER,
                    raw=mark,
                )
            )
        elif mark.lower() not in _NO:
            notes.problems.append(f"{where}: {mark!r} below {matrix!r} is neither X nor empty")
    return lines


def _together(first: Draft, second: Draft) -> Draft:
    """Two rows of one laboratory: one recognition, by all that are named, for all matrices."""
    one, two = first.accreditations[0], second.accreditations[0]
    bases = dict.fromkeys([*one.basis.split("; "), *two.basis.split("; ")])
    raw = one.raw if one.raw == two.raw else f"{one.raw}\n{two.raw}"
    recognition = msgspec.structs.replace(one, basis="; ".join(b for b in bases if b), raw=raw)
    lines = {line.key: line for line in first.lines}
    for line in second.lines:
        lines.setdefault(line.key, line)
    return msgspec.structs.replace(
        first, accreditations=(recognition,), lines=tuple(lines.values())
    )


def _plain(words: str) -> str:
    folded = unicodedata.normalize("NFKC", words).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())


SOURCE = Source(
    key="us_nllap",
    title="National Lead Laboratory Accreditation Program list, United States",
    title_zh="美国国家铅实验室认可计划名单",
    publisher="United States Environmental Protection Agency",
    publisher_zh="美国国家环境保护局",
    home="https://www.epa.gov/lead",
    licence="US government work, public domain",
    licence_url="https://www.epa.gov/web-policies-and-procedures",
    note="Names who accredited a laboratory without a number: look it up at that organisation.",
    tier=Tier.SCHEME_LIST,
    country="US",
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="laboratories",
            request=Request(
                url="https://www.epa.gov/lead/national-lead-laboratory-accreditation-program-list",
                name="national-lead-laboratory-accreditation-program-list.html",
            ),
            recorded="*.html",
        ),
    ),
    parse=parse,
    every=timedelta(days=7),  # the list is renewed once a month
    expect=Expect(
        # 104 laboratories stood on the list of August 2026; twenty is a torn page
        min_rows=20,
        max_drop=0.15,  # one list, renewed monthly: a sixth of it going at once is a broken page
        fill={
            "names": 1.0,
            "accreditations": 1.0,
            "accreditations.basis": 0.95,
            # a laboratory is on the list for some matrix; a little room for a row being changed
            "lines": 0.95,
            "profile": 1.0,
        },
        columns=("place", "accredited by", "laboratory", "Paint Chips", "Soil", "Dust Wipes"),
    ),
    bytes_public=False,  # phones stand beside the names
)
