"""A verdict as a sentence, its chain in words, and where each link's evidence stands."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from directory.pages.standing import SHAPES, line_mark, verdict_word
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.views import Evidence
from services.terms import Verdict
from services.verdict.answer import STEPS as STEP_WORDS
from services.verdict.views import Answer, Asked, Step

# the answer in one sentence; %(what)s: the accreditation, or what was typed
_SAID: dict[Verdict, str] = {
    Verdict.VALID: N_("On %(day)s, %(what)s was <b>valid</b>."),
    Verdict.VALID_FLEXIBLE_UNCONFIRMED: N_(
        "On %(day)s, %(what)s was valid with a <b>flexible scope</b>; its list of methods was not"
        " seen."
    ),
    Verdict.SUSPENDED: N_("On %(day)s, %(what)s was <b>suspended</b>."),
    Verdict.WITHDRAWN: N_("On %(day)s, %(what)s had been <b>withdrawn</b>."),
    Verdict.SURRENDERED: N_("On %(day)s, %(what)s had been <b>given up</b> by its holder."),
    Verdict.TRANSFERRED: N_("On %(day)s, %(what)s had been <b>transferred</b> to another holder."),
    Verdict.EXPIRED: N_("On %(day)s, %(what)s had <b>expired</b>."),
    Verdict.NOT_YET_GRANTED: N_("On %(day)s, %(what)s was <b>not yet granted</b>."),
    Verdict.OUT_OF_SCOPE: N_("On %(day)s, what was asked was <b>not in the scope</b> of %(what)s."),
    Verdict.SITE_NOT_COVERED: N_("On %(day)s, the site was <b>not covered</b> by %(what)s."),
    Verdict.NOT_FOUND: N_("%(what)s is <b>not found</b> in this directory."),
    Verdict.UNKNOWN_STALE: N_(
        "How %(what)s stood on %(day)s is <b>unknown</b>: it was not checked lately enough."
    ),
    Verdict.UNKNOWN_GAP: N_(
        "How %(what)s stood on %(day)s is <b>unknown</b>: it changed about then, and no day was"
        " published."
    ),
    Verdict.UNKNOWN_FUTURE: N_(
        "How %(what)s stands on %(day)s is <b>unknown</b>: that day lies after what is known."
    ),
    Verdict.UNKNOWN_SCOPE: N_(
        "On %(day)s, %(what)s stood; whether its scope covered this is <b>unknown</b>."
    ),
    Verdict.CONFLICT: N_("How %(what)s stood on %(day)s is <b>open</b>: its sources disagree."),
    Verdict.IDENTITY_UNRESOLVED: N_(
        "Whose accreditation is meant by %(what)s is <b>not settled</b>, so no status is given."
    ),
}

# how each state of a link looks, and its word
_STATES: dict[str, tuple[str, str, str]] = {
    "holds": ("ok", "ok", N_("holds")),
    "broken": ("out", "bad", N_("broken")),
    "unknown": ("unk", "unk", N_("unknown")),
}
_LINKS: dict[str, str] = {
    "site": N_("Site"),
    "line": N_("Scope line"),
    "accreditation": N_("Accreditation"),
    "accreditation_body": N_("Accreditation body"),
    "arrangement": N_("Arrangement"),
}
# whose statements show a link: the table that a reference of evidence names
_SHOWN_BY = {"line": ("scope_line",), "accreditation": ("status_event", "accreditation_statement")}


def verdict_mark(verdict: str) -> tuple[str, str]:
    """(shape, tone) of a verdict."""
    found = Verdict(verdict)
    return SHAPES["stands"] if found is Verdict.VALID else line_mark(found)


def named(answer: Answer) -> str:
    """What the answer speaks of: the accreditation's label, or the words that were typed."""
    asked = answer.asked
    typed = " ".join(part for part in (asked.issuer, asked.number) if part)
    return answer.label or typed or asked.body or asked.accreditation


def sentence(tongue: Tongue, answer: Answer) -> Markup:
    """The answer in one sentence, with one ``<b>``."""
    judged = answer.judged
    day = tongue.day(answer.asked.on)
    return tongue.rich(_SAID[judged.verdict], day=day, what=named(answer))


def question(tongue: Tongue, asked: Asked) -> list[tuple[str, str]]:
    """What was asked, as (field, words), without what was left out."""
    activity = asked.activity
    said = [
        (N_("Number"), " ".join(part for part in (asked.issuer, asked.number) if part)),
        (N_("Accreditation"), asked.accreditation),
        (N_("Claimed holder"), asked.body),
        (N_("Standard or method"), _method(asked)),
        (N_("Product"), activity.object if activity else ""),
        (N_("Parameter"), activity.parameter if activity else ""),
        (N_("Site"), asked.site),
        (N_("Reference"), asked.ref),
    ]
    return [(tongue(label), text) for label, text in said if text]


def _method(asked: Asked) -> str:
    if asked.activity is None:
        return ""
    return " ".join(part for part in (asked.activity.method, asked.activity.edition) if part)


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain as it is drawn. ``proof``: what shows it, where a statement does."""

    step: Step
    word: str
    said: str
    shape: str
    tone: str
    state: str
    proof: tuple[Evidence, ...]


def chain(tongue: Tongue, answer: Answer) -> list[Link]:
    """The steps from the site to the arrangement, in the page's language."""
    found = []
    for step in answer.chain:
        shape, tone, state = _STATES[step.state]
        tables = _SHOWN_BY.get(step.what, ())
        proof = tuple(e for e in answer.evidence if e.ref.split(":")[1] in tables)
        if step.what == "accreditation" and answer.event is not None:
            proof = answer.event.evidence
        word = tongue(_LINKS[step.what])
        found.append(Link(step, word, _said(tongue, step), shape, tone, tongue(state), proof))
    return found


def _said(tongue: Tongue, step: Step) -> str:
    """By the step's code; English where the page knows none (kept under older rules)."""
    if step.code not in STEP_WORDS:
        return step.text
    values = dict(step.params)
    if "verdict" in values:
        values["verdict"] = verdict_word(tongue, values["verdict"])
    try:
        return tongue(STEP_WORDS[step.code]).format(**values)
    except KeyError:
        return step.text


def rules(answer: Answer) -> list[int]:
    """The numbers of the rules by which it was decided, each once, in the order of the reasons."""
    return list(dict.fromkeys(reason.rule for reason in answer.judged.reasons if reason.rule))


def distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Evidence with each statement once."""
    return list({one.ref: one for one in evidence}.values())
