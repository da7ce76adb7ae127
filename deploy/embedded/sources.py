"""Which sources sync in embedded mode, and from where: the settings file that `up` writes.

Recorded mode never shows a made sample as a real publisher's word: a real source without recorded
files is off, and only registers that are made, and say so, need nothing from outside.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.embedded.asked import HOST, Asked
from deploy.publisher import made_addresses, recordings
from services.kit import Source

# the local publisher minds no crowd; the publishers' own rates are for the publishers' hosts
_LOCAL_RATE = 50.0
_SHIPPED = "package:"


@dataclass(frozen=True, slots=True)
class Local:
    """How one source is set. ``addresses``: list name to path at the local publisher."""

    key: str
    enabled: bool | None = None
    addresses: Mapping[str, str] | None = None


def local_sources(sources: Iterable[Source], asked: Asked) -> list[Local]:
    """What to set for each source that is not simply left as its file has it."""
    return [one for source in sources if (one := _local(source, asked)) is not None]


def _local(source: Source, asked: Asked) -> Local | None:
    if all(one.request.url.startswith(_SHIPPED) for one in source.lists):
        return None
    if asked.live and not source.made:
        return None
    if asked.empty:
        return Local(source.key, enabled=False)
    if source.made:
        addresses = made_addresses(source)
    else:
        found = recordings(source, asked.published) if asked.published else []
        addresses = {one.list_name: one.path for one in found}
    if not addresses:
        return Local(source.key, enabled=False)
    # a source that is off by its own word (one that proves parsing only) stays off
    return Local(source.key, addresses=addresses)


def switched_off(sources: Iterable[Source], asked: Asked) -> list[str]:
    """Keys of real sources that are off for want of recorded files, to be said at start."""
    off = {one.key for one in local_sources(sources, asked) if one.enabled is False}
    return sorted(source.key for source in sources if source.key in off and source.enabled)


def settings_text(local: Iterable[Local], base: str, origin: str) -> str:
    """The TOML that points the sources at the local publisher at ``base``. ``origin``: the
    directory's own address, which its receipts name."""
    lines = [
        "# Written by `labdir up` at each start; changes are lost.",
        "[fetch]",
        f"private_hosts = [{_quoted(urlsplit(base).netloc or HOST)}]",
        "backoff_s = 0.2",
        "",
        "[road]",
        # a newcomer waits for the first syncs: look for due work often
        'tick = "1s"',
        # a run whose worker was killed is taken up again after this
        'lease = "20s"',
        "",
        "[verify]",
        'tick = "10s"',
        "",
        "[proof]",
        f"origin = {_quoted(origin)}",
    ]
    for one in local:
        lines += ["", f"[sources.{one.key}]"]
        if one.enabled is not None:
            lines.append(f"enabled = {str(one.enabled).lower()}")
        if one.addresses:
            lines.append(f"rate = {_LOCAL_RATE}")
        for name, path in (one.addresses or {}).items():
            lines.append(f"address.{_quoted(name)} = {_quoted(base + path)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
