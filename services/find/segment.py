"""Chinese questions cut into the words that the directory holds.

Chinese is searched by pairs of characters, and a question without blanks ("电动汽车电池") has
pairs across its words ("车电") that no line holds. So a run that no term and no body holds as a
whole is cut into the fewest pieces that are held, before it is searched.
"""

import re
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import one_holds
from services.store.project import IN_BODY, IN_NAME
from services.store.tokens import plain, tsquery

SHORTEST = 4  # characters; shorter runs are words
LONGEST = 16  # beyond, a run stays as it is: it has too many pieces to ask for
_RUN = re.compile(r"[\u4e00-\u9fff]+")
_IN_TERM = one_holds("tokens @@ cast(w.term as tsquery)", "term")
_IN_NAMES = one_holds("tokens @@ cast(w.name as tsquery)")
_IN_BODY = one_holds("tokens @@ cast(w.body as tsquery)")


def segmented(conn: Connection, words: str) -> str:
    """The question with blanks between the words of each run; as it is where nothing is to cut."""
    runs = {
        run: simple
        for run in _RUN.findall(words)
        if SHORTEST <= len(run) <= LONGEST and len(simple := plain(run)) == len(run)
    }
    whole = held(conn, runs.values())
    open_runs = {run: simple for run, simple in runs.items() if simple not in whole}
    if not open_runs:
        return words
    known = held(conn, {piece for simple in open_runs.values() for piece in _pieces(simple)})
    for run, simple in open_runs.items():
        at = 0
        cut = []
        for piece in _fewest(simple, known):
            cut.append(run[at : at + len(piece)])
            at += len(piece)
        if cut:
            words = words.replace(run, " ".join(cut))
    return words


def _pieces(run: str) -> Iterable[str]:
    for start in range(len(run) - 1):
        for end in range(start + 2, len(run) + 1):
            if end - start < len(run):
                yield run[start:end]


def _fewest(run: str, known: set[str]) -> list[str]:
    """The fewest held pieces that make the run, longer ones first; none where it has no such."""
    best: list[list[str] | None] = [[]] + [None] * len(run)
    for end in range(2, len(run) + 1):
        for start in range(end - 1):
            before, piece = best[start], run[start:end]
            if before is None or piece not in known:
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = [*before, piece]
    return best[-1] or []


def held(conn: Connection, words: Iterable[str]) -> set[str]:
    """Those of which one term, one name or what else is said of one body holds every pair."""
    asked = sorted(set(words))
    if not asked:
        return set()
    pairs = [[word[i : i + 2] for i in range(len(word) - 1)] for word in asked]
    rows = conn.execute(
        sa.text(
            "select w.word from unnest(cast(:words as text[]), cast(:terms as text[]),"
            " cast(:names as text[]), cast(:bodies as text[])) as w(word, term, name, body)"
            f" where {_IN_TERM} or {_IN_NAMES} or {_IN_BODY}"
        ),
        {
            "words": asked,
            "terms": [tsquery([pair] for pair in one) for one in pairs],
            "names": [tsquery([IN_NAME + pair] for pair in one) for one in pairs],
            "bodies": [tsquery([IN_BODY + pair] for pair in one) for one in pairs],
        },
    )
    return {row.word for row in rows}
