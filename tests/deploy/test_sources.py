"""Which sources sync in embedded mode, and from where."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.embedded.asked import Asked, read
from deploy.embedded.sources import local_sources, settings_text, switched_off
from services.kit import List, Request, Source
from services.settings import parse
from tests.deploy.test_publisher import DATA, PAGE, a_list, a_source

REAL = a_source(PAGE, DATA)
MADE = replace(
    a_source(List(name="list", request=Request(url="https://m.example/made-register/list?page=1"))),
    key="made_register",
    made=True,
)
SHIPPED = replace(
    a_source(List(name="all", request=Request(url="package:services.reference/x.csv"))),
    key="reference",
)


def asked(**env: str) -> Asked:
    return read({f"LABDIR_{name}": value for name, value in env.items()}, 1, None, empty=False)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    (tmp_path / "xx_made").mkdir()
    (tmp_path / "xx_made" / "page_20191209.md").write_bytes(b"page")
    (tmp_path / "xx_made" / 'data_2019-08-05 "half".yml').write_bytes(b"data")
    return tmp_path


def settings_of(sources: list[Source], given: Asked) -> dict[str, tuple[bool | None, object]]:
    """As services reads them: by key whether it is enabled, and its addresses."""
    text = settings_text(
        local_sources(sources, given), "http://127.0.0.1:8800", "http://127.0.0.1:8000"
    )
    read_back = parse(text)
    assert read_back.fetch.private_hosts == ("127.0.0.1:8800",)
    return {key: (one.enabled, one.address) for key, one in read_back.sources.items()}


def test_without_recorded_files_only_what_ships_with_the_product_syncs() -> None:
    assert settings_of([REAL, MADE, SHIPPED], asked()) == {
        "xx_made": (False, {}),
        "made_register": (None, {"list": "http://127.0.0.1:8800/made-register/list?page=1"}),
    }
    assert switched_off([REAL, MADE, SHIPPED], asked()) == ["xx_made"]


def test_with_recorded_files_real_sources_sync_from_the_local_publisher(published: Path) -> None:
    given = asked(PUBLISHED_FILES=str(published))
    assert settings_of([REAL, SHIPPED], given) == {
        "xx_made": (
            None,
            {
                "page": "http://127.0.0.1:8800/xx_made/page/page_20191209.md",
                "data": "http://127.0.0.1:8800/xx_made/data/data_2019-08-05%20%22half%22.yml",
            },
        )
    }
    assert switched_off([REAL], given) == []


def test_live_leaves_real_sources_to_their_publishers_and_serves_the_made_one() -> None:
    found = settings_of([REAL, MADE, SHIPPED], asked(SOURCES="live"))
    assert list(found) == ["made_register"]


def test_empty_switches_every_recorded_source_off() -> None:
    given = read({}, 1, None, empty=True)
    found = settings_of([REAL, MADE, SHIPPED], given)
    assert found == {"xx_made": (False, {}), "made_register": (False, {})}


def test_a_source_that_is_off_by_its_own_word_is_not_switched_on(published: Path) -> None:
    given = asked(PUBLISHED_FILES=str(published))
    off = replace(REAL, enabled=False)
    assert settings_of([off], given)["xx_made"][0] is None
    assert switched_off([replace(off, lists=(a_list("other", "other_*"),))], given) == []
