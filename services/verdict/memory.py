"""What was read for one time of knowledge, kept for the next questions about the same.

What was known at a time never changes, so that an audit need not read an accreditation again for
the next of its lots that names it. Lots are composed by number: it is the next one, seldom a later.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from services.store.looks import Looks, RecordSeen
from services.store.merge import AccreditationSaid

MOST = 2_000  # accreditations, some 8 kB each


@dataclass(frozen=True, slots=True)
class Holding:
    """An accreditation and its holder, as linked at the time asked about."""

    id: int
    body_id: int
    issuer: str
    number: str
    number_key: str


@dataclass(slots=True)
class Memory:
    """For questions as known at ``known_at`` alone. ``holdings``: those with a number, by its key;
    ``names``: of bodies; ``said``: everything that was said of an accreditation, by id;
    ``records``: that said it; ``looks``: at lists and at look-up pages."""

    known_at: datetime
    holdings: dict[str, list[Holding]] = field(default_factory=dict)
    names: dict[int, list[str]] = field(default_factory=dict)
    said: dict[int, AccreditationSaid] = field(default_factory=dict)
    records: dict[int, RecordSeen] = field(default_factory=dict)
    looks: Looks = field(default_factory=dict)

    def make_room(self) -> None:
        """What was read first is forgotten once it is too much."""
        _forget(self.holdings)
        _forget(self.names)
        _forget(self.looks)
        if _forget(self.said):
            bodies = {one.body_id for one in self.said.values()}
            self.records = {i: one for i, one in self.records.items() if one.body_id in bodies}


def _forget(kept: dict[Any, Any]) -> bool:
    """Whether anything had to go."""
    over = list(islice(kept, max(0, len(kept) - MOST)))
    for key in over:
        del kept[key]
    return bool(over)
