"""The sources: fresh, overdue and why, refused; runs with hashes; the directory's health."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from services.errors import NotFound
from services.find import sources as reading
from services.terms import RunState
from tests.services.store.build import World, at, lab, suspension


@pytest.fixture(scope="module")
def world(make_database: object) -> Iterator[World]:
    engine = sa.create_engine(make_database())  # type: ignore[operator]
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", lists=("main", "lookup"), authoritative_for=["CNAS"])
        one.source("silent")
        one.source("calendar", internal=True)
        two = lab("L2", name="Another Works Ltd", name_zh="")
        one.look("register", at("2026-05-04"), [lab(), two])
        one.look("register", at("2026-05-11"), [lab(), two])
        one.look("register", at("2026-05-18"), [lab(events=[suspension("2026-05-15")]), two])
        one.fails("register", at("2026-05-25"), RunState.REFUSED)
        yield one
    engine.dispose()


def test_a_source_tells_its_lists_and_how_they_do(world: World) -> None:
    views, meta = reading.sources(world.conn, at("2026-05-26"))
    register, silent = views  # the directory's own calendar is none
    assert (register.key, register.tier) == ("register", 1)
    assert register.last_success_at == at("2026-05-18")
    assert register.last_run_state is RunState.REFUSED
    assert (register.records, register.bodies, register.refusals_30d) == (2, 2, 1)
    main, lookup = register.lists
    assert main.last_run is not None
    assert main.last_good is not None
    assert main.last_run.reasons == ("made to fail",)
    assert (main.last_good.rows, main.rows) == (2, 2)
    assert main.last_good.position == 1
    assert len(main.last_good.sha256[0]) == 64
    assert lookup.last_run is None
    assert [(when.date(), rows, state) for when, rows, state in register.history] == [
        (date(2026, 5, 4), 2, RunState.PUBLISHED),
        (date(2026, 5, 11), 2, RunState.UNCHANGED),
        (date(2026, 5, 18), 2, RunState.PUBLISHED),
        (date(2026, 5, 25), 2, RunState.REFUSED),
    ]
    assert silent.last_run_state is None
    assert meta.total == 2


def test_overdue_begins_when_a_whole_turn_was_missed_and_says_why(world: World) -> None:
    def overdue(day: str) -> tuple[bool, str]:
        view, _ = reading.source(world.conn, "register", at(day))
        return view.overdue, view.overdue_why

    assert overdue("2026-06-01") == (False, "")
    late, why = overdue("2026-06-02")
    assert late
    assert why == 'The list "main" is due every 7 days and was last read on 2026-05-18.'
    silent, _ = reading.source(world.conn, "silent", at("2026-05-26"))
    assert silent.overdue_why == 'The list "main" has never been read with success.'


def test_runs_come_newest_first_in_pages(world: World) -> None:
    page, meta = reading.runs(world.conn, "register", limit=3)
    assert [run.state for run in page] == [
        RunState.REFUSED,
        RunState.PUBLISHED,
        RunState.UNCHANGED,
    ]
    assert meta.next_cursor
    rest, meta = reading.runs(world.conn, "register", limit=3, cursor=meta.next_cursor)
    assert [run.position for run in rest] == [0]
    assert meta.next_cursor is None
    assert reading.run(world.conn, page[0].id)[0] == page[0]


def test_status_tells_sizes_overdue_and_suspensions(world: World) -> None:
    status, _ = reading.status(world.conn, at("2026-05-26"))
    assert (status.bodies, status.accreditations, status.lines) == (2, 2, 0)
    assert status.log_position == 1
    assert status.overdue == ('silent: The list "main" has never been read with success.',)
    (suspended,) = status.newest_suspensions
    assert suspended.label == "CNAS L90417"
    assert (status.queued, status.running, status.open_reviews) == (0, 0, 0)


def test_unknown_keys(world: World) -> None:
    for ask in (
        lambda: reading.source(world.conn, "nobody", at("2026-05-26")),
        lambda: reading.runs(world.conn, "nobody"),
        lambda: reading.run(world.conn, 999_999),
    ):
        with pytest.raises(NotFound):
            ask()


def test_an_empty_directory_answers(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        assert reading.sources(conn, at("2026-05-26"))[0] == ()
        status, meta = reading.status(conn, at("2026-05-26"))
        assert (status.bodies, meta.log_position) == (0, -1)
    engine.dispose()
