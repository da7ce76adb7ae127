"""Brand tables: what a row must say, how far it is believed, and how it is told to be mended."""

from datetime import date
from typing import Any

import pytest

from services.errors import Unreadable
from services.kit import Credential, Page, Reading
from services.parsers.brand_kinds import KINDS
from services.parsers.brand_tables import read
from services.parsers.issuer_hosts import registers
from services.terms import CredentialKind, EvidenceLevel, Polarity, PresenceMode

HERON = {"body_name_zh": "苍鹭检测有限公司", "body_name_en": "Heron Testing Co., Ltd.",
         "body_uscc": "91350211M000100Y46"}  # fmt: skip
PROVEN = {
    "level": "self_declared_document",
    "evidence": "letter shown",
    "evidence_on": "2026-08-01",
}
REGISTER = "https://sbj.cnipa.gov.cn/marks/1"
MARK = {"kind": "trademark", "title": "HERON", "issuer": "CNIPA", "number": "1",
        "nice_class": "42", "territory": "CN", "status": "registered"}  # fmt: skip
AWARD = {"kind": "award", "title": "Quality prize", "issuer": "A province", "number": "2025-7"}


def table(*rows: dict[str, str], kind: str = "credentials", mark: bytes = b"") -> Reading:
    columns = dict.fromkeys(column for row in rows for column in row)
    columns |= dict.fromkeys((*KINDS[kind].must, "level", "evidence", "evidence_on"))
    lines = [",".join(columns)]
    lines += [",".join(f'"{row.get(column, "")}"' for column in columns) for row in rows]
    body = mark + "\n".join(lines).encode()
    return read([Page(url="file:///t.csv", body=body)], kind, registers())


def credentials(reading: Reading) -> tuple[Credential, ...]:
    return reading.drafts[0].credentials


def told(reading: Reading) -> dict[str, str]:
    return {one.what: one.example for one in reading.leftovers}


def test_rows_of_one_body_are_one_record_that_names_it_by_its_number() -> None:
    reading = table(HERON | MARK | PROVEN, HERON | AWARD | PROVEN, mark=b"\xef\xbb\xbf")
    (draft,) = reading.drafts
    assert draft.key == "91350211M000100Y46"
    assert [(name.lang, name.text) for name in draft.names] == [
        ("zh-Hans", "苍鹭检测有限公司"),
        ("en", "Heron Testing Co., Ltd."),
    ]
    assert [(one.namespace, one.value) for one in draft.identifiers] == [
        ("USCC", "91350211M000100Y46")
    ]
    assert draft.accreditations == ()
    mark, _ = draft.credentials
    assert (mark.nice_class, mark.territory, mark.status) == (42, "CN", "registered")
    assert mark.evidence == "letter shown (2026-08-01)"
    assert "title: HERON" in mark.raw
    assert reading.problems == ()


def test_a_body_without_a_number_of_its_own_is_known_by_an_accreditation() -> None:
    whose = {"body_name_en": "Heron Riyadh", "body_issuer": "SAAC", "body_number": "MADE-T-9"}
    (draft,) = table(whose | AWARD | PROVEN).drafts
    (acc,) = draft.accreditations
    assert (draft.key, acc.issuer, acc.number) == ("SAAC MADE-T-9", "SAAC", "MADE-T-9")
    assert draft.identifiers == ()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"evidence": ""}, "Line 2, column “evidence”: it is empty. Name the address or"),
        ({"evidence_on": ""}, "column “evidence_on”: it is empty. Write the day"),
        ({"evidence_on": "soon"}, "column “evidence_on”: “soon” is no day. Write it as"),
        ({"issuer": ""}, "column “issuer”: it is empty"),
        ({"number": ""}, "column “number”: it is empty"),
        ({"level": "verified by isuer register"}, "Did you mean “issuer_register”?"),
        ({"kind": "trademrk"}, "“trademrk” is no kind that is known. Did you mean “trademark”?"),
        ({"number": "li@heron.example"}, "column “number”: nothing of it may be kept"),
        ({"title": "li@heron.example"}, "column “title”: nothing of it may be kept. Write it"),
        ({"status": "registred"}, "Did you mean “registered”?"),
        ({"nice_class": "46"}, "46 is no Nice class"),
        ({"territory": "Chna"}, "“Chna” is no country"),
        ({"body_uscc": "91350211M000100Y47"}, "the check digit of “91350211M000100Y47”"),
        ({"body_uscc": ""}, "no number says which body is meant. Write its USCC or LEI"),
        ({"body_name_zh": "", "body_name_en": ""}, "the row names no body"),
        ({"from": "2026-02-01", "until": "2026-01-01"}, "2026-01-01 is before 2026-02-01"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_line_column_and_remedy(
    changed: dict[str, str], problem: str
) -> None:
    reading = table(HERON | MARK | PROVEN | changed)
    assert reading.drafts == ()
    (said,) = reading.problems
    assert said.startswith("Line 2, ")
    assert problem in said


def test_one_bad_row_holds_back_its_body_and_no_other() -> None:
    plover = {"body_name_en": "Plover", "body_lei": "529900T8BM49AURSDO55"}
    reading = table(HERON | MARK | PROVEN, HERON | AWARD, plover | AWARD | PROVEN)
    assert [draft.key for draft in reading.drafts] == ["529900T8BM49AURSDO55"]
    assert reading.unread == ("91350211M000100Y46",)
    assert "Line 3" in reading.problems[0]


def test_one_number_under_two_names_is_never_taken() -> None:
    reading = table(HERON | MARK | PROVEN, HERON | AWARD | PROVEN | {"body_name_en": "Bittern Ltd"})
    assert reading.drafts == ()
    assert "names 91350211M000100Y46 otherwise" in reading.problems[0]


# --- how far a row is believed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("evidence", "issuer", "level", "why"),
    [
        (REGISTER, "CNIPA 国家知识产权局", EvidenceLevel.ISSUER_REGISTER, None),
        (REGISTER, "A fair", EvidenceLevel.SELF_DECLARED_DOCUMENT, "is not a host of A fair"),
        ("https://cnipa-gov.cn/1", "CNIPA", EvidenceLevel.SELF_DECLARED_DOCUMENT, "no host"),
        ("https://cnipa.gov.cn.evil.example/", "CNIPA", EvidenceLevel.SELF_DECLARED_DOCUMENT, "no"),
        ("http://sbj.cnipa.gov.cn/1", "CNIPA", EvidenceLevel.SELF_DECLARED_DOCUMENT, "https://"),
        ("certificate shown", "CNIPA", EvidenceLevel.SELF_DECLARED_DOCUMENT, "names no address"),
    ],
)
@pytest.mark.parametrize("claimed", ["issuer_register", "issuer_document_verified"])
def test_a_verified_level_counts_only_at_the_issuer_s_own_host(
    evidence: str, issuer: str, level: EvidenceLevel, why: str | None, claimed: str
) -> None:
    row = HERON | MARK | PROVEN | {"level": claimed, "evidence": evidence, "issuer": issuer}
    reading = table(row)
    (mark,) = credentials(reading)
    lowered = told(reading).get(f"level {claimed}, lowered to self_declared_document")
    if why is None:
        assert mark.level == claimed
        assert lowered is None
    else:
        assert mark.level is level
        assert lowered is not None
        assert lowered.startswith("line 2: ")
        assert why in lowered


def test_an_accreditation_body_s_own_host_is_believed_of_a_presence() -> None:
    proof = PROVEN | {"level": "issuer_register", "evidence": "https://www.cnas.org.cn/L1"}
    where = {"country": "Viet Nam", "mode": "自建", "languages": "zh, vi", "from": "2024-01-01"}
    (presence,) = table(HERON | where | proof, kind="presence").drafts[0].presences
    assert (presence.country, presence.mode) == ("VN", PresenceMode.BUILT)
    assert presence.languages == ("zh", "vi")
    assert presence.valid_from == date(2024, 1, 1)
    assert presence.level is EvidenceLevel.ISSUER_REGISTER


def test_a_penalty_is_adverse_whatever_the_row_says() -> None:
    row = {"kind": "penalty", "title": "Fined", "issuer": "A city", "number": "9",
           "polarity": "positive", "expires": "2028-01-01"}  # fmt: skip
    (penalty,) = credentials(table(HERON | row | PROVEN))
    assert (penalty.polarity, penalty.expires) == (Polarity.ADVERSE, date(2028, 1, 1))


def test_a_private_ranking_stays_a_ranking() -> None:
    reading = table(HERON | AWARD | PROVEN | {"title": "区域检测机构百强"})
    assert credentials(reading)[0].kind is CredentialKind.RANKING
    assert "区域检测机构百强" in told(reading)["award that is a ranking, kept as ranking"]


def test_an_award_without_a_level_or_for_sale_is_a_marketing_claim() -> None:
    plain, bought = credentials(
        table(
            HERON | AWARD | PROVEN | {"level": ""},
            HERON | AWARD | PROVEN | {"number": "8", "buyable": "yes"},
        )
    )
    assert plain.level is bought.level is EvidenceLevel.MARKETING_CLAIM


def test_what_the_parent_holds_is_said_and_a_designation_is_not_inherited() -> None:
    (mark,) = credentials(table(HERON | MARK | PROVEN | {"via_parent": "Heron Group"}))
    assert mark.via_parent == "Heron Group"
    row = {"kind": "designation", "title": "Notified body", "issuer": "X", "number": "9999",
           "via_parent": "Heron Group"}  # fmt: skip
    assert "not inherited from a parent" in table(HERON | row | PROVEN).problems[0]


def test_a_membership_has_a_category() -> None:
    row = {"kind": "membership", "title": "TIC Council", "issuer": "TIC Council", "number": "4"}
    (full,) = credentials(table(HERON | row | PROVEN | {"category": "full"}))
    assert full.category == "full"
    said = table(HERON | row | PROVEN | {"category": "ful"}).problems[0]
    assert "Did you mean “full”?" in said


# --- other kinds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column", ["contact person", "e-mail", "姓名", "expert name", "专家", "phone"]
)
def test_a_column_of_persons_refuses_the_file(column: str) -> None:
    row = {"field": "Batteries", "count": "3", column: "x"}
    with pytest.raises(Unreadable, match="names persons or how to reach them"):
        table(HERON | row | PROVEN, kind="expertise")


def test_experts_are_counts() -> None:
    row = {"field": "Batteries", "committee": "IEC TC 21", "language": "en", "count": "3"}
    (said,) = table(HERON | row | PROVEN, kind="expertise").drafts[0].expertise  # type: ignore[misc]
    assert (said.field, said.committee, said.count) == ("Batteries", "IEC TC 21", 3)
    bad = table(HERON | row | PROVEN | {"count": "several"}, kind="expertise")
    assert "column “count”: “several” is no number" in bad.problems[0]


def test_persons_within_cells_are_dropped_and_counted() -> None:
    row = AWARD | {"note": "ask li@heron.example, Tel: 0755-12345678"}
    reading = table(HERON | row | PROVEN)
    assert credentials(reading)[0].note == "ask"
    assert any(one.what.startswith("persons") for one in reading.leftovers)


@pytest.mark.parametrize(
    ("kind", "column"), [(name, column) for name, kind in KINDS.items() for column in kind.must]
)
def test_a_required_cell_with_nothing_but_a_person_holds_the_row_back(
    kind: str, column: str
) -> None:
    row = HERON | {"field": "Batteries", "count": "3"} | PROVEN | {column: "li@heron.example"}
    reading = table(row, kind=kind)
    assert reading.drafts == ()
    assert reading.problems[0].startswith("Line 2, ")


def test_a_prohibited_owner_names_the_rule() -> None:
    row: dict[str, str] = {"owner": "Grey Reef", "owner_country": "CN", "share": "12",
                           "prohibited": "yes"}  # fmt: skip
    assert "only under a rule" in table(HERON | row | PROVEN, kind="ownership").problems[0]
    held: Any = table(HERON | row | PROVEN | {"rule": "US FCC"}, kind="ownership").drafts[0]
    assert (held.ownerships[0].prohibited, held.ownerships[0].share) == (True, 12)


def test_offers_have_hs_codes_and_lists_have_their_marks() -> None:
    row = {"title": "One stop", "stage": "export", "hs_code": "85O7"}
    assert "“85O7” is no HS code" in table(HERON | row | PROVEN, kind="offers").problems[0]
    partner = {"kind": "agency", "partner": "A; B", "countries": "SA; Thailand、EU", "outputs": "x"}
    held: Any = table(HERON | partner | PROVEN, kind="cooperation").drafts[0]
    assert held.cooperations[0].countries == ("SA", "TH", "EU")


def test_a_zone_belongs_to_no_body_and_names_where_it_is_published() -> None:
    row = {"name": "Ferry Bay", "country": "CN", "cities": "Shenzhen 深圳; Dongguan 东莞",
           "policy": "x", "url": "https://zone.example/", "evidence_on": "2026-08-01"}  # fmt: skip
    held: Any = table(row, kind="zones").drafts[0]
    assert (held.key, held.names, held.identifiers) == ("Ferry Bay", (), ())
    assert held.zones[0].cities == ("Shenzhen 深圳", "Dongguan 东莞")
    assert "column “url”" in table(row | {"url": ""}, kind="zones").problems[0]


def test_unknown_columns_are_told_and_missing_ones_refuse_the_file() -> None:
    reading = table(HERON | AWARD | PROVEN | {"territori": "CN"})
    assert told(reading)["column “territori”"] == "did you mean “territory”?"
    with pytest.raises(Unreadable, match="no column kind, title, issuer, number, level"):
        read([Page(url="", body=b"body_name_en,note\nHeron,x\n")], "credentials", registers())


def test_the_same_row_twice_is_one_and_two_that_differ_are_none() -> None:
    assert len(credentials(table(HERON | AWARD | PROVEN, HERON | AWARD | PROVEN))) == 1
    reading = table(HERON | AWARD | PROVEN, HERON | AWARD | PROVEN | {"title": "Another"})
    assert "line 2 says otherwise of the same" in reading.problems[0]


def test_a_torn_row_holds_back_its_body() -> None:
    body = (
        "body_name_en,body_lei,kind,title,issuer,number,level,evidence,evidence_on\n"
        "Plover,529900T8BM49AURSDO55,award,X,Y,1,,letter,2026-08-01\n"
        "Plover,529900T8BM49AURSDO55,award,X,Y\n"
    )
    reading = read([Page(url="", body=body.encode())], "credentials", registers())
    assert reading.drafts == ()
    assert reading.unread == ("529900T8BM49AURSDO55",)
    assert reading.problems == ("Line 3: 5 cells under 9 columns.",)
