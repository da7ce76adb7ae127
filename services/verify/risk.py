"""How soon a fact is to be checked again, by what is at stake: the rule table and nothing else.

The SQL of :mod:`services.verify.due` finds the reasons; this table alone says what they weigh.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.settings import VerifySettings, duration

EXPIRING_DAYS = 60
AGEING_DAYS = 21  # nine days before the warning at 30 (BRIEF "Staleness"), so that none is needed
SPREAD = 0.125  # at most this part of the interval earlier, so that one day's facts part ways


class Risk(StrEnum):
    """Why a fact is looked up sooner than weekly. In the order of the harm of a stale answer."""

    ADVERSE_WORD = "adverse_word"  # a lower tier suspended or withdrew what the highest holds valid
    SUSPENDED = "suspended"  # as any record says, in whole or in part
    CONTRADICTED = "contradicted"  # two sources differ, and nobody ruled on what they say now
    EXPIRING = "expiring"
    AGEING = "ageing"  # its last good check is old enough to turn stale soon
    WATCHED = "watched"  # its body stands on somebody's watchlist
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class Rule:
    """``part``: of which setting the interval is, and which part of it. ``harm``: 0 comes first."""

    risk: Risk
    harm: int
    risky: bool
    part: float


# BRIEF "Staleness": weekly, daily where suspended or about to expire; "Source tiers": a lower
# tier's adverse word calls for a re-check at the register.
RULES = (
    Rule(Risk.ADVERSE_WORD, 0, True, 0.25),
    Rule(Risk.SUSPENDED, 1, True, 1),
    Rule(Risk.CONTRADICTED, 2, True, 1),
    Rule(Risk.EXPIRING, 3, True, 1),
    Rule(Risk.AGEING, 4, True, 1),
    Rule(Risk.WATCHED, 5, False, 0.5),
    Rule(Risk.ORDINARY, 6, False, 1),
)


def every(rule: Rule, settings: VerifySettings) -> timedelta:
    """The longest time between two checks under this rule."""
    whole = settings.again_after_risky if rule.risky else settings.again_after
    return duration(whole) * rule.part


def interval(reasons: Collection[Risk], settings: VerifySettings) -> timedelta:
    """The shortest that any reason asks for; a fact without one is ordinary."""
    asked = [rule for rule in RULES if rule.risk in reasons or rule.risk is Risk.ORDINARY]
    return min(every(rule, settings) for rule in asked)
