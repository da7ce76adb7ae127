"""How alike two namings are: every decision with the part that made it."""

import csv
from collections import Counter

import pytest

from services.sync.likeness import Likeness, Side, compare
from services.sync.match import Index
from tests.bench.matching import PAIRS, figures, measure, pairs, wilson


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
        ("Heron Labs (P) Ltd", "HERON LABORATORIES PVT.LTD.", "same", ""),
        ("Heron Path Labs Ltd", "HERON PATHLABS LIMITED", "same", ""),
        ("Heron Ltd-Laboratory Services", "Heron Ltd", "same", "unit"),
        ("Heron Labs L.L.C.", "Heron Laboratory LLC", "same", ""),
        ("Heron Limited Liability Partnership", "Heron LLP", "same", ""),
        ("Heron Diagonistic Centre Ltd", "Heron Diagnostics Center Ltd", "same", ""),
        ("Shree Heron Second Hospital Ltd", "Sri Heron 2nd Hospital Ltd", "same", ""),
        ("Laboratory, Heron Ltd", "HERON LTD - LABORATORY", "same", ""),
        ("Tern Hospital (An Initiative of Heron Ltd)", "Heron Ltd", "same", "unit"),
        ("Heron Labs Ltd (formerly Tern Labs Ltd)", "Tern Labs Ltd", "ask", "renamed"),
        ("Heron Labs Ltd (formerly Tern Labs Ltd)", "Heron Labs Ltd", "same", ""),
        ("Tern Ltd, wholly owned by Heron Ltd", "Heron Ltd", "different", ""),
        ("HAL Ltd", "Heron Analytical Laboratories Ltd", "different", ""),
        ("深圳市苍鹭检测技术有限公司", "Canglu Testing (Shenzhen) Co., Ltd.", "same", ""),
        ("深圳市蒼鷺檢測技術有限公司", "Shenzhen Canglu Testing Technology Co., Ltd.", "same", ""),
        ("深圳市苍鹭质量检测有限公司", "Shenzhen Canglu Testing Co., Ltd.", "ask", ""),
        ("深圳市苍鹭检测有限公司", "Guangzhou Canglu Testing Co., Ltd.", "different", ""),
        ("深圳市苍鹭检测有限公司", "Shenzhen Canglu Certification Co., Ltd.", "different", ""),
        ("北京检测有限公司", "Beijing Testing Co., Ltd.", "different", ""),
        ("苍鹭检测有限公司广州分公司", "Canglu Testing Co., Ltd. Guangzhou Branch", "same", ""),
        ("苍鹭检测公司广州分公司", "Canglu Testing Co. Nanjing Branch", "different", "branch"),
        ("苍鹭检测有限公司广州分公司", "Canglu Testing Co., Ltd.", "different", "branch"),
    ],
)  # fmt: skip
def test_names_decide_alone(one: str, other: str, decision: str, relation: str) -> None:
    for found in (like(one, other), like(other, one)):
        assert (found.decision, found.relation) == (decision, relation)


def test_without_a_legal_form_the_place_decides() -> None:
    assert like("Heron Clinic", "Heron Clinic", "Pune", "Pune").decision == "same"
    assert like("Heron Clinic", "Heron Clinic", "Delhi", "New Delhi").decision == "same"
    assert like("Heron Clinic", "Heron Clinic", "Pune", "Agra").decision == "ask"


def test_a_city_ends_an_institution_s_name_and_not_a_company_s() -> None:
    assert like("Heron Hospital, Pune", "Heron Hospital", "Pune", "Pune").decision == "same"
    assert like("Heron Hospital, Pune", "Heron Hospital", "Agra", "Agra").decision != "same"
    assert like("Heron Pune Ltd", "Heron Ltd", "Pune", "Pune").decision == "different"
    assert like("Pune Hospital", "Hospital", "Pune", "Pune").decision != "same"  # all of the trade


def test_a_slip_in_a_long_word_is_one_in_every_city() -> None:
    slip = ("Heron Health and Lifestyle Ltd", "Heron Health and Lifesytle Ltd", "Pune", "Agra")
    assert like(*slip).decision == "same"
    assert like("Lifestyle Ltd", "Lifesytle Ltd", "Pune", "Agra").decision == "ask"  # all it has
    assert like("Heron Kitely Ltd", "Heron Kitelo Ltd", "Pune", "Agra").decision == "ask"


def test_a_name_within_the_other_in_another_city_is_a_question_where_it_tells_apart() -> None:
    unit = "Ternlabs (A Unit of Heron Ltd)"
    assert like("Tern Labs", unit, "Pune", "Agra").decision == "ask"
    assert (
        like("Central Labs", f"Central Laboratory, {unit}", "Pune", "Agra").decision == "different"
    )


def test_initials_at_one_place_are_a_question() -> None:
    told = like("HAL Ltd", "Heron Analytical Laboratories Ltd", "Leeds", "Leeds")
    assert (told.decision, told.person) == ("ask", "initials")


def test_a_chinese_name_and_its_english_one_in_two_cities_are_a_question() -> None:
    told = like("苍鹭检测有限公司", "Canglu Testing Co., Ltd.", "深圳", "Wuhan")
    assert (told.decision, told.person) == ("ask", "translated")


def test_identifiers_that_differ_are_told_and_never_the_same() -> None:
    one = Side(("Heron Ltd",), identifiers={"UK-AB": frozenset({"0833"})})
    other = Side(("Heron Ltd",), identifiers={"UK-AB": frozenset({"1224"})})
    found = compare(one, other)
    assert (found.decision, found.identifier) == ("ask", "differ")
    assert found.against == ("An identifier of one namespace says two things.",)
    assert found.told()["person"] == "equal"


def test_a_body_may_have_many_laboratories_with_a_number_each() -> None:
    one = Side(("Heron College",), "IN", frozenset({"Pune"}), {"NABL-LAB": frozenset({"M-1"})})
    other = Side(("Heron College",), "IN", frozenset({"Pune"}), {"NABL-LAB": frozenset({"M-2"})})
    assert (compare(one, other).decision, compare(one, other).identifier) == ("same", "unsaid")


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
        joined = pair.outcome(Index()) in {"automatic", "proposed"}
        assert pair.same or not joined, number
        if number in _BY_NAME:
            assert joined == pair.same, number
    assert told[4].likeness.relation == "branch"


def test_nothing_is_joined_unasked_that_a_person_kept_apart() -> None:
    wrong = [pair for pair in pairs() if not pair.same and pair.outcome(Index()) == "automatic"]
    assert wrong == []


def test_figures_count_what_was_said() -> None:
    found = figures([pair for pair in pairs() if pair.relation == "branch"], Index())
    assert (found["labelled_same"], found["automatic"], found["same"]) == (0, 0, 0)
    assert found["same_precision"] is None  # nothing was said, so nothing was right
    found = figures([pair for pair in pairs() if pair.tuned], Index())
    assert found["automatic_wrong"] == found["same_wrong"] == 0
    counts = [found[step] for step in ("automatic", "same", "found")]
    assert counts == [25, 61, 66]  # each step counts those before it
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_tuning_leaves_the_held_out_pairs_unseen(capsys: pytest.CaptureFixture[str]) -> None:
    measure(Index(), [pair for pair in pairs() if pair.relation == "branch"], held_out=False)
    told = capsys.readouterr().out
    assert "tuned half" in told
    assert "held-out" not in told
