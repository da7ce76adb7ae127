"""Where a webhook may be sent: https, to a public address, or to a host that the settings name."""

from collections.abc import Collection
from urllib.parse import urlsplit

from services.errors import BadQuestion, FetchError
from services.sync.guard import AddressError, allowed, resolve, short

LONGEST = 2000


def check_form(url: str, private_hosts: Collection[str]) -> tuple[str, int]:
    """Host and port of an address that a webhook may have, without asking the network.

    Raises BadQuestion naming what is wrong with it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise BadQuestion(f'url: "{short(url)}" is no address ({fault}).', _REMEDY) from fault
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise BadQuestion(f'url: "{short(url)}" is no address of a web server.', _REMEDY)
    if len(url) > LONGEST:
        raise BadQuestion(f"url: it has {len(url)} characters.", f"Use {LONGEST} at most.")
    if parts.username is not None or parts.password is not None:
        raise BadQuestion(
            "url: it holds a user or a password, which would stand in logs.",
            "Leave them out: every message is signed, and the secret tells that it is ours.",
        )
    port = port or (443 if parts.scheme == "https" else 80)
    if parts.scheme == "http" and not allowed(host, port, private_hosts):
        raise BadQuestion(f'url: "{short(url)}" is not encrypted.', _REMEDY)
    return host, port


_REMEDY = "Write one as https://office.example/labdir."


def check(url: str, private_hosts: Collection[str]) -> None:
    """Look the name up and refuse what is private. Raises BadQuestion with the reason.

    The same is judged again at every delivery, by the address that the connection goes to: what a
    name means may change.
    """
    host, port = check_form(url, private_hosts)
    try:
        resolve(host, port, private_hosts)
    except AddressError as fault:
        raise BadQuestion(
            f"url: {fault.what}",
            "Messages go to public addresses; a private one must be named in the settings "
            "(fetch.private_hosts).",
        ) from fault
    except FetchError as fault:
        raise BadQuestion(f"url: {fault.what}", "Use a name that the public DNS knows.") from fault
