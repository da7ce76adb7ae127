"""`labdir bench data`: what it leaves is what the road leaves, and follows from its seed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from deploy.cli import main
from deploy.made_data.sizes import END, SIZES
from services import db
from services.verdict.answer import answer
from services.verdict.views import Asked

TINY = SIZES["tiny"]
KNOWN = datetime.fromisoformat("2026-06-01T12:00:00+00:00")


def fill(url: str, folder: Path, seed: int) -> Result:
    env = {"LABDIR_DATABASE_URL": url, "LABDIR_DATA": str(folder)}
    words = ["bench", "data", "--size", "tiny", "--seed", str(seed)]
    return CliRunner(env=env).invoke(main, words)


@pytest.fixture(scope="module")
def url(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    address = make_database()
    done = fill(address, tmp_path_factory.mktemp("data"), 7)
    assert done.exit_code == 0, done.output
    return address


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    yield engine
    engine.dispose()


def one(engine: Engine, query: str) -> int:
    with engine.connect() as conn:
        return int(conn.execute(sa.text(query)).scalar_one())


def test_every_fact_is_as_the_log_names_it(url: str, tmp_path: Path) -> None:
    env = {"LABDIR_DATABASE_URL": url, "LABDIR_DATA": str(tmp_path)}
    done = CliRunner(env=env).invoke(main, ["log", "verify"])
    assert done.exit_code == 0, done.output
    assert "The log holds" in done.output


def test_it_is_as_large_as_its_size_says(engine: Engine) -> None:
    assert one(engine, "select count(*) from body") == pytest.approx(TINY.bodies, rel=0.1)
    held = one(engine, "select count(*) from accreditation")
    assert held == pytest.approx(TINY.accreditations, rel=0.1)
    lines = one(engine, "select count(*) from scope_line")
    assert lines == pytest.approx(TINY.lines, rel=0.1)
    replaced = one(engine, "select count(*) from scope_line where not upper_inf(known)")
    events = one(engine, "select count(*) from status_event")
    assert 2 * replaced + events == pytest.approx(TINY.events, rel=0.25)
    # one document a body, and only current ones
    documents = one(engine, "select count(*) from document where to_position is null")
    assert documents == one(engine, "select count(*) from body")


def test_a_few_are_giants_and_most_are_small(engine: Engine) -> None:
    with engine.connect() as conn:
        counts = conn.execute(
            sa.text("select count(*) from scope_line group by record_id order by 1 desc")
        ).scalars()
        lines = list(counts)
    tenth = sum(lines[: len(lines) // 10])
    assert tenth > 0.3 * sum(lines)
    assert lines[len(lines) // 2] < sum(lines) / len(lines)


def test_a_verdict_follows_its_history(engine: Engine) -> None:
    """A suspension that was made is found on its first day, and not the day before."""
    with engine.connect() as conn:
        event = conn.execute(
            sa.text(
                'select a.issuer, a.number, e."on" from status_event e'
                " join accreditation_link l using (record_id)"
                " join accreditation a on a.id = l.accreditation_id"
                " where e.kind = 'suspended' and not exists (select from status_event o"
                "   where o.record_id = e.record_id and o.kind <> 'suspended') limit 1"
            )
        ).one()
        asked = Asked(number=f"{event.issuer} {event.number}", on=event.on)
        said, _ = answer(conn, asked, known_at=KNOWN, today=END)
    assert said.judged.verdict == "SUSPENDED"


def test_the_same_seed_makes_the_same(
    url: str, engine: Engine, make_database: Callable[[], str], tmp_path: Path
) -> None:
    roots = "select encode(sha256(string_agg(root, '' order by position)), 'hex') from log_leaf"
    with engine.connect() as conn:
        first = conn.execute(sa.text(roots)).scalar_one()
    for seed, same in ((7, True), (8, False)):
        other = make_database()
        assert fill(other, tmp_path, seed).exit_code == 0
        again = db.connect(other)
        with again.connect() as conn:
            assert (conn.execute(sa.text(roots)).scalar_one() == first) is same
        again.dispose()


def test_a_directory_that_holds_bodies_is_left_alone(
    url: str, engine: Engine, tmp_path: Path
) -> None:
    before = one(engine, "select count(*) from scope_line")
    done = fill(url, tmp_path, 9)
    assert done.exit_code == 1
    assert "holds bodies" in done.output
    assert one(engine, "select count(*) from scope_line") == before
