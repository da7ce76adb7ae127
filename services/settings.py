"""One TOML file and a few environment variables; an unknown key is an error that names itself.

    [fetch]
    user_agent = "Labdir/0.1 (+https://directory.example/about)"
    private_hosts = ["127.0.0.1:8800"]     # hosts that are private on purpose; empty in production

    [sources.sg_sac]
    enabled = true
    every = "6h"
    rate = 0.2                              # requests a second to the publisher's host
    address.page = "https://…"              # by list name; "lookup" for the look-up

    [sources.xx_register.table]             # a source without code, whole:
    title = "…"                             # services/parsers/table_declaration.py, docs/sources.md

Environment: ``LABDIR_SETTINGS`` (the file), ``LABDIR_DATABASE_URL``, ``LABDIR_REDIS_URL``,
``LABDIR_KEYS``.
"""

import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.errors import SettingsError
from services.parsers.table_declaration import Declaration
from services.parsers.table_faults import faults

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


def rate(text: str) -> tuple[int, int] | None:
    """ "600/m" as (600, 60 seconds), "none" as None. Raises ValueError with the remedy."""
    if text.strip() == "none":
        return None
    found = re.fullmatch(r"(\d{1,9})/([smhd])", text.strip())
    if not found or int(found[1]) == 0:
        raise ValueError(
            f'"{text}" is no rate; write a number, / and s, m, h or d, as in "600/m", or "none"'
        )
    return int(found[1]), _UNITS[found[2]]


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
    ``hand_back``: how long a worker that is told to stop goes on with its runs before others have
    them; shorter than what whoever stops it gives it before killing it.
    """

    tick: str = "10s"
    lease: str = "60s"
    offer_again: str = "30s"
    hand_back: str = "40s"
    retry_after: str = "10m"


class ProofSettings(Section, frozen=True, kw_only=True):
    """``keys``: folder of the private signing keys (``LABDIR_KEYS`` wins), a file a key, mode 0600.

    ``origin``: what receipts and checkpoints name as their issuer: the address of this directory.
    """

    keys: str = ""
    origin: str = "labdir"


class AuditSettings(Section, frozen=True, kw_only=True):
    """``tick``: how often workers are woken for audits that wait; ``lease``: how long a chunk of
    one is held without a sign of life before another worker may take it."""

    tick: str = "1s"
    lease: str = "30s"


class BackupSettings(Section, frozen=True, kw_only=True):
    """``folder``: where this process sees the base backups, "" where only the database server does;
    ``at_most``: the age beyond which `labdir doctor` calls the newest one old."""

    folder: str = ""
    at_most: str = "26h"


class KeepSettings(Section, frozen=True, kw_only=True):
    """After how long bytes go that published nothing: of refused and failed runs, and of looks that
    found what was known. "" keeps them for ever; what is evidence of a fact is always kept."""

    refused: str = ""
    unchanged: str = ""


class LimitSettings(Section, frozen=True, kw_only=True):
    """How many requests are served; one more is answered with 429 and the seconds to wait.

    ``address``: of one address without a key; ``key``: with one API key; ``refused``: from one
    address with keys that open nothing. "none" counts nothing, nor is without Redis.
    """

    address: str = "600/m"
    key: str = "3000/m"
    refused: str = "30/m"


class WebSettings(Section, frozen=True, kw_only=True):
    """``proxies``: addresses and networks of the proxies before this server, whose word on who asks
    is taken (X-Forwarded-For); anybody else's is not."""

    proxies: tuple[str, ...] = ()


class SourceSettings(Section, frozen=True, kw_only=True):
    """``table``: where the source is none of ``services/sources`` but declared here."""

    enabled: bool | None = None
    every: str | None = None
    rate: float | None = None
    address: dict[str, str] = {}
    table: Declaration | None = None


class Settings(Section, frozen=True, kw_only=True):
    database_url: str = ""
    redis_url: str = ""
    fetch: FetchSettings = FetchSettings()
    read: ReadSettings = ReadSettings()
    verify: VerifySettings = VerifySettings()
    road: RoadSettings = RoadSettings()
    audit: AuditSettings = AuditSettings()
    proof: ProofSettings = ProofSettings()
    backup: BackupSettings = BackupSettings()
    keep: KeepSettings = KeepSettings()
    limits: LimitSettings = LimitSettings()
    web: WebSettings = WebSettings()
    sources: dict[str, SourceSettings] = {}


def _unknown(raw: Any, form: Any, path: str = "") -> str | None:
    """Name an unknown key with its full path; msgspec alone names only its last part."""
    if isinstance(raw, dict) and (held := _values_of(form)):
        found = (_unknown(value, held, f"{path}{key}.") for key, value in raw.items())
        return next(filter(None, found), None)
    struct = next(_structs_in(form), None)
    if isinstance(raw, dict) and struct is not None:
        fields = {field.name: field.type for field in msgspec.structs.fields(struct)}
        if extra := sorted(set(raw) - fields.keys()):
            return f'unknown key "{path}{extra[0]}"; known here: {", ".join(sorted(fields))}'
        found = (_unknown(value, fields[key], f"{path}{key}.") for key, value in raw.items())
        return next(filter(None, found), None)
    if isinstance(raw, list):
        found = (_unknown(value, form, f"{path[:-1]}[{n}].") for n, value in enumerate(raw))
        return next(filter(None, found), None)
    return None


def _values_of(form: Any) -> Any:
    """What the values of a ``dict[str, …]`` are; None for any other form."""
    return form.__args__[1] if getattr(form, "__origin__", None) is dict else None


def _structs_in(form: Any) -> Iterator[type[msgspec.Struct]]:
    """The struct that a form is, or that stands in its choices or items."""
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        yield form
    for one in getattr(form, "__args__", ()):
        yield from _structs_in(one)


def parse(text: str, origin: str = "settings") -> Settings:
    """Read settings from TOML. Raises SettingsError naming file, key and remedy."""
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # TOMLDecodeError, a figure of 5,000 digits, …
        raise SettingsError(f"{origin}: not valid TOML: {fault}.") from fault
    if said := _unknown(raw, Settings):
        raise SettingsError(f"{origin}: {said}.")
    _check_tables(raw, origin)
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as fault:
        raise SettingsError(f"{origin}: {fault}.") from fault
    _check_durations(settings, origin)
    _check_web(settings, origin)
    return settings


def _check_web(settings: Settings, origin: str) -> None:
    for name in ("address", "key", "refused"):
        try:
            rate(getattr(settings.limits, name))
        except ValueError as fault:
            raise SettingsError(f"{origin}: limits.{name}: {fault}.") from fault
    for one in settings.web.proxies:
        try:
            ipaddress.ip_network(one)
        except ValueError as fault:
            raise SettingsError(
                f'{origin}: web.proxies: "{one}" is no address or network ({fault}).'
            ) from fault


_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")


def _check_tables(raw: Mapping[str, Any], origin: str) -> None:
    """Raises SettingsError naming what is wrong with a declared table, all of it at once."""
    sources = raw.get("sources")
    for key, given in sources.items() if isinstance(sources, dict) else ():
        if not isinstance(given, dict) or "table" not in given:
            continue
        where = f"{origin}: sources.{key}.table"
        try:
            declaration = msgspec.convert(given["table"], Declaration)
        except msgspec.ValidationError as fault:
            said = str(fault).replace(" - at `$.", f" - at `sources.{key}.table.")
            raise SettingsError(f"{where}: {said}.") from fault
        if wrong := faults(declaration):
            raise SettingsError(f"{where}: {' '.join(wrong)}")
        if not _KEY.fullmatch(key):
            raise SettingsError(f"{where}: a source's key is of small letters, figures and _.")


def _check_durations(settings: Settings, origin: str) -> None:
    given = {
        "read.time": settings.read.time,
        "verify.tick": settings.verify.tick,
        "verify.again_after": settings.verify.again_after,
        "verify.again_after_risky": settings.verify.again_after_risky,
        "road.tick": settings.road.tick,
        "road.lease": settings.road.lease,
        "road.offer_again": settings.road.offer_again,
        "road.hand_back": settings.road.hand_back,
        "road.retry_after": settings.road.retry_after,
        "audit.tick": settings.audit.tick,
        "audit.lease": settings.audit.lease,
        "backup.at_most": settings.backup.at_most,
    }
    for name in ("refused", "unchanged"):
        given |= {f"keep.{name}": text} if (text := getattr(settings.keep, name)) else {}
    for k, s in settings.sources.items():
        given |= {f"sources.{k}.every": s.every} if s.every else {}
        given |= {f"sources.{k}.table.every": s.table.every} if s.table else {}
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
        proof=msgspec.structs.replace(
            settings.proof, keys=env.get("LABDIR_KEYS") or settings.proof.keys
        ),
    )
