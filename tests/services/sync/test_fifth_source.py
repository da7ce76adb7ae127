"""One new file and one sample make a source: nothing else is touched."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

import services.sources
from deploy.cli import main
from services.settings import FetchSettings, Settings, SourceSettings
from services.sync import catalogue, ledger
from services.sync.run import Road, carry_out
from services.terms import RunState
from tests.services.sync.conftest import Clock
from tests.services.sync.web import Reply, serve

FILE = '''
"""A made-up register of ferry inspectors: a table of three columns."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta

from services.kit import (
    Accreditation, Draft, Expect, List, Name, Page, Profile, Reading, Request, Source,
)
from services.terms import Listed, Tier

WORDS = {"in force": Listed.ACTIVE, "on hold": Listed.SUSPENDED}


def parse(pages: Sequence[Page], _name: str) -> Reading:
    rows = csv.DictReader(io.StringIO(pages[0].body.decode(pages[0].charset or "utf-8")))
    drafts = [
        Draft(
            key=row["No"],
            where=f"line {number}",
            names=(Name(text=row["Inspector"]),),
            profile=Profile(country="NO"),
            accreditations=(
                Accreditation(
                    key="1", issuer="FERRY", number=row["No"], raw=row["State"],
                    listed=WORDS[row["State"]], expires=date.fromisoformat(row["Until"]),
                ),
            ),
        )
        for number, row in enumerate(rows, 2)
    ]
    return Reading(drafts=tuple(drafts), columns=tuple(rows.fieldnames or ()))


SOURCE = Source(
    key="fifth", title="Ferry inspectors", title_zh="渡轮检验员", publisher="Made",
    publisher_zh="虚构", home="https://ferry.example/", licence="made for tests",
    tier=Tier.AB_REGISTER, authoritative_for=frozenset({"FERRY"}), every=timedelta(days=1),
    lists=(List("register", Request(url="https://ferry.example/register.csv")),),
    parse=parse, rate=1000.0,
    expect=Expect(min_rows=2, columns=("No", "Inspector", "State", "Until")),
)
'''
SAMPLE = """No,Inspector,State,Until
F-1,Fjord Inspeksjon AS,in force,2027-01-31
F-2,Holm & Sønn,on hold,2026-09-30
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one source file and one sample, added to where sources are found."""
    (tmp_path / "fifth.py").write_text(FILE)
    (tmp_path / "sample.csv").write_text(SAMPLE)
    monkeypatch.setattr(services.sources, "__path__", [*services.sources.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop("services.sources.fifth", None)


def test_a_new_file_is_found_enrolled_fetched_and_published(folder: Path, engine: Engine) -> None:
    sources = catalogue.discover()
    assert "fifth" in sources
    clock = Clock()
    with serve() as web:
        web.pages["/register.csv"] = Reply(
            body=SAMPLE.encode(), headers={"Content-Type": "text/csv; charset=utf-8"}
        )
        settings = Settings(
            fetch=FetchSettings(private_hosts=(web.host,)),
            sources={"fifth": SourceSettings(address={"register": f"{web.base}/register.csv"})},
        )
        road = Road(engine, settings, sources, clock)
        with engine.begin() as conn:
            catalogue.enrol(conn, sources.values(), settings, clock())
            ledger.ask_due(conn, clock())
            wanted = ledger.list_id(conn, "fifth", "register")
            run_id, new = ledger.ask(conn, wanted, "test", clock())
        assert not new, "a new source is due at once"
        assert carry_out(road, run_id) is RunState.PUBLISHED
    with engine.connect() as conn:
        cards = conn.execute(sa.text("select sort_name, standing, country from document")).all()
        kept = conn.execute(sa.text("select url, publisher_url from run_payload")).one()
    assert sorted(tuple(card) for card in cards) == [
        ("fjord inspeksjon as", ["stands"], "NO"),
        ("holm & sønn", ["suspended"], "NO"),
    ]
    assert kept.url == f"{web.base}/register.csv"
    assert kept.publisher_url == "https://ferry.example/register.csv"


def test_trying_a_file_shows_what_would_be_published_and_writes_nothing(
    folder: Path, engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABDIR_DATABASE_URL", database_url)
    monkeypatch.delenv("LABDIR_SETTINGS", raising=False)
    file, sample = str(folder / "fifth.py"), str(folder / "sample.csv")
    shown = CliRunner().invoke(main, ["source", "try", file, "--file", sample])
    assert shown.exit_code == 0, shown.output
    assert "fifth, list “register”: 2 records" in shown.output
    assert "line 2: Fjord Inspeksjon AS [1 accreditations]" in shown.output
    assert "would be published" in shown.output
    whole = CliRunner().invoke(main, ["source", "try", file, "--file", sample, "--json"])
    said = json.loads(whole.output)
    assert [one["accreditations"][0]["listed"] for one in said["reading"]["drafts"]] == [
        "active",
        "suspended",
    ]
    assert said["reasons_to_refuse"] == []
    with engine.connect() as conn:
        for table in ("source", "run", "payload", "record"):
            assert conn.execute(sa.text(f"select count(*) from {table}")).scalar_one() == 0


def test_trying_a_file_over_its_address_needs_no_database(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that is not installed has no settings of its own: its file names the address."""
    with serve() as web:
        web.pages["/register.csv"] = Reply(body=SAMPLE.replace("F-2", "F-1").encode())
        (folder / "fifth.py").write_text(FILE.replace("https://ferry.example", web.base))
        settings = tmp_path / "labdir.toml"
        settings.write_text(f'[fetch]\nprivate_hosts = ["{web.host}"]\n')
        monkeypatch.setenv("LABDIR_SETTINGS", str(settings))
        monkeypatch.delenv("LABDIR_DATABASE_URL", raising=False)
        shown = CliRunner().invoke(main, ["source", "try", str(folder / "fifth.py")])
    assert shown.exit_code == 1
    assert "would be refused: 1 record keys stand twice, for example “F-1”." in shown.output
