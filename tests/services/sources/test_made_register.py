"""The made register's reader, over what is shipped and over what registers do wrong."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from stdnum import lei
from stdnum.cn import uscc

from deploy.made_register.site import SUSPENDED_ONLY_ON_LOOKUP, answer
from services.errors import Unreadable
from services.kit import Accreditation, Draft, Page, Reading, Request
from services.sources.made_register import SOURCE, following, parse
from services.sync.check import reasons_to_refuse
from services.terms import (
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RelationKind,
)

SAMPLE = Path(__file__).parents[2] / "sources" / "made_register" / "list_20260831.json"


def fetched(request: Request) -> Page:
    parts = urlsplit(request.url)
    page = answer(parts.path, dict(parse_qsl(parts.query)))
    assert page is not None
    return Page(url=request.url, body=page.body, content_type=page.content_type, page=request.page)


def all_pages() -> list[Page]:
    pages: list[Page] = []
    request: Request | None = SOURCE.lists[0].request
    while request is not None:
        pages.append(fetched(request))
        request = following(pages[-1])
    return pages


@pytest.fixture(scope="module")
def shipped() -> Reading:
    return parse(all_pages(), "list")


def look_up(issuer: str, number: str) -> Reading:
    assert SOURCE.lookup is not None
    page = fetched(SOURCE.lookup.request(SOURCE.lookup.address, issuer, number))
    return SOURCE.lookup.parse(page, issuer, number)


def by_key(reading: Reading, key: str) -> Draft:
    return next(one for one in reading.drafts if one.key == key)


def accreditation(draft: Draft, key: str) -> Accreditation:
    return next(one for one in draft.accreditations if one.key == key)


# --- the register that is shipped ---------------------------------------------------------------


def test_shipped_register_is_read_whole(shipped: Reading) -> None:
    assert len(shipped.drafts) == 200
    assert 6_000 <= sum(len(one.lines) for one in shipped.drafts) <= 9_000
    assert shipped.problems == ()
    assert shipped.leftovers == ()
    assert shipped.listed_on == date(2026, 8, 31)
    assert reasons_to_refuse(shipped, SOURCE.expect, None) == []


def test_every_uscc_and_lei_has_right_check_digits_and_belongs_to_nobody(shipped: Reading) -> None:
    numbers = [one for draft in shipped.drafts for one in draft.identifiers]
    assert Counter(one.namespace for one in numbers)["USCC"] > 140
    for one in numbers:
        if one.namespace == "USCC":
            assert uscc.is_valid(one.value)
            assert one.value[2:8] == "999999"
        elif one.namespace == "LEI":
            assert lei.is_valid(one.value)
            assert one.value.startswith("MADE")
    assert len({(one.namespace, one.value) for one in numbers}) == len(numbers)


def test_no_accreditation_number_stands_twice(shipped: Reading) -> None:
    numbers = [one.key for draft in shipped.drafts for one in draft.accreditations]
    assert len(numbers) == len(set(numbers))
    issuers = {one.issuer for draft in shipped.drafts for one in draft.accreditations}
    assert issuers == SOURCE.authoritative_for


def test_every_kind_of_fact_occurs(shipped: Reading) -> None:
    drafts = shipped.drafts
    credentials = [one for draft in drafts for one in draft.credentials]
    presences = [one for draft in drafts for one in draft.presences]
    events = [one for draft in drafts for one in draft.events]
    assert {one.kind for one in credentials} == set(CredentialKind)
    assert {one.level for one in credentials} == set(EvidenceLevel)
    assert {one.polarity for one in credentials} == set(Polarity)
    assert {one.mode for one in presences} == set(PresenceMode)
    assert {one.level for one in presences} == set(EvidenceLevel)
    assert {one.kind for one in events} == set(EventKind)
    assert {one.listed for draft in drafts for one in draft.accreditations} == set(Listed)
    assert {one.kind for draft in drafts for one in draft.relations} == {
        RelationKind.BRANCH_OF,
        RelationKind.SUBSIDIARY_OF,
        RelationKind.SUCCESSOR_OF,
    }
    suspensions = [one for one in events if one.kind is EventKind.SUSPENDED]
    shapes = {(bool(one.lines), bool(one.sites), one.until is None) for one in suspensions}
    assert shapes >= {
        (False, False, True), (False, False, False),
        (True, False, True), (True, False, False), (False, True, True),
    }  # fmt: skip


def test_notices_name_lines_and_sites_that_are_there(shipped: Reading) -> None:
    for draft in shipped.drafts:
        lines = {(one.accreditation, one.key) for one in draft.lines}
        sites = {one.key for one in draft.sites}
        for event in draft.events:
            assert {(event.accreditation, no) for no in event.lines} <= lines, event
            assert set(event.sites) <= sites, event
        assert {site for one in draft.lines for site in one.sites} <= sites
        assert {one.site for one in draft.presences if one.site} <= sites


@pytest.mark.parametrize(
    "method",
    ["GB 4943.1-2022", "GB 31241-2022", "IEC 62133-2:2017+A1:2021", "IEC 60335-2-40:2022",
     "UN 38.3 (Rev.8)", "CISPR 32:2015+A1:2019", "ASTM F963-23", "UL 2054:2021",
     "EN 71-1:2014+A1:2018"],
)  # fmt: skip
def test_methods_that_newcomers_ask_for_are_there(shipped: Reading, method: str) -> None:
    assert any(one.method == method for draft in shipped.drafts for one in draft.lines)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("Power banks", "充电宝"), ("Child car seats", "儿童汽车座椅"), ("Toys", "玩具"),
     ("Photovoltaic modules", "光伏组件"), ("Pressure vessels", "压力容器"), ("Food", "食品")],
)  # fmt: skip
def test_objects_stand_in_both_languages(shipped: Reading, english: str, chinese: str) -> None:
    found = [o for d in shipped.drafts for o in d.lines if o.object == english]
    assert found
    assert all(one.object_also.startswith(chinese) for one in found)


def test_flagship_shows_what_a_body_can_be(shipped: Reading) -> None:
    body = by_key(shipped, "MR-0001")
    assert {one.lang for one in body.names if one.kind is NameKind.REGISTERED} == {"zh-Hans", "en"}
    assert {one.mode for one in body.presences} == set(PresenceMode)
    assert {one.country for one in body.sites} == {"CN", "VN"}
    levels = {one.level for one in body.credentials}
    assert levels == set(EvidenceLevel)
    assert Polarity.ADVERSE in {one.polarity for one in body.credentials}
    assert [o.via_parent for o in body.credentials if o.via_parent] == [
        "Cormorant Ferry Group Holding Co., Ltd."
    ]
    assert len(body.accreditations) == 6
    assert accreditation(body, "A2LA 9901.01").listed is Listed.SURRENDERED
    partial = [one for one in body.events if one.lines]
    assert [(one.accreditation, one.lines) for one in partial] == [
        ("CNAS L90001", ("146", "147", "151"))
    ]
    borrowed = next(one for one in body.presences if one.country == "SA")
    assert borrowed.partner_also == "枣椰鸨合格评定"
    assert "CB" in borrowed.may_issue
    assert borrowed.in_whose_name_also == "伙伴（枣椰鸨合格评定）"


def test_a_late_renewal_leaves_its_gap(shipped: Reading) -> None:
    body = by_key(shipped, "MR-0008")
    held = accreditation(body, "CNAS L90008")
    renewed = next(one for one in body.events if one.kind is EventKind.RENEWED)
    assert held.expires == date(2025, 11, 17)
    assert (renewed.on, renewed.expires) == (date(2026, 3, 2), date(2032, 3, 1))


# --- the look-up page ---------------------------------------------------------------------------


def test_look_up_agrees_with_the_list_but_for_one(shipped: Reading) -> None:
    different = []
    for draft in shipped.drafts:
        for held in draft.accreditations:
            seen = look_up(held.issuer, held.number)
            assert seen.leftovers == ()
            (found,) = seen.drafts
            (stated,) = found.accreditations
            assert found.key == held.key
            assert (stated.granted, stated.expires) == (held.granted, held.expires)
            events = tuple(one for one in draft.events if one.accreditation == held.key)
            if stated.listed is not held.listed or found.events != events:
                different.append((held.issuer, held.number))
    assert different == [SUSPENDED_ONLY_ON_LOOKUP]


def test_one_accreditation_is_suspended_on_the_look_up_page_only(shipped: Reading) -> None:
    issuer, number = SUSPENDED_ONLY_ON_LOOKUP
    body = by_key(shipped, "MR-0004")
    assert accreditation(body, f"{issuer} {number}").listed is Listed.ACTIVE
    assert EventKind.SUSPENDED not in {one.kind for one in body.events}
    (seen,) = look_up(issuer, number).drafts
    assert seen.accreditations[0].listed is Listed.SUSPENDED
    assert seen.accreditations[0].raw == "状态：暂停 / Suspended；有效期至：2029年10月08日"
    suspended = next(one for one in seen.events if one.kind is EventKind.SUSPENDED)
    assert suspended.on == date(2026, 8, 17)
    assert suspended.until is None
    assert {one.text for one in seen.names} <= {one.text for one in body.names}


def test_unknown_number_is_no_record_and_no_error() -> None:
    reading = look_up("CNAS", "L00000")
    assert reading.drafts == ()
    assert reading.problems == ()


def changed_page(old: str, new: str) -> Page:
    assert SOURCE.lookup is not None
    page = fetched(SOURCE.lookup.request(SOURCE.lookup.address, "CNAS", "L90001"))
    text = page.body.decode()
    assert old in text
    return Page(url=page.url, body=text.replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("有效 / Valid<", "冻结 / Frozen<", "冻结"),
        ("<td>L90001</td>", "<td>L90002</td>", "answers about CNAS L90002"),
        ('id="certificate"', 'id="other"', "shows no certificate"),
        ("换证 renewed", "缩小 reduced", "缩小"),
    ],
)
def test_a_look_up_page_that_cannot_be_read_is_never_not_found(
    old: str, new: str, said: str
) -> None:
    assert SOURCE.lookup is not None
    with pytest.raises(Unreadable, match=said):
        SOURCE.lookup.parse(changed_page(old, new), "CNAS", "L90001")


def test_look_up_request_quotes_what_it_is_given() -> None:
    assert SOURCE.lookup is not None
    request = SOURCE.lookup.request("http://127.0.0.1:9/x/lookup", "PCA", "AB 9911&a=1")
    assert request.url == "http://127.0.0.1:9/x/lookup?issuer=PCA&number=AB%209911%26a%3D1"


# --- paging -------------------------------------------------------------------------------------


def test_next_page_follows_the_address_that_was_fetched() -> None:
    first = all_pages()[0]
    moved = Page(url="http://127.0.0.1:8811/made_register/list", body=first.body)
    assert following(moved) == Request(
        url="http://127.0.0.1:8811/made_register/list?page=2", name="list", page=2
    )
    assert following(all_pages()[-1]) is None
    assert following(Page(url="http://x.example/", body=b"<html>")) is None


def test_half_a_list_is_never_taken_for_the_whole() -> None:
    with pytest.raises(Unreadable, match="150 bodies on 3 pages"):
        parse(all_pages()[:3], "list")


def test_pages_of_two_days_are_not_one_list() -> None:
    pages = all_pages()
    other = pages[1].body.replace(b'"list_date": "2026-08-31"', b'"list_date": "2026-09-07"')
    pages[1] = Page(url=pages[1].url, body=other, page=2)
    with pytest.raises(Unreadable, match="2026-08-31, 2026-09-07"):
        parse(pages, "list")


@pytest.mark.parametrize("body", [b"<html>503</html>", b"[]", b'{"error": "no"}', b""])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse([Page(url="http://x.example/list", body=body)], "list")


# --- the small sample, and its words changed ------------------------------------------------------


def sample() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return loaded


def read(held: dict[str, Any]) -> Reading:
    body = json.dumps(held, ensure_ascii=False).encode()
    return parse([Page(url="http://x.example/list", body=body)], "list")


def test_sample_dates_and_words() -> None:
    reading = read(sample())
    assert reading.problems == ()
    assert reading.leftovers == ()
    body = by_key(reading, "MR-9001")
    held = accreditation(body, "CNAS L99901")
    assert held.raw == "状态：有效；有效期至：2030年05月20日"
    assert held.schedule_held
    assert not accreditation(body, "CMA 189999999901").schedule_held
    whole = next(one for one in body.events if one.key.endswith("|S-2"))
    # the published last day is 28 June: valid again on the 29th (rule 13)
    assert (whole.on, whole.until, whole.asked_by) == (
        date(2021, 3, 29), date(2021, 6, 29), "body",
    )  # fmt: skip
    former = next(one for one in body.names if one.kind is NameKind.FORMER)
    assert former.valid_to == date(2020, 1, 1)
    assert accreditation(by_key(reading, "MR-9002"), "UKAS 99901").expires is None


def test_sample_scope_lines() -> None:
    lines = {one.key: one for one in by_key(read(sample()), "MR-9001").lines}
    calibration = lines["3"]
    assert (calibration.lo, calibration.hi, calibration.unit, calibration.cmc) == (
        Decimal("-70"), Decimal("200"), "℃", Decimal("0.3"),
    )  # fmt: skip
    assert lines["1"].sites == ("A",)
    assert lines["3"].sites == ()
    assert lines["2"].valid_to == date(2026, 7, 1)
    assert lines["2"].limitation == "限：木制 / wooden only"
    assert lines["F-1"].flexible
    assert not lines["1"].flexible


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "状态：冻结"}, "certificate.status|冻结"),
        ({"validity": "有效期至：2030年02月30日"}, "no day of the calendar"),
        ({"kind": "备案 filed"}, "备案"),
        ({"issuer": None}, "issuer is missing"),
        ({"notices": [{"no": "S-5", "word": "部分暂停", "effective": "2026-01-01"}]}, "neither"),
        ({"notices": "none"}, "notices is no list"),
    ],
)
def test_a_record_in_unknown_words_is_a_problem_that_names_them(
    change: dict[str, Any], said: str
) -> None:
    held = sample()
    held["organisations"][0]["certificates"][0] |= change
    reading = read(held)
    assert [one.key for one in reading.drafts] == ["MR-9002"]
    (problem,) = reading.problems
    assert problem.startswith("page 1, row 1: ")
    assert all(part in problem for part in said.split("|"))


def test_an_uncertainty_in_another_unit_is_not_converted_in_silence() -> None:
    held = sample()
    held["organisations"][0]["certificates"][0]["lines"][2]["uncertainty"] = "U=0.3 K (k=2)"
    assert "U=0.3 K (k=2)" in read(held).problems[0]


def test_a_line_number_that_stands_twice_is_a_problem() -> None:
    held = sample()
    held["organisations"][0]["certificates"][0]["lines"][1]["no"] = "1"
    assert "CNAS L99901: line 1 stands twice" in read(held).problems[0]


def test_keys_that_nobody_reads_are_told() -> None:
    held = sample()
    held["generator"] = "v2"
    held["organisations"][0]["employees"] = 12
    held["organisations"][0]["certificates"][0]["lines"][0]["colour"] = "red"
    assert [(one.what, one.example) for one in read(held).leftovers] == [
        ("generator", '"v2"'),
        ("organisation.certificates.lines.colour", '"red"'),
        ("organisation.employees", "12"),
    ]
