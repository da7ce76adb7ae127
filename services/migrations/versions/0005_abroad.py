"""Markets and the way there: routes, recognition, cooperation, cases, capabilities; rulings

Revision: 0005, after 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT, _WORDS = sa.Text(), postgresql.ARRAY(sa.Text())


def _word(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


_LEVEL = _word(
    "evidencelevel",
    "issuer_register",
    "issuer_document_verified",
    "self_declared_document",
    "marketing_claim",
)
_SURE = _word("sureness", "high", "medium", "low")
_RECOGNITION = _word("recognitionlevel", "product", "system", "field", "country")
_ROUTE_DAY = _word("routedaykind", "applies", "until", "proposed", "issued", "mentioned")
_ROUTE_LINK = _word("routelinkkind", "guide", "tbt", "law", "register")
_COOPERATION = _word(
    "cooperationkind",
    "agency",
    "subcontract",
    "joint_laboratory",
    "joint_venture",
    "witnessed_testing",
    "cbtl_under_ncb",
    "data_acceptance",
)
_PROJECT = _word("projectstatus", "planned", "under_way", "running", "ended")

# table → its own columns in order: a bare name is a text
_TABLES: dict[str, tuple[Any, ...]] = {
    "market_route": (
        *("market", "product", "scheme", "mark", "regulator", "legal_basis", "recognition"),
        *("in_country", "note", ("sureness", _SURE), ("sourced", sa.Boolean()), "source"),
    ),
    "route_day": (
        *("market", "product", "scheme", ("kind", _ROUTE_DAY), ("on", sa.Date(), True)),
        *("precision", "words"),
    ),
    "route_link": (
        *("market", "product", ("kind", _ROUTE_LINK), "title", "title_also", "number", "url"),
        ("on", sa.Date(), True),
    ),
    "signatory": ("issuer", "arrangement", "scope", "status"),
    "designates": (
        *("market", "product", "requirement", "issuer", ("sureness", _SURE)),
        *(("sourced", sa.Boolean()), "source"),
    ),
    "zone": (
        *("name", "name_also", "country", "region", ("cities", _WORDS), "policy", "policy_also"),
        "url",
    ),
    "ownership": (
        *("owner", "owner_also", "owner_country", ("share", sa.Numeric(), True)),
        *(("prohibited", sa.Boolean()), "rule", ("level", _LEVEL), "evidence"),
    ),
    "cooperation": (
        *(("kind", _COOPERATION), "partner", "partner_also", "partner_number"),
        *(("countries", _WORDS), "product", "outputs", "outputs_also", "in_whose_name"),
        *(("recognition", _RECOGNITION), ("level", _LEVEL), "evidence"),
    ),
    "acceptance": (
        *("accepter", "accepter_also", "country", "result", "result_also", "product", "standard"),
        *("instrument", ("recognition", _RECOGNITION), ("level", _LEVEL), "evidence"),
    ),
    "project": (
        *("title", "title_also", ("partners", _WORDS), "country", "product", "document"),
        *("document_also", ("status", _PROJECT), "outcome", "outcome_also", ("level", _LEVEL)),
        "evidence",
    ),
    "accompaniment": (
        *("title", "title_also", "sector", "country", "product", "service", "service_also"),
        *("outcome", "outcome_also", ("consent", sa.Boolean()), ("level", _LEVEL), "evidence"),
    ),
    "expertise": (
        *("field", "field_also", "committee", "language", "pool", ("count", sa.Integer())),
        *(("level", _LEVEL), "evidence"),
    ),
    "offer": (
        *("title", "title_also", "stage", "product", "hs_code", ("languages", _WORDS)),
        *(("level", _LEVEL), "evidence"),
    ),
}
# lists that are read by where a thing counts, not only by whose it is
_INDEXED = {
    "market_route": "market",
    "route_day": "market",
    "route_link": "market",
    "designates": "market",
    "acceptance": "country",
    "project": "country",
    "accompaniment": "country",
    "signatory": "issuer",
}


def _column(one: Any) -> sa.Column[Any]:
    if isinstance(one, str):
        return sa.Column(one, _TEXT, nullable=False)
    name, kind, *null = one
    default = "{}" if kind is _WORDS else None
    return sa.Column(name, kind, nullable=bool(null), server_default=default)


def _statements(table: str, columns: tuple[Any, ...]) -> None:
    op.create_table(
        table,
        *(_column(one) for one in columns),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("raw", _TEXT, server_default="", nullable=False),
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
            name=f"ex_{table}_one_statement",
        ),
        sa.ForeignKeyConstraint(
            ["end_run_id"], ["run.id"], name=op.f(f"fk_{table}_end_run_id_run")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f(f"fk_{table}_record_id_record")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f(f"fk_{table}_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_record_id", table, ["record_id"])
    if column := _INDEXED.get(table):
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    op.add_column("credential", sa.Column("category", _TEXT, nullable=True))
    op.add_column("credential", sa.Column("status", _TEXT, nullable=True))
    for table, columns in _TABLES.items():
        _statements(table, columns)
    op.create_table(
        "ruling",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contradiction", _TEXT, nullable=False),
        sa.Column("kind", _word("contradictionkind", "status", "expiry", "holder"), nullable=False),
        sa.Column("accreditation_id", sa.BigInteger(), nullable=False),
        sa.Column("upheld_record_id", sa.BigInteger(), nullable=False),
        sa.Column("upheld_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("overruled_record_id", sa.BigInteger(), nullable=False),
        sa.Column("overruled_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("because", _TEXT, nullable=False),
        sa.Column("proof", _TEXT, server_default="", nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("known", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("contradiction"), "="),
            (sa.column("known"), "&&"),
            using="gist",
            name="ex_ruling_one_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_ruling_accreditation_id_accreditation"),
        ),
        sa.ForeignKeyConstraint(
            ["upheld_record_id"], ["record.id"], name=op.f("fk_ruling_upheld_record_id_record")
        ),
        sa.ForeignKeyConstraint(
            ["overruled_record_id"],
            ["record.id"],
            name=op.f("fk_ruling_overruled_record_id_record"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ruling_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    op.create_index("ix_ruling_accreditation_id", "ruling", ["accreditation_id"])


def downgrade() -> None:
    op.drop_table("ruling")
    for table in reversed(_TABLES):
        op.drop_table(table)
    for column in ("status", "category"):
        op.drop_column("credential", column)
