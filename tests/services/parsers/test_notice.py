# ruff: noqa: E501, ISC004 - sentences as notices print them
"""Notices in the wording of accreditation bodies and regulators; bodies and numbers are made up."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.parsers import notice
from services.parsers.notice import Notice, Told
from services.parsers.notice_words import Action
from services.parsers.pdf import Document, Row, Table
from services.parsers.pdf_words import Placed


def read(*blocks: str | Sequence[Sequence[str]]) -> Notice:
    """Paragraphs and tables of one page, in order."""
    paragraphs, tables = [], []
    for n, block in enumerate(blocks):
        if isinstance(block, str):
            paragraphs.append(Placed(block, 1, 50.0 * n))
        else:
            rows = tuple(Row(1, m, tuple(row)) for m, row in enumerate(block, 1))
            tables.append(Table(1, 50.0 * n, rows))
    return notice.read(Document(tuple(paragraphs), tuple(tables), 1))


def only(*blocks: str) -> Told:
    found = read(*blocks)
    assert not found.problems
    (told,) = found.told
    return told


def said(one: Told) -> tuple[list[str], str, str, date | None]:
    return [name.text for name in one.names], one.number, one.action.value, one.on


MARCH = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("sentence", "name", "number", "action"),
    [
        (
            "The accreditation of Made Kestrel Testing & Certification (Nowhere) Co., Ltd."
            " (certificate No. CNAS L90901) has been withdrawn with effect from 3 March 2026.",
            "Made Kestrel Testing & Certification (Nowhere) Co., Ltd.", "CNAS L90901", "withdrawn",
        ),
        (
            "UKAS has withdrawn the accreditation of Made Kestrel Limited (UKAS accreditation"
            " number 9901), with effect from 3 March 2026.",
            "Made Kestrel Limited", "9901", "withdrawn",
        ),
        (
            "On 3 March 2026, the Made Accreditation Service suspended the accreditation of Made"
            " Kestrel Ltd (Testing Laboratory No. 9901).",
            "Made Kestrel Ltd", "9901", "suspended",
        ),
        (
            "Accreditation of Made Kestrel Services, TL-9901, Riyadh, Saudi Arabia has been"
            " withdrawn effective March 3, 2026.",
            "Made Kestrel Services", "TL-9901", "withdrawn",
        ),
        (
            "The following accreditation was suspended: Prüfstelle Beispiel GmbH,"
            " D-PL-99901-01-00, on 03.03.2026.",
            "Prüfstelle Beispiel GmbH", "D-PL-99901-01-00", "suspended",
        ),
        (
            "Certificate No. 9901.01 issued to Made Materials, Inc. was revoked on March 3, 2026.",
            "Made Materials, Inc.", "9901.01", "revoked",
        ),
        (
            "Made Kestrel Pte Ltd has voluntarily surrendered its accreditation (LA-2019-9901-A)"
            " with effect from 3 March 2026.",
            "Made Kestrel Pte Ltd", "LA-2019-9901-A", "surrendered",
        ),
        (
            "The accreditation of Made Kestrel Ltd (No. 9901) was withdrawn at its own request on"
            " 3 March 2026.",
            "Made Kestrel Ltd", "9901", "surrendered",
        ),
        (
            "Notice is hereby given that the designation of Made Kestrel Ltd (designation No."
            " MD-901) is revoked as from 3 March 2026.",
            "Made Kestrel Ltd", "MD-901", "revoked",
        ),
        (
            "Withdrawal of accreditation: Made Kestrel Ltd, Accreditation No. 9901, effective date"
            " 03-Mar-2026.",
            "Made Kestrel Ltd", "9901", "withdrawn",
        ),
        (
            "Following the suspension of 1 December 2025, the accreditation of Made Kestrel Ltd"
            " (No. 9901) has been withdrawn with effect from 3 March 2026.",
            "Made Kestrel Ltd", "9901", "withdrawn",
        ),
        (
            "The accreditation of Made Kestrel Ltd (No. 9901) has been withdrawn from 3 March 2026"
            " and it may no longer claim to be accredited.",
            "Made Kestrel Ltd", "9901", "withdrawn",
        ),
        (
            "经研究，决定撤销虚构检测认证（无名）有限公司（注册编号：CNAS L90901）的认可资格，自2026年3月3日起生效。",
            "虚构检测认证（无名）有限公司", "CNAS L90901", "withdrawn",
        ),
        (
            "自二〇二六年三月三日起，暂停虚构计量院（注册号L90901）的认可资格。",
            "虚构计量院", "L90901", "suspended",
        ),
        (
            "虚构检测有限公司（证书编号：219999999901）自愿申请注销资质认定，自2026年3月3日起予以注销。",
            "虚构检测有限公司", "219999999901", "surrendered",
        ),
        (
            "现恢复虚构检测有限公司（CNAS L90901）的认可资格，自2026年3月3日起生效。",
            "虚构检测有限公司", "CNAS L90901", "reinstated",
        ),
        (
            "依据有关规定，吊销虚构检测有限公司（证书编号：219999999901）的资质认定证书，自2026年3月3日起生效。",
            "虚构检测有限公司", "219999999901", "revoked",
        ),
    ],
)  # fmt: skip
def test_a_sentence_says_who_what_and_from_when(
    sentence: str, name: str, number: str, action: str
) -> None:
    assert said(only(sentence)) == ([name], number, action, MARCH)


def test_several_bodies_of_one_sentence_are_told_apart_by_their_numbers() -> None:
    found = read(
        "The accreditations of Made A Ltd (No. 9901), Made B Ltd (No. 9902) and Made C Co., Ltd."
        " (No. 9903) are suspended from 1 May 2026 to 31 July 2026.",
        "自2026年5月1日起，暂停虚构甲检测有限公司（注册号L9001）、虚构乙计量院（注册号L9002）"
        "和虚构丙中心（注册号L9003）的认可资格，暂停期限至2026年7月31日止。",
    )
    assert not found.problems
    assert [([n.text for n in t.names], t.number) for t in found.told] == [
        (["Made A Ltd"], "9901"),
        (["Made B Ltd"], "9902"),
        (["Made C Co., Ltd."], "9903"),
        (["虚构甲检测有限公司"], "L9001"),
        (["虚构乙计量院"], "L9002"),
        (["虚构丙中心"], "L9003"),
    ]
    assert {(t.action, t.on, t.last) for t in found.told} == {
        (Action.SUSPENDED, date(2026, 5, 1), date(2026, 7, 31))
    }


def test_bodies_without_numbers_are_told_apart_by_their_legal_forms() -> None:
    found = read(
        "The accreditation of Alpha Ltd, Beta Inc and Gamma GmbH was withdrawn on 3.3.2026."
    )
    assert [t.names[0].text for t in found.told] == ["Alpha Ltd", "Beta Inc", "Gamma GmbH"]
    assert (
        only("虚构检测有限公司的认可资格自2026年3月3日起被撤销。").names[0].text
        == "虚构检测有限公司"
    )


def test_both_languages_of_a_notice_are_one_telling() -> None:
    one = only(
        "The accreditation of Made Kestrel Co., Ltd. (No. CNAS L90901) has been suspended from"
        " 29 March 2026.",
        "自2026年3月29日起暂停虚构检测有限公司（注册编号：CNAS L90901）的认可资格，至2026年6月28日止。",
    )
    assert [(n.text, n.lang) for n in one.names] == [
        ("Made Kestrel Co., Ltd.", "en"),
        ("虚构检测有限公司", "zh-Hans"),
    ]
    assert (one.on, one.last) == (date(2026, 3, 29), date(2026, 6, 28))


@pytest.mark.parametrize(
    ("sentence", "last"),
    [
        ("The accreditation of Made Ltd (No. 9901) is suspended for a period of three months from"
         " 1 March 2026.", date(2026, 5, 31)),
        ("The accreditation of Made Ltd (No. 9901) is suspended for 90 days with effect from"
         " 1 March 2026.", date(2026, 5, 29)),
        ("对虚构检测有限公司（CNAS L90901）予以暂停认可资格6个月处理，自2026年3月1日起。",
         date(2026, 8, 31)),
        ("对虚构检测有限公司（CNAS L90901）予以暂停认可资格处理，暂停期限为2026年3月1日至2026年6月28日。",
         date(2026, 6, 28)),
    ],
)  # fmt: skip
def test_a_suspension_ends_on_its_last_day(sentence: str, last: date) -> None:
    one = only(sentence)
    assert (one.on, one.last) == (date(2026, 3, 1), last)


def test_a_lifted_suspension_is_a_reinstatement_with_its_beginning() -> None:
    one = only(
        "The suspension of the accreditation of Made Kestrel Ltd (No. 9901), imposed on 1 March"
        " 2026, has been lifted with effect from 5 May 2026."
    )
    assert one.action is Action.REINSTATED
    assert (one.began, one.on) == (date(2026, 3, 1), date(2026, 5, 5))
    again = only("The suspension of Made Kestrel Ltd (No. 9901) was withdrawn on 5 May 2026.")
    assert again.action is Action.REINSTATED
    assert (
        only("解除对虚构检测有限公司（L9901）的暂停，自2026年5月5日起生效。").action
        is Action.REINSTATED
    )


def test_immediate_effect_is_the_day_of_publication() -> None:
    one = only(
        "Notice of suspension",
        "London, 3 March 2026",
        "The accreditation of Made Kestrel Ltd (No. 9901) is suspended with immediate effect.",
    )
    assert one.on == MARCH
    zh = only(
        "撤销虚构检测有限公司（注册号L9901）的认可资格，自本公告发布之日起生效。", "2026年3月3日"
    )
    assert zh.on == MARCH
    undated = read("The accreditation of Made Ltd (No. 9901) is suspended with immediate effect.")
    assert not undated.told
    assert "no day of publication" in undated.problems[0]


def test_days_of_decision_publication_and_effect_are_told_apart() -> None:
    found = read(
        "By decision of 20 February 2026 the accreditation of Made Kestrel Ltd (No. 9901) was"
        " withdrawn with effect from 3 March 2026.",
        "Published: 25 February 2026",
    )
    (one,) = found.told
    assert (one.decided, one.on) == (date(2026, 2, 20), MARCH)
    assert found.published == date(2026, 2, 25)


def test_a_later_sentence_says_since_when() -> None:
    one = only(
        "The Committee has decided to withdraw the accreditation of Made Kestrel Ltd (No. 9901)."
        " The withdrawal takes effect on 3 March 2026."
    )
    assert one.on == MARCH
    first = only(
        "上述决定自2026年3月3日起生效。", "撤销虚构检测有限公司（注册号L9901）的认可资格。"
    )
    assert first.on == MARCH


def test_a_list_below_an_introducing_sentence() -> None:
    found = read(
        "The accreditation of the following laboratories has been withdrawn at their own request"
        " with effect from 3 March 2026:",
        "1. Made Kestrel Ltd (No. 9901)",
        "2. Made Heron GmbH, D-PL-99902-01-00",
        "二、撤销认可资格的机构",
        "1. 虚构检测有限公司（注册号L9903），自2026年4月1日起",
    )
    assert not found.problems
    assert [(said(t), t.asked_by) for t in found.told] == [
        ((["Made Kestrel Ltd"], "9901", "surrendered", MARCH), "body"),
        ((["Made Heron GmbH"], "D-PL-99902-01-00", "surrendered", MARCH), "body"),
        ((["虚构检测有限公司"], "L9903", "withdrawn", date(2026, 4, 1)), ""),
    ]


def test_a_table_below_its_heading_and_a_table_that_says_what_was_done() -> None:
    found = read(
        "Suspended accreditations",
        [
            ["No.", "Laboratory", "Accreditation number", "Effective date"],
            ["1", "Made Kestrel Ltd", "9901", "3 March 2026"],
        ],
        "名单",
        [
            ["序号", "机构名称", "注册编号", "处理决定", "暂停期限"],
            ["1", "虚构检测有限公司", "L9901", "暂停", "2026年3月29日至2026年6月28日"],
            ["2", "虚构计量院", "L9902", "撤销", "2026年4月1日"],
            ["3", "虚构中心", "L9903", "告诫", "2026年4月1日"],
        ],
    )
    assert [(said(t), t.last) for t in found.told] == [
        ((["Made Kestrel Ltd"], "9901", "suspended", MARCH), None),
        ((["虚构检测有限公司"], "L9901", "suspended", date(2026, 3, 29)), date(2026, 6, 28)),
        ((["虚构计量院"], "L9902", "withdrawn", date(2026, 4, 1)), None),
    ]
    (problem,) = found.problems
    assert "虚构中心" in problem


def test_a_form_of_labels_and_values() -> None:
    one = only(
        "Change of accreditation status",
        "Name of laboratory: Made Kestrel Ltd",
        "Accreditation number: 9901",
        "Status: Withdrawn at the request of the laboratory",
        "Effective date: 3 March 2026",
    )
    assert said(one) == (["Made Kestrel Ltd"], "9901", "surrendered", MARCH)


def test_parts_are_named_by_line_site_or_words() -> None:
    lines = only(
        "The accreditation of Made Ltd (No. 9901) is partially suspended for scope lines 146, 147"
        " and 151 from 3 March 2026."
    )
    assert (lines.part.lines, lines.part.sites) == (("146", "147", "151"), ())
    site = only(
        "At its own request the accreditation of Made Ltd (No. 9901) at site C is suspended from"
        " 3 March 2026."
    )
    assert (site.part.sites, site.asked_by) == (("C",), "body")
    words = only(
        "The accreditation of Made Ltd (No. 9901) has been withdrawn in respect of lead in paint,"
        " with effect from 3 March 2026."
    )
    assert words.part.words == "lead in paint"
    zh = only(
        "部分暂停虚构检测有限公司（L9901）的认可资格，涉及第146、147项，自2026年3月3日起生效。"
    )
    assert zh.part.lines == ("146", "147")
    whole = only("The accreditation of Made Ltd (No. 9901) was withdrawn in full on 3 March 2026.")
    assert not whole.part.partial


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The accreditation of Made Ltd (No. 9901) has been partially withdrawn from 3 March 2026.",
         "does not say which"),
        ("If the findings remain open, the accreditation of Made Ltd (No. 9901) may be withdrawn.",
         "what may be"),
        ("逾期未完成整改的，将撤销虚构检测有限公司（L9901）的认可资格。", "what may be"),
        ("The Service proposes to suspend the accreditation of Made Ltd (No. 9901).", "what may be"),
        ("The accreditation of Made Ltd (No. 9901) was withdrawn on 31 February 2026.",
         "no day of the calendar"),
        ("The accreditation of Made Ltd (No. 9901) was withdrawn on 3/4/2026.", "order is not known"),
        ("The accreditation of Made Ltd (No. 9901) is suspended from 3 March 2026 until 1 March"
         " 2026.", "ends before it begins"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_a_problem_that_names_the_sentence(
    sentence: str, why: str
) -> None:
    found = read(sentence)
    assert not found.told
    (problem,) = found.problems
    assert why in problem
    assert sentence[:60] in problem


@pytest.mark.parametrize("lost", ["Made Kestrel Limited", "CNAS L90901"])
def test_a_body_with_a_character_that_is_not_told_is_a_problem(lost: str) -> None:
    sentence = (
        "UKAS has withdrawn the accreditation of Made Kestrel Limited (certificate No."
        " CNAS L90901), with effect from 3 March 2026."
    )
    (told,) = read(sentence).told
    assert lost in {told.number, *(name.text for name in told.names)}
    found = read(sentence.replace(lost, lost.replace("e", "\ufffd").replace("0", "\ufffd")))
    assert not found.told
    (problem,) = found.problems
    assert "meaning is not told" in problem


def test_a_rare_character_is_one_of_a_name() -> None:
    told = only(
        "现撤销虚构\U0002b74e检测有限公司（注册号：CNAS L90901）的认可资格，自2026年3月3日起生效。"
    )
    assert said(told) == (["虚构\U0002b74e检测有限公司"], "CNAS L90901", "withdrawn", MARCH)


def test_the_order_of_figures_is_learned_from_the_paper_itself() -> None:
    one, two = read(
        "The accreditation of Made A Ltd (No. 9901) was withdrawn on 25/2/2026.",
        "The accreditation of Made B Ltd (No. 9902) was withdrawn on 3/4/2026.",
    ).told
    assert (one.on, two.on) == (date(2026, 2, 25), date(2026, 4, 3))


def test_two_things_said_of_one_body_in_one_sentence() -> None:
    found = read(
        "The accreditation of Made Ltd (No. 9901) was suspended on 1 December 2025 and has been"
        " withdrawn with effect from 3 March 2026."
    )
    assert [said(t)[1:] for t in found.told] == [
        ("9901", "suspended", date(2025, 12, 1)),
        ("9901", "withdrawn", MARCH),
    ]
    assert all(t.names[0].text == "Made Ltd" for t in found.told)


@pytest.mark.parametrize(
    "sentence",
    [
        "被撤销认可资格的机构应当立即停止使用认可标识，并交回认可证书。",
        "Bodies whose accreditation has been withdrawn must stop using the accreditation symbol.",
        "Suspension and withdrawal are governed by clause 7.11 of ISO/IEC 17011:2017.",
        "For questions on this notice write to the secretariat.",
        "Notice No. 2026-083",
    ],
)
def test_general_sentences_accuse_nobody(sentence: str) -> None:
    found = read(sentence)
    assert not found.told
    assert not found.problems
