"""The shipped routes over the shipped samples: what real lists make acceptable, and what they leave
unknown."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import db
from services.find.body_markets import body_for_market
from services.find.designations import designations
from services.find.markets import market, markets
from services.kit import Page
from services.routes.met import State
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RouteDayKind, RunState
from tests.services.find.test_real_road import PLAYED, SAMPLES

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
DAY = NOW.date()
# of a day near the one on which the list was recorded
NEAR = datetime(2026, 3, 20, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def conn(make_database: Callable[[], str]) -> Iterator[Connection]:
    engine = db.connect(make_database())
    road = Road(engine, Settings(), catalogue.discover(), lambda: NOW)
    with engine.begin() as conn:
        catalogue.enrol(conn, road.sources.values(), road.settings, NOW)

    def play(key: str, name: str, body: bytes, file: str) -> None:
        with engine.begin() as conn:
            run_id, _ = ledger.ask(conn, ledger.list_id(conn, key, name), "test", NOW)
        page = Page(url=f"https://example.org/{file}", body=body, name=file)
        assert carry_out(road, run_id, Given((page,), NOW)) is RunState.PUBLISHED, key

    for key, (_, file) in PLAYED.items():
        path: Path = SAMPLES / key / file
        play(key, road.sources[key].lists[0].name, path.read_bytes(), file)
    for one in road.sources["market_routes"].lists:
        file = one.request.name
        play("market_routes", one.name, (files("services.reference") / file).read_bytes(), file)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def holder(conn: Connection, issuer: str) -> str:
    query = """select l.body_id from accreditation a
        join accreditation_link k on k.accreditation_id = a.id
        join body_link l on l.record_id = k.record_id
        where a.issuer = :issuer order by a.id limit 1"""
    return f"b{conn.execute(sa.text(query), {'issuer': issuer}).scalar_one()}"


def test_a_laboratory_on_the_agency_s_list_meets_the_sourced_route(conn: Connection) -> None:
    found, meta = body_for_market(
        conn, holder(conn, "EPA-NLLAP"), "US", "lead_paint", on=DAY, known_at=NOW
    )
    (met,) = found.markets
    assert met.state is State.SATISFIED
    (asked,) = met.routes[0].ways[0].asks
    assert asked.reason.code == "DESIGNATED"
    assert [(one.what, one.state) for one in asked.chain[1:]] == [
        ("accreditation", "holds"), ("designation", "holds"), ("rule", "holds")]  # fmt: skip
    assert {found.proofs[one.ref].source for one in asked.chain if one.ref} == {
        "us_nllap", "market_routes"}  # fmt: skip
    assert {source.key for source in meta.sources} == {"us_nllap", "market_routes"}


def test_a_singapore_designation_is_a_hint_while_the_route_is_from_memory(conn: Connection) -> None:
    found, _ = body_for_market(
        conn, holder(conn, "SG-CPS"), "Singapore", "electrical_safety", on=DAY, known_at=NOW
    )
    (route,) = found.markets[0].routes
    assert not route.route.sourced
    asked = next(one for way in route.ways for one in way.asks
                 if one.requirement == "foreign_registered_cab")  # fmt: skip
    assert asked.state is State.UNKNOWN


def test_india_s_machinery_order_has_no_start_date(conn: Connection) -> None:
    found, _ = market(conn, "印度", "machinery", on=DAY, known_at=NOW)
    assert [(day.kind, day.on) for day in found.ahead] == [(RouteDayKind.APPLIES, None)]
    (route,) = found.routes
    assert (RouteDayKind.ISSUED, "2025-11-13") in {
        (day.kind, str(day.on)) for day in route.days
    }  # fmt: skip


def test_all_markets_of_the_table_are_listed(conn: Connection) -> None:
    found, _ = markets(conn, on=DAY, known_at=NOW)
    assert len(found) == 50
    assert sum(one.routes for one in found) == 155
    by = {one.market.code: (one.routes, one.sourced) for one in found}
    assert by["SA"] == (7, 2)  # the rest is from memory
    assert by["KE"] == (1, 1)
    assert by["CH"] == (2, 0)


def test_designations_of_the_lead_programme_are_told_by_matrix_and_country(
    conn: Connection,
) -> None:
    found, meta = designations(conn, "US:EPA-NLLAP", task="paint", on=DAY, known_at=NOW)
    assert meta.total == len(found.designations) > 0
    assert all(any("aint" in task for task in one.tasks) for one in found.designations)
    assert found.held
    fcc, meta = designations(conn, "US:FCC", on=DAY, known_at=NOW)
    assert (fcc.designations, fcc.held) == ((), False)
    assert "No source of FCC is held" in meta.warnings[0]
