"""Alembic's entry: one advisory lock, so that two processes starting at once migrate once.

The lock is asked for again and again rather than waited for: a transaction that waits would itself
be waited for by CREATE INDEX CONCURRENTLY. Each migration is a transaction of its own, and waits
for no table longer than LOCK_TIMEOUT: everybody else queues behind whoever waits for a lock.
"""

import time

import sqlalchemy as sa
from alembic import context

from services.models import Base
from services.models.base import in_catalogue

LOCK = 7_301_954_001
LOCK_TIMEOUT = "3s"
_ASK_AGAIN = 0.2

engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.NullPool)
with engine.connect() as conn:
    while not conn.execute(sa.select(sa.func.pg_try_advisory_lock(LOCK))).scalar_one():
        conn.commit()
        time.sleep(_ASK_AGAIN)
    conn.execute(sa.text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    conn.commit()
    try:
        context.configure(
            connection=conn,
            target_metadata=Base.metadata,
            include_object=in_catalogue,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        conn.rollback()
        conn.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))
        conn.commit()
engine.dispose()
