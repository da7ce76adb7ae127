"""What the compose installation is set with, as far as no engine is needed to see it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.embedded.asked import Asked
from deploy.embedded.sources import local_sources, settings_text
from services.settings import SourceSettings, parse
from services.sync.catalogue import discover

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose"
PUBLISHER = "http://publisher:8800"


def settings(name: str) -> dict[str, SourceSettings]:
    return dict(parse((COMPOSE / name).read_text("utf-8")).sources)


def test_the_made_registers_are_set_as_labdir_up_sets_them(tmp_path: Path) -> None:
    asked = Asked(
        port=1, data=tmp_path, published=None, live=False, empty=False,
        database_url="", redis_url="",
    )  # fmt: skip
    written = settings_text(local_sources(discover().values(), asked), PUBLISHER, "")
    assert settings("settings.made.toml") == parse(written).sources
    assert parse((COMPOSE / "settings.made.toml").read_text()).fetch.private_hosts == (
        PUBLISHER.removeprefix("http://"),
    )


def test_no_made_register_is_in_a_real_directory() -> None:
    off = {key for key, one in settings("settings.toml").items() if one.enabled is False}
    assert off == {source.key for source in discover().values() if source.made}


@pytest.mark.parametrize("name", ["settings.toml", "settings.made.toml"])
def test_web_believes_the_proxy_which_alone_is_reached_from_outside(name: str) -> None:
    assert parse((COMPOSE / name).read_text()).web.proxies
    stack: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    open_to_all = {
        key
        for key, one in stack["services"].items()
        if any(not str(port).startswith("127.0.0.1:") for port in one.get("ports", ()))
    }
    assert open_to_all == {"proxy"}


def test_every_service_is_bounded_in_what_it_logs() -> None:
    stack = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    for key, one in stack["services"].items():
        assert one["logging"]["options"]["max-size"], key
