"""What people and programs do all day, at a steady pace, each with a thread of its own."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

_WORDS = ("battery", "电池", "toys", "食品", "rubber", "SGS", "拉伸", "water", "cormorant", "EMC")
_STANDARDS = ("GB4943.1", "IEC 62368-1", "GB/T 18287", "ISO 10993-5", "EN 71-3")
_DAY = date(2024, 1, 1)
_BATCH = 100  # questions of one request
_ROWS = 3_000  # of one audit


@dataclass(slots=True)
class Load:
    """``numbers``: (issuer, number) of accreditations that are asked about. ``done``: answers by
    kind; ``failed``: what was wrong with the others."""

    base: str
    key: str
    numbers: Sequence[tuple[str, str]] = ()
    done: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Begins with finding whom to ask about; ends with everybody gone."""
        with self._client() as client:
            cards = self._told(client, "/api/v1/bodies", limit="50")["data"]["cards"]
        self.numbers = [
            (one["issuer"], one["number"])
            for card in cards
            for one in card["accreditations"]
            if one["number"]
        ]
        bodies = [card["id"] for card in cards]
        ways = (self._reads(bodies), self._asks(), self._audits(), self._syncs(), self._listens())
        threads = [threading.Thread(target=self._keeps, args=way, daemon=True) for way in ways]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._stop.set()
            for one in threads:
                one.join(120)

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.base, headers={"authorization": f"Bearer {self.key}"}, timeout=60,
            trust_env=False, follow_redirects=True,
        )  # fmt: skip

    def _told(self, client: httpx.Client, path: str, **query: str) -> Any:
        answer = client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def _keeps(self, name: str, pause: float, turn: Callable[[httpx.Client, int], None]) -> None:
        """One turn after the other until all is to end."""
        with self._client() as client:
            for n in itertools.count():
                if self._stop.wait(pause):
                    return
                try:
                    turn(client, n)
                    self.done[name] += 1
                except Exception as fault:  # whatever it is, somebody had no answer
                    self.failed.append(f"{name} {n}: {type(fault).__name__} {fault}")

    def _reads(self, bodies: Sequence[str]) -> tuple[str, float, Callable[..., None]]:
        """Pages in both languages, and the same by the API."""

        def paths(n: int) -> Iterator[tuple[str, dict[str, str]]]:
            words, standard = _WORDS[n % len(_WORDS)], _STANDARDS[n % len(_STANDARDS)]
            body, language = bodies[n % len(bodies)], ("en", "zh")[n % 2]
            other, (issuer, number) = bodies[(n + 1) % len(bodies)], self._number(n)
            yield f"/{language}/find", {"q": words}
            yield "/api/v1/bodies", {"standard": standard}
            yield f"/{language}/bodies/{body}", {}
            yield f"/{language}/bodies/{body}/scope", {}
            yield f"/{language}/check", {"number": f"{issuer} {number}"}
            yield f"/{language}/compare", {"bodies": f"{body},{other}"}
            yield f"/api/v1/bodies/{body}/timeline", {}
            yield f"/{language}/changes", {}
            yield f"/{language}/markets", {}
            yield "/api/v1/changes", {"limit": "50"}
            yield "/status", {}

        def turn(client: httpx.Client, n: int) -> None:
            every = list(paths(n))
            path, query = every[n % len(every)]
            client.get(path, params=query).raise_for_status()

        return "page or answer read", 0.4, turn

    def _number(self, n: int) -> tuple[str, str]:
        return self.numbers[n % len(self.numbers)]

    def _asks(self) -> tuple[str, float, Callable[..., None]]:
        """Verdicts in batches, and every tenth turn a receipt."""

        def turn(client: httpx.Client, n: int) -> None:
            asked = [
                {"issuer": issuer, "number": number, "on": str(_DAY + timedelta(days=n % 800 + k))}
                for k in range(_BATCH)
                for issuer, number in [self._number(n + k)]
            ]
            answer = client.post("/api/v1/validity", json={"questions": asked})
            answer.raise_for_status()
            assert len(answer.json()["data"]["verdicts"]) == _BATCH, answer.text[:300]
            if n % 10 == 0:
                receipt = client.post("/api/v1/receipts", json={"questions": asked[:1]})
                assert receipt.status_code == 201, receipt.text[:300]

        return "batch of verdicts", 4.0, turn

    def _audits(self) -> tuple[str, float, Callable[..., None]]:
        """A file judged, its result fetched, the audit deleted."""

        def turn(client: httpx.Client, n: int) -> None:
            rows = ["number,on"]
            for k in range(_ROWS):
                issuer, number = self._number(k)
                rows.append(f"{issuer} {number},{_DAY + timedelta(days=(n + k) % 900)}")
            answer = client.post(
                "/api/v1/audits", params={"file_name": f"soak-{n}.csv"}, content="\n".join(rows),
                headers={"content-type": "application/octet-stream"},
            )  # fmt: skip
            assert answer.status_code == 201, answer.text[:300]
            address = f"/api/v1/audits/{answer.json()['data']['id']}"
            for _ in range(120):
                state = self._told(client, address)["data"]["state"]
                assert state in ("queued", "reading", "running", "done"), state
                if state == "done" or self._stop.wait(0.5):
                    break
            else:
                raise AssertionError("not done within a minute")
            if state == "done":
                result = client.get(f"{address}/result.csv")
                assert len(result.text.splitlines()) > _ROWS, result.text[:300]
                client.delete(address).raise_for_status()

        return "audit of 3,000 rows", 45.0, turn

    def _syncs(self) -> tuple[str, float, Callable[..., None]]:
        """The lists fetched again in turn."""
        with self._client() as client:
            sources = self._told(client, "/api/v1/sources")["data"]
        keys = [one["key"] for one in sources if one["key"].startswith("made_")]

        def turn(client: httpx.Client, n: int) -> None:
            answer = client.post(f"/api/v1/desk/sources/{keys[n % len(keys)]}/run")
            assert answer.is_success, f"{answer.status_code} {answer.text[:300]}"

        return "sync asked for", 10.0, turn

    def _listens(self) -> tuple[str, float, Callable[..., None]]:
        """A stream of changes, held for a while."""

        def turn(client: httpx.Client, _n: int) -> None:
            with client.stream("GET", "/api/v1/changes/stream") as answer:
                answer.raise_for_status()
                self._stop.wait(10)

        return "stream held", 1.0, turn
