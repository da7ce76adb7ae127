"""A road over a database of the test's own, with a clock that the test turns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import db, models
from services.kit import Source
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RunState
from tests.services.sync import toy


@dataclass
class Clock:
    now: datetime = toy.START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


@dataclass
class Traveller:
    """Plays files over the real road, an hour after one another."""

    engine: Engine
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    sources: dict[str, Source] = field(default_factory=dict)

    @property
    def road(self) -> Road:
        return Road(self.engine, self.settings, self.sources, self.clock)

    def enrol(self, *sources: Source) -> None:
        self.sources |= {one.key: one for one in sources}
        with self.engine.begin() as conn:
            catalogue.enrol(conn, self.sources.values(), self.settings, self.clock())

    def ask(self, key: str = "toy", name: str = "list", record_key: str = "") -> int:
        with self.engine.begin() as conn:
            list_id = ledger.list_id(conn, key, name)
            return ledger.ask(conn, list_id, "test", self.clock(), record_key)[0]

    def play(
        self, *rows: dict[str, Any], key: str = "toy", at: datetime | None = None, **more: Any
    ) -> tuple[RunState | None, int]:
        """One run of a page with these rows; returns how it ended and its id."""
        when = at or self.clock.on(hours=1)
        run_id = self.ask(key)
        given = Given((toy.page(*rows, **more),), when)
        return carry_out(self.road, run_id, given), run_id

    def rows(self, statement: Any, **params: Any) -> list[Any]:
        with self.engine.connect() as conn:
            query = sa.text(statement) if isinstance(statement, str) else statement
            return list(conn.execute(query, params))

    def counts(self) -> dict[str, int]:
        """Rows of every table."""
        with self.engine.connect() as conn:
            return {
                name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in models.Base.metadata.tables.items()
            }

    def run(self, run_id: int) -> Any:
        return self.rows(sa.select(models.Run.__table__).where(models.Run.id == run_id))[0]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def traveller(engine: Engine) -> Traveller:
    one = Traveller(engine)
    one.enrol(toy.source())
    return one
