"""The whole road: sources, runs, statements, links, log, projections

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # btree_gist: plain columns inside exclusion constraints; pg_trgm and unaccent: later searches
    for extension in ("btree_gist", "pg_trgm", "unaccent"):
        op.execute(f"create extension if not exists {extension}")
    op.create_table(
        "host_slot",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_slot")),
    )
    op.create_table(
        "log_node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("index", sa.BigInteger(), nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_log_node")),
    )
    op.create_table(
        "payload",
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_payload")),
    )
    op.create_table(
        "source",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column(
            "meta", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_source")),
    )
    op.create_table(
        "term",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("also", sa.Text(), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.Column("standards", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("editions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("kind", "digest", name=op.f("uq_term_kind_digest")),
    )
    op.create_index(
        "ix_term_standards", "term", ["standards"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_term_tokens", "term", ["tokens"], unique=False, postgresql_using="gin")
    op.create_table(
        "source_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_run_id", sa.BigInteger(), nullable=True),
        sa.Column("complete_run_id", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source.key"], name=op.f("fk_source_list_source_key_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_list")),
        sa.UniqueConstraint("source_key", "name", name=op.f("uq_source_list_source_key_name")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("record_key", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "published",
                "unchanged",
                "refused",
                "failed",
                name="runstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("parser_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "shape", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["source_list.id"], name=op.f("fk_run_list_id_source_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_record_key", "run", ["list_id", "record_key", "id"], unique=False)
    op.create_index("ix_run_list_id", "run", ["list_id", "id"], unique=False)
    op.create_index(
        "uq_run_open",
        "run",
        ["list_id", "record_key"],
        unique=True,
        postgresql_where=sa.text("state in ('queued','running')"),
    )
    op.create_table(
        "accreditation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("field_key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_accreditation_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation")),
    )
    op.create_index(
        op.f("ix_accreditation_issuer_accreditation_number_key"),
        "accreditation",
        ["issuer", "number_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_accreditation_number_key"), "accreditation", ["number_key"], unique=False
    )
    op.create_table(
        "body",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["body.id"], name=op.f("fk_body_merged_into_body")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_body_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
    )
    op.create_table(
        "log_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("root", postgresql.BYTEA(), nullable=False),
        sa.Column("leaf_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("tree_root", postgresql.BYTEA(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "committed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_log_leaf_run_id_run")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("run_id", name=op.f("uq_log_leaf_run_id")),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kin", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["source_list.id"], name=op.f("fk_record_list_id_source_list")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_record_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    op.create_index(
        op.f("ix_record_list_id_record_kin"), "record", ["list_id", "kin"], unique=False
    )
    op.create_table(
        "run_payload",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("sha256", postgresql.BYTEA(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("publisher_url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("charset", sa.Text(), nullable=False),
        sa.Column(
            "headers", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_payload_run_id_run")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["payload.sha256"], name=op.f("fk_run_payload_sha256_payload")
        ),
        sa.PrimaryKeyConstraint("run_id", "page", name=op.f("pk_run_payload")),
    )
    op.create_index(op.f("ix_run_payload_sha256"), "run_payload", ["sha256"], unique=False)
    op.create_table(
        "accreditation_body",
        sa.Column("acronym", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("local_name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("mra_scopes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("mla_scopes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("number_pattern", sa.Text(), nullable=False),
        sa.Column(
            "number_examples", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("pattern_confidence", sa.Text(), nullable=False),
        sa.Column("directory", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_accreditation_body_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_accreditation_body_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_accreditation_body_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_accreditation_body_run_id_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_body")),
    )
    op.create_index(
        op.f("ix_accreditation_body_acronym"), "accreditation_body", ["acronym"], unique=False
    )
    op.create_index(
        "ix_accreditation_body_record_id", "accreditation_body", ["record_id"], unique=False
    )
    op.create_table(
        "accreditation_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("accreditation_id", sa.BigInteger(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_accreditation_link_one",
        ),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_accreditation_link_accreditation_id_accreditation"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_accreditation_link_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_accreditation_link_run_id_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_link")),
    )
    op.create_index(
        op.f("ix_accreditation_link_accreditation_id"),
        "accreditation_link",
        ["accreditation_id"],
        unique=False,
    )
    op.create_table(
        "accreditation_statement",
        sa.Column(
            "kind",
            sa.Enum(
                "accreditation",
                "designation",
                "permission",
                name="accreditationkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column(
            "body_kind",
            sa.Enum(
                "testing",
                "calibration",
                "medical",
                "inspection",
                "certification_ms",
                "certification_product",
                "certification_persons",
                "certification",
                "proficiency",
                "reference_material",
                "validation",
                "biobank",
                "glp",
                name="bodykind",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("granted", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column(
            "listed",
            sa.Enum(
                "active",
                "suspended",
                "withdrawn",
                "surrendered",
                "expired",
                "inactive",
                name="listed",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("schedule_held", sa.Boolean(), nullable=False),
        sa.Column("schedule_issue", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_accreditation_statement_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_accreditation_statement_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_accreditation_statement_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_accreditation_statement_run_id_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_statement")),
    )
    op.create_index(
        "ix_accreditation_statement_record_id",
        "accreditation_statement",
        ["record_id"],
        unique=False,
    )
    op.create_table(
        "body_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_body_link_one_body",
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_body_link_body_id_body")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_body_link_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_body_link_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_link")),
    )
    op.create_index(op.f("ix_body_link_body_id"), "body_link", ["body_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "added",
                "altered",
                "ended",
                "left_list",
                "back_on_list",
                "lines",
                "time",
                name="changekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=True),
        sa.Column("accreditation_id", sa.BigInteger(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("fact_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("repeats", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_change_accreditation_id_accreditation"),
        ),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_change_body_id_body")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_change_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_change_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "row", name=op.f("pk_change")),
    )
    op.create_index(
        "ix_change_suspended",
        "change",
        [sa.text("(after ->> 'on') desc nulls last")],
        postgresql_where=sa.text(
            "what = 'status_event' and kind = 'added' and not repeats"
            " and after ->> 'kind' = 'suspended'"
        ),
    )
    op.create_index(op.f("ix_change_body_id"), "change", ["body_id"], unique=False)
    op.create_table(
        "credential",
        sa.Column(
            "kind",
            sa.Enum(
                "trademark",
                "award",
                "membership",
                "designation",
                "ranking",
                "proficiency_result",
                "penalty",
                name="credentialkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_also", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("issuer_also", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("nice_class", sa.Integer(), nullable=True),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "issuer_register",
                "issuer_document_verified",
                "self_declared_document",
                "marketing_claim",
                name="evidencelevel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "polarity",
            sa.Enum("positive", "adverse", name="polarity", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("granted", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("via_parent", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("note_also", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_credential_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_credential_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_credential_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_credential_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    op.create_index("ix_credential_record_id", "credential", ["record_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=True),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("issuers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("standing", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("standards", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("tokens", postgresql.TSVECTOR(), nullable=False),
        sa.Column(
            "card", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("judged_on", sa.Date(), nullable=False),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_document_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(
        "ix_document_numbers", "document", ["numbers"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_document_sort_name", "document", ["sort_name", "body_id"], unique=False)
    op.create_index(
        "ix_document_standards", "document", ["standards"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_document_tokens", "document", ["tokens"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "uq_document_current",
        "document",
        ["body_id"],
        unique=True,
        postgresql_where=sa.text("to_position is null"),
    )
    op.create_table(
        "identifier",
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_identifier_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_identifier_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_identifier_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_identifier_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifier")),
    )
    op.create_index("ix_identifier_record_id", "identifier", ["record_id"], unique=False)
    op.create_index(op.f("ix_identifier_value"), "identifier", ["value"], unique=False)
    op.create_table(
        "name",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "registered",
                "trading",
                "former",
                "as_listed",
                name="namekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("core", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_name_one_statement",
        ),
        sa.ForeignKeyConstraint(["end_run_id"], ["run.id"], name=op.f("fk_name_end_run_id_run")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_name_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_name_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name")),
    )
    op.create_index(op.f("ix_name_core"), "name", ["core"], unique=False)
    op.create_index(op.f("ix_name_folded"), "name", ["folded"], unique=False)
    op.create_index("ix_name_record_id", "name", ["record_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("built", "borrowed", name="presencemode", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("partner_also", sa.Text(), nullable=False),
        sa.Column("may_issue", sa.Text(), nullable=False),
        sa.Column("may_issue_also", sa.Text(), nullable=False),
        sa.Column("in_whose_name", sa.Text(), nullable=False),
        sa.Column("in_whose_name_also", sa.Text(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "issuer_register",
                "issuer_document_verified",
                "self_declared_document",
                "marketing_claim",
                name="evidencelevel",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_presence_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_presence_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_presence_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_presence_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_record_id", "presence", ["record_id"], unique=False)
    op.create_table(
        "profile",
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("website", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_profile_one_statement",
        ),
        sa.ForeignKeyConstraint(["end_run_id"], ["run.id"], name=op.f("fk_profile_end_run_id_run")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_profile_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_profile_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
    )
    op.create_index("ix_profile_record_id", "profile", ["record_id"], unique=False)
    op.create_table(
        "record_key",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["source_list.id"], name=op.f("fk_record_key_list_id_source_list")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_record_key_record_id_record")
        ),
        sa.PrimaryKeyConstraint("list_id", "key", name=op.f("pk_record_key")),
    )
    op.create_index(op.f("ix_record_key_record_id"), "record_key", ["record_id"], unique=False)
    op.create_table(
        "relation",
        sa.Column(
            "kind",
            sa.Enum(
                "branch_of",
                "subsidiary_of",
                "joint_venture_of",
                "unit_of",
                "name_plate_of",
                "successor_of",
                name="relationkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("other_namespace", sa.Text(), nullable=False),
        sa.Column("other_value", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_relation_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_relation_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_relation_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_relation_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_record_id", "relation", ["record_id"], unique=False)
    op.create_table(
        "review_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "evidence", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_review_item_body_id_body")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_review_item_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_review_item_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
    )
    op.create_index(op.f("ix_review_item_record_id"), "review_item", ["record_id"], unique=False)
    op.create_table(
        "scope_line",
        sa.Column("accreditation", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("parameter_id", sa.BigInteger(), nullable=True),
        sa.Column("method_id", sa.BigInteger(), nullable=True),
        sa.Column("lo", sa.Numeric(), nullable=True),
        sa.Column("hi", sa.Numeric(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("cmc", sa.Numeric(), nullable=True),
        sa.Column("limitation", sa.Text(), nullable=False),
        sa.Column("flexible", sa.Boolean(), nullable=False),
        sa.Column("sites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_scope_line_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"], ["term.id"], name=op.f("fk_scope_line_method_id_term")
        ),
        sa.ForeignKeyConstraint(
            ["object_id"], ["term.id"], name=op.f("fk_scope_line_object_id_term")
        ),
        sa.ForeignKeyConstraint(
            ["parameter_id"], ["term.id"], name=op.f("fk_scope_line_parameter_id_term")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_scope_line_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_scope_line_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope_line")),
    )
    op.create_index("ix_scope_line_method_id", "scope_line", ["method_id"], unique=False)
    op.create_index("ix_scope_line_object_id", "scope_line", ["object_id"], unique=False)
    op.create_index("ix_scope_line_parameter_id", "scope_line", ["parameter_id"], unique=False)
    op.create_index(
        "ix_scope_line_record_id", "scope_line", ["record_id", "accreditation"], unique=False
    )
    op.create_index(
        "uq_scope_line_open",
        "scope_line",
        ["record_id", "key", sa.literal_column("lower(valid)")],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("first_run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_sighting_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["first_run_id"], ["run.id"], name=op.f("fk_sighting_first_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_sighting_record_id_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
    )
    op.create_index("ix_sighting_record_id", "sighting", ["record_id"], unique=False)
    op.create_index(
        "uq_sighting_open",
        "sighting",
        ["record_id"],
        unique=True,
        postgresql_where=sa.text("end_run_id is null"),
    )
    op.create_table(
        "site",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_also", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_site_one_statement",
        ),
        sa.ForeignKeyConstraint(["end_run_id"], ["run.id"], name=op.f("fk_site_end_run_id_run")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_site_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_site_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_index("ix_site_record_id", "site", ["record_id"], unique=False)
    op.create_table(
        "status_event",
        sa.Column("accreditation", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "suspended",
                "withdrawn",
                "revoked",
                "surrendered",
                "transferred_out",
                "renewed",
                "extended_to",
                name="eventkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("decided", sa.Date(), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("lines", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sites", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), server_default="", nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("end_run_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("record_id"), "="),
            (sa.column("key"), "="),
            (sa.column("valid"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_status_event_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f("fk_status_event_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_status_event_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_status_event_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_event")),
    )
    op.create_index("ix_status_event_record_id", "status_event", ["record_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_status_event_record_id", table_name="status_event")
    op.drop_table("status_event")
    op.drop_index("ix_site_record_id", table_name="site")
    op.drop_table("site")
    op.drop_index(
        "uq_sighting_open", table_name="sighting", postgresql_where=sa.text("end_run_id is null")
    )
    op.drop_index("ix_sighting_record_id", table_name="sighting")
    op.drop_table("sighting")
    op.drop_index(
        "uq_scope_line_open", table_name="scope_line", postgresql_where=sa.text("upper_inf(known)")
    )
    op.drop_index("ix_scope_line_record_id", table_name="scope_line")
    op.drop_index("ix_scope_line_parameter_id", table_name="scope_line")
    op.drop_index("ix_scope_line_object_id", table_name="scope_line")
    op.drop_index("ix_scope_line_method_id", table_name="scope_line")
    op.drop_table("scope_line")
    op.drop_index(op.f("ix_review_item_record_id"), table_name="review_item")
    op.drop_table("review_item")
    op.drop_index("ix_relation_record_id", table_name="relation")
    op.drop_table("relation")
    op.drop_index(op.f("ix_record_key_record_id"), table_name="record_key")
    op.drop_table("record_key")
    op.drop_index("ix_profile_record_id", table_name="profile")
    op.drop_table("profile")
    op.drop_index("ix_presence_record_id", table_name="presence")
    op.drop_table("presence")
    op.drop_index("ix_name_record_id", table_name="name")
    op.drop_index(op.f("ix_name_folded"), table_name="name")
    op.drop_index(op.f("ix_name_core"), table_name="name")
    op.drop_table("name")
    op.drop_index(op.f("ix_identifier_value"), table_name="identifier")
    op.drop_index("ix_identifier_record_id", table_name="identifier")
    op.drop_table("identifier")
    op.drop_index(
        "uq_document_current",
        table_name="document",
        postgresql_where=sa.text("to_position is null"),
    )
    op.drop_index("ix_document_tokens", table_name="document", postgresql_using="gin")
    op.drop_index("ix_document_standards", table_name="document", postgresql_using="gin")
    op.drop_index("ix_document_sort_name", table_name="document")
    op.drop_index("ix_document_numbers", table_name="document", postgresql_using="gin")
    op.drop_table("document")
    op.drop_index("ix_credential_record_id", table_name="credential")
    op.drop_table("credential")
    op.drop_index("ix_change_suspended", table_name="change")
    op.drop_index(op.f("ix_change_body_id"), table_name="change")
    op.drop_table("change")
    op.drop_index(op.f("ix_body_link_body_id"), table_name="body_link")
    op.drop_table("body_link")
    op.drop_index("ix_accreditation_statement_record_id", table_name="accreditation_statement")
    op.drop_table("accreditation_statement")
    op.drop_index(op.f("ix_accreditation_link_accreditation_id"), table_name="accreditation_link")
    op.drop_table("accreditation_link")
    op.drop_index("ix_accreditation_body_record_id", table_name="accreditation_body")
    op.drop_index(op.f("ix_accreditation_body_acronym"), table_name="accreditation_body")
    op.drop_table("accreditation_body")
    op.drop_index(op.f("ix_run_payload_sha256"), table_name="run_payload")
    op.drop_table("run_payload")
    op.drop_index(op.f("ix_record_list_id_record_kin"), table_name="record")
    op.drop_table("record")
    op.drop_table("log_leaf")
    op.drop_table("body")
    op.drop_index(op.f("ix_accreditation_number_key"), table_name="accreditation")
    op.drop_index(
        op.f("ix_accreditation_issuer_accreditation_number_key"), table_name="accreditation"
    )
    op.drop_table("accreditation")
    op.drop_index(
        "uq_run_open", table_name="run", postgresql_where=sa.text("state in ('queued','running')")
    )
    op.drop_index("ix_run_record_key", table_name="run")
    op.drop_index("ix_run_list_id", table_name="run")
    op.drop_table("run")
    op.drop_table("source_list")
    op.drop_index("ix_term_tokens", table_name="term", postgresql_using="gin")
    op.drop_index("ix_term_standards", table_name="term", postgresql_using="gin")
    op.drop_table("term")
    op.drop_table("source")
    op.drop_table("payload")
    op.drop_table("log_node")
    op.drop_table("host_slot")
