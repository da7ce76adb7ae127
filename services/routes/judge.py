"""Acceptance by a market: what its routes ask, and what of it a body meets on a day.

    facts as known then → each route → each alternative → each requirement (services.routes.met)

Pure: dated facts in, an answer with reasons and chains out; no clock, no database.
"""

from collections.abc import Iterator

import msgspec

from services.routes.facts import BodyFacts, MarketFacts, Question, RouteFact, as_known
from services.routes.met import Case, Met, State, Who, conditions, met
from services.routes.reasons import Because, because
from services.terms import Requirement, RouteDayKind

OURS = (Who.BODY, Who.PARTNER)
_WORDS = frozenset(Requirement)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One alternative. ``state``: of all that it asks, whoever must do it; ``of_body``: of what a
    body must do, None where nothing is asked of one. ``left``: how many are not satisfied."""

    asks: tuple[Met, ...]
    state: State
    of_body: State | None
    left: int


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """The alternative with the fewest requirements that are not met, and which those are."""

    market: str
    product: str
    scheme: str
    way: int  # its place among the route's
    missing: tuple[Met, ...]


class RouteJudged(msgspec.Struct, frozen=True, kw_only=True):
    """``conditions``: what a rule asks beside every alternative; they count in each. ``state`` and
    ``of_body``: of its best alternative. ``notes``: dates ahead, and those yet to be notified."""

    route: RouteFact
    ways: tuple[Way, ...]
    conditions: tuple[Met, ...]
    state: State
    of_body: State | None
    notes: tuple[Because, ...]


class MarketJudged(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: of the best route; ``nearest``: None where one is satisfied or there is none."""

    routes: tuple[RouteJudged, ...]
    state: State
    of_body: State | None
    nearest: Nearest | None


_ORDER = (State.SATISFIED, State.UNKNOWN, State.UNSATISFIED)


def judge(body: BodyFacts, market: MarketFacts, asked: Question) -> MarketJudged:
    """What the body's results are good for there. Facts learned after ``asked.known_at`` change
    nothing; a row from memory makes nothing satisfied."""
    body, market = _as_known(body, market, asked)
    judged = tuple(
        _route(Case(asked=asked, body=body, market=market, route=route))
        for route in market.routes
        if route.market in asked.markets and asked.product in ("", route.product)
    )
    return MarketJudged(
        routes=judged,
        state=_best(one.state for one in judged) or State.UNKNOWN,
        of_body=_best(one.of_body for one in judged if one.of_body),
        nearest=_nearest(judged),
    )


def _as_known(
    body: BodyFacts, market: MarketFacts, asked: Question
) -> tuple[BodyFacts, MarketFacts]:
    return (
        BodyFacts(
            accreditations=as_known(body.accreditations, asked, true=False),
            presences=as_known(body.presences, asked),
            places=as_known(body.places, asked),
            owners=as_known(body.owners, asked),
        ),
        MarketFacts(
            routes=as_known(market.routes, asked),
            designates=as_known(market.designates, asked),
            signatories=as_known(market.signatories, asked, true=False),  # the chain cuts them
            listed=as_known(market.listed, asked),
            authorities=as_known(market.authorities, asked, true=False),
        ),
    )


def _route(case: Case) -> RouteJudged:
    beside = tuple(conditions(case))
    ways = tuple(
        _way((*(met(one, case) for one in alternative), *beside))
        for alternative in case.route.alternatives
    )
    return RouteJudged(
        route=case.route,
        ways=ways,
        conditions=beside,
        state=_best(way.state for way in ways) or State.UNKNOWN,
        of_body=_best(way.of_body for way in ways if way.of_body),
        notes=tuple(_notes(case.route, case.asked)),
    )


def _way(asks: tuple[Met, ...]) -> Way:
    """A condition on the body alone (its owner) does not make a route one that needs a body."""
    of_body = [one for one in asks if one.who in OURS]
    needed = [one for one in of_body if one.requirement in _WORDS]
    return Way(
        asks=asks,
        state=_all(one.state for one in asks),
        of_body=_all(one.state for one in of_body) if needed else None,
        left=sum(one.state is not State.SATISFIED for one in asks),
    )


def _all(states: Iterator[State]) -> State:
    return max(states, key=_ORDER.index, default=State.SATISFIED)


def _best(states: Iterator[State | None]) -> State | None:
    return min((one for one in states if one), key=_ORDER.index, default=None)


def _nearest(judged: tuple[RouteJudged, ...]) -> Nearest | None:
    """Fewest left; among those, fewest that the body itself fails, then the first named."""
    found = [(one, n, way) for one in judged for n, way in enumerate(one.ways)]
    if not found or any(way.state is State.SATISFIED for _, _, way in found):
        return None

    def rank(way: Way) -> tuple[int, int, int]:
        failed = [one for one in way.asks if one.state is State.UNSATISFIED]
        return way.left, sum(one.who in OURS for one in failed), len(failed)

    one, place, way = min(found, key=lambda each: rank(each[2]))
    return Nearest(
        market=one.route.market,
        product=one.route.product,
        scheme=one.route.scheme,
        way=place,
        missing=tuple(each for each in way.asks if each.state is not State.SATISFIED),
    )


def _notes(route: RouteFact, asked: Question) -> Iterator[Because]:
    """What a route's dates say after the day: it may ask for something else then."""
    for day in as_known(route.days, asked):
        if day.on is None:
            yield because("START_TO_BE_NOTIFIED", words=day.words)
        elif day.on > asked.on and day.kind is not RouteDayKind.MENTIONED:
            yield because("DATE_AHEAD", kind=day.kind.value, on=day.on, words=day.words)
