"""What a body's page shows of its brand and its way abroad: trade marks as a table, credentials in
groups, and how complete the record is. No score: facts and what is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from directory.pages.body_words import RECORD, SAID
from directory.pages.tongue import Tongue
from services.find.abroad import AbroadView
from services.find.views import BodyView, CredentialView
from services.terms import CredentialKind, Polarity

# "EU, GB, VN (designated)": one international registration that names several parties
_PARTIES = re.compile(r"((?:[A-Z]{2})(?:, [A-Z]{2})+)(?: \((\w+)\))?")
SHOWN = 6  # of each part abroad on the body's own page; the API has all


@dataclass(frozen=True)
class Held:
    """One mark in one territory and class. ``status``: its office's word, "" where not said."""

    mark: CredentialView
    status: str


@dataclass(frozen=True)
class Marks:
    """Trade marks: a row a territory, a column a class (None: not said)."""

    classes: tuple[int | None, ...]
    rows: tuple[tuple[str, tuple[tuple[Held, ...], ...]], ...]


def marks(credentials: Sequence[CredentialView]) -> Marks | None:
    """``None`` where no source names a mark. What speaks against a body stands elsewhere."""
    held: dict[str, dict[int | None, list[Held]]] = {}
    for one in credentials:
        if one.kind is CredentialKind.TRADEMARK and one.polarity is Polarity.POSITIVE:
            for territory, status in _territories(one):
                row = held.setdefault(territory, {})
                row.setdefault(one.nice_class, []).append(Held(one, status))
    classes = tuple(sorted({n for row in held.values() for n in row}, key=lambda n: n or 0))
    rows = tuple(
        (territory, tuple(tuple(row.get(n, ())) for n in classes))
        for territory, row in held.items()
    )
    return Marks(classes, rows) if rows else None


def _territories(one: CredentialView) -> list[tuple[str, str]]:
    found = _PARTIES.fullmatch(one.territory.strip())
    if found is None:
        return [(one.territory, one.status)]
    return [(party, one.status or found[2] or "") for party in found[1].split(", ")]


Group = tuple[str, str, list[CredentialView]]


def grouped(tongue: Tongue, credentials: Sequence[CredentialView]) -> list[Group]:
    """What speaks against a body first, then what is verified, then what it claims; trade marks
    that speak for it have a table of their own."""
    against = [c for c in credentials if c.polarity is Polarity.ADVERSE]
    others = [
        c
        for c in credentials
        if c.polarity is Polarity.POSITIVE and c.kind is not CredentialKind.TRADEMARK
    ]
    groups: list[Group] = [
        ("adverse", tongue("Adverse"), against),
        ("verified", tongue("Verified"), [c for c in others if c.verified]),
        ("claimed", tongue("Claimed, not verified"), [c for c in others if not c.verified]),
    ]
    return [group for group in groups if group[2]]


@dataclass(frozen=True)
class OnRecord:
    """A kind of fact: the section that shows it, its words, how many are held."""

    anchor: str
    label: str
    count: int


def on_record(tongue: Tongue, body: BodyView, abroad: AbroadView) -> tuple[OnRecord, ...]:
    """How complete the record of a body is. Not how good the body is: nothing is weighed."""
    kinds = [c.kind for c in body.credentials]
    counts = {
        "identifiers": len(body.identifiers),
        "accreditations": len(body.accreditations),
        "scope": body.scope.of,
        "sites": len(body.sites),
        "presences": len(body.presences),
        "trademarks": kinds.count(CredentialKind.TRADEMARK),
        "memberships": kinds.count(CredentialKind.MEMBERSHIP),
        "proficiency": kinds.count(CredentialKind.PROFICIENCY_RESULT),
        "cooperations": len(abroad.cooperations),
        "acceptances": len(abroad.acceptances),
        "accompaniments": len(abroad.accompaniments),
        "ownerships": len(abroad.ownerships),
    }
    return tuple(OnRecord(anchor, tongue(label), counts[key]) for key, anchor, label in RECORD)


def said(tongue: Tongue, family: str, value: object) -> str:
    """A word of the vocabulary of marks, members, partners and products; as it stands where it is
    no word of it."""
    plain = str(value)
    known = SAID[family].get(plain)
    return tongue(known) if known else plain.replace("_", " ")


_PROOF = re.compile(r"(.*?)(?: \((\d{4}-\d{2}-\d{2})\))?", re.DOTALL)
_NOWHERE = re.compile(r"https?://[^/]*\.example(?:[/:?#]|$)", re.IGNORECASE)


def proof(text: str) -> tuple[str, str, bool]:
    """What a source names as proof: its words, the day on which it was seen, and whether it is an
    address to go to (a made-up one leads nowhere)."""
    found = _PROOF.fullmatch(text)
    words, day = (found[1], found[2] or "") if found else (text, "")
    return words, day, words.startswith("https://") and not _NOWHERE.match(words)
