"""Of random histories of looks: a steady day may do with the facts of another one."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from psycopg.types.range import DateRange, TimestamptzRange

from services.store.looks import Look, RecordSeen, SourceSeen, Stand
from services.store.merge import AccreditationSaid, Said, told_on
from services.store.steady import Span, Steady, SteadyDays
from services.terms import AccreditationKind, EventKind, Listed, Tier
from services.validity import ADVERSE, Question, decide_known, lay_out

FIRST, KNOWN = date(2024, 1, 1), date(2024, 12, 31)
AT = datetime.combine(KNOWN, time(12), UTC)
SOURCES = [("reg", Tier.AB_REGISTER)] * 3 + [
    ("notices", Tier.AB_SCHEDULE),
    ("world", Tier.MRA_DATABASE),
]
WORDS = (*[Listed.ACTIVE] * 5, Listed.SUSPENDED, Listed.SUSPENDED, Listed.WITHDRAWN)
KINDS = (*[EventKind.SUSPENDED] * 8, *EventKind)


class Histories:
    """What up to three records say of one accreditation, drawn at random."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def day(self) -> date:
        return FIRST + timedelta(days=self.draw.randrange((KNOWN - FIRST).days))

    def maybe(self, share: float = 0.5) -> date | None:
        return self.day() if self.draw.random() < share else None

    def one(self) -> AccreditationSaid:
        says: list[Said] = []
        events: list[Said] = []
        for id_ in range(1, self.draw.randrange(1, 4) + 1):
            record, looks = self._record(id_)
            says += self._says(record, looks)
            events += [self._event(record, n) for n in range(self.draw.choice((0, 0, 1, 2)))]
        counts = {(said.record.id, said.row.key): 0 for said in says}
        return AccreditationSaid(7, 1, ("TAB", "1", "1"), tuple(says), tuple(events), counts)

    def _record(self, id_: int) -> tuple[RecordSeen, list[Look]]:
        """A record of a list of its own, and all looks at that."""
        draw = self.draw
        key, tier = draw.choice(SOURCES)
        meta = {"leaving_means": "nothing", "authoritative_for": draw.choice((["TAB"], []))}
        record = RecordSeen(id_, "", id_, "list", SourceSeen(key, tier, False, True, meta), 1)
        looks = []
        for n, day in enumerate(sorted(self.day() for _ in range(draw.randrange(2, 24)))):
            at = datetime.combine(day, time(n % 24), UTC)
            looks.append(Look(10 * (n + 1) + id_, at, at, False))
        gone = draw.randrange(1, len(looks) + 1) if draw.random() < 0.3 else len(looks)
        left = looks[gone] if gone < len(looks) else None
        days = [look.day for look in looks[:gone]]
        record.stands.append(Stand(looks[:gone], left, looks[0].run_id, "", days))
        return record, looks

    def _says(self, record: RecordSeen, looks: list[Look]) -> Iterator[Said]:
        """One word after another, each shown by the looks from its first until the next one's."""
        draw, shown = self.draw, len(record.stands[0].looks)
        ends = sorted({draw.randrange(1, shown + 1) for _ in range(draw.randrange(3))} | {shown})
        for n, (first, end) in enumerate(pairwise([0, *ends])):
            then = looks[end] if end < shown else None
            row = SimpleNamespace(
                id=100 * record.id + n, run_id=looks[first].run_id,
                end_run_id=then.run_id if then else None, key="acc", listed=draw.choice(WORDS),
                valid=DateRange(self.maybe(0.2), None),
                known=TimestamptzRange(looks[first].as_of, then.as_of if then else None), hash=b"",
                number="1", field="", standard="", body_kind=None, basis="",
                kind=AccreditationKind.ACCREDITATION, schedule_held=False,
                granted=self.maybe(0.2), expires=self.maybe(0.2),
            )  # fmt: skip
            yield Said(record, "accreditation_statement", row)

    def _event(self, record: RecordSeen, n: int) -> Said:
        row = SimpleNamespace(
            id=100 * record.id + n, run_id=record.stands[0].first_run, end_run_id=None,
            kind=self.draw.choice(KINDS), on=self.maybe(0.8), until=self.maybe(), hash=b"",
            expires=self.maybe(), lines=self.draw.choice(([], [], ["L1"])), sites=[],
        )  # fmt: skip
        return Said(record, "status_event", row)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_steady_day_is_decided_on_the_facts_of_another_as_on_its_own(seed: int) -> None:
    histories = Histories(seed)
    alike = 0
    for _ in range(1_500):
        said, on = histories.one(), histories.day()
        around = said.steady(on)
        if around is None:
            continue
        known = lay_out(told_on(said, on, AT).held().facts, KNOWN)
        shared = replace(known, looked=said.looked())
        first, after = max(around.first, FIRST), min(around.after, KNOWN)
        for _ in range(8):
            other = first + timedelta(days=histories.draw.randrange(max(1, (after - first).days)))
            assert said.steady(other) == around
            question = Question(None, None, other, KNOWN)
            told = decide_known(shared, question)
            if around.moving and told.verdict in ADVERSE:
                continue  # it tells the last check before the day
            own = lay_out(told_on(said, other, AT).held().facts, KNOWN)
            assert told == decide_known(own, question)
            alike += own.primary != known.primary
    assert alike > 500, "no day had looks of its own"


def test_days_are_steady_between_looks_of_one_word_and_of_another_they_are_not() -> None:
    def day(n: int) -> date:
        return FIRST + timedelta(days=n)

    spans = [Span(day(10), day(50), True), Span(day(60), day(70), False)]
    found = SteadyDays([*spans, Span(day(80), day(99), True)], [day(30)])
    assert found.around(day(0)) == Steady(date.min, day(10), False)
    assert found.around(day(20)) == Steady(day(10), day(30), True)
    assert found.around(day(30)) == Steady(day(30), day(50), True), "another statement is true"
    assert found.around(day(55)) == Steady(day(50), day(60), False)
    assert found.around(day(65)) is None
    assert found.around(day(70)) is None
    assert found.around(day(75)) == Steady(day(71), day(80), False)
    crossed = SteadyDays([*spans, Span(day(65), day(99), True)], [])
    assert crossed.around(day(90)) is None, "two sources say differently"
    assert crossed.around(day(40)) == Steady(day(10), day(50), True)


def test_where_an_event_has_lost_its_source_no_day_is_steady() -> None:
    def looks(*months: int) -> list[Any]:
        times = [datetime(2024, month, 1, tzinfo=UTC) for month in months]
        return [Look(month, at, at, False) for month, at in zip(months, times, strict=True)]

    source = SourceSeen("reg", Tier.AB_REGISTER, False, True, {"leaving_means": "nothing"})
    record = RecordSeen(1, "", 1, "list", source, 1)
    record.stands.append(Stand(looks(2, 3, 4), looks(5)[0], 2, ""))
    row = SimpleNamespace(
        id=1, run_id=2, end_run_id=None, key="acc", listed=Listed.ACTIVE, hash=b"",
        valid=DateRange(None, None),
    )  # fmt: skip
    event = SimpleNamespace(
        id=1, run_id=2, end_run_id=None, kind=EventKind.SUSPENDED, on=date(2024, 3, 5),
        until=None, expires=None, lines=[], sites=[], hash=b"",
    )  # fmt: skip
    says = (Said(record, "accreditation_statement", row),)
    quiet = AccreditationSaid(7, 1, ("TAB", "1", "1"), says, (), {})
    assert quiet.steady(date(2024, 3, 10)) == Steady(date(2024, 2, 1), date(2024, 4, 1), True)
    struck = AccreditationSaid(
        7, 1, ("TAB", "1", "1"), says, (Said(record, "status_event", event),), {}
    )
    assert struck.steady(date(2024, 3, 10)) is None
