"""Whose accreditation a question is about: of those that it names the one to judge, or the verdict
where none can be."""

from collections.abc import Sequence
from datetime import date

from services.terms import Verdict
from services.validity import Decision, Question, because, decide
from services.verdict.case import Bench, Case
from services.verdict.flags import flag
from services.verdict.holder import NEAR, SAME, likeness
from services.verdict.identify import LONGEST, MOST_CANDIDATES, body_id_of
from services.verdict.memory import Holding
from services.verdict.views import Asked, Candidate

_NOT_BORNE = frozenset({Verdict.NOT_YET_GRANTED, Verdict.NOT_FOUND, Verdict.UNKNOWN_FUTURE})
_ENDED = frozenset({Verdict.WITHDRAWN, Verdict.SURRENDERED, Verdict.TRANSFERRED, Verdict.EXPIRED})


def settle(case: Case, bench: Bench) -> None:
    """Which accreditation is judged, or the verdict where none can be."""
    asked, found = case.asked, case.identity.found
    if not (asked.accreditation or asked.number or asked.body):
        case.flags.append(flag("NOTHING_NAMED"))
    if len(asked.number) > LONGEST:
        case.flags.append(flag("NUMBER_TOO_LONG", most=LONGEST))
    if not found:
        _not_found(case, bench)
        return
    claimed = [one for one in found if _claimed(one, asked, bench) is not False]
    by_number = bool(asked.number or asked.accreditation)
    if by_number and asked.body and not claimed:
        _another_holder(case, bench)
        return
    chosen = _one_of(case, claimed or found, bench)
    if chosen is None:
        case.flags.append(flag("SEVERAL_HOLDERS", count=len(claimed or found)))
        case.candidates = _candidates(claimed or found, asked, bench)
        case.decision = Decision(
            verdict=Verdict.IDENTITY_UNRESOLVED, reasons=(because("IDENTITY_OPEN"),)
        )
        return
    if by_number and asked.body:
        _compare_names(case, chosen, bench)
    if by_number and len({one.body_id for one in found}) > 1:
        case.flags.append(flag("NUMBER_REUSED", count=len({one.body_id for one in found})))
        case.candidates = _candidates(found, asked, bench)
    said = bench.memory.said.get(chosen.id)
    case.stood = bench.around(said, asked.on) if said else None


def _claimed(one: Holding, asked: Asked, bench: Bench) -> bool | None:
    """Whether this holder is the claimed one; None where that cannot be told."""
    if not asked.body:
        return None
    if body_id := body_id_of(asked.body):
        return one.body_id in (body_id, bench.merged_into.get(body_id))
    alike = bench.likeness(asked.body, one.body_id)
    return None if alike is None else alike >= NEAR


def _not_found(case: Case, bench: Bench) -> None:
    near = {one.id: one for one in case.identity.nearly}
    for one in list(near.values())[:MOST_CANDIDATES]:
        label = f"{one.issuer} {one.number}"
        case.flags.append(flag("LOOKALIKE", number=case.asked.number, other=label))
    case.candidates = _candidates(list(near.values()), case.asked, bench)
    case.decision = decide(None, Question(None, None, case.asked.on, case.asked.on))


def _another_holder(case: Case, bench: Bench) -> None:
    """The number is genuine and registered for somebody else: whose paper this is, is open."""
    for one in case.identity.found[:MOST_CANDIDATES]:
        holder = _name(one, bench)
        case.flags.append(flag("HOLDER_DIFFERS", holder=holder, claimed=case.asked.body))
    case.candidates = _candidates(case.identity.found, case.asked, bench)
    case.decision = Decision(
        verdict=Verdict.IDENTITY_UNRESOLVED, reasons=(because("IDENTITY_OPEN"),)
    )


def _compare_names(case: Case, chosen: Holding, bench: Bench) -> None:
    asked = case.asked.body
    if body_id_of(asked):
        return
    names = bench.memory.names.get(chosen.body_id, ())
    alike = bench.likeness(asked, chosen.body_id)
    if alike is None:
        holder = _name(chosen, bench)
        case.flags.append(flag("HOLDER_NOT_COMPARABLE", claimed=asked, holder=holder))
    elif alike < SAME:
        holder = max(names, key=lambda name: likeness(asked, [name]) or 0.0)
        case.flags.append(flag("HOLDER_SPELT_OTHERWISE", claimed=asked, holder=holder))


def _one_of(case: Case, found: Sequence[Holding], bench: Bench) -> Holding | None:
    """Of several that bear a number the one that bore it on that day (rule 10); else the one that
    bore it last before. None where that leaves several: nothing is chosen silently."""
    if len(found) == 1:
        return found[0]
    if not (case.asked.number or case.asked.accreditation):
        return None
    question = Question(None, None, case.asked.on, max(bench.known_on, case.asked.on))
    bore: list[Holding] = []
    before: list[tuple[date, Holding]] = []
    for one in found:
        said = bench.memory.said.get(one.id)
        if said is None:
            continue
        decision = decide(bench.on(said, case.asked.on).held.facts, question)
        if decision.verdict in _ENDED and decision.since:
            before.append((decision.since, one))
        elif decision.verdict not in _NOT_BORNE:
            bore.append(one)
    if bore:
        return bore[0] if len(bore) == 1 else None
    latest = max((since for since, _ in before), default=None)
    last = [one for since, one in before if since == latest]
    return last[0] if len(last) == 1 else None


def _name(one: Holding, bench: Bench) -> str:
    names = bench.memory.names.get(one.body_id, [])
    return names[0] if names else f"b{one.body_id}"


def _candidates(found: Sequence[Holding], asked: Asked, bench: Bench) -> list[Candidate]:
    candidates = []
    for one in {one.id: one for one in found}.values():
        claimed = asked.body if asked.body and not body_id_of(asked.body) else ""
        alike = bench.likeness(claimed, one.body_id) if claimed else None
        candidates.append(
            Candidate(
                accreditation=f"a{one.id}",
                body=f"b{one.body_id}",
                name=_name(one, bench),
                issuer=one.issuer,
                number=one.number,
                alike=None if alike is None else round(alike, 3),
            )
        )
    candidates.sort(key=lambda each: (-(each.alike or 0.0), int(each.accreditation[1:])))
    return candidates[:MOST_CANDIDATES]
