"""A receiver of webhooks on this machine: it keeps what comes and answers as it is told."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec


@dataclass(frozen=True)
class Came:
    """A message as it came. ``at``: by the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def said(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def cursors(self) -> list[str]:
        return [change["cursor"] for change in self.said["data"]["changes"]]


@dataclass(frozen=True)
class Answer:
    """``waits``: seconds before it is given."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    waits: float = 0.0


@dataclass
class Receiver:
    """``answers``: given in turn, the last one for ever; of a path, those under it."""

    base: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    came: list[Came] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    def answers_with(self, *answers: Answer, path: str = "/hook") -> None:
        self.answers[path] = list(answers)

    def take(self, one: Came) -> Answer:
        with self.changed:
            self.came.append(one)
            self.changed.notify_all()
            told = self.answers.get(one.path, [Answer()])
            return told.pop(0) if len(told) > 1 else told[0]

    def wait(self, count: int, seconds: float) -> Sequence[Came]:
        """What came, as soon as it is so many."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.came) >= count, seconds)
            assert arrived, f"{len(self.came)} of {count} messages came in {seconds} s"
            return list(self.came)


@contextmanager
def receive() -> Iterator[Receiver]:
    """Listens on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Came(self.path, headers, body, time.monotonic()))
            if answer.waits and stopped.wait(answer.waits):
                return
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:  # the sender has had enough
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
