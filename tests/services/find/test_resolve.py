"""A number in any spelling: registered, a hint, or not found; never an accusation."""

import pytest
import sqlalchemy as sa

from services import kit
from services.errors import BadQuestion
from services.find.resolve import resolve
from services.find.views import Resolved
from services.terms import Verdict
from tests.services.store.build import World, at, on

TODAY = on("2026-06-01")


def ask(world: World, number: str) -> Resolved:
    return resolve(world.conn, number, on=TODAY, known_at=at("2026-06-01", 9))[0]


@pytest.mark.parametrize(
    "number", ["L90417", "l90417", "CNAS L90417", "CNAS-L90417", "Ｌ９０４１７", "cnas  l 90417"]
)
def test_any_spelling_finds_the_accreditation(world: World, number: str) -> None:
    found = ask(world, number)
    (one,) = found.registered
    assert (one.issuer, one.number, one.status.verdict) == ("CNAS", "L90417", Verdict.VALID)
    assert [card.names[0].text for card in found.bodies] == ["Harbour Battery Testing Co., Ltd."]
    assert found.verdict is None


def test_another_issuers_number_is_not_it(world: World) -> None:
    found = ask(world, "SAC L90417")
    assert found.registered == ()
    assert found.verdict is Verdict.NOT_FOUND


def test_an_identifier_finds_its_body(world: World) -> None:
    found = ask(world, "529900t8bm49aursdo55")
    assert found.registered == ()
    assert [card.country for card in found.bodies] == ["DE"]
    assert found.verdict is None


@pytest.mark.parametrize("number", ["", "  ", "--", "9" * 101])
def test_no_number_is_a_bad_question(world: World, number: str) -> None:
    with pytest.raises(BadQuestion, match="number"):
        ask(world, number)


def test_patterns_are_hints_and_broken_ones_hint_at_nothing(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("bodies", about_testing_bodies=False)
        patterns = {"CNAS": r"(CNAS )?L\d{4,6}", "XX": r"L\d+", "YY": "(", "ZZ": ""}
        drafts = [
            kit.Draft(
                key=acronym,
                accreditation_body=kit.AccreditationBody(
                    acronym=acronym, name=acronym, number_pattern=pattern
                ),
            )
            for acronym, pattern in patterns.items()
        ]
        world.look("bodies", at("2026-05-04"), drafts)
        found = ask(world, "CNAS L90418")
        assert found.fits == ("CNAS",)
        assert found.verdict is Verdict.NOT_FOUND
        assert ask(world, "L90418").fits == ("CNAS", "XX")
    engine.dispose()
