"""A small directory with two accreditation bodies, an account, and a receiver of webhooks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import accounts, db, kit
from services import models as m
from services.settings import FetchSettings, Settings
from services.terms import LeavingMeans, Role
from services.watch import subscriptions
from services.watch.deliver import deliver_due, tell_subscribers
from services.watch.filter import Filter
from services.watch.prepare import Prepared, prepare
from tests.services.store.build import World, at, lab, line, suspension
from tests.services.watch.receiver import Receiver, receive

NOW = at("2026-06-01")


def harbour(**more: Any) -> kit.Draft:
    """A Chinese battery laboratory of CNAS with two lines."""
    lines = [
        line("1", "lithium batteries", "GB/T 18287-2013", sites=("SZ",)),
        line("2", "chargers", "GB 4943.1-2022"),
    ]
    return lab(**{"lines": lines, **more})


def inspector(**more: Any) -> kit.Draft:
    """A body in Singapore of SAC."""
    said = {"name": "Old Quay Inspection", "name_zh": "", "country": "SG", "city": "Singapore"}
    return lab("IB90007", issuer="SAC", **{**said, **more})


def northern(**more: Any) -> kit.Draft:
    said = {"name": "Northern Lamp Works", "name_zh": "", "country": "DE", "city": "Rostock"}
    return lab("D-PL-90001", issuer="DAkkS", **{**said, **more})


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


@dataclass
class Post:
    """The directory, an account, and what is delivered to its receiver."""

    world: World
    engine: Engine
    account: int
    receiver: Receiver
    clock: Clock = field(default_factory=Clock)
    looked: int = 0

    @property
    def conn(self) -> Connection:
        return self.world.conn

    @property
    def settings(self) -> Settings:
        return Settings(fetch=FetchSettings(private_hosts=(self.receiver.host,)))

    def subscribe(self, wanted: Filter | None = None, path: str = "/hook", **more: Any) -> str:
        with self.engine.begin() as conn:
            made = subscriptions.make(
                conn, self.account, f"{self.receiver.base}{path}", wanted or Filter(),
                more.pop("watchlist", ""), self.settings.fetch.private_hosts, self.clock(), **more,
            )  # fmt: skip
        return made.subscription.id

    def secret(self, id_: str) -> str:
        one = m.Subscription
        query = sa.select(one.secret).where(one.id == int(id_[1:]))
        with self.engine.connect() as conn:
            return str(conn.execute(query).scalar_one())

    def suspend(self, first: str = "2026-05-20", until: str | None = None, **more: Any) -> int:
        """A notice that the inspector is suspended; returns its position in the log."""
        self.looked += 1
        stop = inspector(
            events=[suspension(first, until)], key=f"notice {self.looked}", expires=None, **more
        )
        looked = at("2026-05-21") + timedelta(hours=self.looked)
        position = self.world.look("notices", looked, [stop]).position
        assert position is not None
        return position

    def look(self, drafts: Sequence[kit.Draft]) -> int | None:
        self.looked += 1
        return self.world.look(
            "register", at("2026-05-21") + timedelta(hours=self.looked), drafts
        ).position

    def prepare(self) -> Prepared:
        with self.engine.begin() as conn:
            return prepare(conn, self.clock())

    def deliver(self) -> int:
        return deliver_due(self.engine, self.settings, self.clock)

    def tell(self) -> tuple[int, int]:
        return tell_subscribers(self.engine, self.settings, self.clock)

    def read(self, id_: str) -> subscriptions.SubscriptionView:
        with self.engine.connect() as conn:
            return subscriptions.read(conn, self.account, id_)

    def deliveries(self, id_: str, **more: Any) -> tuple[subscriptions.DeliveryView, ...]:
        with self.engine.connect() as conn:
            return subscriptions.deliveries(conn, self.account, id_, **more)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "SAC", "DAkkS"])
        one.source("notices", authoritative_for=["SAC"], leaving=LeavingMeans.NOTHING)
        one.look("register", at("2026-05-04"), [harbour(), inspector(), northern()])
        yield one


@pytest.fixture
def account(engine: Engine, world: World) -> int:
    with engine.begin() as conn:
        return accounts.open_account(conn, "Harbour desk", Role.READER, NOW)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as one:
        yield one


@pytest.fixture
def post(world: World, engine: Engine, account: int, receiver: Receiver) -> Post:
    return Post(world, engine, account, receiver)
