"""Search over the bodies' documents: words in two languages, standards, numbers, filters, facets.

The first page names the log position it was asked at; later pages read the document versions that
stood there, so that nothing is missed or shown twice while runs publish.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.correct import corrected_words
from services.find.matched import Terms, held_by_line, matched_lines, term_ids
from services.find.meta import load_sources, log_position, meta
from services.find.views import BodyCard, Facet, Found, Meta, Reason, View
from services.models import LogLeaf
from services.names import number_key
from services.standards import read
from services.store.project import IN_BODY, IN_NAME
from services.store.tokens import asked_key, query_tokens, tsquery
from services.validity import Standing

MOST = 100  # cards a page
MOST_WORDS = 24  # more would be a text, not a question
RECENT = 1000  # publishes looked back over for their latest time of knowledge
FACETS = ("country", "kind", "issuer", "status", "source")
_COLUMN = {
    "country": "countries",
    "kind": "kinds",
    "issuer": "issuers",
    "status": "standing",
    "source": "sources",
}


class Query(View, frozen=True, kw_only=True):
    """A question. ``standard`` in any spelling, with or without edition; "" asks nothing."""

    q: str = ""
    country: str = ""
    kind: str = ""
    standard: str = ""
    status: str = ""
    source: str = ""
    issuer: str = ""
    cursor: str = ""
    limit: int = 20


class _Place(msgspec.Struct, frozen=True):
    """Where the next page begins: log position and time of the first page, which words were
    searched, and the sort key of the last card."""

    position: int
    known_at: datetime
    lines_at: datetime
    how: str
    total: int
    words: str
    key: tuple[int, int, int, int, int, str, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question made ready. ``every``: all units must hold, else any one will do."""

    query: Query
    units: list[list[str]]
    number: str
    standard: str
    position: int
    known_at: datetime
    lines_at: datetime
    every: bool = True
    words: str = ""

    @property
    def lines_asked(self) -> list[list[str]]:
        """What a line must hold: the words, and the standard of the filter."""
        return [*self.units, *([[f"§{self.standard}"]] if self.standard else [])]


def search(conn: Connection, q: Query, *, now: datetime, today: date) -> tuple[Found, Meta]:
    """One page of bodies that fit every part of the question, best first, with facets and total.

    All words must be found; where no body has them all, misspelt words are corrected, and where
    that finds none either, bodies with any of the words are shown. ``corrected`` then names the
    words searched, and the card's reasons say so. Raises BadQuestion.
    """
    cursors.check_limit(q.limit, MOST)
    place = cursors.read(q.cursor, _Place) if q.cursor else None
    position = place.position if place else log_position(conn)
    known_at = place.known_at if place else now
    asked = _Asked(
        query=q,
        units=_units(place.words if place else q.q),
        number=number_key(q.q) if len(q.q) <= 100 else "",
        standard=_standard(q.standard),
        position=position,
        known_at=known_at,
        lines_at=place.lines_at if place else _lines_at(conn, position, now),
        every=place is None or place.how != "any",
        words=place.words if place else q.q,
    )
    _known_status(q.status)
    facets, total = _facets(conn, asked)
    corrected = place.words if place and place.how == "corrected" else None
    if not total and asked.units and place is None:
        asked, facets, total, corrected = _otherwise(conn, asked)
    total = place.total if place else total
    cards, following = _page(conn, asked, corrected, total)
    answer = meta(
        conn,
        load_sources(conn, _sources(facets, q)).values(),
        on=today,
        known_at=known_at,
        log_position=position,
        total=total,
        next_cursor=following,
    )
    return Found(cards=cards, facets=facets, corrected=corrected), answer


def _lines_at(conn: Connection, position: int, now: datetime) -> datetime:
    """The time of knowledge that belongs to a log position: lines learned later do not count on
    later pages. Recorded versions are played at times of their own, so the newest publishes' latest
    time is taken, not the clock's."""
    newest = sa.select(sa.func.max(LogLeaf.known_at)).where(
        LogLeaf.position <= position, LogLeaf.position > position - RECENT
    )
    found: datetime | None = conn.execute(newest).scalar()
    return now if found is None else found


def _units(words: str) -> list[list[str]]:
    units = query_tokens(words)
    if len(units) > MOST_WORDS:
        raise BadQuestion(f"q: {len(units)} words are too many.", f"It takes at most {MOST_WORDS}.")
    return units


def _standard(text: str) -> str:
    if not text:
        return ""
    named = read(text)
    if named is None:
        raise BadQuestion(
            f'standard: "{text}" is not read as a designation.',
            'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018"; words go to q.',
        )
    return asked_key(named)


def _known_status(status: str) -> None:
    if status and status not in list(Standing):
        known = ", ".join(one.value for one in Standing)
        raise BadQuestion(f'status: "{status}" is not known.', f"It takes {known}.")


def _otherwise(
    conn: Connection, asked: _Asked
) -> tuple[_Asked, dict[str, tuple[Facet, ...]], int, str | None]:
    """What is searched where no body holds all the words as typed."""
    if words := corrected_words(conn, asked.query.q):
        again = _again(asked, words, every=True)
        facets, total = _facets(conn, again)
        if total:
            return again, facets, total, words
    again = _again(asked, asked.query.q, every=False)
    facets, total = _facets(conn, again)
    return again, facets, total, None


def _again(asked: _Asked, words: str, *, every: bool) -> _Asked:
    return _Asked(
        query=asked.query,
        units=_units(words),
        number=asked.number,
        standard=asked.standard,
        position=asked.position,
        known_at=asked.known_at,
        lines_at=asked.lines_at,
        every=every,
        words=words,
    )


# --- the documents that fit ----------------------------------------------------------------------


def _fitting(asked: _Asked) -> tuple[str, dict[str, Any]]:
    """The where clause over ``document d`` and its values: what is asked comes as parameters."""
    q = asked.query
    parts = ["d.from_position <= :position"]
    parts.append("(d.to_position is null or d.to_position > :position)")
    values: dict[str, Any] = {"position": asked.position}
    if asked.units:
        fits = "d.tokens @@ cast(:words as tsquery)"
        if asked.number:
            fits = f"({fits} or d.numbers @> cast(:numbers as text[]))"
            values["numbers"] = [asked.number]
        parts.append(fits)
        values["words"] = tsquery(asked.units, every=asked.every)
    for name, wanted in (
        ("country", q.country.upper()),
        ("kind", q.kind),
        ("issuer", q.issuer),
        ("status", q.status),
        ("source", q.source),
    ):
        if wanted:
            parts.append(f"d.{_COLUMN[name]} @> cast(:{name} as text[])")
            values[name] = [wanted]
    if asked.standard:
        parts.append("d.standards @> cast(:standard as text[])")
        values["standard"] = [asked.standard]
    return " and ".join(parts), values


def _facets(conn: Connection, asked: _Asked) -> tuple[dict[str, tuple[Facet, ...]], int]:
    """Counts by facet and in total over all that fits, in one query."""
    where, values = _fitting(asked)
    columns = ", ".join(f"d.{column}" for column in _COLUMN.values())
    counts = " union all ".join(
        f"select '{name}', value, count(*) from fit, unnest({column}) as u(value) group by value"
        for name, column in _COLUMN.items()
    )
    rows = conn.execute(
        sa.text(
            f"with fit as materialized (select {columns} from document d where {where})"
            f" select '', '', count(*) from fit union all {counts}"
        ),
        values,
    )
    found: dict[str, list[Facet]] = {name: [] for name in FACETS}
    total = 0
    for name, value, count in rows:
        if name:
            found[name].append(Facet(value=value, count=count))
        else:
            total = count
    return {
        name: tuple(sorted(facets, key=lambda facet: (-facet.count, facet.value)))
        for name, facets in found.items()
    }, total


def _sources(facets: dict[str, tuple[Facet, ...]], q: Query) -> list[str]:
    """The sources behind what fits; of an empty answer those that were searched."""
    return [facet.value for facet in facets["source"]] or ([q.source] if q.source else [])


# --- one page of them ----------------------------------------------------------------------------

_RANK = """
    with fit as materialized (
        select d.id, d.body_id, d.sort_name, {number} as number_hit, {all_name} as all_in_name,
            {units} as units_hit,
            case when 'stands' = any(d.standing) then 3 when 'partly' = any(d.standing) then 2
                when 'unknown' = any(d.standing) then 1 else 0 end as stands{named}
        from document d where {where}
    ), hits as ({hits}), ranked as (
        select fit.id, fit.body_id, sort_name, number_hit, all_in_name, units_hit, stands,
            least(coalesce(hits.n, 0), 1000000)::int as lines_hit
        from fit left join hits on hits.body_id = fit.body_id
    ), page as (
        select * from ranked {after} order by {order}, sort_name, body_id limit :limit
    )
    select page.*, document.card from page join document on document.id = page.id
    order by {order}, page.sort_name, page.body_id
"""
_PLACES = (IN_NAME, IN_BODY)
_ORDER = ("number_hit", "all_in_name", "units_hit", "lines_hit", "stands")


def _page(
    conn: Connection, asked: _Asked, corrected: str | None, total: int
) -> tuple[tuple[BodyCard, ...], str | None]:
    """Cards in rank order: an exact number, the words in a name, how many of the words, how many
    lines hold them, how it stands; then by name."""
    terms = term_ids(conn, asked.lines_asked)
    statement, values = _ranked(asked, terms)
    rows = conn.execute(sa.text(statement), values).all()
    shown = rows[: asked.query.limit]
    quoted = matched_lines(
        conn, asked.lines_asked, terms, [row.body_id for row in shown], asked.lines_at
    )
    cards = tuple(
        msgspec.structs.replace(
            msgspec.convert(row.card, BodyCard, strict=False),
            matched=quoted.get(row.body_id, ()),
            why=tuple(_why(row, asked, corrected)),
        )
        for row in shown
    )
    if len(rows) <= asked.query.limit:
        return cards, None
    last = shown[-1]
    key = (*(int(getattr(last, name)) for name in _ORDER), last.sort_name, last.body_id)
    how = "corrected" if corrected else "all" if asked.every else "any"
    following = _Place(
        position=asked.position,
        known_at=asked.known_at.astimezone(UTC),
        lines_at=asked.lines_at.astimezone(UTC),
        how=how,
        total=total,
        words=asked.words,
        key=key,
    )
    return cards, cursors.write(following)


def _ranked(asked: _Asked, terms: Sequence[Terms]) -> tuple[str, dict[str, Any]]:
    where, values = _fitting(asked)
    number, all_name, units = "0", "0", "0"
    if asked.units:
        if asked.number:
            number = "(d.numbers @> cast(:numbers as text[]))::int"
        all_name = "(d.tokens @@ cast(:in_name as tsquery))::int"
        values["in_name"] = tsquery([IN_NAME + word for word in unit] for unit in asked.units)
        if not asked.every:
            held = []
            for n, unit in enumerate(asked.units):
                held.append(f"(d.tokens @@ cast(:some{n} as tsquery))::int")
                values[f"some{n}"] = tsquery([unit])
            units = " + ".join(held)
    after, place = "", asked.query.cursor and cursors.read(asked.query.cursor, _Place)
    if place:
        descending, bound = ", ".join(_ORDER), ", ".join(f":after{n}" for n in range(5))
        after = (
            f"where ({descending}) < ({bound}) or (({descending}) = ({bound})"
            " and (sort_name, body_id) > (:after5, :after6))"
        )
        values |= {f"after{n}": value for n, value in enumerate(place.key)}
    named, hits, more = _hits(asked, terms)
    values |= more | {"limit": asked.query.limit + 1}
    order = ", ".join(f"{name} desc" for name in _ORDER)
    statement = _RANK.format(
        number=number, all_name=all_name, units=units, named=named, where=where, hits=hits,
        after=after, order=order,
    )  # fmt: skip
    return statement, values


def _hits(asked: _Asked, terms: Sequence[Terms]) -> tuple[str, str, dict[str, Any]]:
    """How many open lines of each body hold what is asked; a word that stands in the body's name
    or place need not stand in the line too. Columns for ``fit``, the select, and its values."""
    if not any(terms) or not asked.every:
        return "", "select null::bigint as body_id, 0 as n where false", {}
    values: dict[str, Any] = {"lines_at": asked.lines_at}
    named, conditions = [], []
    for n, (unit, ids) in enumerate(zip(asked.lines_asked, terms, strict=True)):
        if ids is None:
            continue
        values[f"ids{n}"] = ids
        values[f"named{n}"] = tsquery([[place + word for place in _PLACES for word in unit]])
        named.append(f", d.tokens @@ cast(:named{n} as tsquery) as named{n}")
        conditions.append(f"(fit.named{n} or {held_by_line(f'ids{n}')})")
    values["any_ids"] = sorted({one for ids in terms for one in ids or ()})
    hits = (
        "select fit.body_id, count(*) as n from fit"
        " join body_link bl on bl.body_id = fit.body_id"
        " and bl.known @> cast(:lines_at as timestamptz)"
        " join scope_line l on l.record_id = bl.record_id"
        " and l.known @> cast(:lines_at as timestamptz)"
        f" where {held_by_line('any_ids')} and {' and '.join(conditions)}"
        " group by fit.body_id"
    )
    return "".join(named), hits, values


def _why(row: Any, asked: _Asked, corrected: str | None) -> Iterable[Reason]:
    """Codes that pages put into words: why this card stands here."""
    if row.number_hit:
        yield _reason("NUMBER", {"number": asked.query.q}, "Its number is the one asked for.")
    if row.all_in_name:
        yield _reason("IN_NAME", {}, "All words stand in its name.")
    if row.lines_hit:
        lines = str(row.lines_hit)
        yield _reason("LINES", {"lines": lines}, f"{lines} scope lines hold what is asked.")
    if asked.units and not asked.every:
        hit, of = str(row.units_hit), str(len(asked.units))
        yield _reason("SOME_WORDS", {"hit": hit, "of": of}, f"It holds {hit} of the {of} words.")
    if corrected:
        yield _reason("CORRECTED", {"words": corrected}, f'Searched for "{corrected}" instead.')


def _reason(code: str, params: dict[str, str], text: str) -> Reason:
    return Reason(code=code, rule=0, params=params, text=text)
