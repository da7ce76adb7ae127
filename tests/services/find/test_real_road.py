"""Everything that the shipped samples lead to can be found and read, end to end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import db
from services.find import body as reading
from services.find.changes import changes
from services.find.search import Query, search
from services.find.sources import sources, status
from services.kit import Page
from services.models import Document
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RunState

SAMPLES = Path(__file__).parents[2] / "sources"
NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)
PLAYED = {
    "made_register": ("list", "list_20260831.json"),
    "us_nllap": ("", "epa-nllap_2026-03-05.html"),
    "sg_cpso": ("", "list-of-cab-cps-scheme-ver-15-03-24.xlsx"),
}


@pytest.fixture(scope="module")
def conn(make_database: Callable[[], str]) -> Iterator[Connection]:
    """A directory into which one sample of each of these sources was played."""
    engine = db.connect(make_database())
    road = Road(engine, Settings(), catalogue.discover(), lambda: NOW)
    with engine.begin() as conn:
        catalogue.enrol(conn, road.sources.values(), road.settings, NOW)
    for key, (_, file) in PLAYED.items():
        name = road.sources[key].lists[0].name
        with engine.begin() as conn:
            run_id, _ = ledger.ask(conn, ledger.list_id(conn, key, name), "test", NOW)
        path = SAMPLES / key / file
        page = Page(url=f"https://example.org/{file}", body=path.read_bytes(), name=file)
        assert carry_out(road, run_id, Given((page,), NOW)) is RunState.PUBLISHED, key
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def test_every_body_is_found_and_every_fact_has_its_bytes(conn: Connection) -> None:
    found, meta = search(conn, Query(limit=100), now=NOW, today=NOW.date())
    documents = conn.execute(sa.select(sa.func.count()).select_from(Document)).scalar_one()
    assert meta.total == documents == len(found.cards) > 10
    assert {facet.value for facet in found.facets["source"]} == set(PLAYED)
    for card in found.cards:
        body, _ = reading.body(conn, card.id, on=NOW.date(), known_at=NOW)
        assert body.standings == card.standings
        assert body.made == card.made
        assert len(body.accreditations) == card.accreditation_count
        assert body.scope.of == card.line_count
        proofs = [proof for name in body.names for proof in name.evidence]
        proofs += [proof for acc in body.accreditations for proof in acc.evidence]
        proofs += [one.evidence for one in body.scope.lines]
        assert proofs
        assert all(len(p.sha256) == 64 and p.size and p.url and p.how for p in proofs)


def test_chinese_words_find_bodies_of_the_made_register(conn: Connection) -> None:
    found, _ = search(conn, Query(q="灯具"), now=NOW, today=NOW.date())
    assert found.cards
    assert all(card.made for card in found.cards)
    assert any(card.matched for card in found.cards)


def test_the_house_tells_how_it_does(conn: Connection) -> None:
    views, _ = sources(conn, NOW)
    assert {view.key for view in views if view.bodies} == set(PLAYED)
    said, _ = status(conn, NOW)
    assert (said.log_position, said.queued) == (2, 0)
    rows, _ = changes(conn, limit=1000)
    assert {row.source for row in rows} <= set(PLAYED)
