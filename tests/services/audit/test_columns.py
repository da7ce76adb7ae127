"""Columns told by their header words: what is certain, what is a doubt, what the asker says."""

import pytest

from services.audit.columns import WORDS, checked, fold, missing, recognise
from services.audit.fields import Field
from services.errors import BadQuestion


def test_chinese_headers_are_told() -> None:
    columns = ["报告编号", "证书编号", "机构名称", "检测标准", "检测日期", "签发日期", "备注"]
    told = recognise(columns, (), {})
    assert told.mapping == {
        Field.REF: "报告编号",
        Field.NUMBER: "证书编号",
        Field.BODY: "机构名称",
        Field.METHOD: "检测标准",
        Field.TESTED: "检测日期",
        Field.ISSUED: "签发日期",
    }
    assert told.doubts == ()
    assert told.unmapped == ("备注",)


def test_english_headers_are_told_in_any_writing() -> None:
    columns = [
        *("REPORT NO.", "Accreditation No", "Laboratory", "Test_Standard", "Date of Test (first)"),
        *("Test end", "Issue date / 签发日期", "Test Site"),
    ]
    told = recognise(columns, (), {})
    assert told.doubts == ()
    assert {field.value: column for field, column in told.mapping.items()} == {
        "ref": "REPORT NO.",
        "number": "Accreditation No",
        "body": "Laboratory",
        "method": "Test_Standard",
        "tested": "Date of Test (first)",
        "tested_to": "Test end",
        "issued": "Issue date / 签发日期",
        "site": "Test Site",
    }


def test_the_more_telling_of_two_headers_is_taken() -> None:
    told = recognise(["证书编号", "认可证书编号", "检测日期"], (), {})
    assert told.mapping[Field.NUMBER] == "认可证书编号"
    assert told.doubts == ()
    assert told.unmapped == ("证书编号",)


def test_one_wrong_letter_in_a_long_word_is_read_and_more_is_a_doubt() -> None:
    told = recognise(["Certificate numbr", "Date of tset"], (), {})
    assert told.mapping == {Field.NUMBER: "Certificate numbr"}
    assert told.doubts == (
        "“Date of tset” may be the first or only test date (tested): say so by mapping.",
    )


def test_two_equal_headers_are_a_doubt_and_never_settled_by_their_order() -> None:
    told = recognise(["No.", "Certificate no", "Issue date"], (), {})
    assert Field.NUMBER not in told.mapping
    assert "“No.” and “Certificate no” may each be" in told.doubts[0]


def test_a_name_that_stands_twice_is_the_askers_to_settle() -> None:
    columns = ["Lab no", "Issue date", "Issue date (2)"]
    told = recognise(columns, ("Issue date",), {})
    assert Field.ISSUED not in told.mapping
    assert "“Issue date”" in told.doubts[0]
    said = recognise(columns, ("Issue date",), {"issued": "Issue date (2)"})
    assert said.mapping[Field.ISSUED] == "Issue date (2)"
    assert said.doubts == ()


def test_what_the_asker_says_stands_over_the_words_and_an_empty_word_is_none() -> None:
    columns = ["证书编号", "机构名称", "签发日期", "Nr."]
    told = recognise(columns, (), {"number": "Nr.", "body": ""})
    assert told.mapping == {Field.NUMBER: "Nr.", Field.ISSUED: "签发日期"}
    assert told.unmapped == ("证书编号", "机构名称")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nummer": "A"}, 'no field "nummer"'),
        ({"number": "Z"}, "no column “Z”"),
        ({"number": "A", "body": "A"}, "given to two fields"),
    ],
)
def test_a_mapping_that_names_what_there_is_not_says_what_there_is(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(BadQuestion, match=said):
        checked(["A", "B"], given)


def test_what_must_be_mapped_is_said() -> None:
    assert len(missing({})) == 2
    assert missing({Field.BODY: "a", Field.ON: "b"}) == []
    assert len(missing({Field.NUMBER: "a", Field.TESTED_TO: "b"})) == 1


def test_every_word_of_the_table_is_told_as_what_it_stands_for() -> None:
    assert all(fold(word) == word for word in WORDS)
    for word, (field, _) in WORDS.items():
        assert recognise([word], (), {}).mapping == {field: word}
