"""What the pages of choosing say: parts of a comparison, unknowns by their code."""

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.compare_views import Part, Unknown

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


def why_unknown(tongue: Tongue, one: Unknown) -> str:
    """In the page's language by its code; the English sentence where the code is not known."""
    if one.code not in UNKNOWNS:
        return one.text
    params = dict(one.params)
    if "market" in params:
        params["market"] = tongue.country(params["market"])
    return tongue(UNKNOWNS[one.code]).format(**params)
