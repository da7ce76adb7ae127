"""The sources there are: found, told to the database, switched by settings."""

import sys
import types
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.errors import NotFound, SettingsError
from services.kit import List, Request, Source
from services.settings import Settings, SourceSettings
from services.sync import catalogue
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

ROW = {"key": "1", "name": "Heron", "number": "T-1"}


def settings(**given: Any) -> Settings:
    return Settings(sources={"toy": SourceSettings(**given)})


def lists(traveller: Traveller) -> dict[str, tuple[bool, Any]]:
    rows = traveller.rows("select source_key, name, enabled, next_due_at from source_list")
    return {f"{row.source_key}/{row.name}": (row.enabled, row.next_due_at) for row in rows}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """An empty package of sources."""
    made = types.ModuleType("some_sources")
    made.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, "some_sources", made)
    for name in ("one", "two", "stray"):
        monkeypatch.delitem(sys.modules, f"some_sources.{name}", raising=False)
    return made


FILE = "from tests.services.sync import toy\nSOURCE = toy.source({key!r})\n"


def write(package: types.ModuleType, **files: str) -> None:
    for name, text in files.items():
        (Path(package.__path__[0]) / f"{name}.py").write_text(text)


def test_every_file_of_the_package_is_a_source(package: types.ModuleType) -> None:
    write(package, one=FILE.format(key="heron"), two=FILE.format(key="tern"))
    assert sorted(catalogue.discover(package)) == ["heron", "tern"]


def test_two_files_cannot_claim_one_key(package: types.ModuleType) -> None:
    write(package, one=FILE.format(key="heron"), two=FILE.format(key="heron"))
    with pytest.raises(SettingsError, match='Two source files claim the key "heron"'):
        catalogue.discover(package)


def test_a_file_without_a_source_is_named(package: types.ModuleType) -> None:
    write(package, stray="x = 1\n")
    with pytest.raises(SettingsError, match=r"stray\.py has no SOURCE"):
        catalogue.discover(package)


def test_a_file_that_cannot_be_loaded_is_named_with_its_fault(package: types.ModuleType) -> None:
    write(package, torn="import no_such_module_anywhere\n")
    with pytest.raises(SettingsError, match=r"torn\.py cannot be loaded: ModuleNotFoundError: No"):
        catalogue.discover(package)


def test_the_sources_that_ship_are_found_and_complete() -> None:
    found = catalogue.discover()
    assert {"sg_sac", "accreditation_bodies"} <= set(found)
    for source in found.values():
        assert source.lists
        assert source.title_zh
        assert source.licence


def test_a_file_anywhere_is_a_source_to_try(tmp_path: Path) -> None:
    file = tmp_path / "my_source.py"
    file.write_text(FILE.format(key="mine"))
    assert catalogue.load_file(file).key == "mine"
    assert catalogue.named({}, str(file)).key == "mine"


def test_a_file_that_is_no_source_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.py is no Python file"):
        catalogue.load_file(tmp_path / "none.py")
    (tmp_path / "empty.py").write_text("SOURCE = 1\n")
    with pytest.raises(NotFound, match=r"empty\.py has no SOURCE\. A source file defines SOURCE"):
        catalogue.load_file(tmp_path / "empty.py")


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(NotFound, match=r'no source "x"\. Known: toy'):
        catalogue.named({"toy": toy.source()}, "x")
    assert catalogue.named({"toy": toy.source()}, "toy").key == "toy"


def test_settings_speak_before_the_source() -> None:
    source, plain = toy.with_lookup("https://toy.example/l"), Settings()
    assert catalogue.interval(source, plain) == timedelta(days=1)
    assert catalogue.interval(source, settings(every="6h")) == timedelta(hours=6)
    assert catalogue.rate(source, settings(rate=0.5)) == 0.5
    assert catalogue.address(source, "list", plain) == "https://toy.example/list.json"
    assert catalogue.address(source, "lookup", plain) == "https://toy.example/l"
    other = settings(address={"list": "http://x/", "lookup": "http://y"})
    assert catalogue.address(source, "list", other) == "http://x/"
    assert catalogue.address(source, "lookup", other) == "http://y"
    assert catalogue.enabled(source, plain)
    assert not catalogue.enabled(source, settings(enabled=False))
    off = toy.source(enabled=False)
    assert not catalogue.enabled(off, plain)
    assert catalogue.enabled(off, settings(enabled=True))


def test_a_source_without_an_address_of_its_publisher_waits_for_one_in_the_settings() -> None:
    source = toy.source(recorded_only=True)
    assert not catalogue.enabled(source, Settings())
    assert not catalogue.enabled(source, settings(every="6h"))
    assert catalogue.enabled(source, settings(address={"list": "http://x/"}))
    assert not catalogue.enabled(source, settings(address={"list": "http://x/"}, enabled=False))
    assert not catalogue.enabled(
        toy.source(recorded_only=True, enabled=False), settings(address={"list": "http://x/"})
    )


def test_a_list_without_an_address_is_never_due_beside_one_that_has_one(
    traveller: Traveller,
) -> None:
    lists = (List("here", Request(url="https://x.example/here.csv")), List("file", Request(url="")))
    traveller.enrol(toy.source(key="files", lists=lists))
    rows = traveller.rows(
        "select name, enabled, next_due_at is null as never from source_list"
        " where source_key = 'files' order by name"
    )
    assert [tuple(row) for row in rows] == [("file", False, True), ("here", True, False)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nobody": SourceSettings()}, r'"sources\.nobody" names no source\. Known: toy'),
        (
            {"toy": SourceSettings(address={"liste": "http://x/"})},
            r'"sources\.toy\.address\.liste" names no list\. Known: list',
        ),
    ],
)
def test_settings_that_name_what_does_not_exist_are_refused(
    traveller: Traveller, given: dict[str, SourceSettings], said: str
) -> None:
    traveller.settings = Settings(sources=given)
    with pytest.raises(SettingsError, match=said):
        traveller.enrol()


def test_enrolling_again_changes_nothing(traveller: Traveller) -> None:
    before = lists(traveller), traveller.rows("select * from source")
    traveller.clock.on(days=3)
    traveller.enrol()
    assert (lists(traveller), traveller.rows("select * from source")) == before
    assert before[0] == {"toy/list": (True, toy.START)}


def test_a_look_up_is_a_list_that_is_never_due(traveller: Traveller) -> None:
    traveller.enrol(toy.with_lookup("https://toy.example/l"))
    assert lists(traveller)["toy/lookup"] == (True, None)


def test_a_disabled_source_is_never_due_and_keeps_its_data(traveller: Traveller) -> None:
    traveller.play(ROW)
    before = traveller.counts()
    traveller.settings = settings(enabled=False)
    traveller.enrol()
    assert lists(traveller) == {"toy/list": (False, None)}
    assert traveller.counts() == before
    traveller.settings = Settings()
    traveller.clock.on(days=1)
    traveller.enrol()
    assert lists(traveller) == {"toy/list": (True, traveller.clock())}, "due at once again"


def test_a_source_gone_from_the_code_is_disabled_and_keeps_its_data(traveller: Traveller) -> None:
    traveller.play(ROW)
    before = traveller.counts()
    traveller.sources = {}
    traveller.enrol(toy.source("other"))
    assert lists(traveller)["toy/list"] == (False, None)
    [row] = traveller.rows("select enabled from source where key = 'toy'")
    assert row.enabled is False
    assert traveller.counts()["name"] == before["name"]


def test_a_list_gone_from_its_source_is_disabled_and_the_others_go_on(
    traveller: Traveller,
) -> None:
    extra = List("extra", Request(url="https://toy.example/extra.json"))
    traveller.enrol(toy.source(lists=(*toy.source().lists, extra)))
    run_id = traveller.ask(name="extra")
    assert lists(traveller)["toy/extra"][0] is True
    traveller.enrol(toy.source())
    assert lists(traveller) == {"toy/extra": (False, None), "toy/list": (True, toy.START)}
    assert carry_out(traveller.road, run_id) is RunState.FAILED
    assert traveller.run(run_id).reasons == [
        'There is no source "toy" with a list "extra" in this installation.'
    ]


def test_a_source_that_this_installation_lacks_is_asked_again_tomorrow_not_at_once(
    traveller: Traveller,
) -> None:
    run_id = traveller.ask()
    traveller.sources = {}
    assert carry_out(traveller.road, run_id) is RunState.FAILED
    assert lists(traveller)["toy/list"][1] == toy.START + timedelta(days=1)


def test_what_a_page_shows_of_a_source_is_written_down(traveller: Traveller) -> None:
    one: Source = toy.with_lookup("https://toy.example/l", made=True)
    traveller.settings = settings(every="6h")
    traveller.enrol(one)
    [row] = traveller.rows("select tier, made, meta from source")
    assert (row.tier, row.made) == (1, True)
    assert row.meta["title_zh"] == "玩具名单"
    assert row.meta["every_seconds"] == 21600
    assert row.meta["lookup_issuers"] == ["TAB"]
    assert row.meta["addresses"] == {
        "list": "https://toy.example/list.json",
        "lookup": "https://toy.example/l",
    }
    assert row.meta["expect"]["list"]["max_drop"] == 0.5
