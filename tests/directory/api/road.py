"""A front door beside a real road on one clock: what is synced is asked about from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import accounts, db
from services.kit import Source
from services.settings import Settings
from services.terms import Role, SecretKind
from tests.services.sync.conftest import Traveller


@dataclass
class Road:
    """``steward``: the account of the client's key."""

    traveller: Traveller
    client: TestClient[FrontDoor]
    steward: int

    def settle(self) -> None:
        """Ends of runs are told by the database's clock: bring them to the tests'."""
        with self.traveller.engine.begin() as conn:
            conn.execute(
                sa.text("update run set finished_at = coalesce(known_at, asked_at)"
                        " where finished_at is not null")
            )  # fmt: skip

    def get(self, path: str, **params: str) -> Any:
        answer = self.client.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def judged(self, number: str, on: str, issuer: str = "TAB", **more: str) -> Any:
        asked = {"questions": [{"number": number, "issuer": issuer, "on": on}], **more}
        answer = self.client.post("/api/v1/validity", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["verdicts"][0]

    def waits(self, kind: str) -> list[str]:
        return [one["ref"] for one in self.get("/desk/queue")["data"] if one["kind"] == kind]

    def metric(self, name: str, source: str) -> float | None:
        start = f'{name}{{source="{source}"}} '
        lines = self.client.get("/metrics").text.splitlines()
        return next((float(one[len(start) :]) for one in lines if one.startswith(start)), None)


@contextmanager
def road(url: str, *sources: Source) -> Iterator[Road]:
    engine = db.connect(url)
    traveller = Traveller(engine)
    traveller.enrol(*sources)
    with engine.begin() as conn:
        now = traveller.clock()
        steward = accounts.open_account(conn, "A steward", Role.STEWARD, now)
        key = accounts.new_secret(conn, steward, SecretKind.API_KEY, now)
    app = create_app(Settings(database_url=url), traveller.clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {key}"
        yield Road(traveller, client, steward)
    engine.dispose()
