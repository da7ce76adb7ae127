"""What happened to a body, on both axes: when it was true and when the directory learned it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from services.find.parts import last_day
from services.find.proof import Proofs
from services.find.views import TimelineEntry
from services.store.facts import BodyHeld
from services.store.looks import Look, RecordSeen
from services.store.merge import AccreditationHeld, Said


def entries(body: BodyHeld, proofs: Proofs) -> tuple[TimelineEntry, ...]:
    """Newest first by the day when it was true, then by the time it became known."""
    found = [
        *(entry for acc in body.accreditations for entry in _of_accreditation(acc, proofs)),
        *_of_names(body, proofs),
        *_of_presences(body, proofs),
        *_of_credentials(body, proofs),
        *(entry for record in body.records for entry in _of_record(record, body, proofs)),
    ]
    return tuple(sorted(found, key=_order, reverse=True))


def _order(entry: TimelineEntry) -> tuple[date, datetime, str, str]:
    return entry.at or entry.known_at.date(), entry.known_at, entry.what, entry.label


def _known(said: Said) -> datetime:
    moment: datetime = said.row.known.lower
    return moment.astimezone(UTC)


def _of_accreditation(acc: AccreditationHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    for what, day in (("granted", acc.facts.granted), ("expires", acc.facts.expires)):
        if day is None:
            continue
        says = [s for s in acc.said if getattr(s.row, what) == day]
        yield TimelineEntry(
            at=day,
            until=None,
            known_at=min(map(_known, says)),
            what=what,
            accreditation=f"a{acc.id}",
            label=acc.label,
            raw=says[0].row.raw,
            params={"standard": acc.standard} if acc.standard else {},
            evidence=proofs.all(says),
        )
    for one in acc.events:
        row = one.said[0].row
        window = one.event.window
        params = {
            "decided": row.decided,
            "published": row.published,
            "expires": row.expires,
            "after": window[0] if window else None,
            "before": window[1] if window else None,
            "lines": ", ".join(row.lines),
            "sites": ", ".join(row.sites),
            "asked_by": row.asked_by,
        }
        yield TimelineEntry(
            at=row.on,
            until=last_day(row.until),
            known_at=min(map(_known, one.said)),
            what=one.event.kind.value,
            accreditation=f"a{acc.id}",
            label=acc.label,
            raw=row.raw,
            params={name: str(value) for name, value in params.items() if value},
            evidence=proofs.all(one.said),
        )


def _of_names(body: BodyHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    """Names whose period the source dates: a rename is a fact of its own."""
    for said in body.names:
        for what, day in (
            ("name", said.row.valid.lower),
            ("name_ended", said.row.valid.upper),
        ):
            if day is not None:
                yield _plain(said, what, day, said.row.text, proofs, {"kind": said.row.kind.value})


def _of_presences(body: BodyHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    for said in body.presences:
        if said.row.valid.lower is not None:
            params = {"mode": said.row.mode.value, "country": said.row.country}
            label = said.row.city or said.row.country
            yield _plain(said, "presence", said.row.valid.lower, label, proofs, params)


def _of_credentials(body: BodyHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    for said in body.credentials:
        if said.row.granted is not None:
            params = {
                "kind": said.row.kind.value,
                "polarity": said.row.polarity.value,
                "level": said.row.level.value,
            }
            yield _plain(said, "credential", said.row.granted, said.row.title, proofs, params)


def _plain(
    said: Said, what: str, day: date, label: str, proofs: Proofs, params: dict[str, str]
) -> TimelineEntry:
    return TimelineEntry(
        at=day,
        until=None,
        known_at=_known(said),
        what=what,
        accreditation=None,
        label=label,
        raw=said.row.raw,
        params=params,
        evidence=(proofs.of(said),),
    )


def _of_record(record: RecordSeen, body: BodyHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    """When a record came to its list, left it and came back. A changed record stays on its list:
    only a gap between two of its sightings is a departure."""
    looks = [stand.looks[0] for stand in record.stands if stand.looks]
    if not looks:
        return
    said = _speaks_for(record, body)
    evidence = (proofs.of(said),) if said else ()
    params = {"source": record.source.key, "list": record.list_name}
    label = record.source.meta.get("title", record.source.key)

    def entry(what: str, look: Look) -> TimelineEntry:
        return TimelineEntry(
            at=look.day,
            until=None,
            known_at=look.known_at,
            what=what,
            accreditation=None,
            label=label,
            raw="",
            params=params,
            evidence=evidence,
        )

    yield entry("listed", looks[0])
    stands = [stand for stand in record.stands if stand.looks]
    for stand, following in zip(stands, [*stands[1:], None], strict=True):
        if stand.left is None:
            continue
        if following is None:
            yield entry("left_list", stand.left)
        elif following.looks[0].run_id != stand.left.run_id:
            yield entry("left_list", stand.left)
            yield entry("back_on_list", following.looks[0])


def _speaks_for(record: RecordSeen, body: BodyHeld) -> Said | None:
    """A statement of that record: its evidence is the evidence of the listing."""
    for says in (body.names, *(list(acc.said) for acc in body.accreditations)):
        for said in says:
            if said.record.id == record.id:
                return said
    return None
