"""`labdir doctor` before a real house that is well, and before one fault after another."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from alembic import command
from click.testing import CliRunner
from sqlalchemy.engine import make_url

from deploy.cli import main
from deploy.doctor import database as database_looks
from deploy.doctor.examine import examine
from deploy.doctor.findings import Finding, State
from deploy.embedded.servers import Postgres, Redis, start_postgres, start_redis
from services import db
from services.evidence import keys
from services.sync import catalogue
from tests.services.store.build import World, at, lab
from workers.seen import QUEUES


@dataclass
class House:
    """Servers that keep what they hold, as `labdir up` has them, and settings without sources."""

    postgres: Postgres
    redis: Redis
    env: dict[str, str]

    def database(self, name: str, said: str = "") -> str:
        with self.postgres.connect() as conn:
            conn.execute(f'CREATE DATABASE "{name}" {said}'.encode())
        return make_url(self.postgres.url).set(database=name).render_as_string(False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, server_folder: Path) -> Iterator[House]:
    folder = server_folder / "doctor"
    settings = tmp_path_factory.mktemp("doctor") / "labdir.toml"
    off = "".join(f"[sources.{name}]\nenabled = false\n" for name in catalogue.discover())
    settings.write_text(
        f'[road]\ntick = "1s"\n[proof]\norigin = "https://directory.example"\n{off}'
    )
    postgres, broker = start_postgres(folder), start_redis(folder)
    db.migrate(postgres.url)
    env = {
        "LABDIR_SETTINGS": str(settings),
        "LABDIR_DATABASE_URL": postgres.url,
        "LABDIR_REDIS_URL": broker.url,
        "LABDIR_KEYS": str(settings.parent / "keys"),
    }
    engine = db.connect(postgres.url)
    with engine.begin() as conn:
        keys.new_key(conn, env["LABDIR_KEYS"], datetime.now(UTC))
    engine.dispose()
    yield House(postgres, broker, env)
    broker.stop()
    postgres.stop()


@pytest.fixture(scope="module")
def at_work(house: House) -> Iterator[None]:
    """A worker for every queue, and beat."""
    celery = [sys.executable, "-m", "celery", "-A"]
    env = {**os.environ, **house.env}
    both = [
        subprocess.Popen([*celery, *words], env=env, stderr=subprocess.DEVNULL)
        for words in (
            [
                *("workers.app", "worker", "--pool", "threads", "-n", "one@here"),
                "-Q",
                ",".join(QUEUES),
            ],
            ["workers.beat", "beat", "-S", "celery.beat:Scheduler", "--pidfile="],
        )
    ]
    yield
    for one in both:
        one.kill()
        one.wait()


def said(findings: list[Finding], part: str, state: State = State.WRONG) -> str:
    return "\n".join(
        f"{one.said} → {one.remedy}" for one in findings if (one.part, one.state) == (part, state)
    )


def look(house: House, **changed: str) -> list[Finding]:
    return list(examine({**house.env, **changed}))


def until(told: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not told():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_a_house_that_is_well_has_nothing_wrong(house: House, at_work: None) -> None:
    until(lambda: not any(one.state is State.WRONG for one in look(house)))
    done = CliRunner(env=house.env).invoke(main, ["doctor", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["wrong"] == 0
    by_part = {one["part"]: one for one in told["findings"] if one["state"] == "ok"}
    assert by_part.keys() >= {
        "settings", "secrets", "database", "extensions", "locale", "migrations", "clock", "redis",
        "workers", "beat", "disk", "keys",
    }  # fmt: skip
    assert "one@here" in by_part["workers"]["said"]
    notes = {one["part"] for one in told["findings"] if one["state"] == "note"}
    assert notes == {"sources", "backups"}, "no source is on, and the log is not archived"


def test_every_fault_ends_with_1_and_names_its_remedy(house: House) -> None:
    done = CliRunner(env={**house.env, "LABDIR_KEYS": ""}).invoke(main, ["doctor"])
    assert done.exit_code == 1
    assert "WRONG   keys: No folder of signing keys is set" in done.output
    assert "labdir key new" in done.output


def test_a_database_under_the_locale_c_is_named_because_search_finds_no_chinese(
    house: House,
) -> None:
    url = house.database("under_c", "LOCALE 'C' TEMPLATE template0")
    db.migrate(url)
    told = said(look(house, LABDIR_DATABASE_URL=url), "locale")
    assert "Under the locale C the search finds no Chinese words." in told
    assert "LOCALE 'C.UTF-8'" in told


def test_a_database_of_another_encoding_is_named(house: House) -> None:
    url = house.database("latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    assert "encoding is LATIN1, not UTF8" in said(look(house, LABDIR_DATABASE_URL=url), "locale")


def test_missing_migrations_and_extensions_are_named(house: House) -> None:
    url = house.database("half")
    command.upgrade(db._config(url), "0008")
    engine = db.connect(url)
    with engine.begin() as conn:
        conn.execute(sa.text("drop extension unaccent cascade"))
    told = look(house, LABDIR_DATABASE_URL=url)
    assert "Not applied yet: 0009, 0010" in said(told, "migrations")
    assert "labdir migrate" in said(told, "migrations")
    assert "Missing in the database: unaccent" in said(told, "extensions")
    assert "not this version's" in said(told, "sources", State.UNKNOWN)
    with engine.begin() as conn:
        conn.execute(sa.text("update alembic_version set version_num = '9999'"))
    assert "9999, which this version does not know" in said(
        look(house, LABDIR_DATABASE_URL=url), "migrations"
    )
    engine.dispose()


def test_a_database_that_is_not_there_is_named_without_its_password(house: House) -> None:
    url = "postgresql+psycopg://labdir:change-me@127.0.0.1:1/labdir"
    told = look(house, LABDIR_DATABASE_URL=url)
    assert "labdir:***@127.0.0.1:1/labdir is not reached" in said(told, "database")
    assert "the example's" in said(told, "settings")
    assert "not reached" in said(told, "keys", State.UNKNOWN)


def test_a_server_that_may_lose_what_it_took_is_named(house: House, database_url: str) -> None:
    """The tests' own server is such a one."""
    told = said(look(house, LABDIR_DATABASE_URL=database_url), "database")
    for one in ("fsync", "full_page_writes", "synchronous_commit"):
        assert f"ALTER SYSTEM SET {one} = on" in told


def test_a_stopped_redis_is_named_and_what_cannot_be_seen_without_it(house: House) -> None:
    house.redis.stop()
    try:
        told = look(house)
    finally:
        house.redis.start()
    assert "It is not reached" in said(told, "redis")
    assert said(told, "workers", State.UNKNOWN)
    assert said(told, "beat", State.UNKNOWN)
    assert not said(told, "database")


def test_a_redis_that_forgets_or_drops_is_named(house: House) -> None:
    client = redis.Redis.from_url(house.env["LABDIR_REDIS_URL"])
    client.config_set("appendonly", "no")
    client.config_set("maxmemory", "500mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        told = look(house)
    finally:
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "yes")
        client.close()
    assert "allkeys-lru" in said(told, "redis")
    assert "--appendonly yes" in said(told, "redis", State.NOTE)


def test_queues_without_a_worker_and_a_silent_beat_are_named(house: House, redis_url: str) -> None:
    told = look(house, LABDIR_REDIS_URL=redis_url)
    assert "No worker answers for the queue audit; 0 calls wait" in said(told, "workers")
    assert "It has never been heard" in said(told, "beat")
    client = redis.Redis.from_url(redis_url)
    client.set("labdir:beat", (datetime.now(UTC) - timedelta(hours=3)).isoformat())
    client.rpush("sync", *["{}"] * 3)
    told = look(house, LABDIR_REDIS_URL=redis_url)
    assert "It was last heard" in said(told, "beat")
    assert "queue sync; 3 calls wait" in said(told, "workers")
    client.close()


def test_a_key_that_others_may_read_is_named(house: House) -> None:
    (key,) = Path(house.env["LABDIR_KEYS"]).glob("*.jwk")
    key.chmod(0o644)
    told = said(look(house), "secrets")
    key.chmod(0o600)
    assert f"{key} may be read by others (mode 0644)" in told
    assert f"chmod 0600 {key}" in told


def test_settings_that_cannot_be_read_are_all_it_says(house: House, tmp_path: Path) -> None:
    file = tmp_path / "labdir.toml"
    file.write_text("[road]\ntock = '1s'\n")
    (only,) = look(house, LABDIR_SETTINGS=str(file))
    assert (only.part, only.state) == ("settings", State.WRONG)
    assert 'unknown key "road.tock"' in only.said


def test_a_clock_apart_from_the_databases_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Ahead":
            return super().now(tz) + timedelta(minutes=5)

    monkeypatch.setattr(database_looks, "datetime", Ahead)
    told = said(look(house), "clock")
    assert "300.0 s apart" in told or "299.9 s apart" in told
    assert "NTP" in told


def test_a_full_disk_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"total": 100 * 1024**3, "free": 1024**3, "used": 99 * 1024**3})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert "Only 1.0 GB of 100.0 GB are free for keys" in said(look(house), "disk")


def test_an_overdue_source_and_an_unsigned_log_are_named(house: House, db: str) -> None:
    engine = sa.create_engine(db)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",))
        world.look("register", at("2026-05-01"), [lab()])
    with engine.begin() as conn:
        keys.new_key(conn, house.env["LABDIR_KEYS"], datetime.now(UTC))
        conn.execute(sa.text("update log_leaf set committed_at = now() - interval '1 day'"))
    engine.dispose()
    told = look(house, LABDIR_DATABASE_URL=db)
    assert "register is overdue" in said(told, "sources")
    assert "The log was not signed since" in said(told, "keys")


def test_backups_that_are_old_or_missing_are_named(house: House, tmp_path: Path) -> None:
    folder, file = tmp_path / "backups", tmp_path / "labdir.toml"
    given = Path(house.env["LABDIR_SETTINGS"]).read_text()
    file.write_text(f'{given}\n[backup]\nfolder = "{folder}"\n')
    assert "There is no base backup" in said(look(house, LABDIR_SETTINGS=str(file)), "backups")
    taken = folder / "base" / "20260101T000000Z"
    taken.mkdir(parents=True)
    (taken / "backup_manifest").write_text("{}")
    told = said(look(house, LABDIR_SETTINGS=str(file)), "backups")
    assert "is of 2026-01-01 00:00 UTC" in told
    assert "labdir backup" in told


def test_a_server_that_cannot_archive_is_named(house: House, server_folder: Path) -> None:
    server = start_postgres(server_folder / "fails", durable=False, archive_command="false")
    try:
        db.migrate(server.url)
        with server.connect() as conn:
            conn.execute("select pg_switch_wal()")
            failed = "select failed_count > 0 from pg_stat_archiver"
            until(lambda: conn.execute(failed).fetchone() == (True,))
        told = said(look(house, LABDIR_DATABASE_URL=server.url), "backups")
    finally:
        server.stop()
    assert "The server could not archive 00000001" in told
    assert "There is no base backup of this server" in told
