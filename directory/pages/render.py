"""From views to HTML: one Jinja environment a language, autoescape on, strict about names.

Nothing from a source is ever marked safe; the only markup made in Python is that of
``Tongue.day``, ``Tongue.rich`` and ``marked``, which escape what they are given.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from directory.pages import standing
from directory.pages.marked import marked
from directory.pages.signed import visitor
from directory.pages.tongue import TONGUES, Tongue, lang_of, other
from directory.pages.words import FIELDS, WORDS
from services.find.views import Meta, Reason, SourceRef, StatusView

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its content's hash, so that it may be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@dataclass(frozen=True)
class Frame:
    """Where a page stands: its language, its path without the language, and its question."""

    tongue: Tongue
    path: str
    query: tuple[tuple[str, str], ...] = ()

    def url(self, path: str, **params: object) -> str:
        """An address in this language; empty parameters are left out."""
        return _url(self.tongue, path, params.items())

    def here(self, **changed: object) -> str:
        """This very page with parameters changed (None or "" drops one); the cursor falls away."""
        params = {name: value for name, value in self.query if name != "cursor"}
        return _url(self.tongue, self.path, {**params, **changed}.items())

    def api(self, path: str, params: Mapping[str, object]) -> str:
        """An address of the API; empty parameters are left out."""
        asked = [(name, str(value)) for name, value in params.items() if value not in (None, "")]
        return f"/api/v1{path}" + (f"?{urlencode(asked)}" if asked else "")

    @property
    def elsewhere(self) -> str:
        """This page in the other language, its state kept."""
        return _url(other(self.tongue), self.path, self.query)


def _url(tongue: Tongue, path: str, params: Iterable[tuple[str, object]]) -> str:
    asked = [(name, str(value)) for name, value in params if value not in (None, "")]
    return tongue.path(path) + (f"?{urlencode(asked)}" if asked else "")


@dataclass(frozen=True)
class Banners:
    """What must be said above a page: made data, and recorded samples with their day."""

    made: bool = False
    recorded: tuple[SourceRef, ...] = field(default=())

    @classmethod
    def of(
        cls, meta: Meta, *, made: bool | None = None, keys: Iterable[str] | None = None
    ) -> "Banners":
        """From the sources behind an answer; ``keys`` narrows them to those really shown."""
        shown = set(keys) if keys is not None else None
        sources = [s for s in meta.sources if shown is None or s.key in shown]
        return cls(
            made=any(s.made for s in sources) if made is None else made,
            recorded=tuple(s for s in sources if s.recorded),
        )


def render(frame: Frame, template: str, **context: object) -> str:
    """The page; every template receives ``frame`` and what its page function gives it."""
    return _environment(frame.tongue.code).get_template(template).render(frame=frame, **context)


@cache
def _environment(code: str) -> Environment:
    tongue = next(t for t in TONGUES if t.code == code)
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(tongue.catalogue, newstyle=True)  # type: ignore[attr-defined]

    def word(family: str, value: object) -> str:
        return tongue(WORDS[family].get(str(value), str(value)))

    def sentence(status: StatusView, meta: Meta, expires: date | None = None) -> standing.Phrase:
        return standing.sentence(tongue, status, meta.on, expires)

    def reason(item: Reason) -> str:
        return standing.because(tongue, item)

    env.globals |= {
        "t": tongue,
        "visitor": visitor,
        "asset": asset,
        "word": word,
        "field": lambda name: tongue(str(FIELDS.get(name, name))),
        "sentence": sentence,
        "because": reason,
        "telling": standing.telling,
        "line_mark": standing.line_mark,
        "last_day": lambda a, meta: standing.last_day(a.status, a.expires, meta.on),
        "standings": lambda counts: standing.standings(tongue, counts),
        "spoken": lambda name, value: spoken(tongue, name, value),
        "verdict": lambda v: tongue(standing.VERDICTS[v]),
        "tongue_switch": other(tongue),
        "title_of": lambda source: title_of(tongue, source),
        "titles": {},
        "host": _host,
    }
    env.filters |= {
        "day": tongue.day,
        "moment": tongue.moment,
        "number": tongue.number,
        "country": tongue.country,
        "marked": marked,
        "lang_of": lang_of,
        "pair": lambda text, also="": tongue.pair(text, also),
        "names": tongue.names,
        "own": tongue.own,
        "listed": tongue.listed,
        "bytes": tongue.size,
        "web": web,
        "ago": lambda at, now: tongue.span(now - at),
        "words": lambda value: _value(tongue, value),
    }
    return env


def title_of(tongue: Tongue, source: object) -> str:
    """The title of a SourceRef or SourceView in the page's language."""
    own, beside = getattr(source, "title_zh", ""), getattr(source, "title", "")
    return str((own or beside) if tongue.zh else (beside or own))


def web(address: str) -> str:
    """The address if a browser may be sent there, else "" (a source may hold any text)."""
    return address if re.match(r"https?://[^\s\"'<>]+$", address, re.I) else ""


def _host(address: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", address).rstrip("/")


# fields of a change whose values are words of the vocabulary
_FAMILIES: dict[str, tuple[str, ...]] = {
    "kind": ("event_word", "accreditation_kind", "credential", "relation", "name_kind"),
    "kinds": ("body_kind",),
    "body_kind": ("body_kind",),
    "listed": ("listed_word",),
    "mode": ("mode",),
    "level": ("level",),
    "polarity": ("polarity",),
    "standing": ("standing",),
    "what": ("what",),
    "asked_by": ("event_asked_by",),
}


def spoken(tongue: Tongue, name: str, value: object) -> object:
    """A field's value of a change in words: vocabulary by its word, countries by name."""
    if isinstance(value, str) and value:
        if name in {"country", "territory"}:
            return tongue.country(value)
        for family in _FAMILIES.get(name, ()):
            if value in WORDS[family]:
                return tongue(WORDS[family][value])
    if isinstance(value, list | tuple) and name in _FAMILIES:
        return tongue.listed(str(spoken(tongue, name, one)) for one in value)
    return _value(tongue, value)


def _value(tongue: Tongue, value: object) -> str | Markup:
    """A field of a change in words; an empty one says so."""
    if value is None or value in ("", [], ()):
        return tongue("nothing")
    if isinstance(value, bool):
        return tongue("yes") if value else tongue("no")
    if isinstance(value, datetime):
        return tongue.moment(value)
    if isinstance(value, list | tuple):
        return tongue.listed(str(v) for v in value)
    if isinstance(value, Mapping):
        return tongue.listed(f"{k}: {v}" for k, v in value.items())
    return str(value)
