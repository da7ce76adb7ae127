"""A table declared in settings is read by its mapping, and what does not fit it is told."""

import json
import pickle
from datetime import date
from io import BytesIO
from typing import Any

import msgspec
import openpyxl
import pytest

from services.errors import Unreadable
from services.kit import Page, Reading
from services.parsers.declared_table import TableReader
from services.parsers.table_declaration import Declaration
from services.parsers.table_faults import faults
from services.parsers.table_pages import NextPage
from services.terms import AccreditationKind, BodyKind, EventKind, Listed

PLAIN: dict[str, Any] = {
    "title": "Register", "publisher": "Office", "home": "https://office.example/",
    "licence": "free", "tier": 1, "format": "csv", "address": "https://office.example/list.csv",
    "key": ["No"], "names": [{"text": "Laboratory"}],
    "accreditations": [
        {
            "issuer": {"value": "XAO"}, "number": "No",
            "expires": {"column": "Until", "dates": ["%d/%m/%Y"], "words": {"permanent": ""}},
            "listed": {"column": "Status", "words": {"Valid": "active", "暂停": "suspended"}},
        }
    ],
}  # fmt: skip
HEAD = "No;Laboratory;Until;Status"


def declared(**more: Any) -> Declaration:
    one = msgspec.convert(PLAIN | more, Declaration)
    assert faults(one) == []
    return one


def read(text: str | bytes, **more: Any) -> Reading:
    body = text.encode() if isinstance(text, str) else text
    pages = [Page(url="https://office.example/list", body=body)]
    reader = pickle.loads(pickle.dumps(TableReader(declared(**more))))
    found: Reading = reader(pages, "table")
    return found


def rows(*lines: str, head: str = HEAD) -> str:
    return "\n".join([head, *lines]) + "\n"


def test_a_row_becomes_a_draft_with_days_and_words_of_the_vocabulary() -> None:
    found = read(rows("L1;Alpha Ltd;31/12/2027;Valid", "L2;Beta;1/2/2028;暂停", "L3;C;Permanent;"))
    one, two, three = found.drafts
    assert (one.key, one.where, one.names[0].text) == ("L1", "line 2", "Alpha Ltd")
    (held,) = one.accreditations
    assert (held.key, held.issuer, held.number) == ("XAO L1", "XAO", "L1")
    assert (held.expires, held.listed) == (date(2027, 12, 31), Listed.ACTIVE)
    assert held.raw == "Valid; 31/12/2027"
    assert two.accreditations[0].listed is Listed.SUSPENDED
    assert two.accreditations[0].expires == date(2028, 2, 1)
    assert three.accreditations[0].expires is None
    assert found.columns == ("No", "Laboratory", "Until", "Status")
    assert (found.problems, found.unread, found.leftovers) == ((), (), ())


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2028-01-09", date(2028, 1, 9)),
        ("2028年1月9日", date(2028, 1, 9)),
        ("2028 年 01 月 09 日", date(2028, 1, 9)),
        ("２０２８－０１－０９", date(2028, 1, 9)),
        ("2028/1/9", date(2028, 1, 9)),
        ("20280109", date(2028, 1, 9)),
        ("2028-01-09T00:00:00Z", date(2028, 1, 9)),
        ("2028-01-09 13:15", date(2028, 1, 9)),
        ("9/1/2028", date(2028, 1, 9)),
    ],
)
def test_days_that_begin_with_the_year_need_no_form(cell: str, day: date) -> None:
    found = read(rows(f"L1;Alpha;{cell};Valid"))
    assert found.drafts[0].accreditations[0].expires == day


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("L2;Beta;30/02/2028;Valid", "“Until”: “30/02/2028” is no day that can be read; add"),
        ("L2;Beta;2028-02-30;Valid", "“Until”: “2028-02-30” is no day"),
        ("L2;Beta;9999-12-31;Valid", "“9999-12-31” is no likely day"),
        ("L2;Beta;2028-01-09T16:00:00Z;Valid", "is no day that can be read"),
        ("L2;Beta;soon;Valid", "“Until”: “soon” is no day"),
        ("L2;Beta;;Resting", "“Status”: “Resting” is not among its words"),
        ("L2;;;Valid", "it has no name"),
        ("L2;Be\ufffdta;;Valid", "“Laboratory” holds a control character or a lost one"),
        ("L2;Beta;Valid", "3 cells under 4 columns"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_has_not_left_the_list(line: str, said: str) -> None:
    found = read(rows("L1;Alpha;;Valid", line))
    assert [draft.key for draft in found.drafts] == ["L1"]
    (problem,) = found.problems
    assert problem.startswith("line 3: ")
    assert said in problem
    assert found.unread == ("L2",)


def test_a_day_that_two_forms_read_otherwise_is_never_guessed() -> None:
    both = [{**PLAIN["accreditations"][0], "expires": {"column": "Until",
             "dates": ["%d/%m/%Y", "%m/%d/%Y"]}}]  # fmt: skip
    found = read(rows("L1;A;13/02/2028;Valid", "L2;B;3/4/2028;Valid"), accreditations=both)
    assert found.drafts[0].accreditations[0].expires == date(2028, 2, 13)
    assert "“3/4/2028” is 2028-03-04 or 2028-04-03 by its dates" in found.problems[0]


def test_a_row_without_key_is_a_problem() -> None:
    found = read(rows("L1;Alpha;;Valid", ";Beta;;Valid"))
    assert found.problems == ("line 3: “No” is empty, which tells the records apart.",)


def test_repeated_rows_are_told_once_each_and_contradicting_ones_are_not_read() -> None:
    found = read(rows(*["L1;Alpha;;Valid"] * 3, "L2;Beta;;Valid", "L2;Beta;;暂停"))
    assert [draft.key for draft in found.drafts] == ["L1"]
    assert found.problems == (
        "line 3: it repeats line 2.",
        "line 4: it repeats line 2.",
        "line 6: it says otherwise of “L2” than line 5.",
    )
    assert found.unread == ("L2",)


SCOPE = {
    "several_rows": True,
    "lines": [{"object": "Product", "method": {"column": "Methods", "split": ","}}],
    "profile": {"country": "Land", "kinds": {"column": "Kind", "words": {"Prüf": "testing"}}},
}
SCOPE_HEAD = HEAD + ";Product;Methods;Land;Kind"


def test_several_rows_of_one_body_become_one_record() -> None:
    found = read(
        rows(
            "L1;Alpha;;Valid;Toys;IEC 1, ISO 2;Germany;Prüf",
            "L2;Beta;;Valid;Wood;EN 3;DE;",
            "L1;Alpha;;Valid;Lamps;IEC 4;;",
            head=SCOPE_HEAD,
        ),
        **SCOPE,
    )
    one, _ = found.drafts
    assert [(line.object, line.method) for line in one.lines] == [
        ("Toys", "IEC 1"), ("Toys", "ISO 2"), ("Lamps", "IEC 4"),
    ]  # fmt: skip
    assert {line.accreditation for line in one.lines} == {"XAO L1"}
    assert one.profile is not None
    assert (one.profile.country, one.profile.kinds) == ("DE", (BodyKind.TESTING,))
    assert (len(one.names), len(one.accreditations), found.problems) == (1, 1, ())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("L1;Alpha;;暂停;Lamps;IEC 4;DE;", "the accreditation “XAO L1” of “L1” differs"),
        ("L1;Other;;Valid;Lamps;IEC 4;DE;", "the name “as_listed.en” of “L1” differs"),
        ("L1;Alpha;;Valid;Lamps;IEC 4;FR;", "the country (“DE”, “FR”) of “L1” differs"),
        ("L1;Alpha;;Valid;Lamps;IEC 4;Utopia;", "“Utopia” is no country that is known"),
        ("L1;Alpha;;Valid;Toys;IEC 1;DE;", "it repeats line 2"),
    ],
)
def test_rows_of_one_body_that_contradict_one_another_are_told(line: str, said: str) -> None:
    first = "L1;Alpha;;Valid;Toys;IEC 1;DE;"
    found = read(rows(first, line, head=SCOPE_HEAD), **SCOPE)
    assert said in found.problems[0]
    assert bool(found.drafts) == ("repeats" in said)


def test_every_field_can_be_mapped() -> None:
    found = read(
        rows(
            "a;b;甲;91X;Berlin;BE;https://x.example;Weg 1;S1;P-9;designation;EN 1;Lab;2020-01-02;"
            "ruht;2024-05-01;2024-06-30",
            head="k1;k2;zh;id;city;reg;web;addr;site;no;kind;std;typ;from;ev;on;last",
        ),
        key=["k1", "k2"],
        names=[{"text": {"columns": ["k1", "k2"], "join": "-"}, "kind": "registered"},
               {"text": {"any_of": ["中文", "zh"]}, "lang": "zh-Hans"}],
        identifiers=[{"namespace": "USCC", "value": "id"}],
        profile={"country": {"value": "DE"}, "city": "city", "region": "reg", "website": "web"},
        sites=[{"key": "site", "address": "addr", "city": "city"}],
        accreditations=[{"issuer": {"value": "XAO"}, "number": "no", "kind": "kind",
                         "standard": "std", "granted": "from", "schedule_held": True,
                         "body_kind": {"column": "typ", "words": {"lab": "testing"}}}],
        events=[{"kind": {"column": "ev", "words": {"ruht": "suspended", "": ""}}, "on": "on",
                 "last_day": "last"}],
    )  # fmt: skip
    (one,) = found.drafts
    assert found.problems == ()
    assert one.key == "a|b"
    assert [(name.text, name.lang) for name in one.names] == [("a-b", "en"), ("甲", "zh-Hans")]
    assert one.identifiers[0].value == "91X"
    assert one.profile is not None
    assert (one.profile.country, one.profile.city, one.profile.website) == (
        "DE", "Berlin", "https://x.example",
    )  # fmt: skip
    assert (one.sites[0].key, one.sites[0].address) == ("S1", "Weg 1")
    (held,) = one.accreditations
    assert (held.kind, held.standard) == (AccreditationKind.DESIGNATION, "EN 1")
    assert (held.body_kind, held.granted) == (BodyKind.TESTING, date(2020, 1, 2))
    (event,) = one.events
    assert (event.kind, event.accreditation) == (EventKind.SUSPENDED, "XAO P-9")
    # the last day of a suspension counts in; the body is valid again on the day after
    assert (event.on, event.until) == (date(2024, 5, 1), date(2024, 7, 1))


def test_persons_are_dropped_and_other_columns_are_told_with_an_example() -> None:
    found = read(
        rows(
            "L1;Alpha, Tel: +49 30 1234567;;Valid;Ann Other;ann@alpha.example;9 to 5;x",
            "L2;Beta info@beta.example;;Valid;Bo Other;;;",
            head=HEAD + ";Contact person;E-Mail;Hours;Skip",
        ),
        ignore=["Skip"],
    )
    assert [draft.names[0].text for draft in found.drafts] == ["Alpha", "Beta"]
    told = {(one.what, one.example, one.count) for one in found.leftovers}
    assert told == {
        ("column “Contact person”, of persons, dropped", "", 2),
        ("column “E-Mail”, of persons, dropped", "", 1),
        ("column “Hours”", "9 to 5", 1),
        ("persons, e-mails and phones within “Laboratory”, dropped", "", 2),
    }
    assert b"Other" not in msgspec.json.encode(found)
    assert b"beta.example" not in msgspec.json.encode(found)


def test_an_empty_column_of_persons_leaves_nothing_to_tell() -> None:
    found = read(rows("L1;Alpha;;Valid;", "L2;Beta;;Valid;", head=HEAD + ";Contact person"))
    assert [draft.key for draft in found.drafts] == ["L1", "L2"]
    assert found.leftovers == ()


def test_a_mapped_column_that_stands_twice_is_a_problem_and_another_is_none() -> None:
    twice = rows("L1;Alpha;;Valid;x;y", head=HEAD + ";Note;Note")
    assert read(twice).problems == ()
    found = read(rows("L1;Alpha;;Valid;Other", head=HEAD + ";Laboratory"))
    assert found.problems == ("The column “Laboratory” is mapped and stands twice.",)


def test_a_name_that_no_column_bears_refuses_the_file() -> None:
    names = [{"text": {"any_of": ["Body", "Firm"]}}]
    with pytest.raises(
        Unreadable, match=r"no column is named Body or Firm. Found instead: No, Lab"
    ):
        read(rows("L1;Alpha;;Valid"), names=names)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (rows("L1;Alpha;;Valid") + '"L2;Be', "cut off"),
        (rows("L1;Alpha;;Valid") + "L2;Be", "cut off"),
        ("<!doctype html><p>Log in", "A web page"),
        ("", "empty"),
    ],
)
def test_a_file_that_is_cut_off_or_no_table_is_refused(body: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(body)


def test_a_workbook_is_read_by_its_sheet_below_its_title() -> None:
    book = openpyxl.Workbook()
    cover, sheet = book.active, book.create_sheet("List")
    assert cover is not None
    cover.append(["About"])
    sheet.append(["Register of laboratories"])
    sheet.merge_cells("A1:D1")
    for row in (HEAD.split(";"), ["L1", "Alpha", date(2027, 12, 31), "Valid"], [None] * 4):
        sheet.append(row)
    sheet.append(["L2", "Beta", "31/12/2027", "Resting"])
    out = BytesIO()
    book.save(out)
    found = read(out.getvalue(), format="xlsx", sheet="List")
    assert found.drafts[0].accreditations[0].expires == date(2027, 12, 31)
    assert found.drafts[0].where == "List!A3"
    assert found.problems[0].startswith("List!A5: “Status”: “Resting”")
    with pytest.raises(Unreadable, match=r"no sheet “Data”. Found instead: “Sheet”, “List”"):
        read(out.getvalue(), format="xlsx", sheet="Data")


RECORD = {"No": 7, "Laboratory": "Alpha", "Until": None, "Status": "Valid"}


def test_records_of_json_are_read_by_path_with_nested_keys() -> None:
    record = RECORD | {"place": {"city": "Ulm"}, "areas": ["a", "b"], "more": [{"x": 1}]}
    body = json.dumps({"data": {"items": [record, 3]}})
    found = read(body, format="json", records="data.items", profile={"city": "place.city"})
    (one,) = found.drafts
    assert (one.key, one.where) == ("7", "record 1")
    assert one.profile is not None
    assert one.profile.city == "Ulm"
    assert found.problems == ("record 2: it is no object.",)
    assert {left.what for left in found.leftovers} == {"column “areas”", "column “more”"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>Please log in</html>", "A web page .* where JSON was due"),
        ('{"items": [{"No":', "is no JSON"),
        ('{"error": "quota"}', "no list of records at “items”. The answer has error"),
        ("[" * 100_000, "is no JSON"),
        ("", "is no JSON"),
    ],
)
def test_what_is_no_such_json_is_refused(body: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(body, format="json", records="items")


def test_characters_that_no_database_keeps_make_a_problem_not_a_fault() -> None:
    bad = [RECORD | {"No": "8\u0000"}, RECORD | {"No": "9", "Laboratory": "A\ud800"}]
    found = read(json.dumps([RECORD, *bad, {"a\u0000\ud800": "\ud800"}]), format="json")
    assert len(found.drafts) == 1
    assert len(found.problems) == 3
    assert b"\\u0000" not in msgspec.json.encode(found)
    assert b"\x00" not in msgspec.msgpack.encode(found.leftovers + found.unread)


def page(url: str, found: Any, number: int = 1) -> Page:
    return Page(url=url, body=json.dumps(found).encode(), page=number)


def following(records: str = "items", **paging: Any) -> NextPage:
    one = declared(format="json", records=records, paging=paging).paging
    assert one is not None
    found: NextPage = pickle.loads(pickle.dumps(NextPage(one, records)))
    return found


def test_the_next_page_is_named_numbered_or_told_by_a_cursor() -> None:
    at = "https://api.example/labs?size=2"
    named = following(next="links.next")
    got = named(page(at, {"links": {"next": "/labs?p=2"}}, 4))
    assert got is not None
    assert (got.url, got.page) == ("https://api.example/labs?p=2", 5)
    assert named(page(at, {"links": {"next": None}})) is None

    numbered = following(page="p", pages="total")
    got = numbered(page(at, {"items": [1], "total": 2}))
    assert got is not None
    assert got.url == "https://api.example/labs?size=2&p=2"
    assert numbered(page(got.url, {"items": [1], "total": 2})) is None

    until_empty = following(page="p", first=0)
    got = until_empty(page(at, {"items": [1]}))
    assert got is not None
    assert got.url.endswith("&p=1")
    assert until_empty(page(got.url, {"items": []})) is None

    cursor = following(cursor="meta.after", parameter="after")
    got = cursor(page(at + "&after=x", {"meta": {"after": "y z"}}))
    assert got is not None
    assert got.url == "https://api.example/labs?size=2&after=y+z"
    assert cursor(page(at, {"meta": {"after": ""}})) is None


@pytest.mark.parametrize("address", ["https://other.example/", "http://api.example/", "//x/", [7]])
def test_a_next_page_at_another_host_is_never_asked_for(address: Any) -> None:
    with pytest.raises(Unreadable):
        following(next="n")(page("https://api.example/labs", {"n": address}))


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
def test_half_a_character_names_no_next_page(half: str) -> None:
    cursor = following(cursor="c", parameter="after")
    with pytest.raises(Unreadable):
        cursor(page("https://api.example/labs", {"c": half}))
    with pytest.raises(Unreadable):
        following(next="n")(page("https://api.example/labs", {"n": half}))


def test_pages_must_give_as_many_records_as_they_say() -> None:
    reader = TableReader(declared(format="json", records="i", paging={"next": "n", "count": "c"}))
    whole = [
        page("https://a.example", {"i": [RECORD], "c": 2}),
        page("https://a.example/2", {"i": [RECORD | {"No": "8"}], "c": 2}, 2),
    ]
    found = reader(whole, "table")
    assert [draft.where for draft in found.drafts] == ["page 1, record 1", "page 2, record 1"]
    with pytest.raises(Unreadable, match="says 2 records and gave 1"):
        reader(whole[:1], "table")


def test_an_edited_mapping_is_another_version_of_the_reader() -> None:
    one, same, other = declared(), declared(), declared(ignore=["x"])
    assert one.version() == same.version() != other.version()
    assert 0 < one.version() < 2**31
