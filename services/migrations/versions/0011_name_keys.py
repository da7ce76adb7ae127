"""Keys of a name: what it has in common with others that may be the same body's

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from services.name_keys import keys

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AT_ONCE = 5_000


def upgrade() -> None:
    words = postgresql.ARRAY(sa.Text())
    # what stands before the block below is committed by it: cut off there, this begins again
    op.add_column(
        "name",
        sa.Column("keys", words, server_default=sa.text("'{}'"), nullable=False),
        if_not_exists=True,
    )
    _fill(op.get_bind())
    with op.get_context().autocommit_block():
        op.drop_index("ix_name_keys", "name", if_exists=True)
        op.create_index(
            "ix_name_keys", "name", ["keys"], postgresql_using="gin", postgresql_concurrently=True
        )


def _fill(conn: sa.Connection) -> None:
    """Names stated before: derived from the text like ``folded`` and ``core``; no fact changes."""
    last = 0
    while rows := conn.execute(
        sa.text("select id, text from name where id > :last order by id limit :few"),
        {"last": last, "few": _AT_ONCE},
    ).all():
        last = rows[-1].id
        conn.execute(
            sa.text("update name set keys = :keys where id = :id"),
            [{"id": row.id, "keys": list(keys(row.text))} for row in rows],
        )


def downgrade() -> None:
    op.drop_index("ix_name_keys", table_name="name")
    op.drop_column("name", "keys")
