"""How much one asker may ask: by key and by address, counted in Redis for all processes together.

Without Redis everything is served, and a metric tells of it: a guard against too much is no reason
to answer nothing. An IPv6 address counts as its /64, which is what one customer has (RFC 6177).
"""

import asyncio
import hashlib
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.accounts import LENGTH, PREFIX
from services.errors import LabdirError
from services.settings import LimitSettings, rate

T = TypeVar("T")
Opens = Callable[[], Awaitable[bool | None]]  # whether a key opens anything, None: not known now
log = structlog.get_logger("labdir.web")

# Redis is next door: what takes longer would make everybody wait for the guard
LONGEST_S = 0.25
# and once it is away nobody waits for it again, for so long
LEFT_ALONE_S = 5.0
# what is known of a key holds for so long, of so many keys
_KNOWN_S, _UNKNOWN_S, _MOST_KEYS = 600.0, 60.0, 10_000
# who watches the house asks often and must always hear; a static file is kept by whoever had it
FREE = frozenset({"/health", "/ready", "/metrics"})
_FREE = (*(f"/api/v1{path}" for path in FREE), "/static/")


class TooMany(LabdirError):
    """Asked more than may be. ``wait``: seconds until asking again helps."""

    def __init__(self, wait: int) -> None:
        super().__init__(
            f"More was asked from this address or with this key than may be; {wait} s to wait.",
            "Ask again after the seconds that Retry-After names, and more slowly.",
        )
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Asker:
    """``key``: the hash of the API key that came with the request, "" without one."""

    address: str
    key: str


def asker(client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]) -> Asker:
    """Who asks, before anything is looked up."""
    secret = secret_in(headers)
    return Asker(
        _place(client[0] if client else ""),
        hashlib.sha256(secret).hexdigest() if secret else "",
    )


def secret_in(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The API key of a request, b"" without one. What has not the form of a key is none."""
    given = next((value for name, value in headers if name == b"authorization"), b"")
    secret = given.partition(b" ")[2].strip()
    return secret if len(secret) == LENGTH and secret.startswith(PREFIX.encode()) else b""


def _place(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a socket of the machine, a test
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return host


def free(path: str) -> bool:
    return path in FREE or path.startswith(_FREE)


class Told:
    """What the limits did, for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.limited = Counter(
            "labdir_http_limited",
            "Requests answered with 429, by what was counted.",
            ("by",),
            registry=registry,
        )
        for by in ("address", "key", "refused"):
            self.limited.labels(by)
        self.uncounted = Counter(
            "labdir_http_uncounted",
            "Requests served without counting them, because Redis was away.",
            registry=registry,
        )


class Pace:
    """The limits over one Redis. Closed by whoever made it."""

    def __init__(self, url: str, settings: LimitSettings, told: Told) -> None:
        quick: dict[str, Any] = {
            "socket_timeout": LONGEST_S,
            "socket_connect_timeout": LONGEST_S,
            "retry": Retry(NoBackoff(), 0),
        }
        self._storage = RedisStorage(
            _uri(url), implementation="redispy", key_prefix="labdir:pace", **quick
        )
        self._counter = SlidingWindowCounterRateLimiter(self._storage)
        self._address, self._key = _item(settings.address), _item(settings.key)
        self._refused = _item(settings.refused)
        self._told = told
        self._away_until = 0.0
        # hash of a key → whether it opens anything, and until when that is taken for known
        self._keys: dict[str, tuple[bool, float]] = {}

    async def close(self) -> None:
        redis: Any = self._storage.bridge  # its client is redis-py's, whatever the types say
        await redis.get_connection().aclose()

    async def wait(self, who: Asker, opens: Opens) -> int:
        """Counts one request; seconds to wait where it is one too many, else 0.

        A key is counted as one wherever it is used from, if it ``opens`` anything: whoever makes
        keys up is counted by their address, and not heard where too many were tried from there
        (:meth:`refused`).
        """
        found: int | None = 0
        by_key = False
        if who.key:
            found = await self._asked(self._guessing(who))
            if found == 0:
                by_key = await self._opens(who, opens)
        if found == 0:
            counted = (
                self._hit("key", self._key, who.key)
                if by_key
                else self._hit("address", self._address, who.address)
            )
            found = await self._asked(counted)
        if found is None:
            self._told.uncounted.inc()
        return found or 0

    async def refused(self, who: Asker) -> None:
        """A key from this address opened nothing: guessing has a limit of its own."""
        if self._refused:
            await self._asked(self._counter.hit(self._refused, "refused", who.address))

    async def _guessing(self, who: Asker) -> int:
        guessed = self._refused
        if guessed and not await self._counter.test(guessed, "refused", who.address):
            return await self._over("refused", guessed, who.address)
        return 0

    async def _opens(self, who: Asker, opens: Opens) -> bool:
        """Whether the key opens anything, looked up every ten minutes, and for one address no more
        often than it may ask."""
        now = time.monotonic()
        known, until = self._keys.get(who.key, (False, 0.0))
        if now < until:
            return known
        if self._address and not await self._asked(
            self._counter.hit(self._address, "unknown", who.address)
        ):
            return False
        told = await opens()
        if told is None:  # asked again with the next request
            return False
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        self._keys[who.key] = told, now + (_KNOWN_S if told else _UNKNOWN_S)
        return told

    async def _hit(self, by: str, item: RateLimitItem | None, who: str) -> int:
        if item is None or await self._counter.hit(item, by, who):
            return 0
        return await self._over(by, item, who)

    async def _over(self, by: str, item: RateLimitItem, who: str) -> int:
        self._told.limited.labels(by).inc()
        stats = await self._counter.get_window_stats(item, by, who)
        return max(1, math.ceil(stats.reset_time - time.time()))

    async def _asked(self, question: Coroutine[Any, Any, T]) -> T | None:
        """What Redis says, or None where it does not say it soon; it is then left alone a while."""
        if time.monotonic() < self._away_until:
            question.close()
            return None
        try:
            async with asyncio.timeout(2 * LONGEST_S):
                return await question
        except (RedisError, OSError, TimeoutError) as fault:
            self._away_until = time.monotonic() + LEFT_ALONE_S
            log.warning("limits_without_redis", why=type(fault).__name__)
            return None


def _item(said: str) -> RateLimitItem | None:
    found = rate(said)
    return None if found is None else RateLimitItemPerSecond(found[0], found[1])


def _uri(url: str) -> str:
    """redis-py's form of an address in that of ``limits``."""
    return f"async+redis+{url}" if url.startswith("unix:") else f"async+{url}"
