"""A whole directory for the browser: made lists over the real road, served by granian.

Two looks are taken. At the first, every made register and two recorded samples are published. At
the second, the made register comes with half of its bodies and a renamed column (refused), one
number is looked up and found suspended, and one publisher's file is gone (failed). A refused list
of another source is then accepted by a steward. The clock is the machine's: no test may count on
what stands today.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.embedded.asked import HOST, Asked, free_port
from deploy.embedded.sources import Local, local_sources, settings_text
from deploy.made_register.site import BASE as MADE_BASE
from deploy.made_register.site import SUSPENDED_ONLY_ON_LOOKUP
from deploy.publisher import MADE_SITES, Answer, Publisher, Recording, recorded_site, recordings
from services import db
from services.evidence.keys import new_key
from services.kit import Source
from services.settings import parse
from services.sync import catalogue, ledger
from services.sync.accept import accept
from services.sync.run import Road, carry_out
from services.terms import RunState
from tests.sources.us_nllap import build as nllap

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "sources"
RECORDED = ("sg_cpso", "us_nllap")
GONE = "sg_cpso"
SHRUNK = "us_nllap"
STEWARD = "steward Example"
BECAUSE = "The programme ended three of its four rounds; the agency's notice of today says so."
MADE = "made_register"
KEPT_OF_A_PAGE = 25  # of 50 bodies: more fewer than the register allows itself
RENAMED = ("website", "web_site")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class House:
    """What stands, and where. ``runs``: ids of the runs played, by name."""

    base: str
    database_url: str
    road: Road
    runs: dict[str, int] = field(default_factory=dict)
    states: dict[str, RunState] = field(default_factory=dict)

    def play(self, key: str, name: str, record_key: str = "", called: str = "") -> None:
        """One run of a list, fetched and read as a worker would."""
        with self.road.engine.begin() as conn:
            list_id = ledger.list_id(conn, key, name)
            run_id, _ = ledger.ask(conn, list_id, "schedule", self.road.clock(), record_key)
        state = carry_out(self.road, run_id)
        assert state is not None
        self.runs[called or f"{key}.{name}"] = run_id
        self.states[called or f"{key}.{name}"] = state


class World:
    """The local publisher. ``spoiled``: the second look."""

    def __init__(self, sources: dict[str, Source]) -> None:
        self.spoiled = False
        self.found = [one for key in RECORDED for one in recordings(sources[key], SAMPLES)]
        self.publisher = Publisher(0, (self._half, self._recorded, *MADE_SITES))

    def _recorded(self, path: str, query: str) -> Answer | None:
        stand: list[Recording] = [
            one for one in self.found if not (self.spoiled and one.key == GONE)
        ]
        found = recorded_site(stand)(path, query)
        if found and self.spoiled and path.startswith(f"/{SHRUNK}/"):
            few = nllap.page(rows=nllap.ROWS[: len(nllap.ROWS) // 4])
            return replace(found, body=few.encode())
        return found

    def _half(self, path: str, query: str) -> Answer | None:
        """The made register at the second look: half of the bodies, one column renamed."""
        if not self.spoiled or path != f"{MADE_BASE}/list":
            return None
        whole = next((page for site in MADE_SITES if (page := site(path, query))), None)
        if whole is None or b'"organisations"' not in whole.body:
            return whole
        held: dict[str, Any] = json.loads(whole.body)
        held["organisations"] = [_spoil(one) for one in held["organisations"][:KEPT_OF_A_PAGE]]
        held["total"] = held["pages"] * KEPT_OF_A_PAGE
        return replace(whole, body=json.dumps(held, ensure_ascii=False).encode())


def _spoil(one: dict[str, Any]) -> dict[str, Any]:
    old, new = RENAMED
    renamed = {new if name == old else name: value for name, value in one.items()}
    return renamed | {"credentials": []}


@contextmanager
def house(database_url: str, log: Path) -> Iterator[House]:
    """Filled and served until the block ends. ``log``: where the web process writes."""
    sources = catalogue.discover()
    world = World(sources)
    port = free_port(0)
    origin = f"http://{HOST}:{port}"
    settings = parse(settings_text(_local(sources, world), world.publisher.base, origin))
    engine = db.connect(database_url)
    road = Road(engine, settings, sources, now)
    with engine.begin() as conn:
        catalogue.enrol(conn, sources.values(), settings, now())
    one = House(origin, database_url, road)
    try:
        with publishing(world.publisher):
            _first_look(one, sources)
            world.spoiled = True
            _second_look(one)
            with served(one, port, log):
                yield one
    finally:
        engine.dispose()


@contextmanager
def publishing(publisher: Publisher) -> Iterator[Publisher]:
    """It answers until the block ends."""
    answering = threading.Thread(target=publisher.serve_forever, args=(0.05,), daemon=True)
    answering.start()
    try:
        yield publisher
    finally:
        publisher.shutdown()
        publisher.server_close()
        answering.join()


def _local(sources: dict[str, Source], world: World) -> list[Local]:
    """As `labdir up` sets its sources, but for real ones: only two of them, from samples."""
    asked = Asked(0, Path(), None, live=False, empty=False, database_url="", redis_url="")
    given = {one.key: one for one in local_sources(sources.values(), asked)}
    for key in RECORDED:
        paths = {one.list_name: one.path for one in world.found if one.key == key}
        given[key] = Local(key, addresses=paths)
    return list(given.values())


def _first_look(one: House, sources: dict[str, Source]) -> None:
    for key, source in sources.items():
        if catalogue.enabled(source, one.road.settings):
            for each in source.lists:
                one.play(key, each.name)
    refused = [name for name, state in one.states.items() if state is not RunState.PUBLISHED]
    assert not refused, refused


def _second_look(one: House) -> None:
    one.play(MADE, "list", called="refused")
    one.play(MADE, "lookup", " ".join(SUSPENDED_ONLY_ON_LOOKUP), called="looked up")
    one.play(GONE, one.road.sources[GONE].lists[0].name, called="failed")
    one.play(SHRUNK, one.road.sources[SHRUNK].lists[0].name, called="doubted")
    assert one.states["refused"] is RunState.REFUSED
    assert one.states["looked up"] is RunState.PUBLISHED
    assert one.states["failed"] is RunState.FAILED
    assert one.states["doubted"] is RunState.REFUSED
    with one.road.engine.begin() as conn:
        one.runs["accepted"] = accept(conn, one.runs["doubted"], STEWARD, BECAUSE, now())
    assert carry_out(one.road, one.runs["accepted"]) is RunState.PUBLISHED


@contextmanager
def served(one: House, port: int, log: Path) -> Iterator[None]:
    """The web process, asked until it is ready, ended afterwards."""
    given = {"LABDIR_DATABASE_URL": one.database_url, **_signing(one, log.parent)}
    with web_process(one.base, port, log, given):
        yield


@contextmanager
def web_process(base: str, port: int, log: Path, given: Mapping[str, str]) -> Iterator[None]:
    """``given``: its environment beside the machine's own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LABDIR_")}
    env |= given
    argv = [sys.executable, "-m", "granian", "--interface", "asgi", "directory.app:app"]
    argv += ["--host", HOST, "--port", str(port), "--workers", "1"]
    with log.open("wb") as output:
        web = subprocess.Popen(
            argv, cwd=ROOT, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_ready(base, web, log)
        yield
    finally:
        web.terminate()
        try:
            web.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(web.pid, signal.SIGKILL)  # its worker as well
            web.wait()


def _signing(one: House, folder: Path) -> dict[str, str]:
    """A key to sign receipts with, and the address that they name."""
    held = str(folder / "keys")
    with one.road.engine.begin() as conn:
        new_key(conn, held, now())
    settings = folder / "settings.toml"
    settings.write_text(f'[proof]\norigin = "{one.base}"\n', encoding="utf-8")
    return {"LABDIR_KEYS": held, "LABDIR_SETTINGS": str(settings)}


def _wait_until_ready(base: str, web: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 240  # a busy machine starts slowly; who hangs is ended all the same
    with httpx.Client(trust_env=False, timeout=30) as asking:
        while time.monotonic() < end and web.poll() is None:
            try:
                if asking.get(f"{base}/ready").status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
    pytest.fail(f"the web process does not answer:\n{log.read_text(errors='replace')[-2000:]}")
