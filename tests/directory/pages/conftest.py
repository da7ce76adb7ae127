"""A made register with everything a page can show, behind the real front door."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import kit
from services.models import Run
from services.settings import Settings
from services.terms import (
    CredentialKind,
    EvidenceLevel,
    Listed,
    Polarity,
    PresenceMode,
    RunState,
)
from tests.services.store.build import World, at, lab, line, suspension

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
# what a hostile or careless source may hold
SCRIPT = '<script>alert("x")</script>'
Client = TestClient[FrontDoor]


@dataclass
class House:
    """Ids as the pages show them."""

    client: Client
    battery: str
    hostile: str
    accreditation: str
    refused_run: int


def _battery() -> kit.Draft:
    return lab(
        events=[suspension("2026-05-20", lines=("2",))],
        lines=[
            line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries"),
            line("2", "充电器", "GB 4943.1-2022", object_also="chargers"),
            *(line(str(n), f"导线 {n}", "IEC 60227-3:1993") for n in range(3, 90)),
        ],
        identifiers=(kit.Identifier(namespace="USCC", value="91999999MA0HER417X"),),
        presences=(
            kit.Presence(
                key="ae",
                country="AE",
                city="Dubai 迪拜",
                mode=PresenceMode.BORROWED,
                partner="Dune Road Laboratory",
                may_issue="Test reports",
                may_issue_also="检测报告",
                in_whose_name="The partner's",
                level=EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
            ),
            kit.Presence(key="vn", country="VN", mode=PresenceMode.BUILT, may_issue="Reports"),
        ),
        credentials=(
            kit.Credential(
                key="penalty",
                kind=CredentialKind.PENALTY,
                title="Fined for late reports",
                issuer="A market regulator",
                polarity=Polarity.ADVERSE,
                level=EvidenceLevel.ISSUER_REGISTER,
            ),
            kit.Credential(
                key="mark",
                kind=CredentialKind.TRADEMARK,
                title="HARBOUR",
                issuer="A trade mark office",
                level=EvidenceLevel.ISSUER_REGISTER,
                via_parent="Harbour Group",
            ),
            kit.Credential(
                key="best",
                kind=CredentialKind.AWARD,
                title="The best of all",
                issuer="A fair",
                level=EvidenceLevel.MARKETING_CLAIM,
            ),
        ),
    )


def _hostile() -> kit.Draft:
    draft = lab(
        "L90666",
        name=f"Quay {SCRIPT} Laboratory",
        name_zh=f"码头{SCRIPT}实验室",
        listed=Listed.WITHDRAWN,
        field=SCRIPT,
        lines=[line("1", f"Steel {SCRIPT}", "ISO 6892-1:2019", limitation=SCRIPT)],
        identifiers=(kit.Identifier(namespace="USCC", value=SCRIPT),),
        sites=(kit.Site(key="1", name=SCRIPT, address=SCRIPT),),
        presences=(
            kit.Presence(
                key="ae",
                country="AE",
                city=SCRIPT,
                mode=PresenceMode.BORROWED,
                partner=SCRIPT,
                may_issue=SCRIPT,
                in_whose_name=SCRIPT,
            ),
        ),
        credentials=(
            kit.Credential(
                key="mark",
                kind=CredentialKind.TRADEMARK,
                title=SCRIPT,
                issuer=SCRIPT,
                level=EvidenceLevel.ISSUER_REGISTER,
            ),
        ),
    )
    profile = kit.Profile(country="SG", city=SCRIPT, website="javascript:alert(1)", raw=SCRIPT)
    names = tuple(msgspec.structs.replace(name, raw=SCRIPT) for name in draft.names)
    return msgspec.structs.replace(draft, profile=profile, names=names, where=SCRIPT)


def _refused(conn: sa.Connection) -> int:
    """The newest run, refused for words of its list, which changed shape."""
    run_id: int = conn.execute(sa.text("select max(id) from run")).scalar_one()
    shape = {"rows": 1, "columns": [SCRIPT], "problems": [SCRIPT], "problem_count": 1}
    said = sa.update(Run).where(Run.id == run_id)
    conn.execute(said.values(reasons=["made to fail", f"“{SCRIPT}” is no day."], shape=shape))
    return run_id


@pytest.fixture(scope="module")
def house(make_database: Callable[[], str]) -> Iterator[House]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",), made=True, title="Made register")
        world.look("register", at("2026-05-30"), [_battery(), _hostile()])
        world.fails("register", at("2026-05-31"), RunState.REFUSED)
        run = _refused(conn)
        conn.commit()
        named = sa.text(
            "select l.body_id from name n join body_link l on l.record_id = n.record_id "
            "where n.text like :text"
        )
        battery = conn.execute(named, {"text": "Harbour%"}).scalar_one()
        hostile = conn.execute(named, {"text": "Quay%"}).scalar_one()
        accreditation = conn.execute(
            sa.text("select id from accreditation where number = 'L90417'")
        ).scalar_one()
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(client, f"b{battery}", f"b{hostile}", f"a{accreditation}", run)


@pytest.fixture
def client(house: House) -> Client:
    return house.client
