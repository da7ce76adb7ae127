"""A first mapping of an unknown table, as TOML for an editor: ``labdir source draft``.

It parses as it is; words that only a person can know are empty and named by their settings' errors
until they are filled in. Then it reads the file.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from services.errors import Unreadable
from services.kit import Page
from services.parsers import charset, csv_rows, table_guess, xlsx
from services.parsers.personal import is_personal
from services.parsers.table_cells import fold
from services.parsers.table_declaration import Declaration, Paging
from services.parsers.table_guess import Column
from services.parsers.table_pages import Rows, at_path, document, rows_of
from services.parsers.table_words import STATUS_WORDS
from services.terms import Listed, Tier

_FILL_IN = "  # fill in"


@dataclass(frozen=True, slots=True)
class _Draft:
    key: str
    shape: Declaration  # what is needed to read the rows, nothing of the mapping
    rows: Rows
    columns: list[Column]

    def of(self, *roles: str) -> list[Column]:
        return [one for one in self.columns if one.role in roles and not one.personal]

    def first(self, role: str) -> Column | None:
        return next(iter(self.of(role)), None)


def draft(page: Page, key: str) -> str:
    """The TOML of ``[sources.KEY.table]`` for one page of the table.

    Raises Unreadable where the page is no table that a declaration could read.
    """
    shape, comments = _shape(page)
    rows = rows_of([page], shape)
    if not rows.rows:
        raise Unreadable("The table has a header and no row.", "Draft from a file with some rows.")
    columns = _with_roles(table_guess.columns_of(rows), len(rows.rows))
    read = _Draft(key, shape, rows, columns)
    used: list[str] = []
    body = [*_mapping(read, used)]
    lines = [
        *_head(key, shape),
        *comments,
        *_keys(read, used),
        *body[: body.index("")],
        *_rest(read, used),
        *_expectations(read),
        *body[body.index("") :],
    ]
    return "\n".join(lines).rstrip() + "\n"


# --- what kind of file it is ---------------------------------------------------------------------


def _bare(form: str, **more: Any) -> Declaration:
    return Declaration(
        title="", publisher="", home="", licence="", tier=Tier.AGGREGATOR, format=form, address="",
        key=(), names=(), **more,
    )  # fmt: skip


def _shape(page: Page) -> tuple[Declaration, list[str]]:
    """How to get at the rows, and what the editor should know of it."""
    if page.body.startswith(b"PK"):
        return _workbook(page)
    if page.body.startswith(b"%PDF"):
        return _bare("pdf"), []
    text = charset.text_of(page)
    if text.lstrip()[:1] in {"{", "["}:
        return _json(page)
    delimiter = csv_rows.find_delimiter(text)
    table = csv_rows.table(text, delimiter)
    comments = [f"delimiter = {_quoted(delimiter)}"]
    if table.header_line > 1:
        comments.append(
            f"# the column names stand on line {table.header_line}; header = 0 finds them"
        )
    if table.ragged:
        comments.append(
            f"# {len(table.ragged)} rows are not as wide as the header: {_shown(table.ragged[0])}"
        )
    if page.body[:2] not in {b"\xff\xfe", b"\xfe\xff"} and _is_legacy(page.body):
        comments.append(
            '# charset = ""  # found by the bytes; name it where names look wrong below'
        )
    return _bare("csv", delimiter=delimiter), comments


def _is_legacy(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _workbook(page: Page) -> tuple[Declaration, list[str]]:
    filled = {
        sheet.name: sum(any(cell for cell in row) for row in sheet.rows)
        for sheet in xlsx.sheets(page.body)
    }
    name = max(filled, key=lambda each: filled[each], default="")
    others = [f"{_shown(other)} ({count} rows)" for other, count in filled.items() if other != name]
    said = [f"sheet = {_quoted(name)}"]
    said += [f"# other sheets: {', '.join(others)}"] * bool(others)
    return _bare("xlsx", sheet=name), said


def _json(page: Page) -> tuple[Declaration, list[str]]:
    found = document(page)
    path = max(_lists(found), key=lambda each: each[0], default=(0, None))[1]
    if path is None:
        raise Unreadable("There is no list of records in this JSON.")
    said = [f"records = {_quoted(path)}"] * bool(path)
    paging = _paging(found)
    if paging is not None:
        count = f", count = {_quoted(paging.count)}" * bool(paging.count)
        said.append(f"paging = {{ next = {_quoted(paging.next)}{count} }}")
    elif isinstance(found, dict) and (others := [k for k in found if k != path.split(".")[0]]):
        said.append(
            f"# beside the records: {_shown(', '.join(others))}; see paging in docs/sources.md"
        )
    return _bare("json", records=path), said


def _lists(found: Any, path: str = "", level: int = 0) -> Iterator[tuple[int, str]]:
    """(length, path) of every list of objects."""
    if isinstance(found, list) and any(isinstance(one, dict) for one in found):
        yield len(found), path
    if isinstance(found, dict) and level < 5:
        for key, value in found.items():
            if "." not in key:
                yield from _lists(value, f"{path}.{key}" if path else key, level + 1)


def _paging(found: Any) -> Paging | None:
    for path in (
        "next",
        "links.next",
        "_links.next.href",
        "paging.next",
        "meta.next",
        "@odata.nextLink",
    ):
        address = at_path(found, path)
        if isinstance(address, str) and address.startswith(("http://", "https://", "/", "?")):
            counts = ("count", "total", "meta.total", "meta.count", "totalCount")
            count = next((one for one in counts if str(at_path(found, one)).isdecimal()), "")
            return Paging(next=path, count=count)
    return None


# --- the mapping ---------------------------------------------------------------------------------


def _with_roles(columns: list[Column], rows: int) -> list[Column]:
    """Name and number by their values, where no title says them."""
    for role, found in (
        ("number", table_guess.number_column), ("name", table_guess.name_column),
    ):  # fmt: skip
        if not any(one.role == role for one in columns) and (best := found(columns, rows)):
            columns = [replace(one, role=role) if one is best else one for one in columns]
    return columns


def _head(key: str, shape: Declaration) -> Iterator[str]:
    yield f"[sources.{key}.table]"
    for name in ("title", "publisher", "home", "licence"):
        yield f'{name} = ""{_FILL_IN}'
    yield "tier = 5  # 1 accreditation body's register … 3 regulator's list … 5 aggregator"
    yield "authoritative_for = []  # issuers whose status this list may decide"
    yield 'leaving_means = "no_longer_listed"  # "nothing" for a rolling list'
    yield 'every = "7d"'
    yield f"format = {_quoted(shape.format)}"
    yield f'address = ""{_FILL_IN}: where the publisher serves it'


def _keys(read: _Draft, used: list[str]) -> Iterator[str]:
    number, name = read.first("number"), read.first("name")
    rows = len(read.rows.rows)
    chosen = number if number is not None and len(number.values) == rows else name or number
    if chosen is None:
        yield f'key = [""]{_FILL_IN}: the columns that tell records apart'
        return
    yield f"key = [{_quoted(chosen.name)}]  # tells records apart: {chosen.examples()}"
    used.append(chosen.name)
    if not chosen.unique():
        yield "several_rows = true  # this key stands in several rows, which are one record here"


def _mapping(read: _Draft, used: list[str]) -> Iterator[str]:
    """Names, identifiers, profile and site in one line each; then "", and the accreditation."""

    def take(column: Column) -> str:
        used.append(column.name)
        return _quoted(column.name)

    names = read.of("name")[:3]
    yield "names = ["
    for one in names:
        lang = _quoted(table_guess.language(one))
        yield f"  {{ text = {take(one)}, lang = {lang} }},  # {one.examples()}"
    if not names:
        yield f'  {{ text = "", lang = "en" }},{_FILL_IN}: the column of the names'
    yield "]"
    spaces = [
        (one, space) for role, space in (("uscc", "USCC"), ("lei", "LEI")) for one in read.of(role)
    ]
    if spaces:
        each = (f'{{ namespace = "{space}", value = {take(one)} }}' for one, space in spaces)
        yield f"identifiers = [{', '.join(each)}]"
    found = {role: read.first(role) for role in ("country", "region", "city", "website")}
    places = {role: one for role, one in found.items() if one is not None}
    said = [f"{role} = {take(one)}" for role, one in places.items()]
    if "country" not in places:
        yield '# profile.country: { value = "XX" } where all are of one country'
    if said:
        yield f"profile = {{ {', '.join(said)} }}  # {_examples(places.values())}"
    if (address := read.first("address")) is not None:
        yield f"sites = [{{ address = {take(address)} }}]  # {address.examples()}"
    yield ""
    yield from _accreditation(read, used)


def _examples(columns: Any) -> str:
    return "; ".join(one.examples() for one in columns)


def _accreditation(read: _Draft, used: list[str]) -> Iterator[str]:
    number = read.first("number")
    if number is None and not read.of("expires", "granted", "status", "standard"):
        yield "# no column of an accreditation was found; see accreditations in docs/sources.md"
        return
    yield f"[[sources.{read.key}.table.accreditations]]"
    if (issuer := read.first("issuer")) is not None:
        used.append(issuer.name)
        yield f"issuer = {_quoted(issuer.name)}  # {issuer.examples()}"
    else:
        yield f'issuer = {{ value = "" }}{_FILL_IN}: acronym of who accredits or lists'
    for role, field in (("number", "number"), ("standard", "standard")):
        if (one := read.first(role)) is not None:
            used.append(one.name)
            yield f"{field} = {_quoted(one.name)}  # {one.examples()}"
    yield '# kind = { value = "accreditation" }  # or "designation", "permission"'
    for field in ("granted", "expires"):
        if (one := read.first(field)) is not None:
            used.append(one.name)
            yield from _day(one, field)
    for one in read.of("day"):
        used.append(one.name)
        yield "# a column of days whose title tells nothing known: granted or expires?"
        yield from (f"# {line}" for line in _day(one, "expires"))
    if (status := read.first("status")) is not None:
        used.append(status.name)
        yield from _status(status)
    yield from _lines(read, used)


def _day(one: Column, field: str) -> Iterator[str]:
    assert one.days is not None
    forms = [_quoted(form) for form in one.days.forms]
    if one.days.open:
        yield f"# both fit every cell: {' and '.join(forms)}; write into dates what is meant"
        forms = ['""']
    dates = f", dates = [{', '.join(forms)}]" * bool(forms)
    words = "".join(f'{_quoted(word)} = "", ' for word, _ in one.days.others).rstrip(", ")
    if one.days.others:
        counts = ", ".join(f"{_shown(word)} × {count}" for word, count in one.days.others)
        yield f"# no days: {counts}; left as they are they say that there is none"
    words = f", words = {{ {words} }}" * bool(words)
    shown = f"{_FILL_IN}" * one.days.open or f"  # {one.examples()}"
    yield f"{field} = {{ column = {_quoted(one.name)}{dates}{words} }}{shown}"


def _status(one: Column) -> Iterator[str]:
    known = ", ".join(word.value for word in Listed)
    yield f"# status words: one of {known}"
    if len(one.counts()) > 30:
        yield f"# listed: “{_shown(one.name)}” has {len(one.counts())} different words"
        return
    yield f"listed.column = {_quoted(one.name)}"
    for word, count in one.counts():
        meaning = STATUS_WORDS.get(fold(word), "")
        shown = f"  # {count} rows" if meaning else f"{_FILL_IN}: {count} rows"
        yield f"listed.words.{_quoted(word)} = {_quoted(meaning)}{shown}"


def _lines(read: _Draft, used: list[str]) -> Iterator[str]:
    found = {role: one for role in ("object", "method") if (one := read.first(role))}
    if not found:
        return
    yield ""
    yield f'[[sources.{read.key}.table.lines]]  # split = ";" parts a cell into several'
    for role, one in found.items():
        used.append(one.name)
        yield f"{role} = {_quoted(one.name)}  # {one.examples()}"


# --- the rest ------------------------------------------------------------------------------------


def _rest(read: _Draft, used: list[str]) -> Iterator[str]:
    dropped = [one for one in read.columns if one.personal]
    if dropped:
        yield f"# dropped, persons are never kept: {_shown(', '.join(one.name for one in dropped))}"
    left = [one for one in read.columns if not one.personal and one.name not in used]
    for one in left:
        said = f": {one.examples()}" if one.values else ", empty"
        yield f"# left over: {_quoted(one.name)}{said}"
    # titles that tell nothing, with e-mails or phones below them
    hidden = [_quoted(one.name) for one in dropped if not is_personal(one.name)]
    yield f"ignore = [{', '.join(hidden)}]  # columns known and not wanted"


def _expectations(read: _Draft) -> Iterator[str]:
    records = len(read.rows.rows)
    number = read.first("number")
    if number is not None and not number.unique():
        records = len(set(number.values))
    least = max(1, records * 4 // 5)
    yield f"expect = {{ min_rows = {least}, max_drop = 0.25 }}  # {records} records now"


def _shown(words: str) -> str:
    plain = " ".join(words.split())
    return "".join(c if c.isprintable() else "?" for c in plain)[:200]


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
