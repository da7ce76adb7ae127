"""Which addresses may be asked."""

import socket

import httpx
import pytest

from services.errors import FetchError
from services.sync import guard
from services.sync.guard import AddressError, allowed, host_of, public, resolve

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carrier's own (RFC 6598)
    "169.254.1.1",
    "169.254.169.254",  # a cloud's metadata
    "192.0.0.192",  # another cloud's metadata
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::1",
]
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_and_says_how_to_mean_it(address: str) -> None:
    assert not public(address)
    with pytest.raises(AddressError, match=r"is at the private address .*fetch\.private_hosts"):
        resolve(address, 80, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to_as_it_is(address: str) -> None:
    assert public(address)
    if ":" not in address:
        assert resolve(address, 443, ()) == address


@pytest.mark.parametrize("written", ["2130706433", "0x7f000001", "127.1", "017700000001"])
def test_other_ways_to_write_loopback_are_loopback(written: str) -> None:
    with pytest.raises(AddressError):
        resolve(written, 80, ())


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    with pytest.raises(AddressError, match="localhost is at the private address"):
        resolve("localhost", 80, ())


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No name of that kind can be relied upon in a test: what the resolver says is given."""

    def both(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("1.1.1.1", port)), (*stream, ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(AddressError, match=r"both\.example is at the private address 10\.0\.0\.1"):
        resolve("both.example", 443, ())


def test_a_host_that_is_private_on_purpose_is_allowed_with_or_without_its_port() -> None:
    assert resolve("127.0.0.1", 8800, ["127.0.0.1:8800"]) == "127.0.0.1"
    assert resolve("127.0.0.1", 9, ["127.0.0.1"]) == "127.0.0.1"
    with pytest.raises(AddressError):
        resolve("127.0.0.1", 8801, ["127.0.0.1:8800"])
    assert not allowed("127.0.0.2", 80, ["127.0.0.1"])
    assert not allowed("evil127.0.0.1", 80, ["127.0.0.1"])


def test_a_name_that_does_not_exist_is_named() -> None:
    with pytest.raises(FetchError, match=r"The name nowhere\.invalid cannot be resolved"):
        resolve("nowhere.invalid", 80, ())


@pytest.mark.parametrize("url", ["ftp://1.1.1.1/list", "file:///etc/passwd"])
def test_only_http_is_spoken(url: str) -> None:
    with guard.GuardedTransport(()) as transport, pytest.raises(AddressError, match="neither http"):
        transport.handle_request(httpx.Request("GET", url))


def test_the_connection_itself_is_guarded() -> None:
    with (
        httpx.Client(transport=guard.GuardedTransport(()), trust_env=False) as client,
        pytest.raises(AddressError),
    ):
        client.get("http://127.0.0.1:1/")


def test_host_and_port_of_an_address() -> None:
    assert host_of("https://User:x@List.Example:8443/a?b") == "list.example:8443"
    assert host_of("http://list.example/") == "list.example"
