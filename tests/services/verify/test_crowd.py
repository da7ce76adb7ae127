"""Ten thousand facts due at once: the real scheduler over a real database, on a clock passed in.

Asking, the ledger and the offers are the product's. The publisher is not there: a look-up leaves at
its host's next free slot (the formula of services.sync.fetch, on the test's clock), and the rows of
those that left are ended in one statement a tick; list runs are claimed and ended by the ledger.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import db
from services.kit import Lookup
from services.sync import ledger
from services.terms import RunState
from services.verify.choose import SHARE, ask_riskiest
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

RATES = {"brisk": 20.0, "steady": 8.0, "slow": 2.0}  # requests a second
FACTS = {"brisk": 6000, "steady": 3000, "slow": 1000}
STEP = 10  # seconds: road.tick
LIST_DUE_AT = 200  # seconds into the crowd

_COPIES = """
with seed as (
    select r.list_id, r.run_id, s.record_id from record r
    join accreditation_statement s on s.record_id = r.id join source_list k on k.id = r.list_id
    where k.source_key = :source
), rec as (
    insert into record (list_id, key, kin, label, place, run_id)
    select list_id, 'c' || n, '', '', '', run_id from seed, generate_series(2, :most) n
    returning id, key, run_id
), acc as (
    insert into accreditation (issuer, number, number_key, field_key, run_id)
    select :source, key, key, '', run_id from rec returning id, number
), link as (
    insert into accreditation_link (record_id, key, accreditation_id, known, rule, run_id)
    select rec.id, '1', acc.id, old.known, 'made', rec.run_id
    from rec join acc on acc.number = rec.key, seed
    join accreditation_link old on old.record_id = seed.record_id
)
insert into accreditation_statement (kind, issuer, number, field, standard, listed, basis,
    schedule_held, schedule_issue, key, hash, valid, known, record_id, run_id)
select s.kind, s.issuer, rec.key, s.field, s.standard, s.listed, s.basis, s.schedule_held,
    s.schedule_issue, s.key, s.hash, s.valid, s.known, rec.id, rec.run_id
from rec, seed join accreditation_statement s on s.record_id = seed.record_id
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def crowd(engine: Engine) -> Traveller:
    """Sources of three rates, each with its facts, all due."""
    one = Traveller(engine)
    one.enrol(
        *(
            toy.source(
                key,
                rate=rate,
                authoritative_for=frozenset({key}),
                lookup=Lookup(
                    f"https://{key}.example/l", frozenset({key}), toy.look_up, toy.read_look_up
                ),
            )
            for key, rate in RATES.items()
        )
    )
    for key, most in FACTS.items():
        one.play({"key": "1", "name": f"Body of {key}", "number": "c1", "issuer": key}, key=key)
        with engine.begin() as conn:
            conn.execute(sa.text(_COPIES), {"source": key, "most": most})
    one.clock.on(days=8)
    with engine.begin() as conn:
        conn.execute(sa.text("update source_list set next_due_at = null"))
        conn.execute(sa.text("analyze"))
    return one


class Hosts:
    """When each look-up left, by source; those offered and not gone yet."""

    def __init__(self) -> None:
        self.free: dict[str, datetime] = {}
        self.offered: dict[str, deque[int]] = defaultdict(deque)
        self.left: dict[str, list[datetime]] = defaultdict(list)

    def go(self, now: datetime) -> list[int]:
        """The runs whose slots came within the step from ``now`` on."""
        gone = []
        for source, waiting in self.offered.items():
            while waiting:
                slot = max(self.free.get(source, now), now)
                if slot >= now + timedelta(seconds=STEP):
                    break
                self.free[source] = slot + timedelta(seconds=1 / RATES[source])
                self.left[source].append(slot)
                gone.append(waiting.popleft())
        return gone


def step(crowd: Traveller, hosts: Hosts, of_run: dict[int, str]) -> list[int]:
    """One tick as workers.tasks makes it; returns the list runs that were woken for."""
    now = crowd.clock()
    lists: list[int] = []
    with crowd.engine.begin() as conn:
        ledger.ask_due(conn, now)
        for run_id, is_lookup in ledger.offer(conn, timedelta(hours=1)):
            if is_lookup:
                hosts.offered[of_run[run_id]].append(run_id)
                continue
            held = ledger.claim(conn, run_id, timedelta(hours=1))
            assert held is not None
            ledger.finish(conn, held, RunState.UNCHANGED, next_due_at=now + timedelta(days=1))
            lists.append(run_id)
        conn.execute(
            sa.text("update run set state = 'unchanged', finished_at = :now where id = any(:ids)"),
            {"now": now, "ids": hosts.go(now)},
        )
    return lists


def most_within(times: list[datetime], seconds: float) -> int:
    """The most that left in any window of so many seconds."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= timedelta(seconds=seconds):
            first += 1
        most = max(most, last - first + 1)
    return most


def test_ten_thousand_due_at_once_keep_every_rate_and_starve_no_list(crowd: Traveller) -> None:
    hosts, begun = Hosts(), crowd.clock()
    of_run: dict[int, str] = {}
    first_minute: dict[str, int] = {}
    lists: list[int] = []
    for second in range(0, 1500, STEP):
        if second == LIST_DUE_AT:
            with crowd.engine.begin() as conn:
                conn.execute(
                    sa.text("update source_list set next_due_at = :now where name = 'list'"),
                    {"now": crowd.clock()},
                )
        if second % 60 == 0:
            with crowd.engine.begin() as conn:
                new = ask_riskiest(conn, crowd.sources.values(), crowd.settings, crowd.clock())
            rows = crowd.rows(
                "select run.id, source_key from run join source_list k on k.id = list_id"
                " where run.state = 'queued' and record_key <> ''"
            )
            of_run |= {row.id: row.source_key for row in rows}
            for key in RATES if second == 0 else ():
                first_minute[key] = sum(row.source_key == key for row in rows)
            if not new and not rows:
                break
        woken = step(crowd, hosts, of_run)
        assert bool(woken) == (second == LIST_DUE_AT), "a list starts in the tick it is due"
        lists += woken
        crowd.clock.on(seconds=STEP)
    assert {key: len(times) for key, times in hosts.left.items()} == FACTS
    assert len(lists) == len(RATES)
    again = crowd.rows(
        "select 1 from run where record_key <> '' group by list_id, record_key having count(*) > 1"
    )
    assert not again, "nobody is looked up twice"
    for key, rate in RATES.items():
        for window in (1, 10, 60, 300):
            assert most_within(hosts.left[key], window) <= rate * window + 1, (key, window)
        assert first_minute[key] == rate * 60 * SHARE, "each source's own share from the first tick"
        needed = timedelta(seconds=FACTS[key] / (rate * SHARE) + 120)
        assert hosts.left[key][-1] - begun <= needed, "none waits for another's crowd"
