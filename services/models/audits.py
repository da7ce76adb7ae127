"""Audits: a file of rows, each judged on its own dates, chunk by chunk."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, Big, BigKey, Hash, Json, Timestamp, Words, word


class Audit(Base):
    """One audit of one account. ``known_at``, ``log_position`` and ``rule_version`` fix its answer
    when it is started: judged again from the same file it is the same, byte for byte.

    ``columns``: the file's own, in order. ``mapping``: our field → the file's column. ``counts``:
    rows by verdict, of the chunks done. ``sample``: first rows, cells cut short, for whoever says
    what the columns are; empty in any other state. ``rerun_of``: an earlier audit of these rows.
    """

    __tablename__ = "audit"
    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str]
    state: Mapped[terms.AuditState] = mapped_column(word(terms.AuditState))
    created_at: Mapped[Timestamp]
    started_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    file_name: Mapped[str]
    file_size: Mapped[Big]
    sha256: Mapped[Hash]
    columns: Mapped[Words]
    mapping: Mapped[Json]
    rows: Mapped[int] = mapped_column(server_default="0")
    judged: Mapped[int] = mapped_column(server_default="0")
    counts: Mapped[Json]
    problems: Mapped[Words]
    sample: Mapped[list[list[str]]] = mapped_column(pg.JSONB, server_default="[]")
    known_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    log_position: Mapped[int | None] = mapped_column(sa.BigInteger)
    rule_version: Mapped[str] = mapped_column(server_default="")
    rerun_of: Mapped[int | None] = mapped_column(sa.ForeignKey("audit.id"))


class AuditFile(Base):
    """The uploaded bytes in parts, as they arrive: what was accepted outlives any process."""

    __tablename__ = "audit_file"
    audit_id: Mapped[int] = mapped_column(
        sa.ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[Hash]


class AuditChunk(Base):
    """A lot of rows of an audit: the unit that is claimed, judged and kept.

    ``first_row``: of the window that the lot is taken from; ``rows``: how many it has. ``asked``
    and ``answered``: its rows by the pages of the file on which they stand
    (``services.audit.boxes``). ``counts``: rows by verdict.
    ``fence`` grows with every claim; whoever holds an older one can keep nothing.
    """

    __tablename__ = "audit_chunk"
    audit_id: Mapped[int] = mapped_column(
        sa.ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    first_row: Mapped[int]
    rows: Mapped[int]
    asked: Mapped[Hash]
    answered: Mapped[bytes | None] = mapped_column(pg.BYTEA)
    counts: Mapped[Json]
    fence: Mapped[int] = mapped_column(server_default="0")
    lease_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    __table_args__ = (
        sa.Index(
            "ix_audit_chunk_waiting",
            "audit_id",
            "number",
            postgresql_where=sa.text("answered is null"),
        ),
    )


class AuditTouch(Base):
    """Which rows of a chunk an accreditation decides: so that a suspension finds the rows that it
    touches. ``first_on``-``last_on``: the earliest and the latest day judged among them."""

    __tablename__ = "audit_touch"
    audit_id: Mapped[int] = mapped_column(
        sa.ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True
    )
    chunk: Mapped[int] = mapped_column(primary_key=True)
    accreditation_id: Mapped[int] = mapped_column(
        sa.ForeignKey("accreditation.id"), primary_key=True, index=True
    )
    rows: Mapped[list[int]] = mapped_column(pg.ARRAY(sa.Integer))
    first_on: Mapped[date]
    last_on: Mapped[date]
