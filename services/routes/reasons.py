"""Why a requirement is met, is not, or is unknown: stable codes with parameters and an English
sentence each. Pages translate by code; a code is never given another meaning. None accuses.
"""

import msgspec

REASONS: dict[str, str] = {
    # met
    "REPORT_OF_SIGNATORY": "{label} covers it, and {issuer} was a signatory of {arrangement}.",
    "DESIGNATED": "{label} stands; what {issuer} designates or accredits fulfils this.",
    "SITE_THERE": "{label} covers its site {site} in {country}.",
    "OWNER_STATED": "{source} states the owner {owner} and calls it no prohibited one.",
    # somebody else does it
    "MAKER_DECLARES": "The maker declares conformity; no body can do it for him.",
    "IMPORTER_REGISTERS": "The maker's importer or representative registers the product there.",
    "AUTHORITY_DECIDES": "The authority decides whether it takes a foreign certificate.",
    # not met
    "DOES_NOT_STAND": "{label} did not stand on that day: {verdict}.",
    "NOT_IN_SCOPE": "{label} does not name {standard} in its scope.",
    "SITE_NOT_COVERED": "{label} does not cover the site {site} in {country}.",
    "NOT_SIGNATORY_THEN": "{issuer} was no signatory of {arrangement} on that day.",
    "NOT_DESIGNATED": "It is not on the list of {issuer}, read last on {day} ({source}).",
    "NO_SITE_THERE": "None of the sites that its schedules name lies in {country}.",
    "PROHIBITED_OWNER": "{source} calls its owner {owner} a prohibited one ({rule}).",
    # not known
    "HINT_ONLY": "The route is from memory: a hint to check, not a fact.",
    "DESIGNATOR_FROM_MEMORY": "That {issuer} designates for this is from memory: a hint to check.",
    "STANDING_UNKNOWN": "How {label} stood on that day is not known: {verdict}.",
    "FLEXIBLE_LIST_UNSEEN": "{label} has a flexible scope; its list of methods was not seen.",
    "SCOPE_NOT_HELD": "The scope of {label} on that day is not held: see its own schedule.",
    "SCOPE_NOT_ASKED": "{label} stands; whether its scope covers the product shows a standard.",
    "NO_ACCREDITATION_KNOWN": "No accreditation of the kind that is asked for is known of it.",
    "ARRANGEMENT_LISTED": "{issuer} is listed for {scopes} as of {day}; on that day: unknown.",
    "ARRANGEMENT_UNLISTED": "No arrangement is listed for {issuer}; that is no proof of none.",
    "NO_DESIGNATOR": "Whose designation fulfils this is not known from a source.",
    "NO_SOURCE_HELD": "No source of {issuer} is held, so nobody can be said to be on its list.",
    "SITE_CLAIM_ONLY": "It says that it works in {country}; no accreditation is known to cover it.",
    "PARTNER_THERE": "In {country} it works through {partner}, who must hold this.",
    "NO_SITE_KNOWN": "No site of it in {country} is known.",
    "SEAT_ONLY": "Its seat is in {country}; {label} names no site.",
    "OWNERSHIP_NOT_STATED": "Ownership is not stated by any source that is held.",
    "OWNER_NOT_JUDGED": "{source} states the owner {owner}; whether the rule bars it is not said.",
    # of the route itself
    "START_TO_BE_NOTIFIED": "A date of it is yet to be notified: {words}.",
    "DATE_AHEAD": "{kind} {on}: {words}.",
}

LINKS: dict[str, str] = {
    "SITE_COVERED": "The site {site} ({country}) is covered.",
    "SITE_OPEN": "Whether the site {site} ({country}) is covered is not known.",
    "SITE_MISSED": "The site {site} ({country}) is not covered.",
    "LINE_COVERS": "The scope line covers {standard}.",
    "LINE_OPEN": "No scope line is known that covers {standard}.",
    "LINE_NOT_ASKED": "No standard was asked, so no scope line was looked for.",
    "STANDS": "{label} stood on that day.",
    "STANDS_NOT": "{label} did not stand on that day: {verdict}.",
    "STANDS_OPEN": "How {label} stood on that day is not known: {verdict}.",
    "BODY_LISTED": "{name} accredits, by the reference list as of {day}.",
    "BODY_NOT_LISTED": "{issuer} is not in the reference list of accreditation bodies.",
    "SIGNATORY_THEN": "{issuer} was a signatory of {arrangement} for {scope}.",
    "SIGNATORY_NOT_THEN": "{issuer} was no signatory of {arrangement} for {scope} on that day.",
    "LISTED_AS_OF": "Listed for {scopes} as of {day}; on that day: unknown.",
    "NOT_LISTED": "No arrangement is listed for {issuer}; that is no proof of none.",
    "DESIGNATES": "What {issuer} designates or accredits counts here ({source}).",
    "DESIGNATES_MEMORY": "That {issuer} counts here is from memory.",
    "OWNER": "Owner, by {source}: {owner}.",
    "RULE": "{scheme} ({source}).",
    "RULE_MEMORY": "{scheme}: from memory, a hint to check.",
}


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """A reason: ``code`` is stable, ``params`` fill the sentence, ``text`` is English."""

    code: str
    params: dict[str, str]
    text: str


def because(code: str, /, **params: object) -> Because:
    """A reason of the table; an unknown code raises ``KeyError``."""
    values = {name: str(value) for name, value in params.items()}
    return Because(code=code, params=values, text=REASONS[code].format(**values))


def link_text(code: str, params: dict[str, str]) -> str:
    return LINKS[code].format(**params)
