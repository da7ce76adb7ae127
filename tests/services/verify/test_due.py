"""Why a fact is due, and what waits by source."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy.engine import Engine

from services import db
from services.settings import VerifySettings
from services.verify import due
from services.verify.risk import RULES, Risk, interval
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller
from tests.services.verify.test_choose import ADDRESS, row


@pytest.fixture
def traveller(database_url: str) -> Iterator[Traveller]:
    engine: Engine = db.connect(database_url)
    one = Traveller(engine)
    one.enrol(toy.with_lookup(ADDRESS), toy.source("second", tier=3))
    yield one
    engine.dispose()


def test_the_shortest_interval_of_any_reason_counts() -> None:
    settings = VerifySettings()
    assert interval((), settings) == timedelta(days=7)
    assert interval((Risk.WATCHED,), settings) == timedelta(days=3.5)
    assert interval((Risk.WATCHED, Risk.EXPIRING), settings) == timedelta(days=1)
    assert interval((Risk.SUSPENDED, Risk.ADVERSE_WORD), settings) == timedelta(hours=6)
    assert {rule.risk for rule in RULES} == set(Risk)


def test_each_reason_is_found_and_the_query_weighs_as_the_table_does(traveller: Traveller) -> None:
    same = {"country": "SG"}
    traveller.play(
        row(1, **same),
        row(2, listed="suspended"),
        row(3, expires="2026-04-01"),
        row(4, expires="2028-01-01", **same),
        row(5),
    )
    traveller.play(
        row(1, listed="suspended", **same), row(4, expires="2029-01-01", **same), key="second"
    )
    with traveller.engine.connect() as conn:
        values = due.values(conn, traveller.settings, traveller.clock())
    facts = traveller.rows(
        due.FACTS + "select number, reasons, every from fact order by number", **values
    )
    assert {one.number: set(one.reasons) - {"ordinary"} for one in facts} == {
        "T-1": {"adverse_word", "suspended", "contradicted"},
        "T-2": {"suspended"},
        "T-3": {"expiring"},
        "T-4": {"contradicted"},
        "T-5": set(),
    }
    for one in facts:
        reasons = [Risk(word) for word in one.reasons]
        assert one.every == interval(reasons, traveller.settings.verify), one.number
    with traveller.engine.connect() as conn:
        aged = due.values(conn, traveller.settings, traveller.clock.on(days=22))
    assert all("ageing" in one.reasons for one in traveller.rows(
        due.FACTS + "select reasons from fact", **aged))  # fmt: skip


def test_what_is_learned_on_one_day_falls_due_over_the_whole_week(traveller: Traveller) -> None:
    traveller.play(*(row(n) for n in range(1, 71)))
    begun = traveller.clock()
    with traveller.engine.connect() as conn:
        counts = [
            due.backlogs(conn, traveller.settings, begun + timedelta(days=day))[0].due
            for day in range(8)
        ]
    assert counts[0] == 0
    assert counts[7] == 70
    assert max(b - a for a, b in pairwise(counts)) < 25


def test_a_backlog_tells_what_is_overdue_and_how_long_it_waits(traveller: Traveller) -> None:
    traveller.play(row(1), row(2, listed="suspended"))
    traveller.ask("toy", "lookup", "TAB T-1")
    now = traveller.clock.on(days=2)
    with traveller.engine.connect() as conn:
        (one,) = due.backlogs(conn, traveller.settings, now)
    assert (one.source, one.overdue) == ("toy", 1)
    assert one.queue_age_s == one.success_age_s == 2 * 86400
