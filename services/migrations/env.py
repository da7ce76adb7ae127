"""Alembic's entry: one advisory lock, so that two processes starting at once migrate once."""

import sqlalchemy as sa
from alembic import context

from services.models import Base

LOCK = 7_301_954_001

engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.NullPool)
with engine.connect() as conn:
    conn.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
    conn.commit()
    context.configure(connection=conn, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
    conn.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": LOCK})
    conn.commit()
engine.dispose()
