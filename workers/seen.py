"""Who lives: beat's last sign of life, and the workers that answer.

Beat answers nobody, so each tick that it sends is noted in Redis beside the message itself.
"""

import contextlib
from datetime import UTC, datetime

import redis
from celery import Celery
from celery.signals import after_task_publish

from workers.broker import broker_url

QUEUES = ("sync", "verify", "audit", "notify")  # workers/app.py
_BEAT = "labdir:beat"
_ANSWER_SECONDS = 3.0


def note_ticks(redis_url: str, task: str) -> None:
    """Note from now on, in this process, when ``task`` (which beat alone sends) was last sent."""
    client = redis.Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2)

    def note(**_: object) -> None:
        with contextlib.suppress(redis.RedisError):  # the next tick is noted again
            client.set(_BEAT, datetime.now(UTC).isoformat())

    after_task_publish.connect(note, sender=task, weak=False, dispatch_uid="labdir.seen")


def beat_seen(client: redis.Redis) -> datetime | None:
    """When beat last sent a tick; None where Redis knows of none. Raises RedisError."""
    said = client.get(_BEAT)
    return datetime.fromisoformat(bytes(said).decode()) if said else None  # type: ignore[arg-type]


def live_workers(redis_url: str) -> dict[str, set[str]]:
    """Workers that answer within some seconds, each with the queues it takes from."""
    app = Celery("labdir-asks", broker=broker_url(redis_url))
    try:
        said = app.control.inspect(timeout=_ANSWER_SECONDS).active_queues() or {}
    finally:
        app.close()
    return {name: {queue["name"] for queue in takes} for name, takes in said.items()}
