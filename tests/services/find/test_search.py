"""Search: words in two languages, standards in any spelling, numbers, facets, stable pages."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.errors import BadQuestion
from services.find import facets
from services.find.search import Query, search
from services.find.views import Found, Meta
from tests.services.store.build import World, at, lab, line, on

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


def ask(world: World, **asked: Any) -> tuple[Found, Meta]:
    return search(world.conn, Query(**asked), now=NOW, today=TODAY)


def found(world: World, **asked: Any) -> list[str]:
    return [card.names[0].text for card in ask(world, **asked)[0].cards]


HARBOUR = "Harbour Battery Testing Co., Ltd."
NORTHERN = "Northern Lamp Works GmbH"
INSPECTOR = "Old Quay Inspection Pte Ltd"


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("电池", [HARBOUR]),
        ("電池", [HARBOUR]),
        ("电", [HARBOUR]),
        ("battery", [HARBOUR]),
        ("Batteries", [HARBOUR]),
        ("GB4943.1", [HARBOUR]),
        ("gb 4943.1-2022", [HARBOUR]),
        ("IEC 60598", [HARBOUR, NORTHERN]),
        ("luminaire germany", [NORTHERN]),
        ("德国", [NORTHERN]),
        ("L90417", [HARBOUR]),
        ("l 90417", [HARBOUR]),
        ("CNAS-L90417", [HARBOUR]),
        ("D-PL-90001", [NORTHERN]),
        ("91350211M000100Y46", [HARBOUR]),
        ("inspection singapore", [INSPECTOR]),
        ("检验机构", [INSPECTOR]),
        ("dubai", [HARBOUR]),
    ],
)
def test_words_numbers_and_standards_find(world: World, q: str, names: list[str]) -> None:
    assert found(world, q=q) == names


@pytest.mark.parametrize(
    ("standard", "names"),
    [
        ("GB4943.1", [HARBOUR]),
        ("GB/T 4943.1", [HARBOUR]),
        ("GB 4943.1-2022", [HARBOUR]),
        ("GB 4943.1-2011", []),
        ("GB/T18287", [HARBOUR]),
        ("EN IEC 60598-1", [NORTHERN, HARBOUR]),  # what is asked for, then what it adopts
        ("IEC60598-1:2020", [HARBOUR]),
    ],
)
def test_a_standard_is_found_in_any_spelling_and_in_its_edition(
    world: World, standard: str, names: list[str]
) -> None:
    assert found(world, standard=standard) == names


def test_an_exact_number_stands_first_and_says_so(world: World) -> None:
    (card,), _ = ask(world, q="L90417")[0].cards, None
    assert [reason.code for reason in card.why] == ["NUMBER"]


def test_lines_that_answer_are_quoted_those_that_hold_most_first(world: World) -> None:
    (card,) = ask(world, q="lithium battery")[0].cards
    assert [(m.key, m.object, m.method) for m in card.matched] == [
        ("1", "锂电池", "GB/T 18287-2013")
    ]
    assert card.matched[0].label == "CNAS L90417"
    (card,) = ask(world, standard="GB4943.1")[0].cards
    assert [m.key for m in card.matched] == ["2"]
    assert {r.code: r.params for r in card.why} == {"LINES": {"lines": "1"}}


def test_filters_narrow_and_facets_count_what_is_left(world: World) -> None:
    every, meta = ask(world)
    assert meta.total == 3
    counts = {name: {f.value: f.count for f in fs} for name, fs in every.facets.items()}
    assert counts["country"] == {"AE": 1, "CN": 1, "DE": 1, "SG": 1}
    assert counts["market"] == {"AE": 1, "CN": 1, "DE": 1, "SA": 1, "SG": 1}
    assert counts["mode"] == {"built": 1, "borrowed": 1}
    assert counts["family"] == {"GB": 1, "IEC": 1, "DIN EN IEC": 1}
    assert counts["level"] == {"issuer_register": 1, "marketing_claim": 1}
    assert counts["status"] == {"stands": 2, "suspended": 1}
    assert counts["source"] == {"register": 3, "notices": 1}
    assert counts["issuer"] == {"CNAS": 1, "DAkkS": 1, "SAC": 1}
    assert counts["kind"] == {"testing": 2, "inspection": 1}
    assert found(world, status="suspended") == [INSPECTOR]
    assert found(world, country="de") == [NORTHERN]
    assert found(world, kind="inspection") == [INSPECTOR]
    assert found(world, source="notices") == [INSPECTOR]
    assert found(world, issuer="CNAS", q="luminaire") == [HARBOUR]


@pytest.mark.parametrize("kept", [0, 2, 1000])
def test_facets_are_the_same_however_much_a_process_remembers(
    world: World, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    questions: list[dict[str, Any]] = [{}, {"q": "luminaire"}, {"country": "DE"}, {}]
    before = [ask(world, **one)[0].facets for one in questions]
    monkeypatch.setattr(facets, "_known", facets._Known())
    monkeypatch.setattr(facets, "KEPT", kept)
    assert [ask(world, **one)[0].facets for one in questions] == before


def test_a_misspelt_word_is_corrected_and_said(world: World) -> None:
    answer, _ = ask(world, q="luminiare")
    assert answer.corrected == "luminaire"
    assert {card.names[0].text for card in answer.cards} == {HARBOUR, NORTHERN}
    assert all("CORRECTED" in [r.code for r in card.why] for card in answer.cards)
    answer, _ = ask(world, q="harbuor baterry")
    assert answer.corrected == "harbour battery"
    assert [card.names[0].text for card in answer.cards] == [HARBOUR]


def test_where_nobody_has_all_words_any_will_do_most_first(world: World) -> None:
    answer, _ = ask(world, q="northern luminaire zebra")
    assert answer.corrected is None
    assert [card.names[0].text for card in answer.cards] == [NORTHERN, HARBOUR]
    some = [reason for reason in answer.cards[0].why if reason.code == "SOME_WORDS"]
    assert some[0].params == {"hit": "2", "of": "3"}


def test_nothing_fits_is_an_empty_answer(world: World) -> None:
    answer, meta = ask(world, q="zzzzqqqq")
    assert answer.cards == ()
    assert meta.total == 0


@pytest.mark.parametrize(
    "q", ["' | ! & <-> :* (", "'; drop table body; --", "\\", "a:*b", "'电池'", "%_"]
)
def test_no_word_becomes_an_operator(world: World, q: str) -> None:
    ask(world, q=q)


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "rubbish"},
        {"cursor": "e30"},
        {"cursor": "…"},
        {"standard": "battery"},
        {"status": "fine"},
        {"limit": 0},
        {"limit": 1000},
        {"q": " ".join(f"w{n}" for n in range(200))},
    ],
)
def test_a_question_that_cannot_be_read_names_the_parameter(
    world: World, asked: dict[str, Any]
) -> None:
    with pytest.raises(BadQuestion) as refused:
        ask(world, **asked)
    assert str(refused.value).startswith(next(iter(asked)))
    assert refused.value.remedy


def test_pages_go_on_over_the_state_in_which_they_began(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        labs = [lab(f"L{n:03}", name=f"Works {n:03}", name_zh="") for n in range(25)]
        world.look("register", at("2026-05-04"), labs)
        first, meta = ask(world, q="works", limit=10)
        assert meta.total == 25
        assert meta.next_cursor
        more = [lab(f"K{n:03}", name=f"Works new {n}", name_zh="") for n in range(5)]
        changed = lab("L015", name="Works 015", name_zh="", lines=[line("1", "works", "GB 1")])
        world.look("register", at("2026-05-11"), [*labs[:15], changed, *labs[16:], *more])
        seen = [card.id for card in first.cards]
        cursor: str | None = meta.next_cursor
        while cursor:
            page, meta = ask(world, q="works", limit=10, cursor=cursor)
            assert meta.total == 25
            assert meta.log_position == 0
            seen += [card.id for card in page.cards]
            cursor = meta.next_cursor
        assert len(seen) == len(set(seen)) == 25
        assert ask(world, q="works")[1].total == 30
    engine.dispose()


def test_a_page_takes_a_fixed_number_of_queries(world: World) -> None:
    asked: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    sa.event.listen(world.conn, "before_cursor_execute", note)
    ask(world, q="luminaire", country="DE")
    sa.event.remove(world.conn, "before_cursor_execute", note)
    assert len(asked) <= 9  # seven, and two for those who come closest where few answer
