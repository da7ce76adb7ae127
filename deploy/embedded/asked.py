"""What `labdir up` was asked for: a few environment variables and options, checked at once."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.errors import SettingsError

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """``published``: folder of the publishers' own recorded files, None where there is none.

    ``live``: real sources are read from their publishers. ``empty``: no recorded source at all.
    ``database_url`` and ``redis_url``: servers of the machine's own instead of private ones.
    """

    port: int
    data: Path
    published: Path | None
    live: bool
    empty: bool
    database_url: str
    redis_url: str


def read(env: Mapping[str, str], port: int | None, data: Path | None, *, empty: bool) -> Asked:
    """Options before environment before defaults. Raises SettingsError naming the setting."""
    mode = env.get("LABDIR_SOURCES") or "recorded"
    if mode not in ("live", "recorded"):
        raise SettingsError(
            f"LABDIR_SOURCES={mode} is neither.",
            "Set it to live (ask the publishers) or recorded (ask the local publisher).",
        )
    named = env.get("LABDIR_PUBLISHED_FILES")
    published = Path(named).resolve() if named else None
    if published is not None and not published.is_dir():
        raise SettingsError(
            f"LABDIR_PUBLISHED_FILES={named} is no folder.",
            "Name the folder that holds one folder of recorded files for each source, or unset it.",
        )
    return Asked(
        port=_port(env) if port is None else port,
        data=Path(env.get("LABDIR_DATA") or ".labdir") if data is None else data,
        published=published,
        live=mode == "live",
        empty=empty,
        database_url=env.get("LABDIR_DATABASE_URL", ""),
        redis_url=env.get("LABDIR_REDIS_URL", ""),
    )


def _port(env: Mapping[str, str]) -> int:
    given = env.get("LABDIR_PORT") or "8000"
    if not given.isascii() or not given.isdigit() or int(given) > 65535:
        raise SettingsError(
            f"LABDIR_PORT={given} is no port.", "Set a number from 1 to 65535, or 0 for any."
        )
    return int(given)


def free_port(wanted: int, *, patience: float = 0.0) -> int:
    """`wanted` if nobody listens there, any free port for 0. Raises SettingsError otherwise.

    ``patience``: seconds to wait for it to become free.
    """
    deadline = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, wanted))
            except OSError as error:
                if time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                raise SettingsError(
                    f"Port {wanted} cannot be had: {os.strerror(error.errno or 0)}.",
                    "Stop the program that listens there, or set LABDIR_PORT to another port.",
                ) from error
            found: int = probe.getsockname()[1]
            return found
