"""The vocabulary of going abroad in words, and the parts of its pages."""

from dataclasses import dataclass

from directory.pages.words import N_
from services.terms import CooperationKind, ObstacleState, ProjectStatus, RecognitionLevel


@dataclass(frozen=True, slots=True)
class Part:
    """A list of its own page: ``filters`` are its parameters, in the order of the form."""

    slug: str
    api: str
    title: str
    lead: str
    none: str
    filters: tuple[str, ...]


PARTS: tuple[Part, ...] = (
    Part(
        "cooperation",
        "/cooperations",
        N_("Cooperation agreements"),
        N_("With whom bodies work abroad: what may be issued there, and in whose name."),
        N_("No source names such an agreement."),
        ("country", "product", "kind", "recognition"),
    ),
    Part(
        "acceptance",
        "/acceptances",
        N_("Results accepted abroad"),
        N_("Whose results are taken by whom. Acceptance uses a result; it recognises no body."),
        N_("No source names such an acceptance."),
        ("country", "product", "standard"),
    ),
    Part(
        "projects",
        "/projects",
        N_("“Small and beautiful” projects"),
        N_(
            "Mutual recognition between institutions, document by document. None of these is a "
            "treaty or an arrangement between accreditation bodies."
        ),
        N_("No source names such a project."),
        ("country", "product", "status"),
    ),
    Part(
        "cases",
        "/accompaniments",
        N_("Cases of going abroad together"),
        N_(
            "Who went abroad with a manufacturer. Clients are not named; words that may tell who "
            "one is are shown only where the client agreed."
        ),
        N_("No source names such a case."),
        ("country", "product", "sector"),
    ),
    Part(
        "experts",
        "/expertise",
        N_("Experts"),
        N_("How many experts bodies have, by field, committee and language. No person is named."),
        N_("No source names such experts."),
        ("field", "committee", "language"),
    ),
    Part(
        "services",
        "/offers",
        N_("Services along the industrial chain"),
        N_("What bodies offer from design to market, by product and HS code."),
        N_("No source names such a service."),
        ("stage", "product", "hs_code", "language"),
    ),
    Part(
        "memberships",
        "/memberships",
        N_("Memberships"),
        N_("A membership is participation. It recognises no result and accredits nobody."),
        N_("No source names such a membership."),
        ("organisation", "category"),
    ),
)
BY_SLUG = {one.slug: one for one in PARTS}

LABELS: dict[str, str] = {
    "country": N_("Country or region"),
    "product": N_("Product"),
    "kind": N_("Kind of cooperation"),
    "recognition": N_("How far it reaches"),
    "standard": N_("Standard"),
    "status": N_("State"),
    "sector": N_("Sector"),
    "field": N_("Field"),
    "committee": N_("Committee"),
    "language": N_("Language"),
    "stage": N_("Stage"),
    "hs_code": N_("HS code"),
    "organisation": N_("Organisation"),
    "category": N_("Category"),
}

KINDS: dict[str, str] = {
    CooperationKind.AGENCY: N_("agency"),
    CooperationKind.SUBCONTRACT: N_("subcontract"),
    CooperationKind.JOINT_LABORATORY: N_("joint laboratory"),
    CooperationKind.JOINT_VENTURE: N_("joint venture"),
    CooperationKind.WITNESSED_TESTING: N_("witnessed testing"),
    CooperationKind.CBTL_UNDER_NCB: N_("CB testing laboratory under a partner's NCB"),
    CooperationKind.DATA_ACCEPTANCE: N_("acceptance of data"),
}
LEVELS: dict[str, str] = {
    RecognitionLevel.PRODUCT: N_("for a product"),
    RecognitionLevel.SYSTEM: N_("for a system"),
    RecognitionLevel.FIELD: N_("for a field"),
    RecognitionLevel.COUNTRY: N_("for a country"),
}
STATES: dict[str, str] = {
    ProjectStatus.PLANNED: N_("planned"),
    ProjectStatus.UNDER_WAY: N_("under way"),
    ProjectStatus.RUNNING: N_("running"),
    ProjectStatus.ENDED: N_("ended"),
}
# shape of the mark, tone, words
OBSTACLES: dict[str, tuple[str, str, str]] = {
    ObstacleState.WAITING: ("wait", "unk", N_("waits for a steward")),
    ObstacleState.PUBLISHED: ("yes", "warn", N_("published")),
    ObstacleState.REJECTED: ("out", "unk", N_("not published")),
}
