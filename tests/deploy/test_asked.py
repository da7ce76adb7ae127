"""What `labdir up` is asked for is checked before anything starts."""

import socket
from pathlib import Path

import pytest

from deploy.embedded.asked import free_port, read
from services.errors import SettingsError


def test_options_come_before_the_environment_and_that_before_the_defaults(tmp_path: Path) -> None:
    plain = read({}, None, None, empty=False)
    assert (plain.port, plain.data, plain.live, plain.published) == (
        8000,
        Path(".labdir"),
        False,
        None,
    )
    env = {"LABDIR_PORT": "8100", "LABDIR_DATA": "/a", "LABDIR_SOURCES": "live"}
    from_env = read(env, None, None, empty=False)
    assert (from_env.port, from_env.data, from_env.live) == (8100, Path("/a"), True)
    from_options = read(env, 8200, tmp_path, empty=True)
    assert (from_options.port, from_options.data, from_options.empty) == (8200, tmp_path, True)


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"LABDIR_PORT": "eighty"}, "LABDIR_PORT=eighty"),
        ({"LABDIR_PORT": "-1"}, "LABDIR_PORT=-1"),
        ({"LABDIR_PORT": "65536"}, "LABDIR_PORT=65536"),
        ({"LABDIR_SOURCES": "lively"}, "LABDIR_SOURCES=lively"),
        ({"LABDIR_PUBLISHED_FILES": "/nowhere/at/all"}, "LABDIR_PUBLISHED_FILES=/nowhere/at/all"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_the_remedy(
    env: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        read(env, None, None, empty=False)
    assert caught.value.remedy


def test_a_taken_port_is_said_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port} cannot be had") as caught:
            free_port(port)
        assert "LABDIR_PORT" in caught.value.remedy
    assert free_port(port, patience=5) == port
    assert free_port(0) > 0
