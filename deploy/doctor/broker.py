"""Redis, the queues in it, the workers on them and beat behind them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import redis

from deploy.doctor.findings import Finding, Patient, note, ok, unknown, wrong
from services.settings import duration
from workers.seen import QUEUES, beat_seen, live_workers

_BEAT_SILENT = 6  # ticks
_LONG = 1000
_NOT_REACHED = "Redis is not reached"


def broker(patient: Patient) -> Iterator[Finding]:
    if patient.redis is None:
        return  # said when it was tried
    told: dict[str, Any] = patient.redis.info()
    yield ok("redis", f"Redis {told['redis_version']} answers")
    if told.get("maxmemory") and told.get("maxmemory_policy") != "noeviction":
        yield wrong(
            "redis",
            f"When its memory is full it drops what it holds ({told['maxmemory_policy']}).",
            "Set maxmemory-policy noeviction: queues are no cache.",
        )
    if not told.get("aof_enabled"):
        yield note(
            "redis",
            "It keeps nothing over a restart: everybody is signed out then, and nothing else lost.",
            "Start it with --appendonly yes.",
        )
    elif told.get("aof_last_write_status") != "ok":
        yield wrong("redis", "It cannot write its append-only file.", "Make room on its disk.")
    else:
        yield ok("redis", "it keeps what it holds over a restart")


def queues(patient: Patient) -> Iterator[Finding]:
    """Each queue has a worker, and none grows long."""
    if patient.redis is None:
        yield unknown("workers", _NOT_REACHED)
        return
    workers = live_workers(patient.settings.redis_url)
    for name in QUEUES:
        on = sorted(one for one, takes in workers.items() if name in takes)
        waiting = int(patient.redis.llen(name))
        said = f"{waiting} calls wait in {name}"
        if not on:
            yield wrong(
                "workers",
                f"No worker answers for the queue {name}; {said}.",
                f"Start one: celery -A workers.app worker --pool threads -Q {name}. One that works "
                "at a long task answers after it: ask again.",
            )
        elif waiting > _LONG:
            yield wrong(
                "workers", f"{said}, for {len(on)} workers.", "Start more workers for that queue."
            )
        else:
            yield ok("workers", f"{name}: {', '.join(on)}; {said}")


def beat(patient: Patient) -> Iterator[Finding]:
    if patient.redis is None:
        yield unknown("beat", _NOT_REACHED)
        return
    try:
        last = beat_seen(patient.redis)
    except redis.RedisError as fault:
        yield unknown("beat", f"Redis does not tell: {fault}")
        return
    remedy = "Start it: celery -A workers.beat beat -S celery.beat:Scheduler"
    longest = max(duration(patient.settings.road.tick) * _BEAT_SILENT, timedelta(minutes=1))
    if last is None:
        yield wrong("beat", "It has never been heard: nothing that is due is asked for.", remedy)
    elif patient.now - last > longest:
        said = f"It was last heard {last:%Y-%m-%d %H:%M:%S} UTC: nothing due is asked for since."
        yield wrong("beat", said, remedy)
    else:
        yield ok("beat", f"last heard {last:%Y-%m-%d %H:%M:%S} UTC")
