"""Fetching with manners: the only place that touches a publisher's network.

robots.txt respected, an honest User-Agent, conditional GET, a slot a host shared by all workers,
time-outs, a size limit, retries with back-off, redirects followed one guarded hop at a time. A
captcha or a log-in is never worked around: the run fails and a steward uploads the file.
"""

import email.utils
import importlib.resources
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import sqlalchemy as sa
from protego import Protego
from sqlalchemy.engine import Engine

from services.errors import FetchError
from services.kit import Page, Request
from services.settings import FetchSettings
from services.sync import guard
from services.sync.guard import short
from services.sync.unpack import ACCEPTED, CodingError, Unpacker

_REDIRECTS = 5
_TIMEOUTS = 10  # time-outs that a whole answer may take, however steadily it comes
_ROBOTS = 500 * 1024  # RFC 9309, 2.5: at least so many bytes are to be read; the rest is left
_ANSWERS = 8  # times the size limit that all pages of one run may have together
_LONGEST_WAIT = 60.0
_KEPT_HEADERS = ("etag", "last-modified", "date", "content-type", "content-length", "server")


_MOVED = frozenset({301, 302, 303, 307, 308})
# a page that came earlier and the headers that it came with
Held = tuple[Page, Mapping[str, str]]


class TooLargeError(FetchError):
    """The answer goes beyond the size limit: trying again would not help."""


class MissingError(FetchError):
    """The publisher's host answers, and has no such page (404, 410)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. ``not_modified``: the publisher says that the bytes we hold still stand.

    ``as_of``: when the publisher's address said so; for a recorded sample, told by a host that is
    private on purpose, the time of its recording.
    """

    request: Request
    page: Page
    headers: Mapping[str, str]
    fetched_at: datetime
    as_of: datetime
    recorded: bool = False
    not_modified: bool = False
    publisher_url: str | None = None  # of kept bytes: as it was noted then ("" of an upload)

    def bodiless(self) -> "Fetched":
        """All that was said of the bytes, without them."""
        return replace(self, page=msgspec.structs.replace(self.page, body=b""))


def declared_charset(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    return str(message.get_param("charset") or "")


@dataclass(slots=True)
class Fetcher:
    """Carries out requests of one run. ``clock`` gives the time of each answer.

    Without an engine (trying a source, no database) only this process keeps the rate.
    """

    engine: Engine | None
    settings: FetchSettings
    clock: Callable[[], datetime]
    rate: float
    _client: httpx.Client = field(init=False)
    _robots: dict[str, Protego | None] = field(init=False, default_factory=dict)
    _taken_bytes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            transport=guard.GuardedTransport(
                self.settings.private_hosts, _TIMEOUTS * self.settings.timeout_s
            ),
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": ACCEPTED},
            timeout=self.settings.timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def get(self, request: Request, held: Held | None = None) -> Fetched:
        """Carry out one request. Raises FetchError with a reason a steward understands.

        ``held``: a page that came earlier, with its headers; its address is asked conditionally.
        """
        if request.url.startswith("package:"):
            return self._shipped(request)
        try:
            return self._followed(request, held)
        except ValueError as fault:  # an address that is none, of the settings or of a redirect
            said = short(str(fault)).rstrip(".")
            raise FetchError(f"{short(request.url)} could not be fetched: {said}.") from fault

    def _followed(self, request: Request, held: Held | None) -> Fetched:
        url = request.url
        for _ in range(_REDIRECTS + 1):
            self._ask_robots(url)
            asked = _conditions(held, url)
            answer = self._patiently(url, {**request.headers, **asked})
            if answer.status == 304 and not asked:
                raise FetchError(f"{short(url)} answers 304 (not modified) to a plain question.")
            if answer.status not in _MOVED:
                return self._taken(request, url, answer)
            url = _target(url, answer)
        raise FetchError(f"{short(request.url)} redirects more than {_REDIRECTS} times.")

    def _shipped(self, request: Request) -> Fetched:
        package, _, name = request.url.removeprefix("package:").partition("/")
        body = importlib.resources.files(package).joinpath(name).read_bytes()
        at = self.clock()
        page = Page(url=request.url, body=body, name=name, charset="utf-8", page=request.page)
        return Fetched(request, page, {}, at, at)

    def _taken(self, request: Request, url: str, answer: "_Answer") -> Fetched:
        at = self.clock()
        content_type = answer.headers.get("content-type", "")
        page = Page(
            url=url,
            body=answer.body,
            content_type=content_type.partition(";")[0].strip().lower(),
            charset=declared_charset(content_type),
            name=request.name or urlsplit(url).path.rpartition("/")[2],
            page=request.page,
        )
        recorded = self._recorded(url, answer.headers)
        kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        return Fetched(
            request, page, kept, at, recorded or at, recorded is not None, answer.status == 304
        )

    def _recorded(self, url: str, headers: Mapping[str, str]) -> datetime | None:
        """The time of recording, believed only from hosts that are private on purpose."""
        said = headers.get("labdir-recorded")
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        private = self.settings.private_hosts
        if not said or not guard.allowed(parts.hostname or "", port, private):
            return None
        at = datetime.fromisoformat(said)
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def _ask_robots(self, url: str) -> None:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._robots:
            self._robots[host] = self._read_robots(host)
        rules = self._robots[host]
        # RFC 9309, 2.2.1: the product token counts, not the words in the comment behind it
        product = self.settings.user_agent.partition(" ")[0]
        if rules is not None and not rules.can_fetch(url, product):
            raise FetchError(
                f"{host}/robots.txt does not allow {short(parts.path)} to be fetched.",
                "Ask the publisher, or upload the file as a steward.",
            )

    def _read_robots(self, host: str) -> Protego | None:
        """RFC 9309, 2.3.1: five redirects are followed; no file (4xx) allows all; a server fault
        (5xx) allows nothing for now."""
        url = f"{host}/robots.txt"
        for _ in range(_REDIRECTS + 1):
            answer = self._patiently(url, {}, plainly=True, most=_ROBOTS)
            if answer.status not in _MOVED:
                break
            url = _target(url, answer)
        if answer.status >= 500:
            raise FetchError(f"{host}/robots.txt answers {answer.status}: nothing may be fetched.")
        if answer.status >= 300:
            return None
        return Protego.parse(answer.body.decode("utf-8", "replace"))

    def _patiently(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        plainly: bool = False,
        most: int | None = None,
    ) -> "_Answer":
        """One address, tried again with back-off where trying again can help.

        ``plainly``: an answer that refuses is returned like any other. ``most``: see ``_once``.
        """
        for attempt in range(1, self.settings.attempts + 1):
            last = attempt == self.settings.attempts
            self._wait_for_slot(url)
            try:
                answer = self._once(url, headers, most)
            except (guard.AddressError, TooLargeError, CodingError):
                raise
            except guard.OverdueError as fault:  # it had its time; the next run may try again
                raise FetchError(f"{short(url)} trickles: not done after ten time-outs.") from fault
            except (httpx.HTTPError, httpx.InvalidURL, FetchError) as fault:
                if last or isinstance(fault, httpx.InvalidURL):
                    said = (str(fault) or type(fault).__name__).rstrip(".")
                    raise FetchError(f"{short(url)} could not be fetched: {said}.") from fault
                self._pause(attempt)
                continue
            if answer.status in {429, 500, 502, 503, 504} and not last:
                asked = self._asked_to_wait(answer)
                if asked > _LONGEST_WAIT:
                    raise FetchError(
                        f"{short(url)} answers {answer.status} and asks to wait"
                        f" {asked:.0f} seconds."
                    )
                self._pause(attempt, asked)
                continue
            if answer.status >= 400 and not plainly:
                kind = MissingError if answer.status in {404, 410} else FetchError
                raise kind(f"{short(url)} answers {answer.status}.")
            return answer
        raise FetchError(f"{url} was not asked: fetch.attempts is 0.")

    def _pause(self, attempt: int, asked: float = 0.0) -> None:
        backoff: float = min(self.settings.backoff_s * 2 ** (attempt - 1), _LONGEST_WAIT)
        time.sleep(max(backoff, asked))

    def _asked_to_wait(self, answer: "_Answer") -> float:
        """Seconds of Retry-After (RFC 9110, 10.2.3: a number of them or a date); 0 for none."""
        said = answer.headers.get("retry-after", "")
        if said.isascii() and said.isdigit():
            return float(said)
        try:
            parsed = email.utils.parsedate_tz(said)
            return email.utils.mktime_tz(parsed) - self.clock().timestamp() if parsed else 0.0
        except (ValueError, OverflowError):  # a date that no calendar has
            return 0.0

    def _once(self, url: str, headers: Mapping[str, str], most: int | None = None) -> "_Answer":
        """One request. The body only of an answer that has what was asked for (2xx).

        ``most``: bytes of the body that are enough; what comes behind them is left.
        """
        with self._client.stream("GET", url, headers=dict(headers)) as response:
            body = b"" if not response.is_success else self._body(url, response, most)
            return _Answer(response.status_code, dict(response.headers), body)

    def _body(self, url: str, response: httpx.Response, most: int | None) -> bytes:
        """The body unpacked. Raises TooLargeError, be it packed or unpacked."""
        limit, packed, body = self.settings.max_bytes, 0, bytearray()
        unpacker = Unpacker(url, response.headers.get("content-encoding", ""))
        for chunk in response.iter_raw():
            packed += len(chunk)
            for part in unpacker.take(chunk):
                body += part
                if most is not None and len(body) >= most:
                    return bytes(body[:most])
                if max(len(body), packed) > limit:
                    raise TooLargeError(
                        f"{url} is larger than {limit} bytes.",
                        "Raise fetch.max_bytes if that is right.",
                    )
        body += unpacker.end()
        self._taken_bytes += len(body)
        if self._taken_bytes > _ANSWERS * limit:
            raise TooLargeError(
                f"The pages up to {url} are larger than {_ANSWERS * limit} bytes together.",
                "Raise fetch.max_bytes if that is right: all pages may have eight times as much.",
            )
        return bytes(body)

    def _wait_for_slot(self, url: str) -> None:
        """Take the host's next free slot; the row is one clock for all workers."""
        gap = timedelta(seconds=1 / self.rate)
        if self.engine is None:
            time.sleep(gap.total_seconds())
            return
        with self.engine.begin() as conn:
            wait = conn.execute(
                sa.text(
                    "insert into host_slot (host, next_at) values (:host, clock_timestamp() + :gap)"
                    " on conflict (host) do update set"
                    " next_at = greatest(host_slot.next_at, clock_timestamp()) + :gap"
                    " returning extract(epoch from next_at - :gap - clock_timestamp())"
                ),
                {"host": guard.host_of(url), "gap": gap},
            ).scalar_one()
        if wait > 0:
            time.sleep(float(wait))


def _conditions(held: Held | None, url: str) -> dict[str, str]:
    """Headers that ask for news only: validators mean nothing at another address."""
    if held is None or held[0].url != url:
        return {}
    pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    return {theirs: held[1][ours] for ours, theirs in pairs if held[1].get(ours)}


def _target(url: str, answer: "_Answer") -> str:
    """Where a redirect leads. Raises FetchError where it would leave encryption, or bring a user
    name and password along: httpx would send them on."""
    target = urljoin(url, answer.headers.get("location", ""))
    parts = urlsplit(target)
    if parts.scheme not in {"http", "https"}:
        said = f"{short(url)} redirects to {short(target)}, which is neither http nor https."
        raise guard.AddressError(said)
    if urlsplit(url).scheme == "https" and parts.scheme != "https":
        raise FetchError(f"{short(url)} redirects to the unencrypted {short(target)}.")
    if "@" in parts.netloc and parts.netloc != urlsplit(url).netloc:
        host = parts.netloc.rpartition("@")[2]
        raise FetchError(
            f"{short(url)} redirects to {short(host)} with a user name in the address."
        )
    return target


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes
