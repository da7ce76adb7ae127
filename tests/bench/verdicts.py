"""A verdict by number over HTTP, beside a handler that does one indexed select: the same rows, the
same kind of process, alternating within one run. And verdicts in batches."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import made, web
from tests.bench.figures import tell

ASKED = 20_000  # distinct numbers, each with a day of its own
BATCH = 100  # questions of a request
BATCHES = "verdicts in batches"
_WARM_SECONDS = 2


def requests(country: made.Country, seed: int) -> dict[str, list[web.Request]]:
    """What each contender is asked: the same numbers in the same order."""
    asked = made.questions(country, ASKED, seed)
    questions = [
        {"number": one.number, "issuer": one.register.issuer, "on": str(day)} for one, day in asked
    ]
    return {
        "verdict by number": _requests(questions, 1),
        BATCHES: _requests(questions, BATCH),
        "one select, GET": [web.Request(f"/accreditations/{one.number}") for one, _ in asked],
        "one select, POST": [
            web.Request("/accreditations", json.dumps({"number": one.number})) for one, _ in asked
        ],
    }


def _requests(questions: Sequence[dict[str, str]], each: int) -> list[web.Request]:
    return [
        web.Request(
            "/api/v1/validity",
            json.dumps({"questions": questions[n : n + each], "brief": True}),
        )
        for n in range(0, len(questions), each)
    ]


def measure(
    database_url: str, country: made.Country, seed: int, *, seconds: int = 15, rounds: int = 3
) -> dict[str, float]:
    """Requests a second by contender: the median of the rounds. Tells every round."""
    asked = requests(country, seed)
    with TemporaryDirectory(prefix="labdir-bench-") as name:
        folder = Path(name)
        with (
            web.serving(web.FRONT_DOOR, database_url, folder, "/health") as ours,
            web.serving(web.ONE_SELECT, database_url, folder, "/accreditations/0") as peer,
        ):
            told: dict[str, list[web.Pressed]] = {}
            for turn in range(rounds + 1):
                for what, each in asked.items():
                    served = peer if what.startswith("one select") else ours
                    lasts = seconds if turn else _WARM_SECONDS
                    pressed = web.press(served, each, lasts, folder)
                    if turn:
                        told.setdefault(what, []).append(pressed)
                        tell(what, round=turn, **asdict(pressed))
    medians = {what: _median(what, rows) for what, rows in told.items()}
    tell(f"{BATCHES}: a second, of one process", verdicts=BATCH * medians[BATCHES])
    return medians


def _median(what: str, rows: Sequence[web.Pressed]) -> float:
    middle: dict[str, float] = {
        name: statistics.median(getattr(row, name) for row in rows)
        for name in ("per_second", "p50", "p95", "p99", "cpu")
    }
    tell(f"{what}: median", rounds=len(rows), failed=sum(row.failed for row in rows), **middle)
    return middle["per_second"]
