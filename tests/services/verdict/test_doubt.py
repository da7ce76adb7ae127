"""A record that names quite another holder than before: it is open whose it is, until decided."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa

from services.models import Document, ReviewItem
from services.terms import Verdict
from services.verdict.judge import judge
from services.verdict.quick import judge_quickly
from services.verdict.views import Asked
from tests.services.store.build import World, at, lab, on

BEFORE, RENAMED, DECIDED = at("2026-05-01"), at("2026-05-10"), at("2026-05-20")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The number of one laboratory is printed with another name on 10 May."""
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        one = World(conn, today=on("2026-05-10"))
        one.source("register")
        one.look("register", BEFORE, [lab(name="Harbour Battery Testing", name_zh="")])
        one.look("register", RENAMED, [lab(name="Meadow Water Laboratory", name_zh="")])
        yield one
    engine.dispose()


def verdict(world: World, known_at: datetime) -> Verdict:
    """On 1 May, as known then; the same on both roads."""
    asked = [Asked(number="CNAS L90417", on=on("2026-05-01"))]
    today = on("2026-06-01")
    (long,) = judge(world.conn, asked, known_at=known_at, today=today)
    assert judge_quickly(world.conn, asked, known_at=known_at, today=today) == [long]
    return long.verdict


def test_the_doubt_counts_from_the_day_on_which_it_arose(world: World) -> None:
    assert verdict(world, at("2026-05-09")) is Verdict.VALID
    assert verdict(world, at("2026-05-11")) is Verdict.IDENTITY_UNRESOLVED


def test_search_and_page_say_what_the_decision_says(world: World) -> None:
    standings = world.conn.execute(
        sa.select(Document.standing).where(Document.to_position.is_(None))
    ).scalars()
    assert list(standings) == [["unknown"]]


def test_a_doubt_that_was_decided_later_stays_one_as_known_before(world: World) -> None:
    closed = sa.update(ReviewItem).values(state="decided", closed_at=DECIDED)
    assert world.conn.execute(closed).rowcount == 1
    assert verdict(world, at("2026-05-11")) is Verdict.IDENTITY_UNRESOLVED
    assert verdict(world, at("2026-05-21")) is Verdict.VALID


def test_a_review_is_open_until_it_has_a_day_of_closing(world: World) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        world.conn.execute(sa.update(ReviewItem).values(state="decided"))
    world.conn.rollback()
