"""The shipped tables of routes, read like any source; a row that cannot be taken refuses all."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import db
from services.abroad import Route
from services.errors import Unreadable
from services.kit import Page, Reading
from services.settings import Settings
from services.sources.market_routes import LINKS, ROUTE_COLUMNS, ROUTES, SCHEMES, SOURCE, is_sourced
from services.store.market import load_said
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RouteDayKind, RunState, Sureness

HEAD = ",".join(ROUTE_COLUMNS)
GOOD = "XA,lamps,Lamp mark,LM,Lamp Office,Lamps Act 2019,{route},no,,high,{source}"
NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def read(text: str | bytes, name: str = ROUTES) -> Reading:
    body = text.encode() if isinstance(text, str) else text
    return SOURCE.parse([Page(url="package:x", body=body)], name)


def shipped(name: str) -> Reading:
    file = SOURCE.list_named(name).request.name
    return read((files("services.reference") / file).read_bytes(), name)


def routes(reading: Reading) -> list[Route]:
    return [one for draft in reading.drafts for one in draft.routes or ()]


def row(route: str = "sdoc", source: str = "example.org", **cells: str) -> str:
    text = GOOD.format(route=route, source=source)
    for old, new in cells.items():
        text = text.replace(old, new)
    return text


def test_the_shipped_routes_are_read_whole_each_with_its_source() -> None:
    found = routes(shipped(ROUTES))
    assert len(found) == 155
    assert all(one.source and one.recognition for one in found)
    assert {one.market for one in found} >= {"EU", "US", "GB", "SA", "IN", "CN"}
    assert {one.sourced for one in found} == {True, False}
    memory = [one for one in found if one.source == "from memory"]
    assert len(memory) == 120
    assert not any(one.sourced for one in memory)


def test_a_route_keeps_what_the_row_says() -> None:
    one = next(r for r in routes(shipped(ROUTES)) if (r.market, r.product) == ("SA", "toys"))
    assert one.recognition == "notified_body"
    assert one.regulator == "SASO/GSO"
    assert (one.sureness, one.sourced) == (Sureness.HIGH, True)
    assert one.source == "gso.org.sa; tse.org.tr"


def test_the_dates_of_the_notes_stand_in_a_table_of_their_own() -> None:
    drafts = {draft.key: draft for draft in shipped(ROUTES).drafts}
    india = next(d for key, d in drafts.items() if key.startswith("IN|machinery"))
    assert isinstance(india.route_days, tuple)
    assert {(one.kind, one.on) for one in india.route_days} == {
        (RouteDayKind.ISSUED, date(2025, 11, 13)),
        (RouteDayKind.APPLIES, None),
        (RouteDayKind.MENTIONED, date(2026, 9, 1)),
    }
    toys = next(d for key, d in drafts.items() if key.startswith("EU|toys"))
    assert isinstance(toys.route_days, tuple)
    said = {(one.kind, one.on): one for one in toys.route_days}
    assert said[RouteDayKind.APPLIES, date(2030, 8, 1)].words.startswith(
        "Regulation (EU) 2025/2509"
    )
    assert (RouteDayKind.UNTIL, date(2030, 7, 31)) in said


def test_the_shipped_schemes_and_links_are_read() -> None:
    schemes = [one for d in shipped(SCHEMES).drafts for one in d.designates or ()]
    assert all(one.source for one in schemes)
    by = {(one.market, one.product, one.requirement): one for one in schemes}
    assert by["US", "radio", "regulator_accepted_lab"].issuer == "FCC"
    assert by["*", "", "iecee_cb"].issuer == "IECEE"
    assert by["GB", "", "approved_body"].issuer == "UKMCAB"
    links = [one for d in shipped(LINKS).drafts for one in d.route_links or ()]
    assert all(one.url.startswith("https://") and one.title_also for one in links)


@pytest.mark.parametrize(
    ("source", "sourced"),
    [
        ("from memory", False),
        ("From memory; from memory", False),
        ("example.org", True),
        ("from memory; example.org/guide", False),
    ],
)
def test_a_row_is_sourced_where_no_part_of_it_is_from_memory(source: str, sourced: bool) -> None:
    assert is_sourced(source) is sourced
    assert routes(read(f"{HEAD}\n{row(source=source)}\n"))[0].sourced is sourced


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(source=""), "Line 3: no source is named"),
        (row(route="sdoc|nrtl"), "Line 3: recognition_route “sdoc|nrtl”: “nrtl” at character 6"),
        (row(route="sdoc|"), "A requirement is missing at character 6"),
        (row(high="sure"), "Line 3: confidence “sure” is not one of"),
        (row(**{",no,": ",perhaps,"}), "Line 3: in_country_required “perhaps”"),
        (row(XA="Utopia"), "Line 3: market “Utopia”"),
        (row(lamps="Lamps & tubes"), "Line 3: product “Lamps & tubes”"),
        (row(), "Line 3: XA lamps: Lamp mark stands at line 2 already"),
        (row() + ",more", "Line 3: 12 cells under 11 columns"),
    ],
)
def test_one_row_that_cannot_be_taken_refuses_the_table_with_its_line(bad: str, said: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(f"{HEAD}\n{row()}\n{bad}\n")
    assert said in error.value.what


def test_every_bad_line_is_named_at_once() -> None:
    with pytest.raises(Unreadable, match=r"Line 2: .* Line 4: "):
        read("\n".join([HEAD, row(source=""), row(), row(route="x")]))


def test_a_row_may_say_from_when_until_when_it_is_true() -> None:
    head = f"{HEAD},valid_from,valid_to"
    (one,) = routes(read(f"{head}\n{row()},2027-01-20,2029-12-31\n"))
    assert (one.valid_from, one.valid_to) == (date(2027, 1, 20), date(2030, 1, 1))
    with pytest.raises(Unreadable, match="Line 2: valid_to is before valid_from"):
        read(f"{head}\n{row()},2027-01-20,2026-12-31\n")


def test_a_scheme_of_a_requirement_nobody_knows_is_refused() -> None:
    head = "market,product,requirement,issuer,confidence,valid_from,valid_to,source"
    with pytest.raises(Unreadable, match="Line 2: requirement “nrtl” is not known"):
        read(f"{head}\nUS,radio,nrtl,FCC,high,,,example.org\n", SCHEMES)


# --- over the road --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def road(make_database: Callable[[], str]) -> Iterator[Road]:
    engine = db.connect(make_database())
    one = Road(engine, Settings(), {SOURCE.key: SOURCE}, lambda: NOW)
    with engine.begin() as conn:
        catalogue.enrol(conn, [SOURCE], one.settings, NOW)
    yield one
    engine.dispose()


def play(road: Road, text: bytes, when: datetime) -> tuple[RunState, list[str]]:
    with road.engine.begin() as conn:
        run_id, _ = ledger.ask(conn, ledger.list_id(conn, SOURCE.key, ROUTES), "test", when)
    page = Page(url="https://example.org/market_routes.csv", body=text, name="market_routes.csv")
    state = carry_out(road, run_id, Given((page,), when))
    assert state is not None
    with road.engine.connect() as conn:
        reasons = conn.execute(sa.text(f"select reasons from run where id = {run_id}")).scalar_one()
    return state, list(reasons)


def held(engine: Engine) -> tuple[int, int]:
    with engine.connect() as conn:
        said = load_said(conn, ("market_route", "route_day"), on=None,
                         known_at=NOW + timedelta(days=9))  # fmt: skip
        return len(said["market_route"]), len(said["route_day"])


def test_a_broken_row_refuses_the_load_with_its_line_and_the_old_data_stand(road: Road) -> None:
    text = (files("services.reference") / "market_routes.csv").read_bytes()
    state, _ = play(road, text, NOW)
    assert state is RunState.PUBLISHED
    before = held(road.engine)
    assert before[0] == 155
    assert before[1] >= 30
    for bad, said in ((row(source=""), "no source is named"), (row(route="sdoc+"), "missing")):
        state, reasons = play(road, text + f"{bad}\n".encode(), NOW + timedelta(days=1))
        assert state is RunState.REFUSED
        assert any("Line 157: " in one and said in one for one in reasons), reasons
        assert held(road.engine) == before


def test_route_days_are_kept_with_their_words(road: Road) -> None:
    with road.engine.connect() as conn:
        said = load_said(conn, ("route_day",), on=None, known_at=NOW, where={"market": ["EU"]})
    machinery = [one.row for one in said["route_day"] if one.row.product == "machinery"]
    assert [(one.on, one.words) for one in machinery] == [
        (date(2027, 1, 20), "Regulation (EU) 2023/1230 applies 20 Jan 2027")
    ]
