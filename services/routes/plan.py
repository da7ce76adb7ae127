"""Test once: which evidence in hand can be used for which markets, and what is left to be done.

    evidence × requirement (match) → requirement → alternative → route → lane of a market → plan

Pure: facts in, plan out. Nothing in it depends on the order of markets or of evidence. A row from
memory yields hints only; what is counted as not repeated rests on sourced routes alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from services import standards
from services.routes import note
from services.routes.because import Because, because
from services.routes.evidence import TESTS, Evidence
from services.routes.known import Known, RouteKnown
from services.routes.match import UseState, judge, too_old_from
from services.terms import Requirement, RouteDayKind, Sureness

R = Requirement
THERE = frozenset({R.IN_COUNTRY_LAB, R.IN_COUNTRY_CB})


class Party(StrEnum):
    """Who does it or must hold it, as the word of the requirement itself says."""

    MAKER = "maker"
    IMPORTER = "importer"
    BODY = "body"
    AUTHORITY = "authority"
    NOT_SAID = "not_said"  # the route's note may say so, in its own words


# (who does it, who holds what comes of it): first-party declaration and third-party attestation,
# ISO/IEC 17000:2020, 7.3 to 7.6; whoever registers in a market is its importer (the maker has none)
PARTIES: dict[Requirement, tuple[Party, Party]] = {
    **dict.fromkeys(R, (Party.BODY, Party.MAKER)),
    R.SDOC: (Party.MAKER, Party.MAKER),
    R.PREMARKET_REGISTRATION: (Party.IMPORTER, Party.IMPORTER),
    R.IN_COUNTRY_CB: (Party.BODY, Party.NOT_SAID),
    R.PRESHIPMENT_VOC: (Party.BODY, Party.NOT_SAID),
    R.EQUIVALENCE_ACCEPTED: (Party.AUTHORITY, Party.NOT_SAID),
}


class NeedState(StrEnum):
    IN_HAND = "in_hand"  # some evidence is reusable
    PERHAPS = "perhaps"
    TO_DO = "to_do"


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One paper for one requirement. ``said``: sentences of the route's note about its kind."""

    evidence: str
    state: UseState
    reasons: tuple[Because, ...]
    said: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement of an alternative. ``test``: a test fulfils it; ``there``: in the market."""

    requirement: Requirement
    state: NeedState
    test: bool
    there: bool
    done_by: Party
    held_by: Party
    uses: tuple[Use, ...]


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    needs: tuple[Need, ...]
    to_do: int
    perhaps: int


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A date to watch. ``what``: a RouteDayKind, or issued, tested, too_old_from of ``evidence``.
    ``when``: past, today, ahead, or open (to be notified). ``certain`` False: proposed, only
    mentioned, known to the month or year, or not set."""

    what: str
    on: date | None
    when: str
    certain: bool
    precision: str = "day"
    words: str = ""
    evidence: str = ""


class RoutePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One way into a market. ``market``: whose route it is, a grouping's where the lane's market is
    a member. ``hint``: from memory. ``best``: place in ``alternatives``, by
    ``why``. ``holders``, ``lasting``: sentences of the note, quoted. ``start``, ``end``: when the
    row is true, half-open; None: not said."""

    ref: str
    market: str
    scheme: str
    mark: str
    regulator: str
    legal_basis: str
    in_country: str
    note: str
    sureness: Sureness
    sourced: bool
    hint: bool
    source: str
    alternatives: tuple[Alternative, ...]
    best: int
    why: Because
    holders: tuple[str, ...]
    lasting: tuple[str, ...]
    days: tuple[Day, ...]
    start: date | None
    end: date | None


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One market. ``known`` False: no route of this product is held, which says nothing of the
    market. ``reusable``, ``perhaps``, ``supports``, ``cannot_reuse``: each piece of evidence
    stands in exactly one of them, by the best that it can do here."""

    market: str
    known: bool
    confidence: str  # of the first route: high, medium, low; "hint" from memory, "" without one
    routes: tuple[RoutePlan, ...]
    reusable: tuple[Use, ...]
    supports: tuple[Use, ...]
    perhaps: tuple[Use, ...]
    cannot_reuse: tuple[Use, ...]


class TestOnce(msgspec.Struct, frozen=True, kw_only=True):
    """A test, told by its standard, and the markets in which it serves: a grouping with one route
    is one market, however many of its members are asked about."""

    standard: str
    markets: tuple[str, ...]
    perhaps_markets: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``repeat_tests_avoided``: a test reused in n markets avoids n - 1 repeats, summed over tests;
    ``repeat_tests_perhaps``: how many more if every hint and open question turned out well. Both
    are defined in docs/planner.md."""

    product: str
    standard: str
    hs_code: str
    on: date
    repeat_tests_avoided: int
    repeat_tests_perhaps: int
    tests: tuple[TestOnce, ...]
    lanes: tuple[Lane, ...]


def plan(
    product: str,
    markets: Sequence[str],
    papers: Sequence[Evidence],
    known: Known,
    *,
    on: date,
    standard: str = "",
    hs_code: str = "",
) -> Plan:
    """The plan for one product. ``known.routes`` of other products or markets are left alone."""
    papers = sorted(papers, key=lambda one: (one.ref, msgspec.json.encode(one)))
    lanes = tuple(
        _lane(market, product, papers, known, standard, on) for market in sorted(set(markets))
    )
    tests = tuple(_tests(lanes, papers, standard))
    avoided = sum(max(len(one.markets) - 1, 0) for one in tests)
    most = sum(max(len(one.markets) + len(one.perhaps_markets) - 1, 0) for one in tests)
    return Plan(
        product=product,
        standard=standard,
        hs_code=hs_code,
        on=on,
        repeat_tests_avoided=avoided,
        repeat_tests_perhaps=most - avoided,
        tests=tests,
        lanes=lanes,
    )


# --- a market -------------------------------------------------------------------------------------


def _lane(
    market: str, product: str, papers: Sequence[Evidence], known: Known, standard: str, on: date
) -> Lane:
    areas = (market, *known.groupings.get(market, ()))
    routes = [one for one in known.routes if one.market in areas and one.product == product]
    routes.sort(
        key=lambda one: (
            areas.index(one.market), not one.sourced, list(Sureness).index(one.sureness),
            one.scheme, one.ref,
        )
    )  # fmt: skip
    plans = tuple(_route(one, papers, known, standard, on) for one in routes)
    sorted_out = _sorted_out(plans, routes, papers)
    first = plans[0] if plans else None
    return Lane(
        market=market,
        known=bool(plans),
        confidence="" if first is None else "hint" if first.hint else first.sureness.value,
        routes=plans,
        reusable=tuple(sorted_out[UseState.REUSABLE]),
        supports=tuple(sorted_out[UseState.SUPPORTS]),
        perhaps=tuple(sorted_out[UseState.PERHAPS]),
        cannot_reuse=tuple(sorted_out[UseState.NOT]),
    )


def _sorted_out(
    plans: Sequence[RoutePlan], routes: Sequence[RouteKnown], papers: Sequence[Evidence]
) -> dict[UseState, list[Use]]:
    """Each paper once, by the best use that any alternative has for it."""
    found: dict[UseState, list[Use]] = defaultdict(list)
    if not plans:
        return found
    order = list(UseState)
    for paper in papers:
        uses = [
            # of two as good, the one by what the paper itself is
            (order.index(use.state), need.requirement is not paper.kind, n, use)
            for n, (need, use) in enumerate(_uses(plans))
            if use.evidence == paper.ref
        ]
        best = min(uses)[3] if uses else None
        if best is None:
            said = (line for route in routes for line in note.speaks_of(route.note, paper.kind))
            best = Use(
                evidence=paper.ref,
                state=UseState.NOT,
                reasons=(because("OTHER_KIND"),),
                said=tuple(dict.fromkeys(said)),
            )
        found[best.state].append(best)
    return found


def _uses(plans: Sequence[RoutePlan]) -> Iterator[tuple[Need, Use]]:
    for one in plans:
        for alternative in one.alternatives:
            for need in alternative.needs:
                for use in need.uses:
                    yield need, use


# --- a route --------------------------------------------------------------------------------------


def _route(
    route: RouteKnown, papers: Sequence[Evidence], known: Known, standard: str, on: date
) -> RoutePlan:
    alternatives = tuple(
        _alternative(needs, route, papers, known, standard, on) for needs in route.alternatives
    )
    best, why = _best(alternatives)
    used = {use.evidence for one in alternatives for need in one.needs for use in need.uses}
    return RoutePlan(
        ref=route.ref,
        market=route.market,
        scheme=route.scheme,
        mark=route.mark,
        regulator=route.regulator,
        legal_basis=route.legal_basis,
        in_country=route.in_country,
        note=route.note,
        sureness=route.sureness,
        sourced=route.sourced,
        hint=not route.sourced,
        source=route.source,
        alternatives=alternatives,
        best=best,
        why=why,
        holders=note.on_holders(route.note),
        lasting=note.on_lasting(route.note),
        days=tuple(sorted(_days(route, [p for p in papers if p.ref in used], on), key=_by_day)),
        start=route.start,
        end=route.end,
    )


def _alternative(
    needs: Sequence[Requirement],
    route: RouteKnown,
    papers: Sequence[Evidence],
    known: Known,
    standard: str,
    on: date,
) -> Alternative:
    found = tuple(_need(need, route, papers, known, standard, on) for need in needs)
    states = [need.state for need in found]
    return Alternative(
        needs=found, to_do=states.count(NeedState.TO_DO), perhaps=states.count(NeedState.PERHAPS)
    )


def _need(
    need: Requirement,
    route: RouteKnown,
    papers: Sequence[Evidence],
    known: Known,
    standard: str,
    on: date,
) -> Need:
    uses: list[Use] = []
    for paper in papers:
        judged = judge(paper, need, route, known, standard, on)
        if judged is not None:
            state, reasons = judged
            said = note.speaks_of(route.note, paper.kind)
            uses.append(Use(evidence=paper.ref, state=state, reasons=reasons, said=said))
    uses.sort(key=lambda use: list(UseState).index(use.state))
    done_by, held_by = PARTIES[need]
    return Need(
        requirement=need,
        state=_stands(need, {use.state for use in uses}),
        test=need in TESTS,
        there=need in THERE,
        done_by=done_by,
        held_by=held_by,
        uses=tuple(uses),
    )


def _stands(need: Requirement, uses: set[UseState]) -> NeedState:
    if need is R.SDOC:  # evidence stands behind a declaration; somebody must still make it
        return NeedState.TO_DO
    if UseState.REUSABLE in uses:
        return NeedState.IN_HAND
    return NeedState.PERHAPS if UseState.PERHAPS in uses else NeedState.TO_DO


def _there_to_do(one: Alternative) -> int:
    return sum(need.there and need.state is NeedState.TO_DO for need in one.needs)


def _best(alternatives: Sequence[Alternative]) -> tuple[int, Because]:
    """The alternative with the fewest steps left, then fewest in the country, then least resting
    on a perhaps, then as named; and which of these decided. No score: each is told."""
    keys = [(one.to_do, _there_to_do(one), one.perhaps) for one in alternatives]
    best = min(range(len(keys)), key=lambda n: (keys[n], n))
    mine, others = keys[best], keys[:best] + keys[best + 1 :]
    if mine[0] == mine[2] == 0:
        return best, because("BEST_IN_HAND")
    if not others:
        return best, because("BEST_ONLY")
    for place, code in enumerate(("BEST_FEWEST", "BEST_FEWEST_THERE", "BEST_LIKELIEST")):
        if all(mine[place] < other[place] for other in others):
            return best, because(code, count=mine[0]) if place == 0 else because(code)
        others = [other for other in others if other[place] == mine[place]]
        if not others:
            return best, because("BEST_FEWEST", count=mine[0])
    return best, because("BEST_FIRST")


def _days(route: RouteKnown, papers: Sequence[Evidence], on: date) -> Iterator[Day]:
    for one in route.days:
        firm = one.kind in (RouteDayKind.APPLIES, RouteDayKind.UNTIL, RouteDayKind.ISSUED)
        yield Day(
            what=one.kind.value,
            on=one.on,
            when=_when(one.on, on),
            certain=firm and one.on is not None and one.precision == "day" and route.sourced,
            precision=one.precision,
            words=one.words,
        )
    for paper in papers:
        for what, day in (
            ("issued", paper.issued),
            ("tested", paper.tested),
            ("too_old_from", too_old_from(paper, route)),
        ):
            if day is not None:
                certain = what != "too_old_from" or route.sourced
                yield Day(
                    what=what, on=day, when=_when(day, on), certain=certain, evidence=paper.ref
                )


def _when(day: date | None, on: date) -> str:
    if day is None:
        return "open"
    return "past" if day < on else "ahead" if day > on else "today"


def _by_day(one: Day) -> tuple[date, str, str, str]:
    return one.on or date.max, one.what, one.evidence, one.words


# --- tests that are not repeated ------------------------------------------------------------------


def _tests(lanes: Sequence[Lane], papers: Sequence[Evidence], standard: str) -> Iterator[TestOnce]:
    """Each test in hand, told by its standard, with the markets where it serves as a test."""
    tests = {paper.ref: _test(paper, standard) for paper in papers}
    sure: dict[str, set[str]] = {test: set() for test in sorted(set(tests.values()))}
    perhaps: dict[str, set[str]] = {test: set() for test in sure}
    for route in (route for lane in lanes for route in lane.routes):
        for need, use in _uses([route]):
            if need.test and use.state is UseState.REUSABLE:
                sure[tests[use.evidence]].add(route.market)
            elif need.test and use.state is UseState.PERHAPS:
                perhaps[tests[use.evidence]].add(route.market)
    for test, markets in sure.items():
        if markets or perhaps[test]:
            yield TestOnce(
                standard=test,
                markets=tuple(sorted(markets)),
                perhaps_markets=tuple(sorted(perhaps[test] - markets)),
            )


def _test(paper: Evidence, standard: str) -> str:
    """One standard is one test, whatever its edition: what is not usable is not counted anyway."""
    text = standard or paper.standard
    read = standards.read(text) if text else None
    return read.key if read else " ".join(text.upper().split())
