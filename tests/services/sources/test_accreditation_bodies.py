"""The shipped table of accreditation bodies, read like any source."""

from datetime import timedelta
from importlib.resources import files

import pytest

from services.errors import Unreadable
from services.kit import AccreditationBody, Page, Reading
from services.sources.accreditation_bodies import COLUMNS, SOURCE
from services.terms import LeavingMeans

HEAD = ",".join(COLUMNS)


def read(text: str | bytes) -> Reading:
    body = text.encode() if isinstance(text, str) else text
    return SOURCE.parse([Page(url="package:x", body=body)], "bodies")


def shipped() -> Reading:
    return read((files("services.reference") / "accreditation_bodies.csv").read_bytes())


def facts(reading: Reading) -> dict[str, AccreditationBody]:
    return {d.key: d.accreditation_body for d in reading.drafts if d.accreditation_body}


def test_shipped_table_is_read_whole_and_without_problems() -> None:
    reading = shipped()
    assert len(facts(reading)) == len(reading.drafts) == 121
    assert reading.problems == ()
    assert reading.leftovers == ()
    assert set(SOURCE.expect.columns) <= set(reading.columns)


def test_a_row_keeps_scopes_pattern_and_how_sure_it_is() -> None:
    cnas = facts(shipped())["CNAS|CN"]
    assert cnas.local_name == "中国合格评定国家认可委员会"
    assert cnas.mra_scopes == ("T", "C", "M", "I", "P", "R", "B")
    assert cnas.mla_scopes == ("MS", "PROD", "PERS", "VV")
    assert cnas.confidence == "high"
    assert cnas.pattern_confidence.startswith("L,IB,PT,RM,MT high")
    assert cnas.number_examples[:2] == ("CNAS L0192", "L12345")
    assert cnas.domain == "cnas.org.cn"


def test_every_row_says_how_sure_it_is() -> None:
    assert {fact.confidence for fact in facts(shipped()).values()} == {"high", "medium", "low"}


def test_source_speaks_for_nobody_and_is_not_about_testing_bodies() -> None:
    assert SOURCE.authoritative_for == frozenset()
    assert not SOURCE.about_testing_bodies
    assert SOURCE.every == timedelta(days=30)
    assert SOURCE.leaving_means is LeavingMeans.NOTHING
    assert SOURCE.lists[0].request.url == "package:services.reference/accreditation_bodies.csv"


def test_a_broken_pattern_is_a_problem_and_is_not_kept() -> None:
    reading = read(f"{HEAD}\nAAA,A Body,,XA,,T,,,^(A,,high,,high,\n".replace("XA", "NZ"))
    assert facts(reading)["AAA|NZ"].number_pattern == ""
    assert len(reading.problems) == 1
    assert reading.problems[0].startswith("row 2: the number pattern of AAA is broken")


def test_an_example_that_its_pattern_does_not_match_is_a_leftover() -> None:
    reading = read(f"{HEAD}\nAAA,A Body,,NZ,,T,,,^A\\d+$,A12 (a remark);B9,high,,low,\n")
    assert [(one.what, one.example, one.count) for one in reading.leftovers] == [
        ("example that its pattern does not match", "AAA: B9", 1)
    ]


def test_one_acronym_in_two_countries_is_two_records_and_twice_in_one_a_problem() -> None:
    row = "GAC,A Body,,{},,T,,,,,,,low,"
    reading = read("\n".join([HEAD, *(row.format(country) for country in ("GE", "SA", "SA"))]))
    assert list(facts(reading)) == ["GAC|GE", "GAC|SA"]
    assert reading.problems == ("row 4: GAC|SA stands at row 3 already",)


def test_unknown_confidence_and_missing_acronym_are_problems() -> None:
    reading = read(f"{HEAD}\nAAA,A Body,,NZ,,,,,,,,,sure,\n,No Acronym,,NZ,,,,,,,,,low,\n")
    assert reading.problems == (
        "row 2: confidence 'sure' is not high, medium or low",
        "row 3: acronym and name must both be there",
    )


def test_a_line_break_inside_a_cell_stays_in_it() -> None:
    reading = read(f'{HEAD}\nAAA,A Body,,NZ,,,,,,,,,low,"one\ntwo"\n')
    assert facts(reading)["AAA|NZ"].note == "one\ntwo"


def test_a_missing_column_or_another_encoding_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="lacks confidence"):
        read(HEAD.replace(",confidence", ",sureness") + "\n")
    with pytest.raises(Unreadable, match="not UTF-8"):
        read("中国".encode("gb18030"))
