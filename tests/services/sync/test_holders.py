"""Numbers that stand with another body's name are not published unasked."""

from typing import Any

from services.terms import RunState
from tests.services.sync.conftest import Traveller

NAMES = [
    "Heron Testing", "Tern Laboratories", "Wagtail Metrology", "Osprey Materials",
    "Plover Chemicals", "Dunlin Electronics", "Avocet Textiles", "Curlew Foods",
    "Gannet Marine", "Siskin Toys",
]  # fmt: skip


def rows(names: list[str], **more: Any) -> list[dict[str, Any]]:
    return [
        {"key": f"T-{n}", "name": name, "number": f"T-{n}", **more} for n, name in enumerate(names)
    ]


def test_a_column_that_slipped_by_one_row_is_refused(traveller: Traveller) -> None:
    traveller.play(*rows(NAMES))
    before = traveller.counts()
    state, run_id = traveller.play(*rows([*NAMES[1:], NAMES[0]]))
    assert state is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert reason.startswith("10 accreditation numbers stand with the name of another body")
    assert reason.endswith("TAB T-0: “Tern Laboratories”, before “Heron Testing”.")
    assert traveller.counts()["name"] == before["name"]


def test_two_numbers_exchanged_are_enough(traveller: Traveller) -> None:
    traveller.play(*rows(NAMES))
    state, run_id = traveller.play(*rows([NAMES[1], NAMES[0], *NAMES[2:]]))
    assert state is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert reason.startswith("2 accreditation numbers stand with the name of another body")


def test_most_numbers_under_names_never_seen_are_refused(traveller: Traveller) -> None:
    traveller.play(*rows(NAMES))
    strangers = ["Aardvark", "Badger", "Civet", "Dingo", "Ermine", *NAMES[5:]]
    state, run_id = traveller.play(*rows(strangers))
    assert state is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert reason.startswith("5 accreditation numbers stand with quite another name")


def test_renames_corrections_and_longer_names_are_published(traveller: Traveller) -> None:
    traveller.play(*rows(NAMES))
    renamed = [
        "Aardvark Analytics",  # one new name is a rename
        "Tern Labratories",  # a slip of the pen
        "Wagtail Metrology (Asia) Pte. Ltd.",
        *NAMES[3:],
    ]
    assert traveller.play(*rows(renamed))[0] is RunState.PUBLISHED


def test_an_identifier_in_common_makes_it_the_same_holder(traveller: Traveller) -> None:
    known = [
        row | {"identifiers": {"USCC": f"9111000000000000{n:02}"}}
        for n, row in enumerate(rows(NAMES))
    ]
    traveller.play(*known)
    renamed = [row | {"name": f"Group company {n}"} for n, row in enumerate(known)]
    assert traveller.play(*renamed)[0] is RunState.PUBLISHED
