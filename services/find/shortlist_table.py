"""A shortlist as a table, a fact a row, for a spreadsheet: cells that would be formulas are texts
(:func:`services.audit.result.safe`), and the same list makes the same bytes until something new is
learned."""

from collections.abc import Iterator, Sequence

from services.audit import sheet
from services.audit.result import BOM, csv_bytes, safe
from services.find.shortlist_views import FrozenBody, Proof, ShortlistItemView, ShortlistView

TITLES = (
    *("place", "body", "name_en", "name_zh", "country", "city", "note"),
    *("part", "what", "detail", "verdict_or_level", "since", "until"),
    *("source", "tier", "evidence", "publisher_address", "fetched_at", "sha256"),
    *("frozen_on", "known_at", "log_position", "rule_version"),
)
_Fact = tuple[str, str, str, str, object, object, Proof]


def rows(found: ShortlistView) -> Iterator[list[str]]:
    """Every cell safe."""
    fixed = (found.on, found.known_at.isoformat(), found.log_position, found.rule_version)
    for item in found.items:
        head = _head(item)
        for part, what, detail, verdict, since, until, proof in _facts(item):
            fetched = proof.fetched_at.isoformat() if proof.fetched_at else ""
            cells = (
                *head,
                *(part, what, detail, verdict, since or "", until or ""),
                *(proof.source, proof.tier or "", proof.ref, proof.url, fetched, proof.sha256),
                *fixed,
            )
            yield [safe(str(cell)) for cell in cells]


def _head(item: ShortlistItemView) -> Sequence[object]:
    body = item.frozen
    return (
        *(item.place, item.body, _named(body, "en"), _named(body, "zh")),
        *(body.country, body.city, item.note),
    )


def _named(body: FrozenBody, lang: str) -> str:
    zh = lang == "zh"
    return next((one.text for one in body.names if one.lang.startswith("zh") is zh), "")


def _facts(item: ShortlistItemView) -> Iterator[_Fact]:
    body = item.frozen
    for acc in (*body.accreditations, *body.designations):
        about = acc.standard or acc.field
        yield acc.kind, acc.label, about, acc.verdict, acc.since, acc.expires, acc.proof
    for way in body.routes:
        told = f"{way.state}, {way.left} left" if way.left else way.state
        detail = f"{way.market} {way.product}, {'sourced' if way.sourced else 'from memory'}"
        yield "route", way.scheme, detail, told, None, None, Proof()
    for line in body.lines:
        words = " | ".join(filter(None, (line.object, line.parameter, line.method)))
        yield "line", words, line.label, line.verdict, None, None, line.proof
    for one in body.presences:
        where = " ".join(filter(None, (one.country, one.city)))
        detail = ", ".join(filter(None, (one.mode, one.partner, one.may_issue)))
        yield "presence", where, detail, one.level, None, None, one.proof
    for mark in body.credentials:
        detail = " ".join(filter(None, (mark.kind, mark.issuer, mark.number)))
        yield "credential", mark.title, detail, mark.level, None, mark.expires, mark.proof
    for bad in body.adverse:
        yield "adverse", bad.label, bad.kind, bad.verdict, bad.since, None, bad.proof
    for gap in body.unknowns:
        yield "unknown", gap.part, gap.text, "", None, None, Proof()
    for new in item.since:
        told = f"{new.before} → {new.after}"
        yield f"changed since: {new.part}", new.label, new.what, told, None, None, Proof()


def csv(found: ShortlistView) -> bytes:
    return BOM + csv_bytes([TITLES, *rows(found)])


def xlsx(found: ShortlistView) -> bytes:
    writer = sheet.Writer("Shortlist")
    return writer.begin(TITLES) + writer.rows(rows(found)) + writer.end()
