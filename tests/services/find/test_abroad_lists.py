"""What bodies do on the way abroad, across all of them, on any day and as known at any time."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import abroad
from services.errors import BadQuestion, NotFound
from services.find import abroad_lists as lists
from services.find.abroad_lists import Asked
from services.find.experts import expertise
from services.find.zones import zones
from services.terms import BodyKind, CooperationKind, ProjectStatus, RecognitionLevel
from tests.services.find.abroad_world import fill, harbour, lamp
from tests.services.store.build import World, at, on

NOW = Asked(on("2026-06-01"), at("2026-06-01"))


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        one = World(conn)
        fill(one)
        yield one
    engine.dispose()


@pytest.fixture
def conn(world: World) -> sa.Connection:
    return world.conn


def test_cooperations_of_all_bodies_say_who_may_issue_what_where_and_how_proven(
    conn: sa.Connection,
) -> None:
    found, meta = lists.cooperations(conn, NOW)
    assert [one.partner for one in found] == ["Dune Road Laboratory", "Delta Metrology"]
    gulf = found[0]
    assert (gulf.countries, gulf.outputs, gulf.in_whose_name) == (
        ("SA", "AE"), "CB test reports", "the partner's",
    )  # fmt: skip
    assert gulf.verified
    assert not found[1].verified
    assert gulf.valid_from == on("2023-04-01")
    assert {name.text for name in gulf.body_names} >= {"Harbour Battery Testing Co., Ltd."}
    assert gulf.evidence[0].source == "register"
    assert meta.total == 2
    assert [source.key for source in meta.sources] == ["register"]


def test_cooperations_are_filtered_by_country_product_kind_and_level_of_recognition(
    conn: sa.Connection,
) -> None:
    def partners(**asked: Any) -> list[str]:
        return [one.partner for one in lists.cooperations(conn, NOW, **asked)[0]]

    assert partners(country="ae") == ["Dune Road Laboratory"]
    assert partners(country="Saudi Arabia") == ["Dune Road Laboratory"]
    assert partners(product="Electrical Safety") == ["Dune Road Laboratory"]
    assert partners(kind=CooperationKind.JOINT_VENTURE) == ["Delta Metrology"]
    assert partners(recognition=RecognitionLevel.FIELD) == ["Delta Metrology"]
    assert partners(country="AE", product="radio") == []
    assert partners(product="toys") == []  # known from a route, and from an agreement that ended


def test_an_agreement_stands_in_the_list_on_its_own_days_alone(conn: sa.Connection) -> None:
    then = Asked(on("2020-06-01"), at("2026-06-01"))
    assert [one.partner for one in lists.cooperations(conn, then)[0]] == ["Old Quay Agency"]
    assert lists.cooperations(conn, then)[0][0].valid_to == on("2020-12-31")


def test_nothing_learned_later_is_in_an_earlier_answer(conn: sa.Connection) -> None:
    then = Asked(on("2026-06-01"), at("2026-04-01"))
    assert [one.partner for one in lists.cooperations(conn, then)[0]] == ["Dune Road Laboratory"]
    assert zones(conn, then)[0] == ()
    (sum_,) = [one for one in expertise(conn, then)[0] if one.committee]
    assert sum_.experts == 3


def test_acceptances_are_found_by_any_edition_and_spelling_of_the_standard(
    conn: sa.Connection,
) -> None:
    def countries(**asked: Any) -> list[str]:
        return [one.country for one in lists.acceptances(conn, NOW, **asked)[0]]

    assert countries() == ["SA", "VN"]
    assert countries(standard="iec60335-2-24") == ["SA"]
    assert countries(standard="IEC 60335-2-24:2010") == []
    assert countries(country="VN", product="radio") == ["VN"]
    _, meta = lists.acceptances(conn, NOW, standard="IEC 60335-2-25")
    assert "IEC 60335-2-24:2020" in meta.warnings[0]


def test_a_word_that_stands_nowhere_is_answered_with_the_nearest(conn: sa.Connection) -> None:
    with pytest.raises(BadQuestion, match="Did you mean radio"):
        lists.cooperations(conn, NOW, product="radoi")
    with pytest.raises(BadQuestion, match="Vietnam"):
        lists.acceptances(conn, NOW, country="Vietnm")
    with pytest.raises(BadQuestion, match="no market"):
        lists.projects(conn, NOW, country="XQ")
    with pytest.raises(BadQuestion, match="no HS code"):
        lists.offers(conn, NOW, hs_code="battery")
    with pytest.raises(BadQuestion, match="designation"):
        lists.acceptances(conn, NOW, standard="the blue one")
    with pytest.raises(BadQuestion, match="IEC TC 61"):
        expertise(conn, NOW, committee="IEC TC 16")
    with pytest.raises(NotFound, match="maritime-core-area"):
        zones(conn, NOW, zone="maritime-core")


def test_small_and_beautiful_projects_say_that_they_are_no_treaty(conn: sa.Connection) -> None:
    (found,), meta = lists.projects(conn, NOW, status=ProjectStatus.RUNNING)
    assert (found.title, found.document) == ("One report for kettles", "test report")
    assert found.partners == ("Savanna Bureau of Standards",)
    assert found.treaty_arrangement is False
    assert not found.verified
    assert "treaty" in meta.warnings[0]


def test_a_case_tells_who_the_client_is_only_with_consent(conn: sa.Connection) -> None:
    found, meta = lists.accompaniments(conn, NOW)
    told, quiet = found
    assert told.title == "Batteries of Bright Cell Works to Riyadh"
    assert (quiet.title, quiet.outcome, quiet.evidence[0].raw) == ("", "", "")
    assert quiet.withheld
    assert (quiet.country, quiet.sector, quiet.service) == ("KE", "appliances", "testing")
    assert "Secret" not in repr(found)
    assert meta.warnings == (lists.WITHHELD,)
    assert [one.sector for one in lists.accompaniments(conn, NOW, sector="Batteries")[0]] == [
        "batteries"
    ]


def test_experts_are_sums_without_names(conn: sa.Connection) -> None:
    found, meta = expertise(conn, NOW, committee="iec tc 61")
    (sum_,) = found
    assert (sum_.experts, sum_.verified, sum_.bodies) == (8, 3, 2)
    assert [(one.count, one.verified) for one in sum_.largest] == [(5, False), (3, True)]
    assert sum_.field_also == "家用电器"
    assert meta.total == 1
    by_field, _ = expertise(conn, NOW, field="家用电器")
    assert by_field == found


def test_what_two_records_say_of_one_body_counts_once(make_database: Callable[[], str]) -> None:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        world.source("policy")
        world.look("register", at("2026-03-02"), [harbour()])
        world.look("policy", at("2026-03-03"), [harbour(key="again")])
        found, _ = expertise(conn, NOW, committee="IEC TC 61")
        assert (found[0].experts, found[0].bodies) == (3, 1)
        agreements, meta = lists.cooperations(conn, NOW)
        assert meta.total == 1
        assert {one.source for one in agreements[0].evidence} == {"register", "policy"}
    engine.dispose()


def test_two_cases_of_one_record_that_read_alike_stay_two(
    make_database: Callable[[], str],
) -> None:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        world.source("policy")
        cases = tuple(
            abroad.Accompaniment(key=key, title="Not named", country="SA", service="testing")
            for key in ("1", "2")
        )
        world.look("register", at("2026-03-02"), [harbour(accompaniments=cases)])
        world.look("policy", at("2026-03-03"), [harbour(key="again", accompaniments=cases[:1])])
        found, meta = lists.accompaniments(conn, NOW)
        assert meta.total == 2
        assert [len(one.evidence) for one in found] == [2, 1]
    engine.dispose()


def test_offers_are_found_by_hs_code_and_language(conn: sa.Connection) -> None:
    def titles(**asked: Any) -> list[str]:
        return [one.title for one in lists.offers(conn, NOW, **asked)[0]]

    assert titles(hs_code="8507.60") == ["Battery line, from cell to pack"]
    assert titles(hs_code="85") == ["Battery line, from cell to pack"]
    assert titles(hs_code="9401") == []
    assert titles(language="ar", stage="manufacture") == ["Battery line, from cell to pack"]


def test_a_membership_is_never_recognition(conn: sa.Connection) -> None:
    (found,), meta = lists.memberships(conn, NOW, organisation="tic")
    assert (found.organisation, found.category, found.granted) == (
        "TIC Council", "full", on("2021-03-01"),
    )  # fmt: skip
    assert found.recognition is False
    assert "recognises no result" in meta.warnings[0]
    assert lists.memberships(conn, NOW, organisation="EUROLAB")[0] == ()


def test_a_zone_holds_the_bodies_in_its_cities_however_they_are_written(
    conn: sa.Connection,
) -> None:
    (found,), _ = zones(conn, NOW)
    assert (found.key, found.body_count) == ("maritime-core-area", 1)
    assert found.by_kind == {BodyKind.TESTING: 1}
    assert [one.city for one in found.bodies] == ["Xiamen 厦门"]
    assert found.policy == "One window for reports"


def test_pages_of_a_list_are_of_one_state(world: World) -> None:
    first, meta = lists.cooperations(world.conn, Asked(NOW.on, NOW.known_at, limit=1))
    assert meta.next_cursor
    later = Asked(on("2020-01-01"), at("2026-12-01"), meta.next_cursor, 1)
    second, last = lists.cooperations(world.conn, later)
    assert [one.partner for one in (*first, *second)] == ["Dune Road Laboratory", "Delta Metrology"]
    assert (last.on, last.as_known_at, last.next_cursor) == (NOW.on, NOW.known_at, None)
    with pytest.raises(BadQuestion, match="cursor"):
        lists.projects(world.conn, later)
    with pytest.raises(BadQuestion, match="limit"):
        lists.projects(world.conn, Asked(NOW.on, NOW.known_at, limit=101))


def queries(conn: sa.Connection, fn: Callable[[], object]) -> int:
    seen: list[str] = []

    def count(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sa.event.listen(conn, "before_cursor_execute", count)
    fn()
    sa.event.remove(conn, "before_cursor_execute", count)
    return len(seen)


def test_the_queries_of_a_list_do_not_grow_with_the_bodies(
    make_database: Callable[[], str],
) -> None:
    engine = sa.create_engine(make_database())
    asks: list[Callable[[sa.Connection], object]] = [
        lambda c: lists.cooperations(c, NOW, country="SA"),
        lambda c: lists.memberships(c, NOW),
        lambda c: expertise(c, NOW),
        lambda c: zones(c, NOW),
    ]
    with engine.connect() as conn:
        world = World(conn)
        fill(world)
        few = [queries(conn, lambda ask=ask: ask(conn)) for ask in asks]  # type: ignore[misc]
        more = [harbour(number=f"L8{n:04}", key=f"h{n}", name=f"Harbour {n}", name_zh="")
                for n in range(12)]  # fmt: skip
        world.look("register", at("2026-05-20"), [harbour(), lamp(), *more])
        many = [queries(conn, lambda ask=ask: ask(conn)) for ask in asks]  # type: ignore[misc]
        assert lists.cooperations(conn, NOW, country="SA")[1].total == 13
        assert zones(conn, NOW)[0][0].body_count == 13
    engine.dispose()
    assert few == many
    assert max(many) <= 14
