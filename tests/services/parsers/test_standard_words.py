"""Standards as typed into a cell."""

from datetime import date

import pytest

from services.parsers import standard_words
from services.parsers.standard_words import alternatives, covers, only_standards, split_goods


def methods(words: str) -> list[list[str]]:
    return [[standard.written for standard in one.standards] for one in alternatives(words)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("IEC 60065: 2001 or \nIEC 62368-1: 2014", [["IEC 60065: 2001"], ["IEC 62368-1: 2014"]]),
        ("SS 1: 2000 and SS 2: 2001", [["SS 1: 2000"], ["SS 2: 2001"]]),
        ("SS 1: 2000\nSS 2: 2001", [["SS 1: 2000"], ["SS 2: 2001"]]),
        ("SS 1: 2000 (hose), SS2: 2001", [["SS 1: 2000"], ["SS2: 2001"]]),
        ("EN 30-1-1: 2008 + A3: 2013", [["EN 30-1-1: 2008 + A3: 2013"]]),
        ("BS 4177: 1992 + A1:1993 + A2:1997", [["BS 4177: 1992 + A1:1993 + A2:1997"]]),
        ("SS 241: 1996 + SS 145-2: 2018", [["SS 241: 1996", "SS 145-2: 2018"]]),
        ("SS 241: 1996 +\nSS 145-2: 2018", [["SS 241: 1996", "SS 145-2: 2018"]]),
        ("AS/NZS 3112: 2017 or\nGB 4943.1-2022", [["AS/NZS 3112: 2017"], ["GB 4943.1-2022"]]),
        ("SS 1: 2000 (with SS 9: 1999, cl. 3)", [["SS 1: 2000"]]),
        ("", []),
    ],
)
def test_alternatives_and_combinations(words: str, expected: list[list[str]]) -> None:
    assert methods(words) == expected


@pytest.mark.parametrize(
    "words",
    [
        "SS 472: 1999 - valid till 12 July 2022 or\nSS 472: 2021",
        "SS 472: 1999 (valid until 12/07/2022), SS 472: 2021",
        "SS 472: 1999 – Valid to 12 Jul 2022\nSS 472: 2021",
    ],
)
def test_valid_till_ends_its_own_alternative_the_day_after(words: str) -> None:
    first, second = alternatives(words)
    assert (first.standards[0].written, first.valid_to) == ("SS 472: 1999", date(2022, 7, 13))
    assert (second.standards[0].written, second.valid_to) == ("SS 472: 2021", None)


def test_valid_from_begins_an_alternative() -> None:
    (one,) = alternatives("SS 472: 2021 - valid from 1 Jan 2023")
    assert (one.standards[0].written, one.valid_from) == ("SS 472: 2021", date(2023, 1, 1))


def test_a_day_that_does_not_exist_is_a_problem() -> None:
    (one,) = alternatives("SS 1: 1999 - valid till 30 Feb 2022")
    assert one.valid_to is None
    assert "30 Feb 2022" in one.problem


def test_notes_in_brackets_belong_to_their_standard() -> None:
    (one,) = alternatives("SS 241: 1996 + SS 145-2: 2018 (sequence 1, 2, 3 only)")
    assert [standard.note for standard in one.standards] == ["", "sequence 1, 2, 3 only"]


def test_goods_end_where_the_standards_begin() -> None:
    assert split_goods("Kettle \nIEC 60335-2-15: 2002") == ("Kettle", "IEC 60335-2-15: 2002")
    assert split_goods("Kettle IEC 60335-2-15: 2002") == ("Kettle", "IEC 60335-2-15: 2002")
    assert split_goods("Plug (as\nIEC 1: 2000)\nSS 1: 2001")[1].endswith("SS 1: 2001")
    assert split_goods("3-pin plugs (round type\n15-amp)") == (
        "3-pin plugs (round type 15-amp)",
        "",
    )


def test_a_short_designation_covers_its_parts_only() -> None:
    assert covers(("IEC", "60950"), ("IEC", "60950-1"))
    assert covers(("AS", "5263"), ("AS", "5263.1.1"))
    assert covers(("EN", "30-1-1"), ("EN", "30-1-1"))
    assert not covers(("EN", "30-1-1"), ("EN", "30-1-11"))
    assert not covers(("SS", "60950"), ("IEC", "60950-1"))


def test_standards_and_other_words_are_told_apart() -> None:
    assert only_standards("EN 30-1-1, \nAS 4551")
    assert only_standards("IEC 60335 + SS 360 only")
    assert not only_standards("Exclude type A")
    assert not only_standards("except IEC 60065")
    assert standard_words.roots("IEC 60335 + SS 360") == [("IEC", "60335"), ("SS", "360")]
