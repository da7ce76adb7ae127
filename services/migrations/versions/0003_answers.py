"""Accounts, audits, receipts and checkpoints, dossiers, watching

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.names import look_key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_body_merged", "body", ["id"], postgresql_where=sa.text("merged_into is not null")
    )
    # 0: each document that is not in order is judged once more
    op.add_column(
        "document", sa.Column("looks", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("review_item", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_review_item_closed"), "review_item", "(state = 'open') = (closed_at is null)"
    )
    _add_looks()
    _add_places()
    marks = sa.Column("row_marks", postgresql.BYTEA(), server_default="", nullable=False)
    op.add_column("log_leaf", marks)
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jwk", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("mapping", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("judged", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("problems", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sample", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("log_position", sa.BigInteger(), nullable=True),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("rerun_of", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_account_id_account")
        ),
        sa.ForeignKeyConstraint(["rerun_of"], ["audit.id"], name=op.f("fk_audit_rerun_of_audit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_account_id"), "audit", ["account_id"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", postgresql.BYTEA(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kid"], ["signing_key.kid"], name=op.f("fk_checkpoint_kid_signing_key")
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_position", sa.BigInteger(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kid"], ["signing_key.kid"], name=op.f("fk_receipt_kid_signing_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_table(
        "secret",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_secret_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret")),
        sa.UniqueConstraint("digest", name=op.f("uq_secret_digest")),
    )
    op.create_index(op.f("ix_secret_account_id"), "secret", ["account_id"], unique=False)
    op.create_table(
        "watchlist",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_watchlist_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlist")),
    )
    op.create_index(op.f("ix_watchlist_account_id"), "watchlist", ["account_id"], unique=False)
    op.create_table(
        "audit_chunk",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("asked", postgresql.BYTEA(), nullable=False),
        sa.Column("answered", postgresql.BYTEA(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit.id"],
            name=op.f("fk_audit_chunk_audit_id_audit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("audit_id", "number", name=op.f("pk_audit_chunk")),
    )
    op.create_index(
        "ix_audit_chunk_waiting",
        "audit_chunk",
        ["audit_id", "number"],
        unique=False,
        postgresql_where=sa.text("answered is null"),
    )
    op.create_table(
        "audit_file",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit.id"],
            name=op.f("fk_audit_file_audit_id_audit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("audit_id", "part", name=op.f("pk_audit_file")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("watchlist_id", sa.BigInteger(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("filters", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_subscription_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["watchlist_id"],
            ["watchlist.id"],
            name=op.f("fk_subscription_watchlist_id_watchlist"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(
        op.f("ix_subscription_account_id"), "subscription", ["account_id"], unique=False
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_delivery_subscription_id_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["subscription_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_delivery_delivered",
        "delivery",
        ["delivered_at"],
        unique=False,
        postgresql_where=sa.text("state = 'delivered'"),
    )
    op.create_index(
        "ix_delivery_subscription_id", "delivery", ["subscription_id", "id"], unique=False
    )
    op.create_table(
        "audit_touch",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("accreditation_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_audit_touch_accreditation_id_accreditation"),
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"],
            ["audit.id"],
            name=op.f("fk_audit_touch_audit_id_audit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "audit_id", "chunk", "accreditation_id", name=op.f("pk_audit_touch")
        ),
    )
    op.create_index(
        op.f("ix_audit_touch_accreditation_id"), "audit_touch", ["accreditation_id"], unique=False
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("log_position", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_dossier_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint(
            "body_id",
            "on",
            "known_at",
            "rule_version",
            name=op.f("uq_dossier_body_id_on_known_at_rule_version"),
        ),
    )
    op.create_table(
        "watchlist_body",
        sa.Column("watchlist_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["body.id"], name=op.f("fk_watchlist_body_body_id_body")
        ),
        sa.ForeignKeyConstraint(
            ["watchlist_id"],
            ["watchlist.id"],
            name=op.f("fk_watchlist_body_watchlist_id_watchlist"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("watchlist_id", "body_id", name=op.f("pk_watchlist_body")),
    )
    op.create_index(op.f("ix_watchlist_body_body_id"), "watchlist_body", ["body_id"], unique=False)


def _add_looks() -> None:
    """How each number looks, filled in for those that are held already."""
    op.add_column(
        "accreditation", sa.Column("look_key", sa.Text(), server_default="", nullable=False)
    )
    conn = op.get_bind()
    held = conn.execute(sa.text("select distinct number_key from accreditation"))
    looks = [{"key": row.number_key, "look": look_key(row.number_key)} for row in held]
    if looks:
        fill = "update accreditation set look_key = :look where number_key = :key"
        conn.execute(sa.text(fill), looks)
    op.create_index(op.f("ix_accreditation_look_key"), "accreditation", ["look_key"])


def _add_places() -> None:
    """Where a record stood in the bytes that its sighting began with, and how fresh lists were."""
    op.add_column("sighting", sa.Column("place", sa.Text(), server_default="", nullable=False))
    # a record's place is that of its open sighting; where ended ones stood was overwritten
    op.execute(
        "update sighting s set place = r.place from record r"
        " where r.id = s.record_id and s.end_run_id is null"
    )
    op.create_index(
        "ix_run_complete",
        "run",
        ["list_id", "known_at"],
        postgresql_where=sa.text("state in ('published','unchanged')"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_body_merged", table_name="body", postgresql_where=sa.text("merged_into is not null")
    )
    op.drop_column("log_leaf", "row_marks")
    op.drop_column("document", "looks")
    op.drop_constraint(op.f("ck_review_item_closed"), "review_item", type_="check")
    op.drop_column("review_item", "closed_at")
    op.drop_index("ix_run_complete", table_name="run")
    op.drop_column("sighting", "place")
    op.drop_index(op.f("ix_accreditation_look_key"), table_name="accreditation")
    op.drop_column("accreditation", "look_key")
    op.drop_index(op.f("ix_watchlist_body_body_id"), table_name="watchlist_body")
    op.drop_table("watchlist_body")
    op.drop_table("dossier")
    op.drop_index(op.f("ix_audit_touch_accreditation_id"), table_name="audit_touch")
    op.drop_table("audit_touch")
    op.drop_index("ix_delivery_subscription_id", table_name="delivery")
    op.drop_index(
        "ix_delivery_delivered",
        table_name="delivery",
        postgresql_where=sa.text("state = 'delivered'"),
    )
    op.drop_index(
        "ix_delivery_waiting", table_name="delivery", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("delivery")
    op.drop_index(op.f("ix_subscription_account_id"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_table("audit_file")
    op.drop_index(
        "ix_audit_chunk_waiting",
        table_name="audit_chunk",
        postgresql_where=sa.text("answered is null"),
    )
    op.drop_table("audit_chunk")
    op.drop_index(op.f("ix_watchlist_account_id"), table_name="watchlist")
    op.drop_table("watchlist")
    op.drop_index(op.f("ix_secret_account_id"), table_name="secret")
    op.drop_table("secret")
    op.drop_table("receipt")
    op.drop_table("checkpoint")
    op.drop_index(op.f("ix_audit_account_id"), table_name="audit")
    op.drop_table("audit")
    op.drop_table("signing_key")
    op.drop_table("account")
