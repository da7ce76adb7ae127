# ruff: noqa: E501, ISC004 - tables of words, read best unbroken
"""Lists of bodies printed as tables: columns by the words of their header, in English and Chinese.

A regulator's list of designated bodies has a name, mostly a number, and what the designation is
for; in which order, under which titles and in how many rows of header is the publisher's choice.
One body may take several rows: below its first the name is empty or printed again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from services.parsers.days import days, only_day, order_of, plain
from services.parsers.leftovers import Leftovers
from services.parsers.notice_holders import Name, names_of
from services.parsers.pdf import Row, Table
from services.parsers.pdf_words import LOST
from services.parsers.personal import is_personal, without_personal
from services.terms import Listed

# our name of a column, the words of its title; the first that fits takes it
COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(words, re.I))
    for name, words in (
        ("accreditation", r"accreditation\s*(?:certificate\s*)?(?:no\b|nos\b|number|ref|code)"
         r"|accredited\s+by|认可(?:证书)?(?:编号|号)|认可机构|認可(?:證書)?編號"),
        ("number", r"(?:designation|registration|reg\.?|approval|certificate|cert\.?|licen[cs]e"
         r"|recognition|notified\s+body|body|lab(?:oratory)?|cab|unique|identification|id)\s*"
         r"(?:no\b|nos\b|number|code|id\b|#|ref)|\bid\b|(?:指定|证书|批准|登记|注册|许可|备案|机构|認定|證書)"
         r"(?:编号|代码|号码|号|編號)"),
        ("sequence", r"^\W*(?:s\.?\s*/?\s*n\b|s[lr]\.?\s*no|serial|no\b\.?|#|item|序号|序號|编号)"),
        ("name en", r"english\s+name|name\s+in\s+english|name\s*\(en(?:glish)?\)|英文名"),
        ("name zh", r"chinese\s+name|name\s+in\s+chinese|中文名"),
        ("status", r"\bstatus\b|\bdecision\b|\baction\b|\bstate\b|状态|狀態|处理(?:决定|结果|类型)|事项"),
        ("until", r"valid\s*(?:until|till|to|thru|through)|\bvalidity\b|expir|\bend\s+date|date\s+of\s+expiry|有效期"
         r"|到期|截止|失效"),
        ("from", r"(?:effective|valid)\s*(?:date|from)|date\s+of\s+(?:designation|issue|approval|grant"
         r"|recognition|registration|withdrawal|suspension)|issue\s+date|designat\w+\s+(?:on|date)|since"
         r"|(?:发证|指定|批准|生效|颁发|登记|暂停|撤销|注销|恢复)(?:日期|时间|期限|期间)"),
        ("name", r"name|laborator(?:y|ies)|\bbod(?:y|ies)\b|organi[sz]ation|institution|\bagency\b"
         r"|\bcompan(?:y|ies)\b|\bcabs?\b|机构|機構|实验室|實驗室|单位|名称|名稱"),
        ("standards", r"standard|test\s+method|\bmethods?\b|specification|标准|標準|依据|方法"),
        ("scope", r"scope|product|categor|\bfields?\b|activit|\btests?\b|goods|范围|範圍|产品|產品|类别|領域"
         r"|领域|项目|能力"),
        ("country", r"country|economy|国家|國家|地区|經濟體|经济体"),
        ("address", r"address|location|\bcity\b|\bsite\b|地址|所在地|地点|城市"),
    )
)  # fmt: skip
_NEEDED = {"name", "name en", "name zh"}
_BESIDE = {"number", "accreditation", "status", "until", "from", "standards", "scope"}
# what is taken as it is printed: not with a character that the document does not tell
_WHOLE = ("name", "name en", "name zh", "number", "accreditation", "status", "from", "until")
_HEADER_ROWS = 6  # a title and a header of two rows stand above the first body

_STATUS: tuple[tuple[Listed, re.Pattern[str]], ...] = tuple(
    (listed, re.compile(words, re.I))
    for listed, words in (
        (Listed.SUSPENDED, r"\bsuspen(?:ded|sion)\b|暂停|暫停|中止"),
        (Listed.SURRENDERED, r"\bsurrendered\b|\bvoluntar|\brelinquished\b|注销|註銷"),
        (Listed.WITHDRAWN, r"\bwithdrawn?\b|\brevoked\b|\bcancell?ed\b|\bterminated\b|撤销|撤銷|吊销"),
        (Listed.EXPIRED, r"\bexpired\b|\blapsed\b|过期|過期|失效|到期"),
        (Listed.ACTIVE, r"\bvalid\b|\bactive\b|\bcurrent\b|\bdesignated\b|\bin\s+force\b|\brecognised\b"
         r"|\bapproved\b|(?<!失)(?<!无)有效|正常|在用|恢复"),
    )
)  # fmt: skip
_NOTHING = re.compile(r"\W*(?:n\s*[./]?\s*a\.?|nil|none|无|無|/)?\W*", re.I)
_OPEN = re.compile(
    r"长期|長期|永久|无固定|open[- ]ended|indefinite|no\s+expiry|until\s+further", re.I
)


class Odd(ValueError):
    """A row that cannot be read; the message says which cell and why."""


@dataclass(frozen=True, slots=True)
class Designated:
    """One row of the list as printed. ``scope`` and ``standards``: their parts, each a line.

    ``until``: the last day it is valid, None where no end is printed. ``since``: the day of its
    status where that is one ("Suspended 2026-05-01"). ``section``: the heading above it.
    """

    where: str
    names: tuple[Name, ...]
    number: str
    accreditation: str
    scope: tuple[str, ...]
    standards: tuple[str, ...]
    granted: date | None
    until: date | None
    listed: Listed
    status: str
    since: date | None
    last: date | None
    country: str
    address: str
    section: str
    raw: str


@dataclass(slots=True)
class Listing:
    """What the tables of a document list. ``columns``: our names, and titles not known, in order."""

    rows: list[Designated] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    # numbers (else names) of rows that stand in the list and could not be read
    unread: list[str] = field(default_factory=list)


def columns_of(row: Sequence[str]) -> dict[str, int]:
    """Our names of a header's columns; {} where the row is no header of such a list."""
    found: dict[str, int] = {}
    for number, title in enumerate(row):
        words = " ".join(title.split())
        if not words or len(words) > 80 or is_personal(words):
            continue
        for name, pattern in COLUMNS:
            if pattern.search(words) and name not in found:
                found[name] = number
                break
    return found if _NEEDED & found.keys() and _BESIDE & found.keys() else {}


def read(tables: Sequence[Table], leftovers: Leftovers) -> Listing:
    """Every body of the tables that have a header with a name and something besides."""
    listing = Listing()
    order = order_of(cell for table in tables for row in table.rows for cell in row.cells)
    titles: dict[str, None] = {}
    for table in tables:
        at, columns = header_of(table)
        if not columns:
            leftovers.left("table without a name and a number", table.rows[0].where)
            continue
        header = table.rows[at].cells
        known = {number: name for name, number in columns.items()}
        for number, title in enumerate(header):
            words = " ".join(title.split())
            titles[known.get(number, words)] = None
            if number not in known and words:
                personal = is_personal(words)
                leftovers.left("personal data dropped" if personal else f"column {words!r}")
        _rows(table.rows[at + 1 :], columns, order, listing, leftovers)
    listing.columns = tuple(title for title in titles if title)
    return listing


def header_of(table: Table) -> tuple[int, dict[str, int]]:
    """The place of the last header row and the columns; a second row of it may say the same in
    another language, or name the parts of a title above."""
    for at, row in enumerate(table.rows[:_HEADER_ROWS]):
        columns = columns_of(row.cells)
        if not columns:
            continue
        while at + 1 < len(table.rows):
            below = columns_of(table.rows[at + 1].cells)
            if not below or re.search(r"\d", "".join(table.rows[at + 1].cells)):
                break
            columns |= {name: n for name, n in below.items() if n not in columns.values()}
            at += 1
        return at, columns
    return 0, {}


def _rows(
    rows: Sequence[Row],
    columns: Mapping[str, int],
    order: str,
    listing: Listing,
    leftovers: Leftovers,
) -> None:
    section = ""
    last: Designated | None = None
    for row in rows:
        cells = {name: plain(row.cells[number]).strip() for name, number in columns.items()}
        filled = [cell for cell in row.cells if cell.strip()]
        if not filled or columns_of(row.cells):
            continue  # a header printed again within the table
        if len(filled) == 1 and not cells.get("number") and len(row.cells) > 2:
            section, last = " ".join(filled[0].split()), None
            continue
        names = _names(cells)
        key = cells.get("number") or (names[0].text if names else "")
        try:
            if not names and last is not None:
                last = _more(last, cells, row.where)
                listing.rows[-1] = last
                continue
            read_row = _row(row, cells, names, order, section, leftovers)
            goes_on = last is not None and (
                (read_row.names, read_row.number) == (last.names, last.number)
            )
            if goes_on and last is not None:
                read_row = _more(last, cells, row.where)
        except Odd as odd:
            listing.problems.append(f"{row.where}: {key or '(no name)'}: {odd}")
            if key:
                listing.unread.append(key)
            last = None
            continue
        if goes_on:
            listing.rows[-1] = read_row
        else:
            listing.rows.append(read_row)
        last = read_row


def _names(cells: Mapping[str, str]) -> tuple[Name, ...]:
    found: dict[str, Name] = {}
    for column in ("name zh", "name en", "name"):
        for one in names_of(without_personal(cells.get(column, ""))[0]):
            found.setdefault(one.lang, one)
    return tuple(found.values())


def _row(
    row: Row,
    cells: Mapping[str, str],
    names: tuple[Name, ...],
    order: str,
    section: str,
    leftovers: Leftovers,
) -> Designated:
    if not names:
        raise Odd("no body is named")
    if lost := [name for name in _WHOLE if LOST in cells.get(name, "")]:
        raise Odd(f"its {lost[0]} {cells[lost[0]]!r} has a character whose meaning is not told")
    status = " ".join(cells.get("status", "").split())
    listed, since, last = _status(status, order)
    address, dropped = without_personal(cells.get("address", ""))
    if dropped:
        leftovers.left("personal data dropped", count=dropped)
    return Designated(
        where=row.where,
        names=names,
        number=_plain_number(cells.get("number", "")),
        accreditation=_plain_number(cells.get("accreditation", "")),
        scope=_parts(cells.get("scope", "")),
        standards=_parts(cells.get("standards", "")),
        granted=_day(cells.get("from", ""), "from", order),
        until=_day(cells.get("until", ""), "until", order),
        listed=listed,
        status=status,
        since=since,
        last=last,
        country=" ".join(cells.get("country", "").split()),
        address=" ".join(address.split()),
        section=section,
        raw=" | ".join(
            " ".join(cell.split())
            for name, cell in cells.items()
            if cell and name not in {"sequence", "address"}
        ),
    )


def _more(last: Designated, cells: Mapping[str, str], where: str) -> Designated:
    """A further row of one body: more scope and standards; whatever else it says must agree."""
    said = {
        "number": (_plain_number(cells.get("number", "")), last.number),
        "status": (" ".join(cells.get("status", "").split()), last.status),
    }
    for name, (new, old) in said.items():
        if new and old and new != old:
            raise Odd(f"its {name} is {old!r} above and {new!r} here ({where})")
    return replace(
        last,
        scope=tuple(dict.fromkeys((*last.scope, *_parts(cells.get("scope", ""))))),
        standards=tuple(dict.fromkeys((*last.standards, *_parts(cells.get("standards", ""))))),
        raw=last.raw + "\n" + " | ".join(" ".join(c.split()) for c in cells.values() if c),
    )


def _plain_number(cell: str) -> str:
    text = " ".join(cell.split())
    return "" if _NOTHING.fullmatch(text) else text


def _parts(cell: str) -> tuple[str, ...]:
    """The parts of a cell: its lines, and what semicolons part."""
    parts = [" ".join(part.split()) for part in re.split(r"\n|[;；]", cell)]
    return tuple(part for part in parts if part and not _NOTHING.fullmatch(part))


def _status(words: str, order: str) -> tuple[Listed, date | None, date | None]:
    """What a status says and since when, until when. A list without a word on it lists what is
    in force; a word that is not known is no status."""
    if _NOTHING.fullmatch(words):
        return Listed.ACTIVE, None, None
    named = [listed for listed, pattern in _STATUS if pattern.search(words)]
    adverse = [listed for listed in named if listed is not Listed.ACTIVE]
    if len(set(adverse or named)) != 1 or (adverse and Listed.ACTIVE in named):
        raise Odd(f"the status {words!r} is not known, or says two things")
    found = days(words, order)
    if wrong := next((one.problem for one in found if one.problem), ""):
        raise Odd(f"status: {wrong}")
    read = [one.day for one in found]
    return (adverse or named)[0], read[0] if read else None, read[1] if len(read) > 1 else None


def _day(cell: str, what: str, order: str) -> date | None:
    text = " ".join(cell.split())
    if _NOTHING.fullmatch(text) or _OPEN.search(text):
        return None
    if one := only_day(text, order):
        if one.problem:
            raise Odd(f"{what}: {one.problem}")
        return one.day
    found = days(text, order)
    if len(found) == 2 and all(one.day for one in found):
        return found[1 if what == "until" else 0].day  # "2024-01-01 to 2026-12-31" in one cell
    raise Odd(f"{what}: {text!r} is no day")
