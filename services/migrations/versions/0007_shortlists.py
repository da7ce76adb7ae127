"""Shortlists: bodies chosen, with what was shown of each, frozen

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shortlist",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("key", "title", "market", "product", "standard")
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_position", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shortlist")),
    )
    op.create_table(
        "shortlist_item",
        sa.Column("shortlist_key", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shortlist_key"],
            ["shortlist.key"],
            name=op.f("fk_shortlist_item_shortlist_key_shortlist"),
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["body.id"], name=op.f("fk_shortlist_item_body_id_body")
        ),
        sa.PrimaryKeyConstraint("shortlist_key", "place", name=op.f("pk_shortlist_item")),
    )
    # what was shown stays what was shown: 0006 made the function
    for table in ("shortlist", "shortlist_item"):
        op.execute(
            f"create trigger {table}_grows before update or delete on {table} "
            "for each row execute function only_grows()"
        )


def downgrade() -> None:
    for table in ("shortlist_item", "shortlist"):
        op.drop_table(table)
