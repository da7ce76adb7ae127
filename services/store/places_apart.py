"""Whether two places that two sources write can be the same one.

A place is written in many ways; only what no spelling explains sets two apart: other towns, or, in
one town, addresses without one house or postal number in common. What is written in scripts that
cannot be compared word by word says nothing either way.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from services.names import fold, words
from services.parsers.places import place_of

_CACHED = 32_768
_TELLING = 3  # digits: two addresses do not share such a number by chance
_POSTAL = 5  # digits: a postal number is not compared with a house's


class Place(NamedTuple):
    """As a source writes it; each "" where it says nothing. ``also``: in the other language."""

    city: str
    address: str
    also: str = ""


def all_apart(ones: Sequence[Place], twos: Sequence[Place]) -> bool:
    """No place of the one can be any of the other's."""
    return all(apart(one, two) for one in ones for two in twos)


def apart(one: Place, two: Place) -> bool:
    """Other towns, unless a long number is common to both addresses (a district may stand for its
    town); else addresses that share no number of those that can be compared."""
    ours, theirs = _numbers(one), _numbers(two)
    if _other_towns(one, two):
        return not any(len(number) >= _TELLING for number in ours & theirs)
    postal = [{n for n in numbers if len(n) >= _POSTAL} for numbers in (ours, theirs)]
    house = [ours - postal[0], theirs - postal[1]]
    comparable = any(all(kind) for kind in (postal, house))
    return comparable and not ours & theirs


def _numbers(place: Place) -> frozenset[str]:
    return _numbers_in(place.address) | _numbers_in(place.also)


@lru_cache(maxsize=_CACHED)
def _numbers_in(address: str) -> frozenset[str]:
    """Without leading zeros: unit #05-01 is 5-1."""
    plain = unicodedata.normalize("NFKC", address)
    return frozenset(str(int(found)) for found in re.findall(r"[0-9]{1,20}", plain))


def _other_towns(one: Place, two: Place) -> bool:
    """Both towns are told, in scripts that can be compared, and neither is a part of the other or
    of what the other says of its place."""
    ours, theirs = _town(one.city), _town(two.city)
    if not ours or not theirs or _han(ours) != _han(theirs):
        return False
    named = theirs in _said(one) or ours in _said(two)
    return not named and ours not in theirs and theirs not in ours


def _said(place: Place) -> str:
    return fold(f"{place.city} {place.address} {place.also}")


@lru_cache(maxsize=_CACHED)
def _town(city: str) -> str:
    """Folded; a town that the reference knows by several names, by its first."""
    return fold(place_of(city)[1] or words(city))


def _han(text: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in text)
