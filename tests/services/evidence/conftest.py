"""One published directory a module; what a test writes into it, or doctors, is rolled back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection, Engine

from services import db
from services.evidence.keys import Signer, new_key, signer
from tests.services.store.build import World, at, lab, line, suspension


def fill(world: World) -> None:
    """Three publishes: two bodies with scope; one is suspended, its name corrected and a line gone;
    the other off the list."""
    world.source("register", authoritative_for=("CNAS",))
    lines = [
        line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries", limitation="cells"),
        line("2", "充电器", "GB 4943.1-2022", object_also="chargers"),
    ]
    steel = lab("L90500", name="Quayside Metal Laboratory", name_zh="", country="SG")
    world.look("register", at("2026-05-01"), [lab(lines=lines), steel])
    later = lab(name="Harbour Batteries Testing Co., Ltd.", events=[suspension("2026-05-20")],
                lines=lines[:1])  # fmt: skip
    world.look("register", at("2026-05-21"), [later, steel])
    world.look("register", at("2026-05-28"), [later])


@pytest.fixture(scope="module")
def filled(make_database: Callable[[], str]) -> Iterator[Engine]:
    engine = db.connect(make_database())
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def conn(filled: Engine) -> Iterator[Connection]:
    with filled.connect() as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def signs(conn: Connection, folder: Path) -> Signer:
    new_key(conn, folder, at("2026-01-01"))
    return signer(conn, folder)
