"""What a look at one part of the set-up came to, and what every look is given."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import redis
from sqlalchemy.engine import Connection

from services.settings import Settings


class State(StrEnum):
    """``note``: works, and could be better. ``unknown``: could not be looked at, and why."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """``part``: what was looked at, as "keys"; ``remedy``: "" where none is needed."""

    part: str
    state: State
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """The set-up under examination. ``conn`` and ``redis`` are None where they are not reached.

    ``keys``: the folder of the signing keys; ``data``: the folder of `labdir up`, None where the
    database is another's. ``now``: the clock of this machine when the examination began.
    """

    settings: Settings
    settings_file: Path | None
    keys: str
    data: Path | None
    conn: Connection | None
    redis: redis.Redis | None
    now: datetime


def ok(part: str, said: str) -> Finding:
    return Finding(part=part, state=State.OK, said=said)


def note(part: str, said: str, remedy: str) -> Finding:
    return Finding(part=part, state=State.NOTE, said=said, remedy=remedy)


def wrong(part: str, said: str, remedy: str) -> Finding:
    return Finding(part=part, state=State.WRONG, said=said, remedy=remedy)


def unknown(part: str, why: str, remedy: str = "") -> Finding:
    return Finding(part=part, state=State.UNKNOWN, said=why, remedy=remedy)
