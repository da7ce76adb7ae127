"""Why a paper can be used for a market, perhaps can, or cannot: stable codes with a sentence each.

Pages translate by code. None of the sentences accuses: what is not known is said to be unknown.
"""

import msgspec


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """A reason. ``code`` is stable, ``params`` fill the sentence, ``text`` is English."""

    code: str
    params: dict[str, str] = {}
    text: str = ""


SENTENCES: dict[str, str] = {
    # it can be used
    "KIND_ASKED_FOR": "The route asks for this kind of evidence.",
    "STANDARD_AS_ASKED": "It is to {standard}, as asked.",
    "STOOD_WHEN_ISSUED": "{named} stood on {day}, the day of issue.",
    "STOOD_WHEN_TESTED": "{named} stood on {day}, the day of the test.",
    "SIGNATORY_THEN": "{issuer} was a signatory of {arrangement} on {day}.",
    "DESIGNATION_COUNTS": "What {issuer} designates or accredits fulfils this, by {source}.",
    "WITHIN_AGE": "Issued on {day}; the route takes what is no older than {months} months.",
    "BEHIND_DECLARATION": "It can stand behind the maker's own declaration; it does not"
    " replace it.",
    # beside it, whatever else is said
    "STANDARD_NOT_ASKED": "No standard was asked for: that {standard} is the one needed is yours"
    " to say.",
    # it perhaps can
    "ROUTE_FROM_MEMORY": "The route is from memory: a hint to check, not a fact.",
    "ROUTE_UNSURE": "The route's own confidence is low.",
    "STANDARD_NOT_SAID": "Its standard is not said; asked is {asked}.",
    "STANDARD_ADOPTED": "{held} and {asked} adopt one another by name; that they say the same is"
    " not known from a source.",
    "STANDARD_IDENTICAL": "{one} is identical with {other}: a hint ({confidence} confidence), which"
    " no source says yet.",
    "STANDARD_MODIFIED": "{one} is a modified adoption of {other}: a hint ({confidence}"
    " confidence), which no source says yet. What differs is tested anew.",
    "STANDARD_SUPERSEDES": "{one} supersedes {other}: a hint ({confidence} confidence), which no"
    " source says yet.",
    "EDITION_NOT_SAID": "Its edition is not said; asked is {asked}.",
    "EDITION_NEWER": "It is to the later edition {held}; asked is {asked}.",
    "EDITION_OTHER": "Its edition is {held}; asked is {asked}.",
    "AMENDMENTS_DIFFER": "Its amendments are not those asked for: {asked}.",
    "DAY_NOT_SAID": "The day of issue is not said.",
    "AGE_LIMIT_UNSAID": "The route names an age limit without saying how long.",
    "ACCREDITATION_NOT_NAMED": "It names no accreditation that could be judged on its day.",
    "STANDING_UNKNOWN": "How {named} stood on {day} is not known: {verdict}.",
    "SIGNATORY_UNKNOWN": "Whether {issuer} was a signatory of the arrangement on {day} is not known"
    " from a source.",
    "DESIGNATION_UNKNOWN": "Whose designation counts here is not known from a source.",
    "CB_LABORATORY_NOT_NAMED": "It is a report of the CB scheme: whether its laboratory is"
    " accredited for the test by a signatory of the arrangement, it does not say.",
    "OWNER_TO_CHECK": "The market bars bodies of prohibited owners ({source}): whose this one is,"
    " the paper does not say.",
    "AUTHORITY_DECIDES": "The authority decides whether it takes it.",
    # it cannot
    "OTHER_KIND": "No route of this market asks for this kind of evidence.",
    "OTHER_PRODUCT": "It is of another product: {held}.",
    "OTHER_STANDARD": "It is to {held}; asked is {asked}.",
    "EDITION_OLDER": "It is to the older edition {held}; asked is {asked}.",
    "NOT_YET_ISSUED": "It is dated {day}, after the day asked about.",
    "TESTED_AFTER_ISSUE": "It was issued on {issued}, before its test on {tested}.",
    "TOO_OLD": "Issued on {day}; the route takes what is no older than {months} months.",
    "OTHER_PLACE": "The test must be done in {market}; this one was done in {country}.",
    "NOT_DONE_THERE": "The test must be done in {market} by a laboratory there; this is no report"
    " of one.",
    "NOT_DESIGNATED": "What {issuer} designates or accredits is not what counts here.",
    "DID_NOT_STAND_WHEN_ISSUED": "{named} did not stand on {day}, the day of issue: {verdict}.",
    "DID_NOT_STAND_WHEN_TESTED": "{named} did not stand on {day}, the day of the test: {verdict}.",
    "NOT_SIGNATORY": "{issuer} was no signatory of the arrangement on {day}, by {source}.",
    "MADE_ANEW": "It is made anew for each market.",
    # which alternative is taken
    "BEST_IN_HAND": "All that it asks for is in hand.",
    "BEST_FEWEST": "Fewest steps are left: {count}.",
    "BEST_FEWEST_THERE": "As few steps are left as elsewhere, and fewest of them in the country.",
    "BEST_LIKELIEST": "As few steps are left as elsewhere, and less of it rests on a perhaps.",
    "BEST_FIRST": "No alternative is shorter; this one is named first.",
    "BEST_ONLY": "It is the only way named.",
}


def because(code: str, **params: object) -> Because:
    """A reason of the table; an unknown code raises ``KeyError``."""
    values = {name: str(value) for name, value in params.items()}
    return Because(code=code, params=values, text=SENTENCES[code].format(**values))
