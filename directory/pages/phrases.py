"""Why a result stands where it stands, in words by code."""

from collections.abc import Callable, Mapping

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.views import Reason

Word = Callable[[str, str], str]

# codes of services.find.why; parameters by name
WHY: dict[str, str] = {
    "NUMBER": N_("its number is the one asked for"),
    "IN_NAME": N_("all words stand in its name"),
    "LINES": N_("%(lines)s scope lines hold what is asked"),
    "LINES_AT_LEAST": N_("%(lines)s of its scope lines or more hold what is asked"),
    "EACH_WORD_AT_LEAST": N_("each of the words stands in %(lines)s of its scope lines or more"),
    "SOME_WORDS": N_("it holds %(hit)s of the %(of)s words"),
    "CORRECTED": N_("searched for “%(words)s” instead"),
    "BEST_LINE": N_("its best line holds %(hit)s of the %(of)s words"),
    "STATED": N_("it names %(standard)s, which the standard asked for states by its own name"),
    "HINT.identical": N_(
        "only a hint: it names %(found)s; %(standard)s is identical with %(other)s"
        " (%(confidence)s, no source says so yet)"
    ),
    "HINT.modified": N_(
        "only a hint: it names %(found)s; %(standard)s is a modified adoption of %(other)s"
        " (%(confidence)s, no source says so yet)"
    ),
    "HINT.supersedes": N_(
        "only a hint: it names %(found)s; %(standard)s supersedes %(other)s"
        " (%(confidence)s, no source says so yet)"
    ),
    "PRESENT.built": N_("in %(country)s by its own means"),
    "PRESENT.borrowed": N_("in %(country)s through a partner"),
    "AT_HOME": N_("at home in %(country)s"),
    "NOTHING_STANDS": N_("none of what it holds stands today"),
}
# codes of services.find.nearly: what a body lacks that comes close
MISSING: dict[str, str] = {
    "OTHER_EDITION": N_("%(asked)s is not in its scope in that edition; in its scope: %(held)s"),
    "NOT_THERE": N_("not in %(asked)s; it is in %(held)s"),
    "NOT_THERE_NOR": N_("not in %(asked)s"),
    "OTHER_STATUS": N_("it has the rest, but its status is: %(held)s"),
    "NOT_NAMED": N_("nothing held of it names “%(asked)s”"),
    "WITHOUT": N_("not: %(asked)s"),
}
# codes of services.find.why: what the question met
NOTES: dict[str, str] = {
    "EDITION_NOT_HELD": N_(
        "No body held here names %(standard)s in that edition. Editions held: %(held)s."
    ),
    "STANDARD_NOT_HELD": N_("No body held here names %(standard)s."),
    "STANDARD_NOT_HELD_NEAR": N_("No body held here names %(standard)s. Nearest held: %(near)s."),
    "PLAYED_LATER": N_(
        "%(count)s later publishes of what was known by %(day)s are not counted here."
    ),
}
CONFIDENCE: dict[str, str] = {
    "high": N_("expert memory, high confidence"),
    "medium": N_("expert memory, medium confidence"),
    "low": N_("expert memory, low confidence"),
}


def why(tongue: Tongue, reason: Reason) -> str:
    """In the page's language by its code; the English sentence where the code is not known."""
    params = dict(reason.params)
    if "country" in params:
        params["country"] = tongue.country(params["country"])
    if params.get("confidence") in CONFIDENCE:
        params["confidence"] = tongue(CONFIDENCE[params["confidence"]])
    finer = params.get("relation") or params.get("mode")
    return _said(tongue, WHY, f"{reason.code}.{finer}" if finer else reason.code, params, reason)


def missing(tongue: Tongue, reason: Reason, word: Word) -> str:
    """What a near miss lacks. ``word``: a facet's value as the page says it, by its name."""
    code, params = reason.code, dict(reason.params)
    if code == "NOT_THERE":
        code = code if params["held"] else "NOT_THERE_NOR"
        params["asked"] = word("country", params["asked"])
        held = params["held"].split(", ")[:4]
        params["held"] = tongue.listed(word("country", one) for one in held)
    elif code == "OTHER_STATUS":
        held = params["held"].split(", ")
        params["held"] = tongue.listed(word("status", one) for one in held)
    elif code == "WITHOUT":
        params["asked"] = word(params["what"], params["asked"])
    return _said(tongue, MISSING, code, params, reason)


def note(tongue: Tongue, reason: Reason) -> str:
    """What the question met on its way."""
    code = f"{reason.code}_NEAR" if reason.params.get("near") else reason.code
    return _said(tongue, NOTES, code, reason.params, reason)


def _said(
    tongue: Tongue, phrases: Mapping[str, str], code: str, params: Mapping[str, str], reason: Reason
) -> str:
    if code not in phrases:
        return reason.text
    try:
        return tongue(phrases[code], **params)
    except KeyError:
        return reason.text
