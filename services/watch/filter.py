"""Which changes somebody wants: one filter for questions, feeds, streams and webhooks.

It is written twice, as a decision over what a change is (:func:`takes`) for many filters at once,
and as a condition of a query (:func:`condition`) for one; a test holds the two against each other.
An empty field asks for nothing and leaves nothing out; the values of one field are alternatives.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import abroad_words as words
from services.find.cursor import number
from services.store.facts import of_ids
from services.terms import Changed, ChangeKind, EventKind
from services.watch.merged import redirects, same_bodies

MOST_VALUES = 100  # of one field; a watchlist holds more bodies
# what a change of a market's routes is about
OF_MARKETS = (Changed.ROUTE, Changed.ROUTE_DAY, Changed.ROUTE_LINK, Changed.DESIGNATES)
E = TypeVar("E", bound=StrEnum)


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which changes are wanted.

    ``country``: in which the body has a site, as its current document says (two letters).
    ``markets``: whose routes, with their dates, links and who designates (codes as routes name
    them: "SA", "EU").
    ``issuers``: whose accreditation it is about, by short name. ``bodies``: ids as "b12"; a merged
    body is the one it was merged into. ``watchlist``: bodies of that list, by its id.
    ``events``: changes of status of these kinds: an event's own, and a listing that turned to one.
    Without ``sources``, sources that are not about testing bodies are left out.
    ``repeats``: also what another record had already said.
    """

    kinds: tuple[ChangeKind, ...] = ()
    what: tuple[Changed, ...] = ()
    events: tuple[EventKind, ...] = ()
    countries: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    watchlist: int | None = None
    repeats: bool = True


EVERYTHING = Filter()


class Facets(NamedTuple):
    """What a change is, as far as filters ask, but for its body. ``event``: the kind of a change
    of status, "" for none. ``market``: whose route it is about, "" for none. ``elsewhere``: it is
    of a source that is not about testing bodies."""

    kind: str
    what: str
    event: str
    issuer: str
    source: str
    elsewhere: bool
    repeats: bool
    countries: frozenset[str]
    market: str = ""


def takes(wanted: Filter, of: Facets) -> bool:
    """Whether a change that is so is wanted; its body is asked about by :func:`body_ids`."""
    return (
        (not wanted.kinds or of.kind in wanted.kinds)
        and (not wanted.what or of.what in wanted.what)
        and (not wanted.events or of.event in wanted.events)
        and (not wanted.issuers or of.issuer in wanted.issuers)
        and (of.source in wanted.sources if wanted.sources else not of.elsewhere)
        and (not wanted.markets or of.market in wanted.markets)
        and (not wanted.countries or not of.countries.isdisjoint(wanted.countries))
        and (wanted.repeats or not of.repeats)
    )


def body_ids(wanted: Filter) -> list[int] | None:
    """The bodies that the filter names itself, None where it names none."""
    return [number(one, "b", "a body") for one in wanted.bodies] if wanted.bodies else None


# --- as columns and conditions of a query --------------------------------------------------------


def event() -> sa.ColumnElement[str]:
    """The kind of a change of status: an event's, or of a listing that turned to another word.

    A register that prints "suspended" beside a number suspends as a notice does.
    """
    before, after = m.Change.before, m.Change.after
    listed, was = after["listed"].astext, before["listed"].astext
    return sa.case(
        (
            m.Change.what == Changed.STATUS_EVENT.value,
            sa.func.coalesce(after["kind"].astext, before["kind"].astext),
        ),
        (
            sa.and_(m.Change.what == Changed.ACCREDITATION.value, listed.is_distinct_from(was)),
            sa.func.coalesce(listed, ""),
        ),
        else_="",
    )


def market() -> sa.ColumnElement[str]:
    """The market whose route a change is about; "" for any other change."""
    before, after = m.Change.before, m.Change.after
    said = sa.func.coalesce(after["market"].astext, before["market"].astext, "")
    return sa.case((m.Change.what.in_([one.value for one in OF_MARKETS]), said), else_="")


def elsewhere() -> sa.ColumnElement[bool]:
    """Records with a name in a source that is not about testing bodies (trust services, say): they
    are told to who asks for that source, never among testing bodies."""
    about = m.SourceRow.meta["about_testing_bodies"].as_boolean()
    named = sa.exists().where(m.Name.record_id == m.Change.record_id)
    return sa.and_(~sa.func.coalesce(about, sa.true()), named)


def _one_of(column: Any, values: Iterable[str]) -> sa.ColumnElement[bool]:
    words = sa.literal([str(value) for value in values], ARRAY(sa.Text))
    return sa.type_coerce(sa.cast(column, sa.Text) == sa.any_(words), sa.Boolean())


def condition(conn: Connection, wanted: Filter) -> sa.ColumnElement[bool]:
    """The filter over ``change`` joined with its source, source_list and accreditation.

    Asks for merged bodies, and for a watchlist's, where the filter needs them: at most two queries.
    """
    parts: list[sa.ColumnElement[bool]] = [
        _one_of(column, values)
        for column, values in (
            (m.Change.kind, wanted.kinds),
            (m.Change.what, wanted.what),
            (m.Accreditation.issuer, wanted.issuers),
            (m.SourceList.source_key, wanted.sources),
        )
        if values
    ]
    if not wanted.sources:
        parts.append(~elsewhere())
    if wanted.events:
        parts.append(_of_events(wanted.events))
    if wanted.countries:
        parts.append(_of_countries(conn, wanted.countries))
    if wanted.markets:
        parts.append(_one_of(market(), wanted.markets))
    if (named := body_ids(wanted)) is not None:
        parts.append(of_ids(m.Change.body_id, same_bodies(conn, named)))
    if wanted.watchlist is not None:
        parts.append(of_ids(m.Change.body_id, same_bodies(conn, listed(conn, wanted.watchlist))))
    if not wanted.repeats:
        parts.append(~m.Change.repeats)
    return sa.and_(*parts)


def _of_events(events: Sequence[EventKind]) -> sa.ColumnElement[bool]:
    """The tables are named apart from the kinds: a partial index holds the rows of these two."""
    tables = m.Change.what.in_([Changed.STATUS_EVENT.value, Changed.ACCREDITATION.value])
    return sa.and_(tables, _one_of(event(), events))


def _of_countries(conn: Connection, countries: Sequence[str]) -> sa.ColumnElement[bool]:
    """Bodies by their current document; a merged one has none, and counts as the one it became."""
    document = m.Document
    there = sa.select(document.body_id).where(
        document.to_position.is_(None),
        document.countries.overlap(sa.literal(list(countries), ARRAY(sa.Text))),
    )
    moved = redirects(conn)
    if not moved:
        return m.Change.body_id.in_(there)
    found = set(conn.execute(there.where(of_ids(document.body_id, set(moved.values())))).scalars())
    became = [old for old, new in moved.items() if new in found]
    return sa.or_(m.Change.body_id.in_(there), of_ids(m.Change.body_id, became))


def listed(conn: Connection, watchlist_id: int) -> list[int]:
    """Bodies of a watchlist as they were put in; none where there is no such list any more."""
    query = sa.select(m.WatchlistBody.body_id).where(m.WatchlistBody.watchlist_id == watchlist_id)
    return list(conn.execute(query).scalars())


# --- reading one ---------------------------------------------------------------------------------


def read_filter(
    *,
    kind: str = "",
    what: str = "",
    event: str = "",
    country: str = "",
    market: str = "",
    issuer: str = "",
    body: str = "",
    source: str = "",
    watchlist: int | None = None,
    repeats: bool = True,
) -> Filter:
    """A filter of words as a query string gives them, several of one field with commas between.

    Raises BadQuestion naming the parameter and what it takes.
    """
    return Filter(
        kinds=tuple(_words("kind", kind, ChangeKind)),
        what=tuple(_words("what", what, Changed)),
        events=tuple(_words("event", event, EventKind)),
        countries=_countries(_split("country", country)),
        markets=tuple(words.market("market", one) for one in _split("market", market)),
        issuers=_split("issuer", issuer),
        bodies=tuple(_body(one) for one in _split("body", body)),
        sources=_split("source", source),
        watchlist=watchlist,
        repeats=repeats,
    )


def _split(name: str, value: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if len(found) > MOST_VALUES:
        raise BadQuestion(
            f"{name}: {len(found)} values at once.",
            f"It takes {MOST_VALUES} at most; put more bodies into a watchlist.",
        )
    return found


def _words(name: str, value: str, form: type[E]) -> list[E]:
    found = []
    for word in _split(name, value):
        try:
            found.append(form(word))
        except ValueError as fault:
            known = ", ".join(one.value for one in form)
            raise BadQuestion(
                f'{name}: "{word[:60]}" is not known.', f"It takes {known}."
            ) from fault
    return found


def _body(id_: str) -> str:
    return f"b{number(id_, 'b', 'a body')}"


def _countries(codes: Sequence[str]) -> tuple[str, ...]:
    for code in codes:
        if not re.fullmatch(r"[A-Za-z]{2}", code):
            raise BadQuestion(
                f'country: "{code[:60]}" is no country.',
                "It takes two letters of ISO 3166-1, as SG.",
            )
    return tuple(code.upper() for code in codes)


def checked(conn: Connection, wanted: Filter) -> Filter:
    """The filter with everything that it names found in the directory, issuers as they are spelt.

    Raises BadQuestion naming what is not known: a misspelt filter would wait for ever, in silence.
    """
    several = ("kinds", "what", "events", "countries", "markets", "issuers", "bodies", "sources")
    for name in several:
        if len(getattr(wanted, name)) > MOST_VALUES:
            raise BadQuestion(f"{name}: more than {MOST_VALUES} values.", "Name fewer.")
    bodies = tuple(_body(one) for one in wanted.bodies)
    _there(conn, "body", m.Body.id, {number(one, "b", "a body"): one for one in bodies})
    _there(conn, "source", m.SourceRow.key, {key: key for key in wanted.sources})
    return msgspec.structs.replace(
        wanted,
        bodies=bodies,
        countries=_countries(wanted.countries),
        markets=tuple(words.market("market", one) for one in wanted.markets),
        issuers=_spelt(conn, wanted.issuers),
    )


def _there(conn: Connection, name: str, column: Any, asked: dict[Any, str]) -> None:
    if not asked:
        return
    held = set(conn.execute(sa.select(column).where(column.in_(list(asked)))).scalars())
    for value, shown in asked.items():
        if value not in held:
            raise BadQuestion(
                f'{name}: there is no "{shown[:60]}" in the directory.',
                f"Look it up at /api/v1/{'bodies' if name == 'body' else 'sources'}.",
            )


def _spelt(conn: Connection, issuers: Sequence[str]) -> tuple[str, ...]:
    """Issuers as accreditations name them, whatever case they were asked for in."""
    found = []
    for asked in issuers:
        name = conn.execute(
            sa.select(m.Accreditation.issuer).where(m.Accreditation.issuer == asked).limit(1)
        ).scalar()
        name = (
            name
            or conn.execute(
                sa.select(m.Accreditation.issuer)
                .where(sa.func.lower(m.Accreditation.issuer) == asked.lower())
                .limit(1)
            ).scalar()
        )
        if name is None:
            raise BadQuestion(
                f'issuer: nothing of "{asked[:60]}" is in the directory.',
                "It takes who accredits or designates, by short name, as CNAS.",
            )
        found.append(name)
    return tuple(found)
