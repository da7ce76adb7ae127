"""What search counts beside words: countries of sites, modes, families, levels, languages

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXED = ("countries", "site_countries")
COLUMNS = ("site_countries", "modes", "families", "levels", "languages")


def upgrade() -> None:
    for name in COLUMNS:
        words = postgresql.ARRAY(sa.Text())
        column: sa.Column[list[str]] = sa.Column(
            name, words, server_default=sa.text("'{}'"), nullable=False
        )
        op.add_column("document", column)
    # What earlier versions said, as far as they held it: a country of a site could not be told
    # from one of a presence. The newest are written anew by the next turn of the calendar.
    op.execute(
        "update document d set site_countries = countries, modes = coalesce((select"
        " array_agg(distinct one ->> 1 order by one ->> 1)"
        " from jsonb_array_elements(d.card -> 'presences') as one), '{}'),"
        " turns_on = case when to_position is null then date '2000-01-01' else turns_on end"
    )
    for name in INDEXED:
        op.create_index(f"ix_document_{name}", "document", [name], postgresql_using="gin")


def downgrade() -> None:
    for name in INDEXED:
        op.drop_index(f"ix_document_{name}", table_name="document")
    for name in reversed(COLUMNS):
        op.drop_column("document", name)
