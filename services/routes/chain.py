"""The chain behind a requirement: site → line → accreditation → accreditation body → arrangement
→ designation → rule, each link with its days and its evidence."""

from collections.abc import Iterator
from datetime import date

import msgspec

from services.routes.facts import (
    DesignatesFact,
    LineStood,
    ListedFact,
    OwnerFact,
    RouteFact,
    SignatoryFact,
    SiteStood,
    Stood,
)
from services.routes.reasons import link_text
from services.terms import Verdict

HOLDS, BROKEN, OPEN = "holds", "broken", "unknown"
# as the accreditation stands; that its scope misses what is asked breaks another link
STANDS = frozenset(
    {
        Verdict.VALID, Verdict.VALID_FLEXIBLE_UNCONFIRMED, Verdict.UNKNOWN_SCOPE,
        Verdict.OUT_OF_SCOPE, Verdict.SITE_NOT_COVERED,
    }
)  # fmt: skip
ENDED = frozenset(
    {
        Verdict.SUSPENDED, Verdict.WITHDRAWN, Verdict.SURRENDERED, Verdict.TRANSFERRED,
        Verdict.EXPIRED, Verdict.NOT_YET_GRANTED,
    }
)  # fmt: skip


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """``what``: site, line, accreditation, accreditation_body, arrangement, designation, ownership
    or rule. ``state``: holds, broken, unknown. ``start``, ``end``: its first and last day."""

    what: str
    label: str
    state: str
    code: str
    params: dict[str, str]
    text: str
    start: date | None = None
    end: date | None = None
    ref: str = ""


def link(
    what: str, label: str, state: str, code: str, /, start: date | None = None,
    end: date | None = None, ref: str = "", **params: object,
) -> Link:  # fmt: skip
    values = {name: str(value) for name, value in params.items()}
    return Link(
        what=what, label=label, state=state, code=code, params=values,
        text=link_text(code, values), start=start, end=end, ref=ref,
    )  # fmt: skip


def site(one: SiteStood) -> Link:
    state, code = {
        Verdict.VALID: (HOLDS, "SITE_COVERED"),
        Verdict.SITE_NOT_COVERED: (BROKEN, "SITE_MISSED"),
    }.get(one.verdict, (OPEN, "SITE_OPEN"))
    return link(
        "site", one.label, state, code, one.start, one.end, one.ref, site=one.label,
        country=one.country,
    )  # fmt: skip


def line(found: LineStood | None, verdict: Verdict, standard: str) -> Link:
    if not standard:
        return link("line", "", OPEN, "LINE_NOT_ASKED")
    if found is None or verdict in (Verdict.OUT_OF_SCOPE, Verdict.UNKNOWN_SCOPE):
        state = BROKEN if verdict is Verdict.OUT_OF_SCOPE else OPEN
        return link("line", "", state, "LINE_OPEN", standard=standard)
    days = found.start, found.end
    return link("line", found.label, HOLDS, "LINE_COVERS", *days, found.ref, standard=standard)


def accreditation(one: Stood, verdict: Verdict) -> Link:
    state, code = OPEN, "STANDS_OPEN"
    if verdict in STANDS:
        state, code = HOLDS, "STANDS"
    elif verdict in ENDED:
        state, code = BROKEN, "STANDS_NOT"
    return link(
        "accreditation", one.label, state, code, one.granted, one.expires, one.ref,
        label=one.label, verdict=verdict.value,
    )  # fmt: skip


def issuer(acronym: str, listed: tuple[ListedFact, ...]) -> Link:
    found = [one for one in listed if one.issuer == acronym]
    if len(found) != 1:  # none, or an acronym that two bear
        return link("accreditation_body", acronym, OPEN, "BODY_NOT_LISTED", issuer=acronym)
    one = found[0]
    return link(
        "accreditation_body", acronym, HOLDS, "BODY_LISTED", one.start, one.end, one.ref,
        name=one.name, day=one.day,
    )  # fmt: skip


def arrangement(
    acronym: str, scope: str, on: date, periods: tuple[SignatoryFact, ...],
    listed: tuple[ListedFact, ...],
) -> Link:  # fmt: skip
    """BRIEF rule 11: only a period that a source gives says anything of a day."""
    known = [one for one in periods if one.issuer == acronym and one.scope == scope]
    then = [one for one in known if one.true_on(on)]
    signed = next((one for one in then if one.status == "signatory"), None)
    if known:
        one = signed or (then or known)[0]
        state, code = (HOLDS, "SIGNATORY_THEN") if signed else (BROKEN, "SIGNATORY_NOT_THEN")
        return link(
            "arrangement", one.arrangement, state, code, one.start, one.end, one.ref,
            issuer=acronym, arrangement=one.arrangement, scope=scope,
        )  # fmt: skip
    found = [one for one in listed if one.issuer == acronym and one.scopes]
    if len(found) == 1:
        named = ", ".join(found[0].scopes)
        return link(
            "arrangement", acronym, OPEN, "LISTED_AS_OF", ref=found[0].ref, scopes=named,
            day=found[0].day,
        )  # fmt: skip
    return link("arrangement", acronym, OPEN, "NOT_LISTED", issuer=acronym)


def designation(one: DesignatesFact) -> Link:
    state, code = (HOLDS, "DESIGNATES") if one.sourced else (OPEN, "DESIGNATES_MEMORY")
    return link(
        "designation", one.issuer, state, code, one.start, one.end, one.ref, issuer=one.issuer,
        source=one.source,
    )  # fmt: skip


def owner(one: OwnerFact) -> Link:
    state = BROKEN if one.prohibited else OPEN
    return link(
        "ownership", one.owner, state, "OWNER", one.start, one.end, one.ref, owner=one.owner,
        source=one.source,
    )  # fmt: skip


def rule(route: RouteFact) -> Link:
    state, code = (HOLDS, "RULE") if route.sourced else (OPEN, "RULE_MEMORY")
    return link(
        "rule", route.scheme, state, code, route.start, route.end, route.ref, scheme=route.scheme,
        source=route.source,
    )  # fmt: skip


def of_report(one: Stood, found: SiteStood | None, standard: str) -> Iterator[Link]:
    """Site, line and accreditation."""
    verdict = found.verdict if found else one.verdict
    if found:
        yield site(found)
    yield line(found.line if found else one.line, verdict, standard)
    yield accreditation(one, verdict)
