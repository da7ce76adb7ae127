"""docs/asvs.md: no requirement left out, no row empty, and every proof it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "asvs.md"
# levels 1 and 2 of ASVS 5.0.0: how many of each section, which stand first in it; those of level 3
# that stand between them are left out by number
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11,
    "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def rows() -> list[tuple[str, str, str]]:
    found = re.findall(r"^\| (\d[\d.]+) \| (.+?) \| (.*?) \|$", TABLE.read_text("utf-8"), re.M)
    return [(one, asks.strip(), proof.strip()) for one, asks, proof in found]


def test_every_requirement_of_levels_1_and_2_has_its_row_in_order() -> None:
    wanted = [f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]
    assert len(wanted) == 253
    assert [number for number, _, _ in rows()] == wanted


@pytest.mark.parametrize(("number", "asks", "proof"), rows(), ids=[one for one, _, _ in rows()])
def test_a_row_names_proofs_that_are_there_or_why_it_does_not_apply(
    number: str, asks: str, proof: str
) -> None:
    assert len(asks) > 3
    if proof.startswith("n/a: "):
        assert len(proof) > 12, "not applicable, and no reason"
        return
    named = [one for one in re.findall(r"`([^`]+)`", proof) if _of_a_file(one)]
    assert named, f"{number} names no test, line or section"
    for one in named:
        _found(one)


def _of_a_file(words: str) -> bool:
    name = re.split("::|#", words)[0]
    return name == "Makefile" or bool(re.fullmatch(r"[\w.][\w./-]*[./][\w-]+|\.\w+", name))


def _found(proof: str) -> None:
    name, _, line = proof.partition("::")
    name, _, heading = name.partition("#")
    path = ROOT / name
    assert path.is_file(), f"{name} is no file"
    text = path.read_text("utf-8") if line or heading else ""
    if heading:
        assert re.search(rf"^#+ {re.escape(heading)}$", text, re.M), f"{name} has no {heading}"
    if line.startswith("test_"):
        assert f"def {line}(" in text, f"{name} has no test {line}"
    elif line:
        assert line in text, f"{name} has no line with {line}"
