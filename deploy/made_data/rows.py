"""From lives to rows: which statement stood from which look until which, as the road leaves it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from deploy.made_data.lives import Body, Held
from services import kit
from services.sync.digest import draft_hash
from services.sync.statements import Stated, stated

PARTS = ("names", "identifiers", "profile", "accreditations", "events")
OWN_PARTS = ("names", "identifiers", "presences", "credentials")
ACC = "acc"  # the records' own word for their accreditation


@dataclass(frozen=True, slots=True)
class Version:
    """A statement and the looks (by number) that began and ended it."""

    part: str
    said: Stated
    begun: int
    ended: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A record's content from one look until another."""

    content: bytes
    begun: int
    ended: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """A record through all looks. ``left``: the look that no longer showed it."""

    draft: kit.Draft
    versions: list[Version]
    seen: list[Seen]
    renewed: list[int]
    left: int | None

    @property
    def begun(self) -> int:
        return self.seen[0].begun


def told(record_id: int, body: Body, held: Held, looks: Sequence[date]) -> Told | None:
    """What a register said of one accreditation; None where it joined after the last look."""
    left = bisect_left(looks, held.leaves)
    at = sorted({bisect_left(looks, day) for day in held.turns()})
    at = [n for n in at if n < min(left, len(looks))]
    if not at:
        return None
    drafts = [(n, body.draft(held, looks[n])) for n in at]
    gone = left if left < len(looks) else None
    versions, seen = _through(record_id, drafts, PARTS, gone)
    days = [day for day in held.renewals if day > held.joined]
    renewed = sorted({n for day in days if at[0] < (n := bisect_left(looks, day)) < len(looks)})
    renewed = [n for n in renewed if gone is None or n < gone]
    return Told(drafts[-1][1], versions, seen, renewed, gone)


def own(record_id: int, body: Body, look: int) -> Told:
    """What a body said of itself, once."""
    draft = body.own()
    versions, seen = _through(record_id, [(look, draft)], OWN_PARTS, None)
    return Told(draft, versions, seen, [], None)


def _through(
    record_id: int, drafts: Sequence[tuple[int, kit.Draft]], parts: Sequence[str], gone: int | None
) -> tuple[list[Version], list[Seen]]:
    """A record that leaves its list ends its sighting and no statement, as on the road."""
    versions: list[Version] = []
    seen: list[Seen] = []
    open_now: dict[tuple[str, str, bytes], tuple[Stated, int]] = {}
    for n, (look, draft) in enumerate(drafts):
        here = {
            (part, said.key, said.hash): said
            for part in parts
            for said in stated(record_id, draft, part)
        }
        for key in [key for key in open_now if key not in here]:
            before, begun = open_now.pop(key)
            versions.append(Version(key[0], before, begun, look))
        for key, said in here.items():
            open_now.setdefault(key, (said, look))
        ended = drafts[n + 1][0] if n + 1 < len(drafts) else gone
        seen.append(Seen(draft_hash(draft), look, ended))
    versions += [Version(key[0], said, begun, None) for key, (said, begun) in open_now.items()]
    return versions, seen
