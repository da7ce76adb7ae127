"""Set-based writing: rows go by COPY into a stage, one statement a table tells what is new.

A stage lives as long as the transaction. Nothing here knows what the facts mean.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.models import Base, Statement
from services.models import Term as TermRow
from services.sync.statements import TABLES, Stated, Term, columns, stated

_TERM_COLUMNS = ("object_id", "parameter_id", "method_id")


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _copy(conn: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into a table; returns how many."""
    count = 0
    into = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with _driver(conn).cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def stage_records(conn: Connection, record_ids: Iterable[int]) -> None:
    """The records of this run whose statements may differ: every later step is bounded by them."""
    conn.execute(
        sa.text("create temp table stage_record (record_id bigint primary key) on commit drop")
    )
    _copy(conn, "stage_record", ["record_id"], ((one,) for one in record_ids))
    conn.execute(sa.text("analyze stage_record"))


def code_terms(conn: Connection, terms: Iterable[Term]) -> dict[Term, int]:
    """Ids of these terms; those never seen before are added."""
    wanted = list(dict.fromkeys(terms))
    known: dict[Term, int] = {}
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        found = _term_ids(conn, part)
        new = [term for term in part if term not in found]
        if new:
            rows = [term.row() for term in new]
            put = insert(TermRow).values(
                {
                    "kind": sa.bindparam("kind"),
                    "text": sa.bindparam("text"),
                    "also": sa.bindparam("also"),
                    "digest": sa.bindparam("digest"),
                    "tokens": sa.func.array_to_tsvector(
                        sa.bindparam("tokens", type_=sa.ARRAY(sa.Text))
                    ),
                    "standards": sa.bindparam("standards"),
                    "editions": sa.bindparam("editions"),
                }
            )
            conn.execute(put.on_conflict_do_nothing(), rows)
            found |= _term_ids(conn, new)
        known |= found
    return known


def _term_ids(conn: Connection, terms: Sequence[Term]) -> dict[Term, int]:
    by_digest = {(term.kind, term.digest): term for term in terms}
    rows = conn.execute(
        sa.select(TermRow.id, TermRow.kind, TermRow.digest).where(
            TermRow.digest
            == sa.func.any(sa.literal([term.digest for term in terms], sa.ARRAY(sa.LargeBinary)))
        )
    )
    return {
        by_digest[row.kind, bytes(row.digest)]: int(row.id)
        for row in rows
        if (row.kind, bytes(row.digest)) in by_digest
    }


def stage_facts(conn: Connection, part: str, rows: Sequence[Stated]) -> None:
    """COPY the statements of one kind beside the table that they belong to."""
    model = TABLES[part]
    table, names = _table(model), columns(model)
    every = ["record_id", "key", "raw", "hash", "valid", *names]
    listed = ", ".join(f'"{name}"' for name in every)
    conn.execute(
        sa.text(
            f"create temp table stage_{table} on commit drop as select {listed} from {table}"
            " with no data"
        )
    )
    terms = (
        code_terms(
            conn, (row.values[c] for row in rows for c in _TERM_COLUMNS if row.values.get(c))
        )
        if part == "lines"
        else {}
    )

    def plain() -> Iterable[list[Any]]:
        for row in rows:
            values = [
                terms[v] if isinstance(v, Term) else v for v in (row.values[n] for n in names)
            ]
            yield [row.record_id, row.key, row.raw, row.hash, row.valid, *values]

    _copy(conn, f"stage_{table}", every, plain())


def _table(model: type[Statement]) -> str:
    assert issubclass(model, Base)
    return str(model.__tablename__)


def overlapping(conn: Connection, part: str) -> str | None:
    """A key under which one record says two things of the same day, or None."""
    table = f"stage_{_table(TABLES[part])}"
    return conn.execute(
        sa.text(
            "select key from (select key, valid && lag(valid) over"
            f" (partition by record_id, key order by lower(valid) nulls first) as twice"
            f" from {table}) as one where twice limit 1"
        )
    ).scalar_one_or_none()


def write_facts(conn: Connection, part: str, run_id: int, known_at: datetime) -> None:
    """End the open statements that the stage no longer makes; begin those that it makes anew.

    Untouched statements keep their rows. Bounded by ``stage_record``. New rows come in the order in
    which the source states them, whatever the plan: of two names the one said first is shown.
    """
    model = TABLES[part]
    table, names = _table(model), columns(model)
    same = "s.record_id = t.record_id and s.key = t.key and s.valid = t.valid and s.hash = t.hash"
    conn.execute(
        sa.text(
            f"update {table} t set known = tstzrange(lower(t.known), :known), end_run_id = :run"
            " from stage_record r where r.record_id = t.record_id and upper_inf(t.known)"
            f" and not exists (select 1 from stage_{table} s where {same})"
        ),
        {"known": known_at, "run": run_id},
    )
    own = "".join(f', "{name}"' for name in names)
    theirs = "".join(f', s."{name}"' for name in names)
    conn.execute(
        sa.text(
            f"insert into {table} (record_id, key, raw, hash, valid, known, run_id{own})"
            f" select s.record_id, s.key, s.raw, s.hash, s.valid, tstzrange(:known, null), :run"
            f"{theirs} from stage_{table} s where not exists"
            f" (select 1 from {table} t where {same} and upper_inf(t.known)) order by s.ctid"
        ),
        {"known": known_at, "run": run_id},
    )


def stage_all(conn: Connection, drafts: dict[int, Any]) -> tuple[list[str], list[str]]:
    """Stage every kind of statement that these records make or made.

    Returns those kinds, in the order of TABLES, and a list of contradictions in words.
    """
    stage_records(conn, drafts)
    made = _made_before(conn)
    parts, said = [], []
    for part in TABLES:
        rows = [
            one for record_id, draft in drafts.items() for one in stated(record_id, draft, part)
        ]
        if not rows and part not in made:
            continue
        parts.append(part)
        stage_facts(conn, part, rows)
        if key := overlapping(conn, part):
            said.append(f"One record says two things of the same day under {part} “{key}”.")
    return parts, said


def _made_before(conn: Connection) -> set[str]:
    """Kinds of which these records have open statements: a temporary table for each of two dozen
    would cost more than most runs."""
    asked = " union all ".join(
        f"select '{part}' where exists (select from {_table(model)} t"
        " join stage_record using (record_id) where upper_inf(t.known))"
        for part, model in TABLES.items()
    )
    return set(conn.execute(sa.text(asked)).scalars())
