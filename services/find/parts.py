"""The parts of a body as pages show them: names, places, presences, credentials, relations."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
import stdnum.cn.uscc
import stdnum.lei
from sqlalchemy.engine import Connection

from services import models as m
from services.find.proof import Proofs
from services.find.views import (
    Cover,
    CredentialView,
    IdentifierView,
    NameView,
    PresenceView,
    RelationView,
    SiteView,
)
from services.store.card import by_tier, names_of
from services.store.facts import BodyHeld
from services.store.merge import AccreditationHeld, Said
from services.terms import VERIFIED_LEVELS, CredentialKind, EvidenceLevel, Polarity, Verdict
from services.validity import Line, Question, Standing, decide, standing

# Identifiers whose last digits check the others (BRIEF "Identifiers"); all others have none.
_CHECKED = {"USCC": stdnum.cn.uscc.is_valid, "LEI": stdnum.lei.is_valid}
# (record, site key) → the record's word for an accreditation → its scope lines that name the site
SiteLines = dict[tuple[int, str], dict[str, int]]
EXPIRING_DAYS = 90  # what ends within so many days is said to be expiring, where nobody says else
# A mark registered in China is renewed in the twelve months before it ends (brand_credentials.md,
# A); the windows of other offices are not held.
_OPENS_BEFORE = {"CN": 365}
_RENEWED = frozenset(
    (CredentialKind.TRADEMARK, CredentialKind.MEMBERSHIP, CredentialKind.DESIGNATION,
     CredentialKind.AWARD)
)  # fmt: skip


def names(body: BodyHeld, proofs: Proofs) -> tuple[NameView, ...]:
    return tuple(
        NameView(
            text=group[0].row.text,
            lang=group[0].row.lang,
            kind=group[0].row.kind,
            evidence=proofs.all(group),
        )
        for group in names_of(body)
    )


def grouped(says: Iterable[Said], *fields: str) -> list[list[Said]]:
    """Statements that say the same of these fields, together; best tier first."""
    groups: dict[tuple[Any, ...], list[Said]] = {}
    for said in by_tier(list(says)):
        groups.setdefault(tuple(getattr(said.row, name) for name in fields), []).append(said)
    return list(groups.values())


def identifiers(body: BodyHeld, proofs: Proofs) -> tuple[IdentifierView, ...]:
    return tuple(
        IdentifierView(
            namespace=group[0].row.namespace,
            value=group[0].row.value,
            check_digit=_check_digit(group[0].row.namespace, group[0].row.value),
            evidence=proofs.all(group),
        )
        for group in grouped(body.identifiers, "namespace", "value")
    )


def _check_digit(namespace: str, value: str) -> bool | None:
    rule = _CHECKED.get(namespace.upper())
    return bool(rule(value)) if rule else None


def site_lines(conn: Connection, body: BodyHeld, known_at: Any) -> SiteLines:
    """How many scope lines name each site; a line that names none is done at all of them."""
    keys = [key for acc in body.accreditations for key in acc.line_keys]
    if not keys or not body.sites:
        return {}
    rows = conn.execute(
        sa.text(
            """
            select l.record_id, coalesce(site, ''), l.accreditation, count(*)
            from unnest(cast(:records as bigint[]), cast(:keys as text[])) as w(record_id, key)
            join scope_line l on l.record_id = w.record_id and l.accreditation = w.key
                and l.known @> cast(:known_at as timestamptz)
            left join lateral unnest(l.sites) as s(site) on true
            group by 1, 2, 3
            """
        ),
        {
            "records": [key[0] for key in keys],
            "keys": [key[1] for key in keys],
            "known_at": known_at,
        },
    )
    found: SiteLines = {}
    for record_id, site, key, count in rows:
        found.setdefault((record_id, site), {})[key] = count
    return found


def sites(body: BodyHeld, proofs: Proofs, lines: SiteLines) -> tuple[SiteView, ...]:
    return tuple(
        SiteView(
            key=group[0].row.key,
            name=group[0].row.name,
            country=group[0].row.country,
            region=group[0].row.region,
            city=group[0].row.city,
            address=group[0].row.address,
            address_also=group[0].row.address_also,
            lines=max(_lines_at(said, lines) for said in group),
            evidence=proofs.all(group),
        )
        for group in grouped(body.sites, "key", "name", "country", "city", "address")
    )


def _lines_at(said: Said, lines: SiteLines) -> int:
    keys = (said.record.id, ""), (said.record.id, said.row.key)
    return sum(sum(lines.get(key, {}).values()) for key in keys)


def presences(
    body: BodyHeld, proofs: Proofs, lines: SiteLines, on: date | None = None,
    known_on: date | None = None,
) -> tuple[PresenceView, ...]:  # fmt: skip
    """``on``, ``known_on``: the day for which what covers a place is judged, None: it is not."""
    return tuple(
        _presence(group, body, proofs, covers(group[0], body, lines, on, known_on))
        for group in grouped(
            body.presences, "country", "city", "mode", "partner", "site", "may_issue"
        )
    )


def _presence(
    group: list[Said], body: BodyHeld, proofs: Proofs, covered: tuple[Cover, ...]
) -> PresenceView:
    row = group[0].row
    level: EvidenceLevel = row.level
    verified = level in VERIFIED_LEVELS
    evidence = proofs.all(group)
    return PresenceView(
        key=row.key,
        country=row.country,
        city=row.city,
        mode=row.mode,
        site=row.site,
        on_schedule=bool(covered),
        claim_only=not covered and not verified,
        covered_by=covered,
        last_verified=evidence[0].last_seen.date() if verified else None,
        partner=row.partner,
        partner_also=row.partner_also,
        may_issue=row.may_issue,
        may_issue_also=row.may_issue_also,
        in_whose_name=row.in_whose_name,
        in_whose_name_also=row.in_whose_name_also,
        languages=tuple(row.languages),
        since=row.valid.lower,
        until=last_day(row.valid.upper),
        level=level,
        verified=verified,
        note=row.evidence,
        evidence=evidence,
    )


def covers(
    presence: Said, body: BodyHeld, lines: SiteLines, on: date | None, known_on: date | None
) -> tuple[Cover, ...]:
    """Accreditations whose lines name this very site, or one in the same place (a line of all sites
    names none: it proves nothing about a place abroad), and how each stands there."""
    there = {
        (site.record.id, site.row.key): site for site in body.sites if _in_place(site, presence)
    }
    found: dict[tuple[int, str], Cover] = {}
    for acc in body.accreditations:
        for record_id, key in acc.line_keys:
            for (at, site_key), site in there.items():
                if at == record_id and key in lines.get((at, site_key), {}):
                    found[acc.id, site_key] = Cover(
                        accreditation=f"a{acc.id}",
                        label=" ".join(filter(None, (acc.issuer, acc.number or acc.field))),
                        site=site.row.name or site_key,
                        standing=_standing_at(acc, site_key, on, known_on),
                    )
    return tuple(found.values())


def _standing_at(acc: AccreditationHeld, site: str, on: date | None, known_on: date | None) -> str:
    """How it stands at a site that its schedule names: a suspension may be of that site alone."""
    if on is None or known_on is None:
        return ""
    named = msgspec.structs.replace(acc.facts, lines=(Line(id="", sites=frozenset((site,))),))
    found = decide(named, Question(None, site, on, known_on))
    # of the whole that is "partly"; of the site that was asked about it is all of it
    return (Standing.SUSPENDED if found.verdict is Verdict.SUSPENDED else standing(found)).value


def _in_place(site: Said, presence: Said) -> bool:
    if presence.row.site:
        same_record = site.record.id == presence.record.id
        return bool(same_record and site.row.key == presence.row.site)
    same_city = not presence.row.city or site.row.city == presence.row.city
    return bool(site.row.country == presence.row.country and same_city)


def credentials(
    body: BodyHeld, proofs: Proofs, on: date | None = None, within: int = EXPIRING_DAYS
) -> tuple[CredentialView, ...]:
    """Adverse ones first, then verified ones, then mere claims. ``within``: days from ``on`` in
    which what ends is expiring; ``on`` None: nobody asks for a day."""
    levels = list(EvidenceLevel)
    found = [
        CredentialView(
            key=group[0].row.key,
            kind=group[0].row.kind,
            title=group[0].row.title,
            title_also=group[0].row.title_also,
            issuer=group[0].row.issuer,
            issuer_also=group[0].row.issuer_also,
            number=group[0].row.number,
            nice_class=group[0].row.nice_class,
            territory=group[0].row.territory,
            level=group[0].row.level,
            verified=group[0].row.level in VERIFIED_LEVELS,
            polarity=group[0].row.polarity,
            granted=group[0].row.granted,
            expires=group[0].row.expires,
            via_parent=group[0].row.via_parent,
            proof=group[0].row.evidence,
            note=group[0].row.note,
            note_also=group[0].row.note_also,
            evidence=proofs.all(group),
            category=group[0].row.category or "",
            status=group[0].row.status or "",
            **_term(group[0].row, on, within),
        )
        for group in grouped(
            body.credentials,
            "kind",
            "title",
            "issuer",
            "number",
            "nice_class",
            "territory",
            "status",
            "level",
        )
    ]
    return tuple(
        sorted(
            found, key=lambda one: (one.polarity is not Polarity.ADVERSE, levels.index(one.level))
        )
    )


def _term(row: Any, on: date | None, within: int) -> dict[str, Any]:
    """When it ends and is to be renewed: the fields of a CredentialView by the day asked about."""
    ends: date | None = row.expires or last_day(row.valid.upper)
    renewed = row.kind in _RENEWED and row.polarity is Polarity.POSITIVE and ends is not None
    before = _OPENS_BEFORE.get(row.territory) if row.kind is CredentialKind.TRADEMARK else None
    left = (ends - on).days if ends and on else None
    return {
        "renewal_due": ends if renewed else None,
        "renewal_opens": ends - timedelta(days=before) if renewed and ends and before else None,
        "expiring": left is not None and 0 <= left <= within,
        "ended": left is not None and left < 0,
    }


def relations(
    conn: Connection, body: BodyHeld, proofs: Proofs, known_at: datetime
) -> tuple[RelationView, ...]:
    """With the body meant, where its identifier was known then: one query."""
    wanted = {
        (said.row.other_namespace, said.row.other_value)
        for said in body.relations
        if said.row.other_value
    }
    known: dict[tuple[str, str], int] = {}
    if wanted:
        rows = conn.execute(
            sa.select(m.Identifier.namespace, m.Identifier.value, m.BodyLink.body_id)
            .join(m.BodyLink, m.BodyLink.record_id == m.Identifier.record_id)
            .where(
                m.Identifier.value
                == sa.any_(sa.literal([v for _, v in wanted], sa.ARRAY(sa.Text))),
                m.Identifier.known.contains(known_at),
                m.BodyLink.known.contains(known_at),
            )
            .order_by(m.BodyLink.body_id)
        )
        known = {(row.namespace, row.value): row.body_id for row in rows}
    views = []
    for group in grouped(body.relations, "kind", "other", "other_namespace", "other_value"):
        row = group[0].row
        other = known.get((row.other_namespace, row.other_value))
        views.append(
            RelationView(
                kind=row.kind,
                other=row.other,
                body=f"b{other}" if other is not None and other != body.id else None,
                evidence=proofs.all(group),
            )
        )
    return tuple(views)


def last_day(upper: date | None) -> date | None:
    """A half-open period's last day: what is shown is inclusive."""
    return upper - timedelta(days=1) if upper else None
