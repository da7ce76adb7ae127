"""Words of a question about going abroad, held against what the directory knows.

A word that stands nowhere is an error that offers the nearest ones; one that is known and has
nothing to show is an empty answer.
"""

import difflib
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from babel import Locale
from sqlalchemy.engine import Connection

from services import models as m
from services import standards
from services.errors import BadQuestion
from services.store.called import country_names
from services.store.tokens import asked_key, standard_keys

OFFERED = 3  # nearest words in a remedy
# groupings of markets that a product may be sold into at once; routes name more of them
GROUPINGS = ("EU", "EEA", "GCC", "EAEU", "ASEAN", "MERCOSUR")
_PRODUCTS: tuple[Any, ...] = (
    *(m.Route, m.Cooperation, m.Acceptance, m.Project, m.Accompaniment, m.Offer),
)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words most like this one, best first: at most three."""
    folded = {one.casefold(): one for one in known}
    wanted = word.casefold()
    close = difflib.get_close_matches(wanted, folded, n=OFFERED, cutoff=0.5)
    within = [one for one in folded if wanted in one and one not in close]
    return tuple(folded[one] for one in [*close, *within][:OFFERED])


def _unknown(name: str, word: str, known: Iterable[str]) -> BadQuestion:
    words = sorted(set(known))
    near = nearest(word, words)
    remedy = f"Did you mean {', '.join(near)}?" if near else f"It takes {', '.join(words[:20])}."
    return BadQuestion(f'{name}: nothing is known of "{word[:60]}".', remedy)


def known_word(
    conn: Connection, name: str, word: str, columns: Iterable[Any], known_at: datetime
) -> str:
    """The word as it is stored in one of these columns of statements, whatever case it was asked
    for in; "" for none. Raises BadQuestion that offers the nearest, where any word is known."""
    word = word.strip()
    if not word:
        return ""
    known = values(conn, columns, known_at)
    found = next((one for one in known if _plain(one) == _plain(word)), None)
    if found is None and known:
        raise _unknown(name, word, known)
    return found or word


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word).casefold()


def values(conn: Connection, columns: Iterable[Any], known_at: datetime) -> list[str]:
    """The distinct words of columns, as known then: one query."""
    asked = []
    for column in columns:
        table = column.class_
        word = sa.func.unnest(column) if isinstance(column.type, sa.ARRAY) else column
        asked.append(sa.select(word.label("word")).where(table.known.contains(known_at)))
    words = sa.union(*asked).subquery()
    found = conn.execute(
        sa.select(words.c.word).where(words.c.word != "").distinct().order_by(words.c.word)
    )
    return [str(one) for one in found.scalars()]


def product(conn: Connection, word: str, known_at: datetime) -> str:
    """A product as routes and facts of going abroad name it. Raises BadQuestion."""
    columns = [one.product for one in _PRODUCTS]
    return known_word(conn, "product", word, columns, known_at)


def products(conn: Connection, known_at: datetime) -> list[str]:
    """All products that routes and facts of going abroad name, as known then: one query."""
    return values(conn, [one.product for one in _PRODUCTS], known_at)


def market(name: str, word: str) -> str:
    """A country as two letters, or a grouping; "" for none. Raises BadQuestion that offers the
    nearest by code or name."""
    code = word.strip().upper()
    if not code or code in GROUPINGS or country_names(code):
        return code
    called = _called()
    folded = {name.casefold(): one for name, one in called.items()}
    if found := folded.get(code.casefold()):  # its name instead of its code
        return found
    near = {called[one]: one for one in reversed(nearest(word, called))}
    said = ", ".join(f"{one} ({found})" for found, one in near.items())
    remedy = f"Did you mean {said}?" if near else "It takes two letters, as SA, or EU."
    raise BadQuestion(f'{name}: there is no market "{word.strip()[:60]}".', remedy)


@cache
def _called() -> dict[str, str]:
    """Names of countries in English and Chinese → code."""
    every = map(str, Locale.parse("en").territories)
    codes = [code for code in every if re.fullmatch("[A-Z]{2}", code)]
    named = {name: code for code in codes for name in country_names(code) if name != code}
    return named | {one: one for one in GROUPINGS}


def standard_texts(
    conn: Connection, word: str, known_at: datetime
) -> tuple[list[str] | None, tuple[str, ...]]:
    """The spellings under which acceptances name a standard, and warnings; None: not asked for.

    Asked for without an edition, every edition answers. Raises BadQuestion for what is no
    designation.
    """
    if not word.strip():
        return None, ()
    asked = standards.read(word.strip())
    if asked is None:
        raise BadQuestion(
            f'standard: "{word.strip()[:60]}" is not read as a designation.',
            'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018".',
        )
    texts = values(conn, [m.Acceptance.standard], known_at)
    key = asked_key(asked)
    found = [
        text for text in texts if any(key in standard_keys(one) for one in standards.find_all(text))
    ]
    near = nearest(asked.dated, texts) if not found else ()
    said = f"No acceptance names {asked.dated}."
    warning = f"{said} The nearest named: {', '.join(near)}." if near else said
    return found, () if found else (warning,)


def hs_prefixes(word: str) -> list[str] | None:
    """The codes that an HS code stands for: its own beginnings. None: not asked for."""
    digits = re.sub(r"[.\s]", "", word)
    if not digits:
        return None
    if not re.fullmatch(r"\d{2,10}", digits):
        raise BadQuestion(
            f'hs_code: "{word[:30]}" is no HS code.', "It takes 2 to 10 digits, as 8507 or 8507.60."
        )
    return [digits[:length] for length in range(2, len(digits) + 1)]
