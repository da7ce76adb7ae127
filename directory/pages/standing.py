"""A decision in words: shape, word and date. The decision itself is made in services.validity only.

Colour repeats what the shape and the word say, and comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from directory.pages.tongue import Tongue
from directory.pages.words import N_, WORDS
from services.audit.judge import NOT_JUDGED
from services.find.views import Reason, Span, StatusView
from services.terms import Verdict
from services.validity.reasons import REASONS
from services.verdict.flags import FLAGS
from services.verdict.views import Flag


@dataclass(frozen=True)
class Phrase:
    """``shape`` names a mark of the sprite, ``tone`` a colour; ``words`` hold one ``<b>``."""

    shape: str
    tone: str
    words: Markup


_DAY = timedelta(days=1)

# standing: (shape, tone); the same for a facet, a bar of the timeline and a sentence
SHAPES: dict[str, tuple[str, str]] = {
    "stands": ("ok", "ok"),
    "partly": ("part", "warn"),
    "suspended": ("susp", "bad"),
    "ended": ("gone", "bad"),
    "unknown": ("unk", "unk"),
}

# where a verdict speaks with a shape of its own
_OWN: dict[Verdict, tuple[str, str]] = {
    Verdict.VALID_FLEXIBLE_UNCONFIRMED: ("flex", "warn"),
    Verdict.OUT_OF_SCOPE: ("out", "bad"),
    Verdict.SITE_NOT_COVERED: ("out", "bad"),
    Verdict.NOT_YET_GRANTED: ("unk", "unk"),
    Verdict.CONFLICT: ("flex", "warn"),
    Verdict.IDENTITY_UNRESOLVED: ("unk", "unk"),
    Verdict.NOT_FOUND: ("unk", "unk"),
}

# verdict: (words with the day, words without it)
_DATED: dict[Verdict, tuple[str, str]] = {
    Verdict.VALID: (
        N_("<b>Valid</b> until %(day)s"),
        N_("<b>Valid</b>, no end published"),
    ),
    Verdict.SUSPENDED: (N_("<b>Suspended</b> since %(day)s"), N_("<b>Suspended</b>")),
    Verdict.WITHDRAWN: (N_("<b>Withdrawn</b> on %(day)s"), N_("<b>Withdrawn</b>")),
    Verdict.SURRENDERED: (N_("<b>Surrendered</b> on %(day)s"), N_("<b>Surrendered</b>")),
    Verdict.TRANSFERRED: (
        N_("<b>Transferred</b> to another holder on %(day)s"),
        N_("<b>Transferred</b> to another holder"),
    ),
    Verdict.EXPIRED: (N_("<b>Expired</b>: last day %(day)s"), N_("<b>Expired</b>")),
    Verdict.NOT_YET_GRANTED: (
        N_("<b>Not yet granted</b>: begins %(day)s"),
        N_("<b>Not yet granted</b>"),
    ),
}

_PLAIN: dict[Verdict, str] = {
    Verdict.VALID_FLEXIBLE_UNCONFIRMED: N_("<b>Flexible scope</b>: method list not seen"),
    Verdict.OUT_OF_SCOPE: N_("<b>Not in the scope</b> held for this day"),
    Verdict.SITE_NOT_COVERED: N_("<b>Site not covered</b>"),
    Verdict.NOT_FOUND: N_("<b>Not found</b> in this directory"),
    Verdict.UNKNOWN_GAP: N_("<b>Unknown</b>: a change fell here, its day was not published"),
    Verdict.UNKNOWN_FUTURE: N_("<b>Unknown</b>: the day lies ahead"),
    Verdict.UNKNOWN_SCOPE: N_("<b>Scope unknown</b>: no schedule held"),
    Verdict.CONFLICT: N_("<b>Sources disagree</b>"),
    Verdict.IDENTITY_UNRESOLVED: N_("<b>Unknown</b>: whose it is has not been settled"),
}

# single words of each verdict, for a picture, a table or a title
VERDICTS: dict[Verdict, str] = {
    Verdict.VALID: N_("valid"),
    Verdict.VALID_FLEXIBLE_UNCONFIRMED: N_("flexible scope, unconfirmed"),
    Verdict.SUSPENDED: N_("suspended"),
    Verdict.WITHDRAWN: N_("withdrawn"),
    Verdict.SURRENDERED: N_("surrendered"),
    Verdict.TRANSFERRED: N_("transferred"),
    Verdict.EXPIRED: N_("expired"),
    Verdict.NOT_YET_GRANTED: N_("not yet granted"),
    Verdict.OUT_OF_SCOPE: N_("not in scope"),
    Verdict.SITE_NOT_COVERED: N_("site not covered"),
    Verdict.NOT_FOUND: N_("not found"),
    Verdict.UNKNOWN_STALE: N_("unknown: not checked lately"),
    Verdict.UNKNOWN_GAP: N_("unknown: no day published"),
    Verdict.UNKNOWN_FUTURE: N_("unknown: the day lies ahead"),
    Verdict.UNKNOWN_SCOPE: N_("scope unknown"),
    Verdict.CONFLICT: N_("sources disagree"),
    Verdict.IDENTITY_UNRESOLVED: N_("unknown: holder not settled"),
}


def verdict_word(tongue: Tongue, verdict: str) -> str:
    """A verdict, or what an audit says of a row that cannot be asked about, in a word or two."""
    if verdict == NOT_JUDGED:
        return tongue(N_("not judged"))
    return tongue(VERDICTS[Verdict(verdict)])


def sentence(tongue: Tongue, status: StatusView, on: date, expires: date | None = None) -> Phrase:
    """The status of one accreditation on the day ``on`` ("● Valid until 2028-01-09").

    ``expires``: the expiry as listed, where the decision names none.
    """
    shape, tone = _OWN.get(status.verdict) or SHAPES.get(status.standing, ("unk", "unk"))
    return Phrase(shape, tone, _words(tongue, status, on, expires))


def _words(tongue: Tongue, status: StatusView, on: date, expires: date | None) -> Markup:
    if status.standing == "partly":
        if since := _partly_since(status):
            return tongue.rich(N_("<b>Partly suspended</b> since %(day)s"), day=tongue.day(since))
        return tongue.rich(N_("<b>Partly suspended</b>"))
    if status.verdict is Verdict.UNKNOWN_STALE:
        return _stale(tongue, status.last_check, on)
    if status.verdict in _PLAIN:
        return tongue.rich(_PLAIN[status.verdict])
    day = {
        Verdict.VALID: last_day(status, expires, on),
        Verdict.EXPIRED: status.since - _DAY if status.since else expires,
        Verdict.NOT_YET_GRANTED: status.until,
    }.get(status.verdict, status.since)
    dated, bare = _DATED[status.verdict]
    return tongue.rich(dated, day=tongue.day(day)) if day else tongue.rich(bare)


def last_day(status: StatusView, expires: date | None, on: date) -> date | None:
    """The last day of what stands today: a renewal counts, an expiry that has passed does not."""
    if status.until:
        return status.until - _DAY
    return expires if expires and expires >= on else None


def _partly_since(status: StatusView) -> date | None:
    """Since when the first of the open suspensions of parts runs; the whole has stood longer."""
    days = [
        date.fromisoformat(reason.params["on"])
        for reason in status.reasons
        if reason.code == "PARTIAL_SUSPENSION_ELSEWHERE" and "on" in reason.params
    ]
    return min(days, default=None)


def line_mark(verdict: Verdict) -> tuple[str, str]:
    """(shape, tone) of a single scope line, by its own verdict."""
    if verdict in _OWN:
        return _OWN[verdict]
    if verdict is Verdict.VALID:
        return SHAPES["stands"]
    if verdict is Verdict.SUSPENDED:
        return SHAPES["suspended"]
    return SHAPES["unknown" if verdict.value.startswith("UNKNOWN") else "ended"]


def _stale(tongue: Tongue, last: date | None, on: date) -> Markup:
    if last is None:
        return tongue.rich(N_("<b>Unknown</b>: no check of a primary source held"))
    ago = tongue.many("%(n)s day ago", "%(n)s days ago", max((on - last).days, 0))
    return tongue.rich(N_("<b>Unknown</b>: last checked %(ago)s"), ago=ago)


# parameters of reasons whose values are words of the vocabulary
_PARAMS = {"listed": "listed_word", "kind": "event_word"}


def because(tongue: Tongue, reason: Reason) -> str:
    """A reason of the decision in the page's language, by its code; English where it has none."""
    if reason.code not in REASONS:
        return reason.text
    values = {
        name: tongue(WORDS[_PARAMS[name]].get(value, value)) if name in _PARAMS else value
        for name, value in reason.params.items()
    }
    try:
        return tongue(REASONS[reason.code][1]).format(**values)
    except KeyError:  # an answer stored under older rules lacks a parameter
        return reason.text


def flagged(tongue: Tongue, flag: Flag) -> str:
    """What to look at beside a verdict, by its code; English where the page knows none."""
    if flag.code not in FLAGS:
        return flag.text
    try:
        return tongue(FLAGS[flag.code]).format(**flag.params)
    except KeyError:  # kept under older rules, it lacks a parameter
        return flag.text


def standings(tongue: Tongue, counts: dict[str, int]) -> list[tuple[str, str, str, int]]:
    """What a body holds, by standing: [(shape, tone, word, number), …], what stands first."""
    order = [*SHAPES, *sorted(set(counts) - set(SHAPES))]
    named = WORDS["standing"]
    return [
        (*SHAPES.get(key, ("unk", "unk")), tongue(named.get(key, key)), counts[key])
        for key in order
        if counts.get(key)
    ]


def today(tongue: Tongue, on: date, counts: dict[str, int], adverse: int) -> list[Markup]:
    """What stands today, as sentences for the head of a body's page."""
    held, stand = sum(counts.values()), counts.get("stands", 0)
    day = tongue.day(on)
    if not held:
        said = [tongue.rich(N_("The directory holds no accreditation or designation of it."))]
    elif held == stand:
        said = [_many(
            tongue,
            tongue.catalogue.ngettext(
                "Today, %(day)s, its one accreditation or designation stands.",
                "Today, %(day)s, all its %(n)s accreditations and designations stand.",
                held,
            ),
            n=held, day=day,
        )]  # fmt: skip
    else:
        said = [_many(
            tongue,
            tongue.catalogue.ngettext(
                "Today, %(day)s, %(k)s of its %(n)s accreditation or designation stands.",
                "Today, %(day)s, %(k)s of its %(n)s accreditations and designations stand.",
                held,
            ),
            n=held, k=stand, day=day,
        )]  # fmt: skip
        said += _rest(tongue, counts)
    if adverse:
        text = tongue.catalogue.ngettext(
            "%(n)s adverse item is on record.", "%(n)s adverse items are on record.", adverse
        )
        said.append(_many(tongue, text, n=adverse))
    return said


def _rest(tongue: Tongue, counts: dict[str, int]) -> list[Markup]:
    """What does not simply stand, each with its mark."""
    rest = [item for item in standings(tongue, counts) if item[0] != "ok"]
    mark = Markup(
        '<span class="st {}"><svg class="m" aria-hidden="true"><use href="#m-{}"/></svg>{}</span>'
    )
    parts = [mark.format(tone, shape, f"{n} {word}") for shape, tone, word, n in rest]
    return [Markup("，" if tongue.zh else ", ").join(parts) + ("。" if tongue.zh else ".")]


def _many(tongue: Tongue, text: str, **params: object) -> Markup:
    numbers = {k: tongue.number(v) if isinstance(v, int) else v for k, v in params.items()}
    return Markup(text) % numbers


def span_style(span: Span) -> str:
    """The fill of a stretch of the timeline."""
    if span.standing == "partly" or span.partial:
        return "partly"
    return span.standing if span.standing in SHAPES else "unknown"


def telling(reasons: Sequence[Reason]) -> list[Reason]:
    """Reasons as decided, without the one that only says that nothing speaks against it."""
    return [r for r in reasons if r.code != "IN_FORCE"]
