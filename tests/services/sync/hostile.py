"""A publisher that means harm: raw sockets, since no HTTP library answers as badly as this.

Each behaviour is a function of the connection. Answers of good will are made by ``reply``.
"""

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Talk:
    """One request as it came, and the connection on which it is answered.

    ``wait``: sleeps so many seconds; True when the server is being closed.
    """

    connection: socket.socket
    target: str
    headers: Mapping[str, str]
    wait: Callable[[float], bool]

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)


Behaviour = Callable[[Talk], None]


@dataclass
class Hostile:
    """``pages``: path → behaviour; the query is not part of it. ``asked``: the targets in order."""

    base: str
    pages: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    def answer(self, talk: Talk) -> None:
        self.asked.append(talk.target)
        self.pages.get(talk.target.partition("?")[0], reply(b"no such page", status=404))(talk)


def reply(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None, length: int = -1
) -> Behaviour:
    """An answer of good will; ``length``: the Content-Length told instead of the true one."""

    def answer(talk: Talk) -> None:
        told = {"Content-Length": str(len(body) if length < 0 else length), "Connection": "close"}
        told |= dict(headers or {})
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        talk.send(f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + body)

    return answer


def redirect(to: str, status: int = 302) -> Behaviour:
    return reply(b"", status=status, headers={"Location": to})


def stall(talk: Talk) -> None:
    """Accepts, reads, and never says a word."""
    talk.wait(600)


def trickle_headers(talk: Talk) -> None:
    """One header byte at a time, each within the time-out of a read."""
    talk.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not talk.wait(0.05):
        talk.send(b"x")


def trickle_body(talk: Talk) -> None:
    """A body of which there is always one byte more."""
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    while not talk.wait(0.05):
        talk.send(b" ")


def trickle_chunks(talk: Talk) -> None:
    """Packed bytes that unpack to nothing: the stream never hands out a byte."""
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    talk.send(b"a\r\n" + gzip.compress(b"")[:10] + b"\r\n")
    empty = b"\x00\x00\x00\xff\xff"  # a stored block of length nought (RFC 1951, 3.2.4)
    while not talk.wait(0.05):
        talk.send(b"5\r\n" + empty + b"\r\n")


def endless(talk: Talk) -> None:
    """Chunk after chunk, as fast as they are taken."""
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while not talk.wait(0):
        talk.send(chunk)


def endless_headers(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n")
    line = b"X-More: " + b"y" * 1000 + b"\r\n"
    while not talk.wait(0):
        talk.send(line)


def endless_interim(talk: Talk) -> None:
    """One "103 Early Hints" after the other, never an answer."""
    while not talk.wait(0.001):
        talk.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")


def cut_off(talk: Talk) -> None:
    """Promises a hundred bytes, sends forty and hangs up."""
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + b"x" * 40)


def cut_off_chunks(talk: Talk) -> None:
    """Hangs up before the last chunk."""
    talk.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")


def garbage(talk: Talk) -> None:
    talk.send(b"\x16\x03\x01 this is no HTTP at all\r\n\r\n")


def packed(body: bytes, encoding: str = "gzip") -> Behaviour:
    return reply(body, headers={"Content-Encoding": encoding})


def bomb(megabytes: int, times: int = 1) -> bytes:
    """So many megabytes of zeros, packed ``times`` times over."""
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    for _ in range(times - 1):
        body = gzip.compress(body, 9)
    return body


@contextmanager
def serve_hostile() -> Iterator[Hostile]:
    """Served from a free port of 127.0.0.1 until the block ends; one request a connection."""
    stopped = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    hostile = Hostile(f"http://127.0.0.1:{listening.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=_talk, args=(hostile, connection, stopped), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield hostile
    finally:
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def _talk(hostile: Hostile, connection: socket.socket, stopped: threading.Event) -> None:
    with connection, suppress(OSError):  # who asked has had enough
        head = b""
        while b"\r\n\r\n" not in head:
            got = connection.recv(65536)
            if not got:
                return
            head += got
        first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        hostile.answer(Talk(connection, first.split(" ")[1], headers, stopped.wait))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(2)
            connection.recv(65536)
