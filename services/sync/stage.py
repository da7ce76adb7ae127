"""Set-based writing: rows go by COPY into a stage, one statement a table tells what is new.

A stage lives as long as the transaction. Nothing here knows what the facts mean.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain, islice

import sqlalchemy as sa
from psycopg.types.range import Range
from sqlalchemy.engine import Connection

from services.kit import Draft, Line
from services.models import Base, Statement
from services.sync.copying import copy_rows, period_text, plain
from services.sync.lines import Lines
from services.sync.statements import TABLES, Stated, columns, stated


def stage_records(conn: Connection, record_ids: Iterable[int], fresh: Collection[int]) -> None:
    """The records of this run whose statements may differ: every later step is bounded by them.
    ``fresh`` ones were made by this run and have stated nothing yet."""
    conn.execute(
        sa.text(
            "create temp table stage_record (record_id bigint primary key, fresh boolean)"
            " on commit drop"
        )
    )
    copy_rows(conn, "stage_record", ["record_id", "fresh"], ((i, i in fresh) for i in record_ids))
    conn.execute(sa.text("analyze stage_record"))


def _make_stage(conn: Connection, part: str) -> list[str]:
    """An empty stage beside the table of one kind of statements; its columns."""
    model = TABLES[part]
    table, every = _table(model), ["record_id", "key", "raw", "hash", "valid", *columns(model)]
    listed = ", ".join(f'"{name}"' for name in every)
    conn.execute(
        sa.text(
            f"create temp table stage_{table} on commit drop as select {listed} from {table}"
            " with no data"
        )
    )
    return every


def stage_facts(conn: Connection, part: str, rows: Iterable[Stated]) -> None:
    """COPY the statements of one kind beside the table that they belong to."""
    every = _make_stage(conn, part)
    names = every[5:]
    values = (
        [plain(v) for v in (row.record_id, row.key, row.raw, row.hash, row.valid)]
        + [plain(row.values[name]) for name in names]
        for row in rows
    )
    copy_rows(conn, f"stage_{_table(TABLES[part])}", every, values)


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
            " from stage_record r where r.record_id = t.record_id and not r.fresh"
            " and upper_inf(t.known)"
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


def stage_all(
    conn: Connection,
    drafts: Mapping[int, Draft],
    lines_of: Callable[[int], Iterable[Line]],
    fresh: Collection[int],
    run_id: int,
    known_at: datetime,
) -> tuple[list[str], list[str]]:
    """Stage every kind of statement that these records make or made.

    Lines of ``fresh`` records meet none that stand already: they go to their table at once.
    Returns those kinds, in the order of TABLES, and a list of contradictions in words.
    """
    stage_records(conn, drafts, fresh)
    made = _made_before(conn) if len(fresh) < len(drafts) else set()
    parts, said = [], []
    for part in TABLES:
        if part == "lines":
            there, key = _stage_lines(conn, drafts, lines_of, fresh, run_id, known_at)
        else:
            rows = (one for i, draft in drafts.items() for one in stated(i, draft, part))
            first = list(islice(rows, 1))
            there = bool(first)
            if there or part in made:
                stage_facts(conn, part, chain(first, rows))
            key = overlapping(conn, part) if there else None
        if there or part in made:
            parts.append(part)
        if key is not None:
            said.append(f"One record says two things of the same day under {part} “{key}”.")
    return parts, said


def _stage_lines(
    conn: Connection,
    records: Collection[int],
    lines_of: Callable[[int], Iterable[Line]],
    fresh: Collection[int],
    run_id: int,
    known_at: datetime,
) -> tuple[bool, str | None]:
    """Returns whether there is any, and a key under which a record contradicts itself, or None."""
    table, lines = _table(TABLES["lines"]), Lines(conn)
    _make_stage(conn, "lines")
    lines.copy(((i, lines_of(i)) for i in records if i not in fresh), f"stage_{table}")
    since = period_text(Range(known_at, None))
    more = (("known", since), ("run_id", str(run_id)))
    lines.copy(((i, lines_of(i)) for i in records if i in fresh), table, more)
    return lines.count > 0, lines.twice


def _made_before(conn: Connection) -> set[str]:
    """Kinds of which these records have open statements: a temporary table for each of two dozen
    would cost more than most runs."""
    asked = " union all ".join(
        f"select '{part}' where exists (select from {_table(model)} t"
        " join stage_record r using (record_id) where upper_inf(t.known) and not r.fresh)"
        for part, model in TABLES.items()
    )
    return set(conn.execute(sa.text(asked)).scalars())
