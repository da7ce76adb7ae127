"""Test once over the shipped routes: who accepts what is in hand, with the reasons of each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

import pytest
import sqlalchemy as sa

from services import abroad, kit
from services.errors import BadQuestion
from services.find.planner import MOST_MARKETS, MOST_PAPERS, PaperAsked, Planned, make_plan
from services.find.views import Meta
from services.kit import Page
from services.routes.plan import Lane, Need, NeedState, Party, Use
from services.sources.market_routes import LINKS, ROUTES, SCHEMES, SOURCE
from services.terms import Requirement, Sureness, Tier, Verdict
from tests.services.store.build import World, at, lab, line, suspension

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FRIDGE = "IEC 60335-2-24:2020"
R = Requirement


def load_routes(world: World, *more: kit.Draft, when: str = "2026-05-01") -> None:
    """The tables of routes that are shipped, as a source publishes them."""
    names = (ROUTES, SCHEMES, LINKS)
    world.source(
        "market_routes", tier=Tier.AGGREGATOR, lists=names, about_testing_bodies=False,
        title="Routes to markets of the world",
    )  # fmt: skip
    for name in names:
        body = (files("services.reference") / SOURCE.list_named(name).request.name).read_bytes()
        read = SOURCE.parse([Page(url="package:x", body=body)], name)
        extra = more if name == ROUTES else ()
        world.look("market_routes", at(when), [*read.drafts, *extra], name=name)


def signatories(world: World) -> None:
    """A made list of an arrangement, with periods."""
    fact = abroad.Signatory(
        key="CNAS", issuer="CNAS", arrangement="ILAC MRA", scope="T",
        valid_from=date(2010, 1, 1),
    )  # fmt: skip
    world.source("arrangement", tier=Tier.MRA_DATABASE, about_testing_bodies=False)
    world.look("arrangement", at("2026-05-02"), [kit.Draft(key="CNAS", signatories=(fact,))])


@pytest.fixture(scope="module")
def conn(make_database: Any) -> Iterator[sa.Connection]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        load_routes(world)
        signatories(world)
        world.source("register", authoritative_for=("CNAS",))
        lines = [line("1", "refrigerators", FRIDGE)]
        harbour = lab(lines=lines, events=[suspension("2026-03-01", "2026-04-01")])
        world.look("register", at("2025-01-15"), [lab(lines=lines)])
        world.look("register", at("2026-05-30"), [harbour])
        yield conn
    engine.dispose()


def cb(**more: Any) -> PaperAsked:
    said: dict[str, Any] = {"standard": FRIDGE, "issued": date(2025, 3, 1), "ref": "cb"}
    return PaperAsked(type="CB report", **(said | more))


def report(**more: Any) -> PaperAsked:
    said: dict[str, Any] = {
        "standard": FRIDGE, "issued": date(2025, 3, 1), "ref": "report", "issuer": "CNAS",
        "number": "CNAS L90417", "country": "CN",
    }  # fmt: skip
    return PaperAsked(type="17025 report", **(said | more))


def ask(conn: sa.Connection, markets: str, *have: PaperAsked, **more: Any) -> tuple[Planned, Meta]:
    said: dict[str, Any] = {"on": NOW.date(), "known_at": NOW, "standard": FRIDGE}
    product = more.pop("product", "electrical_safety")
    return make_plan(conn, product, markets.split(), have, today=NOW.date(), **(said | more))


def lanes(planned: Planned) -> dict[str, Lane]:
    return {lane.market: lane for lane in planned.plan.lanes}


def codes(use: Use) -> list[str]:
    return [one.code for one in use.reasons]


def best(lane: Lane) -> dict[Requirement, Need]:
    """The needs of the first route's best alternative."""
    route = lane.routes[0]
    return {need.requirement: need for need in route.alternatives[route.best].needs}


def test_a_cb_report_for_four_markets(conn: sa.Connection) -> None:
    planned, about = ask(conn, "EU US SA BR", cb())
    found = lanes(planned)

    saudi = found["SA"]
    (use,) = saudi.reusable
    assert codes(use) == ["KIND_ASKED_FOR", "STANDARD_AS_ASKED"]
    assert saudi.confidence == "high"
    assert "saso.gov.sa" in saudi.routes[0].source
    assert "national differences" in use.said[0]
    left = best(saudi)[R.PREMARKET_REGISTRATION]
    assert (left.state, left.held_by) == (NeedState.TO_DO, Party.IMPORTER)
    proof = planned.proofs[saudi.routes[0].ref][0]
    assert proof.source == "market_routes"
    assert proof.raw.startswith("SA, electrical_safety")

    brazil = found["BR"]
    certifier = best(brazil)[R.IN_COUNTRY_CB]
    assert (certifier.state, certifier.there) == (NeedState.TO_DO, True)
    assert brazil.reusable == ()
    assert brazil.confidence == "hint"
    assert codes(brazil.perhaps[0])[:2] == ["ROUTE_FROM_MEMORY", "CB_LABORATORY_NOT_NAMED"]

    states = found["US"]
    (use,) = states.cannot_reuse
    assert codes(use) == ["OTHER_KIND"]
    assert use.said == ("CB report shortens work but is not acceptance.",)
    assert best(states)[R.REGULATOR_ACCEPTED_LAB].state is NeedState.TO_DO

    union = found["EU"]
    declared = best(union)[R.SDOC]
    assert (declared.state, declared.done_by, declared.held_by) == (
        NeedState.TO_DO, Party.MAKER, Party.MAKER,
    )  # fmt: skip
    (use,) = union.perhaps  # part of the row is from memory
    assert codes(use)[:2] == ["ROUTE_FROM_MEMORY", "BEHIND_DECLARATION"]
    assert use.said == ("17025/CB report is evidence in the technical file.",)
    assert any("economic operator" in one for one in union.routes[0].holders)

    # reused in one market: that is its first use
    assert planned.plan.repeat_tests_avoided == 0
    assert planned.plan.repeat_tests_perhaps == 1  # Brazil, if the hint turned out well
    assert [one.key for one in about.sources] == ["market_routes"]


def test_a_second_market_that_takes_it_saves_one_test(conn: sa.Connection) -> None:
    planned, _ = ask(conn, "SA AR", cb())
    assert planned.plan.repeat_tests_avoided == 1
    (test,) = planned.plan.tests
    assert (test.standard, test.markets) == ("IEC 60335-2-24", ("AR", "SA"))
    assert lanes(planned)["AR"].confidence == "medium"


def test_india_tests_again_and_says_why(conn: sa.Connection) -> None:
    planned, _ = ask(conn, "IN", cb(), report())
    lane = lanes(planned)["IN"]
    told = {use.evidence: use for use in lane.cannot_reuse}
    assert codes(told["cb"]) == ["NOT_DONE_THERE"]
    assert told["cb"].said == ("CB report not accepted for grant",)
    assert told["report"].reasons[0].text.endswith("this one was done in CN.")
    assert best(lane)[R.IN_COUNTRY_LAB].there


def test_a_report_is_judged_on_its_days_by_the_one_decision(conn: sa.Connection) -> None:
    planned, _ = ask(conn, "AR", report())
    (use,) = lanes(planned)["AR"].reusable
    assert {"STOOD_WHEN_ISSUED", "SIGNATORY_THEN", "STANDARD_AS_ASKED"} <= set(codes(use))
    (paper,) = planned.papers
    assert [one.verdict for one in paper.judged] == [Verdict.VALID]
    assert paper.judged[0].accreditation.startswith("a")

    fallen, _ = ask(conn, "AR", report(issued=date(2026, 3, 20), tested=date(2026, 2, 20)))
    (use,) = lanes(fallen)["AR"].cannot_reuse
    assert codes(use)[0] == "DID_NOT_STAND_WHEN_ISSUED"
    assert use.reasons[0].params["verdict"] == "SUSPENDED"

    other, _ = ask(conn, "AR", report(standard="IEC 62368-1:2018"), standard="IEC 62368-1:2018")
    (use,) = lanes(other)["AR"].cannot_reuse
    assert use.reasons[0].params["verdict"] == "OUT_OF_SCOPE"

    nobody, _ = ask(conn, "AR", report(number="L99999"))
    (use,) = lanes(nobody)["AR"].perhaps
    assert codes(use)[0] == "STANDING_UNKNOWN"


def test_a_standard_beside_the_one_asked_for_is_a_perhaps(conn: sa.Connection) -> None:
    paper = cb(standard="GB 4943.1-2022")
    planned, _ = ask(conn, "SA", paper, standard="IEC 62368-1:2018")
    (use,) = lanes(planned)["SA"].perhaps
    (why,) = [one for one in use.reasons if one.code == "STANDARD_MODIFIED"]
    assert why.params == {
        "one": "GB 4943.1-2022", "other": "IEC 62368-1:2018", "confidence": "high",
    }  # fmt: skip
    assert planned.plan.repeat_tests_avoided == 0
    older, _ = ask(conn, "SA", cb(standard="GB 4943.1-2011"), standard="IEC 62368-1:2018")
    assert codes(lanes(older)["SA"].cannot_reuse[0])[0] == "OTHER_STANDARD"


def test_nothing_learned_later_reaches_the_answer(conn: sa.Connection) -> None:
    """The suspension of March was learned on 30 May."""
    day = datetime(2026, 4, 15, tzinfo=UTC)
    planned, _ = ask(conn, "AR", report(), known_at=day)
    assert not lanes(planned)["AR"].known  # no route was held yet
    day = datetime(2026, 5, 10, tzinfo=UTC)
    planned, _ = ask(conn, "AR", report(issued=date(2026, 3, 20)), known_at=day)
    (paper,) = planned.papers
    assert paper.judged[0].verdict is not Verdict.SUSPENDED
    assert lanes(planned)["AR"].cannot_reuse == ()


def test_an_owner_rule_leaves_a_laboratorys_paper_open(conn: sa.Connection) -> None:
    paper = PaperAsked(type="FCC grant", number="US9999", issued=date(2025, 11, 1), ref="grant")
    planned, _ = ask(conn, "US", paper, product="radio", standard="")
    (use,) = lanes(planned)["US"].perhaps
    assert "OWNER_TO_CHECK" in codes(use)
    assert "DESIGNATION_COUNTS" in codes(use)
    toys, _ = ask(conn, "US", paper, product="toys", standard="")
    (use,) = lanes(toys)["US"].cannot_reuse
    assert codes(use)[0] == "NOT_DESIGNATED"


def test_a_date_to_be_notified_is_open(conn: sa.Connection) -> None:
    planned, _ = ask(conn, "IN", product="machinery", standard="")
    days = lanes(planned)["IN"].routes[0].days
    assert any(day.when == "open" and day.on is None and not day.certain for day in days)


def test_a_market_without_a_route_of_the_product_is_told_apart(conn: sa.Connection) -> None:
    planned, about = ask(conn, "MN KE", cb())
    found = lanes(planned)
    assert not found["MN"].known
    assert found["KE"].known
    (warning,) = about.warnings
    assert warning.startswith("MN: no route of electrical_safety is held")


def test_routes_of_a_grouping_apply_to_its_members_of_that_day(conn: sa.Connection) -> None:
    planned, about = ask(conn, "DE France GB EU", cb())
    found = lanes(planned)
    assert found["DE"].perhaps
    assert found["DE"].routes[0].market == found["FR"].routes[0].market == "EU"
    assert found["GB"].routes[0].market == "GB"
    assert "DE: routes of EU apply, of which it is a member on 2026-06-01." in about.warnings
    before, _ = ask(conn, "HR", cb(), on=date(2013, 6, 30))
    assert not lanes(before)["HR"].known  # it joined on the next day


@pytest.mark.parametrize(
    ("change", "what", "remedy"),
    [
        ({"product": "electrical_safty"}, "electrical_safty", "electrical_safety"),
        ({"markets": "Brasil"}, "Brasil", "Brazil (BR)"),
        ({"standard": "IECC 60335"}, "IECC 60335", "IEC"),
        ({"have": [{"type": "CB reprot"}]}, "CB reprot", "cb report"),
        ({"have": [{"type": "cb", "standard": "fridge"}]}, "fridge", "family"),
        ({"have": [{"type": "cb", "product": "toy"}]}, "toy", "toys"),
        ({"have": [{"type": "cb", "country": "Chian"}]}, "Chian", "CN"),
        ({"have": [{"type": "cb", "ref": "a"}] * 2}, "twice", "own"),
        ({"hs_code": "84x"}, "84x", "digits"),
        ({"have": [{"type": "cb"}] * (MOST_PAPERS + 1)}, "51", "50"),
        ({"markets": ""}, "none is named", "1 to 20"),
    ],
)
def test_what_is_not_known_is_said_with_the_nearest(
    conn: sa.Connection, change: dict[str, Any], what: str, remedy: str
) -> None:
    have = [PaperAsked(**one) for one in change.pop("have", [])]
    with pytest.raises(BadQuestion) as caught:
        ask(conn, change.pop("markets", "SA"), *have, **change)
    assert what in caught.value.what
    assert remedy in caught.value.remedy


def test_more_markets_than_a_plan_has_lanes_are_refused(conn: sa.Connection) -> None:
    codes_of = "AE AR AU BD BR CA CH CL CN CO DZ EG ET EU GB GH HK ID IL IN JP"
    with pytest.raises(BadQuestion, match=str(MOST_MARKETS)):
        ask(conn, codes_of)


def test_many_papers_and_markets_take_as_many_queries_as_one(conn: sa.Connection) -> None:
    def queries(markets: str, *have: PaperAsked) -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        sa.event.listen(conn, "before_cursor_execute", note)
        try:
            ask(conn, markets, *have)
        finally:
            sa.event.remove(conn, "before_cursor_execute", note)
        return count

    many = [report(ref=str(n), tested=date(2025, 2, 1)) for n in range(MOST_PAPERS)]
    assert queries("AR", report()) == queries("AR SA US EU BR IN ZA KE", *many)


def test_a_route_that_holds_later_is_not_taken_before(make_database: Any) -> None:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        later = abroad.Route(
            key="Lamp mark", market="KE", product="toys", scheme="Lamp mark",
            recognition="iecee_cb", sureness=Sureness.HIGH, sourced=True, source="x.example",
            valid_from=date(2027, 1, 1),
        )  # fmt: skip
        load_routes(World(conn), kit.Draft(key="KE|toys|Lamp mark", routes=(later,)))
        before, _ = ask(conn, "KE", cb(), product="toys")
        assert not lanes(before)["KE"].known
        after, _ = ask(conn, "KE", cb(), product="toys", on=date(2027, 1, 1))
        assert lanes(after)["KE"].reusable
    engine.dispose()
