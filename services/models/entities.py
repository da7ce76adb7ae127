"""What statements are about: bodies and accreditations, and the links that say so."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, BigKey, Hash, Json, Timestamp, word


def _of_merges(table: str) -> sa.Index:
    """The few rows that a merge made, for the day on which it is undone."""
    return sa.Index(
        f"ix_{table}_merge_id", "merge_id", postgresql_where=sa.text("merge_id is not null")
    )


class Body(Base):
    """A conformity assessment body. The id is permanent and never used again."""

    __tablename__ = "body"
    id: Mapped[BigKey]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))


class Accreditation(Base):
    """An accreditation, designation or permission of one holder.

    Re-accreditation of another holder under the same number is another row (BRIEF rule 10), so
    (issuer, number) is not unique here. ``field_key`` tells accreditations without number apart;
    ``look_key`` is equal for numbers that are mistaken for one another.
    """

    __tablename__ = "accreditation"
    id: Mapped[BigKey]
    issuer: Mapped[str]
    number: Mapped[str]
    number_key: Mapped[str]
    look_key: Mapped[str] = mapped_column(server_default="")
    field_key: Mapped[str]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    __table_args__ = (
        sa.Index(None, "issuer", "number_key"),
        sa.Index(None, "number_key"),
        sa.Index(None, "look_key"),
    )


class BodyLink(Base):
    """This record speaks of that body, and since when (and until when) the directory holds so.

    ``merge_id``: the merge that led the record here, so that undoing it leads back just these.
    """

    __tablename__ = "body_link"
    id: Mapped[BigKey]
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"))
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), index=True)
    known: Mapped[Range[datetime]]
    rule: Mapped[str]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    merge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("body_merge.id"))
    __table_args__ = (
        pg.ExcludeConstraint(("record_id", "="), ("known", "&&"), name="ex_body_link_one_body"),
        _of_merges("body_link"),
    )


class AccreditationLink(Base):
    """The record's accreditation ``key`` is that accreditation."""

    __tablename__ = "accreditation_link"
    id: Mapped[BigKey]
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"))
    key: Mapped[str]
    accreditation_id: Mapped[int] = mapped_column(sa.ForeignKey("accreditation.id"), index=True)
    known: Mapped[Range[datetime]]
    rule: Mapped[str]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    merge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("body_merge.id"))
    __table_args__ = (
        pg.ExcludeConstraint(
            ("record_id", "="), ("key", "="), ("known", "&&"), name="ex_accreditation_link_one"
        ),
        _of_merges("accreditation_link"),
    )


class ReviewItem(Base):
    """A doubt for a person: a match that is not certain is never made by machine.

    It stands from ``asked_at`` until ``closed_at``; answers as known in between count it for ever.
    ``state``: open, or what was decided (services/desk/decide.py), by whom and why. ``merge_id``:
    the merge that answered it.
    """

    __tablename__ = "review_item"
    id: Mapped[BigKey]
    kind: Mapped[str]
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), index=True)
    body_id: Mapped[int | None] = mapped_column(sa.ForeignKey("body.id"), index=True)
    reason: Mapped[str]
    evidence: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="open")
    asked_at: Mapped[Timestamp]
    closed_at: Mapped[Timestamp | None]
    because: Mapped[str] = mapped_column(server_default="")
    proof: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    merge_id: Mapped[int | None] = mapped_column(sa.ForeignKey("body_merge.id"))
    __table_args__ = (
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name="closed"),
        sa.Index("ix_review_item_open", "id", postgresql_where=sa.text("state = 'open'")),
        _of_merges("review_item"),
    )


class BodyMerge(Base):
    """From ``known`` on an id leads to another body; where the range is closed it was undone.

    ``account_id`` None: made on the road, by a corrected name that is another body's. ``end_…``:
    who undid it, why, and by which run of the desk.
    """

    __tablename__ = "body_merge"
    id: Mapped[BigKey]
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    into_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), index=True)
    known: Mapped[Range[datetime]]
    because: Mapped[str]
    proof: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    end_because: Mapped[str] = mapped_column(server_default="")
    end_proof: Mapped[str] = mapped_column(server_default="")
    end_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    end_run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("run.id"))
    __table_args__ = (
        sa.CheckConstraint("body_id <> into_id", name="two_bodies"),
        pg.ExcludeConstraint(("body_id", "="), ("known", "&&"), name="ex_body_merge_one_a_time"),
    )


class BodyRelation(Base):
    """What one body is to another, as a steward decided: the first is ``kind`` of the other."""

    __tablename__ = "body_relation"
    id: Mapped[BigKey]
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), index=True)
    kind: Mapped[terms.RelationKind] = mapped_column(word(terms.RelationKind))
    known: Mapped[Range[datetime]]
    because: Mapped[str]
    proof: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    __table_args__ = (
        sa.CheckConstraint("body_id <> other_id", name="two_bodies"),
        pg.ExcludeConstraint(
            ("body_id", "="), ("other_id", "="), ("kind", "="), ("known", "&&"),
            name="ex_body_relation_one_a_time",
        ),
    )  # fmt: skip


class BodyApart(Base):
    """Two bodies that a steward keeps apart, the lower id first.

    ``seen``: names and identifiers of both on which that was decided. The range ends when one of
    them changes: then the pair is asked about again.
    """

    __tablename__ = "body_apart"
    id: Mapped[BigKey]
    one_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    two_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), index=True)
    seen: Mapped[Json]
    known: Mapped[Range[datetime]]
    because: Mapped[str]
    proof: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    __table_args__ = (
        sa.CheckConstraint("one_id < two_id", name="in_order"),
        pg.ExcludeConstraint(
            ("one_id", "="), ("two_id", "="), ("known", "&&"), name="ex_body_apart_one_a_time"
        ),
    )


class Ruling(Base):
    """A steward's word on a contradiction: which of two statements counts, since when.

    The statements are named by record and hash: where a source says something else from then on,
    the ruling no longer speaks of it and the contradiction is open again. ``proof``: where what
    the steward saw can be seen.
    """

    __tablename__ = "ruling"
    id: Mapped[BigKey]
    contradiction: Mapped[str]
    kind: Mapped[terms.ContradictionKind] = mapped_column(word(terms.ContradictionKind))
    accreditation_id: Mapped[int] = mapped_column(sa.ForeignKey("accreditation.id"), index=True)
    upheld_record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"))
    upheld_hash: Mapped[Hash]
    overruled_record_id: Mapped[int] = mapped_column(sa.ForeignKey("record.id"))
    overruled_hash: Mapped[Hash]
    because: Mapped[str]
    proof: Mapped[str] = mapped_column(server_default="")
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    known: Mapped[Range[datetime]]
    __table_args__ = (
        pg.ExcludeConstraint(("contradiction", "="), ("known", "&&"), name="ex_ruling_one_a_time"),
    )
