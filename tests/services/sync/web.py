"""A publisher on this machine: answers by path, and a memory of what was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """``trickle``: seconds between the bytes of the body. ``cut``: the connection ends after so
    many of them, whatever length was announced."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    trickle: float = 0.0
    cut: int | None = None


Answer = Reply | Callable[[Mapping[str, str]], Reply]


@dataclass
class Web:
    """``pages``: path → one answer, or several that are given in turn (the last for ever)."""

    base: str
    pages: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.base.removeprefix("http://")

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def rows(self, path: str, *rows: dict[str, Any], **more: Any) -> None:
        """A page of the toy list."""
        body = json.dumps({"rows": rows, **more}).encode()
        self.pages[path] = Reply(body=body, headers={"Content-Type": "application/json"})

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append((path, headers))
        found = self.pages.get(path)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if found is None:
            return Reply(404, b"no such page")
        return found if isinstance(found, Reply) else found(headers)


@contextmanager
def serve() -> Iterator[Web]:
    """Served from a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = web.answer(self.path, headers)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                if reply.cut is not None:
                    self.wfile.write(reply.body[: reply.cut])
                    self.close_connection = True
                    return
                if not reply.trickle:
                    self.wfile.write(reply.body)
                    return
                for n in range(len(reply.body)):
                    self.wfile.write(reply.body[n : n + 1])
                    self.wfile.flush()
                    if stopped.wait(reply.trickle):
                        return
            except OSError:  # the reader has had enough
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web = Web(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
