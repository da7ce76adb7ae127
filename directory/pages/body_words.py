"""Words of a body's brand and way abroad. A mark designated is not yet protected, a membership
recognises nothing, acceptance is no recognition: each word says what it is and no more.
"""

from directory.pages.words import N_
from services.terms import CooperationKind, ProjectStatus, RecognitionLevel

SAID: dict[str, dict[str, str]] = {
    "cooperation": {
        CooperationKind.AGENCY: N_("agency"),
        CooperationKind.SUBCONTRACT: N_("subcontract"),
        CooperationKind.JOINT_LABORATORY: N_("joint laboratory"),
        CooperationKind.JOINT_VENTURE: N_("joint venture"),
        CooperationKind.WITNESSED_TESTING: N_("witnessed testing"),
        CooperationKind.CBTL_UNDER_NCB: N_("CB testing laboratory under a partner's NCB"),
        CooperationKind.DATA_ACCEPTANCE: N_("acceptance of data"),
    },
    "reach": {
        RecognitionLevel.PRODUCT: N_("for a product"),
        RecognitionLevel.SYSTEM: N_("for a system"),
        RecognitionLevel.FIELD: N_("for a field"),
        RecognitionLevel.COUNTRY: N_("for a country"),
    },
    "project": {
        ProjectStatus.PLANNED: N_("planned"),
        ProjectStatus.UNDER_WAY: N_("under way"),
        ProjectStatus.RUNNING: N_("running"),
        ProjectStatus.ENDED: N_("ended"),
    },
    "mark": {
        "applied": N_("applied for, not yet protected"),
        "designated": N_("designated, not yet protected"),
        "registered": N_("registered"),
        "opposed": N_("opposed"),
        "refused": N_("refused"),
        "lapsed": N_("lapsed"),
        "cancelled": N_("cancelled"),
        "invalidated": N_("invalidated"),
    },
    "category": {
        "full": N_("full member"),
        "associate": N_("associate member"),
        "observer": N_("observer"),
        "stakeholder": N_("stakeholder"),
        "participant": N_("participant"),
    },
    "stage": {
        "design": N_("design"),
        "development": N_("development"),
        "production": N_("production"),
        "export": N_("export"),
        "after_sales": N_("after sales"),
    },
    "pool": {
        "expert": N_("experts"),
        "young professional": N_("young professionals"),
        "trained": N_("trained staff"),
    },
    "product": {
        "automotive": N_("vehicles and their parts"),
        "batteries": N_("batteries"),
        "chemicals": N_("chemicals"),
        "construction": N_("construction products"),
        "electrical_safety": N_("electrical equipment (safety)"),
        "emc": N_("electromagnetic compatibility"),
        "food": N_("food"),
        "food_contact": N_("food contact materials"),
        "machinery": N_("machinery"),
        "medical_devices": N_("medical devices"),
        "ppe": N_("personal protective equipment"),
        "pv": N_("photovoltaic products"),
        "radio": N_("radio equipment"),
        "telecom": N_("telecommunications equipment"),
        "textiles": N_("textiles"),
        "toys": N_("toys"),
    },
}
# what may be on record of a body: anchor of its section, words
RECORD: tuple[tuple[str, str, str], ...] = (
    ("identifiers", "glance", N_("a number in a company register")),
    ("accreditations", "accreditations", N_("accreditations or designations")),
    ("scope", "scope", N_("scope, line by line")),
    ("sites", "places", N_("sites")),
    ("presences", "places", N_("presence abroad")),
    ("trademarks", "credentials", N_("trade marks")),
    ("memberships", "credentials", N_("memberships")),
    ("proficiency", "credentials", N_("proficiency testing results")),
    ("cooperations", "abroad", N_("cooperation")),
    ("acceptances", "abroad", N_("results accepted abroad")),
    ("accompaniments", "abroad", N_("cases")),
    ("ownerships", "ownership", N_("ownership")),
)
