"""A second publisher's list still shows what the first suspended: the whole sequence over the real
road, seen from outside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import accounts, db
from services.settings import Settings
from services.terms import Role, RunState, SecretKind, Tier
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

LISTED = {"key": "1", "name": "Harbour Lamp Laboratory", "number": "T-1", "expires": "2030-01-01"}
SUSPENDED = LISTED | {"events": [{"kind": "suspended", "on": "2026-03-01"}]}


@dataclass
class Seen:
    """What was answered, and when."""

    at: datetime
    verdict: str
    cases: dict[str, str]


@dataclass
class Place:
    traveller: Traveller
    client: TestClient[FrontDoor]
    seen: list[Seen] = field(default_factory=list)

    def sync(self, key: str, row: dict[str, Any]) -> RunState | None:
        state, run_id = self.traveller.play(row, key=key)
        assert state in (RunState.PUBLISHED, RunState.UNCHANGED), self.traveller.run(run_id)
        return state

    def verdict(self, on: str, **more: str) -> str:
        asked = {"questions": [{"number": "T-1", "issuer": "TAB", "on": on}], **more}
        answer = self.client.post("/api/v1/validity", json=asked)
        assert answer.status_code == 200, answer.text
        told: str = answer.json()["data"]["verdicts"][0]["verdict"]
        return told

    def cases(self, **more: str) -> list[dict[str, Any]]:
        answer = self.client.get("/api/v1/conflicts", params={"state": "all", **more})
        assert answer.status_code == 200, answer.text
        told: list[dict[str, Any]] = answer.json()["data"]
        return told

    def look(self) -> Seen:
        """Verdict and cases now, remembered for the end."""
        now = self.traveller.clock()
        states = {one["id"]: one["state"] for one in self.cases()}
        self.seen.append(Seen(now, self.verdict("2026-03-01"), states))
        self.traveller.clock.on(minutes=30)
        return self.seen[-1]

    def waits(self) -> list[str]:
        answer = self.client.get("/api/v1/desk/queue")
        assert answer.status_code == 200, answer.text
        return [one["ref"] for one in answer.json()["data"] if one["kind"] == "contradiction"]


@pytest.fixture
def place(make_database: Callable[[], str]) -> Iterator[Place]:
    url = make_database()
    engine = db.connect(url)
    traveller = Traveller(engine)
    traveller.enrol(toy.source(), toy.source("second", tier=Tier.AB_SCHEDULE))
    with engine.begin() as conn:
        now = traveller.clock()
        account = accounts.open_account(conn, "A steward", Role.STEWARD, now)
        key = accounts.new_secret(conn, account, SecretKind.API_KEY, now)
    app = create_app(Settings(database_url=url), traveller.clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {key}"
        yield Place(traveller, client)
    engine.dispose()


def test_a_case_opens_by_itself_is_decided_and_opens_again_and_no_past_answer_changes(
    place: Place,
) -> None:
    place.sync("toy", LISTED)
    place.sync("second", LISTED)
    agreed = place.look()
    assert (agreed.verdict, agreed.cases, place.waits()) == ("VALID", {}, [])

    place.sync("toy", SUSPENDED)
    assert place.sync("second", LISTED) is RunState.UNCHANGED
    opened = place.look()
    ((case, state),) = opened.cases.items()
    assert (opened.verdict, state, place.waits()) == ("CONFLICT", "open", [case])
    (told,) = place.cases()
    assert {side["source"]: side["said"] for side in told["sides"]} == {
        "toy": "suspended",
        "second": "active",
    }

    upheld = next(side["ref"] for side in told["sides"] if side["source"] == "toy")
    assert upheld == told["proposed"]
    because = {"upholds": upheld, "because": "The notice of 1 March was read."}
    answer = place.client.post(f"/api/v1/conflicts/{case}/decision", json=because)
    assert answer.status_code == 200, answer.text
    decided = place.look()
    assert (decided.verdict, decided.cases, place.waits()) == ("SUSPENDED", {case: "decided"}, [])

    assert place.sync("second", LISTED) is RunState.UNCHANGED
    assert place.look().cases == {case: "decided"}, "a list that says the same again opens nothing"

    place.sync("second", LISTED | {"listed": "withdrawn"})
    again = place.look()
    assert again.cases == {case: "reopened"}
    assert place.waits() == [case]
    assert again.verdict == "CONFLICT"

    for then in place.seen:
        known = then.at.isoformat()
        assert place.verdict("2026-03-01", known_at=known) == then.verdict, known
        past = {one["id"]: one["state"] for one in place.cases(known_at=known)}
        assert past == then.cases, known
