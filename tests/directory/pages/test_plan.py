"""The planner's page: the form keeps what was typed, lanes say what to reuse and what to do."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise

import pytest
from litestar.datastructures import MultiDict

from directory.pages.plan_asked import read_form
from directory.pages.plan_picture import picture
from directory.pages.tongue import EN, HAN, ZH
from services.routes.because import SENTENCES, because
from services.routes.plan import Alternative, Day, Lane, RoutePlan
from services.settings import Settings
from services.terms import Sureness
from tests.directory.pages.desk import Front, Shown, front_door
from tests.services.find.test_planner import load_routes
from tests.services.store.build import World, at, lab, line, suspension

FRIDGE = "IEC 60335-2-24:2020"
CB = f"type1=CB+report&standard1={FRIDGE}&issued1=2025-03-01"
FOUR = f"product=electrical_safety&standard={FRIDGE}&market=EU&market=US&market=SA&market=BR&{CB}"


def fill(world: World) -> None:
    load_routes(world)
    world.source("register", authoritative_for=("CNAS",))
    lines = [line("1", "refrigerators", FRIDGE)]
    world.look("register", at("2025-01-15"), [lab(lines=lines)])
    suspended = lab(lines=lines, events=[suspension("2026-03-01", "2026-04-01")])
    world.look("register", at("2026-05-30"), [suspended])


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


def ask(front: Front, code: str, query: str = "", status: int = 200) -> Shown:
    answer = front.client.get(f"/{code}/plan?{query}")
    assert answer.status_code == status, answer.text[:2000]
    assert len(answer.content) < 100_000
    return Shown(answer)


def lane(shown: Shown, market: str) -> str:
    return shown.text(f'article[aria-labelledby="m-{market}"]')


@pytest.mark.parametrize(
    ("code", "title", "nothing"),
    [("en", "Test once, sell in many markets", "Plan"), ("zh", "一次检测", "规划")],
)
def test_the_empty_form_offers_products_and_markets_and_stands_in_the_menu(
    front: Front, code: str, title: str, nothing: str
) -> None:
    shown = ask(front, code)
    assert title in shown.text("h1")
    assert nothing in shown.text(".mast nav [aria-current]")
    values = [node.attributes.get("value") for node in shown.tree.css(".markets input")]
    assert {"EU", "SA", "US", "BR"} <= set(values)
    assert shown.tree.css("select#product option[value=electrical_safety]")
    assert not shown.tree.css(".lane")


def test_each_market_has_a_lane_with_reasons_steps_holders_and_proof(front: Front) -> None:
    shown = ask(front, "en", FOUR)
    saudi = lane(shown, "SA")
    assert "can be reused" in saudi
    assert f"It is to {FRIDGE}, as asked." in saudi
    assert "Sourced, high confidence" in saudi
    assert "registration before it is sold" in saudi
    assert "held by the importer" in saudi
    assert shown.tree.css('article[aria-labelledby="m-SA"] .src[hx-get^="/en/evidence/"]')
    states = lane(shown, "US")
    assert "CB report shortens work but is not acceptance." in states
    assert "No route of this market asks for this kind of evidence." in states
    assert "Hint, from memory" in states
    brazil = lane(shown, "BR")
    assert "a certificate of a certification body in the country" in brazil
    assert "perhaps in hand" in brazil
    union = lane(shown, "EU")
    assert "done by the maker; held by the maker" in union
    assert "It can stand behind the maker's own declaration" in union


def test_hints_are_marked_by_shape_word_and_line(front: Front) -> None:
    shown = ask(front, "en", FOUR)
    assert shown.tree.css('article[aria-labelledby="m-US"] .way.hint')
    assert not shown.tree.css('article[aria-labelledby="m-SA"] .way.hint')
    assert shown.tree.css('article[aria-labelledby="m-BR"] .use.u-perhaps use[href="#m-flex"]')


def test_tests_not_repeated_are_counted_with_their_definition(front: Front) -> None:
    four = ask(front, "en", FOUR)
    assert "Tests not repeated: 0" in four.text(".saved h2")
    assert "reused in n markets saves n − 1 repeats" in four.text(".saved")
    assert "Perhaps 1 more" in four.text(".saved")
    two = ask(front, "en", f"product=electrical_safety&markets=SA,AR&{CB}")
    assert "Tests not repeated: 1" in two.text(".saved h2")
    assert "IEC 60335-2-24 : Argentina, Saudi Arabia" in two.text(".saved li")
    assert "免于重复的检测：1" in ask(
        front, "zh", f"product=electrical_safety&markets=SA,AR&{CB}"
    ).text(".saved h2")


def test_the_chinese_page_says_it_in_chinese(front: Front) -> None:
    shown = ask(front, "zh", FOUR)
    saudi = lane(shown, "SA")
    assert "沙特阿拉伯" in saudi
    assert "可以再次使用" in saudi
    assert "上市前注册" in saudi
    assert "进口商" in saudi
    quoted = shown.tree.css('article[aria-labelledby="m-US"] q[lang="en"]')
    assert any("CB report shortens work" in node.text() for node in quoted)


def test_an_accreditation_is_judged_for_its_day_and_linked(front: Front) -> None:
    paper = f"type1=17025+report&standard1={FRIDGE}&issued1=2026-03-20&issuer1=CNAS&number1=L90417"
    shown = ask(front, "en", f"product=electrical_safety&markets=AR&{paper}")
    said = lane(shown, "AR")
    assert "CNAS L90417 did not stand on 2026-03-20, the day of issue: suspended." in said
    assert shown.tree.css('.asked a[href^="/en/accreditations/a"]')


def test_dates_are_drawn_and_said_in_words(front: Front) -> None:
    shown = ask(front, "en", "product=toys&markets=EU&type1=CB+report&issued1=2025-03-01")
    svg = shown.one("figure svg.tl")
    assert "each market's list below says the same in words" in str(svg.attributes["aria-label"])
    assert svg.css("path.d-rule, path.d-expected")
    said = lane(shown, "EU")
    assert "2030-08-01" in said
    assert "ahead" in said
    machines = lane(ask(front, "en", "product=machinery&markets=IN"), "IN")
    assert "to be notified" in machines


def test_the_state_stands_in_the_address_in_both_languages(front: Front) -> None:
    gap = "type3=GLP+study&number3=X1"
    shown = ask(front, "en", f"{FOUR}&{gap}&on=2026-06-01")
    switch = str(shown.one("a.switch").attributes["href"])
    assert switch.startswith("/zh/plan?")
    other = ask(front, "zh", switch.partition("?")[2])
    assert other.one("#number3").attributes["value"] == "X1"
    assert other.one("#standard").attributes["value"] == FRIDGE
    checked = [node.attributes["value"] for node in other.tree.css(".markets input[checked]")]
    assert sorted(filter(None, checked)) == ["BR", "EU", "SA", "US"]
    chosen = other.one("#type3 option[selected]")
    assert chosen.attributes["value"] == "GLP study"


def test_more_rows_come_without_a_script(front: Front) -> None:
    shown = ask(front, "en")
    assert len(shown.tree.css(".paperrow")) == 2
    more = shown.one("button[name=rows]").attributes["value"]
    assert len(ask(front, "en", f"rows={more}").tree.css(".paperrow")) == 5
    assert len(ask(front, "en", "rows=99").tree.css(".paperrow")) == 20


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("product=toys", "Choose at least one market."),
        ("markets=SA", "Choose the product."),
        ("product=toys&markets=SA&issued1=2025-03-01", "Say what kind of paper it is."),
        ("product=toys&markets=SA&type1=CB+report&issued1=2025-13-01", "is no day"),
        ("product=toyz&markets=SA", "Did you mean toys"),
        ("product=toys&markets=Brasil", "Brazil (BR)"),
        ("product=toys&markets=SA&standard=fridge", "not read as a designation"),
        ("product=toys&markets=SA&type1=CB+reprot", "cb report"),
        ("product=toys&markets=SA&on=soon", "YYYY-MM-DD"),
        ("product=toys&markets=SA&known_at=2099-01-01", "still to come"),
    ],
)
def test_what_cannot_be_read_is_said_and_what_was_typed_is_kept(
    front: Front, query: str, said: str
) -> None:
    shown = ask(front, "en", query, 400)
    assert said in shown.text("form")
    assert not shown.tree.css(".lane")
    if "product=toys" in query:
        assert shown.one("#product option[selected]").attributes["value"] == "toys"
    assert HAN.search(ask(front, "zh", query, 400).text("form [role=alert]"))


def test_words_of_strangers_are_escaped(front: Front) -> None:
    script = "%3Cscript%3Ealert(1)%3C/script%3E"
    query = f"product=toys&markets=SA&type1=CB+report&number1={script}&issuer1={script}"
    shown = ask(front, "en", query)
    assert "<script>alert" not in shown.answer.text
    assert "<script>alert(1)</script>" in shown.text(".asked")
    ask(front, "en", f"product={script}&markets={script}", 400)


def test_a_member_shows_the_route_of_its_grouping_and_who_has_none_says_so(front: Front) -> None:
    shown = ask(front, "en", f"product=electrical_safety&markets=DE,EU,MN&{CB}")
    said = lane(shown, "DE")
    assert "It applies here because Germany is a member of European Union." in said
    assert "CE – Low Voltage Directive" in said
    assert "because" not in lane(shown, "EU")
    assert "That says nothing of the market." in lane(shown, "MN")
    ids = [node.attributes["id"] for node in shown.tree.css("[id]")]
    assert len(ids) == len(set(ids))


def test_twenty_markets_and_many_papers_stay_small_and_in_order(front: Front) -> None:
    markets = "AE,AR,AU,BD,BR,CA,CH,CL,CN,CO,DZ,EG,ET,EU,GB,GH,HK,ID,IL,IN"
    papers = "&".join(
        f"type{n}=CB+report&standard{n}={FRIDGE}&issued{n}=2025-03-01" for n in range(1, 6)
    )
    shown = ask(front, "zh", f"product=electrical_safety&markets={markets}&{papers}")
    assert len(shown.tree.css(".lane")) == 20
    levels = [int(str(node.tag)[1]) for node in shown.tree.css("main :is(h1,h2,h3,h4)")]
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [node.attributes["id"] for node in shown.tree.css("[id]")]
    assert len(ids) == len(set(ids))
    labels = [node.attributes.get("for") for node in shown.tree.css("form.planform label[for]")]
    assert set(labels) <= set(ids)


def test_rows_keep_their_numbers_and_names_that_are_none_are_left() -> None:
    given = MultiDict([("type4", "CB report"), ("issued4", "2025年3月1日"), ("colour", "blue")])
    typed = read_form(EN, given, date(2026, 6, 1))
    assert [paper.ref for paper in typed.papers] == ["4"]
    assert typed.papers[0].issued == date(2025, 3, 1)
    assert set(typed.faults) == {"product", "markets"}


def test_only_what_has_a_day_is_drawn() -> None:
    def lane_with(*days: Day) -> Lane:
        route = RoutePlan(
            ref="1:market_route:1", market="SA", scheme="A", mark="", regulator="", legal_basis="",
            in_country="no", note="", sureness=Sureness.HIGH, sourced=True, hint=False, source="x",
            alternatives=(Alternative(needs=(), to_do=0, perhaps=0),), best=0,
            why=because("BEST_ONLY"), holders=(), lasting=(), days=days, start=None, end=None,
        )  # fmt: skip
        return Lane(
            market="SA", known=True, confidence="high", routes=(route,), reusable=(), supports=(),
            perhaps=(), cannot_reuse=(),
        )  # fmt: skip

    on = date(2026, 6, 1)
    ahead = Day(what="applies", on=date(2027, 1, 20), when="ahead", certain=True)
    unset = Day(what="applies", on=None, when="open", certain=False)
    assert picture([lane_with(unset)], [], on) is None
    drawn = picture([lane_with(unset, ahead)], [], on)
    assert drawn is not None
    (row,) = drawn.rows
    assert [mark.style for mark in row.marks] == ["rule"]
    assert (drawn.first, drawn.last) == (date(2026, 1, 1), date(2028, 1, 1))


def test_every_reason_of_a_plan_can_be_said_in_both_languages() -> None:
    for sentence in SENTENCES.values():
        assert HAN.search(ZH(sentence)), sentence
        assert EN(sentence) == sentence


def test_the_front_page_brings_its_market_and_finds_no_fault(front: Front) -> None:
    """It asks in words of one's own; the product is chosen here, from those that routes name."""
    shown = ask(front, "en", "q=kettle&market=Saudi+Arabia")
    chosen = [box.attributes["value"] for box in shown.tree.css("input[name=market][checked]")]
    assert chosen == ["SA"]
    assert not shown.tree.css(".fault, .wrong")
