"""A publisher that means harm: each attack ends soon, in words, in little memory, and leaves the
old data as they were."""

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.errors import FetchError
from services.kit import Request
from services.settings import FetchSettings, Settings, SourceSettings
from services.sync.fetch import Fetcher, TooLargeError
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync import hostile, toy
from tests.services.sync.conftest import Traveller
from tests.services.sync.hostile import Behaviour, Hostile, bomb, packed, redirect, reply

LIMIT = 1_000_000


@pytest.fixture(scope="module")
def web() -> Iterator[Hostile]:
    with hostile.serve_hostile() as one:
        yield one


def settings(web: Hostile, attempts: int = 2) -> FetchSettings:
    return FetchSettings(
        private_hosts=(web.host,),
        timeout_s=0.2,
        attempts=attempts,
        backoff_s=0.01,
        max_bytes=LIMIT,
    )


@pytest.fixture
def fetcher(web: Hostile) -> Iterator[Fetcher]:
    web.pages.clear()
    web.asked.clear()
    one = Fetcher(None, settings(web), lambda: datetime(2026, 3, 1, tzinfo=UTC), 1000.0)
    yield one
    one.close()


def get(fetcher: Fetcher, web: Hostile, behaviour: Behaviour) -> bytes:
    web.pages["/list"] = behaviour
    return fetcher.get(Request(url=f"{web.base}/list")).page.body


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (hostile.stall, "timed out"),
        (hostile.trickle_headers, "trickles"),
        (hostile.trickle_body, "trickles"),
        (hostile.trickle_chunks, "trickles"),
        (hostile.endless_interim, "trickles"),
    ],
)
def test_an_answer_that_never_comes_to_its_end_is_left_with_a_reason(
    web: Hostile, fetcher: Fetcher, behaviour: Behaviour, said: str
) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match=said):
        get(fetcher, web, behaviour)
    assert time.monotonic() - began < 5


def test_an_answer_that_trickled_its_time_away_is_not_asked_for_again_at_once(
    web: Hostile, fetcher: Fetcher
) -> None:
    with pytest.raises(FetchError, match="trickles"):
        get(fetcher, web, hostile.trickle_headers)
    assert web.asked.count("/list") == 1


def test_each_request_has_time_of_its_own(web: Hostile, fetcher: Fetcher) -> None:
    def slow(talk: hostile.Talk) -> None:
        talk.wait(0.15)
        reply(b"fine")(talk)

    for _ in range(15):  # together longer than one answer may take
        assert get(fetcher, web, slow) == b"fine"


# --- size ----------------------------------------------------------------------------------------


def test_headers_without_end_are_cut_off(web: Hostile, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="could not be fetched"):
        get(fetcher, web, hostile.endless_headers)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.endless, id="chunks without end"),
        pytest.param(packed(bomb(256)), id="gzip"),
        pytest.param(packed(zlib.compress(bytes(200_000_000), 9), "deflate"), id="deflate"),
        pytest.param(packed(bomb(1) * 500), id="many small members"),
    ],
)
def test_a_body_beyond_the_limit_costs_no_more_memory_than_the_limit(
    web: Hostile, fetcher: Fetcher, behaviour: Behaviour
) -> None:
    web.pages["/list"] = behaviour
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="larger than 1000000 bytes"):
            get(fetcher, web, behaviour)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * LIMIT
    assert web.asked.count("/list") == 1, "what is too large is not asked for again"


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "x" * 5000])
def test_a_coding_that_was_not_asked_for_is_refused_unread(
    web: Hostile, fetcher: Fetcher, coding: str
) -> None:
    with pytest.raises(FetchError, match="not asked for") as caught:
        get(fetcher, web, packed(bomb(64, 2), coding))
    assert len(str(caught.value)) < 500
    assert web.asked.count("/list") == 1


def test_pages_that_are_too_much_together_are_stopped(web: Hostile, fetcher: Fetcher) -> None:
    page = reply(b" " * LIMIT)
    for _ in range(8):
        assert len(get(fetcher, web, page)) == LIMIT
    with pytest.raises(TooLargeError, match="larger than 8000000 bytes together"):
        get(fetcher, web, page)


# --- lies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [hostile.cut_off, hostile.cut_off_chunks, reply(b"{}", length=1000), hostile.garbage],
)
def test_an_answer_that_was_cut_off_is_no_answer(
    web: Hostile, fetcher: Fetcher, behaviour: Behaviour
) -> None:
    with pytest.raises(FetchError, match="could not be fetched"):
        get(fetcher, web, behaviour)
    assert web.asked.count("/list") == 2, "it is asked for again: that may have been the line"


def test_packed_bytes_that_were_cut_off_are_no_answer(web: Hostile, fetcher: Fetcher) -> None:
    whole = gzip.compress(b"row\n" * 1000)
    with pytest.raises(FetchError, match="in the midst of its packed bytes"):
        get(fetcher, web, packed(whole[:-9]))
    with pytest.raises(FetchError, match="not packed as it says"):
        get(fetcher, web, packed(b"plain words"))
    assert get(fetcher, web, packed(whole)) == b"row\n" * 1000


def test_packed_bytes_are_read_as_servers_send_them(web: Hostile, fetcher: Fetcher) -> None:
    rows = b"".join(b"%d;row\n" % n for n in range(20_000))
    bare = zlib.compressobj(wbits=-15)
    for body, coding in (
        (gzip.compress(rows[:5000]) + gzip.compress(rows[5000:]), "gzip"),
        (gzip.compress(rows) + bytes(512), "x-gzip"),
        (zlib.compress(rows), "deflate"),
        (bare.compress(rows) + bare.flush(), "Deflate"),
        (rows, "identity"),
    ):
        assert get(fetcher, web, packed(body, coding)) == rows


def test_what_follows_a_too_short_length_is_not_taken_for_the_next_answer(
    web: Hostile, fetcher: Fetcher
) -> None:
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
    assert get(fetcher, web, reply(b"{}" + smuggled, length=2)) == b"{}"
    assert get(fetcher, web, reply(b"true")) == b"true"


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/list", "redirects more than 5 times"),
        ("", "redirects more than 5 times"),
        ("http://169.254.169.254/latest/meta-data", "private address"),
        ("http://10.0.0.1:5432/", "private address"),
        ("http://[::1]/", "private address"),
        ("http://0/", "private address"),
        ("http://2130706433/", "private address"),
        ("//localhost/", "private address"),
        ("file:///etc/passwd", "neither http nor https"),
        ("gopher://127.0.0.1/", "neither http nor https"),
        ("http://127.0.0.1:99999/", "private address"),
        ("http://[half/", "could not be fetched"),
        ("http://user:pass@127.0.0.1/", "with a user name"),
        ("http://public.example@169.254.169.254/", "with a user name"),
    ],
)
def test_a_redirect_leads_nowhere_but_to_the_open_web(
    web: Hostile, fetcher: Fetcher, target: str, said: str
) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match=said):
        get(fetcher, web, redirect(target))
    assert time.monotonic() - began < 5


def test_an_address_of_any_length_makes_a_short_reason(web: Hostile, fetcher: Fetcher) -> None:
    web.pages["/" + "a" * 5000] = reply(b"long")
    assert get(fetcher, web, redirect("/" + "a" * 5000)) == b"long"
    for target in ("http://[" + "a" * 5000, "http://" + "a" * 5000 + "/", "/" + "a" * 90_000):
        with pytest.raises(FetchError) as caught:
            get(fetcher, web, redirect(target))
        assert len(str(caught.value)) < 700, "a person reads it"


# --- robots.txt and waiting -----------------------------------------------------------------------


def test_a_robots_file_without_end_is_read_as_far_as_it_counts(
    web: Hostile, fetcher: Fetcher
) -> None:
    def endless_rules(talk: hostile.Talk) -> None:
        talk.send(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /secret\n")
        while not talk.wait(0):
            talk.send(b"# and so on\n" * 1000)

    web.pages["/robots.txt"] = endless_rules
    assert get(fetcher, web, reply(b"open")) == b"open"
    with pytest.raises(FetchError, match="does not allow"):
        fetcher.get(Request(url=f"{web.base}/secret"))


def test_a_robots_file_that_never_comes_allows_nothing(web: Hostile, fetcher: Fetcher) -> None:
    web.pages["/robots.txt"] = hostile.stall
    with pytest.raises(FetchError, match=r"robots\.txt could not be fetched"):
        get(fetcher, web, reply(b"open"))
    assert "/list" not in web.asked


@pytest.mark.parametrize(
    "said",
    ["-5", "NaN", "1e9", "inf", "soon", "", "٣", "Mon, 01 Jan 99999 00:00:00 GMT",
     "Mon, 99 Foo 2026 99:99:99 GMT", "Mon, 01 Jan 2001 00:00:00 GMT",
     "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"],
)  # fmt: skip
def test_a_wait_that_is_none_is_not_waited_for(web: Hostile, fetcher: Fetcher, said: str) -> None:
    began = time.monotonic()
    busy = f"HTTP/1.1 503 Busy\r\nRetry-After: {said}\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(FetchError, match="answers 503"):
        get(fetcher, web, lambda talk: talk.send(busy.encode()))
    assert time.monotonic() - began < 2
    assert web.asked.count("/list") == 2


@pytest.mark.parametrize("said", ["61", "99999999999", "9" * 5000])
def test_a_wait_of_hours_is_left_to_the_next_run(web: Hostile, fetcher: Fetcher, said: str) -> None:
    with pytest.raises(FetchError, match="asks to wait") as caught:
        get(fetcher, web, reply(b"", status=429, headers={"Retry-After": said}))
    assert len(str(caught.value)) < 200


# --- the run -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hostile.stall, id="stalls"),
        pytest.param(hostile.trickle_headers, id="trickles"),
        pytest.param(hostile.endless, id="never ends"),
        pytest.param(packed(bomb(64)), id="bomb"),
        pytest.param(redirect("/list"), id="redirect loop"),
        pytest.param(hostile.cut_off, id="cut off"),
        pytest.param(reply(b'{"rows": []}', length=4), id="length too short"),
        pytest.param(reply(b'{"rows": []}', length=400), id="length too long"),
    ],
)
def test_a_hostile_answer_fails_its_run_in_words_and_leaves_the_old_data(
    web: Hostile, traveller: Traveller, behaviour: Behaviour
) -> None:
    traveller.settings = Settings(
        fetch=settings(web), sources={"toy": SourceSettings(address={"list": f"{web.base}/list"})}
    )
    good = toy.page({"key": "1", "name": "Heron"}).body
    web.pages["/list"] = reply(good)
    assert carry_out(traveller.road, traveller.ask()) is RunState.PUBLISHED
    before = traveller.counts()
    web.pages["/list"] = behaviour
    traveller.clock.on(hours=1)
    run_id = traveller.ask()
    assert carry_out(traveller.road, run_id) in {RunState.FAILED, RunState.REFUSED}
    [reason] = traveller.run(run_id).reasons
    assert len(reason) > 20, "a sentence"
    after = traveller.counts()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"run", "run_payload", "payload", "host_slot"}
    web.pages["/list"] = reply(toy.page({"key": "1", "name": "Heron & Co"}).body)
    traveller.clock.on(hours=1)
    assert carry_out(traveller.road, traveller.ask()) is RunState.PUBLISHED, "well again"
