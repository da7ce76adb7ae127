"""Indicators: counted from dated facts as known then, with their definition, never invented."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from services.errors import NotFound
from services.find.abroad_views import IndicatorView
from services.find.indicators import MEASURES, indicators
from tests.services.find.abroad_world import fill, harbour
from tests.services.store.build import World, at, on


@pytest.fixture(scope="module")
def conn(make_database: Callable[[], str]) -> Iterator[sa.Connection]:
    engine = sa.create_engine(make_database())
    with engine.connect() as one:
        fill(World(one))
        yield one
    engine.dispose()


def measured(conn: sa.Connection, id_: str, known: str = "2026-06-01") -> IndicatorView:
    ((found,), _) = indicators(conn, on("2026-06-01"), at(known), only=id_)
    return found


def told(view: IndicatorView) -> list[tuple[str, int, int]]:
    return [(one.on.isoformat(), one.value, one.verified) for one in view.values]


def test_acceptances_in_force_are_counted_at_each_year_end_and_on_the_day(
    conn: sa.Connection,
) -> None:
    found = measured(conn, "acceptances")
    assert found.since == on("2022-05-01")
    assert told(found) == [
        ("2022-12-31", 1, 1),
        ("2023-12-31", 1, 1),
        ("2024-12-31", 3, 1),
        ("2025-12-31", 2, 1),  # one ended in July
        ("2026-06-01", 2, 1),
    ]


def test_an_indicator_as_known_earlier_counts_nothing_that_was_learned_later(
    conn: sa.Connection,
) -> None:
    before = told(measured(conn, "acceptances", known="2026-04-01"))
    assert before[2:] == [("2024-12-31", 2, 1), ("2025-12-31", 1, 1), ("2026-06-01", 1, 1)]
    nothing = measured(conn, "acceptances", known="2026-01-01")
    assert (nothing.values, nothing.since) == ((), None)


def test_bodies_abroad_are_counted_by_built_and_borrowed(conn: sa.Connection) -> None:
    assert told(measured(conn, "presence_built"))[0] == ("2022-12-31", 1, 1)
    borrowed = measured(conn, "presence_borrowed")
    assert told(borrowed)[-1] == ("2026-06-01", 1, 0)  # claimed, not verified
    assert borrowed.since == on("2023-04-01")


def test_agreements_and_projects_count_while_they_are_in_force(conn: sa.Connection) -> None:
    agreements = {day: value for day, value, _ in told(measured(conn, "cooperations"))}
    assert agreements["2019-12-31"] == 1
    assert agreements["2021-12-31"] == 0  # in between nothing was in force: that is known
    assert agreements["2026-06-01"] == 2
    assert told(measured(conn, "projects"))[-1] == ("2026-06-01", 1, 0)


def test_accreditations_stand_as_the_directory_decided_that_day_and_no_earlier_day_is_invented(
    conn: sa.Connection,
) -> None:
    assert told(measured(conn, "accreditations_standing")) == [("2026-06-01", 2, 2)]


def test_a_fact_without_a_beginning_counts_from_when_it_was_first_read(
    make_database: Callable[[], str],
) -> None:
    from services import abroad

    engine = sa.create_engine(make_database())
    with engine.connect() as one:
        world = World(one)
        world.source("register", authoritative_for=["CNAS"])
        open_ = abroad.Acceptance(key="1", accepter="SASO", country="SA", result="test report")
        world.look("register", at("2026-03-02"), [harbour(acceptances=(open_,))])
        found = measured(one, "acceptances")
        assert (found.since, told(found)) == (on("2026-03-02"), [("2026-06-01", 1, 0)])
    engine.dispose()


def test_every_indicator_has_its_definition_in_both_languages_and_a_version(
    conn: sa.Connection,
) -> None:
    found, meta = indicators(conn, on("2026-06-01"), at("2026-06-01"))
    assert [one.id for one in found] == [one.id for one in MEASURES]
    for one in found:
        assert one.definition_version >= 1
        assert all((one.definition, one.definition_zh, one.unit, one.unit_zh, one.title_zh))
    assert [source.key for source in meta.sources] == ["register"]
    with pytest.raises(NotFound, match="Did you mean acceptances"):
        measured(conn, "acceptance")
