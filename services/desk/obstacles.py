"""Obstacles met abroad: reported by accounts, decided by stewards, shown as warnings.

A report is one account's word. It warns nobody until a steward has published it, and from then on
it is told as a report, never as a fact about the market. Persons stand in none: what looks like an
address or a number of theirs is dropped before anything is stored, and the reporter is told.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services import standards
from services.accounts import Principal
from services.desk.trail import tell
from services.errors import BadQuestion, Conflict, Forbidden, NotFound
from services.find import abroad_words as words
from services.find import cursor as cursors
from services.find.abroad_views import ObstacleView
from services.parsers.personal import without_personal
from services.terms import DeskAction, ObstacleState, Role

MOST = 100  # of a page
MOST_WAITING = 50  # reports of one account that nobody has decided yet
LONGEST_TEXT = 2000
SHORTEST_TEXT = 20
LONGEST_WORDS = 200
OLDEST = timedelta(days=3653)  # what happened longer ago warns nobody
# a mobile number as China writes it: personal.without_personal asks for a "+" or an area code
_MOBILE = re.compile(r"(?<![\d-])1[3-9]\d(?:[ -]?\d{4}){2}(?![\d-])")


@dataclass(frozen=True, slots=True)
class Report:
    """What is sent. ``document_kind``: what was rejected, as "CB test report"; ``rejected_by``: the
    office or firm that did; ``text``: the reason given, in the reporter's words."""

    market: str
    document_kind: str
    rejected_by: str
    text: str
    happened_on: date
    product: str = ""
    standard: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as it was stored; ``dropped``: how many particulars of persons were left out."""

    id: str
    dropped: int


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """A published report, as a warning on a route. It is one reporter's word, moderated."""

    id: str
    market: str
    product: str
    standard: str
    document_kind: str
    rejected_by: str
    text: str
    happened_on: date
    published_at: datetime


class _Place(msgspec.Struct, frozen=True):
    before: int


def report(conn: Connection, who: Principal, given: Report, now: datetime) -> Reported:
    """Store a report, which then waits for a steward.

    Raises BadQuestion for what cannot be read (a market or product that is not known is answered
    with the nearest), and Conflict where the account has as many waiting as it may have.
    """
    market = words.market("market", given.market)
    if not market:
        raise BadQuestion("market: it is empty.", "It takes two letters, as SA, or EU.")
    if not OLDEST >= now.date() - given.happened_on >= timedelta(0):
        raise BadQuestion(
            f"happened_on: {given.happened_on} is no day of the last ten years.",
            "Give the day of the refusal as YYYY-MM-DD.",
        )
    kind, a = _clean("document_kind", given.document_kind, 3, LONGEST_WORDS)
    by, b = _clean("rejected_by", given.rejected_by, 2, LONGEST_WORDS)
    text, c = _clean("text", given.text, SHORTEST_TEXT, LONGEST_TEXT)
    _not_too_many(conn, who)
    made = conn.execute(
        sa.insert(m.Obstacle)
        .values(
            account_id=who.account_id,
            market=market,
            product=words.product(conn, given.product, now),
            standard=_standard(given.standard),
            document_kind=kind,
            rejected_by=by,
            text=text,
            happened_on=given.happened_on,
            created_at=now,
        )
        .returning(m.Obstacle.id)
    ).scalar_one()
    return Reported(f"o{made}", a + b + c)


def _clean(name: str, given: str, least: int, most: int) -> tuple[str, int]:
    """Words without particulars of persons. Raises BadQuestion where too little is left."""
    text, dropped = without_personal(given.strip())
    text, mobiles = _MOBILE.subn("", text)
    text = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    if not least <= len(text) <= most:
        left = " without the particulars of persons" if dropped + mobiles else ""
        raise BadQuestion(
            f"{name}: it has {len(text)} characters{left}.", f"Write {least} to {most} characters."
        )
    return text, dropped + mobiles


def _standard(given: str) -> str:
    if not given.strip():
        return ""
    read = standards.read(given.strip())
    if read is None:
        raise BadQuestion(
            f'standard: "{given.strip()[:60]}" is not read as a designation.',
            'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018".',
        )
    return read.dated


def _not_too_many(conn: Connection, who: Principal) -> None:
    account = m.Account
    conn.execute(sa.select(account.id).where(account.id == who.account_id).with_for_update())
    waiting = conn.execute(
        sa.select(sa.func.count())
        .select_from(m.Obstacle)
        .outerjoin(m.ObstacleDecision)
        .where(m.Obstacle.account_id == who.account_id, m.ObstacleDecision.state.is_(None))
    ).scalar_one()
    if waiting >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} reports of this account wait, as many as may.",
            "Wait until a steward has decided some of them.",
        )


def decide(
    conn: Connection,
    who: Principal,
    id_: str,
    state: ObstacleState,
    because: str,
    now: datetime,
) -> None:
    """Publish a report or reject it, once and for good.

    Raises Forbidden for anybody but a steward, NotFound, BadQuestion without a reason, and Conflict
    that names who was first where it was decided before.
    """
    if not who.may(Role.STEWARD):
        raise Forbidden("Reports are decided by stewards.", "Ask whoever keeps the accounts.")
    if state is ObstacleState.WAITING:
        raise BadQuestion('decision: "waiting" is none.', "It takes published or rejected.")
    reason, _ = _clean("because", because, 3, LONGEST_TEXT)
    wanted = cursors.number(id_, "o", "an obstacle")
    there = sa.exists().where(m.Obstacle.id == wanted)
    if not conn.execute(sa.select(there)).scalar_one():
        raise NotFound(f'There is no report "{id_}".', "GET /obstacles lists them.")
    put = (
        insert(m.ObstacleDecision)
        .values(
            obstacle_id=wanted, state=state, account_id=who.account_id, because=reason,
            decided_at=now,
        )
        .on_conflict_do_nothing()
        .returning(m.ObstacleDecision.obstacle_id)
    )  # fmt: skip
    if conn.execute(put).scalar_one_or_none() is None:
        raise _decided(conn, id_, wanted)
    tell(
        conn, who.account_id, DeskAction.OBSTACLE_DECIDED, f"obstacle {id_}", now,
        because=reason, before={"state": "waiting"}, after={"state": state.value},
    )  # fmt: skip


def _decided(conn: Connection, id_: str, wanted: int) -> Conflict:
    first = m.ObstacleDecision
    row = conn.execute(
        sa.select(first.state, first.decided_at, m.Account.name)
        .join(m.Account, m.Account.id == first.account_id)
        .where(first.obstacle_id == wanted)
    ).one()
    at = row.decided_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Conflict(
        f"The report {id_} is {row.state.value}: {row.name} decided so on {at}.",
        "A decision stands; what is new is reported anew.",
    )


def obstacles(
    conn: Connection,
    who: Principal | None,
    *,
    market: str = "",
    product: str = "",
    state: ObstacleState | None = None,
    cursor: str = "",
    limit: int = 20,
    now: datetime,
) -> tuple[tuple[ObstacleView, ...], str | None]:
    """Reports, the newest first, and the next page's cursor: published ones for everybody, those of
    the account that asks, all for stewards. Raises BadQuestion."""
    cursors.check_limit(limit, MOST)
    one, decision = m.Obstacle, m.ObstacleDecision
    steward = who is not None and who.may(Role.STEWARD)
    stands = sa.func.coalesce(sa.cast(decision.state, sa.Text), ObstacleState.WAITING.value)
    query = _select()
    if not steward:
        own = one.account_id == who.account_id if who else sa.false()
        query = query.where(sa.or_(decision.state == ObstacleState.PUBLISHED, own))
    if code := words.market("market", market):
        query = query.where(one.market == code)
    if found := words.product(conn, product, now):
        query = query.where(sa.func.lower(one.product) == found.lower())
    if state is not None:
        query = query.where(stands == state.value)
    if cursor:
        query = query.where(one.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(query.order_by(one.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    following = cursors.write(_Place(page[-1].id)) if len(rows) > limit else None
    return tuple(_view(row, who, steward=steward) for row in page), following


def _select() -> sa.Select[Any]:
    one, decision = m.Obstacle, m.ObstacleDecision
    reporter, decider = orm.aliased(m.Account), orm.aliased(m.Account)
    return (
        sa.select(
            one.__table__,
            *(decision.state, decision.decided_at, decision.because),
            reporter.name.label("reporter"),
            decider.name.label("decider"),
        )
        .join(reporter, reporter.id == one.account_id)
        .outerjoin(decision, decision.obstacle_id == one.id)
        .outerjoin(decider, decider.id == decision.account_id)
    )


def _view(row: Any, who: Principal | None, *, steward: bool) -> ObstacleView:
    own = who is not None and row.account_id == who.account_id
    decided = row.decided_at.astimezone(UTC) if row.decided_at else None
    return ObstacleView(
        id=f"o{row.id}",
        market=row.market,
        product=row.product,
        standard=row.standard,
        document_kind=row.document_kind,
        rejected_by=row.rejected_by,
        text=row.text,
        happened_on=row.happened_on,
        created_at=row.created_at.astimezone(UTC),
        state=row.state or ObstacleState.WAITING,
        decided_at=decided,
        own=own,
        reporter=row.reporter if steward else "",
        decided_by=(row.decider or "") if steward else "",
        because=(row.because or "") if steward or own else "",
    )


def obstacles_of(
    conn: Connection, markets: Collection[str], product: str, known_at: datetime
) -> tuple[Warned, ...]:
    """Published reports that warn on a market's routes for a product ("": of all), as known then,
    the newest first: one query. A report about no product in particular warns on every one.

    ``markets``: its code and those of the groupings whose routes apply there ("DE", "EU").
    """
    one, decision = m.Obstacle, m.ObstacleDecision
    query = (
        sa.select(one.__table__, decision.decided_at)
        .join(decision, decision.obstacle_id == one.id)
        .where(
            one.market.in_(markets),
            decision.state == ObstacleState.PUBLISHED,
            decision.decided_at <= known_at,
        )
        .order_by(one.happened_on.desc(), one.id.desc())
        .limit(MOST)
    )
    if product:
        query = query.where(sa.func.lower(one.product).in_([product.lower(), ""]))
    return tuple(
        Warned(
            id=f"o{row.id}",
            market=row.market,
            product=row.product,
            standard=row.standard,
            document_kind=row.document_kind,
            rejected_by=row.rejected_by,
            text=row.text,
            happened_on=row.happened_on,
            published_at=row.decided_at.astimezone(UTC),
        )
        for row in conn.execute(query)
    )
