"""Retention drops bytes that published nothing; evidence stays, and dossiers open as before."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from deploy.cli import main
from services import db
from services.evidence import dossier
from services.evidence.dossier_bytes import kept_bytes, with_bytes
from services.evidence.verify import verify
from services.settings import KeepSettings
from services.sync.forget import Forgotten, forget, would_forget
from services.terms import RunState
from tests.services.store.build import World, at, lab, on, suspension

NOW = at("2026-12-01")
ALL = KeepSettings(refused="30d", unchanged="30d")
K = at("2026-06-01")


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    """Runs 1 to 6: published, unchanged, refused, published, unchanged (the newest good one),
    refused since."""
    with engine.connect() as conn:
        one = World(conn)
        one.source(
            "register", authoritative_for=("CNAS",), bytes_public=True, lists=("main", "lookup")
        )
        one.look("register", at("2026-05-01"), [lab()])
        one.look("register", at("2026-05-02"), [lab()])
        one.fails("register", at("2026-05-03"), RunState.REFUSED)
        changed = [lab(events=[suspension("2026-05-04")])]
        one.look("register", at("2026-05-05"), changed)
        one.look("register", at("2026-05-06"), changed)
        one.fails("register", at("2026-05-07"), RunState.REFUSED)
        conn.commit()
        yield one


def kept(world: World) -> list[int]:
    query = sa.text("select run_id from run_payload join payload using (sha256) order by run_id")
    return list(world.conn.execute(query).scalars())


def test_by_default_everything_is_kept(world: World, engine: Engine) -> None:
    assert forget(engine, KeepSettings(), NOW) == []
    assert kept(world) == [1, 2, 3, 4, 5, 6]


def test_what_published_nothing_goes_and_what_may_still_be_needed_stays(
    world: World, engine: Engine
) -> None:
    before = world.conn.execute(sa.text("select sum(size) from payload")).scalar_one()
    with engine.begin() as conn:
        would = would_forget(conn, ALL, NOW)
    assert kept(world) == [1, 2, 3, 4, 5, 6], "a dry run drops nothing"
    (gone,) = forget(engine, ALL, NOW)
    assert [gone] == would
    # 5: the newest good bytes; 6: it could still be accepted, nothing newer was published
    assert kept(world) == [1, 4, 5, 6]
    after = world.conn.execute(sa.text("select sum(size) from payload")).scalar_one()
    assert (gone.source, gone.runs, gone.payloads) == ("register", 2, 2)
    assert gone.size == before - after
    assert forget(engine, ALL, NOW) == []
    hashes = "select count(*) from run where id in (2, 3) and state in ('unchanged', 'refused')"
    assert world.conn.execute(sa.text(hashes)).scalar_one() == 2, "the runs themselves stay"


def test_it_waits_for_the_age_and_each_kind_has_its_own(world: World, engine: Engine) -> None:
    young = at("2026-05-03") + timedelta(days=29)
    assert forget(engine, KeepSettings(refused="30d"), young) == []
    forget(engine, KeepSettings(refused="30d"), NOW)
    assert kept(world) == [1, 2, 4, 5, 6]
    forget(engine, KeepSettings(unchanged="30d"), NOW)
    assert kept(world) == [1, 4, 5, 6]


def test_the_audit_trail_tells_what_went_and_by_which_policy(world: World, engine: Engine) -> None:
    forget(engine, ALL, NOW)
    row = world.conn.execute(
        sa.text(
            "select a.name, a.closed_at, t.* from audit_trail t"
            " join account a on a.id = t.account_id"
        )
    ).one()
    assert (row.name, row.action, row.object) == ("retention", "bytes_forgotten", "source register")
    assert row.closed_at is not None, "nobody signs in as it"
    assert row.because == "[keep] refused 30d, unchanged 30d"
    assert row.before == {"runs": [2, 3]}
    assert row.after["payloads"] == 2


def test_evidence_and_dossiers_open_as_before_and_the_log_holds(
    world: World, engine: Engine
) -> None:
    made = dossier.freeze(world.conn, "b1", on=on("2026-05-20"), known_at=K, now=K)
    world.conn.commit()
    before = with_bytes(made, kept_bytes(world.conn, made))
    forget(engine, ALL, NOW)
    assert with_bytes(made, kept_bytes(world.conn, made)) == before
    again = dossier.freeze(world.conn, "b1", on=on("2026-05-20"), known_at=K, now=K)
    assert again.document == made.document
    world.conn.rollback()
    with db.snapshot(engine) as conn:
        assert [str(one) for one in verify(conn, lambda *_: None)] == []


@pytest.mark.parametrize(
    "naming",
    [
        "insert into record (list_id, key, kin, label, place, run_id) values (1,'x','','','',2)",
        (
            "insert into run (list_id, state, asked_by, asked_at, rereads_run_id)"
            " values (1, 'refused', 'x', now(), 2)"
        ),
        "update run set uploaded_by = 'x', uploaded_at = now() where id = 2",
        "update source_list set good_run_id = 2",
        (  # no foreign key of the database's own
            "insert into scope_line (record_id, run_id, key, hash, valid, known, accreditation,"
            " unit, limitation, flexible) values (1, 2, 'x', '', '[,)', '[,)', '', '', '', false)"
        ),
    ],
)
def test_whatever_names_a_run_keeps_its_bytes(world: World, engine: Engine, naming: str) -> None:
    world.conn.execute(sa.text(naming))
    world.conn.commit()
    forget(engine, KeepSettings(unchanged="30d"), NOW)
    assert 2 in kept(world)


def test_bytes_that_another_run_fetched_as_well_stay_for_it(world: World, engine: Engine) -> None:
    world.conn.execute(
        sa.text(
            "update run_payload set sha256 = (select sha256 from run_payload where run_id = 1)"
            " where run_id = 2"
        )
    )
    world.conn.commit()
    with engine.begin() as conn:
        would = would_forget(conn, ALL, NOW)
    assert forget(engine, ALL, NOW) == would == [Forgotten("register", 2, 1, would[0].size)]
    assert kept(world) == [1, 4, 5, 6]


def test_the_command_says_what_would_go_and_lets_it_go(
    world: World, database_url: str, tmp_path: Path
) -> None:
    runner = CliRunner(env={"LABDIR_DATABASE_URL": database_url})
    assert "names no age" in runner.invoke(main, ["forget"]).output
    file = tmp_path / "labdir.toml"
    file.write_text('[keep]\nrefused = "30d"\nunchanged = "30d"\n')
    asked = {"LABDIR_SETTINGS": str(file)}
    dry = runner.invoke(main, ["forget", "--dry-run"], env=asked)
    assert re.fullmatch(r"register: 2 payloads of 2 runs, \d+ bytes, would go\n", dry.output)
    assert kept(world) == [1, 2, 3, 4, 5, 6]
    assert runner.invoke(main, ["forget"], env=asked).output.endswith("bytes, gone\n")
    assert kept(world) == [1, 4, 5, 6]
    file.write_text('[keep]\nrefused = "soon"\n')
    wrong = runner.invoke(main, ["forget"], env=asked)
    assert wrong.exit_code == 2
    assert 'keep.refused: "soon" is no duration' in wrong.output
