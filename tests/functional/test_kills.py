"""kill -9 of worker, beat and web at every step of a run: nothing lost, doubled or half seen.

Real processes over a real PostgreSQL and Redis: the list that they sync gets a new version before
each kill, one process is killed while the run stands at a step, what died is started again, and
then the run must have been published exactly once. 30 kills: ten steps, three processes.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deploy.embedded.asked import free_port
from services import db
from services.settings import parse as parse_settings
from services.sync import ledger
from services.sync.catalogue import discover, enrol
from services.sync.faults import STEPS
from services.terms import RunState
from tests.services.sync.conftest import Clock
from tests.services.sync.web import Reply, Web, serve

SAMPLE = Path(__file__).parents[1] / "sources/made_register/list_20260831.json"
LONGEST = 60.0
_PYTHON = [sys.executable, "-m"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
T = TypeVar("T")
PROGRAMS = {
    "worker": [
        *(*_PYTHON, "celery", "-A", "workers.app", "worker", "--pool", "threads"),
        *("--concurrency", "3", "-Q", "sync,verify", *_QUIET),
    ],
    "beat": [
        *(*_PYTHON, "celery", "-A", "workers.app", "beat"),
        *("-S", "celery.beat:Scheduler", "--pidfile="),
    ],
    "web": [
        *(*_PYTHON, "granian", "--interface", "asgi", "directory.app:app"),
        *("--host", "127.0.0.1", "--workers", "1"),
    ],
}


def wait_for(what: str, found: Callable[[], T | None], longest: float = LONGEST) -> T:
    end = time.monotonic() + longest
    while time.monotonic() < end:
        if (one := found()) is not None:
            return one
        time.sleep(0.05)
    pytest.fail(f"waited {longest:.0f} s for {what}")


@dataclass
class House:
    """The three processes, the list they sync, and the folder in which faults are ordered."""

    engine: Engine
    web: Web
    faults: Path
    env: dict[str, str]
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    version: int = 0

    def start(self, name: str) -> None:
        argv = PROGRAMS[name] + (["--port", str(self.port)] if name == "web" else [])
        log = (self.faults.parent / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            argv, env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        log.close()

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all its children."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait(10)

    def publish_version(self) -> None:
        """A new version: one body's certificate runs a year longer, another layout beside it."""
        self.version += 1
        listed = json.loads(SAMPLE.read_text("utf-8"))
        certificate = listed["organisations"][0]["certificates"][0]
        certificate["schedule_issue"] = f"第 {self.version} 期 issue {self.version}"
        body = json.dumps(listed, ensure_ascii=False).encode()
        self.web.pages["/list"] = Reply(body=body, headers={"Content-Type": "application/json"})

    def ask(self) -> int:
        with self.engine.begin() as conn:
            list_id = ledger.list_id(conn, "made_register", "list")
            return ledger.ask(conn, list_id, "test", Clock()())[0]

    def one(self, statement: str, **values: Any) -> Any:
        with self.engine.connect() as conn:
            return conn.execute(sa.text(statement), values).one()

    def state(self, run_id: int) -> RunState:
        return RunState(self.one("select state from run where id = :r", r=run_id).state)

    def issues_known(self) -> list[str]:
        """The schedule issues that stand now: of one certificate there must be exactly one."""
        with self.engine.connect() as conn:
            return list(
                conn.execute(
                    sa.text(
                        "select schedule_issue from accreditation_statement"
                        " where upper_inf(known) and number = 'L99901'"
                    )
                ).scalars()
            )

    def answers(self) -> bool | None:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=5).is_success or None
        except httpx.HTTPError:
            return None


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    with serve() as web:
        settings = tmp_path / "settings.toml"
        off = [key for key in discover() if key != "made_register"]
        settings.write_text(
            f'[fetch]\nprivate_hosts = ["{web.host}"]\nbackoff_s = 0.1\n'
            '[road]\ntick = "1s"\nlease = "3s"\noffer_again = "1s"\n'
            '[verify]\ntick = "10m"\n'
            f'[sources.made_register]\nrate = 200.0\naddress.list = "{web.base}/list"\n'
            + "".join(f"[sources.{key}]\nenabled = false\n" for key in off)
        )
        faults = tmp_path / "faults"
        faults.mkdir()
        engine = db.connect(database_url)
        env = os.environ | {
            "LABDIR_DATABASE_URL": database_url,
            "LABDIR_REDIS_URL": redis_url,
            "LABDIR_SETTINGS": str(settings),
            "LABDIR_FAULTS": str(faults),
        }
        one = House(engine, web, faults, env, free_port(0))
        one.publish_version()
        with engine.begin() as conn:
            given = parse_settings(settings.read_text())
            enrol(conn, discover().values(), given, Clock()())
        for name in PROGRAMS:
            one.start(name)
        try:
            yield one
        finally:
            for name in one.running:
                one.kill(name)
            engine.dispose()


def settled(house: House, run_id: int) -> bool | None:
    return house.state(run_id) not in {RunState.QUEUED, RunState.RUNNING} or None


def order(house: House, step: str, what: str) -> None:
    (house.faults / f"{step}.reached").unlink(missing_ok=True)
    (house.faults / step).write_text(what)


def reached(house: House, step: str) -> Callable[[], bool | None]:
    return lambda: (house.faults / f"{step}.reached").exists() or None


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """The figures belong in the test's own output."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}")


@pytest.mark.timeout(900)
def test_kills_at_every_step_lose_double_and_half_publish_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for("the web to answer", house.answers)
    wait_for(
        "the first sync",
        lambda: house.one("select count(*) n from log_leaf").n == 1 or None,
    )
    kills = 0
    for victim in PROGRAMS:
        for step in STEPS:
            before = house.one("select count(*) leaves, max(position) last from log_leaf")
            standing = house.issues_known()
            house.publish_version()
            order(house, step, "pause")
            run_id = house.ask()
            wait_for(f"step {step}", reached(house, step))
            if step != "published":
                assert house.issues_known() == standing, f"half published at {step}"
            house.kill(victim)
            (house.faults / step).unlink()
            house.start(victim)
            kills += 1
            wait_for(f"the run killed at {step} to end", partial(settled, house, run_id))
            assert house.state(run_id) is RunState.PUBLISHED, (victim, step)
            assert house.issues_known() == [f"第 {house.version} 期 issue {house.version}"]
            after = house.one("select count(*) leaves, max(position) last from log_leaf")
            assert (after.leaves, after.last) == (before.leaves + 1, before.last + 1)
            told = house.one("select count(*) n from change where run_id = :r", r=run_id).n
            assert told == 1, "one fact changed, once"
            if victim == "web":
                wait_for("the web to answer again", house.answers)
            say(capsys, f"kill {kills:2}: {victim} at {step}: run {run_id} published once")
    open_twice = house.one(
        "select count(*) n from (select record_id, key from accreditation_statement"
        " where upper_inf(known) group by 1, 2 having count(*) > 1) twice"
    ).n
    runs = house.one(
        "select count(*) filter (where state in ('queued','running')) open,"
        " count(*) filter (where state in ('failed','refused')) bad from run where record_key = ''"
    )
    lost = house.one(
        "select count(*) n from run r where state = 'published'"
        " and not exists (select 1 from log_leaf l where l.run_id = r.id)"
    ).n
    said = f"{runs.open} lost, {open_twice} doubled, {lost} half-published"
    say(capsys, f"{kills} kills: {said}")
    assert kills == len(PROGRAMS) * len(STEPS) == 30
    assert (open_twice, runs.open, runs.bad, lost) == (0, 0, 0, 0)
