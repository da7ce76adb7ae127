"""Countries and regions from the words of a list or an address.

Names and three-letter codes come from CLDR (through Babel), other spellings from
``services/reference/place_words.csv``, states and provinces from ``subdivisions.csv``. Words that
cannot be read give "", never a guess.
"""

import csv
import re
import unicodedata
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.core import get_global

# a place word before one of these names a street, not a place: "168 Shanghai Street, Kowloon"
_STREET = r"(?!\s+(?:road|rd|street|st|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way)\b)"
_WORD = re.compile(r"[\w-]+")
_LONGEST_NAME = 8  # words: "South Georgia and the South Sandwich Islands"
_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # CLDR regions, not ISO's


def country_code(words: str) -> str:
    """ISO 3166-1 alpha-2 of a code (JPN, JP) or an English name, "" if it is neither."""
    plain = _plain(words)
    code = plain.upper()
    if len(code) == 2 and code in _territories():
        return code
    if re.fullmatch("[A-Z]{2,3}", code):
        alias: list[str] = get_global("territory_aliases").get(code, [])
        if len(alias) == 1 and alias[0] in _territories():
            return alias[0]
    return _country_names().get(plain, "")


def state_or_country(words: str) -> tuple[str, str]:
    """(country, region) of a column that holds US states beside countries; ("", "") if neither.

    "TX" is US, TX; "JPN" is JP; "ON/CA" is CA, ON. A bare two-letter code is read as a US state
    first, then as a country, then as a Canadian province: CA alone is California, and Newfoundland
    (NL) alone would be the Netherlands, so such a province needs its country beside it.
    """
    parts = [part for part in re.split(r"[/,]", words) if part.strip()]
    if len(parts) == 2:
        for region, country in (parts, parts[::-1]):
            code = country_code(country)
            if code and (found := subdivision(code, region)):
                return code, found
        return "", ""
    if found := subdivision("US", words):
        return "US", found
    if code := country_code(words):
        return code, ""
    if found := subdivision("CA", words):
        return "CA", found
    return "", ""


def subdivision(country: str, words: str) -> str:
    """The code of a state or province of a country by its code or name, "" if it is none."""
    return _subdivisions().get((country, _plain(words)), "")


def place_of(address: str) -> tuple[str, str]:
    """(country, city) of an address, each "" where its words do not say.

    The country is the address' last words, postal codes and brackets aside; failing that, the one
    that all its known places (place_words.csv) lie in. A two-letter ending that is also a US state
    is not read as a country ("San Jose, CA"). The city is the last known one of that country.
    """
    country = _country_at_end(address)
    plain = _plain(address)
    known = [
        (found.end(), len(word), place, city)
        for word, (place, city) in _place_words().items()
        for found in re.finditer(rf"\b{re.escape(word)}\b{_STREET}", plain)
    ]
    if not country:
        countries = {place for _, _, place, _ in known}
        country = countries.pop() if len(countries) == 1 else ""
    # the last one, and of two that end alike the longer: New Taipei is not Taipei
    cities = [
        (end, length, city) for end, length, place, city in known if place == country and city
    ]
    return country, max(cities)[2] if cities and country else ""


def _country_at_end(address: str) -> str:
    without_brackets = re.sub(r"\([^()]*\)?", " ", address)
    parts = [_plain(part) for part in re.split(r"[,;\n]", without_brackets)]
    parts = [name for part in parts if (name := _WORD.sub(_no_code, part).strip())]
    if not parts:
        return ""
    words = parts[-1].split()[-_LONGEST_NAME:]
    for start in range(len(words)):  # the longest ending first: "south korea" before "korea"
        ending = " ".join(words[start:])
        if len(ending) == 2 and (start or subdivision("US", ending)):
            continue
        if code := country_code(ending):
            return code
    return ""


def _no_code(word: re.Match[str]) -> str:
    """A postal code and anything else with a figure names no country."""
    return " " if any(one.isdecimal() for one in word.group()) else word.group()


def _plain(words: str) -> str:
    """Lower case without accents and full stops, apostrophes straight, spaces folded."""
    decomposed = unicodedata.normalize("NFKD", words).replace("’", "'").replace(".", "")
    bare = "".join(one for one in decomposed if not unicodedata.combining(one))
    return " ".join(bare.casefold().split())


@cache
def _territories() -> dict[str, str]:
    names = Locale("en").territories
    return {
        code: str(name)
        for code, name in names.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NOT_COUNTRIES
    }


@cache
def _country_names() -> dict[str, str]:
    names = {_plain(name): code for code, name in _territories().items()}
    names.update(
        (_plain(row["word"]), row["country"])
        for row in _rows("place_words.csv")
        if row["kind"] == "country"
    )
    return names


@cache
def _place_words() -> dict[str, tuple[str, str]]:
    return {
        _plain(row["word"]): (row["country"], row["city"])
        for row in _rows("place_words.csv")
        if row["kind"] != "country"
    }


@cache
def _subdivisions() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in _rows("subdivisions.csv"):
        for words in (row["code"], row["name"]):
            found[row["country"], _plain(words)] = row["code"]
    return found


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("services.reference") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
