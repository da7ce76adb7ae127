"""Settings say what they mean or name the key that is wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import SettingsError
from services.settings import Settings, duration, load, parse
from services.sync.catalogue import declared, every_source


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


@pytest.mark.parametrize("word", ["fast", "0/m", "10", "10/w", "-1/s", "1.5/s", ""])
@pytest.mark.parametrize("key", ["address", "key", "refused"])
def test_a_limit_that_is_no_rate_is_named_with_the_remedy(key: str, word: str) -> None:
    with pytest.raises(SettingsError, match=f'^settings: limits.{key}: "{word}" is no rate; write'):
        parse(f'[limits]\n{key} = "{word}"')
    assert getattr(parse(f'[limits]\n{key} = "none"').limits, key) == "none"


@pytest.mark.parametrize("word", ["*", "proxy", "10.0.0.1/8", "300.1.1.1"])
def test_a_proxy_is_an_address_or_a_network_and_never_everybody(word: str) -> None:
    with pytest.raises(SettingsError, match=r"^settings: web\.proxies: "):
        parse(f'[web]\nproxies = ["{word}"]')
    assert parse('[web]\nproxies = ["10.0.0.0/8", "::1"]').web.proxies == ("10.0.0.0/8", "::1")


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


TABLE = """
[sources.xx_list.table]
title = "List"
publisher = "Office"
home = "https://office.example/"
licence = "free"
tier = 3
format = "csv"
address = "https://office.example/list.csv"
key = ["No"]
names = [{ text = "Name" }]
every = "12h"
[[sources.xx_list.table.accreditations]]
issuer = { value = "XAO" }
number = "No"
expires = { column = "Until", dates = ["%d/%m/%Y"] }
listed = { column = "Status", words = { "Valid" = "active" } }
"""


def test_a_declared_table_becomes_a_source_of_one_list() -> None:
    settings = parse(TABLE)
    one = every_source(settings)["xx_list"]
    assert (one.tier, one.every, one.title_zh) == (3, timedelta(hours=12), "List")
    assert [each.request.url for each in one.lists] == ["https://office.example/list.csv"]
    assert one.expect.columns == ("No", "Name", "Until", "Status")
    other = every_source(parse(TABLE.replace("%d/%m", "%m/%d")))["xx_list"]
    assert other.parser_version != one.parser_version
    assert declared(Settings()) == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("key =", "keys =", 'unknown key "sources.xx_list.table.keys"; known here: about'),
        ("text =", "txt =", 'unknown key "sources.xx_list.table.names[0].txt"; known'),
        ("column = \"Until\"", "colunm = \"Until\"",
         'unknown key "sources.xx_list.table.accreditations[0].expires.colunm"; known'),
        ('"Valid" = "active"', '"Valid" = "actve"',
         'sources.xx_list.table: accreditations[0].listed.words."Valid": "actve" is none of act'),
        ('"%d/%m/%Y"', '"%d/%m"', 'accreditations[0].expires.dates: "%d/%m" is no form of a day'),
        ('"%d/%m/%Y"', '""', 'accreditations[0].expires.dates is empty'),
        ('publisher = "Office"', 'publisher = ""', "table: publisher is empty: fill it in."),
        ('publisher = "Office"', "", "missing required field `publisher`"),
        ('"XAO"', '""', "accreditations[0].issuer is empty: name a column, or a value"),
        ('"csv"', '"doc"', 'format: "doc" is none of csv'),
        ("tier = 3", "tier = 9", "Invalid enum value 9 - at `sources.xx_list.table.tier`"),
        ('"12h"', '"daily"', 'sources.xx_list.table.every: "daily" is no duration'),
        ('text = "Name"', 'text = "Contact e-mail"', "names a person or how to reach one"),
        ('text = "Name"', 'text = { column = "A", value = "B" }', "takes one of column"),
        ("xx_list", "xx-list", "a source's key is of small letters"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_declared_table_is_named_with_its_key(
    old: str, new: str, said: str
) -> None:
    with pytest.raises(SettingsError) as fault:
        parse(TABLE.replace(old, new), origin="labdir.toml")
    assert str(fault.value).startswith("labdir.toml: ")
    assert said in str(fault.value)


def test_a_declared_table_may_not_take_the_key_of_a_source_file() -> None:
    with pytest.raises(
        SettingsError, match=r'"sources\.sg_sac\.table" declares a source that has a'
    ):
        every_source(parse(TABLE.replace("xx_list", "sg_sac")))


def test_the_declared_table_of_the_documentation_is_read() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    (example,) = [part for part in text.split("```toml\n")[1:] if ".table]" in part]
    one = every_source(parse(example.partition("```")[0]))["xx_register"]
    assert one.authoritative_for == {"XAO"}
    assert "Credit code" in one.expect.columns


def test_the_environment_names_the_folder_of_keys_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "labdir.toml"
    file.write_text('[proof]\nkeys = "/a"\norigin = "https://directory.example"\n')
    given = {"LABDIR_SETTINGS": str(file)}
    assert load(given).proof.keys == "/a"
    proof = load(given | {"LABDIR_KEYS": "/b"}).proof
    assert (proof.keys, proof.origin) == ("/b", "https://directory.example")
    assert load({}).proof.keys == ""
