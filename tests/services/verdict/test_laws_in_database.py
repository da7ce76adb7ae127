"""Laws that hold for random histories in a database: what was known stays as it was told, and what
search says of today is what the decision says, however many days nobody turned the calendar."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import kit
from services.models import Accreditation, AccreditationLink, BodyLink, Document
from services.sync.turn import turn_day
from services.terms import EventKind, LeavingMeans, Listed, Tier
from services.verdict.case import Bench, Case
from services.verdict.judge import decide_cases, judge
from services.verdict.quick import judge_quickly
from services.verdict.views import ActivityAsked, Asked, Judged
from tests.services.store.build import World

BODIES, LOOKS = 40, 9
BEGIN = date(2025, 1, 6)
REGISTER, NOTICES, SCHEME = "register", "notices", "scheme"
METHODS = ("IEC 60335-1:2020", "IEC 60335-1:2010", "GB 31241-2022", "Q/HB 12-2020")


@dataclass
class House:
    """One made laboratory, changing from look to look."""

    number: int
    expires: date | None
    granted: date | None
    listed: Listed = Listed.ACTIVE
    on_list: bool = True
    events: list[kit.Event] = field(default_factory=list)
    lines: dict[str, kit.Line] = field(default_factory=dict)

    def draft(self, *, events: bool, lines: bool) -> kit.Draft:
        held = tuple(self.lines.values()) if lines else ()
        return kit.Draft(
            key=f"H{self.number}",
            label=f"House {self.number}",
            where=f"line {self.number}",
            names=(kit.Name(text=f"House {self.number} Laboratory"),),
            profile=kit.Profile(country="SG"),
            accreditations=(
                kit.Accreditation(
                    key="acc",
                    issuer="TAB",
                    number=f"T{self.number:04}",
                    granted=self.granted,
                    expires=self.expires,
                    listed=self.listed if not events else Listed.ACTIVE,
                    schedule_held=bool(held),
                    raw=self.listed.value,
                ),
            ),
            events=tuple(self.events) if events else (),
            lines=held,
        )


class History:
    """Looks at three sources of which each says a part, on days up to 70 days apart."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.draw = world, random.Random(seed)
        self.day = BEGIN
        self.houses = [self._house(n) for n in range(BODIES)]
        world.source(REGISTER)
        world.source(NOTICES, leaving=LeavingMeans.NOTHING)
        world.source(SCHEME, tier=Tier.SCHEME_LIST)

    def _house(self, number: int) -> House:
        draw = self.draw
        expires = BEGIN + timedelta(days=draw.randrange(30, 700)) if draw.random() < 0.6 else None
        granted = BEGIN - timedelta(days=draw.randrange(-60, 900)) if draw.random() < 0.7 else None
        one = House(number, expires, granted)
        for n in range(draw.randrange(4)):
            one.lines[f"L{n}"] = kit.Line(
                accreditation="acc", key=f"L{n}", object="kettle", method=draw.choice(METHODS)
            )
        return one

    def go_on(self) -> datetime:
        """Some days later: some houses have changed, and one source after the other is read."""
        self.day += timedelta(days=self.draw.choice((1, 7, 7, 20, 70)))
        for one in self.houses:
            if self.draw.random() < 0.3:
                self._change(one)
        sources = [name for name in (REGISTER, NOTICES, SCHEME) if self.draw.random() < 0.8]
        when = datetime.combine(self.day, time(6), UTC)
        self.world.today = self.day
        for n, source in enumerate(sources or [REGISTER]):
            when = datetime.combine(self.day, time(6 + n), UTC)
            self.world.look(source, when, self._told(source))
        return when

    def _told(self, source: str) -> list[kit.Draft]:
        if source == NOTICES:
            return [one.draft(events=True, lines=False) for one in self.houses if one.events]
        share = 1.0 if source == REGISTER else 0.5
        shown = [one for one in self.houses if one.on_list and one.number < BODIES * share]
        return [one.draft(events=False, lines=source == REGISTER) for one in shown]

    def _change(self, one: House) -> None:
        draw = self.draw
        what = draw.randrange(6)
        first = self.day + timedelta(days=draw.randrange(-30, 20))
        if what == 0:
            until = first + timedelta(days=draw.randrange(5, 90)) if draw.random() < 0.6 else None
            lines = ("L0",) if "L0" in one.lines and draw.random() < 0.3 else ()
            one.events.append(
                kit.Event(
                    accreditation="acc", key=f"e{len(one.events)}", kind=EventKind.SUSPENDED,
                    on=first, until=until, lines=lines, raw="Suspended",
                )
            )  # fmt: skip
        elif what == 1 and draw.random() < 0.3:
            kind = draw.choice((EventKind.WITHDRAWN, EventKind.SURRENDERED))
            key = f"e{len(one.events)}"
            one.events.append(
                kit.Event(accreditation="acc", key=key, kind=kind, on=first, raw=kind.value)
            )
        elif what == 2:
            one.listed = draw.choice((Listed.ACTIVE, Listed.ACTIVE, Listed.SUSPENDED))
        elif what == 3:
            one.expires = None if draw.random() < 0.3 else first + timedelta(days=200)
        elif what == 4:
            one.on_list = not one.on_list
        else:
            key = f"L{draw.randrange(4)}"
            one.lines[key] = kit.Line(
                accreditation="acc", key=key, object="kettle", method=draw.choice(METHODS)
            )

    def questions(self, count: int) -> list[Asked]:
        draw = self.draw
        return [
            Asked(
                number=f"T{draw.randrange(BODIES):04}",
                issuer="TAB",
                on=BEGIN + timedelta(days=draw.randrange(-40, (self.day - BEGIN).days + 5)),
                activity=ActivityAsked(method=draw.choice(METHODS)) if n % 2 else None,
                ref=str(n),
            )
            for n in range(count)
        ]


@pytest.fixture
def engine(make_database: Callable[[], str]) -> Iterator[Engine]:
    found = sa.create_engine(make_database())
    yield found
    found.dispose()


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_what_was_known_at_a_time_is_told_alike_whatever_is_learned_later(
    engine: Engine, seed: int
) -> None:
    with engine.connect() as conn:
        history = History(World(conn), seed)
        told: list[tuple[list[Asked], datetime, list[Judged]]] = []
        for _ in range(LOOKS):
            known_at = history.go_on() + timedelta(minutes=1)
            asked = history.questions(120)
            told.append((asked, known_at, ask(conn, asked, known_at)))
            conn.rollback()
        verdicts = Counter(one.verdict for _, _, judged in told for one in judged)
        assert len(verdicts) >= 7, verdicts
        learned = 0  # what is known now is not what was: the law is put to the test
        for asked, known_at, judged in told:
            learned += sum(
                now.verdict != then.verdict
                for now, then in zip(ask(conn, asked, told[-1][1]), judged, strict=True)
            )
            assert ask(conn, asked, known_at) == judged
            again = judge_quickly(conn, asked, known_at=known_at, today=known_at.date())
            assert again == judged
        assert learned > 50


@pytest.mark.parametrize("seed", [9, 10])
def test_a_question_on_many_days_is_answered_as_on_each_day_alone(
    engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []

    def counted(conn: Connection, bench: Bench, cases: Sequence[Case]) -> None:
        together.append(len(cases))
        decide_cases(conn, bench, cases)

    with engine.connect() as conn:
        history = History(World(conn), seed)
        for _ in range(LOOKS):
            known_at = history.go_on() + timedelta(minutes=1)
        days = (history.day - BEGIN).days
        asked = [
            msgspec.structs.replace(one, on=BEGIN + timedelta(days=history.draw.randrange(days)))
            for one in history.questions(80)
            for _ in range(10)
        ]
        alone = [ask(conn, [one], known_at)[0] for one in asked]
        monkeypatch.setattr("services.verdict.judge.decide_cases", counted)
        assert ask(conn, asked, known_at) == alone
        assert len({one.last_check for one in alone}) > 5
        assert sum(together) < len(asked) * 0.9, "no answer was that of another day"


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_search_says_of_today_what_the_decision_says_after_days_that_nobody_turned(
    engine: Engine, seed: int
) -> None:
    with engine.connect() as conn:
        history = History(World(conn), seed)
        turned = 0
        for _ in range(LOOKS):
            history.go_on()
            for missed in sorted(history.draw.sample(range(1, 130), 2)):
                now = datetime.combine(history.day + timedelta(days=missed), time(12), UTC)
                turned += turn_day(conn, now)
                conn.commit()
                assert projected(conn) == decided(conn, now)
                assert turn_day(conn, now) == 0, "a day is turned once"
                conn.commit()
            # looks are in order of time: the next is after the last turn
            history.day += timedelta(days=missed)
        assert turned > 5


def test_two_that_turn_one_day_at_once_publish_it_once(engine: Engine) -> None:
    with engine.connect() as conn:
        history = History(World(conn), 8)
        for _ in range(3):
            history.go_on()
    now = datetime.combine(history.day + timedelta(days=150), time(12), UTC)

    def turn(_: int) -> int:
        with engine.begin() as conn:
            return turn_day(conn, now)

    with ThreadPoolExecutor(4) as pool:
        moved = list(pool.map(turn, range(4)))
    assert sum(one > 0 for one in moved) == 1, moved
    with engine.connect() as conn:
        leaves = conn.execute(
            sa.text(
                "select count(*) from log_leaf l join run r on r.id = l.run_id"
                " join source_list s on s.id = r.list_id where s.source_key = 'calendar'"
            )
        ).scalar_one()
        assert leaves == 1
        assert projected(conn) == decided(conn, now)


def ask(conn: Connection, asked: Sequence[Asked], known_at: datetime) -> list[Judged]:
    return judge(conn, asked, known_at=known_at, today=known_at.date())


def projected(conn: Connection) -> dict[int, dict[str, int]]:
    """Body → accreditations by standing, as search has it."""
    rows = conn.execute(
        sa.select(Document.body_id, Document.card["standings"]).where(
            Document.to_position.is_(None)
        )
    )
    return {row.body_id: {name: n for name, n in row[1].items() if n} for row in rows}


def decided(conn: Connection, now: datetime) -> dict[int, dict[str, int]]:
    """The same, judged anew from all facts."""
    held = conn.execute(
        sa.select(BodyLink.body_id, Accreditation.id)
        .join(AccreditationLink, AccreditationLink.accreditation_id == Accreditation.id)
        .join(BodyLink, BodyLink.record_id == AccreditationLink.record_id)
        .where(sa.func.upper_inf(AccreditationLink.known), sa.func.upper_inf(BodyLink.known))
        .distinct()
    ).all()
    asked = [Asked(accreditation=f"a{row.id}", on=now.date()) for row in held]
    found: dict[int, Counter[str]] = {}
    for row, judged in zip(held, ask(conn, asked, now), strict=True):
        found.setdefault(row.body_id, Counter())[judged.standing] += 1
    return {body: dict(counts) for body, counts in found.items()}
