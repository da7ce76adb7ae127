"""Markets by name, what they ask, who is there, what a body meets of it, as known then."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from services.errors import BadQuestion, NotFound
from services.find.body_markets import body_for_market
from services.find.designations import designations
from services.find.market_views import BodyMarkets, MarketMet
from services.find.markets import beside, market, markets
from services.find.views import Meta
from services.routes.met import State, Who
from services.terms import PresenceMode, RouteDayKind, Tier
from tests.services.find.market_world import ROUTES, STANDARD, build, route, signatory
from tests.services.store.build import World, at, on

DAY = on("2026-06-01")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        yield build(World(conn))
    engine.dispose()


def body_id(world: World, name: str) -> str:
    query = "select l.body_id from name n join body_link l using (record_id) where n.text = :name"
    return f"b{world.conn.execute(sa.text(query), {'name': name}).scalars().first()}"


def asked(
    world: World,
    name: str,
    place: str,
    product: str = "lamps",
    standard: str = STANDARD,
    **at_: Any,
) -> tuple[MarketMet, BodyMarkets, Meta]:
    moment = {"on": DAY, "known_at": NOW} | at_
    found, meta = body_for_market(
        world.conn,
        body_id(world, name),
        place,
        product,
        standard,
        **moment,
    )
    return found.markets[0], found, meta


# --- markets --------------------------------------------------------------------------------------


def test_every_market_is_listed_with_its_routes_and_its_next_date(world: World) -> None:
    found, meta = markets(world.conn, on=DAY, known_at=NOW)
    by = {one.market.code: one for one in found}
    assert set(by) == {"EU", "AE", "SA", "US", "IN", "RU"}
    assert meta.total == 6
    assert (by["US"].routes, by["US"].sourced, by["US"].products) == (2, 1, ("radio", "lamps"))
    assert by["EU"].next_day is not None
    assert by["EU"].next_day.on == on("2027-01-20")
    assert by["IN"].to_be_notified == 1
    assert (by["SA"].market.name, by["SA"].market.name_zh) == ("Saudi Arabia", "沙特阿拉伯")
    assert (by["EU"].market.region, by["SA"].market.region) == ("europe", "middle_east")


@pytest.mark.parametrize("word", ["DE", "Germany", "德国", "germany"])
def test_a_member_country_is_answered_with_its_groupings_routes(world: World, word: str) -> None:
    found, meta = market(world.conn, word, on=DAY, known_at=NOW)
    assert (found.market.code, found.market.groupings) == ("DE", ("EU",))
    assert [one.market for one in found.routes] == ["EU"]
    assert meta.warnings == ("Germany belongs to EU: the routes of EU apply there.",)


def test_membership_is_of_the_day(world: World) -> None:
    then, _ = market(world.conn, "GB", on=on("2019-06-01"), known_at=NOW)
    now, meta = market(world.conn, "United Kingdom", on=DAY, known_at=NOW)
    assert then.market.groupings == ("EU",)
    assert now.market.groupings == ()
    assert now.routes == ()
    assert "says nothing of the market" in meta.warnings[0]


@pytest.mark.parametrize("word", ["EU", "European Union", "欧盟", "europe"])
def test_a_grouping_has_names_too(world: World, word: str) -> None:
    found, _ = market(world.conn, word, on=DAY, known_at=NOW)
    assert found.market.code == "EU"
    assert len(found.market.members) == 30  # 27 and those of the EEA Agreement
    assert {one.title for one in found.links} == {"Notifications", "Register"}


def test_a_country_without_routes_names_fellow_members_that_have_some(world: World) -> None:
    _, meta = market(world.conn, "Belarus", on=DAY, known_at=NOW)
    assert "Fellow members with routes: RU." in meta.warnings[0]


@pytest.mark.parametrize(
    ("word", "offered"), [("Germny", "Germany (DE)"), ("Saudi Arabai", "Saudi Arabia (SA)")]
)
def test_a_market_that_does_not_exist_offers_the_nearest(
    world: World, word: str, offered: str
) -> None:
    with pytest.raises(BadQuestion) as error:
        market(world.conn, word, on=DAY, known_at=NOW)
    assert offered in error.value.remedy


def test_a_product_or_standard_that_is_none_offers_the_nearest(world: World) -> None:
    with pytest.raises(BadQuestion, match="Did you mean lamps"):
        market(world.conn, "EU", "lmps", on=DAY, known_at=NOW)
    with pytest.raises(BadQuestion, match="not read as a designation"):
        market(world.conn, "EU", "lamps", "sixty", on=DAY, known_at=NOW)


def test_a_market_tells_what_it_asks_its_dates_and_who_is_there(world: World) -> None:
    found, meta = market(world.conn, "EU", "lamps", on=DAY, known_at=NOW)
    (one,) = found.routes
    assert one.alternatives == (("sdoc",), ("notified_body",))
    assert one.evidence[0].source == "routes"
    assert [(day.kind, day.on) for day in found.ahead] == [(RouteDayKind.APPLIES, on("2027-01-20"))]
    assert [body.names[0].text for body in found.bodies] == []  # Beacon names no site
    there, _ = market(world.conn, "AE", "lamps", on=DAY, known_at=NOW)
    (lantern,) = there.bodies
    assert lantern.names[0].text == "Lantern Testing"
    assert (lantern.sites, lantern.modes) == (1, (PresenceMode.BUILT,))
    assert meta.sources[0].key == "routes"


def test_bodies_there_are_narrowed_by_a_standard_in_their_scope(world: World) -> None:
    with_it, _ = market(world.conn, "AE", "lamps", "IEC 60598-1", on=DAY, known_at=NOW)
    without, _ = market(world.conn, "AE", "lamps", "IEC 62368-1", on=DAY, known_at=NOW)
    assert (with_it.bodies_total, without.bodies_total) == (1, 0)


def test_designated_bodies_come_first_and_pages_are_of_one_time(world: World) -> None:
    first, meta = market(world.conn, "US", "radio", on=DAY, known_at=NOW, limit=1)
    assert (len(first.bodies), first.bodies_total) == (1, 2)
    assert first.bodies[0].designated_by == ("FCC",)
    rest, last = market(
        world.conn, "US", "radio", on=DAY, known_at=NOW, limit=1, cursor=meta.next_cursor or ""
    )
    assert {one.names[0].text for one in (*first.bodies, *rest.bodies)} == {
        "Prairie Radio Labs", "Lantern Radio Testing"}  # fmt: skip
    assert last.next_cursor is None


def test_nothing_was_asked_before_the_table_was_known(world: World) -> None:
    before, _ = markets(world.conn, on=DAY, known_at=at("2026-04-30"))
    assert before == ()


def test_two_markets_stand_side_by_side_product_by_product(world: World) -> None:
    found, _ = beside(world.conn, ["EU", "沙特阿拉伯"], on=DAY, known_at=NOW)
    assert [one.code for one in found.markets] == ["EU", "SA"]
    (lamps,) = found.products
    assert [[one.scheme for one in each] for each in lamps.routes] == [["EU mark"], ["SA mark"]]
    us, _ = beside(world.conn, ["US", "EU"], "radio", on=DAY, known_at=NOW)
    assert [len(each) for each in us.products[0].routes] == [1, 0]
    with pytest.raises(BadQuestion, match="two to 6"):
        beside(world.conn, ["EU", "EU"], on=DAY, known_at=NOW)


# --- a body and a market --------------------------------------------------------------------------


def test_a_covered_site_there_is_accepted_with_the_chain_and_its_evidence(world: World) -> None:
    met, found, _ = asked(world, "Lantern Testing", "AE")
    (one,) = met.routes
    here = one.ways[0].asks[0]
    assert (here.requirement, here.state, here.reason.code) == (
        "in_country_lab", State.SATISFIED, "SITE_THERE")  # fmt: skip
    assert [(link.what, link.state) for link in here.chain] == [
        ("site", "holds"), ("line", "holds"), ("accreditation", "holds"),
        ("accreditation_body", "unknown"), ("rule", "holds"),
    ]  # fmt: skip
    by = {link.what: link for link in here.chain}
    assert "IEC 60598-1" in by["line"].label
    assert found.proofs[by["site"].ref].source == "register"
    assert found.proofs[by["line"].ref].ref == by["line"].ref
    assert found.proofs[by["rule"].ref].source == "routes"
    assert (met.state, met.nearest) == (State.SATISFIED, None)


def test_a_standard_that_the_schedule_lacks_is_not_met_at_that_site(world: World) -> None:
    met, _, _ = asked(world, "Lantern Testing", "AE", standard="IEC 62368-1:2018")
    here = met.routes[0].ways[0].asks[0]
    assert (here.state, here.reason.code) == (State.UNSATISFIED, "NOT_IN_SCOPE")
    toys, _, _ = asked(world, "Lantern Testing", "AE", standard="EN 71-1:2014")
    here = toys.routes[0].ways[0].asks[0]
    assert (here.state, here.reason.code) == (State.UNSATISFIED, "SITE_NOT_COVERED")


def test_a_partner_abroad_is_named_as_the_one_who_must_hold_it(world: World) -> None:
    world.look("routes", at("2026-05-20"), [*ROUTES, route("SA", "toys", "in_country_lab")],
               name="routes")  # fmt: skip
    met, _, _ = asked(world, "Lantern Testing", "SA", "toys", "EN 71-1:2014")
    here = met.routes[0].ways[0].asks[0]
    assert (here.state, here.who, here.reason.code) == (State.UNKNOWN, Who.PARTNER, "PARTNER_THERE")
    assert "Dune Lab" in here.reason.text


def test_the_nearest_miss_names_what_is_missing_and_who_does_it(world: World) -> None:
    met, _, _ = asked(world, "Beacon Lab GmbH", "SA")
    assert met.nearest is not None
    assert (met.nearest.way, met.state) == (0, State.UNSATISFIED)
    assert [(one.requirement, one.who, one.reason.code) for one in met.nearest.missing] == [
        ("iecee_cb", Who.BODY, "NO_SOURCE_HELD"),
        ("premarket_registration", Who.IMPORTER, "IMPORTER_REGISTERS"),
    ]


def test_a_list_read_whole_says_who_is_not_on_it_and_a_hint_satisfies_nothing(world: World) -> None:
    met, _, _ = asked(world, "Beacon Lab GmbH", "US", "radio", "")
    one = met.routes[0].ways[0].asks[0]
    assert (one.state, one.reason.code) == (State.UNSATISFIED, "NOT_DESIGNATED")
    hint, _, _ = asked(world, "Prairie Radio Labs", "US", "lamps", "")
    one = hint.routes[0].ways[0].asks[0]
    assert (one.state, one.reason.code) == (State.UNKNOWN, "HINT_ONLY")
    # of a day long before the list was read it says nothing
    early, _, _ = asked(world, "Beacon Lab GmbH", "US", "radio", "", on=on("2024-06-01"))
    assert early.routes[0].ways[0].asks[0].reason.code == "NO_SOURCE_HELD"


def test_owners_are_shown_as_a_source_states_them_and_never_inferred(world: World) -> None:
    barred, found, _ = asked(world, "Lantern Radio Testing", "US", "radio", "")
    (owner,) = barred.routes[0].conditions
    assert (owner.state, owner.reason.code) == (State.UNSATISFIED, "PROHIBITED_OWNER")
    assert "Covered List of 1 Oct 2025" in owner.reason.text
    assert found.proofs[owner.chain[0].ref].source == "fcc"
    assert barred.routes[0].ways[0].asks[0].state is State.SATISFIED  # the designation stands
    unknown, _, _ = asked(world, "Prairie Radio Labs", "US", "radio", "")
    (owner,) = unknown.routes[0].conditions
    assert (owner.state, owner.reason.code) == (State.UNKNOWN, "OWNERSHIP_NOT_STATED")


def test_without_a_market_all_that_it_reaches_are_judged(world: World) -> None:
    found, _ = body_for_market(
        world.conn, body_id(world, "Lantern Testing"), "", "lamps", STANDARD, on=DAY, known_at=NOW
    )
    assert found.reached == ("AE", "SA")
    assert [one.market.code for one in found.markets] == ["AE", "SA"]
    beacon, _ = body_for_market(
        world.conn, body_id(world, "Beacon Lab GmbH"), "", "", "", on=DAY, known_at=NOW
    )
    assert beacon.reached == ("EU",)


def test_a_period_as_signatory_makes_a_report_acceptable_from_the_day_it_is_known(
    world: World,
) -> None:
    before, _, _ = asked(world, "Lantern Testing", "AE")
    report = before.routes[0].ways[1].asks[0]
    assert (report.state, report.reason.code) == (State.UNKNOWN, "ARRANGEMENT_UNLISTED")
    world.source("mra", tier=Tier.MRA_DATABASE, about_testing_bodies=False)
    world.look("mra", at("2026-05-25"), [signatory()])
    after, found, _ = asked(world, "Lantern Testing", "AE")
    report = after.routes[0].ways[1].asks[0]
    assert (report.state, report.reason.code) == (State.SATISFIED, "REPORT_OF_SIGNATORY")
    link = next(one for one in report.chain if one.what == "arrangement")
    assert (link.start, found.proofs[link.ref].source) == (on("2007-01-01"), "mra")
    day: dict[str, Any] = {"on": on("2026-05-24"), "known_at": at("2026-05-24")}
    then, _, _ = asked(world, "Lantern Testing", "AE", **day)
    assert then.routes[0].ways[1].asks[0].reason.code == "ARRANGEMENT_UNLISTED"


def test_a_body_that_is_none_and_a_market_that_is_none_are_told(world: World) -> None:
    with pytest.raises(NotFound):
        body_for_market(world.conn, "b99999", "EU", on=DAY, known_at=NOW)
    with pytest.raises(BadQuestion, match="no market"):
        body_for_market(world.conn, "b1", "Atlantis", on=DAY, known_at=NOW)


def test_the_number_of_queries_is_fixed(world: World) -> None:
    def count(place: str) -> int:
        asked_: list[str] = []

        def heard(_c: object, _cur: object, statement: str, *_more: object) -> None:
            asked_.append(statement)

        sa.event.listen(world.conn.engine, "before_cursor_execute", heard)
        try:
            body_for_market(world.conn, body_id(world, "Lantern Testing"), place, "", STANDARD,
                            on=DAY, known_at=NOW)  # fmt: skip
        finally:
            sa.event.remove(world.conn.engine, "before_cursor_execute", heard)
        return len(asked_)

    assert count("") == count("EU") or abs(count("") - count("EU")) <= 1
    assert count("") < 50


# --- designations ---------------------------------------------------------------------------------


def test_designated_bodies_with_status_expiry_tasks_and_what_is_said_of_owners(
    world: World,
) -> None:
    found, meta = designations(world.conn, "US:FCC", on=DAY, known_at=NOW)
    by = {one.names[0].text: one for one in found.designations}
    assert set(by) == {"Prairie Radio Labs", "Lantern Radio Testing"}
    assert (found.issuers, found.held, meta.total) == (("FCC",), True, 2)
    prairie = by["Prairie Radio Labs"]
    assert prairie.accreditation.status.verdict == "VALID"
    assert prairie.expires == on("2028-01-09")
    assert prairie.tasks == ("Part 15B radiated emissions",)
    assert prairie.owners == ()
    (owner,) = by["Lantern Radio Testing"].owners
    assert (owner.prohibited_entity_risk, owner.owner) == (True, "Lantern Holding")
    assert (owner.source, owner.as_of) == ("Covered List of 1 Oct 2025", on("2025-10-01"))


def test_designations_by_country_task_and_day(world: World) -> None:
    def names(**more: Any) -> set[str]:
        found, _ = designations(world.conn, "us:fcc", on=DAY, known_at=NOW, **more)
        return {one.names[0].text for one in found.designations}

    assert names(country="CN") == names(country="中国") == {"Lantern Radio Testing"}
    assert names(task="radiated emissions") == {"Prairie Radio Labs", "Lantern Radio Testing"}
    assert names(task="module_B") == set()
    later, _ = designations(world.conn, "FCC", on=on("2028-02-01"), known_at=NOW)
    assert {one.accreditation.status.verdict for one in later.designations} == {"UNKNOWN_FUTURE"}


def test_a_regime_may_be_named_by_what_it_is_about(world: World) -> None:
    for text in ("US:radio", "US:RER"):  # the initials of its scheme
        found, _ = designations(world.conn, text, on=DAY, known_at=NOW)
        assert found.issuers == ("FCC",)
        assert [one.requirement for one in found.rules] == ["regulator_accepted_lab"]
    nobody, meta = designations(world.conn, "EU:lamps", on=DAY, known_at=NOW)
    assert nobody.designations == ()
    assert "nobody is known to designate" in meta.warnings[0]


def test_an_unknown_regime_offers_the_nearest(world: World) -> None:
    with pytest.raises(BadQuestion, match="US:FCC"):
        designations(world.conn, "US:FCX", on=DAY, known_at=NOW)


def test_pages_of_designations_follow_one_another(world: World) -> None:
    first, meta = designations(world.conn, "US:FCC", on=DAY, known_at=NOW, limit=1)
    rest, last = designations(
        world.conn, "US:FCC", on=DAY, known_at=NOW, limit=1, cursor=meta.next_cursor or ""
    )
    assert first.designations[0].body != rest.designations[0].body
    assert last.next_cursor is None
