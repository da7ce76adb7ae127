"""Readings in a file: the same drafts, loaded only where they are news, however they were given."""

import os
from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.errors import Unreadable
from services.kit import Draft, Leftover, Line, Name, Page, Reading, Site, Streamed
from services.sync import spool
from services.sync.clean import read_clean
from services.sync.digest import draft_hash
from services.sync.reader import Bounds, Reader
from services.sync.spool import Drafts, Spool, Told, opened, spooled, write
from services.sync.tally import tally
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON = {"key": "h", "name": "Heron Testing", "lines": [["toys", "EN 71-3"], ["water", "pH"]]}
TERN = {"key": "t", "name": "Tern Labs", "lines": [["soil", "lead"]]}


def a_draft(key: str, lines: int = 3, **said: Any) -> Draft:
    return Draft(
        key=key,
        names=(Name(text=f"Body {key}"),),
        lines=tuple(
            Line(accreditation="1", key=str(n), method=f"M {n}", lo=Decimal("1.50"))
            for n in range(lines)
        ),
        **said,
    )


ALL = Reading(
    drafts=(a_draft("1"), a_draft("2", 0), a_draft("3", 2_500, where="row 3")),
    leftovers=(Leftover(what="column"),),
    problems=("row 9: no name",),
    unread=("9",),
    columns=("a", "b"),
)


def one_by_one(pages: Sequence[Page], _list: str) -> Reading:
    return Streamed(each=_each(pages))


def _each(pages: Sequence[Page]) -> Generator[Draft, None, Reading]:
    rest = toy.parse(pages, "list")
    yield from rest.drafts
    return msgspec.structs.replace(rest, drafts=(), columns=("rows", "one by one"))


def ends_in_nothing(_pages: Sequence[Page], _list: str) -> Reading:
    def each() -> Generator[Draft, None, Any]:
        yield a_draft("1")

    return Streamed(each=each())


def wrongly_typed(_pages: Sequence[Page], _list: str) -> Reading:
    return Reading(drafts=(a_draft(7),))  # type: ignore[arg-type]


def large(_pages: Sequence[Page], _list: str) -> Reading:
    return Streamed(each=_much())


def _much() -> Generator[Draft, None, Reading]:
    for n in range(300):
        yield Draft(key=str(n), names=(Name(text="x" * 1_000_000),))
    return Reading(drafts=())


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader(Bounds(timedelta(seconds=120), 200))
    yield one
    one.close()


PAGES = [toy.page(HERON, TERN)]


def test_what_was_written_is_what_is_loaded() -> None:
    held = spooled(ALL)
    assert tuple(held.drafts) == ALL.drafts
    assert held.drafts[1] == ALL.drafts[1]
    assert [*held.drafts[-1:]] == [ALL.drafts[2]]
    assert [head.content for head in held.heads] == [draft_hash(draft) for draft in ALL.drafts]
    assert [head.lines for head in held.heads] == [3, 0, 2_500]
    assert held.core(held.heads[2]) == msgspec.structs.replace(ALL.drafts[2], lines=())
    assert tuple(held.lines(held.heads[2])) == ALL.drafts[2].lines
    assert held.tally == tally(ALL.drafts)
    for name in set(Reading.__struct_fields__) - {"drafts"}:
        assert getattr(held, name) == getattr(ALL, name)
    assert spooled(held) is held


def test_a_reader_that_gives_one_after_another_is_read_as_one_that_gives_all(
    reader: Reader,
) -> None:
    file = Spool()
    told = reader.call(Told, write, ("lines.unit",), "", one_by_one, PAGES, "list", spool=file)
    held = opened(told, file)
    assert tuple(held.drafts) == toy.parse(PAGES, "list").drafts
    assert held.columns == ("rows", "one by one")
    assert held.tally.filled["lines.unit"] == 0
    assert read_clean(one_by_one, PAGES, "list").drafts == tuple(held.drafts)


def test_a_file_is_written_anew(reader: Reader) -> None:
    file = Spool()
    reader.call(Told, write, (), "", toy.Says(ALL), PAGES, "list", spool=file)
    told = reader.call(Told, write, (), "", toy.parse, PAGES, "list", spool=file)
    assert tuple(opened(told, file).drafts) == toy.parse(PAGES, "list").drafts
    assert os.fstat(file.number).st_size < 2_000


@pytest.mark.parametrize("what", [ends_in_nothing, wrongly_typed])
def test_what_is_no_reading_is_not_taken_for_one(reader: Reader, what: Any) -> None:
    with pytest.raises(Unreadable, match="gave what no reader may give"):
        reader.call(Told, write, (), "", what, PAGES, "list", spool=Spool())


def test_more_than_may_be_written_is_a_refusal(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="what it read is larger than 200 megabytes"):
        reader.call(Told, write, (), "", large, PAGES, "list", spool=Spool())


def test_no_address_of_a_person_is_written() -> None:
    sited = a_draft("2", 0, sites=(Site(key="s", address="1 Road, x@made-up.example"),))
    nameless = a_draft("x@made-up.example", where="row 5")
    said = msgspec.structs.replace(
        ALL, drafts=(a_draft("1"), sited, nameless), unread=("x@made-up.example", "8")
    )
    held = spooled(said)
    assert tuple(held.drafts) == read_clean(lambda: said).drafts
    assert held.drafts[1].sites[0].address == "1 Road,"
    assert held.heads[1].content == draft_hash(held.drafts[1])
    assert held.problems == ("row 9: no name", "row 5: nothing names the record")
    assert held.unread == ("8",)
    assert held.tally.rows == 2


def test_a_list_that_says_what_it_said_is_told_by_its_heads(
    traveller: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    traveller.enrol(toy.source(parse=one_by_one))
    assert traveller.play(HERON, TERN)[0] is RunState.PUBLISHED
    loaded: list[str] = []
    core = Drafts.core

    def watched(self: Drafts, head: spool.Head) -> Draft:
        loaded.append(head.key)
        return core(self, head)

    monkeypatch.setattr(Drafts, "core", watched)
    assert traveller.play(HERON, TERN, note="other bytes")[0] is RunState.UNCHANGED
    assert loaded == []
    assert traveller.play(HERON, TERN | {"expires": "2030-01-01"})[0] is RunState.PUBLISHED
    assert set(loaded) == {"t"}


def test_a_file_that_was_cut_publishes_nothing(
    traveller: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(told: Told, file: Spool) -> spool.Spooled:
        os.ftruncate(file.number, os.fstat(file.number).st_size - 12)
        return opened(told, file)

    monkeypatch.setattr("services.sync.run.opened", cut)
    state, run_id = traveller.play(HERON, TERN)
    assert state is RunState.REFUSED
    assert "gave what no reader may give" in traveller.run(run_id).reasons[0]
    assert traveller.counts()["record"] == 0
