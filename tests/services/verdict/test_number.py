"""A number together with its claimed holder: what to look at, whose may be meant; no accusation."""

import pytest
import sqlalchemy as sa

from services import kit
from services.errors import BadQuestion
from services.terms import Verdict
from services.verdict.number import look_up
from services.verdict.views import LookedUp
from tests.services.store.build import World, at, lab, on
from tests.services.verdict.conftest import NOW, TODAY


def ask(world: World, number: str, claimed: str = "") -> LookedUp:
    return look_up(world.conn, number, claimed, on=TODAY, known_at=NOW)[0]


def codes(found: LookedUp) -> list[str]:
    return [one.code for one in found.flags]


@pytest.mark.parametrize("claimed", ["", "Harbour Battery Testing", "港湾电池检测有限公司"])
def test_the_registered_holder_needs_no_second_look(world: World, claimed: str) -> None:
    found = ask(world, "CNAS L90417", claimed)
    assert found.verdict is None
    assert "HOLDER_DIFFERS" not in codes(found)
    assert [one.number for one in found.registered] == ["L90417"]


@pytest.mark.parametrize("number", ["L9O417", "I90417", "L090417", "СNАS L90417"])
def test_a_lookalike_is_not_found_and_says_whose_it_looks_like(world: World, number: str) -> None:
    found = ask(world, number)
    assert (found.verdict, codes(found)) == (Verdict.NOT_FOUND, ["LOOKALIKE"])
    assert found.registered == ()
    (candidate,) = found.candidates
    assert (candidate.number, candidate.name) == ("L90417", "Harbour Battery Testing Co., Ltd.")
    assert "fake" not in found.flags[0].text.lower()


def test_a_number_that_looks_like_nobodys_is_plainly_not_found(world: World) -> None:
    found = ask(world, "L99999", "Harbour Battery Testing Co., Ltd.")
    assert (found.verdict, found.flags, found.candidates) == (Verdict.NOT_FOUND, (), ())


def test_anothers_number_is_a_doubt_about_identity(world: World) -> None:
    found = ask(world, "L90417", "Meadow Water Laboratory")
    assert (found.verdict, codes(found)) == (Verdict.IDENTITY_UNRESOLVED, ["HOLDER_DIFFERS"])
    assert found.flags[0].params == {
        "holder": "Harbour Battery Testing Co., Ltd.", "claimed": "Meadow Water Laboratory"
    }  # fmt: skip
    assert [one.number for one in found.registered] == ["L90417"]


def test_a_holder_is_claimed_by_id_too(world: World) -> None:
    (card,) = ask(world, "L90417").bodies
    (other,) = ask(world, "L90500").bodies
    assert codes(ask(world, "L90417", card.id)) == []
    assert codes(ask(world, "L90417", other.id)) == ["HOLDER_DIFFERS"]


def test_a_slip_in_the_name_is_told_as_one(world: World) -> None:
    found = ask(world, "L90417", "Harbour Batery Testing Co., Ltd.")
    assert (found.verdict, codes(found)) == (None, ["HOLDER_SPELT_OTHERWISE"])


def test_a_number_that_several_have_borne_names_them(world: World) -> None:
    found = ask(world, "L90600")
    assert codes(found) == ["NUMBER_REUSED"]
    assert {one.name for one in found.candidates} == {
        "Old Mill Testing Ltd", "Quarry Stone Laboratory"
    }  # fmt: skip


def test_the_claimed_holders_own_number_that_was_misread_comes_first(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        other = lab("L90110", name="Northgate Metal Works", name_zh="")
        own = lab("L9011O", name="Willow Toy Laboratory", name_zh="")
        lei = kit.Identifier(namespace="LEI", value="529900T8BM49AURSDO55")
        company = lab("L90200", name="Lighthouse Cables", name_zh="", identifiers=(lei,))
        world.look("register", at("2026-05-30"), [other, own, company])
        found = ask(world, "L90110", "Willow Toy Laboratory")
        assert codes(found) == ["HOLDER_DIFFERS"]
        assert [one.number for one in found.candidates] == ["L9011O", "L90110"]
        assert codes(ask(world, "L9011O", "Willow Toy Laboratory")) == []

        mine = ask(world, "529900T8BM49AURSDO55", "Lighthouse Cables")
        assert (mine.verdict, mine.flags) == (None, ())
        slip = ask(world, "529900T8BM49AURSDO55", "Lighthouse Cabels")
        assert (slip.verdict, codes(slip)) == (None, ["HOLDER_SPELT_OTHERWISE"])
        script = ask(world, "529900T8BM49AURSDO55", "灯塔电缆")
        assert (script.verdict, codes(script)) == (None, ["HOLDER_NOT_COMPARABLE"])
        for claimed in ("Willow Toy Laboratory", found.candidates[0].body):
            theirs = ask(world, "529900T8BM49AURSDO55", claimed)
            assert theirs.verdict is Verdict.IDENTITY_UNRESOLVED
            assert codes(theirs) == ["HOLDER_DIFFERS"]
    engine.dispose()


def test_what_was_not_known_then_is_not_told(world: World) -> None:
    before = look_up(world.conn, "L9O417", on=on("2026-03-01"), known_at=at("2026-03-01"))[0]
    assert (before.verdict, before.flags) == (Verdict.NOT_FOUND, ())


def test_a_name_of_a_page_is_refused(world: World) -> None:
    with pytest.raises(BadQuestion, match=r"body: .*301"):
        ask(world, "L90417", "x" * 301)
