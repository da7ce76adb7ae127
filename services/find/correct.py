"""Misspelt words: the nearest words that the directory holds."""

import re

import sqlalchemy as sa
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy.engine import Connection

from services.store.tokens import index_tokens, tsquery

ALIKE = 0.7  # least similarity: one slip in four letters, two in seven
SHORTEST = 4  # letters; shorter words have too many neighbours
MOST_TOKENS = 20_000  # neighbours looked at; beginnings of two letters have far fewer


def corrected_words(conn: Connection, words: str) -> str | None:
    """The question with each word that nobody holds replaced by its nearest neighbour, or None
    where there is nothing to correct.

    A neighbour shares the first letters: slips there are rare, and it bounds what is compared.
    """
    better: list[str] = []
    changed = False
    for word in words.split():
        replaced = _nearest(conn, word) if _correctable(word) else None
        better.append(replaced or word)
        changed = changed or replaced is not None
    return " ".join(better) if changed else None


def _correctable(word: str) -> bool:
    return len(word) >= SHORTEST and word.isascii() and word.isalpha()


def _nearest(conn: Connection, word: str) -> str | None:
    (token,) = index_tokens(word) or [""]
    if not token or _held(conn, token):
        return None
    for letters in (2, 1):
        near = _beginning_with(conn, token[:letters])
        best = process.extractOne(
            token, near, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=ALIKE
        )
        if best is not None:
            return _in_full(conn, best[0], word)
    return None


def _held(conn: Connection, token: str) -> bool:
    found = sa.text(
        "select exists (select 1 from document where to_position is null"
        " and tokens @@ cast(:token as tsquery))"
    )
    return bool(conn.execute(found, {"token": tsquery([[token]])}).scalar_one())


def _beginning_with(conn: Connection, letters: str) -> list[str]:
    """Words in the dictionary of terms and in bodies' names; standards and numbers are none."""
    rows = conn.execute(
        sa.text(
            "(select distinct word from term, unnest(tsvector_to_array(tokens)) as t(word)"
            " where tokens @@ cast(:begins as tsquery) and word like :pattern limit :most)"
            " union (select distinct word from document, unnest(tsvector_to_array(tokens)) as"
            " t(word) where to_position is null and tokens @@ cast(:named as tsquery)"
            " and word like :pattern limit :most)"
        ),
        {
            "begins": tsquery([[letters + "*"]]),
            "named": tsquery([["=" + letters + "*"]]),
            "pattern": letters + "%",
            "most": MOST_TOKENS,
        },
    )
    return [row.word for row in rows if row.word.isalpha()]


def _in_full(conn: Connection, token: str, typed: str) -> str:
    """The word as it is written somewhere, nearest to what was typed: a token is a stem
    ("batteri" for "battery" and for "batteries")."""
    rows = conn.execute(
        sa.text(
            "(select text || ' ' || also as said from term"
            " where tokens @@ cast(:token as tsquery) limit 20)"
            " union all (select text from document d, jsonb_to_recordset(d.card -> 'names')"
            " as n(text text) where d.to_position is null"
            " and d.tokens @@ cast(:named as tsquery) limit 20)"
        ),
        {"token": tsquery([[token]]), "named": tsquery([["=" + token]])},
    )
    written = {
        word.casefold()
        for row in rows
        for word in re.findall(r"[^\W\d_]+", row.said)
        if index_tokens(word) == [token]
    }
    near = DamerauLevenshtein.normalized_similarity
    return max(sorted(written), key=lambda word: near(typed, word), default=token)
