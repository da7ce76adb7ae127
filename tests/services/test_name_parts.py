"""Names taken apart: who the legal person is, and what stands beside it."""

import pytest

from services.identifiers import check_digit
from services.name_parts import parts


@pytest.mark.parametrize(
    ("name", "person", "relation"),
    [
        ("Heron Galson, a division of Heron North, Inc.", "heron north", "unit"),
        ("HERON LABS (A UNIT OF TERN CARE (INDIA) PVT. LTD.)", "tern care india", "unit"),
        ("Safety Laboratory, Heron Taiwan Ltd.", "heron taiwan", ""),
        ("Heron Shenzhen Ltd (Guangzhou Branch)", "heron shenzhen", "branch"),
        ("深圳市苍鹭检测有限公司广州分公司", "深圳市苍鹭检测", "branch"),
        ("Heron Genetics Ltd (a subsidiary of Tern Ltd)", "heron genetic", "subsidiary"),
        ("Heron Testing Limited, trading as Kestrel", "heron testing", "name plate"),
        ("Heron (Heron Diagnostics Limited)", "heron diagnostic", ""),
        ("Department of Neurochemistry, Heron Institute", "heron institute", ""),
        ("Heron Int'l, S.r.l.", "heron international", ""),
        ("Heron （Shenzhen） Co., Ltd.", "heron shenzhen", ""),
    ],
)
def test_the_legal_person_is_found_within_a_name(name: str, person: str, relation: str) -> None:
    found = parts(name)
    assert (" ".join(found.person), found.relation) == (person, relation)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TÜV Heron GmbH", "TUV Heron GmbH"),
        ("СЕЅІ Heron Ltd", "CESI Heron Ltd"),  # the first word in Cyrillic letters
        ("Heron Unit III Ltd", "Heron Unit 3 Ltd"),
        ("Heron Laboratories Ltd", "Heron Labs Ltd"),
        ("鷺檢測有限公司", "鹭检测有限公司"),
    ],
)
def test_ways_of_writing_one_person(one: str, other: str) -> None:
    assert parts(one).person == parts(other).person


def test_a_legal_form_of_one_country_counts_there_alone() -> None:
    assert parts("Heron Labor OÜ", "EE").person == ("heron", "labor")
    assert parts("Heron Labor OÜ").person == ("heron", "labor", "ou")


def test_a_check_digit_holds_fails_or_is_none() -> None:
    assert check_digit("USCC", "91110000600037341L") is True
    assert check_digit("USCC", "91110000600037341I") is False
    assert check_digit("LEI", "213800KUD8LAJWSQ9D51") is False
    assert check_digit("EU-NB", "0123") is None
