"""Entries: the open documents as search of today asks them, one narrow row a body.

Made of documents alone, in one statement and in the transaction that writes them, so that
``enter`` for all bodies rebuilds them at any time. What is asked as of the past, or goes on over an
older state of the log, is answered by the documents' versions in the same order.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.models import Entry

LONGEST = 500  # characters of a list's value that are compared; a lexeme takes 2,046 bytes
# the lists of a document that search filters by, as its tokens name them
LISTS = (
    *("standing", "kinds", "site_countries", "countries", "modes", "issuers"),
    *("levels", "languages", "sources", "families", "numbers"),
)
# equal for bodies that count alike in every facet but the families, which differ most
PROFILE = (
    *("standing", "kinds", "site_countries", "countries", "modes", "issuers"),
    *("levels", "languages", "sources"),
)


def listed(name: str, value: str) -> str:
    """The token of one value of a list."""
    return f"{name}/{value}"[:LONGEST]


def standard_token(key: str) -> str:
    """Of a standard that a scope names and a name or an accreditation too: see ``_STANDARDS``."""
    return listed("standards", key)


def profile(alias: str) -> str:
    """SQL: one number for the lists of PROFILE."""
    return " # ".join(
        f"hash_array_extended({alias}.{name}, {seed})" for seed, name in enumerate(PROFILE)
    )


def families(alias: str) -> str:
    return f"hash_array_extended({alias}.families, 0)"


def stands(alias: str) -> str:
    """SQL: how a body stands, best first."""
    return (
        f"case when 'stands' = any({alias}.standing) then 3"
        f" when 'partly' = any({alias}.standing) then 2"
        f" when 'unknown' = any({alias}.standing) then 1 else 0 end"
    )


def lines(alias: str) -> str:
    return f"coalesce(({alias}.card ->> 'line_count')::int, 0)"


_LISTED = " union all ".join(
    f"select left('{name}/' || one, {LONGEST}) from unnest(d.{name}) as one" for name in LISTS
)
# A token "§gb4943.1" may stand for a scope or for what else is said of the body, and then "~§…" or
# "=§…" stands there too. A filter by standard asks for scopes: it takes the token without these,
# or this one, which is there where both hold.
_STANDARDS = (
    f"select left('standards/' || substr(one, 3), {LONGEST})"
    " from unnest(tsvector_to_array(d.tokens)) as one"
    " where left(one, 2) in ('~§', '=§') and substr(one, 3) = any(d.standards)"
)
# PostgreSQL moves values out of rows larger than 2 kB alone. Words that take less would stay in
# their row, and each question that the body fits would read them: so a long one is put to them.
_LONG = "case when pg_column_size(d.tokens) < 2000 then repeat('.', 2000) else '.' end"
_ENTER = f"""
    insert into entry (body_id, document_id, profile, families, stands, lines, sort_name, tokens)
    select d.body_id, d.id, {profile("d")}, {families("d")}, {stands("d")}, {lines("d")},
        d.sort_name, d.tokens || array_to_tsvector(array(
            {_LISTED} union all {_STANDARDS} union all select {_LONG}))
    from document d where d.to_position is null {{which}}
    on conflict (body_id) do update set document_id = excluded.document_id,
        profile = excluded.profile, families = excluded.families, stands = excluded.stands,
        lines = excluded.lines, sort_name = excluded.sort_name, tokens = excluded.tokens
"""


def enter(conn: Connection, body_ids: Sequence[int]) -> None:
    """Make the entries of these bodies what their open documents say; none where there is none.
    One that is of the open document stays."""
    among = {"ids": list(body_ids)}
    conn.execute(
        sa.text(
            "delete from entry e where e.body_id = any(cast(:ids as bigint[])) and not exists"
            " (select from document d where d.body_id = e.body_id and d.to_position is null)"
        ),
        among,
    )
    which = (
        "and d.body_id = any(cast(:ids as bigint[])) and not exists"
        " (select from entry e where e.body_id = d.body_id and e.document_id = d.id)"
    )
    conn.execute(sa.text(_ENTER.format(which=which)), among)


def enter_all(conn: Connection) -> None:
    """Rebuild all entries."""
    conn.execute(sa.delete(Entry))
    conn.execute(sa.text(_ENTER.format(which="")))


def settle(conn: Connection) -> None:
    """Put what was written lately to its place in the indexes of words: each question would read
    it through, and the planner, who knows, would rather read the table."""
    names = ("ix_entry_tokens", "ix_term_tokens")
    conn.execute(sa.text("select " + ", ".join(f"gin_clean_pending_list('{n}')" for n in names)))


def know(conn: Connection, tokens: Iterable[str]) -> None:
    """Take the words among these tokens to those that a misspelt word is compared with."""
    words = sorted({one for one in tokens if "a" <= one[:1] <= "z" and one.isalpha()})
    conn.execute(
        sa.text(
            "insert into word (token) select one from unnest(cast(:words as text[])) as one"
            " where not exists (select from word where token = one) on conflict do nothing"
        ),
        {"words": words},
    )
