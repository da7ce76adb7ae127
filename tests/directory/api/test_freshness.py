"""How each fact is kept fresh: the contract shown, what is overdue, and a source that fails."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from services.settings import FetchSettings, Settings, SourceSettings
from services.sync.run import carry_out
from services.terms import RunState
from tests.directory.api.road import Road, road
from tests.services.sync import toy
from tests.services.sync.web import Reply, serve

START = toy.START.date()


def row(n: int, **more: Any) -> dict[str, Any]:
    return {"key": str(n), "name": f"Body {n} Laboratory", "number": f"T-{n}"} | more


def id_of(place: Road, number: str) -> str:
    rows = place.traveller.rows("select id from accreditation where number = :n", n=number)
    return f"a{rows[0].id}"


# --- the contract ---------------------------------------------------------------------------------


@pytest.fixture
def looked_up(make_database: Callable[[], str]) -> Iterator[Road]:
    """A source with look-ups, all of which fail: nothing listens there."""
    source = toy.with_lookup("http://127.0.0.1:1/l")
    with road(make_database(), source) as place:
        place.traveller.settings = Settings(
            fetch=FetchSettings(private_hosts=("127.0.0.1:1",), attempts=1)
        )
        place.traveller.play(row(1), row(2, listed="suspended"))
        place.settle()
        yield place


def test_the_contract_says_need_frequency_last_and_next_and_why(looked_up: Road) -> None:
    contract = looked_up.get(f"/accreditations/{id_of(looked_up, 'T-2')}/freshness")["data"]
    assert contract["label"] == "TAB T-2"
    assert contract["need"] == {"rule": 14, "warn_after_days": 30, "stale_after_days": 90}
    assert (contract["keeping"], contract["last_check"]) == ("kept", START.isoformat())
    assert contract["warns_on"] == (START + timedelta(days=31)).isoformat()
    assert contract["stale_on"] == (START + timedelta(days=91)).isoformat()
    by_list, look_up = contract["checks"]
    assert (by_list["way"], by_list["every_seconds"], by_list["why"]) == ("list", 86_400, [])
    assert by_list["last_success_at"].startswith("2026-03-01T09:00")
    assert by_list["last_try"] == "published"
    assert (look_up["way"], look_up["every_seconds"]) == ("lookup", 86_400)
    assert look_up["why"] == ["suspended", "ordinary"]
    assert (look_up["last_success_at"], look_up["last_try"]) == (None, None)
    assert look_up["next_due_at"].startswith("2026-03-01T09:00"), "at once: it is suspended"
    assert "UNKNOWN_STALE" in contract["when_overdue"]
    calm = looked_up.get(f"/accreditations/{id_of(looked_up, 'T-1')}/freshness")["data"]
    assert calm["checks"][1]["why"] == ["ordinary"]
    assert calm["checks"][1]["every_seconds"] == 7 * 86_400


def test_an_unknown_accreditation_has_no_contract(looked_up: Road) -> None:
    answer = looked_up.client.get("/api/v1/accreditations/a999999/freshness")
    assert answer.status_code == 404


def test_overdue_facts_are_told_to_stewards_the_worst_first_by_pages(looked_up: Road) -> None:
    assert looked_up.get("/desk/overdue")["data"] == []
    run_id = looked_up.traveller.ask(name="lookup", record_key="TAB T-2")
    assert carry_out(looked_up.traveller.road, run_id) is RunState.FAILED
    looked_up.traveller.clock.on(days=20)
    first = looked_up.get("/desk/overdue", limit="1")
    assert first["total"] == 2
    (worst,) = first["data"]
    assert (worst["label"], worst["source"], worst["source_title"]) == (
        "TAB T-2", "toy", "Toy list",
    )  # fmt: skip
    assert worst["why"] == ["suspended", "ordinary"]
    assert worst["last_try"] == "failed"
    assert worst["reason"]
    second = looked_up.get("/desk/overdue", limit="1", cursor=first["next_cursor"])
    assert [one["label"] for one in second["data"]] == ["TAB T-1"]
    assert (second["data"][0]["last_try"], second["next_cursor"]) == (None, None)
    assert looked_up.metric("labdir_facts_overdue", "toy") == 2
    contract = looked_up.get(f"/accreditations/{id_of(looked_up, 'T-2')}/freshness")["data"]
    assert contract["checks"][1]["overdue"] is True
    assert contract["checks"][1]["failures"] == 1
    stranger = looked_up.client.get("/api/v1/desk/overdue", headers={"authorization": ""})
    assert stranger.status_code == 401


# --- a source that fails --------------------------------------------------------------------------


def test_a_source_that_fails_keeps_its_data_and_turns_stale_by_its_own_clock(
    make_database: Callable[[], str],
) -> None:
    """Three sources stop on one day; each is overdue by its own schedule, its verdicts turn stale
    when its own last check is too old, and what it said stands."""
    daily = toy.source(every=timedelta(days=1))
    weekly = toy.source("weekly", every=timedelta(days=7), authoritative_for=frozenset({"WAB"}))
    with serve() as web, road(make_database(), daily, weekly) as place:
        traveller = place.traveller
        traveller.settings = Settings(
            fetch=FetchSettings(private_hosts=(web.host,), attempts=1),
            sources={"toy": SourceSettings(address={"list": f"{web.base}/list"})},
        )
        traveller.play(row(1))
        traveller.clock.on(days=4)
        traveller.play(row(1), more=1)  # a second check: the days between are bracketed
        traveller.play(row(2, issuer="WAB", country="DE"), key="weekly")
        place.settle()
        stopped = traveller.clock()
        web.pages["/list"] = Reply(status=503)
        fact = f"/accreditations/{id_of(place, 'T-1')}"
        before = place.get(fact)["data"]

        def fail() -> None:
            assert carry_out(traveller.road, traveller.ask()) is RunState.FAILED
            place.settle()

        def overdue() -> dict[str, bool]:
            return {one["key"]: one["overdue"] for one in place.get("/sources")["data"]}

        def verdict(number: str = "T-1", issuer: str = "TAB") -> tuple[str, list[str]]:
            told = place.judged(number, traveller.clock().date().isoformat(), issuer)
            return told["verdict"], [reason["code"] for reason in told["reasons"]]

        def days_on(days: int) -> date:
            traveller.clock.now = stopped + timedelta(days=days)
            return traveller.clock().date()

        days_on(1)
        fail()
        assert overdue() == {"toy": False, "weekly": False}
        days_on(3)
        fail()
        assert overdue() == {"toy": True, "weekly": False}, "two of its own turns were missed"
        assert verdict()[0] == "VALID", "a failed try ages nothing by itself"
        days_on(15)
        assert overdue() == {"toy": True, "weekly": True}

        contract = place.get(f"{fact}/freshness")["data"]
        assert contract["last_check"] == stopped.date().isoformat()
        assert contract["checks"][0]["failures"] == 2
        assert contract["checks"][0]["last_try"] == "failed"
        days_on(30)
        assert "AGEING" not in verdict()[1]
        assert days_on(31).isoformat() == contract["warns_on"]
        assert "AGEING" in verdict()[1]

        traveller.play(row(2, issuer="WAB", country="DE"), key="weekly", more=1)
        place.settle()
        days_on(90)
        assert verdict()[0] == "VALID"
        assert days_on(91).isoformat() == contract["stale_on"]
        assert verdict() == ("UNKNOWN_STALE", ["STALE"])
        assert verdict("T-2", "WAB")[0] == "VALID", "another source's clock is its own"
        after = place.get(fact)["data"]
        assert {name: after[name] for name in ("listed", "expires", "number")} == {
            name: before[name] for name in ("listed", "expires", "number")
        }
        between = place.judged("T-1", (START + timedelta(days=2)).isoformat())
        assert (between["verdict"], between["confidence"]) == ("VALID", "bracketed")
