"""An address that a source gave is a link only where a browser may be sent there."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser

import directory
from directory.app import create_app
from directory.pages.render import web
from services.kit import Profile
from services.settings import Settings
from tests.directory.pages.conftest import NOW, Client
from tests.services.store.build import World, at, lab

TEMPLATES = Path(directory.__file__).parent / "templates"
GOOD = ["https://quay.example/a?b=1&c=%20#d", "HTTP://QUAY.EXAMPLE"]
BAD = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://quay.example",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//quay.example",
    "quay.example",
    'https://quay.example/" onclick="alert(1)',
    "https://quay.example\njavascript:alert(1)",
    "",
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_of_the_web_is_itself(address: str) -> None:
    assert web(address) == address


@pytest.mark.parametrize("address", BAD)
def test_anything_else_is_no_address(address: str) -> None:
    assert web(address) == ""


@pytest.fixture(scope="module")
def shown(make_database: Callable[[], str]) -> Iterator[tuple[Client, dict[str, str]]]:
    """A directory in which every address of a source is the same text, and the body of each."""
    url = make_database()
    engine = sa.create_engine(url)
    bodies = {}
    with engine.connect() as conn:
        world = World(conn)
        for number, address in enumerate([*GOOD, *BAD[:-1]]):
            key = f"s{number}"
            world.source(key, home=address)
            draft = lab(f"L{number}", name=f"Quay {number} Laboratory", name_zh="")
            profile = Profile(country="SG", website=address)
            world.look(key, at("2026-05-30"), [msgspec.structs.replace(draft, profile=profile)])
            conn.execute(
                sa.text(
                    "update run_payload set publisher_url = :address"
                    " where run_id = (select max(id) from run)"
                ),
                {"address": address},
            )
            bodies[address] = conn.execute(
                sa.text(
                    "select 'b' || l.body_id from body_link l"
                    " where l.record_id = (select max(id) from record)"
                )
            ).scalar_one()
        conn.commit()
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client, bodies


def _outward(page: str) -> list[str]:
    """Where the page's links lead that do not stay in the directory."""
    links = [a.attributes.get("href") or "" for a in LexborHTMLParser(page).css("a")]
    return [link for link in links if not re.match(r"[/#](?!/)", link)]


@pytest.mark.parametrize("number", range(len(GOOD) + len(BAD) - 1))
def test_sources_addresses_are_links_or_text(
    shown: tuple[Client, dict[str, str]], number: int
) -> None:
    client, bodies = shown
    address = [*GOOD, *BAD][number]
    for path, places in ((f"/en/bodies/{bodies[address]}", 2), (f"/en/sources/s{number}", 1)):
        answer = client.get(path)
        assert answer.status_code == 200
        links = _outward(answer.text)
        if address in GOOD:
            assert set(links) == {address}, path
            assert len(links) >= places, path  # the web site, and the evidence of each fact
        else:
            assert links == [], path
            text = LexborHTMLParser(answer.text).body
            assert text is not None
            assert " ".join(address.split()) in " ".join(text.text().split()), path


def test_one_macro_alone_makes_links_of_sources_addresses() -> None:
    ours = re.compile(
        r'"\{\{ (?:frame\.|asset\()|"#|"/schema"'
        r'|"/api/v1(?:\{\{ at \}\}/|/desk/[a-z]+"$|/accreditations/\{\{ fresh\.accreditation \}\}/)'
    )
    others = [
        f"{file.name}: {found.group()}"
        for file in sorted(TEMPLATES.glob("*.html"))
        for found in re.finditer(r'(?:href|src|action)=("[^"]*")', file.read_text())
        if not ours.match(found.group(1))
    ]
    assert others == ['macros.html: href="{{ address }}"']
