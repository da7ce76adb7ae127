"""Kept bytes read again after a parser fix; files that a steward hands in

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # constant defaults: PostgreSQL notes them in its catalogue and rewrites no row
    op.add_column("run", sa.Column("cause", sa.String(40), server_default="source", nullable=False))
    op.add_column("run", sa.Column("rereads_run_id", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("uploaded_by", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run", sa.Column("obtained", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_run_rereads_run_id_run"), "run", "run", ["rereads_run_id"], ["id"]
    )
    op.create_index(
        "ix_run_rereads_run_id",
        "run",
        ["rereads_run_id"],
        postgresql_where=sa.text("rereads_run_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_run_rereads_run_id", "run")
    op.drop_constraint(op.f("fk_run_rereads_run_id_run"), "run", type_="foreignkey")
    for column in ("obtained", "uploaded_at", "uploaded_by", "rereads_run_id", "cause"):
        op.drop_column("run", column)
