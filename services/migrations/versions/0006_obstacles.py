"""Obstacles met abroad: reports, and one decision for each

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# both tables only grow: what was reported and decided stays as it was
_GROWS = """
create function only_grows() returns trigger language plpgsql as $$
begin
    raise exception '% only grows', tg_table_name using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    op.create_table(
        "obstacle",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("market", "product", "standard", "document_kind", "rejected_by", "text")
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_obstacle_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obstacle")),
    )
    op.create_index("ix_obstacle_account_id", "obstacle", ["account_id"])
    op.create_index("ix_obstacle_market_product", "obstacle", ["market", "product"])
    state = sa.Enum(
        "waiting", "published", "rejected", name="obstaclestate", native_enum=False, length=40
    )
    op.create_table(
        "obstacle_decision",
        sa.Column("obstacle_id", sa.BigInteger(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('published', 'rejected')", name=op.f("ck_obstacle_decision_decided")
        ),
        sa.ForeignKeyConstraint(
            ["obstacle_id"],
            ["obstacle.id"],
            name=op.f("fk_obstacle_decision_obstacle_id_obstacle"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_obstacle_decision_account_id_account")
        ),
        sa.PrimaryKeyConstraint("obstacle_id", name=op.f("pk_obstacle_decision")),
    )
    op.execute(_GROWS)
    for table in ("obstacle", "obstacle_decision"):
        op.execute(
            f"create trigger {table}_grows before update or delete on {table} "
            "for each row execute function only_grows()"
        )


def downgrade() -> None:
    for table in ("obstacle_decision", "obstacle"):
        op.drop_table(table)
    op.execute("drop function only_grows()")
