"""Each parser by itself: a function a module of ``services.parsers``, and some readers beside.

A function takes an input's bytes, calls every public reader of its module, and raises where a rule
is broken. Whatever a reader documents to raise is caught; anything else is a finding.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import msgspec
import yaml

from services import name_keys, name_parts, names, settings
from services.errors import BadQuestion, SettingsError, Unreadable
from services.find import cursor
from services.kit import Draft, Name, time_in_name
from services.parsers import (
    bilingual,
    bilingual_register,
    contacts,
    html,
    json_rows,
    markdown,
    places,
    standard_words,
    status_list,
    status_list_feeds,
    written_dates,
    xlsx,
    yaml_text,
)
from services.parsers.leftovers import Leftovers
from services.store import tokens
from services.sync import match
from services.sync.likeness import Side, compare
from tests.fuzz.rules import E_MAIL, demand, designations_of, text_is_plain

SAMPLES = Path(__file__).parent.parent / "sources"

Run = Callable[[bytes], None]
_targets: dict[str, Run] = {}


def found() -> dict[str, Run]:
    """The targets of this module by name."""
    return dict(_targets)


def target(*seeds: str | bytes, form: str = "text") -> Callable[[Run], Run]:
    """Makes a function a target. ``seeds``: inputs to begin from; ``form``: see ``mutate``."""

    def made(run: Run) -> Run:
        run.seeds = tuple(  # type: ignore[attr-defined]
            one.encode() if isinstance(one, str) else one for one in seeds
        )
        run.form = form  # type: ignore[attr-defined]
        _targets[run.__name__.rstrip("_")] = run
        return run

    return made


def text_of_bytes(data: bytes) -> str:
    """Any text that a parser may be handed: bytes as UTF-8, wrong ones replaced."""
    return data.decode("utf-8", "replace")


# --- words, numbers, days -------------------------------------------------------------------------


@target(
    "GB/T 4943.1-2022", "EN IEC 62368-1:2020+A11:2020", "ASTM D4236-94(2021)e1",
    "IS 13252 (Part 1)",
    "按ＧＢ４９４３.１—２０２２和GB/T 2423.1-2008/IEC 60068-2-1:2007", "CAN/CSA-C22.2 No. 62368-1",
    "EN 300 328 V2.2.2", "16 CFR Part 1303", "JJG(交通) 064-2016", "DIN EN ISO 9001",
    "KS C IEC 60335-1",
)  # fmt: skip
def standards(data: bytes) -> None:
    designations_of(text_of_bytes(data))


@target("07 November 2018", "29 March - 28 June 2019", "Nov 7, 2018 until 2019-01-31", "5/4/2019")
def written_dates_(data: bytes) -> None:
    text = text_of_bytes(data)
    one = written_dates.find_dates(text)
    written_dates.month_number(text)
    if one is None:
        return
    demand(0 <= one.start < one.end <= len(text), f"{one!r} stands outside its text")
    demand(one.problem or one.first, f"{one!r} is neither a day nor a problem")
    if one.first and one.last:
        demand(one.problem or one.first <= one.last, f"{one!r} ends before it begins")
    demand(written_dates.find_dates(text[one.start :]), f"{one!r} is not found at its place")


@target(
    "2028年01月09日", "2028-01-09", "状态：有效", "有效期至：长期", "玩具 | Toys", "(-80~300) ℃"
)
def bilingual_(data: bytes) -> None:
    words = text_of_bytes(data)
    for last in _days_of(words):
        bilingual.after(last)
    bilingual.both(words)
    with suppress(json_rows.Unread):
        bilingual.meaning(bilingual_register.STATUS, words, "status")


def _days_of(words: str) -> list[date]:
    days: list[date | None] = []
    for read in (bilingual.written_day, bilingual_register.end_day):
        try:
            days.append(read(words, "day"))
        except json_rows.Unread:
            continue
    return [day for day in days if day]


@target(
    "cert L 12345 MA-17 2030-01-02", "file_20190805T090107_x.html", "Zürich Prüf- & Kalibrier AG"
)
def names_(data: bytes) -> None:
    text = text_of_bytes(data)
    names.fold(text)
    names.core(text)
    names.number_key(text, text[:4])
    time_in_name(text)
    for token in [*tokens.index_tokens(text), *chain(*tokens.query_tokens(text))]:
        demand(len(token.encode()) < 2046, "a token longer than PostgreSQL takes")
        demand(not set("'* ") & set(token.rstrip("*")), f"{token!r} would break a text search")


@target(
    "Tern Clinic (A unit of Heron Testing (P) Ltd.)\nHERON TESTING PRIVATE LIMITED - LABORATORY",
    "深圳市蒼鷺檢測技術有限公司广州分公司\nShenzhen Canglu Testing Co., Ltd. Guangzhou Branch",
    "Heron L.L.C., formerly known as Tern\nHAL, t/a Heron Analytical Laboratories II",
)
def likeness(data: bytes) -> None:
    """Names of two bodies, a line each: taken apart, keyed, compared and decided upon."""
    one, _, other = text_of_bytes(data).partition("\n")
    for name in (one, other):
        demand(name_parts.parts(name, "IN") is not None, "a name without parts")
        found = name_keys.keys(name)
        demand(len(set(found)) == len(found) <= 12, f"too many keys, or one twice: {found!r}")
        demand(all(0 < len(key) <= 200 and "\0" not in key for key in found), "no key for an index")
    a, b = Side((one,), "IN", frozenset({other[:9]})), Side((other,), "IN", frozenset({one[:9]}))
    demand(compare(a, b).told() == compare(b, a).told(), "likeness has a direction")
    index = match.Index()
    index.learn(1, Draft(key="1", names=(Name(text=one),)), "a")
    index.learn(-1, Draft(key="2", names=(Name(text=other), Name(text=one))), "a")
    joined = match.decide(Draft(key="3", names=(Name(text=other),)), index, "b")
    demand(joined.body_id is None, "names alone join nobody where no source says the country")


@target(
    "SS 145-2: 2018 - valid till 25 Oct 2021 or\nIEC 60335-2-80: 2002 + SS 360: 1992 (5.7 only)"
)
def standard_words_(data: bytes) -> None:
    words = text_of_bytes(data)
    standard_words.only_standards(words)
    standard_words.split_goods(words)
    for one in standard_words.alternatives(words):
        if one.valid_from and one.valid_to:
            demand(one.valid_from < one.valid_to, f"{one!r} ends before it begins")
        for standard in one.standards:
            if standard_words.roots(standard.written):
                demand(standard_words.covers(standard.root, standard.root), f"{standard!r}")


@target(
    "168 Shanghai Street, Kowloon, Hong Kong", "ON/CA", "San Jose, CA 95110", "Texas", "Viet Nam"
)
def places_(data: bytes) -> None:
    words = text_of_bytes(data)
    for code in (
        places.country_code(words),
        places.place_of(words)[0],
        places.state_or_country(words)[0],
    ):
        demand(code == "" or (len(code) == 2 and code.isupper()), f"{code!r} is no country")
    demand(
        places.country_code(places.country_code(words)) == places.country_code(words), "unstable"
    )


# --- the formats ----------------------------------------------------------------------------------


@target(
    '<meta charset="gb2312"><h2>List</h2><table id="t"><thead><tr><th colspan=2>A</th></tr></thead>'
    '<tr><td rowspan="2">1<br>2</td><td>&nbsp;x</td></tr><tr><td><table><tr><td>in</table></table>',
    form="markup",
)
def html_(data: bytes) -> None:
    try:
        page = html.decode(data)
    except Unreadable:
        return
    text_is_plain(page)
    text_is_plain(html.text(page))
    for name, content in html.meta(page).items():
        text_is_plain(name + content)
    try:
        tables = html.tables(page)
    except Unreadable:
        return
    for one in tables:
        demand(len({len(row) for row in one.rows}) <= 1, "rows of one table differ in length")
        for row in one.rows:
            for cell in row:
                text_is_plain(cell)


@target(
    "---\ntitle: x\n---\n# 1. Suspended\n* **Field**\n  - A Pte Ltd (5 May 2019)\n| a | b |\n|--|\n"
)
def markdown_(data: bytes) -> None:
    text = text_of_bytes(data)
    lines = list(markdown.lines(text))
    numbers = [line.number for line in lines]
    demand(numbers == sorted(set(numbers)), "lines out of their order")
    demand(not numbers or numbers[-1] <= text.count("\n") + text.count("\r") + 1, "a line too many")
    for line in lines:
        demand(line.text or line.cells, f"an empty line: {line!r}")


@target("# comment\ndata:\n - title: Suspended\n   entries: [{name: 'A', date: 5 May 2019}]\n")
def yaml_text_(data: bytes) -> None:
    try:
        root = yaml_text.compose(text_of_bytes(data))
    except Unreadable:
        return
    todo = [root] if root else []
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.MappingNode):
            todo += [one for pair in node.value for one in pair]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value


@target('{"a": ["x", 1, null], "b": {"c": "2030-01-02"}, "rows": [{"k": "v"}]}', form="json")
def json_rows_(data: bytes) -> None:
    try:
        tree = json_rows.loads(text_of_bytes(data))
    except Unreadable:
        return
    left = Leftovers()
    try:
        row = json_rows.Row(tree, "row", left)
        for key in sorted(tree):
            row.text(key)
    except json_rows.Unread as why:
        text_is_plain(str(why))
    for take in (json_rows.Row.texts, json_rows.Row.rows):
        try:
            again = json_rows.Row(tree, "row", left)
            for key in sorted(tree) if isinstance(tree, dict) else ():
                for one in take(again, key):
                    text_is_plain(one) if isinstance(one, str) else one.done()
            again.done()
        except json_rows.Unread as why:
            text_is_plain(str(why))
    msgspec.msgpack.encode(left.told())


@target(*(path.read_bytes() for path in sorted(SAMPLES.rglob("*.xlsx"))), form="workbook")
def xlsx_(data: bytes) -> None:
    try:
        sheets = xlsx.sheets(data, max_cells=200_000)
    except Unreadable:
        return
    for sheet in sheets:
        text_is_plain(sheet.name)
        demand(len({len(row) for row in sheet.rows}) <= 1, "rows of one sheet differ in length")
        filled = sheet.filled()
        demand([len(row) for row in filled] == [len(row) for row in sheet.rows], "a grid grew")
        for row in filled:
            for cell in row:
                text_is_plain(cell)


@target(
    "Role|Company name|Address|Website|Contact person|Tel\n"
    "Testing|X Lab (Shenzhen)|1 Sample Road, Shenzhen|x.example|A Person|555-0100"
)
def contacts_(data: bytes) -> None:
    """A sheet as lines of cells; every name of it joined to all its rows."""
    grid = [line.split("|") for line in text_of_bytes(data).split("\n")[:200]]
    width = max(map(len, grid))
    rows = tuple(tuple(line + [""] * (width - len(line))) for line in grid)
    sheet = contacts.contact_sheet(xlsx.Sheet("S", rows), lambda words: words.lower())
    for one in sheet.rows[:20] if sheet else ():
        joined = contacts.join(one.name, one.role, sheet.rows if sheet else ())
        demand(contacts.fold(one.name) == [] or one in joined, f"{one!r} is not its own row")
        demand(not E_MAIL.search(f"{one.name} | {one.address}"), f"{one!r} holds an e-mail address")


@target("## 2. Suspended\n### Laboratory\n- Civil Engineering\n  - X Pte Ltd (1 May - 2 June 2019)")
def status_list_(data: bytes) -> None:
    for read in (status_list_feeds.read_markdown, status_list_feeds.read_yaml):
        told = status_list.StatusList()
        try:
            read(text_of_bytes(data), told)
        except Unreadable:
            continue
        told.note_printings()
        for key, entry in told.entries.items():
            demand(key == entry.key and entry.name, f"{entry!r} stands under {key!r}")
            if entry.first and entry.last:
                demand(entry.first <= entry.last, f"{entry!r} ends before it begins")


# --- what operators and askers write --------------------------------------------------------------


@target(
    '[fetch]\ntimeout_s = 3\n[sources.sg_sac]\nevery = "6h"\nrate = 0.2\naddress.page = "https://x"'
)
def settings_(data: bytes) -> None:
    try:
        read = settings.parse(text_of_bytes(data))
    except SettingsError:
        return
    for given in read.sources.values():
        if given.every:
            demand(settings.duration(given.every) > timedelta(0), "an interval of nothing")


class _Place(msgspec.Struct):
    """A place like those that cursors hold."""

    key: str
    number: int
    day: date | None = None


@target(cursor.write(_Place("a", 1, date(2030, 1, 2))), "b12", "b999999999999999999")
def cursor_(data: bytes) -> None:
    text = text_of_bytes(data)
    with suppress(BadQuestion):
        place = cursor.read(text, _Place)
        demand(cursor.read(cursor.write(place), _Place) == place, "a cursor changes when written")
    with suppress(BadQuestion):
        demand(0 <= cursor.number(text, "b", "a body") < 10**18, "an id that no column holds")
