"""Asking the decision: from what is held of an accreditation to what a page shows of it."""

from datetime import date
from typing import Any

from services.store.merge import AccreditationHeld
from services.validity import Decision, Question, Reason, decide, sentence, standing


def judge(acc: AccreditationHeld, on: date, known_on: date) -> Decision:
    """The decision for the accreditation as a whole on a day, as known at the end of another."""
    return decide(acc.facts, Question(None, None, on, known_on))


def status(decision: Decision) -> dict[str, Any]:
    """A decision in plain values, in the shape of services.find.views.StatusView."""
    return {
        "verdict": decision.verdict.value,
        "standing": standing(decision).value,
        "partial": decision.partial,
        "reasons": reasons_of(decision),
        "confidence": decision.confidence.value,
        "since": _iso(decision.since),
        "until": _iso(decision.until),
        "last_check": _iso(decision.last_check),
    }


def reasons_of(decision: Decision) -> list[dict[str, Any]]:
    """Its reasons in plain values, in the shape of services.find.views.Reason."""
    return [reason_of(reason) for reason in decision.reasons]


def reason_of(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "rule": reason.rule,
        "params": {name: str(value) for name, value in reason.params.items()},
        "text": sentence(reason),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def brief(acc: AccreditationHeld, decision: Decision) -> dict[str, Any]:
    """In plain values, in the shape of services.find.views.AccreditationBrief."""
    return {
        "id": f"a{acc.id}",
        "kind": acc.kind.value,
        "issuer": acc.issuer,
        "number": acc.number,
        "field": acc.field,
        "standard": acc.standard,
        "status": status(decision),
        "expires": _iso(acc.facts.expires),
        "lines": acc.line_count,
    }
