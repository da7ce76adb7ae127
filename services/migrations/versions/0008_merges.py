"""Deciding matches: merges that are dated and undone, pairs kept apart, relations between bodies

``body.merged_into`` was one value for all times; ``body_merge`` says since when (and until when) an
id leads on, so that what was asked as known before stays what it was.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = ("branch_of", "subsidiary_of", "joint_venture_of", "unit_of", "name_plate_of")

# A body was left when its last record was led away: by the link that begins where its own ended.
_MOVE = """
    insert into body_merge (body_id, into_id, known, because, run_id)
    select b.id, b.merged_into, tstzrange(coalesce(w.at, r.known_at, r.asked_at), null),
        'A corrected name is that of a body that the directory knew.', coalesce(w.run_id, b.run_id)
    from body b join run r on r.id = b.run_id
    left join lateral (
        select upper(o.known) as at, n.run_id from body_link o
        left join body_link n on n.record_id = o.record_id and lower(n.known) = upper(o.known)
        where o.body_id = b.id and not upper_inf(o.known)
        order by upper(o.known) desc limit 1
    ) w on true
    where b.merged_into is not null
"""
_REMEMBER = """
    update body_link l set merge_id = g.id from body_merge g
    where l.body_id = g.into_id and lower(l.known) = lower(g.known)
        and exists (select from body_link o where o.record_id = l.record_id
            and o.body_id = g.body_id and upper(o.known) = lower(l.known))
"""


def _decided(table: str, *more: sa.schema.SchemaItem, ended: bool = False) -> None:
    """A table of dated decisions about two bodies."""
    ways = ("account_id", "end_account_id") if ended else ("account_id",)
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=ended),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        *more,
        *(
            sa.ForeignKeyConstraint([one], ["account.id"], name=op.f(f"fk_{table}_{one}_account"))
            for one in ways
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f(f"fk_{table}_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _body(table: str, name: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column(name, sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint([name], ["body.id"], name=op.f(f"fk_{table}_{name}_body")),
    )


def _one_a_time(name: str, *columns: str) -> sa.schema.SchemaItem:
    return postgresql.ExcludeConstraint(
        *((sa.column(one), "=") for one in columns),
        (sa.column("known"), "&&"),
        using="gist",
        name=name,
    )


def upgrade() -> None:
    _decided(
        "body_merge",
        *_body("body_merge", "body_id"),
        *_body("body_merge", "into_id"),
        sa.Column("end_because", sa.Text(), server_default="", nullable=False),
        sa.Column("end_proof", sa.Text(), server_default="", nullable=False),
        sa.Column("end_account_id", sa.BigInteger(), nullable=True),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_body_merge_end_run_id_run")
        ),
        sa.CheckConstraint("body_id <> into_id", name=op.f("ck_body_merge_two_bodies")),
        _one_a_time("ex_body_merge_one_a_time", "body_id"),
        ended=True,
    )
    op.create_index("ix_body_merge_into_id", "body_merge", ["into_id"])
    kind = sa.Enum(*_KINDS, "successor_of", name="relationkind", native_enum=False, length=40)
    _decided(
        "body_relation",
        *_body("body_relation", "body_id"),
        *_body("body_relation", "other_id"),
        sa.Column("kind", kind, nullable=False),
        sa.CheckConstraint("body_id <> other_id", name=op.f("ck_body_relation_two_bodies")),
        _one_a_time("ex_body_relation_one_a_time", "body_id", "other_id", "kind"),
    )
    op.create_index("ix_body_relation_other_id", "body_relation", ["other_id"])
    _decided(
        "body_apart",
        *_body("body_apart", "one_id"),
        *_body("body_apart", "two_id"),
        sa.Column("seen", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.CheckConstraint("one_id < two_id", name=op.f("ck_body_apart_in_order")),
        _one_a_time("ex_body_apart_one_a_time", "one_id", "two_id"),
    )
    op.create_index("ix_body_apart_two_id", "body_apart", ["two_id"])
    for table in ("body_link", "accreditation_link", "review_item"):
        op.add_column(table, sa.Column("merge_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_merge_id_body_merge"), table, "body_merge", ["merge_id"], ["id"]
        )
        op.create_index(
            f"ix_{table}_merge_id", table, ["merge_id"],
            postgresql_where=sa.text("merge_id is not null"),
        )  # fmt: skip
    for name in ("because", "proof"):
        op.add_column("review_item", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("review_item", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_review_item_account_id_account"), "review_item", "account", ["account_id"], ["id"]
    )
    op.create_index(
        "ix_review_item_open", "review_item", ["id"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_review_item_body_id", "review_item", ["body_id"])
    op.execute(_MOVE)
    op.execute(_REMEMBER)
    op.drop_index("ix_body_merged", table_name="body")
    op.drop_constraint(op.f("fk_body_merged_into_body"), "body", type_="foreignkey")
    op.drop_column("body", "merged_into")


def downgrade() -> None:
    op.add_column("body", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_body_merged_into_body"), "body", "body", ["merged_into"], ["id"])
    op.create_index(
        "ix_body_merged", "body", ["id"], postgresql_where=sa.text("merged_into is not null")
    )
    op.execute(
        "update body b set merged_into = g.into_id from body_merge g"
        " where g.body_id = b.id and upper_inf(g.known)"
    )
    op.drop_index("ix_review_item_body_id", table_name="review_item")
    op.drop_index("ix_review_item_open", table_name="review_item")
    for name in ("account_id", "proof", "because"):
        op.drop_column("review_item", name)
    for table in ("review_item", "accreditation_link", "body_link"):
        op.drop_column(table, "merge_id")
    for table in ("body_apart", "body_relation", "body_merge"):
        op.drop_table(table)
