"""The language of a page: its words, dates, numbers, country names and order of names.

Catalogues are read from the .po files when the process starts, so that no compiled file can be
missing or older than its source. English message ids are the English text; the English catalogue
exists for its plural forms and so that both languages are held to the same test.
"""

import gettext
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from markupsafe import Markup

from services.find.views import NameView
from services.terms import NameKind

CATALOGUES = Path(__file__).parents[1] / "locale"

# Han ideographs of the basic plane, extension A and the compatibility block
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

# which name heads a page: the one of a register of names, never a former one while another stands
_RANK = {
    NameKind.REGISTERED: 0,
    NameKind.AS_LISTED: 1,
    NameKind.TRADING: 2,
    NameKind.FORMER: 3,
}


def _catalogue(code: str) -> Translations:
    with (CATALOGUES / code / "LC_MESSAGES" / "labdir.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def lang_of(text: str) -> str:
    """The BCP 47 tag of words whose source does not say: Chinese where a Han character stands."""
    return "zh-Hans" if HAN.search(text) else "en"


class Tongue:
    """One language of the pages. ``code`` stands in addresses, ``tag`` in ``lang`` attributes."""

    def __init__(self, code: str, tag: str) -> None:
        self.code = code
        self.tag = tag
        self.locale = Locale.parse("zh_Hans_CN" if code == "zh" else "en_GB")
        self.catalogue: gettext.NullTranslations = _catalogue(code)

    def __call__(self, msgid: str, **params: object) -> str:
        """Plain text; parameters by name ("%(day)s"). Never safe markup."""
        text = self.catalogue.gettext(msgid)
        return text % params if params else text

    def rich(self, msgid: str, **params: object) -> Markup:
        """A message with markup of its own (``<b>``); its parameters are escaped."""
        return Markup(self.catalogue.gettext(msgid)) % params

    def many(self, one: str, other: str, n: int, **params: object) -> str:
        """Plain text by number; ``%(n)s`` is written with the language's digit groups."""
        return self.catalogue.ngettext(one, other, n) % {"n": self.number(n), **params}

    @property
    def zh(self) -> bool:
        return self.code == "zh"

    def number(self, n: float) -> str:
        return numbers.format_decimal(n, locale=self.locale)

    def country(self, code: str) -> str:
        """The territory's name by CLDR; the code itself where it has none."""
        return self.locale.territories.get(code.upper(), code) if code else ""

    def language(self, tag: str) -> str:
        """A language by its BCP 47 tag, in this language: "ar" -> "Arabic"."""
        try:
            return Locale.parse(tag, sep="-").get_display_name(self.locale) or tag
        except (ValueError, LookupError):
            return tag

    def day(self, day: date | None) -> Markup:
        """ISO in the text, the weekday spelt out in the title."""
        if day is None:
            return Markup("")
        title = dates.format_date(day, "full", locale=self.locale)
        return Markup('<time datetime="{0}" title="{1}">{0}</time>').format(day.isoformat(), title)

    def moment(self, at: datetime | None) -> Markup:
        """Day and minute, UTC."""
        if at is None:
            return Markup("")
        utc = at.astimezone(UTC)
        title = dates.format_date(utc.date(), "full", locale=self.locale)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            utc.strftime("%Y-%m-%dT%H:%M:%SZ"), title, utc.strftime("%Y-%m-%d %H:%M UTC")
        )

    def span(self, delta: timedelta) -> str:
        """How long, in the one unit that a reader wants: "3 h", "112 days", "5 years"."""
        minutes = max(int(delta.total_seconds() // 60), 1)
        if minutes < 60:
            return self.many("%(n)s minute", "%(n)s minutes", minutes)
        if minutes < 48 * 60:
            return self.many("%(n)s hour", "%(n)s hours", minutes // 60)
        if delta.days < 730:
            return self.many("%(n)s day", "%(n)s days", delta.days)
        return self.many("%(n)s year", "%(n)s years", delta.days // 365)

    def listed(self, items: Iterable[str]) -> str:
        """Words in a row, with the language's comma."""
        return ("、" if self.zh else ", ").join(items)

    def size(self, n: int) -> str:
        return self.many("%(n)s byte", "%(n)s bytes", n)

    def pair(self, text: str, also: str) -> list[tuple[str, str]]:
        """The same words in one or two languages, this page's first: [(words, lang), …]."""
        both = [(words, lang_of(words)) for words in (text, also) if words]
        return sorted(both, key=lambda item: item[1].startswith("zh") != self.zh)

    def own(self, place: str) -> str:
        """A place's name in this language where the source writes two in one ("Suzhou 苏州")."""
        han = " ".join(re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff·（）]+", place))
        rest = re.sub(r"\s+", " ", re.sub(r"[\u3400-\u4dbf\u4e00-\u9fff·（）]+", " ", place))
        rest = rest.strip(" ,，/()")
        if not han or not re.search(r"[A-Za-z]", rest):
            return place
        return han if self.zh else rest

    def names(self, names: Sequence[NameView]) -> list[tuple[str, str]]:
        """The names a heading shows: the best in this page's language, then the best other."""

        def lang(name: NameView) -> str:
            return lang_of(name.text) if name.lang in {"", "und"} else name.lang

        ranked = sorted(names, key=lambda name: (_RANK[name.kind], name.evidence == ()))
        own = [n for n in ranked if lang(n).startswith("zh") == self.zh]
        other = [n for n in ranked if lang(n).startswith("zh") != self.zh]
        # a former name never stands before a name in use, whatever its language
        first = sorted(own[:1] + other[:1], key=lambda n: n.kind is NameKind.FORMER)
        return [(n.text, lang(n)) for n in first]

    def path(self, rest: str = "") -> str:
        return f"/{self.code}{rest}"


EN = Tongue("en", "en")
ZH = Tongue("zh", "zh-Hans")
TONGUES = (EN, ZH)


def other(tongue: Tongue) -> Tongue:
    return EN if tongue is ZH else ZH


def preferred(accept_language: str) -> Tongue:
    """The language a browser asks for (RFC 9110, 12.5.4); English where it asks for neither."""
    best, weight = EN, 0.0
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        asked = tag.strip().lower()
        quality = re.search(r"q\s*=\s*([01](?:\.\d{0,3})?)", parameters)
        q = float(quality[1]) if quality else 1.0
        for tongue in TONGUES:
            if asked.split("-")[0] == tongue.code and q > weight:
                best, weight = tongue, q
    return best
