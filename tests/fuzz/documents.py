"""Whole documents by themselves: tables declared and drafted, XML, PDF, and bytes of any charset.

As ``tests/fuzz/parsers.py``, whose ``target`` makes a function here a target.
"""

import tomllib

from services import settings
from services.errors import SettingsError, Unreadable
from services.kit import Page
from services.parsers import (
    charset,
    csv_rows,
    days,
    notice_words,
    pdf,
    personal,
    table_draft,
    xml_tree,
)
from services.parsers.declared_table import TableReader
from services.parsers.table_declaration import (
    AccreditationMap,
    Cell,
    Declaration,
    EventMap,
    IdentifierMap,
    LineMap,
    NameMap,
    Paging,
    ProfileMap,
    SiteMap,
)
from services.parsers.table_pages import NextPage
from services.terms import Tier
from tests.fuzz.parsers import SAMPLES, target, text_of_bytes
from tests.fuzz.rules import E_MAIL, demand, reading_of, text_is_plain

_URL = "https://list.example/list?page=1&keep=a%20b"
CSV = (
    "List of bodies;;;;;;\nName;Number;Status;Issued;Valid until;Address;Methods\n"
    "Alpha Laboratory;L1;Valid;2020-01-02;2028-01-09;1 Sample Road, Singapore;ISO 1:2020 | IEC 2\n"
    '"Beta ""B""";L2;Suspended;03/02/2021;31.12.2027;"2 Road\nTown";\n'
)
JSON = (
    '{"meta": {"pages": 2, "count": 2, "next": "?page=2", "cursor": "x"}, "rows": [{"Name": '
    '"Alpha", "Number": 1, "Status": "Valid", "Issued": "2020-01-02",'
    ' "more": {"Valid until": null}}]}'
)


def _declared(form: str, **more: object) -> Declaration:
    return Declaration(
        title="T", publisher="P", home="", licence="", tier=Tier.AB_REGISTER, format=form,
        address=_URL, key=("Number",), authoritative_for=("XAB",),
        names=(NameMap(text=Cell(column="Name", split=" / ")),),
        identifiers=(IdentifierMap(namespace="XAB", value="Number"),),
        profile=ProfileMap(country=Cell(value="SG")),
        sites=(SiteMap(address=Cell(any_of=("Address", "more.Address"))),),
        accreditations=(
            AccreditationMap(
                issuer=Cell(value="XAB"),
                number="Number",
                granted=Cell(column="Issued", dates=("%d/%m/%Y", "%d.%m.%Y", "%d %b %Y")),
                expires=Cell(any_of=("Valid until", "more.Valid until"), dates=("%d.%m.%Y",)),
                listed=Cell(column="Status", words={"Valid": "active", "Suspended": "suspended"}),
            ),
        ),
        events=(
            EventMap(
                kind=Cell(column="Status", words={"Valid": "", "Suspended": "suspended"}),
                on=Cell(column="Issued", dates=("%d/%m/%Y",)),
                last_day=Cell(any_of=("Valid until", "more.Valid until"), dates=("%d.%m.%Y",)),
            ),
        ),
        lines=(LineMap(method=Cell(any_of=("Methods",), split="|")),),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _page(data: bytes) -> Page:
    """The header's charset by the length: a fuzzer finds each without having to spell it."""
    declared = ("", "utf-8", "gb18030", "utf-16", "iso-8859-1", "big5")[len(data) % 6]
    return Page(url=_URL, body=data, charset=declared, name="list")


def _hold(declared: Declaration, data: bytes) -> None:
    read = TableReader(declared)
    reading_of(lambda: read((_page(data),), "list"))


# --- bytes and rows -------------------------------------------------------------------------------


@target(
    "Prüfstelle;Straße\n".encode("cp1252"), "检测机构名录".encode("gb18030"), "a,é".encode("utf-16")
)
def charset_(data: bytes) -> None:
    try:
        text = charset.text_of(_page(data))
    except Unreadable as refusal:
        text_is_plain(str(refusal))
        return
    text_is_plain(text)
    demand(charset.text_of(_page(data)) == text, "the same bytes were read in two ways")


@target(CSV, CSV.replace(";", ","), 'sep=|\nA|B\n="01"|2\n1', form="table")
def csv_rows_(data: bytes) -> None:
    for delimiter in ("", ";"):
        try:
            table = csv_rows.table(text_of_bytes(data), delimiter)
        except Unreadable:
            continue
        demand(len(set(table.columns)) == len(table.columns), "two columns of one name")
        for row in table.rows:
            demand(
                tuple(row.cells) == table.columns, f"line {row.line} is not as wide as its header"
            )
        lines = [row.line for row in table.rows]
        demand(lines == sorted(set(lines)), "rows out of their order")
        demand(all(table.problems), "a problem without words")


# --- tables declared and drafted ------------------------------------------------------------------


@target(CSV, CSV.replace(";", ","), form="table")
def declared_table(data: bytes) -> None:
    _hold(_declared("csv"), data)
    _hold(_declared("csv", several_rows=True), data)


@target(*(path.read_bytes() for path in sorted(SAMPLES.rglob("*.xlsx"))), form="workbook")
def declared_workbook(data: bytes) -> None:
    _hold(_declared("xlsx"), data)


@target(JSON, form="json")
def table_pages(data: bytes) -> None:
    for paging in (
        Paging(next="meta.next", count="meta.count"),
        Paging(page="page", pages="meta.pages"),
        Paging(cursor="meta.cursor", parameter="after"),
    ):
        _hold(_declared("json", records="rows", paging=paging), data)
        try:
            asked = NextPage(paging, "rows")(_page(data))
        except Unreadable:
            continue
        if asked is not None:
            demand(asked.url.startswith("https://list.example/"), f"{asked!r} is another host's")
            text_is_plain(asked.url)


@target(CSV, JSON, form="table")
def table_draft_(data: bytes) -> None:
    """A draft is read back as settings, whatever stood in the file."""
    try:
        written = table_draft.draft(_page(data), "list")
    except Unreadable:
        return
    text_is_plain(written)
    tomllib.loads(written)
    try:
        settings.parse(written)
    except SettingsError as gaps:
        # what no file says is left to the operator; nothing else may be wrong with a draft
        for said in str(gaps).split(". "):
            demand("is empty: " in said, f"a draft cannot be read back: {said}")


# --- XML and PDF ----------------------------------------------------------------------------------


@target(
    '<?xml version="1.0" encoding="utf-8"?><l xmlns:x="u"><x:a xml:lang="en">b</x:a></l>',
    form="markup",
)
def xml_tree_(data: bytes) -> None:
    try:
        root = xml_tree.parse(_page(data))
    except Unreadable:
        return
    for one in root.iter():
        text_is_plain(xml_tree.local(one) + xml_tree.words(one))
        for language, words in xml_tree.by_language(one, "a"):
            text_is_plain(language + words)


@target(form="pdf")
def pdf_(data: bytes) -> None:
    try:
        document = pdf.read(data)
    except Unreadable:
        return
    for block in document.blocks:
        if isinstance(block, pdf.Table):
            for row in block.rows:
                for cell in row.cells:
                    text_is_plain(cell)
        else:
            text_is_plain(block.text)


# --- words of notices, days, persons --------------------------------------------------------------


@target("3 March 2031 to 05/04/2031, 二〇三一年三月十二日, 3.4.2031, March 5, 2031")
def days_(data: bytes) -> None:
    text = text_of_bytes(data)
    at = 0
    for one in days.days(text):
        demand(at <= one.start < one.end <= len(text), f"{one!r} stands outside or over another")
        demand(bool(one.day) != bool(one.problem), f"{one!r} is neither a day nor a problem")
        at = one.end
    days.only_day(text)
    days.order_of([text, text[: len(text) // 2]])


@target(
    "The accreditation of X Ltd was suspended with effect from 3 March 2031 for ISO 1, line 2.",
    "经研究，决定自2031年3月12日起暂停某某公司部分认可资格，为期三个月。",
    "The suspension of its testing scope was lifted; withdrawal is not intended before 1 May 2031.",
)
def notice_words_(data: bytes) -> None:
    for sentence in notice_words.sentences(text_of_bytes(data)):
        found = notice_words.hits(sentence)
        for one in found:
            demand(0 <= one.start < one.end <= len(sentence), f"{one!r} stands outside")
        notice_words.one_action(found)
        notice_words.part_of(sentence)
        notice_words.dates_of(sentence)


@target(
    "Tel: 555-0100\nsomeone@made-up.example, 电话：010-12345678 contactPerson e-mail +65 6555 0100"
)
def personal_(data: bytes) -> None:
    text = text_of_bytes(data)
    personal.is_personal(text)
    kept, dropped = personal.without_personal(text)
    demand(dropped or kept == text, "words were dropped and not counted")
    demand(not E_MAIL.search(kept), f"an e-mail address is kept: {kept[:200]!r}")
    demand(
        personal.without_personal(kept)[0].split() == kept.split(), "what was kept is dropped now"
    )
