"""What the pages of choosing say: parts of a comparison, unknowns by their code."""

from directory.pages.market_words import REQUIREMENTS, product_word, requirement_word
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.compare_views import Part, Unknown
from services.find.views import Reason
from services.routes.met import State, Who

PARTS: dict[Part, str] = {
    Part.STATUS: N_("Status on the day"),
    Part.SCOPE: N_("Scope lines asked for"),
    Part.ROUTE: N_("Way to the market"),
    Part.ACCREDITATIONS: N_("Accreditations that matter here"),
    Part.DESIGNATIONS: N_("Designations and permissions"),
    Part.PRESENCE: N_("Presence in the market"),
    Part.LANGUAGES: N_("Languages"),
    Part.ADVERSE: N_("What speaks against it"),
    Part.CREDENTIALS: N_("Credentials"),
    Part.BRAND: N_("Trade marks"),
    Part.MARKET_FACTS: N_("Cooperation, acceptance and cases"),
    Part.OWNERSHIP: N_("Ownership"),
    Part.TURNAROUND: N_("How long tests take"),
    Part.KINDS: N_("Kind of body"),
    Part.PLACE: N_("Place"),
}

# codes of services.find.columns; parameters by name
UNKNOWNS: dict[str, str] = {
    "NO_ACCREDITATION": N_("no source names an accreditation of it"),
    "SCHEDULE_NOT_HELD": N_("the schedule of {labels} is not held here"),
    "NO_ROUTE_ASKED": N_("name a market and a product of its routes, as radio, to see the way"),
    "NO_ROUTE": N_("no route for {product} to {market} is held; that says nothing of the market"),
    "NO_DESIGNATION": N_("no source names a designation or permission of it"),
    "NO_PRESENCE_THERE": N_("no source names a presence in {market}, nor that there is none"),
    "NO_PRESENCE": N_("no source names a presence abroad, nor that there is none"),
    "NO_LANGUAGE": N_("no source says in which languages it serves"),
    "NO_CREDENTIAL": N_("no source names a credential of it"),
    "NO_TRADEMARK": N_("no source names a trade mark of it"),
    "NO_MARKET_FACT": N_("no source names a cooperation, an acceptance or a case of it there"),
    "NO_OWNER": N_("no source states who owns it; it is never inferred"),
    "NO_TURNAROUND": N_("no source states how long its tests take"),
    "NO_KIND": N_("no source says what kind of body it is"),
    "NO_PLACE": N_("no source says where it is"),
}

FACTS: dict[str, str] = {
    "cooperation": N_("Cooperation with %(who)s"),
    "acceptance": N_("Its results are accepted by %(who)s"),
    "accompaniment": N_("Case: %(who)s"),
}


STATES: dict[str, tuple[str, str, str]] = {
    State.SATISFIED: ("yes", "ok", N_("met")),
    State.UNKNOWN: ("unk", "unk", N_("unknown")),
    State.UNSATISFIED: ("out", "warn", N_("not met")),
}
WHO: dict[str, str] = {
    Who.BODY: N_("by the body"),
    Who.PARTNER: N_("by its partner there"),
    Who.MAKER: N_("by the maker"),
    Who.IMPORTER: N_("by the importer or representative"),
    Who.AUTHORITY: N_("by the authority"),
}

# codes of services.find.substitutes; parameters by name
LOSSES: dict[str, str] = {
    "LINES_LOST": N_("{n} of {of} lines are not in what stands of it"),
    "OTHER_OBJECTS": N_("lines by the same method for another object or parameter: {n}"),
    "OTHER_EDITIONS": N_("lines by the same standard in another edition or wording: {n}"),
    "OTHER_ISSUER": N_("accredited by {theirs}, not by {own}: ask whether the market takes it"),
    "OTHER_COUNTRY": N_("in {theirs}, not in {own}"),
    "OWNER_UNKNOWN": N_("no source states who owns it"),
}

SINCE_PARTS: dict[str, str] = {
    "status": N_("Status"),
    "route": N_("Way to the market"),
    "adverse": N_("What speaks against it"),
    "lines": N_("Scope lines"),
    "presence": N_("Presence in the market"),
    "credentials": N_("Credentials"),
}
SINCE_WHATS: dict[str, str] = {
    "new": N_("new"),
    "gone": N_("no longer said"),
    "altered": N_("changed"),
}


def loss(tongue: Tongue, one: Reason) -> str:
    """What is lost, in the page's language by its code."""
    if one.code not in LOSSES:
        return one.text
    params = dict(one.params)
    if one.code == "OTHER_COUNTRY":
        params = {name: tongue.country(code) for name, code in params.items()}
    return tongue(LOSSES[one.code]).format(**params)


def why_unknown(tongue: Tongue, one: Unknown) -> str:
    """In the page's language by its code; the English sentence where the code is not known."""
    if one.code not in UNKNOWNS:
        return one.text
    params = dict(one.params)
    if "market" in params:
        params["market"] = tongue.country(params["market"])
    if "product" in params:
        params["product"] = product_word(tongue, params["product"])
    return tongue(UNKNOWNS[one.code]).format(**params)


def step_said(tongue: Tongue, requirement: str) -> str:
    """A requirement of a route in words; the one on owners is no word of the grammar."""
    if requirement not in REQUIREMENTS:
        return tongue(N_("an owner that the rule does not exclude"))
    return requirement_word(tongue, requirement)
