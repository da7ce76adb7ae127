"""A refused run accepted on purpose; records that a run could not read

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # constant defaults: PostgreSQL notes them in its catalogue and rewrites no row
    op.add_column("run", sa.Column("accepts_run_id", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("because", sa.Text(), server_default="", nullable=False))
    unread = postgresql.ARRAY(sa.BigInteger())
    op.add_column("run", sa.Column("unread", unread, server_default="{}", nullable=False))
    op.create_foreign_key(
        op.f("fk_run_accepts_run_id_run"), "run", "run", ["accepts_run_id"], ["id"]
    )
    op.create_index(
        "ix_run_accepts_run_id",
        "run",
        ["accepts_run_id"],
        postgresql_where=sa.text("accepts_run_id is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_run_accepts_run_id", "run")
    op.drop_constraint(op.f("fk_run_accepts_run_id_run"), "run", type_="foreignkey")
    for column in ("unread", "because", "accepts_run_id"):
        op.drop_column("run", column)
