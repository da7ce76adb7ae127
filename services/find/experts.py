"""Experts across all bodies: sums by field, committee and language. No names are held (PIPL)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find import abroad_words as words
from services.find.abroad_lists import Asked, in_force, read_groups
from services.find.abroad_views import ExpertiseSum, ExpertsOf
from services.find.cursor import check_limit
from services.find.meta import meta
from services.find.views import Meta
from services.terms import VERIFIED_LEVELS

MOST = 100
LARGEST = 10  # bodies named with a sum
_KEY = ("field", "committee", "language", "pool")


def expertise(
    conn: Connection,
    asked: Asked,
    *,
    field: str = "",
    committee: str = "",
    language: str = "",
) -> tuple[tuple[ExpertiseSum, ...], Meta]:
    """Sums of experts, the largest first, with the bodies that have most of them.

    What several records say of one body and key is one fact: the largest number counts, once.
    Not paged: at most ``asked.limit`` sums, ``Meta.total`` says how many there are.
    Raises BadQuestion.
    """
    check_limit(asked.limit, MOST)
    found = conn.execute(_sums(_where(conn, asked, field, committee, language), asked)).all()
    groups = [(one["body"], one["id"], one["ids"]) for row in found for one in row.largest]
    read = read_groups(conn, m.Expertise, groups, asked)
    by_place = {(group.body_id, group.place): group for group in read.groups}
    views = []
    for row in found:
        largest = []
        for one in row.largest:
            says = by_place[one["body"], one["id"]].says
            best = next(said.row for said in says if said.row.id == one["id"])
            largest.append(
                ExpertsOf(
                    body=f"b{one['body']}",
                    body_names=read.names.get(one["body"], ()),
                    count=one["count"],
                    level=best.level,
                    verified=best.level in VERIFIED_LEVELS,
                    evidence=read.proofs.all(says),
                )
            )
        views.append(_sum(row, tuple(largest)))
    total = found[0].total if found else 0
    return tuple(views), meta(conn, read.sources, on=asked.on, known_at=asked.known_at, total=total)


def _sum(row: Any, largest: tuple[ExpertsOf, ...]) -> ExpertiseSum:
    return ExpertiseSum(
        **{name: getattr(row, name) for name in (*_KEY, "field_also")},
        experts=row.experts,
        verified=row.verified,
        bodies=row.bodies,
        largest=largest,
    )


def _where(
    conn: Connection, asked: Asked, field: str, committee: str, language: str
) -> list[sa.ColumnElement[bool]]:
    table = m.Expertise
    where: list[sa.ColumnElement[bool]] = []
    for name, word, columns in (
        ("field", field, (table.field, table.field_also)),
        ("committee", committee, (table.committee,)),
        ("language", language, (table.language,)),
    ):
        if found := words.known_word(conn, name, word, columns, asked.known_at):
            where.append(sa.or_(*(sa.func.lower(one) == found.lower() for one in columns)))
    return where


def _sums(where: list[sa.ColumnElement[bool]], asked: Asked) -> sa.Select[Any]:
    said = in_force(m.Expertise, asked).where(*where).cte("said")
    key = [said.c[name] for name in _KEY]
    # of one body and key the largest number, its statement first among all that say something
    largest = sa.desc(said.c["count"]), said.c.id
    one = (
        sa.select(
            *key,
            said.c.body_id,
            sa.func.max(said.c["count"]).label("count"),
            sa.func.array_agg(sa.dialects.postgresql.aggregate_order_by(said.c.id, *largest)).label(
                "ids"
            ),
            sa.func.max(said.c.field_also).label("field_also"),
            sa.func.max(
                sa.case((said.c.level.in_(VERIFIED_LEVELS), said.c["count"]), else_=0)
            ).label("verified"),
        )
        .group_by(*key, said.c.body_id)
        .cte("one")
    )
    ordered = sa.desc(one.c["count"]), one.c.body_id
    of_body = sa.func.json_build_object(
        "body", one.c.body_id, "id", one.c.ids[1], "ids", one.c.ids, "count", one.c["count"]
    )
    bodies = sa.func.array_agg(sa.dialects.postgresql.aggregate_order_by(of_body, *ordered))
    sums = (
        sa.select(
            *(one.c[name] for name in _KEY),
            sa.func.max(one.c.field_also).label("field_also"),
            sa.func.sum(one.c["count"]).label("experts"),
            sa.func.sum(one.c.verified).label("verified"),
            sa.func.count().label("bodies"),
            bodies[1:LARGEST].label("largest"),
        )
        .group_by(*(one.c[name] for name in _KEY))
        .cte("sums")
    )
    total = sa.select(sa.func.count()).select_from(sums).scalar_subquery()
    return (
        sa.select(sums, total.label("total"))
        .order_by(sums.c.experts.desc(), *(sums.c[name] for name in _KEY))
        .limit(asked.limit)
    )
