"""A small made-up directory for questions: sites, lines, a reused number, a look-alike."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services.terms import EventKind
from services.verdict.judge import judge
from services.verdict.views import ActivityAsked, Asked, Judged
from tests.services.store.build import World, at, lab, line, on, suspension

TODAY = on("2026-06-01")
NOW = at("2026-06-01", 9)
Ask = Callable[..., Judged]

LINES = [
    line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries", sites=("SZ",)),
    line("2", "信息技术设备", "GB 4943.1-2022", object_also="information technology equipment"),
    line("3", "luminaire", "IEC 60598-1:2020", parameter="dielectric strength", sites=("DXB",)),
    line("4", "toys", "Q/HB 12-2020", lo=1, hi=10, unit="N", cmc=0.5),
    line("5", "lamps", "IEC 62031:2018 and IEC 62560:2011"),
]
SITES = (
    kit.Site(key="SZ", name="Main", country="CN", city="Shenzhen", address="1 Quay Road"),
    kit.Site(key="DXB", name="Gulf", country="AE", city="Dubai", address="2 Dune Road"),
)


def gone(day: str) -> kit.Event:
    return kit.Event(accreditation="acc", kind=EventKind.WITHDRAWN, on=on(day), raw="Withdrawn")


def fill(world: World) -> None:
    world.source("register")
    harbour = lab(lines=LINES, sites=SITES)
    plain = lab("L90500", name="Meadow Water Laboratory", name_zh="", granted=on("2020-01-01"))
    bending = lab(
        "L90700", name="Rope and Cable House", name_zh="",
        lines=[line("6", "cables", "*", flexible=True)],
    )  # fmt: skip
    former = lab(
        "L90600", name="Old Mill Testing Ltd", name_zh="", key="old", granted=on("2015-01-01"),
        expires=None, events=[gone("2020-05-01")],
    )  # fmt: skip
    later = lab(
        "L90600", name="Quarry Stone Laboratory", name_zh="", key="new", expires=None,
        granted=on("2022-03-01"),
    )  # fmt: skip
    for day in ("2026-04-01", "2026-05-20"):
        world.look("register", at(day), [harbour, plain, bending, former, later])
    world.look(
        "register",
        at("2026-05-30"),
        [
            lab(lines=LINES, sites=SITES, events=[suspension("2026-05-25")]),
            plain,
            bending,
            former,
            later,
        ],
    )


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        filled = World(conn)
        fill(filled)
        yield filled
    engine.dispose()


@pytest.fixture
def ask(world: World) -> Ask:
    def asked(
        day: str = "2026-05-01", known_at: datetime = NOW, today: date = TODAY, **more: Any
    ) -> Judged:
        activity = more.pop("activity", None)
        question = Asked(
            on=on(day), activity=ActivityAsked(**activity) if activity else None, **more
        )
        (judged,) = judge(world.conn, [question], known_at=known_at, today=today)
        return judged

    return asked
