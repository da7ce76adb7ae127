"""What fuzzing found stays mended: every input that once broke a rule is read again, by its target.

The inputs lie in ``tests/fuzz/found/<target>``; fuzzing begins from them too.
"""

import pkgutil
from pathlib import Path

import pytest

import services.parsers
from tests.fuzz.__main__ import outcome
from tests.fuzz.targets import HERE, all_targets, kept_seeds

FOUND = sorted(path for path in (HERE / "found").glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_broke_a_rule_before_breaks_none(path: Path) -> None:
    all_targets()[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize("name", sorted(all_targets()))
def test_a_target_takes_its_seeds_and_what_is_empty(name: str) -> None:
    target = all_targets()[name]
    assert target.seeds or kept_seeds(name), f"put made inputs into {HERE / 'seeds' / name}"
    for seed in (b"", b"\n", b"\xff\xfe\x00", *target.seeds):
        target.run(seed)


def test_every_finding_belongs_to_a_target() -> None:
    assert {path.parent.name for path in FOUND} <= set(all_targets())


# read through another's target: whose words they are nobody else hears
WITH = {
    "bilingual_register": "bilingual",
    "brand_cells": "made_brand",
    "brand_kinds": "made_brand",
    "brand_rules": "made_brand",
    "brand_tables": "made_brand",
    "issuer_hosts": "brand_files",
    "leftovers": "json_rows",
    "notice_drafts": "made_notices",
    "pdf_drawn": "pdf",
    "pdf_tables": "pdf",
    "pdf_words": "pdf",
    "route_days": "market_routes",
    "status_list_feeds": "status_list",
    "table_cells": "declared_table",
    "table_declaration": "settings",
    "table_faults": "settings",
    "table_guess": "table_draft",
    "table_words": "table_draft",
}


def test_no_parser_is_without_a_target() -> None:
    names = set(all_targets())
    fuzzed = {name.removeprefix("parser.") for name in names} | {
        name.partition(".")[0] for name in names
    }
    modules = {module.name for module in pkgutil.iter_modules(services.parsers.__path__)}
    assert {WITH.get(module, module) for module in modules} <= fuzzed
    assert set(WITH) <= modules


def test_a_slow_input_within_the_bound_is_no_finding_and_a_kept_one_is() -> None:
    """libFuzzer keeps both with the same words; a busy machine makes any input slow."""
    log = "#2\tDONE   cov: 7 ft: 9 rss: 178Mb\nTest unit written to /f/{}-0a1b\n"
    slow = outcome("t", log.format("slow-unit"), 0, False, 14.0)
    assert (slow.said, slow.input, slow.edges) == ("", "", 7)
    over = outcome(
        "t", "==1== ERROR: libFuzzer: timeout\n" + log.format("timeout"), 70, False, 16.0
    )
    assert over.said == "one input took longer than 15 seconds"
    assert over.input == "/f/timeout-0a1b"
