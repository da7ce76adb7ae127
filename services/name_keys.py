"""Under which keys a name is looked up, so that nothing is compared with everything.

Two keys for each stretch of a name that may be a legal person or an institution, its letters in
the order of its words ("health care" and "healthcare" share one) and with its words in alphabetical
order, one for its initials, one for what a Chinese name and its English one have in common, and one
for each word that tells bodies apart. Names that share a key are held against each other
(``likeness``); a word that stands in too many names is passed over by whoever looks up. Never
shown.
"""

import functools
import re

from services.name_gloss import gloss
from services.name_parts import Parts, parts
from services.name_words import TRADE

WHOLE = "="  # begins the key of a whole stretch
_SHORTEST = 3  # letters of a word that tells anybody apart; "dr", "sn" and "nm" tell nobody
_MOST = 12  # keys of one name: a name of a page long has no more than these
_MARK = re.compile(r"(?<=[aou])e")  # TÜV, TUV and TUEV
_LONGEST = 200  # letters of a key: the index takes no longer ones


@functools.lru_cache(maxsize=65_536)
def keys(name: str) -> tuple[str, ...]:
    """The keys of a name, those of whole stretches first. None for a name without letters."""
    found = parts(name)
    whole = dict.fromkeys(
        WHOLE + plain("".join(one)) for said in _stretches(found) for one in (sorted(said), said)
    )
    whole |= dict.fromkeys([WHOLE + found.initials] if found.initials else [])
    said_so = gloss(found.person)
    whole |= dict.fromkeys(WHOLE + one for one in (said_so.keys if said_so else ()))
    whole.pop(WHOLE, None)
    telling = dict.fromkeys(
        plain(one) for one in found.person if one not in TRADE and len(one) >= _SHORTEST
    )
    cut = dict.fromkeys(key[:_LONGEST] for key in [*whole, *telling])
    return tuple(cut)[:_MOST]


def plain(word: str) -> str:
    """One spelling for the ways in which an umlaut is written."""
    return _MARK.sub("", word)


def _stretches(found: Parts) -> list[tuple[str, ...]]:
    """The person, and what stands beside it where that names more than a trade or a branch."""
    beside = [one for one in found.beside if any(word not in TRADE for word in one)]
    return [found.person, *(one for one in beside if " ".join(one) != found.branch)]
