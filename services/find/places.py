"""Countries, groups of them and languages, as people write them: a code or a name in English or
Chinese. One that does not exist is refused with the nearest that does."""

import re
from collections.abc import Iterable
from functools import cache

from babel import Locale
from babel.core import get_global
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from services.errors import BadQuestion
from services.store.called import ALSO_CALLED
from services.store.tokens import plain

LIKE = 0.6  # least similarity of a name that is offered
# Markets that are several countries: treaties of union, not alliances
GROUPS: dict[str, tuple[str, ...]] = {
    "EU": (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ),
    "GCC": ("AE", "BH", "KW", "OM", "QA", "SA"),
    "EAEU": ("AM", "BY", "KG", "KZ", "RU"),
}
_GROUP_NAMES = {
    "european union": "EU",
    "欧盟": "EU",
    "gulf": "GCC",
    "海湾": "GCC",
    "海合会": "GCC",
    "eurasian economic union": "EAEU",
    "欧亚经济联盟": "EAEU",
}


@cache
def _countries() -> dict[str, str]:
    """Code by plain name; codes answer to themselves."""
    found: dict[str, str] = {}
    for tag in ("en", "zh_Hans"):
        for code, name in Locale.parse(tag).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ"}:
                found.setdefault(plain(name), code)
                found[code.casefold()] = code
    for alias, codes in get_global("territory_aliases").items():
        if re.fullmatch("[A-Z]{3}", alias) and len(codes) == 1:
            found.setdefault(alias.casefold(), codes[0])
    for code, names in ALSO_CALLED.items():
        found |= dict.fromkeys(map(plain, names), code)
    return found


@cache
def _languages() -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in ("en", "zh_Hans"):
        for code, name in Locale.parse(tag).languages.items():
            if re.fullmatch("[a-z]{2,3}", code):
                found.setdefault(plain(name), code)
                found[code] = code
    return found


def countries(parameter: str, text: str) -> tuple[str, ...]:
    """ISO 3166-1 codes of a country or a group; () for "". Raises BadQuestion."""
    text = text.strip()
    if not text:
        return ()
    named = plain(text)
    group = _GROUP_NAMES.get(named, text.upper())
    if group in GROUPS:
        return GROUPS[group]
    if code := _countries().get(named):
        return (code,)
    raise BadQuestion(
        f'{parameter}: "{text}" is no country or market.',
        _nearest(named, _countries(), "two letters of ISO 3166-1, a name, or EU, GCC, EAEU"),
    )


def code(parameter: str, text: str) -> str:
    """A country by its code, whatever it was called; a group by its short name; "" for "". Raises
    BadQuestion."""
    found = countries(parameter, text)
    if len(found) == 1 or not found:
        return "".join(found)
    return next(group for group, members in GROUPS.items() if members == found)


def language(parameter: str, text: str) -> str:
    """The ISO 639 code; "" for "". Raises BadQuestion."""
    text = text.strip()
    if not text:
        return ""
    named = plain(text)
    code = _languages().get(named) or _languages().get(named.split("-")[0].split("_")[0])
    if code is None:
        raise BadQuestion(
            f'{parameter}: "{text}" is no language.',
            _nearest(named, _languages(), "a code of ISO 639 or a name"),
        )
    return code


def known_word(parameter: str, text: str, known: Iterable[str]) -> str:
    """One of a closed set of words, or "". Raises BadQuestion."""
    known = list(known)
    if not text or text in known:
        return text
    near = process.extractOne(text.casefold(), known, score_cutoff=60)
    offered = f"Did you mean {near[0]}? " if near else ""
    raise BadQuestion(
        f'{parameter}: "{text}" is not known.', f"{offered}It takes {', '.join(known)}."
    )


def _nearest(named: str, known: dict[str, str], taken: str) -> str:
    short = len(named) <= 2 and named.isascii()
    names = [name for name in known if short == (len(name) <= 2 and name.isascii())]
    near = process.extract(
        named,
        names,
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=0.5 if short else LIKE,
        limit=3,
    )
    offered = dict.fromkeys(
        known[name] if short else f"{name.title()} ({known[name]})" for name, _, _ in near
    )
    meant = f"Did you mean {' or '.join(offered)}? " if offered else ""
    return f"{meant}It takes {taken}."
