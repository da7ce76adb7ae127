"""The road's own tables: sources, runs, kept bytes, records, sightings, changes and the log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, Big, BigKey, Hash, Json, Timestamp, Words, word


class SourceRow(Base):
    """A source as the code and the settings describe it, written when a process starts."""

    __tablename__ = "source"
    key: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool]
    tier: Mapped[int]
    made: Mapped[bool]
    meta: Mapped[Json]  # titles, publisher, licence, home: what pages show


class SourceList(Base):
    """One address of a source; look-ups count as a list of their own, named "lookup".

    ``good_run_id``: the last run whose reading stands; its bytes and shape are what the next run
    is compared with. ``complete_run_id``: the last run that saw the whole list, changed or not.
    """

    __tablename__ = "source_list"
    id: Mapped[BigKey]
    source_key: Mapped[str] = mapped_column(sa.ForeignKey("source.key"))
    name: Mapped[str]
    enabled: Mapped[bool]
    next_due_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    good_run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    complete_run_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    failures: Mapped[int] = mapped_column(server_default="0")
    __table_args__ = (sa.UniqueConstraint("source_key", "name"),)


class Run(Base):
    """The ledger: the truth of what is asked, under way and done. A message is only a wake-up call.

    ``fence`` grows with every claim; whoever holds an older one can publish nothing. ``as_of``:
    when the publisher's address said so (for a recorded sample the day it was recorded);
    ``known_at``: when the directory learned it. ``record_key``: set for a look-up.

    ``accepts_run_id``: the refused run whose kept bytes a steward had published on purpose, with
    the reason in ``because``. ``unread``: records that stood in the list but could not be read;
    for them this run is no check.

    ``rereads_run_id``: the run whose kept bytes this one reads again after its reader was mended.
    ``cause``: whether what it published is the source's change or our reading's. ``uploaded_by``,
    ``uploaded_at``: the account that handed its bytes in, and when; ``obtained``: where that person
    had them from, in words. A run with ``uploaded_at`` was never fetched.
    """

    __tablename__ = "run"
    id: Mapped[BigKey]
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("source_list.id"))
    record_key: Mapped[str] = mapped_column(server_default="")
    state: Mapped[terms.RunState] = mapped_column(word(terms.RunState))
    asked_by: Mapped[str]
    asked_at: Mapped[Timestamp]
    fence: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    step: Mapped[str] = mapped_column(server_default="")
    lease_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    offered_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    started_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    as_of: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    known_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    recorded: Mapped[bool] = mapped_column(server_default="false")
    parser_version: Mapped[int] = mapped_column(server_default="0")
    content_hash: Mapped[bytes | None] = mapped_column(pg.BYTEA)  # over the pages' hashes
    reasons: Mapped[Words]
    counts: Mapped[Json]
    shape: Mapped[Json]  # rows, fill rates, columns, dates, leftovers, problems
    accepts_run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"))
    because: Mapped[str] = mapped_column(server_default="")
    rereads_run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"))
    cause: Mapped[terms.ChangeCause] = mapped_column(
        word(terms.ChangeCause), server_default="source"
    )
    uploaded_by: Mapped[str] = mapped_column(server_default="")
    uploaded_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    obtained: Mapped[str] = mapped_column(server_default="")
    unread: Mapped[list[int]] = mapped_column(pg.ARRAY(sa.BigInteger), server_default="{}")
    __table_args__ = (
        sa.Index(
            "uq_run_open",
            "list_id",
            "record_key",
            unique=True,
            postgresql_where=sa.text("state in ('queued','running')"),
        ),
        sa.Index("ix_run_list_id", "list_id", "id"),
        sa.Index(
            "ix_run_accepts_run_id",
            "accepts_run_id",
            postgresql_where=sa.text("accepts_run_id is not null"),
        ),
        sa.Index(
            "ix_run_rereads_run_id",
            "rereads_run_id",
            postgresql_where=sa.text("rereads_run_id is not null"),
        ),
        sa.Index("ix_run_record_key", "list_id", "record_key", "id"),
        # how fresh a list was on a past day
        sa.Index(
            "ix_run_complete",
            "list_id",
            "known_at",
            postgresql_where=sa.text("state in ('published','unchanged')"),
        ),
    )


class Payload(Base):
    """Kept bytes by SHA-256, compressed with zlib, before anyone parses them."""

    __tablename__ = "payload"
    sha256: Mapped[bytes] = mapped_column(pg.BYTEA, primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    body: Mapped[Hash]
    kept_at: Mapped[Timestamp]


class RunPayload(Base):
    """Which bytes a run fetched, from where, with what headers."""

    __tablename__ = "run_payload"
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(sa.ForeignKey("payload.sha256"), index=True)
    url: Mapped[str]
    publisher_url: Mapped[str]  # the publisher's own address, where a local one was fetched
    name: Mapped[str]
    content_type: Mapped[str]
    charset: Mapped[str]
    headers: Mapped[Json]
    fetched_at: Mapped[Timestamp]


class HostSlot(Base):
    """When the next request to a host may leave: one clock for all workers, in one row a host."""

    __tablename__ = "host_slot"
    host: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[Timestamp]


class Record(Base):
    """One record of one list, for ever; ``place`` is where it was last seen in the file."""

    __tablename__ = "record"
    id: Mapped[BigKey]
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("source_list.id"))
    key: Mapped[str]
    kin: Mapped[str]
    label: Mapped[str]
    place: Mapped[str]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    __table_args__ = (sa.Index(None, "list_id", "kin"),)


class RecordKey(Base):
    """Every key under which a record was published: a corrected spelling adds one."""

    __tablename__ = "record_key"
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("source_list.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), index=True)


class Sighting(Base):
    """A record stood in its list with this content from ``first_run`` until before ``end_run``.

    ``place``: where it stood in the bytes of ``first_run``, "" for those that ended before this was
    kept: what a statement cites must not name a place of later bytes.

    Written only when it begins or ends, so that an unchanged run writes one run row.
    """

    __tablename__ = "sighting"
    id: Mapped[BigKey]
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"))
    content_hash: Mapped[Hash]
    first_run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    end_run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"))
    place: Mapped[str] = mapped_column(server_default="")
    __table_args__ = (
        sa.Index(
            "uq_sighting_open",
            "record_id",
            unique=True,
            postgresql_where=sa.text("end_run_id is null"),
        ),
        sa.Index("ix_sighting_record_id", "record_id"),
    )


class Change(Base):
    """What one publish changed, a row a fact version, in canonical order. Append-only.

    ``repeats``: another record had already said the same of the same accreditation.
    """

    __tablename__ = "change"
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[terms.ChangeKind] = mapped_column(word(terms.ChangeKind))
    what: Mapped[str]  # the table: name, status_event, scope_line, …
    key: Mapped[str]
    record_id: Mapped[int | None] = mapped_column(sa.ForeignKey("record.id"))
    body_id: Mapped[int | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    accreditation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accreditation.id"))
    before: Mapped[dict[str, Any] | None] = mapped_column(pg.JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(pg.JSONB)
    fact_hash: Mapped[bytes | None] = mapped_column(pg.BYTEA)
    repeats: Mapped[bool] = mapped_column(server_default="false")
    __table_args__ = (
        sa.Index(
            "ix_change_suspended",
            sa.text("(after ->> 'on') desc nulls last"),
            postgresql_where=sa.text(
                "what = 'status_event' and kind = 'added' and not repeats"
                " and after ->> 'kind' = 'suspended'"
            ),
        ),
    )


class LogLeaf(Base):
    """One leaf per publish; positions start at 0 and have no gaps, log order is commit order.

    ``root``: Merkle root over the run's change rows. ``leaf_hash``: RFC 9162 leaf hash over
    (position, run, root). ``tree_root``: root of the tree of leaves 0..position. ``row_marks``: 8
    bytes of each row's hash, which name an altered row; none for leaves older than this column.
    """

    __tablename__ = "log_leaf"
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), unique=True)
    rows: Mapped[int]
    root: Mapped[Hash]
    leaf_hash: Mapped[Hash]
    tree_root: Mapped[Hash]
    known_at: Mapped[Timestamp]
    row_marks: Mapped[bytes] = mapped_column(pg.BYTEA, server_default="")
    committed_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()
    )


class LogNode(Base):
    """Hashes of complete subtrees: ``level`` 0 holds leaves; kept so that proofs need no scan."""

    __tablename__ = "log_node"
    level: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hash: Mapped[Hash]


class Document(Base):
    """A body as search sees it: a projection that can be dropped and rebuilt.

    A version stands from ``from_position`` until ``to_position`` of the log, so that a cursor goes
    on over the state it began with. ``judged_on``: the day its standing was decided; ``looks``:
    which looks at its lists were known by then; ``turns_on``: the first day on which time alone
    changes it. ``countries``: of sites and presences, the markets where it is to be met;
    ``site_countries``: where it works itself; ``families``: of the standards its lines name;
    ``levels``: of evidence behind its presences and credentials; ``languages``: of its presences.
    """

    __tablename__ = "document"
    id: Mapped[BigKey]
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    from_position: Mapped[Big]
    to_position: Mapped[int | None] = mapped_column(sa.BigInteger)
    sort_name: Mapped[str]
    country: Mapped[str]
    countries: Mapped[Words]
    site_countries: Mapped[Words]
    kinds: Mapped[Words]
    issuers: Mapped[Words]
    sources: Mapped[Words]
    modes: Mapped[Words]
    families: Mapped[Words]
    levels: Mapped[Words]
    languages: Mapped[Words]
    standing: Mapped[Words]  # of its accreditations, coarse: stands, partly, suspended, …
    standards: Mapped[Words]
    numbers: Mapped[Words]
    made: Mapped[bool]
    tokens: Mapped[Any] = mapped_column(pg.TSVECTOR)
    card: Mapped[Json]
    judged_on: Mapped[datetime] = mapped_column(sa.Date)
    looks: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    turns_on: Mapped[datetime | None] = mapped_column(sa.Date)
    __table_args__ = (
        sa.Index(
            "uq_document_current",
            "body_id",
            unique=True,
            postgresql_where=sa.text("to_position is null"),
        ),
        sa.Index("ix_document_tokens", "tokens", postgresql_using="gin"),
        sa.Index("ix_document_standards", "standards", postgresql_using="gin"),
        sa.Index("ix_document_numbers", "numbers", postgresql_using="gin"),
        sa.Index("ix_document_countries", "countries", postgresql_using="gin"),
        sa.Index("ix_document_site_countries", "site_countries", postgresql_using="gin"),
        sa.Index("ix_document_sort_name", "sort_name", "body_id"),
    )


class Entry(Base):
    """A body in the index of search as it stands at the newest position of the log: made of its
    open document, a row a body, so that a question of today reads few pages and no older versions.

    ``tokens``: the document's, and what its lists hold as "kinds/testing", so that one look into
    one index answers a whole question; kept beside the row, which stays narrow. ``profile``,
    ``families``: equal for bodies whose lists are equal. ``stands``: 3 stands, 2 partly, 1 unknown.
    """

    __tablename__ = "entry"
    body_id: Mapped[int] = mapped_column(
        sa.ForeignKey("body.id"), primary_key=True, autoincrement=False
    )
    document_id: Mapped[Big]
    profile: Mapped[Big]
    families: Mapped[Big]
    stands: Mapped[int] = mapped_column(sa.SmallInteger)
    lines: Mapped[int]
    sort_name: Mapped[str]
    tokens: Mapped[Any] = mapped_column(pg.TSVECTOR)
    __table_args__ = (sa.Index("ix_entry_tokens", "tokens", postgresql_using="gin"),)


class Word(Base):
    """A word that terms or names hold, for misspelt ones; a word whose last holder went stays."""

    __tablename__ = "word"
    token: Mapped[str] = mapped_column(sa.Text(collation="C"), primary_key=True)
