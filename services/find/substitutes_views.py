"""What a question for substitutes answers with."""

from datetime import date

from services.find.compare_views import AccreditationCompared, Owner
from services.find.views import NameView, Reason, View
from services.terms import BodyKind


class LostLine(View, frozen=True, kw_only=True):
    """A line of the body that fell which the other does not have."""

    object: str
    object_also: str
    parameter: str
    parameter_also: str
    method: str
    standards: tuple[str, ...]


class Substitute(View, frozen=True, kw_only=True):
    """A body that keeps some of the lines under accreditations that stand on the day.

    Each line counts once: ``same`` word for word, ``same_method`` with another object or parameter,
    ``same_standard`` with another edition or wording of the method, else ``lost``. ``lost_first``:
    the first of those. ``losses``: what else changes, by codes.
    """

    id: str
    names: tuple[NameView, ...]
    kinds: tuple[BodyKind, ...]
    country: str
    region: str
    city: str
    made: bool
    same: int
    same_method: int
    same_standard: int
    lost: int
    lost_first: tuple[LostLine, ...]
    losses: tuple[Reason, ...]
    accreditations: tuple[AccreditationCompared, ...]  # those that hold the lines kept
    owners: tuple[Owner, ...]  # none: no source states one


class Substitutes(View, frozen=True, kw_only=True):
    """``lines``: those to be replaced. ``which``: fallen (of accreditations that do not stand on
    the day, or lines suspended alone) or all (everything of it stands). ``schedule_of``: the lines
    are those last known, of that day; None: as known then. ``more_lines``: further ones than were
    looked at. ``fits``: bodies that share a line, whatever they stand; ``looked_at``: of those the
    ones that share the most, whose standing was decided; ``standing``: of these the ones that
    keep a line under an accreditation that stands."""

    body: str
    names: tuple[NameView, ...]
    standings: dict[str, int]
    which: str
    lines: int
    more_lines: bool
    schedule_of: date | None
    fits: int
    looked_at: int
    standing: int
    substitutes: tuple[Substitute, ...]
