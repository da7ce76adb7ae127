"""What the filters of the lists of going abroad can be set to: the words that the lists hold."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from services import models as m
from services.find.abroad_words import values

# list → filter → the columns whose words it takes; filters of free text have none
_COLUMNS: dict[str, dict[str, tuple[Any, ...]]] = {
    "cooperation": {
        "country": (m.Cooperation.countries,),
        "product": (m.Cooperation.product,),
    },
    "acceptance": {"country": (m.Acceptance.country,), "product": (m.Acceptance.product,)},
    "projects": {"country": (m.Project.country,), "product": (m.Project.product,)},
    "cases": {
        "country": (m.Accompaniment.country,),
        "product": (m.Accompaniment.product,),
        "sector": (m.Accompaniment.sector,),
    },
    "experts": {
        "field": (m.Expertise.field,),
        "committee": (m.Expertise.committee,),
        "language": (m.Expertise.language,),
    },
    "services": {
        "stage": (m.Offer.stage,),
        "product": (m.Offer.product,),
        "language": (m.Offer.languages,),
    },
    "memberships": {},
}


def to_choose(conn: Connection, name: str, known_at: datetime) -> dict[str, Sequence[str]]:
    """Filter → the words of a list, as known then: one query a filter, at most three."""
    return {one: values(conn, columns, known_at) for one, columns in _COLUMNS[name].items()}
