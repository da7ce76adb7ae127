"""What to look at beside a verdict: stable codes with an English sentence for each.

None of them accuses: a number may be misread, a name rightly changed, a list be late.
"""

from services.verdict.views import Flag

FLAGS: dict[str, str] = {
    "LOOKALIKE": "Nobody bears {number}; {other} looks like it: compare I, L, 1, O and 0, letters"
    " of other scripts and leading zeros with the paper.",
    "NUMBER_REUSED": "{count} holders have borne this number; judged is the one of that day.",
    "SEVERAL_HOLDERS": "{count} accreditations fit what was asked; say whose, or the issuer.",
    "HOLDER_DIFFERS": "The number is registered for {holder}, not for {claimed}.",
    "HOLDER_SPELT_OTHERWISE": "The holder is registered as {holder}; {claimed} is nearly that.",
    "HOLDER_NOT_COMPARABLE": "The registered names of the holder are in another script than"
    " {claimed}: compare them by eye: {holder}.",
    "SITE_NOT_RECOGNISED": "{site} is none of the sites that are held of the body.",
    "SITE_AMBIGUOUS": "{site} could be any of {count} sites: name it as the schedule does.",
    "WORDS_DIFFER": "The scope line says {line}; asked was {asked}.",
    "NOTHING_NAMED": "The row names no accreditation, number or body.",
    "NUMBER_TOO_LONG": "A number has at most {most} characters.",
}


def flag(code: str, **params: object) -> Flag:
    """A flag of the table; an unknown code raises ``KeyError``."""
    values = {name: str(value) for name, value in params.items()}
    return Flag(code=code, params=values, text=FLAGS[code].format(**values))
