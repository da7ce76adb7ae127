"""Two publishers' lists over the real road, and stewards before the API, on one clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar.testing import TestClient

from directory.app import create_app
from services import accounts, db
from services.evidence import dossier
from services.settings import Settings
from services.terms import Role, SecretKind
from tests.directory.api.conftest import Client
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON: dict[str, Any] = {
    "key": "1",
    "name": "Heron Testing Pte Ltd",
    "number": "T-1",
    "granted": "2020-01-01",
    "identifiers": {"USCC": "91350211M000100Y46"},
    "lines": [["battery", "GB 31241-2022"], ["charger", "GB 4943.1-2022"]],
}
SPELT: dict[str, Any] = {
    "key": "x",
    "name": "Heron Test (Singapore)",
    "number": "T-1",
    "granted": "2020-01-01",
    "identifiers": {"LEI": "5493001KJTIIGC8Y1R12"},
    "lines": [["battery", "IEC 62133-2:2017"]],
}
TERN: dict[str, Any] = {"key": "2", "name": "Tern Labs", "number": "T-2", "granted": "2021-05-05"}
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"number": "T-1"},
    {"number": "TAB T-1", "body": "Heron Test (Singapore)"},
    {"body": "b1"},
    {"body": "b2", "activity": {"method": "IEC 62133-2:2017"}},
    {"accreditation": "a1", "activity": {"method": "GB 4943.1-2022"}},
    {"accreditation": "a2"},
    {"number": "T-2"},
)
_NOW = {"log_position", "sources"}  # of meta: the log grows, and sources are looked at again


@dataclass
class Joining:
    """Lists played over the real road, and the front door over the same database and clock."""

    road: Traveller
    client: Client
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def steward(self, name: str = "First steward") -> dict[str, str]:
        if name not in self.keys:
            with self.road.engine.begin() as conn:
                now = self.road.clock()
                account = accounts.open_account(conn, name, Role.STEWARD, now)
                made = accounts.new_secret(conn, account, SecretKind.API_KEY, now)
            self.keys[name] = {"authorization": f"Bearer {made}"}
        return self.keys[name]

    def get(self, path: str, status: int = 200, **asked: str) -> dict[str, Any]:
        """As a steward, who may see all."""
        answer = self.client.get(f"/api/v1{path}", params=asked, headers=self.steward())
        assert answer.status_code == status, (path, asked, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def post(
        self, path: str, sent: dict[str, Any], status: int = 200, who: str = "First steward"
    ) -> dict[str, Any]:
        self.road.clock.on(hours=1)
        headers = self.steward(who)
        answer = self.client.post(f"/api/v1{path}", json=sent, headers=headers)
        assert answer.status_code == status, (path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def doubt(self) -> dict[str, Any]:
        """The only one that is open, with both sides."""
        (brief,) = self.get("/desk/matches")["data"]
        found: dict[str, Any] = self.get(f"/desk/matches/{brief['id']}")["data"]
        return found

    def decide(self, decision: str, **more: Any) -> dict[str, Any]:
        seen = self.doubt()
        sent = {"decision": decision, "because": "Both were read.", "version": seen["version"]}
        return self.post(f"/desk/matches/{seen['id']}/decision", sent | more)

    def merge(self, body: str, into: str) -> dict[str, Any]:
        seen = self.post(f"/bodies/{body}/merge?preview=true", {"into": into})["data"]
        sent = {"into": into, "because": "Both were read.", "version": seen["version"]}
        return self.post(f"/bodies/{body}/merge", sent)

    def unmerge(self, body: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the preview says, and what was done."""
        seen = self.post(f"/bodies/{body}/unmerge?preview=true", {})["data"]
        sent = {"because": "Two firms after all.", "version": seen["version"]}
        return seen, self.post(f"/bodies/{body}/unmerge", sent | more)

    def found(self, words: str) -> list[str]:
        return [card["id"] for card in self.get("/bodies", q=words)["data"]["cards"]]

    def answers(self, known_at: datetime | None = None) -> dict[str, Any]:
        """Every answer about the bodies and their accreditations, as known then or now; of meta
        without what tells of the log and its sources as they stand while one asks."""
        now = known_at or self.road.clock()
        asked = {"known_at": stamp(now), "on": now.date().isoformat()}
        said: dict[str, Any] = {}
        for path, more in questions():
            answer = self.client.get(f"/api/v1{path}", params=asked | more, headers=self.steward())
            said[f"{path} {sorted(more.items())}"] = (answer.status_code, plain(answer.json()))
        for one in QUESTIONS:
            sent = {"questions": [one | {"on": asked["on"]}], "known_at": asked["known_at"]}
            told = self.client.post("/api/v1/validity", json=sent)
            assert told.status_code == 200, told.text
            said[f"validity {one}"] = plain(told.json(), "on")
        if known_at is not None:  # search asks for past days
            for words in ("heron", "heron testing", "heron test singapore"):
                past: dict[str, Any] = {"q": words, "as_of": now.date().isoformat()}
                said[f"as of {words}"] = plain(self.get("/bodies", **past))
        with db.snapshot(self.road.engine) as conn:
            for body in ("b1", "b2", "b3"):
                made = dossier.freeze(conn, body, on=now.date(), known_at=now, now=now)
                said[f"dossier {body}"] = made.packed()
        return said


def questions() -> Iterator[tuple[str, dict[str, str]]]:
    for body in ("b1", "b2", "b3"):
        yield f"/bodies/{body}", {}
        for part in ("accreditations", "scope", "timeline", "presence", "credentials"):
            yield f"/bodies/{body}/{part}", {}
    for n in (1, 2, 3):
        yield f"/accreditations/a{n}", {}
        yield "/bodies/b2/scope", {"accreditation": f"a{n}"}
    for number in ("T-1", "T-2"):
        yield "/resolve", {"number": number}
    yield "/conflicts", {"state": "all"}


def plain(answer: dict[str, Any], *now: str) -> dict[str, Any]:
    left = _NOW | set(now)
    meta = {name: value for name, value in answer.get("meta", {}).items() if name not in left}
    return answer | {"meta": meta}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def joining(url: str) -> Iterator[Joining]:
    """b1 by the first publisher with Tern as b3's elder, b2 by the second; a doubt waits."""
    engine = db.connect(url)
    try:
        road = Traveller(engine)
        road.enrol(toy.source(), toy.source("second"))
        road.play(HERON)
        road.play(SPELT, key="second")
        road.play(HERON, TERN)
        road.clock.on(hours=1)
        app = create_app(Settings(database_url=url), road.clock)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Joining(road, client)
    finally:
        engine.dispose()
