"""Misspelt words: the nearest words that the directory holds."""

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy.engine import Connection

from services.find.fitting import one_holds
from services.store.project import IN_NAME
from services.store.tokens import index_tokens, plain, tsquery

ALIKE = 0.7  # least similarity: one slip in four letters, two in seven
ALIKE_WRITTEN = 0.8  # of whole words, which are longer than stems
MOST_STEMS = 50  # whose written words are looked at
SHORTEST = 4  # letters; shorter words have too many neighbours
MOST_TOKENS = 50_000  # neighbours looked at; beginnings of two letters have far fewer
SHORTEST_PART = 3  # of a word that two were run together in
MOST_TEXTS = 2_000  # Chinese texts looked at for one run
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[^\W\d_]+")


def corrected_words(conn: Connection, words: str) -> str | None:
    """The question with each word that nobody holds replaced by its nearest neighbour, or None
    where there is nothing to correct.

    A neighbour shares the first letters: slips there are rare, and it bounds what is compared.
    """
    better: list[str] = []
    changed = False
    for word in words.split():
        replaced = _better(conn, word)
        better.append(replaced or word)
        changed = changed or replaced is not None
    return " ".join(better) if changed else None


def _better(conn: Connection, word: str) -> str | None:
    if _HAN.search(word):
        return _better_chinese(conn, word)
    bare = word.strip(".,;:!?()\"'")
    if len(bare) < SHORTEST or not bare.isascii() or not bare.isalpha():
        return None
    return _nearest(conn, bare)


def _nearest(conn: Connection, word: str) -> str | None:
    (token,) = index_tokens(word) or [""]
    if not token or _held(conn, [token]):
        return None
    if apart := _taken_apart(conn, word.casefold()):
        return apart
    for letters in (2, 1):
        near = _beginning_with(conn, token[:letters])
        scored = process.extract(
            token,
            near,
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=ALIKE,
            limit=None,
        )
        for alike in sorted({score for _, score, _ in scored}, reverse=True):
            best = [found for found, score, _ in scored if score == alike]
            if (held := _commonest(conn, best)) is not None:
                return _in_full(conn, held, word)
        if written := _by_ending(conn, near, token, word):
            return written
    return None


def _by_ending(conn: Connection, near: Sequence[str], token: str, word: str) -> str | None:
    """A word that lost its stem to the slip: "informaton" keeps the ending that is cut from
    "information", so written words are compared instead of stems."""
    alike = [
        one
        for one, _, _ in process.extract(
            token,
            [one for one in near if len(one) >= SHORTEST],
            scorer=DamerauLevenshtein.normalized_similarity,
            limit=MOST_STEMS,
        )
    ]
    if not alike:
        return None
    written = {
        said.casefold() for text in _texts(conn, alike, MOST_TEXTS) for said in _WORD.findall(text)
    }
    best = process.extractOne(
        word.casefold(),
        sorted(one for one in written if one[:2] == token[:2]),
        scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=ALIKE_WRITTEN,
    )
    return best[0] if best else None


def _held(conn: Connection, tokens: Iterable[str]) -> bool:
    """Whether any document holds all of these."""
    found = sa.text(f"select {one_holds('tokens @@ (select cast(:tokens as tsquery))')}")
    return bool(conn.execute(found, {"tokens": tsquery([one] for one in tokens)}).scalar_one())


def _taken_apart(conn: Connection, word: str) -> str | None:
    """ "powerbank" as "power bank": two words that one term holds together, run into one."""
    cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    pairs = [(word[:at], word[at:]) for at in cuts]
    tokens = [[index_tokens(part) for part in pair] for pair in pairs]
    asked = [tsquery([one] for part in parts for one in part) for parts in tokens]
    if not asked:
        return None
    rows = conn.execute(
        sa.text(
            "select w.place from unnest(cast(:asked as text[])) with ordinality as w(words, place)"
            f" where {one_holds('tokens @@ cast(w.words as tsquery)', 'term')}"
            " order by w.place"
        ),
        {"asked": asked},
    ).all()
    if not rows:
        return None
    # the most even cut: a short beginning is a word by chance
    best = min(rows, key=lambda row: abs(len(word) - 2 * len(pairs[row.place - 1][0])))
    return " ".join(pairs[best.place - 1])


def _commonest(conn: Connection, tokens: Sequence[str]) -> str | None:
    """Of words that are equally near the one that most bodies hold, then by the alphabet; None
    where nobody holds any now."""
    rows = conn.execute(
        sa.text(
            "select w.token, (select count(*) from entry"
            " where tokens @@ cast(w.asked as tsquery)) as n"
            " from unnest(cast(:tokens as text[]), cast(:asked as text[])) as w(token, asked)"
        ),
        {"tokens": list(tokens), "asked": [tsquery([[one]]) for one in tokens]},
    )
    held = [(-row.n, str(row.token)) for row in rows if row.n]
    return min(held)[1] if held else None


def _beginning_with(conn: Connection, letters: str) -> list[str]:
    """Words that lines and bodies' names hold or held."""
    rows = conn.execute(
        sa.text("select token from word where token >= :first and token < :end limit :most"),
        {"first": letters, "end": letters[:-1] + chr(ord(letters[-1]) + 1), "most": MOST_TOKENS},
    )
    return list(rows.scalars())


def _in_full(conn: Connection, token: str, typed: str) -> str:
    """The word as it is written somewhere, nearest to what was typed: a token is a stem
    ("batteri" for "battery" and for "batteries")."""
    written = {
        word.casefold()
        for said in _texts(conn, [token], 20)
        for word in _WORD.findall(said)
        if index_tokens(word) == [token]
    }
    near = DamerauLevenshtein.normalized_similarity
    return max(sorted(written), key=lambda word: near(typed, word), default=token)


def _texts(conn: Connection, tokens: Sequence[str], most: int) -> list[str]:
    """Terms and names that hold any of these tokens, as written."""
    rows = conn.execute(
        sa.text(
            "(select text || ' ' || also as said from term"
            " where tokens @@ cast(:tokens as tsquery) order by id limit :most)"
            " union all (select text from (select document_id from entry"
            " where tokens @@ (select cast(:named as tsquery))"
            " order by document_id limit :most) as one join document d on d.id = one.document_id,"
            " jsonb_to_recordset(d.card -> 'names') as n(text text) order by d.id limit :most)"
        ),
        {
            "tokens": tsquery([tokens]),
            "named": tsquery([[IN_NAME + token for token in tokens]]),
            "most": most,
        },
    )
    return [row.said for row in rows]


# --- Chinese --------------------------------------------------------------------------------------


def _better_chinese(conn: Connection, word: str) -> str | None:
    """Each run of Chinese as the directory writes it: one character in four may be another."""
    changed = False
    for run in _HAN.findall(word):
        near = _nearest_run(conn, plain(run))
        if near is not None:
            word, changed = word.replace(run, near), True
    return word if changed else None


def _nearest_run(conn: Connection, run: str) -> str | None:
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    if not pairs or _held(conn, pairs):
        return None
    if len(run) == 2:
        turned = run[::-1]  # the only slip in two characters that leaves a word to be known by
        return turned if _held(conn, [turned]) else None
    slips = max(1, len(run) // 4)
    found: dict[str, int] = {}
    for text in _texts(conn, pairs, MOST_TEXTS):
        for said in _HAN.findall(plain(text)):
            for at in range(len(said) - len(run) + 1):
                window = said[at : at + len(run)]
                differ = sum(a != b for a, b in zip(window, run, strict=True))
                if 0 < differ <= slips:
                    found[window] = differ
    return min(found, key=lambda one: (found[one], one), default=None)
