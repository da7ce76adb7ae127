"""One TOML file and a few environment variables; an unknown key is an error that names itself.

    [fetch]
    user_agent = "Labdir/0.1 (+https://directory.example/about)"
    private_hosts = ["127.0.0.1:8800"]     # hosts that are private on purpose; empty in production

    [sources.sg_sac]
    enabled = true
    every = "6h"
    rate = 0.2                              # requests a second to the publisher's host
    address.page = "https://…"              # by list name; "lookup" for the look-up

Environment: ``LABDIR_SETTINGS`` (the file), ``LABDIR_DATABASE_URL``, ``LABDIR_REDIS_URL``.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.errors import SettingsError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> timedelta:
    """ "90s", "15m", "6h", "7d" as a timedelta. Raises ValueError with the remedy."""
    found = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if not found or int(found[1]) == 0:
        raise ValueError(f'"{text}" is no duration; write a number and s, m, h or d, as in "6h"')
    try:
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    except OverflowError as fault:
        raise ValueError(f'"{text}" is longer than time itself') from fault


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FetchSettings(Section, frozen=True, kw_only=True):
    user_agent: str = "Labdir/0.1 (directory of testing bodies; reads public lists)"
    timeout_s: float = 30.0
    max_bytes: int = 64 * 1024 * 1024
    max_pages: int = 2000
    attempts: int = 3
    backoff_s: float = 1.0
    private_hosts: tuple[str, ...] = ()


class ReadSettings(Section, frozen=True, kw_only=True):
    """Bounds of one reading's own process: wall clock time, and memory beyond its start."""

    time: str = "2m"
    megabytes: int = 1024


class VerifySettings(Section, frozen=True, kw_only=True):
    """``tick``: how often; ``batch``: look-ups asked for in one tick, a source, at most."""

    tick: str = "60s"
    batch: int = 600
    again_after: str = "7d"
    again_after_risky: str = "1d"


class RoadSettings(Section, frozen=True, kw_only=True):
    """``lease``: how long a run is held without a sign of life before another may take it.

    ``offer_again``: how long a woken worker has to take a run before it is offered once more.
    """

    tick: str = "10s"
    lease: str = "60s"
    offer_again: str = "30s"
    retry_after: str = "10m"


class SourceSettings(Section, frozen=True, kw_only=True):
    enabled: bool | None = None
    every: str | None = None
    rate: float | None = None
    address: dict[str, str] = {}


class Settings(Section, frozen=True, kw_only=True):
    database_url: str = ""
    redis_url: str = ""
    fetch: FetchSettings = FetchSettings()
    read: ReadSettings = ReadSettings()
    verify: VerifySettings = VerifySettings()
    road: RoadSettings = RoadSettings()
    sources: dict[str, SourceSettings] = {}


def _unknown(raw: Mapping[str, Any], form: type[msgspec.Struct], where: str) -> str | None:
    known = {field.name for field in msgspec.structs.fields(form)}
    extra = sorted(set(raw) - known)
    if not extra:
        return None
    return f'unknown key "{where}{extra[0]}"; known here: {", ".join(sorted(known))}'


def _name_unknown(raw: Mapping[str, Any]) -> str | None:
    """Name an unknown key with its full path; msgspec alone names only its last part."""
    if said := _unknown(raw, Settings, ""):
        return said
    sections: dict[str, type[msgspec.Struct]] = {
        "fetch": FetchSettings,
        "read": ReadSettings,
        "verify": VerifySettings,
        "road": RoadSettings,
    }
    for name, form in sections.items():
        if isinstance(raw.get(name), dict) and (said := _unknown(raw[name], form, f"{name}.")):
            return said
    sources = raw.get("sources", {})
    if isinstance(sources, dict):
        for key, given in sources.items():
            if isinstance(given, dict) and (
                said := _unknown(given, SourceSettings, f"sources.{key}.")
            ):
                return said
    return None


def parse(text: str, origin: str = "settings") -> Settings:
    """Read settings from TOML. Raises SettingsError naming file, key and remedy."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{origin}: not valid TOML: {fault}.") from fault
    if said := _name_unknown(raw):
        raise SettingsError(f"{origin}: {said}.")
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"{origin}: {fault}.") from fault
    _check_durations(settings, origin)
    return settings


def _check_durations(settings: Settings, origin: str) -> None:
    given = {
        "read.time": settings.read.time,
        "verify.tick": settings.verify.tick,
        "verify.again_after": settings.verify.again_after,
        "verify.again_after_risky": settings.verify.again_after_risky,
        "road.tick": settings.road.tick,
        "road.lease": settings.road.lease,
        "road.offer_again": settings.road.offer_again,
        "road.retry_after": settings.road.retry_after,
    }
    given |= {f"sources.{k}.every": s.every for k, s in settings.sources.items() if s.every}
    for key, text in given.items():
        try:
            duration(text)
        except ValueError as fault:
            raise SettingsError(f"{origin}: {key}: {fault}.") from fault
    for key, source in settings.sources.items():
        if source.rate is not None and source.rate <= 0:
            raise SettingsError(f"{origin}: sources.{key}.rate must be above 0.")


def load(env: Mapping[str, str]) -> Settings:
    """Settings from the environment and the file it names.

    Raises SettingsError when the file is missing, unreadable or says something unknown.
    """
    settings = Settings()
    if named := env.get("LABDIR_SETTINGS"):
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"LABDIR_SETTINGS names {named}, which is no file.")
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise SettingsError(f"LABDIR_SETTINGS names {named}: not readable: {fault}.") from fault
        settings = parse(text, origin=named)
    return msgspec.structs.replace(
        settings,
        database_url=env.get("LABDIR_DATABASE_URL") or settings.database_url,
        redis_url=env.get("LABDIR_REDIS_URL") or settings.redis_url,
    )
