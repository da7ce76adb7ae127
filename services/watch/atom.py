"""The changes as an Atom feed (RFC 4287).

An entry's id is made of its place in the log and of the directory's own name (a tag address,
RFC 4151): it never changes, under whatever address the feed is read.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from services.find.views import ChangeView, Meta
from services.terms import ChangeCause
from services.watch.words import Lang, feed_title, title

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MINTED = "2026-01-01"  # the day from which the tag addresses are ours (RFC 4151, 2.1)
# what XML 1.0 (2.2) has no way to write
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    found = SubElement(parent, name, {key: _plain(value) for key, value in attributes.items()})
    found.text = _plain(text) or None
    return found


def _when(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def tag(origin: str, specific: str) -> str:
    """A tag address. ``origin``: the directory's name or address; only its host counts."""
    host = origin.rpartition("//")[2].partition("/")[0].partition(":")[0]
    authority = host if "." in host else f"{host or 'labdir'}.invalid"
    return f"tag:{authority},{_MINTED}:{specific}"


def feed(
    changes: Sequence[ChangeView],
    meta: Meta,
    *,
    origin: str,
    base: str,
    filters: str,
    asked: str,
    following: str | None,
    lang: Lang,
) -> bytes:
    """The feed's bytes. ``base``: address of this host; ``asked``: path and query of this page of
    the feed; ``following``: the same of the older page (RFC 5005, 3), None where there is none;
    ``filters``: the query that all its pages share, by which the feed is told from others."""
    root = Element("feed", {"xmlns": ATOM, _XML_LANG: "en" if lang is Lang.EN else "zh-Hans"})
    _add(root, "title", feed_title(lang))
    _add(root, "id", tag(origin, f"changes?{filters}" if filters else "changes"))
    _add(root, "updated", _when(changes[0].known_at if changes else meta.as_known_at))
    _add(_add(root, "author"), "name", "Labdir")
    _add(root, "generator", "Labdir", uri=f"{base}/")
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=f"{base}{asked}")
    _add(root, "link", rel="alternate", type="text/html", href=f"{base}/{lang.value}/changes")
    if following:
        _add(root, "link", rel="next", type=MEDIA_TYPE, href=f"{base}{following}")
    for change in changes:
        _entry(root, change, origin, base, lang)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _entry(root: Element, change: ChangeView, origin: str, base: str, lang: Lang) -> None:
    entry = _add(root, "entry")
    _add(entry, "title", title(change, lang))
    _add(entry, "id", tag(origin, f"change:{change.cursor}"))
    _add(entry, "updated", _when(change.known_at))
    where = f"bodies/{change.body}" if change.body else f"sources/{quote(change.source)}"
    _add(entry, "link", rel="alternate", type="text/html", href=f"{base}/{lang.value}/{where}")
    _add(entry, "category", term=change.kind.value)
    _add(entry, "category", term=change.what)
    if change.cause is not ChangeCause.SOURCE:
        _add(entry, "category", term=f"cause:{change.cause.value}")
    _add(entry, "content", _content(change), type="text")


def _content(change: ChangeView) -> str:
    """What differs, field by field, and whose word it is."""
    before, after = change.before or {}, change.after or {}
    lines = [
        f"{name}: {_value(before.get(name))} → {_value(after.get(name))}"
        for name in dict.fromkeys((*before, *after))
        if name != "hash"
    ]
    return "\n".join([*lines, f"source: {change.source}"])


def _value(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
