"""Words of markets: products, what routes ask for, how sure a row is. In plain words for people;
accreditation, designation, recognition and acceptance are never exchanged.
"""

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.terms import Requirement, RouteDayKind, Sureness

PRODUCTS: dict[str, str] = {
    "automotive": N_("vehicles and their parts"),
    "batteries": N_("batteries"),
    "chemicals": N_("chemicals"),
    "construction": N_("construction products"),
    "electrical_safety": N_("electrical equipment (safety)"),
    "emc": N_("electromagnetic compatibility"),
    "food": N_("food"),
    "food_contact": N_("food contact materials"),
    "lead_paint": N_("lead in paint"),
    "machinery": N_("machinery"),
    "medical_devices": N_("medical devices"),
    "ppe": N_("personal protective equipment"),
    "pv": N_("photovoltaic modules"),
    "radio": N_("radio equipment"),
    "telecom": N_("telecommunications equipment"),
    "textiles": N_("textiles"),
    "toys": N_("toys"),
}
REQUIREMENTS: dict[str, str] = {
    Requirement.SDOC: N_("the maker's own declaration of conformity"),
    Requirement.NOTIFIED_BODY: N_("a certificate of a notified body"),
    Requirement.APPROVED_BODY: N_("a certificate of an approved body"),
    Requirement.ILAC_17025_REPORT: N_(
        "a report of an ISO/IEC 17025 laboratory accredited by a signatory of the MRA"
    ),
    Requirement.IECEE_CB: N_("a CB certificate with its report (IECEE)"),
    Requirement.GLP_MAD: N_("a GLP study under mutual acceptance of data"),
    Requirement.PREMARKET_REGISTRATION: N_("registration before it is sold"),
    Requirement.IN_COUNTRY_LAB: N_("a test by a laboratory in the country"),
    Requirement.IN_COUNTRY_CB: N_("a certificate of a certification body in the country"),
    Requirement.REGULATOR_ACCEPTED_LAB: N_("a test by a laboratory that the regulator accepts"),
    Requirement.TECHNICAL_SERVICE: N_("a test by or before a designated technical service"),
    Requirement.FOREIGN_REGISTERED_CAB: N_(
        "a certificate of a foreign body registered with the authority"
    ),
    Requirement.DESIGNATED_FOREIGN_CAB_MRA: N_(
        "a foreign body designated under an agreement of governments"
    ),
    Requirement.EQUIVALENCE_ACCEPTED: N_("foreign evidence that the authority takes as equal"),
    Requirement.PRESHIPMENT_VOC: N_("verification of conformity before shipment"),
}
SURENESS: dict[str, str] = {
    Sureness.HIGH: N_("high confidence"),
    Sureness.MEDIUM: N_("medium confidence"),
    Sureness.LOW: N_("low confidence"),
}
DAYS: dict[str, str] = {
    RouteDayKind.APPLIES: N_("applies from"),
    RouteDayKind.UNTIL: N_("no longer from"),
    RouteDayKind.PROPOSED: N_("proposed"),
    RouteDayKind.ISSUED: N_("published"),
    RouteDayKind.MENTIONED: N_("named without saying more"),
}


def product_word(tongue: Tongue, product: str) -> str:
    """A product in words; one that has none yet as its routes write it."""
    known = PRODUCTS.get(product)
    return tongue(known) if known else product.replace("_", " ")


def requirement_word(tongue: Tongue, requirement: str) -> str:
    return tongue(REQUIREMENTS[Requirement(requirement)])
