"""Measures over time with their published definitions: counted from dated facts, never estimated.

Each is counted on the last day of every year since the first fact, and on the day asked about, as
known at the time asked about. What changes a definition raises its version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.find.abroad_lists import Asked
from services.find.abroad_views import IndicatorValue, IndicatorView
from services.find.abroad_words import nearest
from services.find.meta import load_sources, meta
from services.find.views import Meta
from services.terms import VERIFIED_LEVELS, PresenceMode, ProjectStatus

YEARS = 30  # most year-ends of one measure


@dataclass(frozen=True, slots=True)
class Measure:
    """``model`` and ``what``: the columns whose distinct values count; ``where``: of which
    statements. No model: counted from documents."""

    id: str
    title: str
    title_zh: str
    definition: str
    definition_zh: str
    unit: str
    unit_zh: str
    version: int
    model: Any = None
    what: tuple[str, ...] = ()
    where: Any = None


_BEGIN = (
    " A fact whose beginning no source states counts from the day on which a source was first read "
    "to say so."
)
_BEGIN_ZH = "来源未写明起始日的，自首次读到该来源如此记载之日起计。"

MEASURES: tuple[Measure, ...] = (
    Measure(
        id="acceptances",
        title="Results accepted abroad",
        title_zh="境外采信的结果",
        definition="Distinct combinations of market, product and kind of result for which an "
        "acceptance abroad is in force on the day, whoever issues the result." + _BEGIN,
        definition_zh="当日有效的境外采信中，“市场＋产品＋结果类型”的不同组合数，不论结果由谁出具。"
        + _BEGIN_ZH,
        unit="market × product × result type",
        unit_zh="市场×产品×结果类型",
        version=1,
        model=m.Acceptance,
        what=("country", "product", "result"),
    ),
    Measure(
        id="cooperations",
        title="Cooperation agreements",
        title_zh="合作协议",
        definition="Agreements between a body and a partner abroad that are in force on the day: "
        "distinct combinations of body, partner and kind of cooperation." + _BEGIN,
        definition_zh="当日有效的机构与境外伙伴的合作协议，按“机构＋伙伴＋合作方式”的不同组合计数。"
        + _BEGIN_ZH,
        unit="agreements",
        unit_zh="项",
        version=1,
        model=m.Cooperation,
        what=("body_id", "partner", "kind"),
    ),
    Measure(
        id="presence_built",
        title="Bodies with a presence abroad of their own",
        title_zh="“造船出海”机构数",
        definition="Bodies with at least one presence abroad that is built (their own entity, site "
        "or designation) on the day." + _BEGIN,
        definition_zh="当日至少有一处自建境外布局（自有实体、场所或指定）的机构数。" + _BEGIN_ZH,
        unit="bodies",
        unit_zh="家",
        version=1,
        model=m.Presence,
        what=("body_id",),
        where=m.Presence.mode == PresenceMode.BUILT,
    ),
    Measure(
        id="presence_borrowed",
        title="Bodies with a presence abroad through a partner",
        title_zh="“借船出海”机构数",
        definition="Bodies with at least one presence abroad that is borrowed (a partner's) on the "
        "day." + _BEGIN,
        definition_zh="当日至少有一处借助伙伴的境外布局的机构数。" + _BEGIN_ZH,
        unit="bodies",
        unit_zh="家",
        version=1,
        model=m.Presence,
        what=("body_id",),
        where=m.Presence.mode == PresenceMode.BORROWED,
    ),
    Measure(
        id="projects",
        title="“Small and beautiful” projects that run",
        title_zh="“小而美”互认项目（运行中）",
        definition="Distinct titles of mutual-recognition projects between institutions whose "
        "status is running on the day. Treaties and arrangements are not counted." + _BEGIN,
        definition_zh="当日状态为“运行中”的机构间“小而美”互认项目数（按名称去重）；条约与多边互认安排不计入。"
        + _BEGIN_ZH,
        unit="projects",
        unit_zh="项",
        version=1,
        model=m.Project,
        what=("title",),
        where=m.Project.status == ProjectStatus.RUNNING,
    ),
    Measure(
        id="accreditations_standing",
        title="Accreditations that stand",
        title_zh="有效的认可与指定",
        definition="Accreditations, designations and permissions that the directory decided to "
        "stand, as it decided on that very day; a day before the directory held anything, or which "
        "it judged only later, has no value.",
        definition_zh="本名录在当日裁定为有效的认可、指定与行政许可数，以当日裁定为准；本名录尚无资料、"
        "或事后才裁定的日期不给出数值。",
        unit="accreditations",
        unit_zh="项",
        version=1,
    ),
)


def indicators(
    conn: Connection, on: date, known_at: datetime, *, only: str = ""
) -> tuple[tuple[IndicatorView, ...], Meta]:
    """All measures, or one by its id, at most two queries each and four more. Raises NotFound."""
    chosen = [one for one in MEASURES if not only or one.id == only]
    if not chosen:
        near = nearest(only, [one.id for one in MEASURES])
        remedy = f"Did you mean {', '.join(near)}?" if near else "GET /indicators lists them."
        raise NotFound(f'There is no indicator "{only[:60]}".', remedy)
    asked = Asked(on, known_at)
    views = tuple(_view(conn, one, asked) for one in chosen)
    keys = _behind(conn, [one.model for one in chosen if one.model is not None], asked)
    sources = load_sources(conn, at=known_at)
    behind = [source for key, source in sources.items() if key in keys]
    return views, meta(conn, behind, on=on, known_at=known_at, total=len(views))


def days_of(on: date, since: date | None) -> list[date]:
    """The year-ends since the first fact and before the day, oldest first, and the day itself."""
    first = max(since.year, on.year - YEARS) if since else on.year - YEARS
    return [date(year, 12, 31) for year in range(first, on.year)] + [on]


def _view(conn: Connection, one: Measure, asked: Asked) -> IndicatorView:
    if one.model is None:
        values = _values(conn, _standing(days_of(asked.on, None), asked))
        since = values[0].on if values else None
    else:
        since = conn.execute(sa.select(sa.func.min(_said(one, asked).c.begins))).scalar()
        days = [day for day in days_of(asked.on, since) if since and day >= since]
        values = _values(conn, _counted(one, days, asked)) if days else ()
    return IndicatorView(
        id=one.id,
        title=one.title,
        title_zh=one.title_zh,
        definition=one.definition,
        definition_zh=one.definition_zh,
        unit=one.unit,
        unit_zh=one.unit_zh,
        definition_version=one.version,
        since=since,
        values=values,
    )


def _values(conn: Connection, query: sa.Select[Any]) -> tuple[IndicatorValue, ...]:
    return tuple(
        IndicatorValue(on=row.day, value=row.value, verified=row.verified)
        for row in conn.execute(query)
    )


def _each(days: Sequence[date]) -> Any:
    return (
        sa.func.unnest(sa.literal(list(days), sa.ARRAY(sa.Date)))
        .table_valued(sa.column("day", sa.Date))
        .render_derived(name="days")
    )


def _said(one: Measure, asked: Asked) -> Any:
    """What counts (``part0``, …), whether verified, from when until before when: each once, however
    many statements known then say so, whatever day they are true of."""
    model, link, run = one.model, m.BodyLink, m.Run
    columns = [link.body_id if name == "body_id" else getattr(model, name) for name in one.what]
    read_on = sa.cast(sa.func.timezone("UTC", run.as_of), sa.Date)
    said = (
        sa.select(
            *(column.label(f"part{at}") for at, column in enumerate(columns)),
            model.level.in_(VERIFIED_LEVELS).label("verified"),
            sa.func.coalesce(sa.func.lower(model.valid), read_on).label("begins"),
            sa.func.upper(model.valid).label("ends"),
        )
        .join(link, link.record_id == model.record_id)
        .join(run, run.id == model.run_id)
        .where(link.known.contains(asked.known_at), model.known.contains(asked.known_at))
        .distinct()
    )
    return (said if one.where is None else said.where(one.where)).cte("said")


def _counted(one: Measure, days: Sequence[date], asked: Asked) -> sa.Select[Any]:
    """(day, value, verified). Grouped by what counts before it is counted: hashing is several times
    quicker than sorting for a distinct count."""
    of, each = _said(one, asked), _each(days)
    parts = [of.c[f"part{at}"] for at in range(len(one.what))]
    true_then = sa.and_(
        of.c.begins <= each.c.day, sa.or_(of.c.ends.is_(None), of.c.ends > each.c.day)
    )
    once = (
        sa.select(each.c.day, sa.func.bool_or(of.c.verified).label("verified"))
        .select_from(each)
        .join(of, true_then)
        .group_by(each.c.day, *parts)
        .cte("once")
    )
    every = _each(days).alias("every")
    return (
        sa.select(
            every.c.day,
            sa.func.count(once.c.day).label("value"),
            sa.func.count(once.c.day).filter(once.c.verified).label("verified"),
        )
        .select_from(every)
        .outerjoin(once, once.c.day == every.c.day)
        .group_by(every.c.day)
        .order_by(every.c.day)
    )


def _standing(days: Sequence[date], asked: Asked) -> sa.Select[Any]:
    """The same from the documents that stood at the end of each day, judged by then."""
    cuts = [min(datetime.combine(day, time.max, UTC), asked.known_at) for day in days]
    at = (
        sa.func.unnest(
            sa.literal(list(days), sa.ARRAY(sa.Date)),
            sa.literal(cuts, sa.ARRAY(sa.DateTime(timezone=True))),
        )
        .table_valued(sa.column("day", sa.Date), sa.column("cut", sa.DateTime(timezone=True)))
        .render_derived(name="days")
    )
    leaf, document = m.LogLeaf, m.Document
    position = (
        sa.select(sa.func.max(leaf.position)).where(leaf.known_at <= at.c.cut).scalar_subquery()
    )
    placed = sa.select(at.c.day, position.label("position")).cte("placed")
    stands = sa.cast(document.card["standings"]["stands"].astext, sa.Integer)
    value = sa.func.coalesce(sa.func.sum(stands), 0)
    return (
        sa.select(
            placed.c.day, value.label("value"), value.label("verified")
        )
        .join(
            document,
            sa.and_(
                document.from_position <= placed.c.position,
                sa.or_(
                    document.to_position.is_(None), document.to_position > placed.c.position
                ),
            ),
        )
        .group_by(placed.c.day)
        .having(sa.func.bool_and(document.judged_on <= placed.c.day))
        .order_by(placed.c.day)
    )  # fmt: skip


def _behind(conn: Connection, models: Sequence[Any], asked: Asked) -> set[str]:
    """Keys of the sources that these tables' statements were read from, as known then."""
    if not models:
        return set()
    run, one = m.Run, m.SourceList
    said = sa.union(
        *(
            sa.select(model.run_id).where(model.known.contains(asked.known_at))
            for model in dict.fromkeys(models)
        )
    ).subquery()
    query = (
        sa.select(one.source_key)
        .join(run, run.list_id == one.id)
        .where(run.id.in_(sa.select(said.c.run_id)))
        .distinct()
    )
    return set(conn.execute(query).scalars())
