"""Settings say what they mean or name the key that is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import SettingsError
from services.settings import Settings, duration, load, parse


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("colour = 1", "colour"),
        ("[fetch]\nagent = 'x'", "fetch.agent"),
        ('[road]\nleash = "1s"', "road.leash"),
        ("[verify]\nevery = '1d'", "verify.every"),
        ("[road]\nleese = '60s'", "road.leese"),
        ("[sources.sg_sac]\nevry = '6h'", "sources.sg_sac.evry"),
        ("[source.sg_sac]\nevery = '6h'", "source"),
    ],
)
def test_an_unknown_key_is_named_with_its_path_file_and_the_known_ones(
    text: str, path: str
) -> None:
    with pytest.raises(SettingsError) as fault:
        parse(text, origin="labdir.toml")
    assert str(fault.value).startswith(f'labdir.toml: unknown key "{path}"; known here: ')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[fetch]\ntimeout_s = 'long'", r"timeout_s"),
        ("[fetch]\nprivate_hosts = 'x'", r"private_hosts"),
        ("fetch = 1", r"fetch"),
        ("sources = 1", r"sources"),
        ("[sources]\nsg_sac = 1", r"sources"),
        ("[sources.sg_sac.address]\nlist = 1", r"address"),
        ("[fetch", r"not valid TOML"),
    ],
)
def test_a_value_of_the_wrong_form_is_named(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"^labdir.toml: .*{said}"):
        parse(text, origin="labdir.toml")


@pytest.mark.parametrize(
    "key", ["verify.tick", "verify.again_after", "road.tick", "road.lease", "road.retry_after"]
)
@pytest.mark.parametrize("word", ["soon", "1w", "0s", "-1h", "1.5h", "99999999999999d"])
def test_a_duration_that_is_none_is_named_by_its_key(key: str, word: str) -> None:
    section, name = key.split(".")
    with pytest.raises(SettingsError, match=rf'^settings: {key}: "{word}" is'):
        parse(f'[{section}]\n{name} = "{word}"')


def test_a_sources_interval_and_rate_are_checked() -> None:
    with pytest.raises(SettingsError, match=r'sources\.a\.every: "daily" is no duration'):
        parse('[sources.a]\nevery = "daily"')
    with pytest.raises(SettingsError, match=r"sources\.a\.rate must be above 0"):
        parse("[sources.a]\nrate = 0")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21600), (" 7d ", 604800)]
)
def test_durations_are_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


def test_the_example_of_the_documentation_is_read() -> None:
    one = parse(
        """
        [fetch]
        user_agent = "Labdir/0.1 (+https://directory.example/about)"
        private_hosts = ["127.0.0.1:8800"]

        [sources.sg_sac]
        enabled = true
        every = "6h"
        rate = 0.2
        address.page = "https://list.example/"
        """
    )
    assert one.fetch.private_hosts == ("127.0.0.1:8800",)
    assert one.sources["sg_sac"].address == {"page": "https://list.example/"}
    assert (one.sources["sg_sac"].enabled, one.sources["sg_sac"].rate) == (True, 0.2)


def test_nothing_given_means_the_defaults_with_no_private_host() -> None:
    assert parse("") == Settings() == load({})
    assert Settings().fetch.private_hosts == ()


def test_the_environment_speaks_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "labdir.toml"
    file.write_text('database_url = "postgresql://file"\nredis_url = "redis://file"\n')
    env = {"LABDIR_SETTINGS": str(file), "LABDIR_DATABASE_URL": "postgresql://env"}
    one = load(env)
    assert (one.database_url, one.redis_url) == ("postgresql://env", "redis://file")
    assert load(env | {"LABDIR_DATABASE_URL": ""}).database_url == "postgresql://file"


def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"LABDIR_SETTINGS names .*none\.toml, which is no file"
    ):
        load({"LABDIR_SETTINGS": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError, match="which is no file"):
        load({"LABDIR_SETTINGS": str(tmp_path)})
    file = tmp_path / "labdir.toml"
    file.write_bytes("# é".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"labdir\.toml: not readable"):
        load({"LABDIR_SETTINGS": str(file)})
