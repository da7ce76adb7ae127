"""``labdir validity-cases``: what it prints, and the code that it ends with."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from deploy.cli import main

OURS = Path(__file__).parents[1] / "services" / "validity" / "cases.json"


def run(file: Path) -> Result:
    return CliRunner().invoke(main, ["validity-cases", str(file)])


def test_cases_that_agree_end_with_0() -> None:
    result = run(OURS)
    count = len(json.loads(OURS.read_text(encoding="utf-8")))
    assert result.exit_code == 0
    assert result.output == f"{count} cases, 0 disagreements\n"


def test_a_disagreement_is_named_and_ends_with_1(tmp_path: Path) -> None:
    first, second, *_ = json.loads(OURS.read_text(encoding="utf-8"))
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{**first, "expected": "EXPIRED"}, second]), encoding="utf-8")
    result = run(file)
    assert result.exit_code == 1
    assert f"{first['id']} {first['name']}: expected verdict EXPIRED" in result.output
    assert f"got verdict {first['expected']}" in result.output
    assert "2 cases, 1 disagreements" in result.output


def test_a_file_that_holds_no_cases_ends_with_2_and_says_what_is_wrong(tmp_path: Path) -> None:
    first = json.loads(OURS.read_text(encoding="utf-8"))[0]
    wrong = {
        "no json": ("{", "no JSON"),
        "no list": ('{"cases": 1}', "no list of cases"),
        "no question": (json.dumps([{"id": 9, "record": None}]), "case 9"),
        "no day": (
            json.dumps([{**first, "question": {**first["question"], "on": "2024-13-01"}}]),
            f"case {first['id']}",
        ),
        "no such word": (
            json.dumps([{**first, "record": {"events": [{"type": "paused"}]}}]), "paused",
        ),
    }  # fmt: skip
    for name, (text, said) in wrong.items():
        file = tmp_path / "cases.json"
        file.write_text(text, encoding="utf-8")
        result = run(file)
        assert result.exit_code == 2, name
        assert said in result.output, (name, result.output)
        assert "Traceback" not in result.output


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    result = run(tmp_path / "none.json")
    assert result.exit_code == 2
    assert "does not exist" in result.output
