"""Reading in bounded processes: real ones, which hang, eat memory, die and are killed."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import Unreadable
from services.kit import Page, Reading
from services.sync import catalogue
from services.sync.reader import Bounds, Reader, ReaderLost
from services.terms import RunState
from tests.chaos.house import is_there
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON = {"key": "1", "name": "Heron Testing Pte Ltd", "number": "T-1"}
PAGES = [toy.page(HERON)]


def hangs(_pages: Sequence[Page], _list: str) -> Reading:
    while True:
        pass


def sleeps(_pages: Sequence[Page], _list: str) -> Reading:
    time.sleep(60)
    raise AssertionError


def eats(_pages: Sequence[Page], _list: str) -> Reading:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def bloats(_pages: Sequence[Page], _list: str) -> bytes:
    return b"x" * (300 << 20)


def aborts(_pages: Sequence[Page], _list: str) -> Reading:
    os.abort()


def killed(_pages: Sequence[Page], _list: str) -> Reading:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def kills_nanny(_pages: Sequence[Page], list_name: str) -> Reading:
    """``list_name``: the file that is to hold this process's own id."""
    Path(list_name).write_text(str(os.getpid()))
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    raise AssertionError


def dives(_pages: Sequence[Page], _list: str) -> Reading:
    return dives(_pages, _list)


def refuses(_pages: Sequence[Page], _list: str) -> Reading:
    raise Unreadable("This is a page about maintenance.", "Come back tomorrow.")


def tells_process(_pages: Sequence[Page], _list: str) -> list[int]:
    return [os.getpid(), os.getppid()]


def tells_environment(_pages: Sequence[Page], _list: str) -> dict[str, str]:
    return dict(os.environ)


def returns_no_reading(_pages: Sequence[Page], _list: str) -> list[str]:
    return ["this", "is", "no", "reading"]


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader(Bounds(timedelta(seconds=60), 200))
    yield one
    one.close()


def test_what_is_read_comes_back_as_it_was(reader: Reader) -> None:
    assert reader.call(Reading, toy.parse, PAGES, "list") == toy.parse(PAGES, "list")


def test_each_reading_has_a_process_of_its_own(reader: Reader) -> None:
    first = reader.call(list[int], tells_process, PAGES, "list")
    second = reader.call(list[int], tells_process, PAGES, "list")
    assert len({*first, *second, os.getpid(), reader.server_pid()}) == 6


@pytest.mark.parametrize("what", [hangs, sleeps])
def test_a_reading_without_end_is_ended(what: object) -> None:
    brief = Reader(Bounds(timedelta(seconds=1), 200))
    started = time.monotonic()
    with pytest.raises(Unreadable, match="was ended: it took longer than 1 seconds"):
        brief.call(Reading, what, PAGES, "list")  # type: ignore[arg-type]
    assert time.monotonic() - started < 30
    brief.close()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (eats, "it needed more than 200 megabytes of memory"),
        (bloats, "it needed more than 200 megabytes of memory"),
        (aborts, "its process died of SIGABRT"),
    ],
)
def test_a_reading_beyond_its_bounds_is_ended_and_says_why(
    reader: Reader, what: object, said: str
) -> None:
    with pytest.raises(Unreadable) as raised:
        reader.call(Reading, what, PAGES, "list")  # type: ignore[arg-type]
    assert raised.value.what == f"The reading of these bytes was ended: {said}."
    assert "read.megabytes" in raised.value.remedy
    assert reader.call(Reading, toy.parse, PAGES, "list").drafts, "the next reading is well"


def test_a_refusal_keeps_its_words_and_its_remedy(reader: Reader) -> None:
    with pytest.raises(Unreadable) as raised:
        reader.call(Reading, refuses, PAGES, "list")
    assert raised.value.what == "This is a page about maintenance."
    assert raised.value.remedy == "Come back tomorrow."


def test_a_fault_of_the_reader_is_a_reason(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="failed on these bytes: ZeroDivisionError: oh"):
        reader.call(Reading, toy.broken, PAGES, "list")
    with pytest.raises(Unreadable, match="nested too deeply"):
        reader.call(Reading, dives, PAGES, "list")


def test_what_is_no_reading_is_not_taken_for_one(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="gave what no reader may give"):
        reader.call(Reading, returns_no_reading, PAGES, "list")


def test_what_cannot_be_handed_over_names_the_remedy(reader: Reader) -> None:
    with pytest.raises(Unreadable, match="must be a function of a module"):
        reader.call(Reading, lambda _pages, _name: Reading(drafts=()), PAGES, "list")


def test_a_reading_killed_from_outside_is_tried_again_and_says_nothing_of_the_bytes(
    reader: Reader,
) -> None:
    with pytest.raises(ReaderLost, match="killed from outside, twice"):
        reader.call(Reading, killed, PAGES, "list")


def test_a_reader_whose_nanny_was_killed_ends_and_the_next_reading_is_well(
    reader: Reader, tmp_path: Path
) -> None:
    """Without a nanny nobody watches a reader's clock: it must not outlive her."""
    told = tmp_path / "pid"
    with pytest.raises(ReaderLost, match="killed from outside, twice"):
        reader.call(Reading, kills_nanny, PAGES, str(told))
    orphan, end = int(told.read_text()), time.monotonic() + 20
    while is_there(orphan) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_there(orphan)
    assert reader.call(Reading, toy.parse, PAGES, "list").drafts


def test_a_fork_server_that_was_killed_is_started_again(reader: Reader) -> None:
    reader.call(Reading, toy.parse, PAGES, "list")
    first = reader.server_pid()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert reader.call(Reading, toy.parse, PAGES, "list").drafts
    assert reader.server_pid() not in {None, first}


def test_closing_leaves_no_process(reader: Reader) -> None:
    nanny = reader.call(list[int], tells_process, PAGES, "list")[1]
    server = reader.server_pid()
    reader.close()
    assert server is not None
    for pid in (nanny, server):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_many_threads_read_at_once(reader: Reader) -> None:
    got: list[int] = []

    def read() -> None:
        got.extend(len(reader.call(Reading, toy.parse, PAGES, "list").drafts) for _ in range(5))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == [1] * 30


def test_a_reader_knows_no_address_and_no_password(
    monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    monkeypatch.setenv("LABDIR_DATABASE_URL", "postgresql://labdir:secret@db/labdir")
    known = reader.call(dict[str, str], tells_environment, PAGES, "list")
    assert "secret" not in str(known)


def test_a_source_loaded_from_a_file_is_read(tmp_path: Path, reader: Reader) -> None:
    file = tmp_path / "lone.py"
    file.write_text(
        "from services.kit import Reading\n"
        "from tests.services.sync import toy\n"
        "def parse(pages, name):\n    return Reading(drafts=(), columns=('from a file',))\n"
        "SOURCE = toy.source('lone', parse=parse)\n"
    )
    parse = catalogue.load_file(file).parse
    assert reader.call(Reading, parse, PAGES, "list").columns == ("from a file",)


def test_a_run_whose_reading_hangs_is_refused_its_bytes_kept_and_the_worker_lives(
    traveller: Traveller,
) -> None:
    from services.settings import ReadSettings, Settings

    traveller.enrol(toy.source())
    assert traveller.play(HERON)[0] is RunState.PUBLISHED
    before = traveller.counts()
    traveller.settings = Settings(read=ReadSettings(time="1s", megabytes=200))
    traveller.enrol(toy.source(parse=hangs, parser_version=2))
    state, run_id = traveller.play(HERON, note="anew")
    assert state is RunState.REFUSED
    assert "took longer than 1 seconds" in traveller.run(run_id).reasons[0]
    after = traveller.counts()
    assert after["payload"] == before["payload"] + 1
    assert after["name"] == before["name"]
    traveller.settings = Settings()
    traveller.enrol(toy.source(parser_version=3))
    assert traveller.play(HERON, note="anew")[0] is RunState.UNCHANGED


def test_a_reading_lost_to_a_kill_fails_the_run_and_is_due_again_soon(traveller: Traveller) -> None:
    traveller.enrol(toy.source(parse=killed))
    state, run_id = traveller.play(HERON)
    assert state is RunState.FAILED
    assert "killed from outside" in traveller.run(run_id).reasons[0]
    [row] = traveller.rows("select failures from source_list where name = 'list'")
    assert row.failures == 1


def counts(text: str) -> int:
    return len(text)


def test_a_worker_that_stops_and_limits_its_sockets_still_reads() -> None:
    """More than a connection holds, to a server that is not there yet: it must be waited for."""
    with closing(Reader()) as reader:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(5.0)  # as Celery does while it stops
        try:
            assert reader.call(int, counts, "x" * (8 << 20)) == 8 << 20
        finally:
            socket.setdefaulttimeout(before)
