"""Passwords of accounts, the audit trail, and what the desk says of sources

Revision: 0009, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("password_hash", sa.Text(), nullable=True))
    op.add_column(
        "account", sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "audit_trail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), server_default="", nullable=False),
        *(
            sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False)
            for name in ("before", "after")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_trail_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_trail")),
    )
    op.create_index(op.f("ix_audit_trail_account_id"), "audit_trail", ["account_id"])
    # what was done stays told: 0006 made the function
    op.execute(
        "create trigger audit_trail_grows before update or delete on audit_trail "
        "for each row execute function only_grows()"
    )
    op.create_table(
        "source_override",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("every", sa.Text(), nullable=True),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_source_override_source_key_source")
        ),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_source_override")),
    )


def downgrade() -> None:
    op.drop_table("source_override")
    op.drop_table("audit_trail")
    op.drop_column("account", "password_set_at")
    op.drop_column("account", "password_hash")
