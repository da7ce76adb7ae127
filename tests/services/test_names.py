"""Names and numbers as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.names import core, fold, number_key

SAME = [
    ("TÜRM Falken (Shenzhen) Co., Ltd.", "Turm Falken（Shenzhen）Company Limited"),
    ("Hook-Lift & Container", "Hooklift and Container"),
    ("Heron's Lab", "Herons Lab"),
    ("Heron’s Lab", "Herons Lab"),
    ("HERON  Testing\tPTE. LTD.", "Heron Testing Private Limited"),
    ("Heron Pvt Ltd", "Heron Pvt. Limited"),
    ("Heron Private Ltd.", "Heron Pte Ltd"),
    ("Heron Incorporated", "Heron, Inc."),
    ("Heron S.p.A.", "Heron SPA"),
    ("Straße Prüf GmbH", "STRASSE PRUF GMBH"),
    ("深圳市蒼鷺檢測技術有限公司", "深圳市苍鹭检测技术有限公司"),
    ("苍鹭（广州）检测有限公司", "苍鹭(广州)检测有限公司"),
    ("Ｈｅｒｏｎ ＬＡＢ", "heron lab"),
    ("e\u0301cole", "école"),
]
DIFFERENT = [
    ("Heron Testing", "Heron Testing Pte Ltd"),
    ("Heron Testing Guangzhou Branch", "Heron Testing"),
    ("深圳市苍鹭检测技术有限公司广州分公司", "深圳市苍鹭检测技术有限公司"),
    ("Heron 1", "Heron 2"),
    ("ガス検査", "カス検査"),
    ("की", "का"),
    ("กิ", "กา"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_writing_is_ignored(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_spelling_is_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Heron Testing LLC", "Heron Testing Pte. Ltd."),
        ("Heron GmbH & Co. KG", "Heron GmbH"),
        ("Heron Sdn. Bhd.", "Heron"),
        ("Heron S.r.l.", "Heron S.A."),
        ("苍鹭检测有限公司", "苍鹭检测股份有限公司"),
        ("苍鹭检测有限责任公司", "苍鹭检测"),
    ],
)
def test_a_core_has_no_legal_form(one: str, other: str) -> None:
    assert core(one) == core(other)
    assert fold(one) != fold(other)


def test_a_legal_form_alone_is_a_name_and_not_nothing() -> None:
    assert core("Ltd.") == "ltd"
    assert core("有限公司") != ""
    assert core("Visa") == "visa", "an ending is a word of its own"
    assert core("Coco") == "coco"


@pytest.mark.parametrize(
    ("number", "issuer", "key"),
    [
        ("CNAS L1234", "CNAS", "L1234"),
        ("l 1234", "CNAS", "L1234"),
        ("D-PL-12345-01-00", "DAkkS", "DPL123450100"),
        ("ＣＮＡＳ　Ｌ１２３４", "CNAS", "L1234"),
        ("DAkkS D-PL-1", "DAkkS", "DPL1"),
        ("AIHA-LAP 100", "AIHA LAP", "100"),
        ("1234.01", "A2LA", "123401"),
        ("CNAS", "CNAS", "CNAS"),
        ("—", "CNAS", ""),
        ("", "", ""),
        ("证 12", "", "证12"),
    ],
)
def test_a_number_is_compared_without_signs_and_issuer(number: str, issuer: str, key: str) -> None:
    assert number_key(number, issuer) == key


@given(st.text(max_size=60))
def test_space_and_signs_around_a_name_are_ignored(text: str) -> None:
    assert " " not in fold(text)
    assert fold(f"  .{text} . ") == fold(text)


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_case_is_ignored(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower())


@given(st.text(max_size=40), st.text(st.sampled_from("ABC "), max_size=4))
def test_a_number_key_is_its_own_key(number: str, issuer: str) -> None:
    key = number_key(number, issuer)
    assert number_key(key) == key
