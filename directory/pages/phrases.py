"""Why a result stands where it stands, in words by code."""

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.views import Reason

# codes of services.find.search; parameters by name
WHY: dict[str, str] = {
    "NUMBER": N_("its number is the one asked for"),
    "IN_NAME": N_("all words stand in its name"),
    "LINES": N_("%(lines)s scope lines hold what is asked"),
    "SOME_WORDS": N_("it holds %(hit)s of the %(of)s words"),
    "CORRECTED": N_("searched for “%(words)s” instead"),
}


def why(tongue: Tongue, reason: Reason) -> str:
    """In the page's language by its code; the English sentence where the code is not known."""
    if reason.code not in WHY:
        return reason.text
    try:
        return tongue(WHY[reason.code], **reason.params)
    except KeyError:
        return reason.text
