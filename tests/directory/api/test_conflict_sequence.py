"""A second publisher's list still shows what the first suspended: the whole sequence over the real
road, seen from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.terms import RunState, Tier
from tests.directory.api.road import Road, road
from tests.services.sync import toy

LISTED = {"key": "1", "name": "Harbour Lamp Laboratory", "number": "T-1", "expires": "2030-01-01"}
SUSPENDED = LISTED | {"listed": "suspended"}
DAY = "2026-03-01"


@dataclass
class Seen:
    """What was answered, and when."""

    at: datetime
    verdict: str
    cases: dict[str, str]


def cases(place: Road, **more: str) -> dict[str, str]:
    return {one["id"]: one["state"] for one in place.get("/conflicts", state="all", **more)["data"]}


def sync(place: Road, key: str, row: dict[str, Any]) -> RunState | None:
    state, run_id = place.traveller.play(row, key=key)
    assert state in (RunState.PUBLISHED, RunState.UNCHANGED), place.traveller.run(run_id)
    return state


def test_a_case_opens_by_itself_is_decided_and_opens_again_and_no_past_answer_changes(
    make_database: Callable[[], str],
) -> None:
    sources = toy.source(), toy.source("second", tier=Tier.AB_SCHEDULE)
    with road(make_database(), *sources) as place:
        seen: list[Seen] = []

        def look() -> Seen:
            verdict = place.judged("T-1", DAY)["verdict"]
            seen.append(Seen(place.traveller.clock(), verdict, cases(place)))
            place.traveller.clock.on(minutes=30)
            return seen[-1]

        sync(place, "toy", LISTED)
        sync(place, "second", LISTED)
        agreed = look()
        assert (agreed.verdict, agreed.cases) == ("VALID", {})
        assert place.waits("contradiction") == []

        sync(place, "toy", SUSPENDED)
        assert sync(place, "second", LISTED) is RunState.UNCHANGED
        opened = look()
        ((case, state),) = opened.cases.items()
        assert (opened.verdict, state) == ("CONFLICT", "open")
        assert place.waits("contradiction") == [case]
        (told,) = place.get("/conflicts")["data"]
        said = {side["source"]: side["said"] for side in told["sides"]}
        assert said == {"toy": "suspended", "second": "active"}

        upheld = next(side["ref"] for side in told["sides"] if side["source"] == "toy")
        assert upheld == told["proposed"]
        ruling = {"upholds": upheld, "because": "The register was asked."}
        answer = place.client.post(f"/api/v1/conflicts/{case}/decision", json=ruling)
        assert answer.status_code == 200, answer.text
        decided = look()
        assert (decided.verdict, decided.cases) == ("SUSPENDED", {case: "decided"})
        assert place.waits("contradiction") == []

        assert sync(place, "second", LISTED) is RunState.UNCHANGED
        assert look().cases == {case: "decided"}, "the same said again opens nothing"

        sync(place, "second", LISTED | {"expires": "2031-01-01"})
        again = look()
        assert again.cases[case] == "reopened"
        assert again.verdict == "SUSPENDED", "the word that was upheld stands: its source says it"
        assert case in place.waits("contradiction")

        for then in seen:
            known = then.at.isoformat()
            assert place.judged("T-1", DAY, known_at=known)["verdict"] == then.verdict, known
            assert cases(place, known_at=known) == then.cases, known
