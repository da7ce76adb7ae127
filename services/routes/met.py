"""One requirement of a route, held against what is known of a body: met, not met, or unknown.

A rule for each word of the grammar. What is not known is unknown, with the reason; "unsatisfied"
needs a fact that says so (an accreditation that did not stand, a schedule held in full, a list read
whole by a source that may speak for its issuer, an owner whom a source calls prohibited).
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

import msgspec

from services.routes import chain
from services.routes.chain import BROKEN, ENDED, HOLDS, Link
from services.routes.facts import (
    ANYWHERE,
    OWNER,
    BodyFacts,
    DesignatesFact,
    MarketFacts,
    OwnerFact,
    Question,
    RouteFact,
    SiteStood,
    Stood,
)
from services.routes.reasons import Because, because
from services.terms import (
    VERIFIED_LEVELS,
    AccreditationKind,
    BodyKind,
    PresenceMode,
    Requirement,
    Verdict,
)

R = Requirement
TESTING = "T"  # the arrangement's scope for testing


class State(StrEnum):
    SATISFIED = "satisfied"
    UNKNOWN = "unknown"
    UNSATISFIED = "unsatisfied"


class Who(StrEnum):
    """Who must do it."""

    BODY = "body"
    PARTNER = "partner"  # in whose name the body works there
    MAKER = "maker"
    IMPORTER = "importer"
    AUTHORITY = "authority"


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement judged. ``requirement``: a word of the grammar, or OWNER."""

    requirement: str
    state: State
    who: Who
    reason: Because
    chain: tuple[Link, ...] = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule is given: the facts as known then, and the route that asks."""

    asked: Question
    body: BodyFacts
    market: MarketFacts
    route: RouteFact

    def designates(self, requirement: str) -> list[DesignatesFact]:
        """Whose designation counts: those that name the product before those of any."""
        found = [
            one
            for one in self.market.designates
            if one.requirement == requirement
            and one.market in (self.route.market, *self.asked.markets, ANYWHERE)
            and one.product in ("", self.route.product)
        ]
        return [one for one in found if one.product] or found

    @property
    def there(self) -> str:
        return self.route.market


_BEST = (State.SATISFIED, State.UNKNOWN, State.UNSATISFIED)


def met(requirement: Requirement, case: Case) -> Met:
    """The requirement judged, the rule of the route behind its chain. A route from memory never
    makes it satisfied."""
    found = _RULES[requirement](requirement, case)
    found = msgspec.structs.replace(found, chain=(*found.chain, chain.rule(case.route)))
    if found.state is State.SATISFIED and not case.route.sourced:
        return msgspec.structs.replace(found, state=State.UNKNOWN, reason=because("HINT_ONLY"))
    return found


def _best(found: Iterable[Met]) -> Met | None:
    return min(found, key=lambda one: _BEST.index(one.state), default=None)


# --- what others do -------------------------------------------------------------------------------

_OTHERS = {
    R.SDOC: (State.UNSATISFIED, Who.MAKER, "MAKER_DECLARES"),
    R.PREMARKET_REGISTRATION: (State.UNSATISFIED, Who.IMPORTER, "IMPORTER_REGISTERS"),
    R.EQUIVALENCE_ACCEPTED: (State.UNKNOWN, Who.AUTHORITY, "AUTHORITY_DECIDES"),
}


def _by_others(requirement: Requirement, case: Case) -> Met:
    state, who, code = _OTHERS[requirement]
    return Met(requirement=requirement, state=state, who=who, reason=because(code))


# --- an accreditation that stands for what is asked -----------------------------------------------


def _standing(one: Stood, verdict: Verdict, asked: Question) -> tuple[State, Because]:
    """Whether it stands for what is asked; the verdict is the decision's, no second rule."""
    if verdict is Verdict.VALID:
        return State.SATISFIED, because("DESIGNATED", label=one.label, issuer=one.issuer)
    if verdict in ENDED:
        said = because("DOES_NOT_STAND", label=one.label, verdict=verdict.value)
        return State.UNSATISFIED, said
    if verdict is Verdict.OUT_OF_SCOPE:
        said = because("NOT_IN_SCOPE", label=one.label, standard=asked.standard)
        return State.UNSATISFIED, said
    if verdict is Verdict.VALID_FLEXIBLE_UNCONFIRMED:
        return State.UNKNOWN, because("FLEXIBLE_LIST_UNSEEN", label=one.label)
    if verdict is Verdict.UNKNOWN_SCOPE:
        return State.UNKNOWN, because("SCOPE_NOT_HELD", label=one.label)
    return State.UNKNOWN, because("STANDING_UNKNOWN", label=one.label, verdict=verdict.value)


def _is_laboratory(one: Stood) -> bool:
    return one.kind is AccreditationKind.ACCREDITATION and (
        one.body_kind is BodyKind.TESTING or "17025" in one.standard
    )


def _is_certifier(one: Stood) -> bool:
    return one.body_kind in (BodyKind.CERTIFICATION_PRODUCT, BodyKind.CERTIFICATION) or (
        "17065" in one.standard
    )


def _report(requirement: Requirement, case: Case) -> Met:
    """A report of a laboratory accredited by a signatory of the arrangement: the standard must be
    in scope, and the signatory's period hold the day."""
    found = _best(
        _one_report(requirement, case, one)
        for one in case.body.accreditations
        if _is_laboratory(one)
    )
    if found is not None:
        return found
    reason = because("NO_ACCREDITATION_KNOWN")
    return Met(requirement=requirement, state=State.UNKNOWN, who=Who.BODY, reason=reason)


def _one_report(requirement: Requirement, case: Case, one: Stood) -> Met:
    asked, market = case.asked, case.market
    state, reason = _standing(one, one.verdict, asked)
    mra = chain.arrangement(one.issuer, TESTING, asked.on, market.signatories, market.listed)
    if state is State.SATISFIED and not asked.standard:
        state, reason = State.UNKNOWN, because("SCOPE_NOT_ASKED", label=one.label)
    elif state is State.SATISFIED:
        state, reason = _arranged(one, mra)
    links = (*chain.of_report(one, None, asked.standard), chain.issuer(one.issuer, market.listed))
    return Met(
        requirement=requirement, state=state, who=Who.BODY, reason=reason, chain=(*links, mra)
    )


def _arranged(one: Stood, mra: Link) -> tuple[State, Because]:
    if mra.state == HOLDS:
        said = because("REPORT_OF_SIGNATORY", label=one.label, **mra.params)
        return State.SATISFIED, said
    if mra.state == BROKEN:
        return State.UNSATISFIED, because("NOT_SIGNATORY_THEN", **mra.params)
    if mra.code == "LISTED_AS_OF":
        return State.UNKNOWN, because("ARRANGEMENT_LISTED", issuer=one.issuer, **mra.params)
    return State.UNKNOWN, because("ARRANGEMENT_UNLISTED", issuer=one.issuer)


# --- somebody's designation -----------------------------------------------------------------------


def _designation(requirement: Requirement, case: Case) -> Met:
    """A standing designation of an issuer that is known to count; that it is not on a list says
    only a source that may speak for that issuer."""
    counting = case.designates(requirement)
    if not counting:
        reason = because("NO_DESIGNATOR")
        return Met(requirement=requirement, state=State.UNKNOWN, who=Who.BODY, reason=reason)
    found = _best(
        _one_designation(requirement, case, by, one)
        for by in counting
        for one in case.body.accreditations
        if one.issuer == by.issuer
    )
    return found or _not_designated(requirement, case, counting)


def _one_designation(requirement: Requirement, case: Case, by: DesignatesFact, one: Stood) -> Met:
    state, reason = _standing(one, one.verdict, case.asked)
    if state is State.SATISFIED and not by.sourced:
        state, reason = State.UNKNOWN, because("DESIGNATOR_FROM_MEMORY", issuer=by.issuer)
    links = (*chain.of_report(one, None, case.asked.standard), chain.designation(by))
    return Met(requirement=requirement, state=state, who=Who.BODY, reason=reason, chain=links)


def _not_designated(requirement: Requirement, case: Case, counting: list[DesignatesFact]) -> Met:
    """Unsatisfied only where every list on which it could stand was read, and from sourced rows."""
    links = tuple(chain.designation(by) for by in counting)
    read = {one.issuer: one for one in case.market.authorities}
    unread = [by.issuer for by in counting if by.issuer not in read or not by.sourced]
    state, reason = State.UNKNOWN, because("NO_SOURCE_HELD", issuer=", ".join(unread))
    if not unread:
        said = read[counting[0].issuer]
        state = State.UNSATISFIED
        reason = because("NOT_DESIGNATED", issuer=said.issuer, day=said.day, source=said.source)
    return Met(requirement=requirement, state=state, who=Who.BODY, reason=reason, chain=links)


# --- in the country -------------------------------------------------------------------------------


def _there(requirement: Requirement, case: Case) -> Met:
    """A site there that an accreditation covers which stands; where it is known whose designation
    counts, one of that issuer."""
    counting = case.designates(requirement)
    right = _is_laboratory if requirement is R.IN_COUNTRY_LAB else _is_certifier
    pairs: list[tuple[Stood, DesignatesFact | None]] = [
        (one, by) for by in counting for one in case.body.accreditations if one.issuer == by.issuer
    ]
    if not counting:
        pairs = [(one, None) for one in case.body.accreditations if right(one)]
    covered = _best(
        _one_site(requirement, case, one, by, place)
        for one, by in pairs
        for place in one.sites
        if place.country in case.asked.countries
    )
    claimed = _claimed(requirement, case, [one for one, _ in pairs])
    if covered is None or (covered.state is State.UNSATISFIED and claimed.who is Who.PARTNER):
        return claimed
    return covered


def _one_site(
    requirement: Requirement, case: Case, one: Stood, by: DesignatesFact | None, place: SiteStood
) -> Met:
    state, reason = _standing(one, place.verdict, case.asked)
    said = {"label": one.label, "site": place.label, "country": place.country}
    if place.verdict is Verdict.SITE_NOT_COVERED:
        state, reason = State.UNSATISFIED, because("SITE_NOT_COVERED", **said)
    elif state is State.SATISFIED and by is not None and not by.sourced:
        state, reason = State.UNKNOWN, because("DESIGNATOR_FROM_MEMORY", issuer=by.issuer)
    elif state is State.SATISFIED and by is None and not case.asked.standard:
        state, reason = State.UNKNOWN, because("SCOPE_NOT_ASKED", label=one.label)
    elif state is State.SATISFIED:
        reason = because("SITE_THERE", **said)
    last = chain.designation(by) if by else chain.issuer(one.issuer, case.market.listed)
    links = (*chain.of_report(one, place, case.asked.standard), last)
    return Met(requirement=requirement, state=state, who=Who.BODY, reason=reason, chain=links)


def _claimed(requirement: Requirement, case: Case, right: list[Stood]) -> Met:
    """No accreditation covers a site there: what else is known of the place."""
    countries, there = case.asked.countries, case.there
    presences = [one for one in case.body.presences if one.country in countries]
    places = [one for one in case.body.places if one.country in countries]
    state, who, reason = State.UNKNOWN, Who.BODY, because("NO_SITE_KNOWN", country=there)
    partner = next((one.partner for one in presences if one.mode is PresenceMode.BORROWED), None)
    own = any(one.mode is PresenceMode.BUILT for one in presences)
    if own or any(not one.seat for one in places):
        reason = because("SITE_CLAIM_ONLY", country=there)
    elif partner is not None:
        who, reason = Who.PARTNER, because("PARTNER_THERE", country=there, partner=partner or "…")
    elif places and right:
        reason = because("SEAT_ONLY", country=there, label=right[0].label)
    elif places:
        reason = because("NO_ACCREDITATION_KNOWN")
    elif any(one.schedule_held and one.countries for one in right):
        state, reason = State.UNSATISFIED, because("NO_SITE_THERE", country=there)
    return Met(requirement=requirement, state=state, who=who, reason=reason)


_RULES: dict[Requirement, Callable[[Requirement, Case], Met]] = {
    **dict.fromkeys(R, _designation),
    **dict.fromkeys(_OTHERS, _by_others),
    R.ILAC_17025_REPORT: _report,
    R.IN_COUNTRY_LAB: _there,
    R.IN_COUNTRY_CB: _there,
}


# --- what a rule asks of the owner ----------------------------------------------------------------


def conditions(case: Case) -> Iterator[Met]:
    """Beside every alternative: that no prohibited entity owns it, where a rule asks for that."""
    for by in case.designates(OWNER):
        found = [one for one in case.body.owners if not one.rule or _same_rule(one, by)]
        state, reason = _owned(found)
        if state is State.SATISFIED and not by.sourced:
            state, reason = State.UNKNOWN, because("HINT_ONLY")
        links = (*(chain.owner(one) for one in found), chain.designation(by))
        yield Met(requirement=OWNER, state=state, who=Who.BODY, reason=reason, chain=links)


def _same_rule(owner: OwnerFact, by: DesignatesFact) -> bool:
    """A source may call an owner prohibited under another market's rule."""
    return by.issuer.casefold() in owner.rule.casefold()


def _owned(found: list[OwnerFact]) -> tuple[State, Because]:
    """Never inferred: a source says that an owner is prohibited, or it is not known."""
    for one in found:
        if one.prohibited and one.rule:
            said = because("PROHIBITED_OWNER", owner=one.owner, source=one.source, rule=one.rule)
            return State.UNSATISFIED, said
    for one in found:
        state, code = State.UNKNOWN, "OWNER_NOT_JUDGED"
        if one.level in VERIFIED_LEVELS and one.rule:
            state, code = State.SATISFIED, "OWNER_STATED"
        return state, because(code, owner=one.owner, source=one.source)
    return State.UNKNOWN, because("OWNERSHIP_NOT_STATED")
