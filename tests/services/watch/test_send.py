"""Where messages may go, and what a hostile or broken receiver can do: nothing."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from services.errors import BadQuestion
from services.watch import message, send
from services.watch.address import check, check_form
from services.watch.send import Answered, Sender
from tests.services.store.build import at
from tests.services.watch.receiver import Answer, Receiver

NOW = at("2026-06-01")
SECRET = message.new_secret()


def sent(receiver: Receiver, path: str = "/hook") -> Answered:
    sender = Sender([receiver.host], "Labdir/test")
    try:
        return sender.send(f"{receiver.base}{path}", SECRET, "msg_1", "{}", NOW)
    finally:
        sender.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1/h", "private address 127.0.0.1"),
        ("https://10.1.2.3/h", "private address 10.1.2.3"),
        ("https://169.254.169.254/latest", "private address 169.254.169.254"),
        ("https://[::1]/h", "private address ::1"),
        ("https://[::ffff:127.0.0.1]/h", "private address ::ffff:127.0.0.1"),
        ("https://[::ffff:10.0.0.1]:8443/h", "private address ::ffff:10.0.0.1"),
        ("https://[fd00::1]/h", "private address fd00::1"),
        ("https://0.0.0.0/h", "private address 0.0.0.0"),
        ("https://2130706433/h", "private address 127.0.0.1"),
        ("https://0x7f.1/h", "private address 127.0.0.1"),
        ("https://localhost/h", "private address"),
        ("https://no-such-name.invalid/h", "cannot be resolved"),
        ("http://1.0.0.1/h", "not encrypted"),
        ("ftp://1.0.0.1/h", "no address of a web server"),
        ("https:///h", "no address of a web server"),
        ("hook", "no address of a web server"),
        ("https://u:p@1.0.0.1/h", "a user or a password"),
        ("https://1.0.0.1:99999/h", "no address"),
        ("https://[::1/h", "no address"),
        ("https://1.0.0.1/a b", "no address of a web server"),
        (f"https://1.0.0.1/{'x' * 2000}", "characters"),
    ],
)
def test_an_address_that_may_not_be_is_refused_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(BadQuestion) as fault:
        check(url, ())
    assert said in fault.value.what
    assert fault.value.what.startswith("url: ")
    assert fault.value.remedy


def test_public_and_allowed_addresses_are_taken() -> None:
    check("https://1.0.0.1/labdir?office=1", ())
    check("http://127.0.0.1:8899/h", ["127.0.0.1:8899"])
    assert check_form("https://office.example/h", ()) == ("office.example", 443)
    with pytest.raises(BadQuestion, match="not encrypted"):
        check("http://127.0.0.1:8898/h", ["127.0.0.1:8899"])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost"])
def test_a_private_address_is_refused_at_the_delivery_too(receiver: Receiver, host: str) -> None:
    """A name may mean another address by now: it is judged where the connection is made."""
    port = receiver.host.rpartition(":")[2]
    sender = Sender([], "Labdir/test")
    answered = sender.send(f"https://{host}:{port}/h", SECRET, "msg_1", "{}", NOW)
    sender.close()
    assert (answered.status, answered.delivered) == (0, False)
    assert "not sent" in answered.said
    assert "private address" in answered.said
    assert receiver.came == []


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers_with(Answer(307, {"Location": "/elsewhere"}))
    answered = sent(receiver)
    assert not answered.delivered
    assert answered.said.startswith("307 Temporary Redirect: redirects are not followed")
    assert [one.path for one in receiver.came] == ["/hook"]


@pytest.mark.parametrize(
    ("status", "given", "later"),
    [
        (503, "120", timedelta(seconds=120)),
        (429, "Mon, 01 Jun 2026 07:00:00 GMT", timedelta(hours=1)),
        (429, "Mon, 01 Jun 2026 05:00:00 GMT", timedelta(0)),
        (503, "soon", None),
        (503, "-5", None),
        (503, "9" * 400, timedelta(seconds=10**8)),
        (500, "120", None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(
    receiver: Receiver, status: int, given: str, later: timedelta | None
) -> None:
    receiver.answers_with(Answer(status, {"Retry-After": given}))
    assert sent(receiver).later == later


def test_an_answer_is_read_to_a_kilobyte(receiver: Receiver) -> None:
    receiver.answers_with(Answer(500, body=b"\x1b[31m\x00" + b"x" * 10_000_000))
    answered = sent(receiver)
    assert answered.said.startswith("500 Internal Server Error: [31m xxx")
    assert len(answered.said) < 260


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A port that does with the first connection what it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                serve(connection)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def attempt(base: str) -> Answered:
    sender = Sender([base.removeprefix("http://")], "Labdir/test")
    try:
        return sender.send(f"{base}/h", SECRET, "msg_1", "{}", NOW)
    finally:
        sender.close()


def test_an_answer_that_trickles_for_ever_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "TIMEOUT_SECONDS", 0.5)

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.1)
        except OSError:
            pass

    began = time.monotonic()
    with listening(trickle) as base:
        answered = attempt(base)
        assert time.monotonic() - began < 3
    assert answered.status == 0


@pytest.mark.parametrize(
    "said", [b"", b"what\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\nA"]
)
def test_an_answer_that_is_none_is_a_failure_in_words(said: bytes) -> None:
    with listening(lambda connection: connection.sendall(said)) as base:
        answered = attempt(base)
    assert answered.status == 0
    assert answered.said.startswith("no answer: ")


def test_nobody_there_is_a_failure_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
    answered = attempt(base)
    assert answered.said.startswith("no answer: ConnectError")
