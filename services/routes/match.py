"""One paper against one requirement of a route: it can be used, perhaps can, or cannot, and why.

Every rule that bears on the pair speaks; the worst of them decides. A rule that lacks a fact says
"perhaps", so that what is not known never makes a paper usable, and a route from memory never does.
"""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from services import standards
from services.routes.because import SENTENCES, Because, because
from services.routes.evidence import JUDGED, MADE_ANEW, TESTS, Evidence
from services.routes.known import Designated, Known, RouteKnown
from services.routes.note import age_limit
from services.terms import Requirement, Sureness, Verdict

R = Requirement

_STANDS = frozenset({Verdict.VALID})
_FELL = frozenset(
    {
        Verdict.SUSPENDED, Verdict.WITHDRAWN, Verdict.SURRENDERED, Verdict.TRANSFERRED,
        Verdict.EXPIRED, Verdict.NOT_YET_GRANTED, Verdict.OUT_OF_SCOPE, Verdict.SITE_NOT_COVERED,
    }
)  # fmt: skip
# a body must be designated, recognised or listed for these: accreditation alone is not enough
_OF_A_DESIGNATED_BODY = JUDGED - {R.ILAC_17025_REPORT, R.GLP_MAD}


class UseState(StrEnum):
    """Best first."""

    REUSABLE = "reusable"
    SUPPORTS = "supports"  # stands behind the maker's own declaration
    PERHAPS = "perhaps"
    NOT = "not"


_ORDER = {state: n for n, state in enumerate(UseState)}
_PLACE = {code: n for n, code in enumerate(SENTENCES)}  # reasons are told in this order
Finding = tuple[UseState, Because]
OK, PERHAPS, NOT = UseState.REUSABLE, UseState.PERHAPS, UseState.NOT


def judge(
    paper: Evidence, need: Requirement, route: RouteKnown, known: Known, standard: str, on: date
) -> tuple[UseState, tuple[Because, ...]] | None:
    """None: this kind of paper says nothing of that requirement. Reasons that decide come first.

    ``standard``: the one asked for, "" where none was.
    """
    first = _kind(paper, need, route, known)
    if first is None:
        return None
    findings = [first, *_paper(paper, route, on), *_standard(paper, standard, known)]
    if need in TESTS or first[0] is UseState.SUPPORTS:
        findings += _age(paper, route, on)
    if need == paper.kind and need not in MADE_ANEW:
        findings += _named(paper, need)
        findings += _designation(paper, need, route, known.designated)
        findings += _signatory(paper, need, known)
    findings += _standing(paper)
    if paper.kind in TESTS:
        findings += _owner(route, known)
    findings += _route(route)
    state = max((found for found, _ in findings), key=_ORDER.__getitem__)
    ranked = sorted(findings, key=lambda one: (-_ORDER[one[0]], _PLACE[one[1].code], one[1].text))
    decide = [why for found, why in ranked if found is state]
    # what is wrong beside what decides stays; praise of what cannot be used would mislead
    worse = [why for found, why in ranked if found in (PERHAPS, NOT) and found is not state]
    rest = [why for found, why in ranked if found in (OK, UseState.SUPPORTS) and why not in decide]
    beside = worse if state is NOT else [*worse, *rest]
    said: list[Because] = []
    for why in (*decide, *beside):
        if why not in said:
            said.append(why)
    return state, tuple(said)


def _inside(market: str, country: str, known: Known) -> bool:
    return country == market or country in known.members.get(market, frozenset())


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def too_old_from(paper: Evidence, route: RouteKnown) -> date | None:
    """The first day on which the route no longer takes it, where a limit with its length stands."""
    limit = age_limit(route.note)
    if limit is None or limit.months is None or paper.issued is None:
        return None
    return months_later(paper.issued, limit.months) + timedelta(days=1)


# --- the rules ------------------------------------------------------------------------------------


def _kind(paper: Evidence, need: Requirement, route: RouteKnown, known: Known) -> Finding | None:
    kind = paper.kind
    if need is R.SDOC and kind in (R.IECEE_CB, R.ILAC_17025_REPORT):
        return UseState.SUPPORTS, because("BEHIND_DECLARATION")
    if need is R.IN_COUNTRY_LAB and kind in TESTS:
        if kind is need and not paper.country:
            return OK, because("KIND_ASKED_FOR")  # a report of a laboratory there, by its own word
        if paper.country and not _inside(route.market, paper.country, known):
            return NOT, because("OTHER_PLACE", market=route.market, country=paper.country)
        if kind is need:
            return OK, because("KIND_ASKED_FOR")
        if kind is R.ILAC_17025_REPORT and paper.country:
            return PERHAPS, because("DESIGNATION_UNKNOWN")
        return NOT, because("NOT_DONE_THERE", market=route.market)
    if need is R.ILAC_17025_REPORT and kind is R.IECEE_CB:
        return PERHAPS, because("CB_LABORATORY_NOT_NAMED")
    if need is R.EQUIVALENCE_ACCEPTED and kind not in MADE_ANEW:
        return PERHAPS, because("AUTHORITY_DECIDES")
    if kind is not need:
        return None
    return (NOT, because("MADE_ANEW")) if need in MADE_ANEW else (OK, because("KIND_ASKED_FOR"))


def _paper(paper: Evidence, route: RouteKnown, on: date) -> Iterator[Finding]:
    if paper.product and paper.product != route.product:
        yield NOT, because("OTHER_PRODUCT", held=paper.product)
    if paper.issued and paper.issued > on:
        yield NOT, because("NOT_YET_ISSUED", day=paper.issued)
    if paper.issued and paper.tested and paper.tested > paper.issued:
        days = {"issued": paper.issued, "tested": paper.tested}
        yield NOT, because("TESTED_AFTER_ISSUE", **days)


def _standard(paper: Evidence, asked_text: str, known: Known) -> Iterator[Finding]:
    held = standards.read(paper.standard) if paper.standard else None
    if not asked_text:
        if paper.standard:
            named = held.dated if held else paper.standard
            yield OK, because("STANDARD_NOT_ASKED", standard=named)
        return
    asked = standards.read(asked_text)
    if held is None or asked is None:
        code = "STANDARD_NOT_SAID"
        yield PERHAPS, because(code, asked=asked.dated if asked else asked_text)
        return
    if held.key != asked.key:
        if held.key in standards.related_keys(asked) or asked.key in standards.related_keys(held):
            yield PERHAPS, because("STANDARD_ADOPTED", held=held.key, asked=asked.key)
        else:
            yield _beside(held, asked, known)
            return
    for state, why in _edition(paper, held, asked):
        if state is not OK or held.key == asked.key:  # an adopted one is not the one asked for
            yield state, why


def _beside(held: standards.Standard, asked: standards.Standard, known: Known) -> Finding:
    """Another standard: a perhaps where a hint relates the two, in the edition that it names."""
    for one in sorted(known.related, key=lambda row: (row.standard, row.relation)):
        row = standards.read(one.standard)
        if row is None or row.key != held.key or row.edition not in (None, held.edition):
            continue
        code = f"STANDARD_{one.relation.upper()}"
        return PERHAPS, because(code, one=one.one, other=one.other, confidence=one.confidence)
    return NOT, because("OTHER_STANDARD", held=held.key, asked=asked.dated)


def _edition(
    paper: Evidence, held: standards.Standard, asked: standards.Standard
) -> Iterator[Finding]:
    if asked.edition is None:
        yield OK, because("STANDARD_AS_ASKED", standard=held.dated)
        return
    edition = held.edition or paper.edition.strip()
    if not edition:
        yield PERHAPS, because("EDITION_NOT_SAID", asked=asked.edition)
    elif edition != asked.edition:
        years = edition[:4], asked.edition[:4]
        if all(year.isdigit() and len(year) == 4 for year in years) and years[0] != years[1]:
            older = years[0] < years[1]
            code, state = ("EDITION_OLDER", NOT) if older else ("EDITION_NEWER", PERHAPS)
        else:
            code, state = "EDITION_OTHER", PERHAPS
        yield state, because(code, held=edition, asked=asked.edition)
    elif set(held.amendments) != set(asked.amendments):
        yield PERHAPS, because("AMENDMENTS_DIFFER", asked=asked.dated)
    else:
        yield OK, because("STANDARD_AS_ASKED", standard=asked.dated)


def _age(paper: Evidence, route: RouteKnown, on: date) -> Iterator[Finding]:
    limit = age_limit(route.note)
    if limit is None:
        return
    if limit.months is None:
        yield PERHAPS, because("AGE_LIMIT_UNSAID")
    elif paper.issued is None:
        yield PERHAPS, because("DAY_NOT_SAID")
    else:
        end = too_old_from(paper, route)
        old = end is not None and on >= end
        code, state = ("TOO_OLD", NOT) if old else ("WITHIN_AGE", OK)
        yield state, because(code, day=paper.issued, months=limit.months)


def _named(paper: Evidence, need: Requirement) -> Iterator[Finding]:
    """What counts by an accreditation must name one, and the day on which it is to be judged."""
    if need not in JUDGED:
        return
    if paper.issued is None:
        yield PERHAPS, because("DAY_NOT_SAID")
    elif not paper.stood:
        yield PERHAPS, because("ACCREDITATION_NOT_NAMED")


def _standing(paper: Evidence) -> Iterator[Finding]:
    """Work done before a suspension stands: judged are the day of issue and that of the test."""
    for one in paper.stood:
        said = {"named": one.named, "day": one.on}
        when = one.about.upper()
        if one.verdict in _STANDS:
            yield OK, because(f"STOOD_WHEN_{when}", **said)
        elif one.verdict in _FELL:
            yield NOT, because(f"DID_NOT_STAND_WHEN_{when}", verdict=one.verdict, **said)
        else:
            yield PERHAPS, because("STANDING_UNKNOWN", verdict=one.verdict, **said)


def _designation(
    paper: Evidence, need: Requirement, route: RouteKnown, designated: tuple[Designated, ...]
) -> Iterator[Finding]:
    if need not in _OF_A_DESIGNATED_BODY:
        return
    counts = [
        one
        for one in designated
        if one.market in ("*", route.market)
        and one.requirement is need
        and one.product in ("", route.product)
        and one.sourced
    ]
    # the paper's own issuer, or whom its kind of paper names
    issuers = [one for one in (paper.issuer, paper.authority) if one]
    folded = {one.upper() for one in issuers}
    named = sorted((one.issuer, one.source) for one in counts if one.issuer.upper() in folded)
    if named:
        yield OK, because("DESIGNATION_COUNTS", issuer=named[0][0], source=named[0][1])
    elif issuers and counts:
        yield NOT, because("NOT_DESIGNATED", issuer=issuers[0])
    else:
        yield PERHAPS, because("DESIGNATION_UNKNOWN")


def _signatory(paper: Evidence, need: Requirement, known: Known) -> Iterator[Finding]:
    """Of a report that counts by the arrangement: its accreditation body on the day of issue."""
    if need is not R.ILAC_17025_REPORT or paper.issued is None or not paper.issuer:
        return
    day = paper.issued
    own = sorted(
        (one for one in known.signatories if one.issuer.upper() == paper.issuer.upper()),
        key=lambda one: (one.start or date.min, one.arrangement, one.source),
    )
    for one in own:
        if (one.start or date.min) <= day and (one.end is None or day < one.end):
            yield (
                OK,
                because(
                    "SIGNATORY_THEN", issuer=paper.issuer, arrangement=one.arrangement, day=day
                ),
            )
            return
    if own:
        yield NOT, because("NOT_SIGNATORY", issuer=paper.issuer, day=day, source=own[0].source)
    else:
        yield PERHAPS, because("SIGNATORY_UNKNOWN", issuer=paper.issuer, day=day)


def _owner(route: RouteKnown, known: Known) -> Iterator[Finding]:
    """Who owns the body is a fact of the body, never inferred from a paper."""
    rules = (
        one.source
        for one in known.owner_rules
        if one.market == route.market and one.product in ("", route.product)
    )
    if source := min(rules, default=""):
        yield PERHAPS, because("OWNER_TO_CHECK", source=source)


def _route(route: RouteKnown) -> Iterator[Finding]:
    if not route.sourced:
        yield PERHAPS, because("ROUTE_FROM_MEMORY")
    elif route.sureness is Sureness.LOW:
        yield PERHAPS, because("ROUTE_UNSURE")
