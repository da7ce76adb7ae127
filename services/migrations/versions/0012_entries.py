"""Entries: what search of today asks, a narrow row a body; words for misspelt ones

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 500
_LISTS = (
    *("standing", "kinds", "site_countries", "countries", "modes", "issuers"),
    *("levels", "languages", "sources", "families", "numbers"),
)
_LISTED = " union all ".join(
    f"select left('{name}/' || one, 500) from unnest(d.{name}) as one" for name in _LISTS
)
_PROFILE = " # ".join(f"hash_array_extended(d.{name}, {n})" for n, name in enumerate(_LISTS[:9]))

# How many lines of a body hold a token, as tokens: "2×batteri" where 4² lines or more do.
_LEVELS = """
    with used as materialized (
        select bl.body_id, t.id, count(*) as lines from body_link bl
        join scope_line l on l.record_id = bl.record_id and upper_inf(l.known)
        cross join lateral (values (l.object_id), (l.parameter_id), (l.method_id)) as t(id)
        where bl.body_id = any(cast(:ids as bigint[])) and upper_inf(bl.known)
            and t.id is not null
        group by bl.body_id, t.id
    ), counted as materialized (
        select used.body_id, word.lexeme, sum(used.lines) as lines
        from used join term on term.id = used.id
        cross join lateral unnest(tsvector_to_array(term.tokens)) as word(lexeme)
        where word.lexeme !~ '^[0-9]+$'
        group by used.body_id, word.lexeme having sum(used.lines) >= 4
    ), told as (
        select body_id, array_agg(level || '×' || lexeme) as tokens
        from counted, generate_series(1, 6) as level where lines >= 4 ^ level group by body_id
    )
    update document d set tokens = d.tokens || array_to_tsvector(told.tokens) from told
    where d.body_id = told.body_id and d.to_position is null
        -- a tsvector holds 1 MB
        and octet_length(array_to_string(tsvector_to_array(d.tokens) || told.tokens, '')) < 1000000
"""
_ENTRIES = f"""
    insert into entry (body_id, document_id, profile, families, stands, lines, sort_name, tokens)
    select d.body_id, d.id, {_PROFILE}, hash_array_extended(d.families, 0),
        case when 'stands' = any(d.standing) then 3 when 'partly' = any(d.standing) then 2
            when 'unknown' = any(d.standing) then 1 else 0 end,
        coalesce((d.card ->> 'line_count')::int, 0), d.sort_name,
        d.tokens || array_to_tsvector(array({_LISTED} union all
            select left('standards/' || substr(one, 3), 500)
            from unnest(tsvector_to_array(d.tokens)) as one
            where left(one, 2) in ('~§', '=§') and substr(one, 3) = any(d.standards)
            -- PostgreSQL moves values out of rows larger than 2 kB alone: a long one for the others
            union all select case when pg_column_size(d.tokens) < 2000 then repeat('.', 2000)
                else '.' end))
    from document d where d.to_position is null and d.body_id = any(cast(:ids as bigint[]))
"""
_WORDS = (
    "insert into word (token) select distinct one from term,"
    " unnest(tsvector_to_array(tokens)) as one where one ~ '^[a-z][^0-9/.@-]*$'"
    " union select distinct substr(one, 2) from document d,"
    " unnest(tsvector_to_array(d.tokens)) as one"
    " where d.to_position is null and one ~ '^=[a-z][^0-9/.@-]*$'"
)


def upgrade() -> None:
    op.create_table(
        "entry",
        sa.Column("body_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("profile", sa.BigInteger(), nullable=False),
        sa.Column("families", sa.BigInteger(), nullable=False),
        sa.Column("stands", sa.SmallInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_entry_body_id_body")),
        sa.PrimaryKeyConstraint("body_id", name=op.f("pk_entry")),
    )
    # a question reads the rows of all that fit, and the words of none: these stand apart
    op.execute("alter table entry set (toast_tuple_target = 128)")
    op.execute("alter table entry alter column tokens set storage external")
    op.execute("alter table entry alter column sort_name set storage main")
    op.create_table(
        "word",
        sa.Column("token", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_word")),
    )
    _fill(op.get_bind())
    op.create_index("ix_entry_tokens", "entry", ["tokens"], postgresql_using="gin")


def _fill(conn: sa.Connection) -> None:
    """From the open documents. A body that older code projects again before it is replaced is
    entered anew by the next turn of the calendar."""
    last = 0
    while ids := list(
        conn.execute(
            sa.text(
                "select body_id from document where to_position is null and body_id > :last"
                " order by body_id limit :few"
            ),
            {"last": last, "few": _AT_ONCE},
        ).scalars()
    ):
        last = ids[-1]
        conn.execute(sa.text(_LEVELS), {"ids": ids})
        conn.execute(sa.text(_ENTRIES), {"ids": ids})
    conn.execute(sa.text(_WORDS))


def downgrade() -> None:
    op.drop_table("word")
    op.drop_table("entry")
