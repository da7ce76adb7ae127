"""The tasks: in this process over a real database, and once with a real worker and broker."""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from celery import Celery
from sqlalchemy.engine import Engine

import services.sources
from services import db
from services.errors import LeaseLost
from services.evidence import keys
from services.sync import ledger
from tests.services.sync.web import Web, serve
from workers.broker import broker_url

HERON = {"key": "1", "name": "Heron Testing", "number": "T-1"}
TERN = {"key": "2", "name": "Tern Labs", "number": "T-2", "listed": "suspended"}
SOURCE = """
from tests.services.sync import toy
SOURCE = toy.with_lookup("{base}/l")
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        one.rows("/list.json", HERON, TERN)
        yield one


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def env(
    web: Web, tmp_path: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of a worker whose only enabled source is the toy list on this machine."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "toy_list.py").write_text(SOURCE.format(base=web.base))
    shipped = [file.stem for file in Path(services.sources.__path__[0]).glob("[!_]*.py")]
    off = "".join(f"[sources.{name}]\nenabled = false\n" for name in shipped)
    settings = tmp_path / "labdir.toml"
    settings.write_text(
        f'[fetch]\nprivate_hosts = ["{web.host}"]\n[road]\ntick = "1s"\n'
        f'[sources.toy]\naddress.list = "{web.base}/list.json"\n{off}'
    )
    given = {
        "LABDIR_SETTINGS": str(settings),
        "LABDIR_DATABASE_URL": database_url,
        "LABDIR_REDIS_URL": redis_url,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(services.sources, "__path__", [*services.sources.__path__, str(folder)])
    return {**os.environ, "EXTRA_SOURCES": str(folder)}


@pytest.fixture
def tasks(env: dict[str, str]) -> Iterator[ModuleType]:
    """workers.tasks as a process with that environment would have it."""
    for name in ("workers.tasks", "workers.app", "services.sources.toy_list"):
        sys.modules.pop(name, None)
    module = importlib.import_module("workers.tasks")
    module.enrol_sources()
    yield module
    module.road().engine.dispose()
    module.app.close()
    for name in ("workers.tasks", "workers.app", "services.sources.toy_list"):
        sys.modules.pop(name, None)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(sa.text(query))]


RUNS = (
    "select r.record_key, r.state, r.asked_by from run r join source_list l on l.id = r.list_id"
    " where l.source_key = 'toy' order by r.id"
)


def waiting(tasks: ModuleType, queue: str) -> int:
    """Messages in a queue of the broker."""
    with tasks.app.connection_for_read() as connection:
        found = connection.default_channel.queue_declare(queue, passive=False)
        return int(found.message_count)


def test_a_starting_process_enrols_what_it_finds(tasks: ModuleType, engine: Engine) -> None:
    enabled = rows(engine, "select key from source where enabled")
    assert enabled == [("toy",)]
    due = rows(engine, "select source_key, name from source_list where next_due_at is not null")
    assert due == [("toy", "list")]


def test_a_tick_asks_once_for_what_is_due_and_wakes_a_worker(
    tasks: ModuleType, engine: Engine
) -> None:
    tasks.tick()
    tasks.tick()
    assert rows(engine, RUNS) == [("", "queued", "schedule")]
    assert waiting(tasks, "sync") == 1, "a second tick wakes nobody again so soon"
    assert waiting(tasks, "verify") == 0


@pytest.fixture
def keys_folder(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LABDIR_KEYS", str(tmp_path / "keys"))
    return str(tmp_path / "keys")


def test_the_log_is_signed_once_a_size_and_only_with_a_key(
    keys_folder: str, tasks: ModuleType, engine: Engine, web: Web
) -> None:
    tasks.sign()
    assert rows(engine, "select * from checkpoint") == []
    with engine.begin() as conn:
        keys.new_key(conn, keys_folder, tasks.clock())
    tasks.sign()
    tasks.sign()
    tasks.tick()
    tasks.travel(rows(engine, "select id from run")[0][0])
    tasks.sign()
    tasks.sign()
    assert rows(engine, "select size from checkpoint order by 1") == [(0,), (1,)]
    assert tasks.app.conf.beat_schedule["sign"]["task"] == "labdir.sign"


def test_a_run_travels_once_however_often_it_is_called(
    tasks: ModuleType, engine: Engine, web: Web
) -> None:
    tasks.tick()
    [(run_id,)] = rows(engine, "select id from run")
    tasks.travel(run_id)
    tasks.travel(run_id)
    assert rows(engine, RUNS) == [("", "published", "schedule")]
    assert web.paths().count("/list.json") == 1
    assert rows(engine, "select count(*) from body") == [(2,)]
    tasks.tick()
    assert len(rows(engine, RUNS)) == 1, "not due before its interval is over"


def test_a_lost_lease_is_a_warning_and_not_a_failed_task(
    tasks: ModuleType, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise LeaseLost("Run 1 was taken over while it worked; nothing was written.")

    monkeypatch.setattr(tasks, "carry_out", lost)
    tasks.travel(1)


def test_the_verifying_tick_offers_the_riskiest_look_ups(
    tasks: ModuleType, engine: Engine, web: Web
) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=30)
    plover = {"key": "3", "name": "Plover Labs", "number": "T-3"}
    web.rows("/list.json", HERON | {"expires": soon.isoformat()}, TERN, plover)
    tasks.tick()
    tasks.travel(rows(engine, "select id from run")[0][0])
    tasks.verify_tick()
    asked = [(row[0], row[2]) for row in rows(engine, RUNS)[1:]]
    assert asked == [("TAB T-2", "verify"), ("TAB T-1", "verify")], "T-3 has its day in the week"
    assert waiting(tasks, "verify") == 2
    [(run_id,)] = rows(engine, "select id from run where record_key = 'TAB T-1'")
    tasks.travel(run_id)
    assert ("TAB T-1", "failed", "verify") in rows(engine, RUNS), "the publisher has no such page"


def test_the_calendar_turns_without_anything_due(tasks: ModuleType, engine: Engine) -> None:
    tasks.turn()
    assert rows(engine, "select count(*) from log_leaf") == [(0,)]


def test_a_run_that_brings_every_worker_down_is_given_up_by_the_tick(
    tasks: ModuleType, engine: Engine
) -> None:
    tasks.tick()
    with engine.begin() as conn:
        conn.exec_driver_sql(
            f"update run set state = 'running', step = 'parsed', attempts = {ledger.MAX_ATTEMPTS},"
            " lease_until = clock_timestamp() - interval '1 second'"
        )
    tasks.tick()
    assert rows(engine, RUNS) == [("", "failed", "schedule")]


# the module was loaded by other tests of this process before
@pytest.mark.filterwarnings("ignore::celery.exceptions.DuplicateTaskNameWarning")
def test_every_task_of_the_timetable_exists_and_goes_to_a_queue(tasks: ModuleType) -> None:
    queues = {queue.name for queue in tasks.app.conf.task_queues}
    for entry in tasks.app.conf.beat_schedule.values():
        assert entry["task"] in tasks.app.tasks
        assert entry["options"]["queue"] in queues
    assert tasks.app.conf.beat_schedule["tick"]["schedule"].total_seconds() == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("redis://h:1/2", "redis://h:1/2"),
        ("unix:///r/redis.sock?db=3", "redis+socket:///r/redis.sock?virtual_host=3"),
        ("unix:///r/redis.sock", "redis+socket:///r/redis.sock"),
        ("", ""),
    ],
)
def test_one_setting_names_the_broker_for_both_libraries(given: str, meant: str) -> None:
    assert broker_url(given) == meant


# --- a real worker -------------------------------------------------------------------------------

WORKER = """
import os, sys
import services.sources
services.sources.__path__.append(os.environ["EXTRA_SOURCES"])
from workers.app import app
app.worker_main([
    "worker", "--pool", "threads", "--concurrency", "2", "-Q", "sync,verify,notify",
    "-l", "warning", "--without-gossip", "--without-mingle", "--without-heartbeat",
])
"""


def until(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def test_a_real_worker_woken_over_a_real_broker_does_what_is_due(
    env: dict[str, str], engine: Engine, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    root = Path(__file__).parents[2]
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER], env=env, cwd=root, stdout=out, stderr=out
        )
    try:
        until(lambda: worker.poll() is not None or rows(engine, "select 1 from source"))
        assert worker.poll() is None, log.read_text()
        with Celery(broker=broker_url(env["LABDIR_REDIS_URL"])) as sender:
            sender.send_task("labdir.tick", queue="verify")
        done = ("", "published", "schedule")
        until(lambda: worker.poll() is not None or rows(engine, RUNS) == [done])
        assert worker.poll() is None, log.read_text()
        assert sorted(rows(engine, "select text from name")) == [("Heron Testing",), ("Tern Labs",)]
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            code = worker.wait(30)
        except subprocess.TimeoutExpired:
            worker.kill()
            code = worker.wait()
    assert code == 0, log.read_text()
