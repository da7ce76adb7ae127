"""One attempt to deliver a message: a POST to a guarded address, and what came of it."""

import email.utils
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from services.errors import LabdirError
from services.sync.guard import GuardedTransport
from services.watch import message
from services.watch.address import check_form

TIMEOUT_SECONDS = 10.0  # for the whole answer, however busily it comes
_READ = 1024  # bytes of an answer's body
_SHOWN = 200  # characters of it that are kept
GONE = 410
_COME_BACK = (429, 503)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an attempt came to. ``status`` 0: there was no answer. ``later``: how long the receiver
    asks to be left alone, None where it asks for nothing."""

    status: int
    said: str
    later: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


class Sender:
    """Sends messages, one at a time; keep one a thread. Each goes over a connection of its own, so
    that each is judged by the address that its name has at that moment."""

    def __init__(self, private_hosts: Collection[str], user_agent: str) -> None:
        self._private_hosts = private_hosts
        self._client = httpx.Client(
            transport=GuardedTransport(private_hosts, TIMEOUT_SECONDS),
            headers={"User-Agent": user_agent, "Connection": "close"},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,  # the signed message goes where its owner said, or nowhere
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def send(self, url: str, secret: str, message_id: str, body: str, at: datetime) -> Answered:
        """One attempt at ``at``. Never raises for what the receiver or the network does."""
        sent = body.encode()
        headers = message.headers(secret, message_id, at, sent)
        try:
            check_form(url, self._private_hosts)  # the settings may have changed since
            with self._client.stream("POST", url, content=sent, headers=headers) as answer:
                return Answered(
                    answer.status_code,
                    _words(answer.status_code, answer.reason_phrase, _beginning(answer)),
                    _later(answer, at),
                )
        except LabdirError as fault:  # a private address, a name that is not known, a trickle
            return Answered(0, f"not sent: {fault.what}"[:_SHOWN])
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
            return Answered(0, f"no answer: {type(fault).__name__}: {fault}"[:_SHOWN])


def _beginning(answer: httpx.Response) -> str:
    """The first 1 kB of an answer, as readable text in one line; the rest is never read."""
    read = b""
    for chunk in answer.iter_raw(_READ):
        read += chunk
        if len(read) >= _READ:
            break
    text = read[:_READ].decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_SHOWN]


def _words(status: int, reason: str, body: str) -> str:
    said = f"{status} {reason}".strip()
    if 300 <= status < 400:
        return f"{said}: redirects are not followed; change the address instead"
    return said if 200 <= status < 300 or not body else f"{said}: {body}"


def _later(answer: httpx.Response, at: datetime) -> timedelta | None:
    """Retry-After of 429 and 503 (RFC 9110, 10.2.3): seconds, or a date."""
    given = answer.headers.get("retry-after", "").strip()
    if answer.status_code not in _COME_BACK or not given:
        return None
    if given.isascii() and given.isdigit():
        return timedelta(seconds=min(int(given[:9]), 10**8))
    try:
        until = email.utils.parsedate_to_datetime(given)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(until - at, timedelta(0))
