"""`labdir up`: everything on this machine, in one process tree that leaves nothing behind.

imports -> servers -> newest schema -> local publisher -> web, worker, beat -> first syncs -> ready.
From then on a child that dies is started again; SIGTERM or Ctrl-C stops all of them in order.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from deploy.embedded import asked as asking
from deploy.embedded.asked import HOST, Asked
from deploy.embedded.children import Running, die_with_parent, end, end_group, spawn
from deploy.embedded.first_syncs import first_syncs
from deploy.embedded.forks import CAN_FORK, fork, warm
from deploy.embedded.hold import held, left_in_a_hurry, tell
from deploy.embedded.keep import start_kept
from deploy.embedded.progress import Telling
from deploy.embedded.servers import Postgres, Redis, start_redis
from deploy.embedded.sources import local_sources, settings_text, switched_off
from services.errors import LabdirError, SettingsError

_KEPT_LOGS = 3
_LONGEST_BACKOFF = 30.0
_STEADY_SECONDS = 60.0  # a child that lived so long starts again at once
_STARTS_BEFORE_READY = 4
_AUDITORS = ("auditor-1", "auditor-2")
_WARM_SECONDS = 10.0  # the worker may finish what it does; the ledger repeats the rest


class StartError(LabdirError):
    """A part of embedded mode does not start."""


class _Stop(BaseException):
    """SIGTERM, SIGINT or SIGHUP arrived."""


@dataclass(slots=True)
class Child:
    """A program that is kept running. ``forked``: a Python module ("python -m MODULE …"), started
    as a fork. ``due``: when to start it again, None while it runs."""

    name: str
    argv: list[str]
    warm_seconds: float = 5.0
    forked: bool = False
    process: Running | None = None
    started: float = 0.0
    starts: int = 0
    due: float | None = None


@dataclass(slots=True)
class Household:
    """What one `labdir up` started, in the order in which it is stopped."""

    data: Path
    env: dict[str, str]
    telling: Telling
    children: list[Child] = field(default_factory=list)
    redis: Redis | None = None
    postgres: Postgres | None = None
    ready: bool = False

    def log(self, name: str) -> Path:
        return self.data / "log" / f"{name}.log"

    def start(self, child: Child) -> None:
        """Start a child and keep it from now on."""
        if child not in self.children:
            self.children.append(child)
        begin = fork if child.forked and CAN_FORK else spawn
        child.process = begin(
            child.argv,
            log=self.log(child.name),
            env=self.env,
            cwd=self.data,
            # who kills us with -9 means it, and the ledger bears it; asked politely, a worker
            # could live on for as long as its run takes
            death_signal=signal.SIGKILL,
        )
        child.started = time.monotonic()
        child.starts += 1
        child.due = None

    def look_after(self) -> None:
        """One look at everybody: who died is started again, with growing pauses.

        Raises StartError for a child that keeps dying before the directory was ever ready.
        """
        for name, server in (("postgres", self.postgres), ("redis", self.redis)):
            if server is not None and server.process.poll() is not None:
                code = server.process.returncode
                end_group(server.process)
                self.telling.line(f"{name} {_ending(code)}; starting it again")
                server.start()
        for child in self.children:
            if child.due is not None:
                if time.monotonic() >= child.due:
                    self.start(child)
            elif child.process is not None and (code := child.process.poll()) is not None:
                self._mourn(child, child.process, code)

    def _mourn(self, child: Child, process: Running, code: int) -> None:
        end_group(process)  # what it leaves may hold its port
        now = time.monotonic()
        if now - child.started > _STEADY_SECONDS:
            child.starts = 1
        if not self.ready and child.starts >= _STARTS_BEFORE_READY:
            raise StartError(
                f"{child.name} {_ending(code)} {child.starts} times: "
                f"{_last_lines(self.log(child.name))}",
                f"See {self.log(child.name)}.",
            )
        pause = min(0.5 * 2 ** (child.starts - 1), _LONGEST_BACKOFF)
        child.due = now + pause
        self.telling.line(f"{child.name} {_ending(code)}; starting it again in {pause:g} s")

    def stop(self) -> None:
        """Stop everybody: web, beat, worker (warm), publisher, then the servers under them."""
        order = {"web": 0, "beat": 1, "worker": 2, **dict.fromkeys(_AUDITORS, 2), "publisher": 3}
        for child in sorted(self.children, key=lambda one: order.get(one.name, 0)):
            if child.process is not None:
                end(child.process, seconds=child.warm_seconds)
        if self.redis is not None:
            self.redis.stop()
        if self.postgres is not None:
            self.postgres.stop()


def up(
    env: Mapping[str, str] | None = None,
    port: int | None = None,
    data: Path | None = None,
    *,
    empty: bool = False,
) -> int:
    """Run everything until SIGTERM, SIGINT or SIGHUP. Returns the exit code 0.

    ``env`` (the process's by default) gives LABDIR_PORT, LABDIR_DATA, LABDIR_PUBLISHED_FILES and
    LABDIR_SOURCES; ``port`` and ``data`` come before it. ``empty``: without recorded sources.
    Raises LabdirError with the remedy when something cannot be had (port, folder, server).
    Call it in the main thread.
    """
    env = dict(os.environ if env is None else env)
    if env.pop("LABDIR_WITH_PARENT", ""):  # `make up`: killing make must not leave us behind
        die_with_parent(signal.SIGTERM, os.getppid())
    asked = asking.read(env, port, data, empty=empty)
    before = {one: signal.signal(one, _stop) for one in _SIGNALS}
    telling = Telling()
    try:
        with held(asked.data) as folder:
            house = Household(folder, env, telling)
            try:
                _live(house, asked)
            finally:
                for one in _SIGNALS:  # asked once is enough: the rest is bounded
                    signal.signal(one, signal.SIG_IGN)
                house.stop()
    except _Stop:
        telling.line("stopped")
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    return 0


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stop


def _live(house: Household, asked: Asked) -> None:
    # a folder that was left in a hurry: the old web server may be dying still
    port = asking.free_port(asked.port, patience=10.0 if left_in_a_hurry(house.data) else 0.0)
    _turn_over(house.data / "log")
    warm()  # before anything is connected: see deploy/embedded/forks.py
    _start_servers(house, asked)
    _start_sources(house, asked, port)
    tell(house.data, {key: house.env[key] for key in _ADDRESSES})
    for child in _programs(port):
        house.start(child)
    base = f"http://{HOST}:{port}"
    with house.telling.counting("First syncs"):
        for done, total, now in first_syncs(base):
            house.telling.count(done, total, now)
            house.look_after()
            time.sleep(0.1)
    house.ready = True
    house.telling.line(f"ready {base}")
    while True:
        house.look_after()
        time.sleep(0.2)


_ADDRESSES = (
    "LABDIR_DATABASE_URL", "LABDIR_REDIS_URL", "LABDIR_SETTINGS", "LABDIR_DATA", "LABDIR_KEYS",
)  # fmt: skip


def _start_servers(house: Household, asked: Asked) -> None:
    """PostgreSQL and Redis, private unless the environment names servers; then the schema."""
    from services.db import migrate

    if not asked.database_url:
        house.postgres = start_kept(house.data, house.env)
        if house.data not in house.postgres.home.parents:
            house.telling.line(f"the database lives in {house.postgres.home}")
    if not asked.redis_url:
        house.redis = start_redis(house.data)
    house.env |= {
        "LABDIR_DATABASE_URL": house.postgres.url if house.postgres else asked.database_url,
        "LABDIR_REDIS_URL": house.redis.url if house.redis else asked.redis_url,
        "LABDIR_DATA": str(house.data),
        "LABDIR_KEYS": house.env.get("LABDIR_KEYS") or str(house.data / "keys"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",  # a crash says where it was
    }
    migrate(house.env["LABDIR_DATABASE_URL"])
    _ensure_key(house)


def _ensure_key(house: Household) -> None:
    """A directory on one's own machine signs from its first start: a key is made where none is."""
    from services.db import connect
    from services.evidence.keys import ensure_key

    engine = connect(house.env["LABDIR_DATABASE_URL"])
    try:
        with engine.begin() as conn:
            ensure_key(conn, house.env["LABDIR_KEYS"], datetime.now(UTC))
    finally:
        engine.dispose()


def _start_sources(house: Household, asked: Asked, web_port: int) -> None:
    """The local publisher, and the settings that point the sources at it."""
    from services.sync.catalogue import discover

    sources = list(discover().values())
    local = local_sources(sources, asked)
    if off := switched_off(sources, asked):
        house.telling.line(
            f"off, for want of recorded files: {', '.join(off)} "
            "(set LABDIR_PUBLISHED_FILES to a folder with them, or LABDIR_SOURCES=live)"
        )
    port = _publisher_port(house.data)
    if any(one.addresses for one in local):
        argv = [sys.executable, "-m", "deploy.publisher", "--port", str(port)]
        if asked.published is not None:
            argv += ["--published", str(asked.published)]
        house.start(Child("publisher", argv, forked=True))
    if house.env.get("LABDIR_SETTINGS"):
        house.telling.line("LABDIR_SETTINGS is not read here: `labdir up` writes its own settings")
    settings = house.data / "settings.toml"
    base, origin = f"http://{HOST}:{port}", f"http://{HOST}:{web_port}"
    settings.write_text(settings_text(local, base, origin), encoding="utf-8")
    house.env["LABDIR_SETTINGS"] = str(settings)


def _publisher_port(folder: Path) -> int:
    """The port of last time if it is free: addresses in the evidence then stay true."""
    note = folder / "publisher.port"
    try:
        port = asking.free_port(int(note.read_text(encoding="ascii")))
    except (FileNotFoundError, ValueError, SettingsError):
        port = asking.free_port(0)
    note.write_text(f"{port}\n", encoding="ascii")
    return port


def _programs(port: int) -> list[Child]:
    """Web, worker and beat, as production starts them but for the numbers."""
    python = [sys.executable, "-m"]
    web = ["granian", "--interface", "asgi", "deploy.embedded.web:app", "--host", HOST]
    worker = ["celery", "-A", "workers.app", "worker", "--pool", "threads", "--concurrency", "4"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # one audit after another, each process on a core of its own: judging is Python's own work
    judge = ["celery", "-A", "workers.app", "worker", "--pool", "solo", "-Q", "audit", *quiet]
    beat = ["celery", "-A", "workers.beat", "beat", "-S", "celery.beat:Scheduler", "--pidfile="]
    programs = [
        Child("web", [*python, *web, "--port", str(port), "--workers", "1"]),
        Child("worker", [*python, *worker, "-Q", "sync,verify,notify", *quiet], _WARM_SECONDS),
        *(Child(name, [*python, *judge, "-n", f"{name}@%h"], _WARM_SECONDS) for name in _AUDITORS),
        Child("beat", [*python, *beat]),
    ]
    for child in programs:
        child.forked = True
    return programs


def _turn_over(folder: Path) -> None:
    """Give this start fresh logs and keep those of the last few."""
    folder.mkdir(exist_ok=True)
    for log in sorted(folder.glob("*.log")):
        for number in range(_KEPT_LOGS, 1, -1):
            older = log.with_name(f"{log.name}.{number - 1}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number}"))
        log.replace(log.with_name(f"{log.name}.1"))


def _ending(code: int) -> str:
    if code >= 0:
        return f"stopped with code {code}"
    return f"was ended by {signal.Signals(-code).name}"


def _last_lines(log: Path) -> str:
    """What it died of: the last exception in its log, else its last words."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    faults = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Exit)\b", line)]
    return faults[-1] if faults else " | ".join(lines[-3:]) or "it said nothing"
