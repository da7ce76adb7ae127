"""A subscriber hears of a published suspension within five seconds: the real road, worker, broker,
web server and receiver on this machine, from the publish's commit to the message's arrival."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from celery import Celery
from sqlalchemy.engine import Engine

import services.sources
from services import accounts, db
from services import models as m
from services.sync import ledger
from services.terms import Role, SecretKind
from tests.directory.test_app import free_port
from tests.services.sync.web import Web, serve
from tests.services.watch.receiver import Receiver, receive
from workers.broker import broker_url

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 5.0
TERN = {"key": "2", "name": "Tern Labs", "number": "T-2"}
SOURCE = "from tests.services.sync import toy\nSOURCE = toy.source()\n"
WORKER = """
import os
import services.sources
services.sources.__path__.append(os.environ["EXTRA_SOURCES"])
from workers.app import app
app.worker_main([
    "worker", "--pool", "threads", "--concurrency", "2", "-Q", "sync,verify,notify",
    "-l", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat",
])
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        one.rows("/list.json", TERN)
        yield one


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receive() as one:
        yield one


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def env(
    web: Web, receiver: Receiver, tmp_path: Path, database_url: str, redis_url: str
) -> dict[str, str]:
    """The environment of web and worker, whose only enabled source is the toy list."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "toy_list.py").write_text(SOURCE)
    shipped = [file.stem for file in Path(services.sources.__path__[0]).glob("[!_]*.py")]
    off = "".join(f"[sources.{name}]\nenabled = false\n" for name in shipped)
    settings = tmp_path / "labdir.toml"
    settings.write_text(
        f'[fetch]\nprivate_hosts = ["{web.host}", "{receiver.host}"]\n'
        f'[sources.toy]\naddress.list = "{web.base}/list.json"\n{off}'
    )
    return {
        **os.environ,
        "EXTRA_SOURCES": str(folder),
        "LABDIR_SETTINGS": str(settings),
        "LABDIR_DATABASE_URL": database_url,
        "LABDIR_REDIS_URL": redis_url,
    }


@contextmanager
def running(argv: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(argv, env=env, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process
        assert process.poll() is None, log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
    return found


def published(engine: Engine) -> list[datetime]:
    with engine.connect() as conn:
        leaf = m.LogLeaf
        return list(conn.execute(sa.select(leaf.committed_at).order_by(leaf.position)).scalars())


def ask(engine: Engine, env: dict[str, str]) -> None:
    """One run of the list, and a worker woken for it."""
    with engine.begin() as conn:
        list_id = ledger.list_id(conn, "toy", "list")
        run_id, _ = ledger.ask(conn, list_id, "test", datetime.now(UTC))
    with Celery(broker=broker_url(env["LABDIR_REDIS_URL"])) as sender:
        sender.send_task("labdir.travel", [run_id], queue="sync")


def key(engine: Engine) -> dict[str, str]:
    now = datetime.now(UTC)
    with engine.begin() as conn:
        account_id = accounts.open_account(conn, "Harbour desk", Role.READER, now)
        made = accounts.new_secret(conn, account_id, SecretKind.API_KEY, now)
    return {"authorization": f"Bearer {made}"}


def follow(base: str, heard: dict[str, Any]) -> None:
    """Read the stream until its first change; when it came, by the wall clock."""
    with httpx.stream("GET", f"{base}/api/v1/changes/stream?event=suspended", timeout=60) as told:
        heard["open"] = told.status_code
        for line in told.iter_lines():
            if line.startswith("data: "):
                heard["at"], heard["change"] = datetime.now(UTC), json.loads(line[6:])
                return


def test_webhook_and_stream_tell_a_suspension_within_five_seconds(
    web: Web,
    receiver: Receiver,
    engine: Engine,
    env: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    served = [sys.executable, "-m", "granian", "--interface", "asgi", "directory.app:app"]
    served += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (
        running([sys.executable, "-c", WORKER], env, tmp_path / "worker.log"),
        running(served, env, tmp_path / "web.log"),
    ):
        with engine.connect() as conn:
            until(lambda: conn.execute(sa.text("select 1 from source")).all())
        ask(engine, env)
        until(lambda: len(published(engine)) == 1)
        until(lambda: _answers(base))
        hook = {"url": f"{receiver.base}/hook", "filters": {"events": ["suspended"]}}
        made = httpx.post(f"{base}/api/v1/subscriptions", json=hook, headers=key(engine))
        assert made.status_code == 201, made.text
        heard: dict[str, Any] = {}
        follower = threading.Thread(target=follow, args=(base, heard), daemon=True)
        follower.start()
        until(lambda: heard.get("open") == 200)
        web.rows("/list.json", {**TERN, "listed": "suspended"})
        ask(engine, env)
        until(lambda: len(published(engine)) == 2)
        [came] = receiver.wait(1, LIMIT_SECONDS * 2)
        arrived = datetime.now(UTC).timestamp() - (time.monotonic() - came.at)
        follower.join(LIMIT_SECONDS * 2)
    committed = published(engine)[1].timestamp()
    by_hook, by_stream = arrived - committed, heard["at"].timestamp() - committed
    with capsys.disabled():
        sys.stdout.write(
            f"\na published suspension is heard by webhook after {by_hook:.2f} s,"
            f" by stream after {by_stream:.2f} s\n"
        )
    (change,) = came.said["data"]["changes"]
    assert (change["label"], change["before"], change["after"]) == (
        "TAB T-2",
        {"listed": "active"},
        {"listed": "suspended"},
    )
    assert heard["change"] == change
    assert max(by_hook, by_stream) < LIMIT_SECONDS


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/ready", timeout=2).status_code in (200, 503)
    except httpx.HTTPError:
        return False
