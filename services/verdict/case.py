"""Questions on their way to a verdict, and what those of one call share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from services.store.merge import AccreditationHeld, AccreditationSaid, told_on
from services.store.steady import Steady
from services.validity import Decision, Known, lay_out
from services.verdict.holder import likeness
from services.verdict.identify import Identity
from services.verdict.lines import Laid
from services.verdict.load import Wanted
from services.verdict.memory import Memory
from services.verdict.views import ActivityAsked, Asked, Candidate, Flag


class Stood(msgspec.Struct):
    """An accreditation as it stood on the day ``on``, and on all steady days around that."""

    said: AccreditationSaid
    held: AccreditationHeld
    on: date
    days: Steady | None = None
    laid_out: Known | None = None

    def known(self, known_on: date) -> Known:
        """Its facts as known on the day of this call, laid out once."""
        if self.laid_out is None:
            self.laid_out = lay_out(self.held.facts, known_on)
            if self.days:
                self.laid_out = replace(self.laid_out, looked=self.said.looked())
        return self.laid_out


class Case(msgspec.Struct):
    """One question on its way to a verdict. ``stood``: the accreditation, once it is settled which;
    ``wanted``: which lines of its schedule could be meant; ``known``: the facts that were judged;
    ``line``: the row of the deciding scope line."""

    asked: Asked
    identity: Identity
    flags: list[Flag] = []
    candidates: list[Candidate] = []
    stood: Stood | None = None
    wanted: Wanted | None = None
    known: Known | None = None
    decision: Decision | None = None
    line: Any = None

    @property
    def held(self) -> AccreditationHeld | None:
        return self.stood.held if self.stood else None


@dataclass(slots=True)
class Bench:
    """What the questions of one call share. ``merged_into``: body → the one that it was merged into
    by then. ``each_day``: the answers show what was held on their own day; ``merged``: one merge
    for each (accreditation, day)."""

    memory: Memory
    merged_into: dict[int, int]
    known_on: date
    each_day: bool = False
    merged: dict[tuple[int, date], Stood] = field(default_factory=dict)
    told: dict[tuple[object, ...], Stood] = field(default_factory=dict)  # by Told.key
    steady: dict[tuple[int, date], Stood] = field(default_factory=dict)  # by the first of the days
    sites: dict[int, list[Any]] = field(default_factory=dict)  # accreditation → rows
    # rows of lines that could be meant, and by which keys they were read
    lines: dict[Wanted, Sequence[Any]] = field(default_factory=dict)
    read_by: dict[Wanted, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    # lines laid out for what was asked of a schedule, whatever the day
    laid: dict[tuple[Wanted, ActivityAsked | None, tuple[Any, ...]], Laid] = field(
        default_factory=dict
    )
    alike: dict[tuple[str, int], float | None] = field(default_factory=dict)

    def likeness(self, claimed: str, body_id: int) -> float | None:
        """How much of the claimed holder's name is in this body's; None where that is open."""
        key = claimed, body_id
        if key not in self.alike:
            self.alike[key] = likeness(claimed, self.memory.names.get(body_id, ()))
        return self.alike[key]

    def on(self, said: AccreditationSaid, on: date) -> Stood:
        """The accreditation as it stood on that very day."""
        key = said.id, on
        if key not in self.merged:
            told = told_on(said, on, self.memory.known_at)
            same = said.id, *told.key
            if same not in self.told:
                self.told[same] = Stood(said, told.held(), on)
            self.merged[key] = self.told[same]
        return self.merged[key]

    def around(self, said: AccreditationSaid, on: date) -> Stood:
        """The same, with the facts of another day where these decide alike."""
        days = None if self.each_day else said.steady(on)
        if days is None or said.looked()[-1:] > [self.known_on]:
            return self.on(said, on)
        key = said.id, days.first
        if key not in self.steady:
            held = told_on(said, on, self.memory.known_at).held()
            self.steady[key] = Stood(said, held, on, days)
        return self.steady[key]
