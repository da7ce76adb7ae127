"""What the pages of one's own account share: the way in, and refusals in the page's words."""

import re
from functools import cache

from directory import edge, who
from directory.pages.audit_words import Problem
from directory.pages.render import Frame
from directory.pages.reply import Redirect
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.errors import BadQuestion, Conflict, NotFound, Unauthorized
from services.terms import Role

PRIVATE = {"cache-control": "no-store"}
SEE_OTHER = 303
# what a person can mend on the page that it was sent from
MENDED = (BadQuestion, Conflict)

# sentences of the services (their first part) → how a page says them
_SAID: dict[str, str] = {
    "because: a decision needs its reason.": N_("Say in 1 to 2,000 characters why."),
    "{who} decided {id} on {at}: {state} ({why}).": N_(
        "{who} has decided this match already, on {at}: {why}"
    ),
    "Somebody was here first: {who} {what} on {at} ({why}).": N_(
        "{who} was here first, on {at}: {why} Look at both bodies again."
    ),
    "A source says something else since.": N_(
        "A source says something else since this page was shown. Look at both bodies again."
    ),
    "kind, into: a relation needs both.": N_("Say what it is, and of which body."),
    "name: it has {n} characters, or some that cannot be printed.": N_(
        "Write a name of 1 to 80 characters on one line."
    ),
    "label: it has {n} characters, or some that cannot be printed.": N_(
        "Say in 1 to 80 characters on one line what the key is for."
    ),
    "The account has {n} keys, as many as it may have.": N_(
        "There are {n} keys already, as many as an account may have. End one first."
    ),
    "The account has {n} watchlists, as many as it may have.": N_(
        "There are {n} watchlists already, as many as an account may have. Delete one first."
    ),
    "The account has {n} subscriptions, as many as it may have.": N_(
        "There are {n} webhooks already, as many as an account may have. Delete one first."
    ),
    "The list would hold {n} bodies; it takes {most}.": N_(
        "The list would hold {n} bodies; it takes {most}. Put the rest into another list."
    ),
    "Subscriptions use the watchlist {list}: {which}.": N_(
        "Webhooks use this list ({which}): delete those first, else they would go on in silence."
    ),
    'bodies: there is no "{id}" in the directory.': N_("There is no body {id} in the directory."),
    'There is no accreditation "{id}".': N_("There is no accreditation {id} in the directory."),
    'number: "{text}" holds no number to look up.': N_(
        "Write a number as it is printed, as CNAS L1234, or an id of this directory, as b12."
    ),
    '"{text}" is no id of a body.': N_("{text} is no id of a body. Such ids look like b12."),
    'url: "{url}" is no address of a web server.': N_(
        "{url} is no address of a web server. Write one as https://office.example/labdir."
    ),
    'url: "{url}" is no address ({why}).': N_(
        "{url} is no address of a web server. Write one as https://office.example/labdir."
    ),
    'url: "{url}" is not encrypted.': N_(
        "{url} is not encrypted. Messages go to addresses that begin with https:// alone."
    ),
    "url: it has {n} characters.": N_("The address is too long: at most 2,000 characters."),
    "url: it holds a user or a password, which would stand in logs.": N_(
        "Leave user and password out of the address: every message is signed, which is safer."
    ),
    "url: {host} is at the private address {address}.": N_(
        "{host} is at the private address {address}. Messages go to public addresses; whoever "
        "runs this directory may name a private one in its settings (fetch.private_hosts)."
    ),
    "url: The name {host} cannot be resolved ({why}).": N_(
        "The name {host} is not known to the public DNS. Is it spelt rightly?"
    ),
    "url: its name could not be looked up in time.": N_(
        "The name could not be looked up in time. Try again."
    ),
    'country: "{text}" is no country.': N_("{text} is no country. Write two letters, as SG."),
    'issuer: nothing of "{text}" is in the directory.': N_(
        "No accreditation by {text} is in the directory. Write its short name, as CNAS."
    ),
    "from: there is no position {n} in the log.": N_("The log has no position {n} yet."),
    'market: there is no market "{text}".': N_(
        "{text} is no market. Write two letters, as SA, a country's name, or EU."
    ),
    "market: it is empty.": N_("Say in which market: two letters, as SA, a country's name, or EU."),
    'product: nothing is known of "{text}".': N_("No route names a product “{text}”."),
    'standard: "{text}" is not read as a designation.': N_(
        "{text} is not read as a standard. Write it with its family, as GB 4943.1 or IEC 62368-1."
    ),
    "happened_on: {text} is no day of the last ten years.": N_(
        "Give the day on which it was not taken: one of the last ten years, not to come."
    ),
    "document_kind: it has {n} characters{left}.": N_(
        "Say in 3 to 200 characters which document was not taken, without addresses or numbers of "
        "persons."
    ),
    "rejected_by: it has {n} characters{left}.": N_(
        "Name in 2 to 200 characters the office or firm, without addresses or numbers of persons."
    ),
    "text: it has {n} characters{left}.": N_(
        "Give the reason in 20 to 2,000 characters, without addresses or numbers of persons."
    ),
    "because: it has {n} characters.": N_("Say in 3 to 2,000 characters why."),
    "{who} has discarded run {id}: {why}": N_("{who} has discarded this run already: {why}"),
    "{who} has accepted run {id}: run {new} publishes it.": N_(
        "{who} has accepted this run already: run {new} publishes it."
    ),
    "Run {id} of the same list is under way.": N_(
        "Run {id} of the same list is under way. Try again when it has ended."
    ),
    "Run {new} has published a newer version of this list than run {id}.": N_(
        "Run {new} has published a newer version of this list. Read that one again: a newer truth "
        "is not replaced by an older one."
    ),
    "Run {new} has published a newer version of this list than run {id} read.": N_(
        "Run {new} has published a newer version of this list since. A newer truth is not replaced "
        "by an older one."
    ),
    "Run {id} was read again before: run {new} published it.": N_(
        "It was read again before: run {new} published it."
    ),
    "This file is of {seen} UTC; run {id} has published a version of {at} UTC.": N_(
        "This file is of {seen} UTC; run {id} has published a version of {at} UTC. A newer truth "
        "is not replaced by an older one; where only the day was given, give the time as well."
    ),
    "seen: “{text}” is no day and no time.": N_(
        "“{text}” is no day and no time. Write it as 2026-05-31, or with its time as "
        "2026-05-31T09:00."
    ),
    "seen: {text} is still to come.": N_("{text} is still to come. Say when it was obtained."),
    "The file is empty.": N_("The file is empty. Send it as its publisher has it."),
    "every: {why}.": N_("Write the schedule as a number with m, h or d, as 6h; 1m to 366d."),
    'every: "{text}" is out of range.': N_(
        "Write the schedule as a number with m, h or d, as 6h; 1m to 366d."
    ),
    "rate: {n} is out of range.": N_("The rate is above 0 and at most 5 requests a second."),
    "{who} has ruled on this: {why}": N_(
        "{who} has ruled on this already: {why} Tick the box if yours is to replace it."
    ),
    "because: a ruling needs its reason.": N_("Say why this statement counts."),
    'upholds: "{text}" is neither of the two statements.': N_(
        "Choose one of the two statements; one of them may have changed since the page was shown."
    ),
    "Tier {low} cannot lift what tier {high} says ({said}).": N_(
        "A source of tier {low} cannot lift what tier {high} says ({said}): have the register "
        "re-verified, or mended by its keeper."
    ),
    "The key {id} was ended on {day}.": N_("This key was ended already, on {day}."),
    "The subscription {id} has ended already.": N_("This subscription has ended already."),
    'There is no open account "{name}".': N_("There is no open account “{name}”."),
    'list: {key} has no list "{name}".': N_("The source has no list “{name}”."),
    "because: it has {n} characters{left}.": N_("Say in at least 3 characters why."),
    "{n} reports of this account wait, as many as may.": N_(
        "{n} reports of this account wait for a steward, as many as may. Wait until some are read."
    ),
    "The report {id} is {state}: {who} decided so on {at}.": N_(
        "{who} has decided this report already, on {at}. A decision stands."
    ),
    "password: it has {n} characters.": N_("The new password has 12 to 256 characters."),
    "password: it is among the first that anybody would try.": N_(
        "This new password is among the first that anybody would try. Choose several words that do "
        "not belong together."
    ),
    "The subscription {id} is {state}.": N_("Nothing is sent at present. Resume it first."),
    "The delivery {id} is {state}.": N_("This message is on its way, or has arrived."),
}


@cache
def _shapes() -> list[tuple[re.Pattern[str], str]]:
    return [(_shape(sentence), said) for sentence, said in _SAID.items()]


def _shape(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    return re.compile(
        "".join(f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)),
        re.DOTALL,
    )


def refusal(tongue: Tongue, fault: BadQuestion | Conflict | NotFound) -> Problem:
    """Why something sent was not taken; the service's own English where no page says it."""
    for shape, said in _shapes():
        if found := shape.fullmatch(fault.what):
            return Problem(tongue(said).format(**found.groupdict()))
    return Problem(str(fault), known=False)


async def steward(request: edge.AnyRequest, least: Role = Role.STEWARD) -> Principal | None:
    """Whoever works at the desk; None where nobody is signed in. Raises Forbidden for others."""
    try:
        return await who.principal(request, least)
    except Unauthorized:
        return None


def to_sign_in(tongue: Tongue, back: str) -> Redirect:
    """To whoever is not signed in. ``back``: the path to come back to."""
    return Redirect(Frame(tongue, "").url("/sign-in", next=back), PRIVATE, SEE_OTHER)


def to(tongue: Tongue, path: str, **asked: str) -> Redirect:
    """What was sent is done; this page is to be read next."""
    address = Frame(tongue, "").url(path, **asked) if asked else tongue.path(path)
    return Redirect(address, PRIVATE, SEE_OTHER)
