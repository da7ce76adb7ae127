"""The made register and the made brand tables, published over the real road, as `make up` does."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.engine import Engine

from deploy.publisher import MADE_SITES
from services.kit import Page, Request, Source
from services.settings import Settings
from services.sources import made_brand, made_register
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RunState

LEARNED = datetime(2026, 9, 1, 8, tzinfo=UTC)
FERRY = "91999999MA38WAQ15L"


def _page(request: Request) -> Page:
    parts = urlsplit(request.url)
    got = next(page for site in MADE_SITES if (page := site(parts.path, parts.query)))
    return Page(url=request.url, body=got.body, name=request.name, page=request.page)


def _register() -> Iterable[Page]:
    request: Request | None = made_register.SOURCE.lists[0].request
    while request is not None:
        page = _page(request)
        yield page
        request = made_register.following(page)


def publish(engine: Engine, *others: Source) -> None:
    """Brand first, the register last: whose turn comes first plays no part. ``others``: further
    made sources, before them."""
    found = {one.key: one for one in (*others, made_brand.SOURCE, made_register.SOURCE)}
    road = Road(engine, Settings(), found, lambda: LEARNED)
    with engine.begin() as conn:
        catalogue.enrol(conn, found.values(), road.settings, LEARNED)
    for source in found.values():
        for one in source.lists:
            register = source is made_register.SOURCE
            pages = tuple(_register()) if register else (_page(one.request),)
            with engine.begin() as conn:
                list_id = ledger.list_id(conn, source.key, one.name)
                run_id, _ = ledger.ask(conn, list_id, "test", LEARNED)
            assert carry_out(road, run_id, Given(pages, LEARNED)) is RunState.PUBLISHED, one.name


def look_up(engine: Engine, issuer: str, number: str) -> None:
    """The register's own look-up of one number, over the road: it stands beside the list."""
    source = made_register.SOURCE
    road = Road(engine, Settings(), {source.key: source}, lambda: LEARNED)
    assert source.lookup is not None
    page = _page(source.lookup.request(source.lookup.address, issuer, number))
    with engine.begin() as conn:
        list_id = ledger.list_id(conn, source.key, catalogue.LOOKUP)
        run_id, _ = ledger.ask(conn, list_id, "test", LEARNED, f"{issuer} {number}")
    assert carry_out(road, run_id, Given((page,), LEARNED)) is RunState.PUBLISHED
