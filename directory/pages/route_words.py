"""Words of acceptance: why a requirement is met or not, who must do it, what the chain is made of.

English sentences stand in services.routes.reasons; here they are what catalogues translate.
"""

from collections.abc import Iterable

from directory.pages.market_words import product_word, requirement_word
from directory.pages.standing import VERDICTS
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.market_views import DayView, RouteMet
from services.routes.chain import Link
from services.routes.facts import OWNER
from services.routes.judge import OURS, Way
from services.routes.met import Met, State, Who
from services.routes.reasons import Because
from services.terms import RouteLinkKind, Verdict

TO_DO = "to_do"  # not met yet, and nobody's failure: the maker or his importer does it
STATES: dict[str, str] = {
    State.SATISFIED: N_("met"),
    State.UNKNOWN: N_("not known"),
    State.UNSATISFIED: N_("not met"),
    TO_DO: N_("to be done by others"),
}
# icon and tone beside the word; colour is never alone
LOOKS: dict[str, tuple[str, str]] = {
    State.SATISFIED: ("yes", "ok"),
    State.UNKNOWN: ("unk", "unk"),
    State.UNSATISFIED: ("out", "bad"),
    TO_DO: ("wait", "unk"),
}
LINK_LOOKS: dict[str, tuple[str, str, str]] = {
    "holds": ("yes", "ok", N_("holds")),
    "broken": ("out", "bad", N_("broken")),
    "unknown": ("unk", "unk", N_("open")),
}
WHO: dict[str, str] = {
    Who.BODY: N_("the body"),
    Who.PARTNER: N_("its partner there"),
    Who.MAKER: N_("the maker"),
    Who.IMPORTER: N_("the importer"),
    Who.AUTHORITY: N_("the authority"),
}
REGIONS: dict[str, str] = {
    "africa": N_("Africa"),
    "americas": N_("The Americas"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "middle_east": N_("The Middle East"),
    "oceania": N_("Oceania"),
    "other": N_("Elsewhere"),
}
LINKS_TO: dict[str, str] = {
    RouteLinkKind.GUIDE: N_("guide"),
    RouteLinkKind.TBT: N_("notification to the WTO"),
    RouteLinkKind.LAW: N_("legal text"),
    RouteLinkKind.REGISTER: N_("register"),
}
PARTS: dict[str, str] = {
    "site": N_("site"),
    "line": N_("scope line"),
    "accreditation": N_("accreditation or designation"),
    "accreditation_body": N_("accreditation body"),
    "arrangement": N_("arrangement"),
    "designation": N_("whose designation counts"),
    "ownership": N_("ownership"),
    "rule": N_("rule of the market"),
}
REASONS: dict[str, str] = {
    "REPORT_OF_SIGNATORY": N_(
        "%(label)s covers it, and %(issuer)s was a signatory of %(arrangement)s."
    ),
    "DESIGNATED": N_("%(label)s stands; what %(issuer)s designates or accredits fulfils this."),
    "SITE_THERE": N_("%(label)s covers its site %(site)s in %(country)s."),
    "OWNER_STATED": N_("%(source)s states the owner %(owner)s and calls it no prohibited one."),
    "MAKER_DECLARES": N_("The maker declares conformity; no body can do it for him."),
    "IMPORTER_REGISTERS": N_("The maker's importer or representative registers the product there."),
    "AUTHORITY_DECIDES": N_("The authority decides whether it takes a foreign certificate."),
    "DOES_NOT_STAND": N_("%(label)s did not stand on that day: %(verdict)s."),
    "NOT_IN_SCOPE": N_("%(label)s does not name %(standard)s in its scope."),
    "SITE_NOT_COVERED": N_("%(label)s does not cover the site %(site)s in %(country)s."),
    "NOT_SIGNATORY_THEN": N_("%(issuer)s was no signatory of %(arrangement)s on that day."),
    "NOT_DESIGNATED": N_("It is not on the list of %(issuer)s, read last on %(day)s (%(source)s)."),
    "NO_SITE_THERE": N_("None of the sites that its schedules name lies in %(country)s."),
    "PROHIBITED_OWNER": N_("%(source)s calls its owner %(owner)s a prohibited one (%(rule)s)."),
    "HINT_ONLY": N_("The route is from memory: a hint to check, not a fact."),
    "DESIGNATOR_FROM_MEMORY": N_(
        "That %(issuer)s designates for this is from memory: a hint to check."
    ),
    "STANDING_UNKNOWN": N_("How %(label)s stood on that day is not known: %(verdict)s."),
    "FLEXIBLE_LIST_UNSEEN": N_("%(label)s has a flexible scope; its list of methods was not seen."),
    "SCOPE_NOT_HELD": N_("The scope of %(label)s on that day is not held: see its own schedule."),
    "SCOPE_NOT_ASKED": N_(
        "%(label)s stands; name a standard to see whether its scope covers the product."
    ),
    "NO_ACCREDITATION_KNOWN": N_("No accreditation of the kind that is asked for is known of it."),
    "ARRANGEMENT_LISTED": N_(
        "%(issuer)s is listed for %(scopes)s as of %(day)s; on that day: unknown."
    ),
    "ARRANGEMENT_UNLISTED": N_(
        "No arrangement is listed for %(issuer)s; that is no proof of none."
    ),
    "NO_DESIGNATOR": N_("Whose designation fulfils this is not known from a source."),
    "NO_SOURCE_HELD": N_(
        "No source of %(issuer)s is held, so nobody can be said to be missing from its list."
    ),
    "SITE_CLAIM_ONLY": N_(
        "It says that it works in %(country)s; no accreditation is known to cover it."
    ),
    "PARTNER_THERE": N_("In %(country)s it works through %(partner)s, who must hold this."),
    "NO_SITE_KNOWN": N_("No site of it in %(country)s is known."),
    "SEAT_ONLY": N_("Its seat is in %(country)s; %(label)s names no site."),
    "OWNERSHIP_NOT_STATED": N_("Ownership is not stated by any source that is held."),
    "OWNER_NOT_JUDGED": N_(
        "%(source)s states the owner %(owner)s; whether the rule bars it is not said."
    ),
    "START_TO_BE_NOTIFIED": N_("A date of it is yet to be notified: %(words)s."),
    "DATE_AHEAD": N_("%(on)s: %(words)s."),
}
# what a link of the chain says beside its name and days
SAYS: dict[str, str] = {
    "LINE_NOT_ASKED": N_("no standard was asked"),
    "LINE_OPEN": N_("no line is known that covers %(standard)s"),
    "BODY_NOT_LISTED": N_("not in the reference list"),
    "LISTED_AS_OF": N_("listed for %(scopes)s as of %(day)s; on that day: unknown"),
    "NOT_LISTED": N_("no arrangement is listed; that is no proof of none"),
    "DESIGNATES_MEMORY": N_("from memory"),
    "RULE_MEMORY": N_("from memory: a hint to check"),
}


class Said:
    """The words of one language, for templates."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue

    def product(self, word: str) -> str:
        return product_word(self._tongue, word)

    def requirement(self, word: str) -> str:
        if word == OWNER:
            return self._tongue(N_("no owner whom the rule prohibits"))
        return requirement_word(self._tongue, word)

    def way(self, words: tuple[str, ...]) -> str:
        """All that an alternative asks for, in a row."""
        joint = self._tongue(N_(" together with "))
        return joint.join(self.requirement(word) for word in words)

    def any_of(self, words: tuple[str, ...]) -> str:
        return self._tongue.listed(self.requirement(word) for word in words)

    def state(self, state: str) -> str:
        return self._tongue(STATES[state])

    def met(self, one: Met) -> str:
        """How a requirement is marked: what is left to others is no failure of the body."""
        left = one.state is State.UNSATISFIED and one.who not in OURS
        return TO_DO if left else one.state.value

    def way_met(self, way: Way) -> str:
        """The same of an alternative: only what the body itself fails makes it one that is not."""
        failed = any(self.met(one) == State.UNSATISFIED for one in way.asks)
        return TO_DO if way.state is State.UNSATISFIED and not failed else way.state.value

    def best(self, ways: Iterable[Way]) -> str:
        """The same of a route, or of all routes of a market: as its best alternative is."""
        order = [State.SATISFIED.value, TO_DO, State.UNKNOWN.value, State.UNSATISFIED.value]
        return min((self.way_met(way) for way in ways), key=order.index, default="unknown")

    def market(self, routes: Iterable[RouteMet]) -> str:
        return self.best(way for route in routes for way in route.ways)

    def who(self, who: str) -> str:
        return self._tongue(WHO[who])

    def region(self, region: str) -> str:
        return self._tongue(REGIONS[region])

    def part(self, what: str) -> str:
        return self._tongue(PARTS[what])

    def link_to(self, kind: str) -> str:
        return self._tongue(LINKS_TO[kind])

    def reason(self, reason: Because) -> str:
        return self._tongue(REASONS[reason.code], **self._params(reason.params))

    def says(self, link: Link) -> str:
        words = SAYS.get(link.code)
        return self._tongue(words, **self._params(link.params)) if words else ""

    def _params(self, params: dict[str, str]) -> dict[str, str]:
        said = dict(params)
        if "country" in said:
            said["country"] = self._tongue.country(said["country"])
        if "verdict" in said:
            said["verdict"] = self._tongue(VERDICTS[Verdict(said["verdict"])])
        return said

    def on(self, day: DayView) -> str:
        """A date no more exact than the route names it."""
        if day.on is None:
            return self._tongue(N_("yet to be notified"))
        return day.on.isoformat()[: {"year": 4, "month": 7}.get(day.precision, 10)]
