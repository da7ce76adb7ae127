"""Tables without what is looked up row by row, and with it again."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def take_away(conn: Connection, names: Iterable[str]) -> list[str]:
    """Take away what would be looked up row by row; returns the statements that put it back.

    Loading 10 million lines into their indexes takes three times as long as building these after.
    """
    tables = [f"'{table}'::regclass" for table in names]
    of = f"in ({', '.join(tables)})"
    constraints = conn.execute(
        sa.text(
            "select conrelid::regclass::text as of_table, conname, contype,"
            f" pg_get_constraintdef(oid) as made from pg_constraint where conrelid {of}"
            " and contype in ('f', 'x', 'u') order by conname"
        )
    ).all()
    indexes = conn.execute(
        sa.text(
            "select indexrelid::regclass::text as named, pg_get_indexdef(indexrelid) as made"
            f" from pg_index where indrelid {of} and not indisprimary and not exists"
            " (select from pg_constraint where conindid = indexrelid and contype in ('x', 'u'))"
        )
    ).all()
    for one in constraints:
        conn.execute(sa.text(f'alter table {one.of_table} drop constraint "{one.conname}"'))
    for one in indexes:
        conn.execute(sa.text(f"drop index {one.named}"))
    made = [one.made for one in indexes]
    # what a foreign key looks up must be unique first
    ordered = sorted(constraints, key=lambda one: one.contype == "f")
    made += [f'alter table {c.of_table} add constraint "{c.conname}" {c.made}' for c in ordered]
    return made


def put_back(conn: Connection, statements: Sequence[str]) -> None:
    conn.execute(sa.text("analyze"))
    for one in statements:
        conn.exec_driver_sql(one)
