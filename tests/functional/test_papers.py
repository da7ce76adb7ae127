"""Papers over the real road: a notice and a regulator's list, published as PDF, join the bodies
that a register names; what a notice says shows on the body's page from its day on, with its bytes.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deploy.publisher import MADE_SITES, Publisher, made_addresses
from services import db
from services.find.body import body
from services.find.search import Query, search
from services.find.sources import source, status
from services.kit import Page
from services.settings import FetchSettings, Settings, SourceSettings
from services.sources.made_notices import SOURCE as NOTICES
from services.sync import catalogue
from services.sync.run import Given, carry_out
from services.terms import EventKind, RunState, Tier, Verdict
from tests.services.sync import toy
from tests.services.sync.conftest import Clock, Traveller
from tests.sources.pdf.paper import document, prose

MADE = ("made_notices", "made_designations", "made_register")


@pytest.fixture(scope="module")
def filled(make_database: Callable[[], str]) -> Iterator[Traveller]:
    """A directory synced from the local publisher: papers first, the register last, so that what
    order the runs come in plays no part."""
    publisher = Publisher(0, MADE_SITES)
    thread = threading.Thread(target=publisher.serve_forever)
    thread.start()
    engine = db.connect(make_database())
    hosts = (publisher.base.removeprefix("http://"),)
    settings = Settings(fetch=FetchSettings(private_hosts=hosts))
    one = Traveller(engine, Clock(datetime(2026, 9, 1, 8, tzinfo=UTC)), settings)
    found = catalogue.discover()
    for key in MADE:
        addresses = {
            name: publisher.base + path for name, path in made_addresses(found[key]).items()
        }
        one.settings.sources[key] = SourceSettings(address=addresses, rate=1000.0)
    one.enrol(*(found[key] for key in MADE))
    try:
        for key in MADE:
            one.clock.on(hours=1)
            run_id = one.ask(key, one.sources[key].lists[0].name)
            state = carry_out(one.road, run_id)
            assert state is RunState.PUBLISHED, one.run(run_id).reasons
        yield one
    finally:
        publisher.shutdown()
        thread.join()
        publisher.server_close()
        engine.dispose()


@pytest.fixture
def conn(filled: Traveller) -> Iterator[Connection]:
    with filled.engine.connect() as conn:
        yield conn


def found(conn: Connection, number: str, now: datetime) -> Any:
    cards, _ = search(conn, Query(q=number), now=now, today=now.date())
    (card,) = [
        one for one in cards.cards if any(acc.number == number for acc in one.accreditations)
    ]
    view, _ = body(conn, card.id, on=now.date(), known_at=now)
    (acc,) = [one for one in view.accreditations if one.number == number]
    return view, acc


def test_papers_join_the_register_s_bodies_and_make_none(
    filled: Traveller, conn: Connection
) -> None:
    house, _ = status(conn, filled.clock())
    assert house.bodies == 200
    reviews = conn.execute(sa.text("select count(*) from review_item")).scalar_one()
    assert reviews == house.open_reviews
    notices, _ = source(conn, "made_notices", filled.clock())
    designations, _ = source(conn, "made_designations", filled.clock())
    assert (notices.records, notices.bodies) == (15, 15)
    assert (designations.records, designations.bodies) == (20, 20)


def test_an_event_told_by_notice_and_register_is_one_with_two_proofs(
    filled: Traveller, conn: Connection
) -> None:
    view, acc = found(conn, "L90165", filled.clock())
    assert acc.status.verdict is Verdict.WITHDRAWN
    (event,) = [one for one in acc.events if one.kind is EventKind.WITHDRAWN]
    assert (event.on, event.decided, event.published) == (
        date(2026, 1, 26),
        date(2026, 1, 19),
        date(2026, 1, 23),
    )
    assert {proof.source for proof in event.evidence} == {"made_notices", "made_register"}
    told = next(proof for proof in event.evidence if proof.source == "made_notices")
    assert "撤销" in told.raw
    assert len(told.sha256) == 64
    assert {name.text for name in view.names} >= {
        "鹡榕检测技术（杭州）有限公司",
        "Wagtail Banyan Testing Technology (Hangzhou) Co., Ltd.",
    }


@pytest.mark.parametrize(
    ("number", "kind", "on", "until", "lines", "sites"),
    [
        ("L90145", EventKind.SUSPENDED, date(2026, 7, 6), None, (), ()),
        ("IB9015", EventKind.SUSPENDED, date(2026, 8, 24), date(2027, 2, 24), (), ()),
        ("L90149", EventKind.SUSPENDED, date(2025, 2, 10), date(2025, 5, 10), (), ()),
        ("L90112", EventKind.SUSPENDED, date(2026, 5, 18), None, ("2", "3", "5"), ()),
        ("L90120", EventKind.SUSPENDED, date(2026, 4, 13), None, (), ("B",)),
        ("L90169", EventKind.SURRENDERED, date(2025, 12, 15), None, (), ()),
    ],
)
def test_notices_and_register_agree_on_every_event(
    filled: Traveller,
    conn: Connection,
    number: str,
    kind: EventKind,
    on: date,
    until: date | None,
    lines: tuple[str, ...],
    sites: tuple[str, ...],
) -> None:
    _, acc = found(conn, number, filled.clock())
    (event,) = [one for one in acc.events if (one.kind, one.on) == (kind, on)]
    assert (event.until, event.lines, event.sites) == (until, lines, sites)
    assert {proof.source for proof in event.evidence} == {"made_notices", "made_register"}


def test_a_designation_stands_beside_the_accreditations_of_its_body(
    filled: Traveller, conn: Connection
) -> None:
    view, acc = found(conn, "MDA-2026-001", filled.clock())
    assert {one.issuer for one in view.accreditations} > {"CNAS", "CMA", "MDA"}
    assert acc.status.verdict is Verdict.VALID
    assert acc.lines == 2
    assert acc.expires == date(2028, 5, 20)
    assert "page 1, row 2" in acc.evidence[0].how
    _, gone = found(conn, "MDA-2026-015", filled.clock())
    assert gone.status.verdict is Verdict.WITHDRAWN


def test_syncing_the_same_papers_again_publishes_nothing(filled: Traveller) -> None:
    for key in ("made_notices", "made_designations"):
        filled.clock.on(hours=1)
        run_id = filled.ask(key, filled.sources[key].lists[0].name)
        assert carry_out(filled.road, run_id) is RunState.UNCHANGED


# --- a notice on a body in good standing ----------------------------------------------------------


@pytest.fixture
def traveller(make_database: Callable[[], str]) -> Iterator[Traveller]:
    engine = db.connect(make_database())
    one = Traveller(engine)
    one.enrol(toy.source(), NOTICES)
    yield one
    engine.dispose()


HERON = {"key": "1", "name": "Heron Testing Pte Ltd", "number": "L99001", "issuer": "CNAS",
         "granted": "2020-01-01", "expires": "2030-01-01", "country": "SG"}  # fmt: skip


def publish(one: Traveller, *paragraphs: str) -> tuple[RunState | None, int]:
    run_id = one.ask(NOTICES.key, "notices")
    paper = document([prose(text) for text in paragraphs])
    page = Page(url="https://ab.example/notices/1.pdf", body=paper, name="1.pdf")
    return carry_out(one.road, run_id, Given((page,), one.clock.on(hours=1))), run_id


def test_a_withdrawal_notice_shows_from_its_day_with_the_notice_as_evidence(
    traveller: Traveller,
) -> None:
    traveller.play(HERON)
    before = traveller.clock()
    state, run_id = publish(
        traveller,
        "The accreditation of Heron Testing Pte Ltd (certificate No. CNAS L99001) has been"
        " withdrawn with effect from 3 March 2026. Its certificate must be returned.",
        "28 February 2026",
    )
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
    now = traveller.clock.on(days=4)
    with traveller.engine.connect() as conn:
        cards, meta = search(conn, Query(q="Heron"), now=now, today=now.date())
        assert meta.total == 1
        card = cards.cards[0]

        def verdict(on: date, known_at: datetime) -> Verdict:
            (acc,) = body(conn, card.id, on=on, known_at=known_at)[0].accreditations
            return acc.status.verdict

        assert verdict(date(2026, 3, 1), now) is Verdict.VALID
        assert verdict(date(2026, 3, 2), now) is Verdict.VALID
        assert verdict(date(2026, 3, 3), now) is Verdict.WITHDRAWN
        assert verdict(date(2026, 12, 31), now) is not Verdict.VALID
        assert verdict(date(2026, 3, 1), before) is Verdict.VALID
        (acc,) = body(conn, card.id, on=now.date(), known_at=now)[0].accreditations
        (event,) = acc.events
        assert (event.kind, event.on) == (EventKind.WITHDRAWN, date(2026, 3, 3))
        assert event.published == date(2026, 2, 28)
        (proof,) = event.evidence
        assert (proof.source, proof.tier) == ("made_notices", Tier.AB_REGISTER)
        assert "1.pdf, page 1" in proof.how
        assert "withdrawn with effect from 3 March 2026" in proof.raw


def test_a_notice_left_on_the_web_is_no_check_that_a_suspension_goes_on(
    traveller: Traveller,
) -> None:
    traveller.play(HERON)
    said = (
        "The accreditation of Heron Testing Pte Ltd (certificate No. CNAS L99001) is suspended"
        " from 2 March 2026 to 31 March 2026."
    )
    publish(traveller, said, "28 February 2026")
    traveller.clock.on(days=45)
    traveller.play(HERON)
    assert publish(traveller, said, "28 February 2026")[0] is RunState.UNCHANGED
    now = traveller.clock.on(hours=1)
    with traveller.engine.connect() as conn:
        (card,) = search(conn, Query(q="Heron"), now=now, today=now.date())[0].cards
        (acc,) = body(conn, card.id, on=date(2026, 3, 31), known_at=now)[0].accreditations
        assert acc.status.verdict is Verdict.SUSPENDED
        (acc,) = body(conn, card.id, on=now.date(), known_at=now)[0].accreditations
        assert acc.status.verdict is Verdict.VALID


def test_a_sentence_not_understood_refuses_the_run_and_is_named(traveller: Traveller) -> None:
    traveller.play(HERON)
    state, run_id = publish(
        traveller,
        "The accreditation of Heron Testing Pte Ltd (certificate No. CNAS L99001) has been"
        " partially withdrawn with effect from 3 March 2026.",
    )
    assert state is RunState.REFUSED
    assert traveller.clock() - toy.START < timedelta(days=1)
    assert any("does not say which" in reason for reason in traveller.run(run_id).reasons)
