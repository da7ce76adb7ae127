"""The house under attack: workers, beat and web as real processes over a real PostgreSQL and Redis.

A process is killed with SIGKILL and started again as a supervisor would do it. The house knows
which process stands at a step (services/sync/faults.py) and asks the database what became of a run.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deploy.embedded.asked import HOST, free_port
from deploy.embedded.children import end_group, spawn
from deploy.embedded.servers import Postgres, Redis, ServerError
from services import accounts, db
from services.sync import ledger
from services.sync.catalogue import LOOKUP, discover
from services.terms import Role, RunState, SecretKind
from tests.chaos.lists import KEYS, Publisher, looked_up

LONGEST = (
    90.0  # seconds for whatever was asked to end; runs of these small lists take less than one
)
_SITE = Path(__file__).parent / "site"
_PYTHON = [sys.executable, "-m"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
_WORKER = [
    *(*_PYTHON, "celery", "-A", "workers.app", "worker", "--pool", "threads"),
    *("--concurrency", "4", "-Q", "sync,verify,notify", *_QUIET),
]
_AUDITOR = [
    *(*_PYTHON, "celery", "-A", "workers.app", "worker", "--pool", "solo"),
    *("-Q", "audit", *_QUIET),
]
PROGRAMS: Mapping[str, list[str]] = {
    "worker": [*_WORKER, "-n", "one@%h"],
    "beat": [
        *(*_PYTHON, "celery", "-A", "workers.beat", "beat"),
        *("-S", "celery.beat:Scheduler", "--pidfile="),
    ],
    "web": [
        *(*_PYTHON, "granian", "--interface", "asgi", "directory.app:app"),
        *("--host", HOST, "--workers", "1"),
    ],
    "worker2": [*_WORKER, "-n", "two@%h"],
    **{name: [*_AUDITOR, "-n", f"{name}@%h"] for name in ("auditor-1", "auditor-2")},
}
ENDED = {RunState.PUBLISHED, RunState.UNCHANGED, RunState.REFUSED, RunState.FAILED}
T = TypeVar("T")


class Waited(AssertionError):
    """What was waited for did not come."""


def settings_text(publisher: Publisher, private: Iterable[str] = ()) -> str:
    """Short leases and ticks, so that a dead worker's run is soon taken up; no source but ours.
    ``private``: hosts of subscribers."""
    off = sorted(set(discover()) - set(KEYS))
    host, base = publisher.hostile.host, publisher.hostile.base
    on = "".join(
        f'[sources.{key}]\nrate = 500.0\nevery = "12h"\naddress.list = "{base}/{key}"\n'
        + (f'address.lookup = "{base}/lookup"\n' if key == KEYS[0] else "")
        for key in KEYS
    )
    hosts = ", ".join(f'"{one}"' for one in (host, *private))
    return (
        f"[fetch]\nprivate_hosts = [{hosts}]\n"
        "timeout_s = 1.0\nattempts = 2\nbackoff_s = 0.1\nmax_bytes = 4000000\n"
        '[road]\ntick = "1s"\nlease = "2s"\noffer_again = "1s"\nretry_after = "6h"\n'
        'hand_back = "1s"\n'
        '[verify]\ntick = "30m"\n[audit]\nlease = "2s"\n'
        + on
        + "".join(f"[sources.{key}]\nenabled = false\n" for key in off)
    )


@dataclass(slots=True)
class House:
    """``folder`` holds logs, settings and the faults that are ordered. Start it in the main thread:
    the kernel ends its processes with the thread that started them.

    ``servers``: the private ones, looked after with the rest. ``mourned``: who ended by itself, not
    killed by us, and was started again. ``own_env``: what one program's environment has besides.
    """

    folder: Path
    publisher: Publisher
    database_url: str
    redis_url: str
    private: tuple[str, ...] = ()
    env: dict[str, str] = field(init=False)
    engine: Engine = field(init=False)
    port: int = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(init=False, default_factory=dict)
    servers: dict[str, Postgres | Redis] = field(default_factory=dict)
    own_env: dict[str, dict[str, str]] = field(init=False, default_factory=dict)
    mourned: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self.faults.mkdir()
        settings = self.folder / "settings.toml"
        settings.write_text(settings_text(self.publisher, self.private))
        self.port = free_port(0)
        self.engine = db.connect(self.database_url)
        self.env = os.environ | {
            "LABDIR_DATABASE_URL": self.database_url,
            "LABDIR_REDIS_URL": self.redis_url,
            "LABDIR_SETTINGS": str(settings),
            "LABDIR_FAULTS": str(self.faults),
            "PYTHONPATH": str(_SITE),
            "PYTHONFAULTHANDLER": "1",
        }

    @property
    def faults(self) -> Path:
        return self.folder / "faults"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    # --- processes ---------------------------------------------------------------------------

    def start(self, name: str) -> None:
        argv = PROGRAMS[name] + (["--port", str(self.port)] if name == "web" else [])
        self.running[name] = spawn(
            argv,
            log=self.log(name),
            env=self.env | self.own_env.get(name, {}),
            cwd=self.folder,
            death_signal=signal.SIGKILL,
        )

    def kill(self, name: str) -> None:
        """SIGKILL to the process alone. What it leaves behind must end by itself, but for the
        web's own child, which a supervisor's group (or container) ends with it."""
        process = self.running[name]
        process.kill()
        process.wait(10)
        if name == "web":
            end_group(process)

    def dismiss(self, name: str) -> None:
        """Kill a program that nobody is to start again."""
        if name in self.running:
            self.kill(name)
            del self.running[name]

    def look_after(self) -> None:
        """Start again who ended by itself, as a supervisor does (deploy/embedded/supervisor.py)."""
        for name, server in self.servers.items():
            if server.process.poll() is not None:
                self.mourned[name] += 1
                end_group(server.process)
                with suppress(ServerError):  # a full disk: tried again at the next look
                    server.start()
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.mourned[f"{name} ({process.returncode})"] += 1
                end_group(process)
                self.start(name)

    def wait_for(self, what: str, found: Callable[[], T | None], longest: float = LONGEST) -> T:
        """What ``found`` gives once it is not None; the house is looked after meanwhile. Raises
        Waited."""
        end = time.monotonic() + longest
        while time.monotonic() < end:
            if (one := found()) is not None:
                return one
            self.look_after()
            time.sleep(0.03)
        raise Waited(f"waited {longest:.0f} s for {what}")

    def close(self) -> None:
        for process in self.running.values():
            end_group(process)
            process.wait(10)
        self.engine.dispose()

    def lets(self, names: Iterable[str]) -> None:
        """Start these programs and wait until the first syncs are through and the web answers."""
        for name in names:
            self.start(name)
        self.wait_for("the web to answer", self.answers)
        leaves = "select count(*) n from log_leaf"
        self.wait_for("the first syncs", lambda: self.one(leaves).n >= len(KEYS) or None)

    def answers(self) -> bool | None:
        """True once the web is ready; None until then."""
        try:
            said = httpx.get(f"{self.base}/ready", timeout=5, trust_env=False)
        except httpx.HTTPError:
            return None
        return said.is_success or None

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def desk(self, role: Role) -> dict[str, str]:
        """Headers of a new account's key."""
        now = datetime.now(UTC)
        with self.engine.begin() as conn:
            account = accounts.open_account(conn, f"Chaos {now.isoformat()}", role, now)
            secret = accounts.new_secret(conn, account, SecretKind.API_KEY, now)
        return {"authorization": f"Bearer {secret}"}

    # --- the database ------------------------------------------------------------------------

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows of a question, asked again while the server is away. Raises Waited."""

        def ask() -> list[Any] | None:
            try:
                with self.engine.connect() as conn:
                    return list(conn.execute(sa.text(statement), values))
            except (sa.exc.OperationalError, sa.exc.InternalError):
                return None

        return self.wait_for("the database", ask)

    def one(self, statement: str, **values: Any) -> Any:
        [row] = self.rows(statement, **values)
        return row

    def ask(self, key: str, name: str = "list", record_key: str = "") -> int:
        """Ask for a run as a person would; safe to repeat while the server is away."""

        def put() -> int | None:
            try:
                with self.engine.begin() as conn:
                    which = ledger.list_id(conn, key, name)
                    return ledger.ask(conn, which, "chaos", datetime.now(UTC), record_key)[0]
            except sa.exc.OperationalError:
                return None

        return self.wait_for("the database", put)

    def news(self, keys: Iterable[str], *, look_ups: bool = False) -> list[int]:
        """A new version of these lists, and runs asked for them (and of all look-ups)."""
        for key in keys:
            self.publisher.publish(key)
        asked = [self.ask(key) for key in keys]
        if look_ups:
            self.publisher.look += 1
            asked += [self.ask(KEYS[0], LOOKUP, one) for one in looked_up()]
        return asked

    def ended(self, run_ids: Iterable[int]) -> dict[int, RunState]:
        """The states of these runs when all have ended. Raises Waited naming the others."""
        wanted = list(run_ids)
        states: dict[int, RunState] = {}

        def all_ended() -> bool | None:
            found = self.rows("select id, state from run where id = any(:ids)", ids=wanted)
            states.update({row.id: RunState(row.state) for row in found})
            return all(states.get(one) in ENDED for one in wanted) or None

        try:
            self.wait_for("runs to end", all_ended)
        except Waited:
            pending = [one for one in wanted if states.get(one) not in ENDED]
            raise Waited(f"runs {pending} did not end within {LONGEST:.0f} s") from None
        return states

    # --- steps -------------------------------------------------------------------------------

    def order(self, step: str) -> None:
        """Whoever reaches this step waits there until the order is taken back."""
        (self.faults / f"{step}.reached").unlink(missing_ok=True)
        (self.faults / step).write_text("pause")

    def reached(self, step: str) -> int:
        """The process that stands at the step ordered. Raises Waited."""

        def standing() -> int | None:
            try:
                return int((self.faults / f"{step}.reached").read_text() or 0) or None
            except FileNotFoundError:
                return None

        return self.wait_for(f"step {step}", standing)

    def go_on(self, step: str) -> None:
        (self.faults / step).unlink(missing_ok=True)

    def holder(self, pid: int) -> str:
        """The worker in whose process group this process is."""
        try:
            group = os.getpgid(pid)
        except ProcessLookupError:
            return "worker"
        for name, process in self.running.items():
            if process.pid == group:
                return name
        return "worker"


def children_of(pid: int) -> list[int]:
    """The process's children, whichever of its threads began them; none of one that ended."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread that ended meanwhile
                found += map(int, (thread / "children").read_text("ascii").split())
    return found


def is_there(pid: int) -> bool:
    """Whether the process lives; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def memory_peak(pid: int) -> float:
    """The most memory that a process ever held, in megabytes (VmHWM of /proc/PID/status)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
