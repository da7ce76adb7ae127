"""What all tables share: constraint names, column types, and the two time axes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Timestamp = Annotated[datetime, mapped_column(sa.DateTime(timezone=True))]
Hash = Annotated[bytes, mapped_column(pg.BYTEA)]
Words = Annotated[list[str], mapped_column(pg.ARRAY(sa.Text), server_default="{}")]
Json = Annotated[dict[str, Any], mapped_column(pg.JSONB, server_default="{}")]
BigKey = Annotated[int, mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)]
Big = Annotated[int, mapped_column(sa.BigInteger)]


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text(),
        Range[date]: pg.DATERANGE(),
        Range[datetime]: pg.TSTZRANGE(),
    }


def word(enum: type[StrEnum]) -> sa.Enum:
    """A column that stores the enum's values as text and refuses any other word."""
    return sa.Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=40,
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )


def held_by_trigger(target: str) -> sa.ForeignKey:
    """A foreign key of a table that is filled by the million: a trigger checks it, all rows of a
    statement at once, where the database's own would check each (migration 0013)."""
    return sa.ForeignKey(target, info={"held_by": "trigger"})


def in_catalogue(
    item: sa.schema.SchemaItem, _name: str | None, kind: str, _reflected: bool, _other: object
) -> bool:
    """Alembic's ``include_object``: whether the database's catalogue is to name this. Foreign keys
    that a trigger holds it does not."""
    if kind != "foreign_key_constraint":
        return True
    assert isinstance(item, sa.ForeignKeyConstraint)
    return not any(one.info.get("held_by") for one in item.elements)


class Statement:
    """A dated statement of one source record.

    ``valid``: when true in the world, days, half-open. ``known``: when the directory held it; the
    only change ever made in place is closing its open end, once. ``hash``: SHA-256 over the
    canonical content; it is what the log names. Two statements of one record under one key never
    overlap on both axes; statements of different records stand side by side. ``refers_to`` makes
    the foreign keys that all of them have.
    """

    id: Mapped[BigKey]
    key: Mapped[str]
    raw: Mapped[str] = mapped_column(server_default="")
    hash: Mapped[Hash]
    valid: Mapped[Range[date]]
    known: Mapped[Range[datetime]]

    @staticmethod
    def refers_to(target: str) -> sa.ForeignKey:
        return sa.ForeignKey(target)

    @declared_attr
    def record_id(cls) -> Mapped[int]:
        return mapped_column(cls.refers_to("record.id"))

    @declared_attr
    def run_id(cls) -> Mapped[int]:
        return mapped_column(cls.refers_to("run.id"))

    @declared_attr
    def end_run_id(cls) -> Mapped[int | None]:
        return mapped_column(cls.refers_to("run.id"))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        table = cls.__tablename__  # type: ignore[attr-defined]
        return (
            pg.ExcludeConstraint(
                ("record_id", "="),
                ("key", "="),
                ("valid", "&&"),
                ("known", "&&"),
                name=f"ex_{table}_one_statement",
            ),
            sa.Index(f"ix_{table}_record_id", "record_id"),
        )
