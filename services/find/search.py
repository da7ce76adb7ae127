"""Search over the bodies' documents: words in two languages, standards, numbers, filters, facets.

The first page names the log position it was asked at; later pages read the document versions that
stood there, so that nothing is missed or shown twice while runs publish. The same versions answer
for a past day. A question goes through ``question`` (what is asked), ``fitting`` (who fits),
``facets`` (how many), ``rank`` (in which order), ``why`` and ``nearly``.
"""

from datetime import UTC, date, datetime, time

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.correct import corrected_words
from services.find.facets import Facets, facets_of
from services.find.matched import LOOKED_AT, LOOKED_AT_GIANT, Hit, line_terms, matched_lines
from services.find.meta import load_sources, meta
from services.find.nearly import FEW, Missed, nearly
from services.find.question import Asked, Query, asked_of, without_asking
from services.find.rank import Place, page_of
from services.find.ranked import ITSELF, STATED, Ranked
from services.find.segment import segmented
from services.find.views import BodyCard, Found, Meta, Reason
from services.find.why import notes, reason, reasons
from services.models import LogLeaf

__all__ = ["MOST", "Query", "search"]

MOST = 100  # cards a page
WORK_MEM = "32MB"
PAGE_COST = "1.1"  # random_page_cost; PostgreSQL's own is of a disk that turns
RECENT = 1000  # publishes looked back over for their latest time of knowledge


def search(conn: Connection, q: Query, *, now: datetime, today: date) -> tuple[Found, Meta]:
    """One page of bodies that fit every part of the question, best first, with facets and total.

    All words must be found; where no body has them all, misspelt words are corrected, and where
    that finds none either, bodies with any of the words are shown. ``corrected`` then names the
    words searched, and the card's reasons say so. Raises BadQuestion.
    """
    cursors.check_limit(q.limit, MOST)
    place = cursors.read(q.cursor, Place) if q.cursor else None
    asked = _asked(conn, q, place, now, today)
    facets, total = facets_of(conn, asked)
    corrected = place.words if place and place.how == "corrected" else None
    missed, told = Missed((), {}), tuple[Reason, ...]()
    if place is None:
        in_full, few = asked, total <= FEW
        if not total and asked.units:
            asked, facets, total, corrected = _otherwise(conn, asked)
            in_full = asked if asked.every else in_full
        missed = nearly(conn, in_full) if few else missed
        told = (*_as_of(conn, q, asked), *notes(conn, asked, total))
    total = place.total if place else total
    cards, following = _page(conn, asked, corrected, total)
    answer = meta(
        conn,
        load_sources(conn, _sources(facets, q)).values(),
        on=q.as_of or today,
        known_at=asked.known_at,
        log_position=asked.position,
        total=total,
        next_cursor=following,
    )
    found = Found(
        cards=cards,
        facets=facets,
        corrected=corrected,
        nearly=missed.shown,
        excluded=missed.counts,
        notes=told,
    )
    return found, answer


def _asked(conn: Connection, q: Query, place: Place | None, now: datetime, today: date) -> Asked:
    """The question at the state of the log that it is asked of: of now, of a past day, or of the
    first page."""
    if place is not None:
        newest = place.position == _newest(conn)[0]
        asked = asked_of(
            q, place.words, place.position, place.known_at, place.lines_at, newest=newest
        )
        return asked if place.how != "any" else asked.again(place.words, every=False)
    if q.as_of is not None and q.as_of > today:
        raise BadQuestion(
            f"as_of: {q.as_of} is still to come.", "Leave it out for what is known by now."
        )
    past = q.as_of is not None and q.as_of < today
    known_at = datetime.combine(q.as_of, time.max, UTC) if q.as_of and past else now
    last, lines_at = _newest(conn)
    position = last
    if past:
        position = _position_by(conn, known_at, last)
        lines_at = _lines_at(conn, position)
    lines_at = known_at if lines_at is None else lines_at
    words = segmented(conn, without_asking(q.q))
    return asked_of(q, words, position, known_at, lines_at, newest=position == last)


def _position_by(conn: Connection, known_at: datetime, newest: int) -> int:
    """The last position before which nothing was learned later than then. Recorded versions are
    played at times of their own, so a later position may hold older knowledge: it does not count,
    since what stands there may hold newer knowledge too."""
    leaf = LogLeaf
    later = sa.select(sa.func.min(leaf.position)).where(leaf.known_at > known_at)
    first_later: int | None = conn.execute(later).scalar()
    return newest if first_later is None else first_later - 1


def _as_of(conn: Connection, q: Query, asked: Asked) -> tuple[Reason, ...]:
    """What to know of an answer as of a past day: it is told where knowledge of that day was played
    in later, and is not counted."""
    if q.as_of is None:
        return ()
    played = sa.select(sa.func.count()).where(
        LogLeaf.position > asked.position, LogLeaf.known_at <= asked.known_at
    )
    later = conn.execute(played).scalar_one()
    if not later:
        return ()
    params = {"day": q.as_of.isoformat(), "count": str(later)}
    text = f"{later} publishes of what was known by {q.as_of} came in later and are not counted."
    return (reason("PLAYED_LATER", params, text),)


def _newest(conn: Connection) -> tuple[int, datetime | None]:
    """The newest position of the log and :func:`_lines_at` there.

    And in the same round trip, until this transaction ends: a statement is planned for its values.
    Words that one body holds and words that all do need other plans, and a statement asked often
    would get one for both. And lines that hold common words are found by bitmaps, whose rows would
    be looked at one by one where they have no room; to fetch a few lines costs less than to read
    an index of a million for it.
    """
    last = sa.select(sa.func.coalesce(sa.func.max(LogLeaf.position), -1)).scalar_subquery()
    planned = sa.func.set_config("plan_cache_mode", "force_custom_plan", True)
    room = sa.func.set_config("work_mem", WORK_MEM, True)
    pages = sa.func.set_config("random_page_cost", PAGE_COST, True)
    row = conn.execute(
        sa.select(last.label("last"), _known(last).label("lines_at"), planned, room, pages)
    ).one()
    return row.last, row.lines_at


def _lines_at(conn: Connection, position: int) -> datetime | None:
    """The time of knowledge that belongs to a log position: lines learned later do not count on
    later pages. Recorded versions are played at times of their own, so the newest publishes' latest
    time is taken, not the clock's."""
    found: datetime | None = conn.execute(sa.select(_known(sa.literal(position)))).scalar()
    return found


def _known(position: sa.ColumnElement[int]) -> sa.ScalarSelect[datetime]:
    newest = sa.select(sa.func.max(LogLeaf.known_at))
    near = LogLeaf.position <= position, LogLeaf.position > position - RECENT
    return newest.where(*near).scalar_subquery()


def _otherwise(conn: Connection, asked: Asked) -> tuple[Asked, Facets, int, str | None]:
    """What is searched where no body holds all the words as typed."""
    if words := corrected_words(conn, without_asking(asked.query.q)):
        again = asked.again(words, every=True)
        facets, total = facets_of(conn, again)
        if total:
            return again, facets, total, words
    again = asked.again(asked.words, every=False)
    facets, total = facets_of(conn, again)
    return again, facets, total, None


def _sources(facets: Facets, q: Query) -> list[str]:
    """The sources behind what fits; of an empty answer those that were searched."""
    return [facet.value for facet in facets["source"]] or ([q.source] if q.source else [])


def _hit(asked: Asked, row: Ranked) -> Hit:
    """A giant's best lines are surely among the first of their kind."""
    return Hit(
        body_id=row.body_id,
        whole=row.answers > 0,
        direct=row.near == ITSELF,
        stated=row.near == STATED,
        looked_at=LOOKED_AT_GIANT if row.at_least else LOOKED_AT,
        words=0 if asked.every else row.answers,
        lines=row.best,
    )


def _page(
    conn: Connection, asked: Asked, corrected: str | None, total: int
) -> tuple[tuple[BodyCard, ...], str | None]:
    """Cards in rank order with the lines that answer, and the cursor of the next page."""
    if not total:
        return (), None
    terms = line_terms(conn, asked)
    rows = page_of(conn, asked, terms, total)
    shown = rows[: asked.query.limit]
    quoted = matched_lines(conn, terms, [_hit(asked, row) for row in shown], asked.lines_at)
    cards = []
    for row in shown:
        card = row.card
        assert card is not None
        why = tuple(reasons(row, card, asked, corrected))
        quotes = quoted.get(row.body_id, ())
        cards.append(msgspec.structs.replace(card, matched=quotes, why=why))
    if len(rows) <= asked.query.limit:
        return tuple(cards), None
    following = Place(
        position=asked.position,
        known_at=asked.known_at.astimezone(UTC),
        lines_at=asked.lines_at.astimezone(UTC),
        how="corrected" if corrected else "all" if asked.every else "any",
        total=total,
        words=asked.words,
        key=shown[-1].key,
    )
    return tuple(cards), cursors.write(following)
