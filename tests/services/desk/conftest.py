"""Two publishers that know one body under two spellings, and stewards who decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pytest

from services import accounts, db
from services.desk import between, merges, pairs
from services.desk.pairs import Why
from services.desk.turn import Decided
from services.evidence import dossier
from services.evidence.findings import Finding
from services.evidence.verify import verify
from services.find import body as reading
from services.find.question import Query
from services.find.search import search
from services.terms import RelationKind, Role
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller, engine, traveller

__all__ = ["engine", "traveller"]

HERON: dict[str, Any] = {
    "key": "1",
    "name": "Heron Testing Pte Ltd",
    "number": "T-1",
    "granted": "2020-01-01",
    "identifiers": {"USCC": "91350211M000100Y46"},
    "lines": [["battery", "GB 31241-2022"]],
}
SPELT: dict[str, Any] = {
    "key": "x",
    "name": "Heron Test (Singapore)",
    "number": "T-1",
    "granted": "2020-01-01",
    "identifiers": {"LEI": "5493001KJTIIGC8Y1R12"},
}
TERN: dict[str, Any] = {"key": "2", "name": "Tern Labs", "number": "T-2", "granted": "2021-05-05"}


@dataclass
class Desk:
    """The desk over a road that has been travelled; a day passes with every decision."""

    road: Traveller
    stewards: dict[str, int]

    def why(self, who: str = "First steward") -> Why:
        return Why("Both certificates were read.", "file 12", self.stewards[who])

    def version(self, *ids: int) -> str:
        with self.road.engine.connect() as conn:
            return pairs.version(conn, ids)

    def _do(self, fn: Any, *given: Any, who: str, **more: Any) -> Decided:
        moment = self.road.clock.on(days=1)
        with self.road.engine.begin() as conn:
            done: Decided = fn(conn, *given, self.why(who), clock=lambda: moment, **more)
        return done

    def merge(
        self, body: int, into: int, version: str | None = None, who: str = "First steward"
    ) -> Decided:
        seen = self.version(body, into) if version is None else version
        return self._do(merges.merge, body, into, who=who, version=seen)

    def unmerge(self, body: int, into: int, also: tuple[int, ...] = ()) -> Decided:
        seen = self.version(body, into)
        return self._do(merges.unmerge, body, who="First steward", version=seen, also=also)

    def apart(self, one: int, two: int) -> Decided:
        seen = self.version(one, two)
        return self._do(between.apart, one, two, who="First steward", version=seen)

    def relate(self, one: int, two: int, kind: RelationKind) -> Decided:
        seen = self.version(one, two)
        return self._do(between.relate, one, two, kind, who="First steward", version=seen)

    def said(self, known_at: datetime) -> dict[str, Any]:
        """Every answer about both bodies as known then."""
        on = known_at.date()
        with db.snapshot(self.road.engine) as conn:
            said: dict[str, Any] = {}
            for id_ in ("b1", "b2"):
                view, _ = reading.body(conn, id_, on=on, known_at=known_at)
                said[id_] = msgspec.to_builtins(view)
                made = dossier.freeze(conn, id_, on=on, known_at=known_at, now=known_at)
                said[f"dossier {id_}"] = made.packed()
            for one in (Asked(on=on, number="T-1"), Asked(on=on, body="b1")):
                judged, _ = answer(conn, one, known_at=known_at, today=on)
                said[f"verdict {one.number}{one.body}"] = msgspec.to_builtins(judged)
            past = Query(q="heron", as_of=on)
            found, _ = search(conn, past, now=self.road.clock(), today=self.road.clock().date())
            said["found"] = [msgspec.to_builtins(card) for card in found.cards]
            return said

    def found(self, words: str, known_at: datetime) -> list[str]:
        with db.snapshot(self.road.engine) as conn:
            shown, _ = search(conn, Query(q=words), now=known_at, today=known_at.date())
        return [card.id for card in shown.cards]

    def bodies(self) -> dict[str, int]:
        """Record's key → body, now."""
        return {
            row.key: row.body_id
            for row in self.road.rows(
                "select r.key, b.body_id from body_link b join record r on r.id = b.record_id"
                " where upper_inf(b.known)"
            )
        }

    def faults(self) -> list[Finding]:
        with db.snapshot(self.road.engine) as conn:
            return list(verify(conn, lambda *_: None))


@pytest.fixture
def desk(traveller: Traveller) -> Desk:
    """b1 by the first publisher, b2 by the second; a doubt waits."""
    traveller.enrol(toy.source(), toy.source("second"))
    stewards = {}
    with traveller.engine.begin() as conn:
        for name in ("First steward", "Second steward"):
            stewards[name] = accounts.open_account(conn, name, Role.STEWARD, traveller.clock())
    traveller.play(HERON)
    traveller.play(SPELT, key="second")
    return Desk(traveller, stewards)
