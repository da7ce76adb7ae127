"""A front door over a database of the module's own, at a time of the tests' choosing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import accounts, kit
from services.evidence.keys import new_key
from services.settings import ProofSettings, Settings
from services.terms import (
    CredentialKind,
    EvidenceLevel,
    Polarity,
    PresenceMode,
    Role,
    RunState,
    SecretKind,
)
from tests.services.store.build import World, at, lab, line, suspension

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
Client = TestClient[FrontDoor]


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    @contextmanager
    def later(self, **delta: float) -> Iterator[None]:
        before, self.now = self.now, self.now + timedelta(**delta)
        yield
        self.now = before


@dataclass
class House:
    """A filled database and its front door."""

    url: str
    client: Client
    clock: Clock = field(default_factory=Clock)

    def look(self, build: Callable[[World], object]) -> None:
        """Publish something more through the real transaction."""
        engine = sa.create_engine(self.url)
        with engine.connect() as conn:
            world = World(conn)
            rows = conn.execute(sa.text("select source_key, name, id from source_list")).all()
            world.lists = {(key, name): id_ for key, name, id_ in rows}
            build(world)
            conn.commit()
        engine.dispose()

    def opens(self, name: str, role: Role = Role.READER) -> dict[str, str]:
        """A new account and the header with its key."""
        engine = sa.create_engine(self.url)
        with engine.begin() as conn:
            account_id = accounts.open_account(conn, name, role, self.clock())
            made = accounts.new_secret(conn, account_id, SecretKind.API_KEY, self.clock())
        engine.dispose()
        return {"authorization": f"Bearer {made}"}


def drafts() -> list[kit.Draft]:
    """Two bodies: a suspended one with presence and credentials, and one in good standing."""
    battery = lab(
        events=[suspension("2026-05-20")],
        lines=[
            line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries"),
            line("2", "充电器", "GB 4943.1-2022", object_also="chargers"),
        ],
        presences=(
            kit.Presence(
                key="ae",
                country="AE",
                city="Dubai",
                mode=PresenceMode.BORROWED,
                partner="Dune Road Laboratory",
                may_issue="Test reports",
                in_whose_name="The partner's",
                level=EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
            ),
        ),
        credentials=(
            kit.Credential(
                key="penalty",
                kind=CredentialKind.PENALTY,
                title="Fined for late reports",
                issuer="A market regulator",
                polarity=Polarity.ADVERSE,
                level=EvidenceLevel.ISSUER_REGISTER,
                granted=date(2025, 3, 1),
            ),
        ),
    )
    other = lab(
        "L90500",
        name="Quayside Metal Laboratory",
        name_zh="",
        country="SG",
        city="Singapore",
        lines=[line("1", "Steel bars", "ISO 6892-1:2019")],
    )
    return [battery, other]


def fill(world: World) -> None:
    world.source("register", authoritative_for=("CNAS",))
    world.look("register", at("2026-05-30"), drafts())
    world.fails("register", at("2026-05-31"), RunState.REFUSED)


@pytest.fixture(scope="module")
def house(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    url = make_database()
    folder = str(tmp_path_factory.mktemp("keys"))
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        new_key(conn, folder, NOW)
        conn.commit()
    engine.dispose()
    clock = Clock()
    proof = ProofSettings(keys=folder, origin="https://directory.example")
    app = create_app(Settings(database_url=url, proof=proof), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(url, client, clock)


@pytest.fixture
def client(house: House) -> Client:
    return house.client


@pytest.fixture(scope="module")
def key(house: House) -> dict[str, str]:
    """The header that an account of the module's own sends: a reader's."""
    return house.opens("Harbour desk")


@pytest.fixture(scope="module")
def closed() -> Iterator[Client]:
    """A front door whose database cannot be reached: nothing listens at port 1."""
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/none")
    with TestClient(create_app(settings, Clock()), raise_server_exceptions=False) as client:
        yield client
