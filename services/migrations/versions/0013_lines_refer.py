"""What a scope line refers to is looked up for all lines of a statement, not for each

Revision: 0013, after 0012

PostgreSQL checks a foreign key row by row: of a first sync that was a third of all its work. The
same is refused here with the same words, once a statement and column, however many lines it writes.

What a foreign key does beside that is done as well:

- what is referred to is locked FOR KEY SHARE until the end of the transaction. So whoever deletes
  it meanwhile waits for the lines, and lines wait for a delete; no order of two transactions leaves
  a line that refers to nothing, also where they take no turn (``services/sync/publish.LOCK``).
- a run, record or term that a line refers to can't be deleted, emptied away or given another id.
  Whether there is such a line is asked of what is committed by then, so this works in READ
  COMMITTED alone; elsewhere it is refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REFERS = (
    ("record_id", "record"),
    ("run_id", "run"),
    ("end_run_id", "run"),
    ("object_id", "term"),
    ("parameter_id", "term"),
    ("method_id", "term"),
)
_TABLES = ("run", "record", "term")  # in the order in which publishing comes to them

# EXECUTE plans each statement anew: a plan kept from a block of ten thousand lines, and from tables
# that were empty then, is none for the next. ``except`` reads both sides to their end, so that all
# are locked.
_LINES_REFER = """
create function lines_refer() returns trigger language plpgsql as $$
declare
    refers text[];
    unknown bigint;
begin
    if not exists (select from written) then
        return null;
    end if;
    foreach refers slice 1 in array cast(tg_argv[0] as text[][]) loop
        execute format(
            'with asked as materialized'
            ' (select distinct %1$I as id from written where %1$I is not null),'
            ' held as materialized (select id from %2$I.%3$I'
            ' where id in (select id from asked) for key share)'
            ' select min(id) from (select id from asked except select id from held) as missing',
            refers[1], tg_table_schema, refers[2]
        ) into unknown;
        if unknown is not null then
            raise foreign_key_violation using
                message = format(
                    'insert or update on table "%s" violates foreign key constraint "%s"',
                    tg_table_name, refers[3]
                ),
                detail = format(
                    'Key (%s)=(%s) is not present in table "%s".', refers[1], unknown, refers[2]
                ),
                schema = tg_table_schema, table = tg_table_name, constraint = refers[3];
        end if;
    end loop;
    return null;
end $$
"""
_LINES_HOLD = """
create function lines_hold() returns trigger language plpgsql as $$
declare
    refers text[];
    still boolean;
    which text := '';
begin
    if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
        raise object_not_in_prerequisite_state using
            message = format('rows of "%s" leave in READ COMMITTED only', tg_table_name),
            hint = 'Lines that refer to them may be unseen in this transaction.';
    end if;
    foreach refers slice 1 in array cast(tg_argv[0] as text[][]) loop
        if tg_op = 'TRUNCATE' then
            execute format(
                'select exists (select from %I.scope_line where %I is not null)',
                tg_table_schema, refers[1]
            ) into still;
        elsif tg_op = 'UPDATE' and new.id = old.id then
            return null;
        else
            which := format('Key (id)=(%s) is', old.id);
            execute format(
                'select exists (select from %I.scope_line where %I = $1)',
                tg_table_schema, refers[1]
            ) into still using old.id;
        end if;
        if still then
            raise foreign_key_violation using
                message = format(
                    'update or delete on table "%s" violates foreign key constraint "%s" on table'
                    ' "scope_line"', tg_table_name, refers[2]
                ),
                detail = coalesce(nullif(which, ''), 'Rows are')
                    || ' still referenced from table "scope_line".',
                schema = tg_table_schema, table = 'scope_line', constraint = refers[2];
        end if;
    end loop;
    return null;
end $$
"""


def _name(column: str, table: str) -> str:
    return f"fk_scope_line_{column}_{table}"


def _array(rows: list[tuple[str, ...]]) -> str:
    return "{" + ",".join("{" + ",".join(row) + "}" for row in rows) + "}"


def upgrade() -> None:
    op.execute(_LINES_REFER)
    op.execute(_LINES_HOLD)
    for table in _TABLES:
        held = _array([(column, _name(column, to)) for column, to in _REFERS if to == table])
        op.execute(
            f"create trigger {table}_held after delete or update of id on {table}"
            f" for each row execute function lines_hold('{held}')"
        )
        op.execute(
            f"create trigger {table}_held_all after truncate on {table}"
            f" for each statement execute function lines_hold('{held}')"
        )
    refers = _array([(column, table, _name(column, table)) for column, table in _REFERS])
    for when in ("insert", "update"):
        op.execute(
            f"create trigger scope_line_refers_{when} after {when} on scope_line"
            " referencing new table as written"
            f" for each statement execute function lines_refer('{refers}')"
        )
    for column, table in _REFERS:
        op.drop_constraint(_name(column, table), "scope_line", type_="foreignkey")


def downgrade() -> None:
    for column, table in _REFERS:
        op.create_foreign_key(
            _name(column, table), "scope_line", table, [column], ["id"], postgresql_not_valid=True
        )
    for when in ("insert", "update"):
        op.execute(f"drop trigger scope_line_refers_{when} on scope_line")
    for table in reversed(_TABLES):
        op.execute(f"drop trigger {table}_held_all on {table}")
        op.execute(f"drop trigger {table}_held on {table}")
    op.execute(sa.text("drop function lines_hold()"))
    op.execute(sa.text("drop function lines_refer()"))
    for column, table in _REFERS:
        op.execute(f"alter table scope_line validate constraint {_name(column, table)}")
