"""The parts of a body as pages show them: names, places, presences, credentials, relations."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import stdnum.cn.uscc
import stdnum.lei
from sqlalchemy.engine import Connection

from services import models as m
from services.find.proof import Proofs
from services.find.views import (
    CredentialView,
    IdentifierView,
    NameView,
    PresenceView,
    RelationView,
    SiteView,
)
from services.store.card import by_tier, names_of
from services.store.facts import BodyHeld
from services.store.merge import Said
from services.terms import VERIFIED_LEVELS, EvidenceLevel, Polarity

# Identifiers whose last digits check the others (BRIEF "Identifiers"); all others have none.
_CHECKED = {"USCC": stdnum.cn.uscc.is_valid, "LEI": stdnum.lei.is_valid}
SiteLines = dict[tuple[int, str], int]  # (record, site key) → scope lines that name it


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


def _grouped(says: Iterable[Said], *fields: str) -> list[list[Said]]:
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
        for group in _grouped(body.identifiers, "namespace", "value")
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
            select l.record_id, coalesce(site, ''), count(*)
            from unnest(cast(:records as bigint[]), cast(:keys as text[])) as w(record_id, key)
            join scope_line l on l.record_id = w.record_id and l.accreditation = w.key
                and l.known @> cast(:known_at as timestamptz)
            left join lateral unnest(l.sites) as s(site) on true
            group by 1, 2
            """
        ),
        {
            "records": [key[0] for key in keys],
            "keys": [key[1] for key in keys],
            "known_at": known_at,
        },
    )
    return {(record_id, site): count for record_id, site, count in rows}


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
        for group in _grouped(body.sites, "key", "name", "country", "city", "address")
    )


def _lines_at(said: Said, lines: SiteLines) -> int:
    everywhere = lines.get((said.record.id, ""), 0)
    return lines.get((said.record.id, said.row.key), 0) + everywhere


def presences(body: BodyHeld, proofs: Proofs, lines: SiteLines) -> tuple[PresenceView, ...]:
    return tuple(
        _presence(group, body, proofs, lines)
        for group in _grouped(body.presences, "key", "country", "city", "mode", "partner")
    )


def _presence(group: list[Said], body: BodyHeld, proofs: Proofs, lines: SiteLines) -> PresenceView:
    row = group[0].row
    level: EvidenceLevel = row.level
    return PresenceView(
        key=row.key,
        country=row.country,
        city=row.city,
        mode=row.mode,
        site=row.site,
        on_schedule=any(_at_presence(site, group[0], lines) for site in body.sites),
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
        verified=level in VERIFIED_LEVELS,
        note=row.evidence,
        evidence=proofs.all(group),
    )


def _at_presence(site: Said, presence: Said, lines: SiteLines) -> bool:
    """Some line names this very site, or one in the same place (a line of all sites names none:
    it proves nothing about a place abroad)."""
    if not lines.get((site.record.id, site.row.key)):
        return False
    if presence.row.site:
        same_record = site.record.id == presence.record.id
        return bool(same_record and site.row.key == presence.row.site)
    same_city = not presence.row.city or site.row.city == presence.row.city
    return bool(site.row.country == presence.row.country and same_city)


def credentials(body: BodyHeld, proofs: Proofs) -> tuple[CredentialView, ...]:
    """Adverse ones first, then verified ones, then mere claims."""
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
        )
        for group in _grouped(body.credentials, "kind", "title", "issuer", "number", "level")
    ]
    return tuple(
        sorted(
            found, key=lambda one: (one.polarity is not Polarity.ADVERSE, levels.index(one.level))
        )
    )


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
    for group in _grouped(body.relations, "kind", "other", "other_namespace", "other_value"):
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
