"""A small directory, an account, and the work of auditors over it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import accounts, db
from services.audit import carry, find, pages, result, upload
from services.audit.carry import Bench
from services.audit.views import AuditView
from services.sync.reader import Reader
from services.terms import Role
from tests.services.store.build import World, at, lab, line, suspension

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def fill(world: World) -> None:
    """A lab suspended from 10 March to 19 May, one in good standing, one withdrawn from a list."""
    world.source("register", authoritative_for=("CNAS",))
    for day in ("2025-12-01", "2026-02-01", "2026-04-01", "2026-05-30"):
        world.look(
            "register",
            at(day),
            [
                lab(
                    events=[suspension("2026-03-10", "2026-05-20")],
                    lines=[line("1", "锂电池", "GB/T 18287-2013")],
                ),
                lab(
                    "L90500",
                    name="Quayside Metal Laboratory",
                    name_zh="",
                    expires=date(2026, 4, 30),
                ),
            ],
        )


@dataclass
class Desk:
    """An account that audits. ``now``: what the clock says."""

    engine: Engine
    reader: Reader
    account_id: int
    now: datetime = NOW
    woken: list[int] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        return Bench(self.engine, self.reader, lambda: self.now, wake=self.woken.append)

    def put(self, body: bytes | str, name: str = "rows.csv", **mapping: str) -> int:
        body = body.encode() if isinstance(body, str) else body
        parts, number = upload.Parts(), 0
        with self.engine.begin() as conn:
            audit_id = upload.open_audit(conn, self.account_id, name, self.now, mapping=mapping)
            for full in parts.add(body):
                upload.put_part(conn, audit_id, number, full)
                number += 1
            upload.finish(conn, audit_id, number, parts)
        return audit_id

    def audit(self, audit_id: int) -> AuditView:
        with self.engine.begin() as conn:
            return find.audit(conn, self.account_id, audit_id)

    def audited(self, body: bytes | str, **mapping: str) -> AuditView:
        audit_id = self.put(body, **mapping)
        carry.carry_on(self.bench, audit_id)
        return self.audit(audit_id)

    def result(self, audit_id: int, form: str = "csv") -> bytes:
        seen = self.audit(audit_id)
        writer = result.Writer(seen, lambda reason: f"中文 {reason.code}", form)
        told = writer.begin()
        with db.snapshot(self.engine) as conn:
            for page in pages.every(conn, audit_id):
                told += writer.piece(pages.page(conn, seen, page))
        return told + writer.end()

    def rows(self, audit_id: int, **asked: Any) -> Any:
        with self.engine.begin() as conn:
            return find.rows(conn, self.account_id, audit_id, **asked)[0]


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.close()


@pytest.fixture
def desk(database_url: str, reader: Reader) -> Iterator[Desk]:
    engine = db.connect(database_url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    with engine.begin() as conn:
        account_id = accounts.open_account(conn, "Desk", Role.READER, NOW)
    yield Desk(engine, reader, account_id)
    engine.dispose()


def count(desk: Desk, table: str) -> int:
    with desk.engine.begin() as conn:
        return int(conn.execute(sa.text(f"select count(*) from {table}")).scalar_one())
