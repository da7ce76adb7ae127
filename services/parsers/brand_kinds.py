"""What a brand table holds, a kind each: its facts, the columns that must be filled, what tells two
facts of one body apart. Columns bear the names of the fields in services.kit and services.abroad.
"""

from dataclasses import dataclass

from services.abroad import (
    Acceptance,
    Accompaniment,
    Cooperation,
    Expertise,
    Offer,
    Ownership,
    Project,
    Zone,
)
from services.fact import Fact
from services.kit import Credential, Presence

# whose fact it is: a name, and a number to know it by
BODY = (
    "body_name_zh", "body_name_en", "body_uscc", "body_lei", "body_issuer", "body_number",
    "body_country",
)  # fmt: skip
EVIDENCE = ("level", "evidence", "evidence_on")
PERIOD = ("from", "until")  # first and last day, both inclusive
_TECHNICAL = ("key", "raw", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Kind:
    """``part``: the field of a Draft. ``must``: columns filled in every row. ``tell``: columns that
    tell the facts of one body apart; no other column may change them. ``more``: columns that are no
    field of the fact."""

    part: str
    fact: type[Fact]
    must: tuple[str, ...]
    tell: tuple[str, ...]
    more: tuple[str, ...] = ()
    of_body: bool = True

    def fields(self) -> tuple[str, ...]:
        """The columns that are fields of the fact itself."""
        return tuple(name for name in self.fact.__struct_fields__ if name not in _TECHNICAL)

    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        own = dict.fromkeys((*self.fields(), *PERIOD, *self.more, "evidence_on"))
        return (*(BODY if self.of_body else ()), *own)


KINDS: dict[str, Kind] = {
    "presence": Kind(
        "presences", Presence, ("country", "mode"), ("country", "city", "mode", "partner")
    ),
    "credentials": Kind(
        "credentials",
        Credential,
        ("kind", "title", "issuer", "number"),
        ("kind", "issuer", "number", "territory", "nice_class"),
        more=("buyable",),
    ),
    "cooperation": Kind(
        "cooperations",
        Cooperation,
        ("kind", "partner", "countries", "outputs"),
        ("kind", "partner", "product"),
    ),
    "acceptance": Kind(
        "acceptances",
        Acceptance,
        ("accepter", "country", "result", "instrument", "from"),
        ("accepter", "country", "result", "product", "standard"),
    ),
    "projects": Kind(
        "projects", Project, ("title", "partners", "country", "document", "status"), ("title",)
    ),
    "accompaniment": Kind(
        "accompaniments",
        Accompaniment,
        ("title", "country", "product", "service", "consent"),
        ("country", "product", "service", "from"),  # never the title: it may name the client
    ),
    "expertise": Kind(
        "expertise", Expertise, ("field", "count"), ("field", "committee", "language", "pool")
    ),
    "ownership": Kind("ownerships", Ownership, ("owner", "owner_country"), ("owner",)),
    "offers": Kind("offers", Offer, ("title", "stage"), ("title", "hs_code")),
    "zones": Kind(
        "zones", Zone, ("name", "country", "cities", "policy", "url"), ("name",), of_body=False
    ),
}
