"""Check: was it valid, for this, there, on that day, as known then?"""

from dataclasses import dataclass
from datetime import UTC

from litestar import Response, get
from litestar.di import NamedDependency
from msgspec.structs import replace
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages import check_words as words
from directory.pages.check_asked import Typed, read_form
from directory.pages.check_picture import picture
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import page, titles
from directory.pages.standing import flagged, verdict_word
from directory.pages.tongue import Tongue
from services.find import resolve as numbers
from services.find.knowledge import Knowledge, knowledge
from services.find.views import BodyCard, Meta, Resolved
from services.verdict.answer import answer
from services.verdict.views import Answer

_EXACT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Seen:
    """What was found. ``number``: everything that bears the number, where one was asked for."""

    answer: Answer
    meta: Meta
    number: Resolved | None
    known: Knowledge


def _seen(conn: Connection, request: edge.AnyRequest, typed: Typed) -> Seen:
    asked = typed.asked
    assert asked is not None, "only what can be asked is looked for"
    today, known_at = edge.today(request), typed.known_at
    found, about = answer(conn, asked, known_at=known_at, today=today)
    number = None
    if asked.number:
        number, more = numbers.resolve(conn, asked.number, on=asked.on, known_at=known_at)
        held = {source.key: source for source in (*about.sources, *more.sources)}
        about = replace(about, sources=tuple(held[key] for key in sorted(held)))
    known = Knowledge()
    if found.judged.accreditation:
        accreditation_id = int(found.judged.accreditation.removeprefix("a"))
        known = knowledge(conn, accreditation_id, known_at=known_at)
    return Seen(found, about, number, known)


def check_page(frame: Frame, typed: Typed, seen: Seen | None) -> str:
    """``seen`` is None before anything was asked, and where the form could not be read."""
    shared: dict[str, object] = {"typed": typed, "found": seen}
    if seen is None:
        return render(frame, "check.html", meta=None, banner=Banners(), **shared)
    tongue, found = frame.tongue, seen.answer
    keys, made = _sources(seen)
    return render(
        frame,
        "check.html",
        **shared,
        **told(tongue, found, seen.meta.rule_version),
        meta=seen.meta,
        holders=_holders(seen.number) if seen.number else {},
        picture=picture(seen.known, found.asked.on, found.known_at),
        known_exact=found.known_at.astimezone(UTC).strftime(_EXACT),
        titles=titles(seen.meta),
        banner=Banners.of(seen.meta, made=made, keys=keys),
    )


def told(tongue: Tongue, found: Answer, rule_version: str) -> dict[str, object]:
    """What the parts of an answer's page need, on the check page and on a receipt."""
    shape, tone = words.verdict_mark(found.judged.verdict)
    return {
        "answer": found,
        "rule_version": rule_version,
        "judged": found.judged,
        "said": words.sentence(tongue, found),
        "what": words.named(found),
        "asked": words.question(tongue, found.asked),
        "shape": shape,
        "tone": tone,
        "verdict_said": verdict_word(tongue, found.judged.verdict),
        "flags": [flagged(tongue, one) for one in found.judged.flags],
        "chain": words.chain(tongue, found),
        "rules": words.rules(found),
        "evidence": words.distinct(found.evidence),
        "span_mark": words.verdict_mark,
    }


def _sources(seen: Seen) -> tuple[set[str], bool]:
    """The sources that are shown, and whether any of it is made up."""
    cards = seen.number.bodies if seen.number else ()
    keys = {key for card in cards for key in card.sources}
    keys |= {one.source for one in seen.answer.evidence}
    made = any(card.made for card in cards) or any(one.made for one in seen.answer.evidence)
    return keys, made


def _holders(found: Resolved) -> dict[str, BodyCard]:
    """Accreditation id → its holder, where a card names it or there is but one body."""
    holders = {a.id: card for card in found.bodies for a in card.accreditations}
    if len(found.bodies) == 1:
        holders |= {a.id: found.bodies[0] for a in found.registered}
    return holders


@get("/check")
async def check(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[str]:
    """The form, and the answer where it can be asked."""
    typed = read_form(tongue, request.query_params, edge.now(request))
    frame = Frame(tongue, "/check", typed.query)
    seen = None
    if typed.asked is not None:
        seen = await edge.snapshot(request, _seen, request, typed)
        edge.counts(request).judged([seen.answer.judged.verdict])
    return page(check_page(frame, typed, seen), 400 if typed.faults else 200)


handlers = (check,)
