"""A body that fits a question, and what orders it among the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.find.views import BodyCard

ITSELF, STATED, HINTED = 2, 1, 0  # values of ``near``

Key = tuple[int, int, int, int, int, int, int, int, int, str, int]

# One number for what orders after the name: compared at once where many fit.
WEIGHT = (
    "((((({near} * 32 + {units}) * 2 + (d.stands > 0)::int) * 8 + {level}) * 134217728::bigint"
    " + least(d.lines, 134217727)) * 4 + d.stands)"
)
_BELOW_LEVEL = 134217728 * 4


@dataclass(slots=True)
class Ranked:
    """``answers``, ``lines_hit``: told of the first ones and of all that are shown; ``weight``:
    orders the others, by near, units_hit, usable, level, lines and stands; ``at_least``: so many
    lines surely hold each of the words, where they are not counted; ``best``: ids of the lines to
    quote, where they were found by their terms."""

    document_id: int
    body_id: int
    sort_name: str
    stands: int
    lines: int
    number_hit: int
    all_in_name: int
    near: int
    units_hit: int
    weight: int
    named: Sequence[bool]
    first: bool = False
    answers: int = 0
    lines_hit: int = 0
    at_least: int = 0
    best: Sequence[int] = ()
    card: BodyCard | None = None
    found_by: Sequence[str] = ()

    @property
    def usable(self) -> int:
        return int(self.stands > 0)

    @property
    def level(self) -> int:
        """At which its lines hold all words (``tokens.LEVELS``); 0: below, or not asked."""
        return self.weight // _BELOW_LEVEL % 8

    @property
    def key(self) -> Key:
        order = 0, 0, 0, 0, self.weight
        if self.first:
            order = self.near, self.answers, self.units_hit, self.usable, self.lines_hit
        return (
            *(int(self.first), self.number_hit, self.all_in_name, *order),
            *(self.stands, self.sort_name, self.body_id),
        )


def order_of(key: Key) -> tuple[int | str, ...]:
    *best, name, body_id = key
    return (*(-int(one) for one in best), name, body_id)
