"""The stream of events: nothing missed, nothing twice, and an end when either side hangs up."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from deploy.embedded.children import end_group, spawn
from directory.api import feeds
from directory.app import FrontDoor, create_app
from services import db
from services.settings import Settings
from services.terms import LeavingMeans
from services.watch.wake import CHANNEL
from tests.directory.api.conftest import Clock
from tests.directory.test_app import free_port
from tests.services.store.build import World, at, lab, suspension

ROOT = Path(__file__).parents[3]


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = db.connect(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS"])
        one.source("notices", authoritative_for=["CNAS"], leaving=LeavingMeans.NOTHING)
        one.look("register", at("2026-05-04"), [lab()])
        conn.commit()
        yield one
    engine.dispose()


def suspend(world: World, day: int) -> int:
    stop = lab(events=[suspension(f"2026-05-{day}")], key=f"notice {day}", expires=None)
    position = world.look("notices", at(f"2026-05-{day}"), [stop]).position
    assert position is not None
    return position


@dataclass
class Stream:
    """One request to the front door in this process, as a server would make it."""

    status: int = 0
    text: str = ""
    ended: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[["Stream"], object], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not condition(self):
            assert time.monotonic() < end, f"it took too long: {self.text[-500:]}"
            await asyncio.sleep(0.02)

    @property
    def changes(self) -> list[dict[str, Any]]:
        told = [line[6:] for line in self.text.splitlines() if line.startswith("data: ")]
        return [json.loads(one) for one in told]

    @property
    def last_id(self) -> str:
        return [line[4:] for line in self.text.splitlines() if line.startswith("id: ")][-1]


@asynccontextmanager
async def asked(
    app: FrontDoor, query: str = "", method: str = "GET", **headers: str
) -> AsyncIterator[Stream]:
    stream = Stream()
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": "/api/v1/changes/stream", "raw_path": b"/api/v1/changes/stream",
        "query_string": query.encode(), "root_path": "", "scheme": "http",
        "headers": [(b"host", b"testserver.local"), *sent],
        "client": ("127.0.0.1", 1), "server": ("testserver.local", 80), "app": app, "state": {},
    }  # fmt: skip
    begun = False

    async def receive() -> dict[str, Any]:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await stream.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            stream.text += message.get("body", b"").decode()
            stream.ended = stream.ended or not message.get("more_body")

    task = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        yield stream
    finally:
        stream.gone.set()
        await asyncio.wait_for(task, 10)


def run(url: str, told: Callable[[FrontDoor], Coroutine[Any, Any, None]]) -> None:
    async def within() -> None:
        app = create_app(Settings(database_url=url), Clock())
        async with app.lifespan():
            await told(app)

    asyncio.run(within())


def test_what_is_published_is_told_at_once_with_its_place_as_id(
    database_url: str, world: World
) -> None:
    async def told(app: FrontDoor) -> None:
        async with asked(app, "event=suspended") as stream:
            await stream.until(lambda one: one.text)
            assert stream.status == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert stream.text.startswith("retry: 2000\nid: 0.")
            await stream.until(lambda _: app.state["door"].bell.listening)
            position = await asyncio.to_thread(suspend, world, 20)
            began = time.monotonic()
            await stream.until(lambda one: one.changes)
            assert time.monotonic() - began < 1.0
            (change,) = stream.changes
            assert (change["position"], change["after"]["on"]) == (position, "2026-05-20")
            assert f"event: change\nid: {change['cursor']}\ndata: " in stream.text

    run(database_url, told)


def test_who_comes_back_with_the_last_id_misses_nothing_and_hears_nothing_twice(
    database_url: str, world: World
) -> None:
    async def told(app: FrontDoor) -> None:
        async with asked(app, "event=suspended") as stream:
            await stream.until(lambda one: one.text)
            await asyncio.to_thread(suspend, world, 20)
            await stream.until(lambda one: one.changes)
            last = stream.last_id
        for day in (21, 22):
            await asyncio.to_thread(suspend, world, day)
        async with asked(app, "event=suspended&cursor=0.0", last_event_id=last) as stream:
            await stream.until(lambda one: len(one.changes) == 2)
            assert [one["after"]["on"] for one in stream.changes] == ["2026-05-21", "2026-05-22"]

    run(database_url, told)


def test_a_place_to_begin_with_tells_all_that_came_after_it(
    database_url: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "_AT_ONCE", 2)

    async def told(app: FrontDoor) -> None:
        for day in (20, 21, 22):
            await asyncio.to_thread(suspend, world, day)
        async with asked(app, "cursor=0.0") as stream:
            rows = world.conn.execute(sa.text("select sum(rows) from log_leaf")).scalar_one()
            await stream.until(lambda one: len(one.changes) == rows - 1)
            places = [(one["position"], one["row"]) for one in stream.changes]
            assert places == sorted(set(places))

    run(database_url, told)


def test_what_was_looked_at_and_not_wanted_moves_the_id_all_the_same(
    database_url: str, world: World
) -> None:
    async def told(app: FrontDoor) -> None:
        async with asked(app, "event=withdrawn") as stream:
            await stream.until(lambda one: one.text)
            position = await asyncio.to_thread(suspend, world, 20)
            await stream.until(lambda one: one.last_id.startswith(f"{position}."))
            assert stream.changes == []

    run(database_url, told)


def test_silence_is_broken_by_a_comment(
    database_url: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "HEARTBEAT_SECONDS", 0.1)

    async def told(app: FrontDoor) -> None:
        async with asked(app) as stream:
            await stream.until(lambda one: one.text.count(":\n\n") >= 3)

    run(database_url, told)


def test_as_many_streams_as_may_be_open_and_one_less_when_one_hangs_up(
    database_url: str, world: World
) -> None:
    async def told(app: FrontDoor) -> None:
        app.state["streams"].most = 2
        async with asked(app) as first, asked(app) as second:
            await first.until(lambda one: one.text)
            await second.until(lambda one: one.text)
            async with asked(app) as third:
                await third.until(lambda one: one.ended)
                assert third.status == 503
                said = json.loads(third.text)
                assert "2 streams are open" in said["detail"]
                assert "/api/v1/changes" in said["remedy"]
                assert third.headers["retry-after"]
        assert app.state["streams"].open == 0
        async with asked(app) as again:
            await again.until(lambda one: one.text)
            assert again.status == 200

    run(database_url, told)


def test_a_lost_listener_is_replaced_and_looked_for_meanwhile(
    database_url: str, world: World
) -> None:
    kill = f"select pg_terminate_backend(pid) from pg_stat_activity where query ilike '%{CHANNEL}%'"
    kill += " and datname = current_database() and pid <> pg_backend_pid()"

    async def told(app: FrontDoor) -> None:
        bell = app.state["door"].bell
        async with asked(app, "event=suspended") as stream:
            await stream.until(lambda _: bell.listening)
            with world.conn.engine.begin() as conn:
                assert conn.execute(sa.text(kill)).all() == [(True,)]
            await stream.until(lambda _: not bell.listening)
            await asyncio.to_thread(suspend, world, 20)
            await stream.until(lambda one: one.changes, 5.0)
            await stream.until(lambda _: bell.listening)
            await asyncio.to_thread(suspend, world, 21)
            await stream.until(lambda one: len(one.changes) == 2, 1.0)

    run(database_url, told)


def test_the_head_of_a_stream_ends_at_once(database_url: str, world: World) -> None:
    async def told(app: FrontDoor) -> None:
        async with asked(app, method="HEAD") as stream:
            await stream.until(lambda one: one.ended)
            assert (stream.status, stream.text) == (200, "")

    run(database_url, told)


@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        ("event=stopped", {}, "event"),
        ("cursor=junk", {}, "cursor"),
        ("cursor=99.0", {}, "beyond the end of the log"),
        ("", {"last_event_id": "7.0"}, "beyond the end of the log"),
        ("issuer=Nobody", {}, "issuer"),
        ("colour=red", {}, "colour"),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_no_stream(
    database_url: str, world: World, query: str, headers: dict[str, str], said: str
) -> None:
    async def told(app: FrontDoor) -> None:
        async with asked(app, query, **headers) as stream:
            await stream.until(lambda one: one.ended)
            assert stream.status == 400
            assert said in stream.text

    run(database_url, told)


def test_a_server_that_is_stopped_ends_its_streams(
    database_url: str, world: World, tmp_path: Path
) -> None:
    port = free_port()
    argv = [sys.executable, "-m", "granian", "--interface", "asgi", "directory.app:app"]
    argv += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    env = {**os.environ, "LABDIR_DATABASE_URL": database_url}
    server = spawn(argv, log=tmp_path / "web.log", env=env, cwd=ROOT)
    try:
        address = f"http://127.0.0.1:{port}/api/v1/changes/stream"
        with _open(address) as told:
            lines = told.iter_lines()
            assert next(lines) == "retry: 2000"
            began = time.monotonic()
            server.send_signal(signal.SIGTERM)
            list(lines)  # to its orderly end
            assert server.wait(20) == 0
            assert time.monotonic() - began < 10
    finally:
        end_group(server)  # its worker too
        server.wait()


def _open(address: str) -> Any:
    """The stream, as soon as the server answers."""
    end = time.monotonic() + 120
    while True:
        try:
            httpx.get(address.replace("/api/v1/changes/stream", "/health"), timeout=2)
            return httpx.stream("GET", address, timeout=30)
        except httpx.TransportError:
            assert time.monotonic() < end
            time.sleep(0.1)
