"""What a question of search must find, told from the sources' own words and not by searching.

A right answer is written as an expression over the raw text of drafts, for reading by people::

    line ~ 玩具 & 小零件 ;; place ~ Shenzhen|深圳

``field ~ regular expression``, ``&`` between expressions that one and the same text must hold,
``;;`` between conditions that the body must all meet. Letters of any case and width are one.
Fields: ``name``, ``line`` (object, parameter and method in one), ``method``, ``number``
(certificates and identifiers), ``country`` (codes of sites and presences), ``site`` (codes of the
body's own places only), ``place`` (cities, regions, addresses), ``kind``, ``issuer``, ``standard``
(that the body is assessed against).
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from services.kit import Draft

Record = tuple[str, str]  # source, key of the record in its list


def _names(draft: Draft) -> Iterator[str]:
    return (one.text for one in draft.names)


def _lines(draft: Draft) -> Iterator[str]:
    for one in draft.lines:
        words = (one.object, one.object_also, one.parameter, one.parameter_also, one.method)
        yield " | ".join(words)


def _numbers(draft: Draft) -> Iterator[str]:
    yield from (f"{one.issuer} {one.number}" for one in draft.accreditations if one.number)
    yield from (f"{one.namespace} {one.value}" for one in draft.identifiers)


def _sites(draft: Draft) -> Iterator[str]:
    yield from ([draft.profile.country] if draft.profile else [])
    yield from (one.country for one in draft.sites)


def _countries(draft: Draft) -> Iterator[str]:
    yield from _sites(draft)
    yield from (one.country for one in draft.presences)


def _places(draft: Draft) -> Iterator[str]:
    yield from ([draft.profile.city, draft.profile.region] if draft.profile else [])
    for site in draft.sites:
        yield from (site.city, site.region, site.address, site.address_also, site.name)
    yield from (one.city for one in draft.presences)


def _kinds(draft: Draft) -> Iterator[str]:
    yield from (kind.value for kind in (draft.profile.kinds if draft.profile else ()))
    yield from (one.body_kind.value for one in draft.accreditations if one.body_kind)


FIELDS: dict[str, Callable[[Draft], Iterable[str]]] = {
    "name": _names,
    "line": _lines,
    "method": lambda draft: (one.method for one in draft.lines),
    "number": _numbers,
    "country": _countries,
    "site": _sites,
    "place": _places,
    "kind": _kinds,
    "standard": lambda draft: (one.standard for one in draft.accreditations),
    "issuer": lambda draft: (one.issuer for one in draft.accreditations),
}


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=512)
def _read(expression: str) -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    conditions = []
    for condition in expression.split(";;"):
        field, _, patterns = condition.partition("~")
        if field.strip() not in FIELDS or not patterns.strip():
            raise ValueError(f"no condition: {condition!r} in {expression!r}")
        every = (re.compile(one.strip(), re.IGNORECASE) for one in patterns.split(" & "))
        conditions.append((field.strip(), tuple(every)))
    return tuple(conditions)


class Oracle:
    """Drafts by record, with their texts made plain once."""

    def __init__(self, drafts: Iterable[tuple[str, Draft]]) -> None:
        self.texts: dict[Record, dict[str, tuple[str, ...]]] = {}
        for source, draft in drafts:
            read = {
                field: tuple(dict.fromkeys(plain(text) for text in texts(draft) if text))
                for field, texts in FIELDS.items()
            }
            self.texts[source, draft.key] = read

    def right(self, expression: str) -> set[Record]:
        """The records that meet all conditions. Raises ValueError for no expression."""
        conditions = _read(expression)
        return {
            record
            for record, texts in self.texts.items()
            if all(
                any(all(one.search(text) for one in every) for text in texts[field])
                for field, every in conditions
            )
        }
