"""A number from a paper looked up together with whose it is said to be."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import asdict
from sqlalchemy.engine import Connection

from services.errors import BadQuestion
from services.find.resolve import resolve
from services.find.views import BodyCard, Meta, Resolved
from services.store.merged import merged_at
from services.terms import Verdict
from services.verdict.flags import flag
from services.verdict.holder import NEAR, SAME, likeness
from services.verdict.identify import body_id_of, lookalikes
from services.verdict.judge import judge
from services.verdict.memory import Memory
from services.verdict.views import Asked, Candidate, Flag, LookedUp

LONGEST_NAME = 300  # characters; the longest registered name has some 200


def look_up(
    conn: Connection, number: str, claimed: str = "", *, on: date, known_at: datetime
) -> tuple[LookedUp, Meta]:
    """What is registered under a number, what to look at beside it, and which may be meant.

    ``claimed``: whose it is said to be, a name as printed or a body's id; "" where nothing is said.
    A number that nobody bears is NOT_FOUND, one of another holder IDENTITY_UNRESOLVED: neither
    calls a paper fake (BRIEF "Fraud"). Raises BadQuestion for a number or name that is none.
    """
    if len(claimed) > LONGEST_NAME:
        raise BadQuestion(
            f"body: a name of {len(claimed)} characters.",
            f"Give it as printed, in at most {LONGEST_NAME}, or the body's id, as b12.",
        )
    found, meta = resolve(conn, number, on=on, known_at=known_at)
    if body_id := body_id_of(claimed):
        claimed = f"b{merged_at(conn, [body_id], known_at).get(body_id, body_id)}"
    if found.bodies and not found.registered:  # no accreditation's number: a body's own
        verdict, flags = _borne(found.bodies, claimed)
        return _with(found, verdict, flags, ()), meta
    asked, memory = Asked(on=on, number=number, body=claimed), Memory(known_at)
    (judged,) = judge(conn, [asked], known_at=known_at, today=known_at.date(), memory=memory)
    verdict, candidates = found.verdict, judged.candidates
    if any(one.code == "HOLDER_DIFFERS" for one in judged.flags):
        verdict = Verdict.IDENTITY_UNRESOLVED
        candidates = (*_misread(conn, asked, memory), *candidates)
    return _with(found, verdict, judged.flags, candidates), meta


def _with(
    found: Resolved,
    verdict: Verdict | None,
    flags: Sequence[Flag],
    candidates: Sequence[Candidate],
) -> LookedUp:
    said = asdict(found) | {"verdict": verdict}
    return LookedUp(**said, flags=tuple(flags), candidates=tuple(candidates))


def _misread(conn: Connection, asked: Asked, memory: Memory) -> Iterator[Candidate]:
    """The claimed holder's own numbers that look like the one asked, which is another's."""
    for one in lookalikes(conn, asked, memory):
        names = memory.names.get(one.body_id) or [f"b{one.body_id}"]
        alike = None if body_id_of(asked.body) else likeness(asked.body, names)
        if (alike or 0.0) >= NEAR or asked.body == f"b{one.body_id}":
            yield Candidate(
                accreditation=f"a{one.id}",
                body=f"b{one.body_id}",
                name=names[0],
                issuer=one.issuer,
                number=one.number,
                alike=None if alike is None else round(alike, 3),
            )


def _borne(bodies: Sequence[BodyCard], claimed: str) -> tuple[Verdict | None, list[Flag]]:
    """A company's number or LEI: is the claimed holder among those who bear it?"""
    if not claimed or any(one.id == claimed for one in bodies):
        return None, []
    names = {one.id: [name.text for name in one.names] or [one.id] for one in bodies}
    by_name = not body_id_of(claimed)
    scores = {i: likeness(claimed, texts) for i, texts in names.items()} if by_name else {}
    near = {i: score for i, score in scores.items() if score is not None and score >= NEAR}
    if near:
        best = max(near, key=lambda i: near[i])
        if near[best] >= SAME:
            return None, []
        holder = max(names[best], key=lambda name: likeness(claimed, [name]) or 0.0)
        return None, [flag("HOLDER_SPELT_OTHERWISE", claimed=claimed, holder=holder)]
    if open_ones := [i for i, score in scores.items() if score is None]:
        holder = names[open_ones[0]][0]
        return None, [flag("HOLDER_NOT_COMPARABLE", claimed=claimed, holder=holder)]
    return Verdict.IDENTITY_UNRESOLVED, [
        flag("HOLDER_DIFFERS", holder=texts[0], claimed=claimed) for texts in names.values()
    ]
