"""Which addresses may be asked, and for how long: public ones, and private ones that the settings
name on purpose.

The check happens where the connection is made: the name is resolved once, every address found is
judged, and the connection goes to a judged address, so that neither a redirect nor a name that
resolves differently the second time gets around it. There, too, the time of a request is kept: a
server that sends a byte within each time-out, be it of its headers, would never come to an end.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from services.errors import FetchError

_SHOWN = 200  # characters


class AddressError(FetchError):
    """The address is private, or not http(s), and no setting allows it."""


def short(text: str) -> str:
    """A stranger's address or words as a reason shows them: they may be of any length."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def allowed(host: str, port: int, private_hosts: Collection[str]) -> bool:
    """Whether the settings name this host as private on purpose ("host" or "host:port")."""
    return host in private_hosts or f"{host}:{port}" in private_hosts


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address behind a translator
_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291: all that is handed out; the rest is not
_TUNNELS = (ipaddress.IPv6Network("2001::/32"), ipaddress.IPv6Network("2002::/16"))
# Python 3.11 holds 192.0.0.0/24 (RFC 6890: protocol assignments) to be public in part
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")


def public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also where an IPv4 one hides in IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return public(str(ip.ipv4_mapped))
        if ip in _NAT64:
            return public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        return ip in _UNICAST and ip.is_global and not any(ip in net for net in _TUNNELS)
    return ip.is_global and not ip.is_multicast and ip not in _ASSIGNED


def resolve(host: str, port: int, private_hosts: Collection[str]) -> str:
    """One address to connect to. Raises AddressError, or FetchError where none is found."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as fault:
        raise FetchError(f"The name {short(host)} cannot be resolved ({fault}).") from fault
    addresses = [str(entry[4][0]) for entry in found]
    if not allowed(host, port, private_hosts):
        for address in addresses:
            if not public(address):
                raise AddressError(
                    f"{host} is at the private address {address}.",
                    "If that is meant, name it in fetch.private_hosts.",
                )
    return addresses[0]


class OverdueError(FetchError):
    """The whole answer took longer than it may, however busily it came."""


@dataclass(slots=True)
class _Time:
    """Until when the request under way may last, by the monotonic clock."""

    until: float = 0.0

    def left(self, timeout: float | None) -> float:
        """The time-out of the next read or write. Raises OverdueError when the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise OverdueError("The answer trickles: not done after ten time-outs.")
        return left if timeout is None else min(left, timeout)


class _Timed(httpcore.NetworkStream):
    """A connection of which every read and write counts against the request's time."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Time) -> None:
        self._stream = stream
        self._time = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, self._time.left(timeout))
        except httpcore.ReadTimeout:
            self._time.left(timeout)  # was it the whole answer's time that ended here?
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._time.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._time.left(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._time)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects to what :func:`resolve` allows and to nothing else."""

    def __init__(self, private_hosts: Collection[str], clock: _Time) -> None:
        self._private_hosts = private_hosts
        self._time = clock
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = resolve(host, port, self._private_hosts)
        left = self._time.left(timeout)
        stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
        return _Timed(stream, self._time)

    def sleep(self, seconds: float) -> None:
        self._plain.sleep(seconds)


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport over the guarded backend; TLS still checks the name, not the address.

    ``longest``: seconds for a whole answer, its body included. One request at a time.
    """

    def __init__(self, private_hosts: Collection[str], longest: float = 300.0) -> None:
        super().__init__(trust_env=False)
        self._longest = longest
        self._time = _Time()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            network_backend=_Guarded(private_hosts, self._time),
            max_connections=10,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in {"http", "https"}:
            raise AddressError(f"{short(str(request.url))} is neither http nor https.")
        self._time.until = time.monotonic() + self._longest
        return super().handle_request(request)


def host_of(url: str) -> str:
    """ "host:port" of an address, the port only where it is written."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
