"""What Redis keeps of those who sign in: which sessions are alive, and who has failed how often.

Both may be lost: a Redis that starts empty signs everybody out and forgets failures, and loses
nothing else. The database keeps a session's own row (when it began, when it ends at the latest,
that it was ended), so that whoever owns it sees and ends it; a session opens only where both agree.
"""

import hashlib
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.errors import LabdirError

IDLE = timedelta(hours=2)  # a session that nobody uses for so long has ended
FREE = 3  # attempts at one account before waiting begins
FREE_ADDRESS = 20  # and from one address, behind which a whole office may sit
LONGEST_WAIT = timedelta(minutes=15)
_FORGOTTEN = timedelta(days=1)


class NoSessions(LabdirError):
    """Redis is away: nobody can be let in until it is back."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """Over one Redis. Every method raises NoSessions where it cannot be reached."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)

    async def close(self) -> None:
        await self._redis.aclose()

    async def begin(self, secret: str) -> None:
        """A session is alive from now on, until nobody uses it for :data:`IDLE`."""
        try:
            await self._redis.set(_key(secret), 1, ex=IDLE)
        except (RedisError, OSError) as fault:
            raise _away() from fault

    async def alive(self, secret: str) -> bool:
        """Whether the session is; asking keeps it so."""
        try:
            return await self._redis.getex(_key(secret), ex=IDLE) is not None
        except (RedisError, OSError) as fault:
            raise _away() from fault

    async def end(self, secret: str) -> None:
        try:
            await self._redis.delete(_key(secret))
        except (RedisError, OSError) as fault:
            raise _away() from fault

    async def attempt(self, name: str, address: str) -> int:
        """Seconds to wait before this name, or anybody from this address, may try again; 0: now,
        and the attempt is counted. Counted before the password is looked at: many at once gain
        nothing. A name that nobody has is counted like any other."""
        try:
            for what, free in ((f"name:{_digest(name)}", FREE), (f"at:{address}", FREE_ADDRESS)):
                if wait := await self._count(what, free):
                    return wait
        except (RedisError, OSError) as fault:
            raise _away() from fault
        return 0

    async def _count(self, what: str, free: int) -> int:
        tried, hold = f"labdir:tried:{what}", f"labdir:hold:{what}"
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incr(tried)
            pipe.expire(tried, _FORGOTTEN)
            count = (await pipe.execute())[0]
        if count <= free:
            return 0
        delay = min(2 ** min(count - free, 20), int(LONGEST_WAIT.total_seconds()))
        if await self._redis.set(hold, 1, nx=True, ex=delay):
            return 0  # this one may; the next waits
        await self._redis.decr(tried)  # one that was not looked at makes nobody wait longer
        return max(1, int(await self._redis.ttl(hold)))

    async def forget(self, name: str, address: str) -> None:
        """The name's owner came in: its failures count no more, and this attempt was none of the
        address."""
        what = f"name:{_digest(name)}"
        try:
            await self._redis.delete(f"labdir:tried:{what}", f"labdir:hold:{what}")
            await self._redis.decr(f"labdir:tried:at:{address}")
        except (RedisError, OSError) as fault:
            raise _away() from fault


def _key(secret: str) -> str:
    return f"labdir:session:{_digest(secret)}"


def _away() -> NoSessions:
    return NoSessions("Sessions cannot be looked up: Redis is away.", "Try again in a moment.")
