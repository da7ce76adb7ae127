"""The validity decision: dated facts in, a verdict with reasons out. The only place that names a
status. Reading order: facts, reasons, spells, scope, decide, turns, stretch, golden."""

from services.validity.decide import (
    STALE_AFTER_DAYS,
    WARN_AFTER_DAYS,
    decide,
    decide_known,
    standing,
)
from services.validity.facts import (
    RULE_VERSION,
    Activity,
    Check,
    Decision,
    Event,
    Facts,
    Line,
    OtherStatement,
    Question,
    Standing,
)
from services.validity.reasons import REASONS, Reason, because, sentence
from services.validity.spells import Known, lay_out
from services.validity.stretch import ADVERSE, stretch_of
from services.validity.turns import next_turn

__all__ = [
    "ADVERSE",
    "REASONS",
    "RULE_VERSION",
    "STALE_AFTER_DAYS",
    "WARN_AFTER_DAYS",
    "Activity",
    "Check",
    "Decision",
    "Event",
    "Facts",
    "Known",
    "Line",
    "OtherStatement",
    "Question",
    "Reason",
    "Standing",
    "because",
    "decide",
    "decide_known",
    "lay_out",
    "next_turn",
    "sentence",
    "standing",
    "stretch_of",
]
