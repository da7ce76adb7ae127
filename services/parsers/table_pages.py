"""Pages of a declared table as rows of named cells, whatever format they come in."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from services.errors import Unreadable
from services.kit import Page, Request
from services.parsers import charset, csv_rows, xlsx
from services.parsers.table_declaration import Declaration, Paging

MAX_COLUMNS = 2_000
_LOST = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 20  # levels of objects within one another; a record has three or four


@dataclass(frozen=True, slots=True)
class TableRow:
    """``where``: "line 5", "Sheet1!A5", "page 2, record 5". ``fault``: why it cannot be read."""

    where: str
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    doubled: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()  # other tables of the file, each with its place


def rows_of(pages: Sequence[Page], one: Declaration) -> Rows:
    """All rows of a list's pages. Raises Unreadable where they are not such a table, or cut off."""
    if one.format == "json":
        read = _json(pages, one)
    elif one.format == "xlsx":
        read = _xlsx(pages[0], one)
    elif one.format == "pdf":
        read = _pdf(pages[0], one)
    else:
        read = _csv(pages[0], one)
    if len(read.columns) > MAX_COLUMNS:
        raise Unreadable(f"The table has {len(read.columns):,} columns; that is none of records.")
    return read


def _csv(page: Page, one: Declaration) -> Rows:
    # what the operator names is as good as declared: bytes that prove another charset overrule it
    declared = Page(url=page.url, body=page.body, charset=one.charset or page.charset)
    table = csv_rows.table(charset.text_of(declared), one.delimiter, one.header)
    if table.cut_off:
        raise Unreadable(table.cut_off, "The next run asks again.")
    sound = [TableRow(f"line {row.line}", row.cells) for row in table.rows]
    faults = dict(said.removeprefix("Line ").split(": ", 1) for said in table.ragged)
    broken = {str(row.line): row.cells for row in table.broken}
    sound += [
        TableRow(f"line {line}", broken.get(line, {}), fault.rstrip("."))
        for line, fault in faults.items()
    ]
    return Rows(table.columns, tuple(sound), table.doubled)


def _xlsx(page: Page, one: Declaration) -> Rows:
    sheets = xlsx.sheets(page.body)
    chosen = [sheet for sheet in sheets if one.sheet in {"", sheet.name}]
    if not chosen:
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets) or "none"
        raise Unreadable(f"There is no sheet “{one.sheet}”. Found instead: {names}.")
    sheet = chosen[0]
    return grid_rows(sheet.rows, sheet.filled(), one.header, sheet.name)


def _pdf(page: Page, one: Declaration) -> Rows:
    """The largest table and all that have its header; ``header`` is its row of names, else found.

    A page that is a picture is a problem: rows may stand there.
    """
    from services.parsers import pdf  # what reads PDF is large, and few lists need it

    read = pdf.read(page.body, "The list")
    if not read.tables:
        raise Unreadable("The PDF holds no table.", "A text is read by a source file.")
    main = max(read.tables, key=lambda table: len(table.rows))
    at = one.header - 1 if one.header else csv_rows.header_at([row.cells for row in main.rows])
    if at >= len(main.rows):
        raise Unreadable(f"The table has no row {one.header}, where its header was due.")
    head = main.rows[at].cells
    columns, doubled = csv_rows.named([csv_rows.tidy(cell) for cell in head])
    rows: list[TableRow] = []
    beside: list[str] = []
    for table in read.tables:
        first = next((n for n, row in enumerate(table.rows[:10]) if row.cells == head), None)
        if first is None:
            beside.append(f"page {table.page}, a table of {len(table.rows)} rows")
            continue
        for row in table.rows[first + 1 :]:
            if any(cell.strip() for cell in row.cells):
                cells = dict(zip(columns, (c.strip() for c in row.cells), strict=False))
                rows.append(TableRow(row.where, cells))
    rows += [TableRow("document", {}, said) for said in read.problems]
    return Rows(columns, tuple(rows), doubled, tuple(beside))


def grid_rows(titles: xlsx.Grid, grid: xlsx.Grid, header: int, name: str) -> Rows:
    """Rows of a grid. ``titles``: the same without merged cells filled, to find the header by."""
    at = header - 1 if header else csv_rows.header_at(titles)
    if at >= len(grid):
        raise Unreadable(f"{name} has no row {header}, where its header was due.")
    columns, doubled = csv_rows.named([csv_rows.tidy(cell) for cell in titles[at]])
    rows = tuple(
        TableRow(
            f"{name}!{xlsx.place(r, 0)}",
            {column: cell.strip() for column, cell in zip(columns, cells, strict=False)},
            "a cell stands under no column"
            if any(c.strip() for c in cells[len(columns) :])
            else "",
        )
        for r, cells in enumerate(grid[at + 1 :], at + 1)
        if any(cell.strip() for cell in cells)
    )
    return Rows(columns, rows, doubled)


# --- JSON ----------------------------------------------------------------------------------------


def document(page: Page) -> Any:
    """The JSON of a page; numbers as they are written. Raises Unreadable where it is none."""
    text = charset.text_of(page)
    if text.lstrip()[:1] == "<":
        raise Unreadable(
            "A web page (or XML) stands where JSON was due.",
            "See what the address answered: often it is a page to log in.",
        )
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as fault:
        raise Unreadable(
            f"The answer is no JSON: {fault}.", "It may be cut off; the next run asks again."
        ) from fault


def at_path(found: Any, path: str) -> Any:
    """What stands at "data.items" of a document, None where nothing does."""
    for step in path.split(".") if path else ():
        found = found.get(step) if isinstance(found, dict) else None
    return found


def records(found: Any, path: str) -> list[Any]:
    """The records of a document. Raises Unreadable naming the keys that it has instead."""
    listed = at_path(found, path)
    if not isinstance(listed, list):
        keys = ", ".join(map(str, list(found)[:20])) if isinstance(found, dict) else "no keys"
        where = f"at “{path}”" if path else "in the answer"
        raise Unreadable(
            f"There is no list of records {where}. The answer has {keys or 'no keys'}.",
            "It may say an error; see the kept bytes.",
        )
    return listed


def _json(pages: Sequence[Page], one: Declaration) -> Rows:
    columns: dict[str, None] = {}
    rows: list[TableRow] = []
    for count, page in enumerate(pages, 1):
        found = document(page)
        where = f"page {page.page}, " if len(pages) > 1 else ""
        for number, record in enumerate(records(found, one.records), 1):
            place = f"{where}record {number}"
            if not isinstance(record, dict):
                rows.append(TableRow(place, {}, "it is no object"))
                continue
            cells = dict(flat(record))
            columns |= dict.fromkeys(cells)
            rows.append(TableRow(place, cells))
        if one.paging is not None and one.paging.count:
            _all_there(at_path(found, one.paging.count), len(rows), last=count == len(pages))
    return Rows(tuple(columns), tuple(rows))


def _all_there(said: Any, got: int, *, last: bool) -> None:
    if last and str(said) != str(got):
        raise Unreadable(
            f"The publisher says {said} records and gave {got}.",
            "The list may have changed while it was paged through; the next run asks again.",
        )


def flat(record: dict[str, Any], path: str = "", level: int = 0) -> Iterator[tuple[str, str]]:
    """Keys with their path ("address.city") and text; a list of texts is a line each."""
    for key, value in record.items():
        name = f"{path}{_LOST.sub('?', csv_rows.tidy(key))}"
        if isinstance(value, dict) and level < _DEEPEST:
            yield from flat(value, f"{name}.", level + 1)
        elif isinstance(value, list) and not any(isinstance(x, (dict, list)) for x in value):
            yield name, "\n".join(_text(one) for one in value)
        else:
            yield name, _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class NextPage:
    """From a page of JSON to the request of the next, None at the end."""

    paging: Paging
    records: str = ""

    def __call__(self, page: Page) -> Request | None:
        """Raises Unreadable where the page is no JSON or names a next one at another host."""
        found, paging = document(page), self.paging
        if paging.next:
            address = at_path(found, paging.next)
            if address and not isinstance(address, str):
                raise Unreadable(f"What stands at “{paging.next}” is no address.")
            return self._request(page, _joined(page.url, _whole(address))) if address else None
        if paging.cursor:
            cursor = at_path(found, paging.cursor)
            return self._request(page, with_parameter(page.url, paging.parameter, cursor))
        number = self._number(page.url)
        pages = at_path(found, paging.pages) if paging.pages else None
        if paging.pages and not str(pages).isdecimal():
            raise Unreadable(f"“{paging.pages}” is {pages}, which is no number of pages.")
        last = number >= int(pages) + paging.first - 1 if pages is not None else False
        if last or (pages is None and not records(found, self.records)):
            return None
        return self._request(page, with_parameter(page.url, paging.page, str(number + 1)))

    def _number(self, url: str) -> int:
        said = dict(parse_qsl(urlsplit(url).query)).get(self.paging.page, "")
        return int(said) if said.isdecimal() else self.paging.first

    def _request(self, page: Page, url: str | None) -> Request | None:
        if url is None:
            return None
        if urlsplit(url)[:2] != urlsplit(page.url)[:2]:
            raise Unreadable(f"The next page would be at another host: {url[:200]}")
        return Request(url=url, page=page.page + 1)


def _whole(said: str) -> str:
    """Raises Unreadable where it holds half a character (JSON may: RFC 8259, 8.2), which no
    address can carry."""
    try:
        said.encode()
    except UnicodeEncodeError as fault:
        raise Unreadable(
            f"What names the next page holds half a character: {said!a:.200}"
        ) from fault
    return said


def _joined(here: str, address: str) -> str:
    try:
        return urljoin(here, address)
    except ValueError as fault:  # brackets that hold no IPv6 address
        raise Unreadable(f"The next page's address “{address[:200]}” is none.") from fault


def with_parameter(url: str, name: str, value: Any) -> str | None:
    """The address with one parameter set; None where there is no value."""
    if value in (None, ""):
        return None
    parts = urlsplit(url)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return parts._replace(query=urlencode([*others, (name, _whole(str(value)))])).geturl()
