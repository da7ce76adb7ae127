"""What scope lines refer to is there: held by triggers as foreign keys would hold it."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from services import db
from services.models import ScopeLine
from tests.services.store.build import World, at, lab, line

KEYS = list(ScopeLine.__table__.foreign_keys)
HELD = sorted((k.parent.name, k.column.table.name) for k in KEYS if k.info.get("held_by"))
COLUMNS = (
    *("key", "hash", "valid", "known", "record_id", "run_id", "end_run_id", "accreditation"),
    *("object_id", "parameter_id", "method_id", "unit", "limitation", "flexible"),
)
NOWHERE = 987_654


def many(count: int, column: str = "", bad: int = 0) -> str:
    """As many copies of a line, all new; the last one refers by this column to what is nowhere."""
    own = {"key": "'n' || n"}
    if column:
        own[column] = f"case when n = {count} then {bad} else {column} end"
    said = ", ".join(own.get(name, name) for name in COLUMNS)
    return (
        f"insert into scope_line ({', '.join(COLUMNS)}) select {said} from scope_line,"
        f" generate_series(1, {count}) n where key = 'acc|1'"
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    one = db.connect(database_url)
    with one.connect() as conn:
        fill(conn)
    yield one
    one.dispose()


def fill(conn: Connection) -> None:
    """Two lines, the first of which refers to something by every column."""
    world = World(conn)
    world.source("register", authoritative_for=("CNAS",))
    said = [line("1", "cells", "IEC 62133", parameter="heat"), line("2", "packs", "UN 38.3")]
    world.look("register", at("2026-05-01"), [lab(lines=said)])
    world.look("register", at("2026-05-02"), [lab(lines=said[:1])])
    conn.exec_driver_sql("update scope_line set end_run_id = 2 where key = 'acc|1'")
    conn.commit()


def refused(engine: Engine, statement: str) -> psycopg.Error:
    with engine.connect() as conn, pytest.raises(IntegrityError) as raised:
        conn.exec_driver_sql(statement)
    assert isinstance(raised.value.orig, psycopg.errors.ForeignKeyViolation)
    return raised.value.orig


def test_all_that_a_line_refers_to_is_held() -> None:
    assert len(HELD) == len(KEYS) == 6


@pytest.mark.parametrize(("column", "table"), HELD)
@pytest.mark.parametrize("count", [1, 10_000])
def test_a_line_that_refers_to_nothing_is_refused(
    engine: Engine, column: str, table: str, count: int
) -> None:
    said = refused(engine, many(count, column, NOWHERE))
    assert said.diag.constraint_name == f"fk_scope_line_{column}_{table}"
    assert (
        said.diag.message_detail == f'Key ({column})=({NOWHERE}) is not present in table "{table}".'
    )
    with engine.connect() as conn:
        assert conn.exec_driver_sql(many(count)).rowcount == count, "but for that one they may"


@pytest.mark.parametrize(("column", "table"), HELD)
def test_a_line_that_is_altered_to_refer_to_nothing_is_refused(
    engine: Engine, column: str, table: str
) -> None:
    said = refused(engine, f"update scope_line set {column} = {NOWHERE}")
    assert said.diag.constraint_name == f"fk_scope_line_{column}_{table}"


def test_copied_lines_are_held_as_well(engine: Engine) -> None:
    with engine.connect() as conn:
        driver = conn.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        row = f"n\t\\\\x00\t[,)\t[,)\t1\t{NOWHERE}\tacc\t\tf\t\n"
        names = (
            "key, hash, valid, known, record_id, run_id, accreditation, unit, flexible, limitation"
        )
        with (
            pytest.raises(psycopg.errors.ForeignKeyViolation),
            driver.cursor() as cursor,
            cursor.copy(f"copy scope_line ({names}) from stdin".encode()) as copy,
        ):
            copy.write(row)


@pytest.mark.parametrize(("column", "table"), HELD)
def test_what_a_line_refers_to_stays(engine: Engine, column: str, table: str) -> None:
    of = f"(select {column} from scope_line where key = 'acc|1')"
    for statement in (
        f"delete from {table} where id = {of}",
        f"update {table} set id = default where id = {of}",
    ):
        with engine.connect() as conn, conn.begin() as begun:
            _alone(conn, table)
            with pytest.raises(IntegrityError) as raised:
                conn.exec_driver_sql(statement)
            begun.rollback()
        assert isinstance(raised.value.orig, psycopg.errors.ForeignKeyViolation)
        diag = raised.value.orig.diag
        assert diag.table_name == "scope_line"
        assert (diag.message_detail or "").endswith('is still referenced from table "scope_line".')
        assert diag.constraint_name in {f"fk_scope_line_{c}_{t}" for c, t in HELD if t == table}


def _alone(conn: Connection, table: str) -> None:
    """Take away the foreign keys of other tables to this one: lines alone hold it."""
    for name, of in conn.execute(
        sa.text(
            "select conname, conrelid::regclass::text from pg_constraint"
            " where contype = 'f' and confrelid = cast(:table as regclass)"
        ),
        {"table": table},
    ).all():
        conn.exec_driver_sql(f'alter table "{of}" drop constraint "{name}"')


@pytest.mark.parametrize("table", ["record", "run", "term"])
def test_what_lines_refer_to_is_not_emptied_away(engine: Engine, table: str) -> None:
    with engine.connect() as conn:
        _alone(conn, table)
        nested = conn.begin_nested()
        with pytest.raises(IntegrityError, match="still referenced"):
            conn.exec_driver_sql(f"truncate {table}")
        nested.rollback()
        conn.exec_driver_sql(f"truncate {table}, scope_line")


def test_what_no_line_refers_to_may_go(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.exec_driver_sql("delete from scope_line where key = 'acc|2'")
        gone = "delete from term where text in ('packs', 'UN 38.3')"
        assert conn.exec_driver_sql(gone).rowcount == 2
        conn.exec_driver_sql("update term set also = 'x'")


def test_a_delete_that_cannot_see_all_lines_is_refused(engine: Engine) -> None:
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        with (
            engine.connect().execution_options(isolation_level=level) as conn,
            pytest.raises(OperationalError, match="READ COMMITTED"),
        ):
            conn.exec_driver_sql("delete from term where text = 'packs'")


# --- two transactions at once ---------------------------------------------------------------------

UNUSED = (
    "insert into term (kind, text, also, digest, tokens)"
    " values ('object', 'unused', '', 'x', '') returning id"
)


def _meanwhile(engine: Engine, statement: str, act: Callable[[], None]) -> Exception | None:
    """Begin a statement that waits, act, and tell how the statement ended."""
    ended: list[Exception | None] = []

    def run() -> None:
        try:
            with engine.begin() as conn:
                conn.exec_driver_sql(statement)
            ended.append(None)
        except IntegrityError as fault:
            ended.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    waits = sa.text(
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock'"
    )
    with engine.connect() as conn:
        until = time.monotonic() + 20
        while not conn.execute(waits).scalar_one() and time.monotonic() < until:
            conn.rollback()
            time.sleep(0.02)
        assert conn.execute(waits).scalar_one() == 1, "it waits"
    act()
    thread.join(20)
    return ended[0]


def test_a_term_that_is_deleted_while_a_line_comes_stays(engine: Engine) -> None:
    with engine.begin() as conn:
        term = conn.exec_driver_sql(UNUSED).scalar_one()
    with engine.connect() as conn:
        conn.exec_driver_sql(many(1, "object_id", term))
        gone = f"delete from term where id = {term}"
        assert "still referenced" in str(_meanwhile(engine, gone, conn.commit))


def test_a_line_that_comes_while_its_term_is_deleted_is_refused(engine: Engine) -> None:
    with engine.begin() as conn:
        term = conn.exec_driver_sql(UNUSED).scalar_one()
    with engine.connect() as conn:
        conn.exec_driver_sql(f"delete from term where id = {term}")
        said = _meanwhile(engine, many(1, "object_id", term), conn.commit)
    assert "is not present" in str(said)


# --- the migration --------------------------------------------------------------------------------

OWN = sa.text(
    "select count(*) from pg_constraint where contype = 'f' and convalidated"
    " and conrelid = 'scope_line'::regclass"
)
COUNT = sa.text("select count(*) from scope_line")


def words(engine: Engine) -> list[tuple[str | None, ...]]:
    """What is said of lines that refer to nothing, and of a term that one refers to."""
    said = [refused(engine, many(3, column, NOWHERE)).diag for column, _ in HELD]
    said.append(refused(engine, "delete from term where text = 'IEC 62133'").diag)
    return [
        (one.sqlstate, one.message_primary, one.message_detail, one.table_name, one.constraint_name)
        for one in said
    ]


def test_a_database_with_foreign_keys_goes_on_with_triggers(database_url: str) -> None:
    """The same words refuse the same lines before and after."""
    command.downgrade(db._config(database_url), "0012")
    engine = db.connect(database_url)
    with engine.connect() as conn:
        fill(conn)
        assert (conn.execute(OWN).scalar_one(), conn.execute(COUNT).scalar_one()) == (6, 2)
    before = words(engine)
    engine.dispose()
    db.migrate(database_url)
    with engine.connect() as conn:
        assert (conn.execute(OWN).scalar_one(), conn.execute(COUNT).scalar_one()) == (0, 2)
    assert words(engine) == before
    engine.dispose()
    command.downgrade(db._config(database_url), "0012")
    with engine.connect() as conn:
        assert (conn.execute(OWN).scalar_one(), conn.execute(COUNT).scalar_one()) == (6, 2)
    engine.dispose()
