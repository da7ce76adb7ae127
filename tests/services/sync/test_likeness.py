"""How alike two namings are: every decision with the part that made it."""

import csv
from collections import Counter

import pytest

from services.sync.likeness import Likeness, Side, compare
from tests.bench.matching import PAIRS, figures, pairs, wilson


def like(one: str, other: str, place: str = "", other_place: str = "") -> Likeness:
    return compare(
        Side((one,), places=frozenset({place} - {""})),
        Side((other,), places=frozenset({other_place} - {""})),
    )


@pytest.mark.parametrize(
    ("one", "other", "decision", "relation"),
    [
        ("TÜV Heron (Shenzhen) Co., Ltd.", "TUEV Heron Shenzhen Co Ltd", "same", ""),
        ("Heron Audit Singapore Pte Ltd", "Heron Audit Singaproe Pte Ltd", "same", ""),
        ("Heron Testing Ltd", "Heron Testing Ltd (Safety Laboratory)", "same", "unit"),
        ("Heron Testing Ltd", "Heron Testing Ltd Guangzhou Branch", "different", "branch"),
        ("Heron Ltd Shenzhen Branch", "Heron Ltd Guangzhou Branch", "different", "branch"),
        ("苍鹭检测有限公司", "苍鹭检测有限公司广州分公司", "different", "branch"),
        ("Heron Testing Ltd", "Heron Testing (Baroda) Private Limited", "different", "subsidiary"),
        ("Heron Testing Hong Kong Ltd", "Heron Testing Shanghai Ltd", "different", "group"),
        ("SN Medical College", "SV Medical College", "different", ""),
        ("Standards & Testing Ltd", "Standards & Testing Ltd", "ask", ""),  # words of the trade
        ("Heron Testing Private Limited", "Heron Testing Limited", "ask", ""),
    ],
)  # fmt: skip
def test_names_decide_alone(one: str, other: str, decision: str, relation: str) -> None:
    for found in (like(one, other), like(other, one)):
        assert (found.decision, found.relation) == (decision, relation)


def test_without_a_legal_form_the_place_decides() -> None:
    assert like("Heron Clinic", "Heron Clinic", "Pune", "Pune").decision == "same"
    assert like("Heron Clinic", "Heron Clinic", "Delhi", "New Delhi").decision == "same"
    assert like("Heron Clinic", "Heron Clinic", "Pune", "Agra").decision == "ask"


def test_identifiers_that_differ_are_told_and_never_the_same() -> None:
    one = Side(("Heron Ltd",), identifiers={"UK-AB": frozenset({"0833"})})
    other = Side(("Heron Ltd",), identifiers={"UK-AB": frozenset({"1224"})})
    found = compare(one, other)
    assert (found.decision, found.identifier) == ("ask", "differ")
    assert found.against == ("An identifier of one namespace says two things.",)
    assert found.told()["person"] == "equal"


def test_an_identifier_in_common_outweighs_names_that_share_no_letter() -> None:
    one = Side(("苍鹭测试集团股份有限公司",), identifiers={"LEI": frozenset({"1"})})
    other = Side(("HERON Group Co., Ltd.",), identifiers={"LEI": frozenset({"1"})})
    assert compare(one, other).decision == "same"


# --- the labelled pairs ---------------------------------------------------------------------------


def test_the_labels_are_well_formed() -> None:
    with PAIRS.open(encoding="utf-8", newline="") as told:
        rows = list(csv.DictReader(told))
    assert len(rows) >= 200
    assert {row["label"] for row in rows} == {"same", "not"}
    assert min(Counter(row["label"] for row in rows).values()) > 100
    assert all(row["left_name"] and row["right_name"] and row["why"] for row in rows)
    relations = {
        "same": "unit, site, spelling, legal form, listed twice, translation, name plate, renamed",
        "not": "other, group, namesake, institution, subsidiary, branch, joint venture",
    }
    for row in rows:
        assert row["relation"] in relations[row["label"]].split(", ")
    sides = [[tuple(row[f"{s}_{c}"] for c in _SIDE) for s in ("left", "right")] for row in rows]
    assert len({frozenset(one) for one in sides}) == len(rows)
    assert not [one for one in sides if one[0] == one[1]]


_SIDE = ("source", "name", "country", "place", "number")

# rows of the published examples whose names alone say as much as the row does
_BY_NAME = {4: "branch", 7: "", 8: "", 10: "", 14: "", 25: "", 26: ""}


def test_the_tricky_examples_come_out_as_their_rows_say() -> None:
    told = {}
    with PAIRS.open(encoding="utf-8", newline="") as rows:
        for row, pair in zip(csv.DictReader(rows), pairs(), strict=True):
            if row["left_source"] == "matching_examples":
                told[int(row["left_number"].removeprefix("example "))] = pair
    assert len(told) >= 14
    for number, pair in told.items():
        joined = pair.automatic or pair.likeness.decision == "same"
        assert pair.same or not joined, number
        if number in _BY_NAME:
            assert joined == pair.same, number
    assert told[4].likeness.relation == "branch"


def test_nothing_is_joined_unasked_that_a_person_kept_apart() -> None:
    assert [pair for pair in pairs() if pair.automatic and not pair.same] == []


def test_figures_count_what_was_said() -> None:
    found = figures([pair for pair in pairs() if pair.relation == "branch"])
    assert (found["labelled_same"], found["proposed_same"], found["automatic"]) == (0, 0, 0)
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
