"""The planner in words: kinds of paper, who does what, why a paper can be used or cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

from directory.pages.market_words import DAYS, product_word
from directory.pages.standing import VERDICTS
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.planner import Paper
from services.routes.because import SENTENCES, Because
from services.routes.match import UseState
from services.routes.plan import Day, NeedState, Party, RoutePlan, Use
from services.terms import Verdict

# what a person chooses from; the value is a word of services.routes.evidence
TYPES: dict[str, str] = {
    "CB report": N_("CB certificate and report (IECEE)"),
    "17025 report": N_("test report of an accredited laboratory (ISO/IEC 17025)"),
    "notified body certificate": N_("certificate of a notified body"),
    "EU type examination": N_("EU type examination certificate"),
    "approved body certificate": N_("certificate of an approved body"),
    "FCC grant": N_("FCC grant"),
    "NRTL certificate": N_("NRTL certificate"),
    "CPSC report": N_("report of a laboratory that CPSC accepts"),
    "technical service report": N_("report of a technical service"),
    "GLP study": N_("GLP study"),
    "in country report": N_("report of a laboratory in the market"),
    "in country certificate": N_("certificate of a certification body in the market"),
    "foreign certificate": N_("another certificate from abroad"),
    "declaration of conformity": N_("declaration of conformity"),
    "registration": N_("registration in a market"),
    "certificate of conformity": N_("certificate of conformity for a consignment"),
}
PARTIES: dict[str, str] = {
    Party.MAKER: N_("the maker"),
    Party.IMPORTER: N_("the importer"),
    Party.BODY: N_("a body"),
    Party.AUTHORITY: N_("the authority"),
    Party.NOT_SAID: N_("not said; the rule may say it"),
}
# (mark of the sprite, tone, word)
USES: dict[str, tuple[str, str, str]] = {
    UseState.REUSABLE: ("ok", "ok", N_("can be reused")),
    UseState.SUPPORTS: ("yes", "ok", N_("stands behind the declaration")),
    UseState.PERHAPS: ("flex", "warn", N_("perhaps")),
    UseState.NOT: ("out", "bad", N_("cannot be reused")),
}
NEEDS: dict[str, tuple[str, str, str]] = {
    NeedState.IN_HAND: ("ok", "ok", N_("in hand")),
    NeedState.PERHAPS: ("flex", "warn", N_("perhaps in hand")),
    NeedState.TO_DO: ("wait", "unk", N_("to be done")),
}
PAPER_DAYS: dict[str, str] = {
    "issued": N_("issued"),
    "tested": N_("tested"),
    "too_old_from": N_("too old from"),
}
WHEN: dict[str, str] = {
    "past": N_("past"),
    "today": N_("that day"),
    "ahead": N_("ahead"),
    "open": N_("to be notified"),
}
# inside a sentence: "a hint (high confidence)"
CONFIDENCES: dict[str, str] = {"high": N_("high"), "medium": N_("medium"), "low": N_("low")}
IN_COUNTRY: dict[str, str] = {
    "yes": N_("Testing or certification in the country is needed."),
    "partial": N_("Some of it must be done in the country, by the rule's case."),
    "no": N_("Nothing has to be tested in the country."),
}


def reason_said(tongue: Tongue, reason: Because) -> str:
    """A reason in the page's language, its parameters too."""
    said = {name: _param(tongue, name, value, reason.code) for name, value in reason.params.items()}
    return tongue(SENTENCES[reason.code]).format(**said)


def _param(tongue: Tongue, name: str, value: str, code: str) -> str:
    if name == "verdict":
        return tongue(VERDICTS[Verdict(value)])
    if name in ("market", "country"):
        return tongue.country(value)
    if name == "confidence":
        return tongue(CONFIDENCES[value])
    if code == "OTHER_PRODUCT":
        return product_word(tongue, value)
    return value


def type_said(tongue: Tongue, word: str) -> str:
    return tongue(TYPES[word]) if word in TYPES else word


def paper_said(tongue: Tongue, paper: Paper) -> str:
    """A paper as a row names it: its kind, standard and number."""
    parts = [type_said(tongue, paper.type), f"{paper.standard} {paper.edition}".strip()]
    return tongue.listed(part for part in (*parts, paper.number) if part)


@dataclass(frozen=True)
class Alike:
    """Papers of which a market says the same for the same reasons."""

    papers: tuple[str, ...]
    use: Use


def alike(uses: Sequence[Use]) -> list[Alike]:
    found: list[Alike] = []
    for use in uses:
        same = next((n for n, one in enumerate(found) if _same(one.use, use)), None)
        if same is None:
            found.append(Alike((use.evidence,), use))
        else:
            found[same] = Alike((*found[same].papers, use.evidence), found[same].use)
    return found


def _same(one: Use, other: Use) -> bool:
    return (one.state, one.reasons, one.said) == (other.state, other.reasons, other.said)


def day_said(tongue: Tongue, day: Day) -> str:
    if day.what in PAPER_DAYS:
        return tongue(PAPER_DAYS[day.what])
    return tongue(DAYS[day.what])


def day_written(day: Day) -> str:
    """As exact as the source has it."""
    if day.on is None:
        return ""
    return day.on.isoformat()[: {"month": 7, "year": 4}.get(day.precision, 10)]


def dates_first(route: RoutePlan) -> list[Day]:
    """What lies ahead or is open first, then what is past, the newest first. When a paper was
    issued or tested is told once, beside the papers."""
    own = [day for day in route.days if day.what not in ("issued", "tested")]
    ahead = [day for day in own if day.when != "past"]
    past = [day for day in own if day.when == "past"]
    return [*ahead, *reversed(past)]
