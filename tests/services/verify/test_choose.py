"""Which accreditations are looked up next, and a whole look-up over the road."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from services import db
from services.errors import NotFound
from services.find import body as find_body
from services.find.resolve import resolve
from services.kit import Lookup
from services.settings import FetchSettings, Settings, SourceSettings, VerifySettings
from services.sync import ledger
from services.sync.run import carry_out
from services.terms import RunState, Verdict
from services.verify.choose import ask_one, ask_riskiest
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller
from tests.services.sync.web import Reply, Web, serve

ADDRESS = "https://toy.example/lookup"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def traveller(engine: Engine) -> Traveller:
    one = Traveller(engine)
    one.enrol(toy.with_lookup(ADDRESS))
    return one


def row(n: int, **more: Any) -> dict[str, Any]:
    return {"key": str(n), "name": f"Body {n}", "number": f"T-{n}"} | more


def ask(traveller: Traveller) -> list[str]:
    """What one tick asks for, in order of asking."""
    before = traveller.rows("select coalesce(max(id), 0) from run")[0][0]
    with traveller.engine.begin() as conn:
        count = ask_riskiest(
            conn, traveller.sources.values(), traveller.settings, traveller.clock()
        )
    asked = traveller.rows(
        "select record_key, asked_by from run where id > :before order by id", before=before
    )
    assert count == len(asked)
    assert {one.asked_by for one in asked} <= {"verify"}
    return [one.record_key for one in asked]


def learn(traveller: Traveller, *rows: dict[str, Any], **more: Any) -> None:
    """A list with these rows, and the week after which each of them is due."""
    traveller.play(*rows, **more)
    traveller.clock.on(days=7)


def end(traveller: Traveller, state: RunState = RunState.UNCHANGED) -> None:
    """All open look-ups end so."""
    with traveller.engine.begin() as conn:
        for run in traveller.rows("select id from run where state = 'queued' order by id"):
            held = ledger.claim(conn, run.id, timedelta(minutes=1))
            assert held is not None
            ledger.finish(conn, held, state, next_due_at=None)


def test_the_riskiest_come_first(traveller: Traveller) -> None:
    """Suspended, then about to expire, then the rest; what has ended is not looked up."""
    learn(
        traveller,
        row(1),
        row(2, expires="2026-04-01"),
        row(3, listed="suspended"),
        row(4, listed="withdrawn"),
        row(5, events=[{"kind": "suspended", "on": "2026-02-01"}]),
        row(6, events=[{"kind": "suspended", "on": "2020-02-01", "until": "2021-01-01"}]),
        row(7, expires="2026-03-09"),
        row(8, expires="2028-01-01"),
        row(9, number=""),
        row(10, issuer="OTHER"),
        row(11, listed="surrendered"),
        row(12, number="-"),
    )
    assert ask(traveller) == [f"TAB T-{n}" for n in (3, 5, 2, 7, 1, 6, 8)]


def test_what_any_record_says_of_it_makes_it_risky(traveller: Traveller) -> None:
    """A later list that still says active does not calm a suspension said elsewhere."""
    traveller.enrol(toy.with_lookup(ADDRESS), toy.source("second"))
    same = {"country": "SG"}
    learn(traveller, row(1, **same), row(2, listed="suspended", **same))
    learn(traveller, row(1, **same), row(2, **same), key="second")
    assert traveller.counts()["accreditation"] == 2
    assert ask(traveller) == ["TAB T-2", "TAB T-1"]


def test_a_number_is_asked_in_one_spelling_however_lists_write_it(traveller: Traveller) -> None:
    traveller.enrol(toy.with_lookup(ADDRESS), toy.source("second"))
    learn(traveller, row(1))
    assert ask(traveller) == ["TAB T-1"]
    learn(traveller, row(1, number="TAB t1"), key="second")
    assert ask(traveller) == []


def test_half_of_the_rate_is_left_to_the_lists(traveller: Traveller) -> None:
    learn(traveller, *(row(n) for n in range(1, 9)))
    traveller.settings = Settings(
        sources={"toy": SourceSettings(rate=0.1)}, verify=VerifySettings(tick="60s")
    )
    assert len(ask(traveller)) == 3, "0.1 a second for 60 seconds, half of it"
    assert ask(traveller) == [], "those are still to be done: no queue grows"
    end(traveller)
    assert ask(traveller) == ["TAB T-4", "TAB T-5", "TAB T-6"], "the next tick goes on"
    end(traveller)
    traveller.settings = Settings(sources={"toy": SourceSettings(rate=0.001)})
    assert len(ask(traveller)) == 1, "never none"


def test_a_tick_asks_for_no_more_than_a_batch(traveller: Traveller) -> None:
    learn(traveller, *(row(n) for n in range(1, 6)))
    traveller.settings = Settings(verify=VerifySettings(batch=2))
    assert ask(traveller) == ["TAB T-1", "TAB T-2"]


def test_an_open_look_up_is_not_asked_for_again_and_a_done_one_after_its_time(
    traveller: Traveller,
) -> None:
    learn(traveller, row(1), row(2, listed="suspended"))
    assert ask(traveller) == ["TAB T-2", "TAB T-1"]
    traveller.clock.on(days=15)
    assert ask(traveller) == [], "they are open"
    end(traveller)
    assert ask(traveller) == ["TAB T-2", "TAB T-1"]
    end(traveller)
    traveller.clock.on(hours=20)
    assert ask(traveller) == []
    traveller.clock.on(hours=4)
    assert ask(traveller) == ["TAB T-2"], "daily where suspended"
    end(traveller)
    traveller.clock.on(days=6)
    assert ask(traveller) == ["TAB T-2", "TAB T-1"], "weekly otherwise"


def test_a_look_up_that_failed_is_tried_again_soon_but_not_at_once(traveller: Traveller) -> None:
    learn(traveller, row(1))
    assert ask(traveller) == ["TAB T-1"]
    end(traveller, RunState.FAILED)
    assert ask(traveller) == []
    traveller.clock.on(minutes=11)
    assert ask(traveller) == ["TAB T-1"]


def test_a_disabled_source_is_not_asked(traveller: Traveller) -> None:
    learn(traveller, row(1))
    traveller.settings = Settings(sources={"toy": SourceSettings(enabled=False)})
    traveller.enrol()
    assert ask(traveller) == []


def test_one_accreditation_may_be_asked_for_by_a_person(traveller: Traveller) -> None:
    def one(issuer: str) -> int:
        with traveller.engine.begin() as conn:
            return ask_one(
                conn,
                traveller.sources.values(),
                traveller.settings,
                issuer,
                "T-9",
                traveller.clock(),
            )

    run_id = one("TAB")
    assert one("TAB") == run_id
    assert traveller.run(run_id).record_key == "TAB T-9"
    assert traveller.run(run_id).asked_by == "person"
    with pytest.raises(
        NotFound, match=r'look up numbers of "OTHER"\. Look-ups are offered for: TAB'
    ):
        one("OTHER")


# --- over the road -------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        yield one


def local(traveller: Traveller, web: Web) -> None:
    traveller.settings = Settings(
        fetch=FetchSettings(private_hosts=(web.host,), attempts=1),
        sources={"toy": SourceSettings(address={"lookup": f"{web.base}/l"})},
    )


def answer(web: Web, path: str, said: dict[str, Any] | None) -> str:
    """Publish a look-up's answer; returns the SHA-256 of its bytes."""
    body = json.dumps(said).encode()
    web.pages[path] = Reply(body=body, headers={"Content-Type": "application/json"})
    return hashlib.sha256(body).hexdigest()


def look_up(traveller: Traveller, key: str = "TAB T-1") -> tuple[RunState | None, int]:
    traveller.clock.on(hours=1)
    run_id = traveller.ask(name="lookup", record_key=key)
    return carry_out(traveller.road, run_id), run_id


def test_a_look_up_that_says_suspended_decides_with_its_own_bytes_as_evidence(
    traveller: Traveller, web: Web
) -> None:
    local(traveller, web)
    listed = row(1, granted="2020-01-01", expires="2030-01-01")
    traveller.play(listed)
    today = traveller.clock().date()

    def verdict(on: date) -> str:
        with traveller.engine.connect() as conn:
            found, _ = resolve(conn, "TAB T-1", on=on, known_at=traveller.clock())
        [acc] = found.registered
        return acc.status.verdict

    assert verdict(today) == Verdict.VALID
    suspended = listed | {
        "listed": "suspended",
        "events": [{"kind": "suspended", "on": "2026-02-20"}],
    }
    sha256 = answer(web, "/l/TAB/T-1.json", suspended)
    state, run_id = look_up(traveller)
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
    assert web.paths() == ["/robots.txt", "/l/TAB/T-1.json"]
    assert verdict(today) == Verdict.SUSPENDED
    assert verdict(date(2026, 2, 19)) != Verdict.SUSPENDED
    with traveller.engine.connect() as conn:
        found, _ = resolve(conn, "T-1", on=today, known_at=traveller.clock())
        acc, _ = find_body.accreditation(
            conn, found.registered[0].id, on=today, known_at=traveller.clock()
        )
    assert sha256 in {one.sha256 for one in acc.evidence}
    assert {one.list for one in acc.evidence} == {"list", "lookup"}
    [event] = acc.events
    assert sha256 in {one.sha256 for one in event.evidence}
    cards = traveller.rows("select standing from document where to_position is null")
    assert [card.standing for card in cards] == [["suspended"]]
    counts = traveller.counts()
    assert (counts["body"], counts["accreditation"], counts["record"]) == (1, 1, 2)


def test_a_look_up_that_finds_nothing_is_a_result_and_removes_nothing(
    traveller: Traveller, web: Web
) -> None:
    local(traveller, web)
    traveller.play(row(1))
    answer(web, "/l/TAB/T-1.json", None)
    before = traveller.counts()
    state, run_id = look_up(traveller)
    assert state is RunState.UNCHANGED
    assert traveller.run(run_id).shape["rows"] == 0
    after = traveller.counts()
    assert after["name"] == before["name"]
    assert after["log_leaf"] == before["log_leaf"]


def test_an_answer_that_spells_the_number_otherwise_is_the_record_asked_about(
    traveller: Traveller, web: Web
) -> None:
    """The reader names its record as the answer does; asked again, it is the same record."""

    lookup = Lookup(ADDRESS, frozenset({"TAB"}), toy.look_up, toy.read_look_up_undashed)
    traveller.enrol(toy.source(lookup=lookup))
    local(traveller, web)
    answer(web, "/l/TAB/T-1.json", row(1))
    assert look_up(traveller)[0] is RunState.PUBLISHED
    answer(web, "/l/TAB/T-1.json", row(1, listed="suspended"))
    assert look_up(traveller)[0] is RunState.PUBLISHED
    keys = traveller.rows("select key from record_key")
    assert [one.key for one in keys] == ["TAB T-1"]


def test_an_issuer_of_two_words_is_asked_by_its_whole_name(traveller: Traveller, web: Web) -> None:
    lookup = Lookup(
        ADDRESS,
        frozenset({"TAB", "TAB LAP"}),
        lambda base, issuer, number: toy.look_up(base, issuer.replace(" ", "_"), number),
        toy.read_look_up,
    )
    traveller.enrol(toy.source(lookup=lookup))
    local(traveller, web)
    answer(web, "/l/TAB_LAP/7.json", row(7, issuer="TAB LAP", number="7"))
    assert look_up(traveller, "TAB LAP 7")[0] is RunState.PUBLISHED


def test_look_ups_of_two_numbers_do_not_end_one_another(traveller: Traveller, web: Web) -> None:
    local(traveller, web)
    for number in (1, 2):
        answer(web, f"/l/TAB/T-{number}.json", row(number))
        assert look_up(traveller, f"TAB T-{number}")[0] is RunState.PUBLISHED
    open_ones = traveller.rows("select 1 from sighting where end_run_id is null")
    assert len(open_ones) == 2
    assert look_up(traveller, "TAB T-1")[0] is RunState.UNCHANGED


def test_a_look_up_that_fails_says_why_and_changes_nothing(traveller: Traveller, web: Web) -> None:
    local(traveller, web)
    traveller.play(row(1))
    before = traveller.counts()
    state, run_id = look_up(traveller)
    assert state is RunState.FAILED
    assert traveller.run(run_id).reasons == [f"{web.base}/l/TAB/T-1.json answers 404."]
    assert traveller.counts() == before | {
        "run": before["run"] + 1,
        "host_slot": before["host_slot"] + 1,
    }
