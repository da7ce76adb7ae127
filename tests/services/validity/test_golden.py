"""The golden cases: ours, and a file of the same format that someone else wrote."""

import json
import os
import re
from pathlib import Path

import pytest

from services import validity
from services.terms import Verdict
from services.validity import REASONS
from services.validity.golden import judge_case, judge_file

OURS = Path(__file__).with_name("cases.json")
CASES = json.loads(OURS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['id']}-{c['name']}".replace(" ", "_"))
def test_our_golden_case(case: dict[str, object]) -> None:
    assert judge_case(case) is None


def test_our_cases_have_every_verdict_and_speak_of_every_rule_that_the_decision_has() -> None:
    """Rules 9 and 11 are the asker's: each day is a question of its own, and the arrangement an
    axis of its own."""
    assert {case["expected"] for case in CASES} == {verdict.value for verdict in Verdict}
    told = " ".join(case["why"] for case in CASES)
    rules = {int(number) for number in re.findall(r"rules? (\d+)", told)}
    rules |= {int(number) for number in re.findall(r"\band (\d+)\b", told)}
    assert rules >= set(range(1, 17)) - {9, 11}


def test_cases_named_by_the_environment_agree() -> None:
    path = os.environ.get("LABDIR_VALIDITY_CASES")
    if not path:
        pytest.skip("LABDIR_VALIDITY_CASES is not set")
    assert judge_file(path) == []


def test_a_disagreement_names_case_answers_and_reasons(tmp_path: Path) -> None:
    case = {**CASES[0], "expected": "VALID"}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([case, CASES[1]]), encoding="utf-8")
    (found,) = judge_file(file)
    assert found.case == "1 day before grant"
    assert "NOT_YET_GRANTED" in found.got
    assert "VALID" in found.expected
    assert found.reasons[0] == "It was granted on 2021-03-01, after the day asked about."


def test_every_reason_that_the_code_gives_is_in_the_table_and_none_is_idle() -> None:
    folder = Path(validity.__file__).parent
    sources = "".join(
        file.read_text(encoding="utf-8")
        for file in folder.glob("*.py")
        if file.name != "reasons.py"
    )
    idle = {code for code in REASONS if f'"{code}"' not in sources}
    given = set(re.findall(r'because\(\s*"([A-Z_]+)"', sources))
    assert idle == set()
    assert given <= set(REASONS)
    assert {rule for rule, _ in REASONS.values()} <= set(range(17))
