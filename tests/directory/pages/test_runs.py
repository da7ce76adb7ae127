"""How a source's state and a refused run's changed shape are put into words and bars."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from directory.pages.changes import suspension
from directory.pages.sources import difference, percent, state_of
from directory.pages.words import WORDS
from services.find.views import ChangeView, FillChange, ShapeDiff, SourceView
from services.sync.tally import PARTS
from services.terms import ChangeKind, RunState


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (None, "–"), (0.0, "0%"), (1.0, "100%"), (0.714, "71%"),
        (0.004, "0.4%"), (0.9987, "99.9%"), (0.5, "50%"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_none(share: float | None, said: str) -> None:
    assert percent(share) == said


def test_every_part_that_is_counted_has_a_word() -> None:
    assert set(WORDS["part"]) == set(PARTS)


def test_what_moved_stands_apart_from_what_did_not() -> None:
    fill = (
        FillChange(part="credentials", before=0.7, after=0.0),
        FillChange(part="sites", before=None, after=0.2),
        FillChange(part="names", before=1.0, after=0.998),
    )
    diff = ShapeDiff(
        against_run=1, rows_before=2, rows_after=1, lines_before=0, lines_after=0,
        unread_before=0, unread_after=0, columns_gone=(), columns_new=(), perhaps_renamed=(),
        fill=fill, problems=(),
    )  # fmt: skip
    assert [one.part for one in difference(diff).fill] == ["credentials", "sites"]
    assert [one.part for one in difference(diff).steady] == ["names"]


def _source(*lists: tuple[str, RunState | None], last: RunState | None = None) -> SourceView:
    ended = datetime(2026, 6, 1, tzinfo=UTC)
    views = [
        SimpleNamespace(
            name=name,
            enabled=True,
            last_run=state and SimpleNamespace(id=n, state=state, finished_at=ended),
        )
        for n, (name, state) in enumerate(lists)
    ]
    return cast(SourceView, SimpleNamespace(lists=views, last_run_state=last))


def test_a_look_up_hides_no_refused_list() -> None:
    refused = ("list", RunState.REFUSED)
    good = ("lookup", RunState.PUBLISHED)
    assert state_of(_source(refused, good, last=RunState.PUBLISHED)) is RunState.REFUSED


def test_one_failed_list_among_good_ones_is_shown() -> None:
    lists = [("a", RunState.PUBLISHED), ("b", RunState.FAILED), ("c", RunState.UNCHANGED)]
    assert state_of(_source(*lists)) is RunState.FAILED


def test_a_source_that_never_ran_has_no_state() -> None:
    assert state_of(_source(("list", None))) is None


def test_a_suspension_is_read_from_its_change() -> None:
    after: dict[str, Any] = {"kind": "suspended", "on": "2026-05-20", "lines": ["2"]}
    change = ChangeView(
        cursor="0.0", position=0, row=0, kind=ChangeKind.ADDED, what="status_event", body="b1",
        body_names=(), accreditation="a1", label="", key="", before=None, after=after,
        known_at=datetime(2026, 6, 1, tzinfo=UTC), source="register", made=True, repeats=False,
    )  # fmt: skip
    said = suspension(change)
    assert (said.since, said.until, said.lines) == (date(2026, 5, 20), None, ("2",))
