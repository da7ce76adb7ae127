"""The local publisher: recorded samples over HTTP, so that the real road runs on one machine.

    python -m deploy.publisher --port 8800 --published FOLDER

Each list of a source that has recorded files is served at ``/KEY/LIST/FILE``: its newest recording,
with the validators that conditional GET needs and ``Labdir-Recorded``, the time of the recording.
A file of 2021 served today is a fact of 2021; fetching believes that header only from hosts that
are private on purpose. Made registers are whole web sites, look-up pages included, and keep the
paths that they would have at an address of their own.
"""

import argparse
import hashlib
import mimetypes
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from deploy.made_papers import site as made_papers
from deploy.made_register import site as made_register
from services.errors import LabdirError
from services.kit import List, Source

HOST = "127.0.0.1"
# the publishers' own types, where the system's table may not know them
_TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".md": "text/markdown",
    ".yml": "application/yaml",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".json": "application/json",
    ".html": "text/html",
    ".xml": "application/xml",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One page. ``recorded``: when the sample was recorded, None for what is made now."""

    body: bytes
    content_type: str
    modified: datetime | None = None
    recorded: datetime | None = None
    status: int = HTTPStatus.OK

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


# a site: from (path, query string) to a page, or None where it has none
Site = Callable[[str, str], Answer | None]


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded file of one list. ``at``: None where neither name nor source tells."""

    key: str
    list_name: str
    file: Path
    at: datetime | None

    @property
    def path(self) -> str:
        """Where it is served, the same on every machine."""
        return "/" + "/".join(quote(part) for part in (self.key, self.list_name, self.file.name))


def recordings(source: Source, published: Path) -> list[Recording]:
    """The newest recorded file of each list, for a source whose every list has one.

    A source with a list that was never recorded has none: half of it would be refused each time.
    """
    found = [_newest(source, one, published / source.key) for one in source.lists if one.recorded]
    whole = [one for one in found if one is not None]
    return whole if len(whole) == len(source.lists) else []


def _newest(source: Source, one: List, folder: Path) -> Recording | None:
    files = sorted(path for path in folder.rglob(one.recorded) if path.is_file())
    if not files:
        return None
    dawn = datetime.min.replace(tzinfo=UTC)
    newest = max(files, key=lambda path: (source.recording_time(path.name) or dawn, path.name))
    return Recording(source.key, one.name, newest, source.recording_time(newest.name))


def recorded_site(found: Iterable[Recording]) -> Site:
    """The recorded files as pages."""
    files = {unquote(one.path): one for one in found}

    def site(path: str, _query: str) -> Answer | None:
        one = files.get(path)
        if one is None:
            return None
        changed = datetime.fromtimestamp(one.file.stat().st_mtime, UTC)
        return Answer(one.file.read_bytes(), _type(one.file), one.at or changed, one.at)

    return site


def _type(file: Path) -> str:
    known = _TYPES.get(file.suffix.lower())
    return known or mimetypes.guess_type(file.name)[0] or "application/octet-stream"


def made_register_site(path: str, query: str) -> Answer | None:
    """The made register that ships with the product."""
    page = made_register.answer(path, dict(parse_qsl(query)))
    return Answer(page.body, page.content_type, status=page.status) if page else None


def made_papers_site(path: str, query: str) -> Answer | None:
    """The made list of designations and the made notices, PDF documents that ship as well."""
    page = made_papers.answer(path, dict(parse_qsl(query)))
    return Answer(page.body, page.content_type, status=page.status) if page else None


MADE_SITES: tuple[Site, ...] = (made_register_site, made_papers_site)


def made_addresses(source: Source) -> dict[str, str]:
    """Path and query of each list (and of ``lookup``) of a made source that a made site answers.

    Empty when a list has no answer there: the source is then not served at all.
    """
    lists = {one.name: _local(one.request.url) for one in source.lists}
    for target in lists.values():
        parts = urlsplit(target)
        if not any(site(unquote(parts.path), parts.query) for site in MADE_SITES):
            return {}
    return lists | ({"lookup": _local(source.lookup.address)} if source.lookup else {})


def _local(url: str) -> str:
    """An address without its host."""
    return urlunsplit(urlsplit(url)._replace(scheme="", netloc=""))


class Publisher(ThreadingHTTPServer):
    """Serves the sites, the first that has a page. ``base`` is its address on this machine."""

    daemon_threads = True

    def __init__(self, port: int, sites: Iterable[Site], host: str = HOST) -> None:
        self.sites = (_own_pages, *sites)
        super().__init__((host, port), _Handler)

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def page(self, target: str) -> Answer | None:
        """The page of a request target, or None where there is none."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        return next((page for site in self.sites if (page := site(path, parts.query))), None)


_FRONT = (
    '<!doctype html><html lang="en"><title>Local publisher</title><h1>Local publisher</h1>'
    "<p>Recorded samples and made registers for a Labdir on this machine.</p></html>"
)


def _own_pages(path: str, _query: str) -> Answer | None:
    if path == "/robots.txt":
        return Answer(b"User-agent: *\nAllow: /\n", "text/plain; charset=utf-8")
    if path == "/":
        return Answer(_FRONT.encode(), "text/html; charset=utf-8")
    return None


class _Handler(BaseHTTPRequestHandler):
    server: Publisher
    protocol_version = "HTTP/1.1"
    server_version = "LabdirPublisher"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        page = self.server.page(self.path)
        if page is None:
            self._head(HTTPStatus.NOT_FOUND, 0, {})
            return
        headers = {"Content-Type": page.content_type, "ETag": page.etag}
        if page.modified:
            headers["Last-Modified"] = format_datetime(page.modified.astimezone(UTC), usegmt=True)
        if page.recorded:
            headers["Labdir-Recorded"] = page.recorded.isoformat()
        if page.status == HTTPStatus.OK and self._held(page):
            self._head(HTTPStatus.NOT_MODIFIED, None, headers)
            return
        self._head(page.status, len(page.body), headers)
        if with_body:
            self.wfile.write(page.body)

    def _held(self, page: Answer) -> bool:
        """Whether the asker's copy still stands; an ETag outweighs a date (RFC 9110, 13.2.2)."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return page.etag in held or "*" in held
        since = self.headers.get("If-Modified-Since")
        if since is None or page.modified is None:
            return False
        try:
            return page.modified <= parsedate_to_datetime(since)
        except (ValueError, TypeError):  # no date, or one without a zone: as if it were not there
            return False

    def _head(self, status: int, length: int | None, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its parent's name)
        sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")


def sites(sources: Iterable[Source], published: Path | None) -> list[Site]:
    """Everything there is to serve: made registers, and real sources where files were recorded."""
    real = [one for one in sources if not one.made] if published else []
    found = [one for source in real if published for one in recordings(source, published)]
    return [recorded_site(found), *MADE_SITES]


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.publisher", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default=HOST, help="address to listen at")
    parser.add_argument("--published", type=Path, help="folder of recorded files, one per source")
    asked = parser.parse_args(argv)
    from services.sync.catalogue import discover

    try:
        served = sites(discover().values(), asked.published)
        publisher = Publisher(asked.port, served, asked.host)
    except (LabdirError, OSError) as error:
        sys.stderr.write(f"The local publisher cannot start: {error}\n")
        return 1

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    try:
        publisher.serve_forever()
    except KeyboardInterrupt:
        publisher.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
