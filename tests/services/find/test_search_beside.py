"""Search beside what was asked for: other standards by name or hint, near misses, past days."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services.errors import BadQuestion, Unreadable
from services.find import relations
from services.find.relations import related
from services.find.search import Query, search
from services.find.views import BodyCard, Found, Meta
from services.models import Document
from services.standards import read
from services.terms import EvidenceLevel, PresenceMode
from tests.services.find.conftest import harbour, inspector, northern
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")
HARBOUR = "Harbour Battery Testing Co., Ltd."
NORTHERN = "Northern Lamp Works GmbH"


@pytest.fixture(scope="module")
def market(make_database: Callable[[], str]) -> Iterator[World]:
    """Who stands where: Harbour in AE and SA, one in another edition, one suspended, one at home
    in VN by the IEC standard that the GB standard adopts."""
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS", "DAkkS", "SAC"])
        presence = kit.Presence(
            key="sa", country="SA", mode=PresenceMode.BORROWED, languages=("zh", "ar"),
            level=EvidenceLevel.MARKETING_CLAIM,
        )  # fmt: skip
        old = lab(
            "L1", name="Old Edition", name_zh="", presences=(presence,),
            lines=[line("1", "adapters", "GB 4943.1-2011")],
        )  # fmt: skip
        stopped = lab(
            "L2", name="Stopped Works", name_zh="", events=[suspension("2026-05-01")],
            lines=[line("1", "adapters", "GB 4943.1-2022")],
        )  # fmt: skip
        abroad = lab(
            "L3", name="Hai Phong Test House", name_zh="", country="VN", city="Hai Phong",
            issuer="SAC", lines=[line("1", "adapters", "IEC 62368-1:2018")],
        )  # fmt: skip
        world.look("register", at("2026-05-04"), [harbour(), northern()])
        world.look("register", at("2026-05-18"), [harbour(), northern(), old, stopped, abroad])
        world.look("register", at("2026-05-25"), [harbour(), northern(), old, stopped, abroad,
                                                  inspector()])  # fmt: skip
        yield world
    engine.dispose()


def ask(world: World, **asked: Any) -> tuple[Found, Meta]:
    return search(world.conn, Query(**asked), now=NOW, today=TODAY)


def named(cards: tuple[BodyCard, ...]) -> list[str]:
    return [card.names[0].text for card in cards]


# --- standards beside the one asked for ----------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "stated"),
    [
        ("BS EN IEC 62368-1", ["EN IEC 62368-1", "IEC 62368-1", "BS EN 62368-1", "EN 62368-1"]),
        ("DIN EN ISO 9001", ["EN ISO 9001", "ISO 9001"]),
        ("SS IEC 60335-2-24", ["IEC 60335-2-24"]),
        ("AS/NZS IEC 62368.1", ["IEC 62368-1"]),
        ("EN 62368-1", ["EN IEC 62368-1"]),
        ("BS EN IEC 62368-1:2020", ["EN IEC 62368-1:2020", "IEC 62368-1:2020",
                                    "BS EN 62368-1:2020", "EN 62368-1:2020"]),
        ("EN ISO 14362-1", ["ISO 14362-1"]),
        ("EN 71-1", []),
    ],
)  # fmt: skip
def test_a_designation_states_what_it_adopts(asked: str, stated: list[str]) -> None:
    standard = read(asked)
    assert standard is not None
    assert [one.shown for one in related(standard) if one.hint is None] == stated


def test_that_en_62368_1_is_iec_62368_1_is_knowledge_and_so_a_hint() -> None:
    standard = read("EN 62368-1")
    assert standard is not None
    hints = {one.shown: one.hint for one in related(standard) if one.hint}
    assert hints["IEC 62368-1"].confidence == "high"


def test_an_edition_is_held_to_in_hints() -> None:
    for asked, shown in (("GB 4943.1-2022", ["IEC 62368-1:2018"]), ("GB 4943.1-1995", [])):
        standard = read(asked)
        assert standard is not None
        found = [one.shown for one in related(standard) if one.hint]
        assert [one for one in found if one.startswith("IEC 62368")] == shown


def test_the_new_standard_answers_for_the_superseded_one_and_never_the_other_way_round() -> None:
    old, new = read("IEC 60950-1"), read("IEC 62368-1")
    assert old is not None
    assert new is not None
    assert "IEC 62368-1" in [one.shown for one in related(old)]
    assert "IEC 60950-1" not in [one.shown for one in related(new)]


def test_every_row_of_the_hints_is_read_dated_and_sourced() -> None:
    assert len(relations.rows()) > 50
    assert all(row.noted and row.source and row.confidence for row in relations.rows())


@pytest.mark.parametrize(
    "row",
    ["GB 1,nonsense,identical,high,memory,", "GB 1,IEC 1,like,high,memory,",
     "GB 1,IEC 1,identical,sure,memory,", "GB 1,IEC 1,identical,high,,"],
)  # fmt: skip
def test_a_broken_hint_is_refused_with_its_line(row: str) -> None:
    text = f"standard,other,relation,confidence,source,noted\n{row}\n"
    with pytest.raises(Unreadable, match="line 2"):
        list(relations.parse(text))


def test_a_hit_by_hint_says_so_with_its_confidence_and_stands_last(market: World) -> None:
    found, meta = ask(market, standard="GB 4943.1-2022")
    assert named(found.cards) == [HARBOUR, "Stopped Works", "Hai Phong Test House"]
    assert meta.total == 3
    assert [r.code for r in found.cards[0].why] == ["LINES"]
    (hint,) = found.cards[2].why
    assert hint.code == "HINT"
    assert hint.params == {
        "found": "IEC 62368-1:2018",
        "standard": "GB 4943.1-2022",
        "other": "IEC 62368-1:2018",
        "relation": "modified",
        "confidence": "high",
        "source": "expert memory",
        "noted": "2026-11-29",
    }
    assert found.cards[2].matched[0].method == "IEC 62368-1:2018"


def test_what_a_name_states_stands_before_hints_and_behind_what_was_asked(market: World) -> None:
    found, _ = ask(market, q="EN IEC 60598-1")
    assert named(found.cards) == [NORTHERN, HARBOUR]
    (why,) = found.cards[1].why
    assert (why.code, why.params) == ("STATED", {"standard": "IEC 60598-1"})


def test_iso_17025_is_found_though_its_name_is_iso_iec(market: World) -> None:
    assert HARBOUR in named(ask(market, q="ISO 17025")[0].cards)


# --- near misses ----------------------------------------------------------------------------------


def test_who_lacks_one_thing_comes_close_and_says_which(market: World) -> None:
    found, meta = ask(market, q="GB 4943.1-2022", market="SA", status="stands")
    assert (named(found.cards), meta.total) == ([HARBOUR], 1)
    missing = {named((one.card,))[0]: one.missing[0] for one in found.nearly}
    edition = missing["Old Edition"]
    assert (edition.code, edition.params["held"]) == ("OTHER_EDITION", "2011")
    assert found.excluded["edition"] == 1
    assert missing["Hai Phong Test House"].code == "NOT_THERE"
    assert missing["Hai Phong Test House"].params == {"asked": "SA", "held": "VN"}
    assert "Stopped Works" not in missing  # it lacks two things


def test_a_suspended_body_comes_close_with_its_status(market: World) -> None:
    found, _ = ask(market, q="GB 4943.1-2022", country="CN", status="stands")
    assert named(found.cards) == [HARBOUR]
    (stopped,) = [one for one in found.nearly if one.missing[0].code == "OTHER_STATUS"]
    assert named((stopped.card,)) == ["Stopped Works"]
    assert stopped.missing[0].params == {"asked": "stands", "held": "suspended"}
    assert found.excluded["status"] == 1


def test_nothing_comes_close_to_a_question_of_one_thing(market: World) -> None:
    found, _ = ask(market, q="luminaire")
    assert (found.nearly, found.excluded) == ((), {})


def test_a_presence_in_the_market_is_a_reason(market: World) -> None:
    found, _ = ask(market, q="lithium", market="Saudi Arabia")
    assert named(found.cards) == [HARBOUR]
    present = [one for one in found.cards[0].why if one.code == "PRESENT"]
    assert [one.params for one in present] == [{"country": "SA", "mode": "borrowed"}]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"mode": "built"}, [HARBOUR]),
        ({"mode": "borrowed", "language": "Arabic"}, ["Old Edition"]),
        ({"market": "AE"}, [HARBOUR]),
        ({"country": "AE"}, [HARBOUR]),
        ({"country": "SA"}, []),  # present, without a site
        ({"market": "EU"}, [NORTHERN]),
        ({"market": "欧盟"}, [NORTHERN]),
        ({"market": "Viet Nam"}, ["Hai Phong Test House"]),
        ({"family": "din en iec"}, [NORTHERN]),
        ({"level": "issuer_register"}, [HARBOUR]),
    ],
)
def test_filters_by_market_mode_family_level_language(
    market: World, asked: dict[str, str], names: list[str]
) -> None:
    assert named(ask(market, **asked)[0].cards) == names


# --- what does not exist --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ({"market": "Germny"}, "Germany (DE)"),
        ({"country": "Singapor"}, "Singapore (SG)"),
        ({"market": "新加波"}, "新加坡 (SG)"),
        ({"market": "XX"}, "Did you mean"),
        ({"language": "Arabik"}, "Arabic (ar)"),
        ({"mode": "build"}, "built"),
        ({"level": "register"}, "issuer_register"),
        ({"status": "suspend"}, "suspended"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(
    market: World, asked: dict[str, str], offered: str
) -> None:
    with pytest.raises(BadQuestion) as refused:
        ask(market, **asked)
    assert refused.value.what.startswith(f"{next(iter(asked))}: ")
    assert offered in refused.value.remedy


def test_a_standard_that_nobody_names_is_said_with_the_nearest(market: World) -> None:
    found, meta = ask(market, standard="GB 4943.2")
    assert meta.total == 0
    (said,) = found.notes
    assert (said.code, said.params) == (
        "STANDARD_NOT_HELD", {"standard": "GB 4943.2", "near": "GB 4943.1"},
    )  # fmt: skip
    found, _ = ask(market, q="GB 4943.1-1995")
    (said,) = found.notes
    assert said.code == "EDITION_NOT_HELD"
    assert said.params["held"] == "2011, 2022"


# --- Chinese and slips ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "corrected"),
    [
        ("信息技术设倍", "信息技术设备"),
        ("池电", "电池"),
        ("lithiumbatteries", "lithium batteries"),
        ("informaton tecnology", "information technology"),
    ],
)
def test_slips_are_corrected(market: World, q: str, corrected: str) -> None:
    found, _ = ask(market, q=q)
    assert found.corrected == corrected
    assert HARBOUR in named(found.cards)


def test_a_chinese_question_is_cut_into_the_words_that_are_held(market: World) -> None:
    found, meta = ask(market, q="哪家机构可以检测信息技术设备锂电池")
    assert found.corrected is None
    assert (named(found.cards), meta.total) == ([HARBOUR], 1)


# --- as of a past day -----------------------------------------------------------------------------


def test_counts_of_a_past_day_are_those_of_then(market: World) -> None:
    then, meta = ask(market, as_of=on("2026-05-10"))
    assert (meta.total, meta.log_position, meta.on) == (2, 0, on("2026-05-10"))
    assert {f.value: f.count for f in then.facets["country"]} == {"AE": 1, "CN": 1, "DE": 1}
    later, meta = ask(market, as_of=on("2026-05-20"))
    assert (meta.total, meta.log_position) == (5, 1)
    assert {f.value: f.count for f in later.facets["issuer"]} == {"CNAS": 3, "DAkkS": 1, "SAC": 1}
    assert ask(market)[1].total == 6
    assert ask(market, as_of=on("2026-05-01"))[1].total == 0
    assert ask(market, as_of=TODAY)[1].total == 6


def test_pages_of_a_past_day_go_on_in_it(market: World) -> None:
    first, meta = ask(market, as_of=on("2026-05-20"), limit=3)
    rest, meta = ask(market, as_of=on("2026-05-20"), limit=3, cursor=meta.next_cursor)
    assert len({*named(first.cards), *named(rest.cards)}) == 5
    assert meta.log_position == 1


def test_a_day_to_come_is_refused(market: World) -> None:
    with pytest.raises(BadQuestion, match="as_of"):
        ask(market, as_of=on("2026-06-02"))


def test_what_was_played_in_later_is_not_counted_and_said(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        world.source("played")
        world.look("register", at("2026-05-20"), [lab("L1", name="New", name_zh="")])
        world.look("played", at("2026-05-01"), [lab("L2", name="Played", name_zh="")])
        found, meta = ask(world, as_of=on("2026-05-10"))
        assert meta.total == 0
        assert [one.code for one in found.notes] == ["PLAYED_LATER"]
        assert conn.execute(sa.select(sa.func.count()).select_from(Document)).scalar_one() == 2
    engine.dispose()


def test_lines_are_counted_and_quoted_of_what_was_asked_for_itself(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        both = [line("1", "adapters", "GB 4943.1-2022"), line("2", "adapters", "IEC 62368-1:2018")]
        world.look("register", at("2026-05-04"), [lab("L1", name="Both", name_zh="", lines=both)])
        (card,) = ask(world, standard="IEC 62368-1")[0].cards
        assert [one.params for one in card.why] == [{"lines": "1"}]
        assert [one.method for one in card.matched] == ["IEC 62368-1:2018", "GB 4943.1-2022"]
    engine.dispose()
