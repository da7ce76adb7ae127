"""One verdict with all that shows it: evidence, the whole accreditation over time, the chain.

    site → scope line → accreditation → accreditation body → arrangement

The arrangement is an axis of its own (BRIEF rule 11): no signatory's dates are shipped, so the
chain says "listed as of, on that day: unknown" and never lets it decide.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find import accreditations as accs
from services.find.meta import meta
from services.find.parts import last_day
from services.find.proof import Proofs
from services.find.scope import line_key
from services.find.views import Evidence, Meta, NameView
from services.store.facts import load_part
from services.store.looks import RecordSeen, load_records, load_sources
from services.store.merge import AccreditationHeld, Said
from services.terms import Verdict
from services.verdict.case import Case
from services.verdict.judge import judge_cases, judged_of
from services.verdict.views import Answer, Asked, Judged, Step

HOLDS, BROKEN, UNKNOWN = "holds", "broken", "unknown"
_STANDS = frozenset({Verdict.VALID, Verdict.VALID_FLEXIBLE_UNCONFIRMED, Verdict.UNKNOWN_SCOPE})
_SCOPE = frozenset({Verdict.OUT_OF_SCOPE, Verdict.SITE_NOT_COVERED})
_DOUBT = frozenset(
    {
        Verdict.UNKNOWN_STALE, Verdict.UNKNOWN_GAP, Verdict.UNKNOWN_FUTURE, Verdict.CONFLICT,
        Verdict.IDENTITY_UNRESOLVED, Verdict.NOT_FOUND,
    }
)  # fmt: skip
STEPS: dict[str, str] = {
    "SITE_ASKED": "The site {site} is one of those in scope.",
    "SITE_MISSED": "The site {site} is not covered.",
    "SITE_UNKNOWN": "Whether the site {site} is covered is not known.",
    "LINE_COVERS": "The scope line {line} covers what was asked.",
    "LINE_MISSED": "No scope line covers what was asked.",
    "LINE_UNKNOWN": "The schedule of that day is not held in full: ask {issuer}.",
    "ACCREDITATION_STANDS": "{named} stood on that day.",
    "ACCREDITATION_BROKEN": "{named} did not stand on that day: {verdict}.",
    "ACCREDITATION_UNKNOWN": "How {named} stood on that day is not known: {verdict}.",
    "BODY_NAMED": "{name} accredits, by the directory's reference list.",
    "BODY_UNNAMED": "{issuer} is not in the directory's reference list of accreditation bodies.",
    "ARRANGEMENT_LISTED": "Listed for {scopes} as of {day}; on the day asked about: unknown.",
    "ARRANGEMENT_UNLISTED": "No arrangement is listed for {issuer}; that is no proof of none.",
}


def answer(
    conn: Connection, asked: Asked, *, known_at: datetime, today: date
) -> tuple[Answer, Meta]:
    """The verdict on one question with what it rests on. Never raises for what the question says:
    where nothing is found the verdict says so."""
    (case,) = judge_cases(conn, [asked], known_at=known_at, today=today)
    judged, held = judged_of(case), case.held
    if held is None:
        found = Answer(asked=asked, judged=judged, known_at=known_at)
        found = msgspec.structs.replace(found, report_text=report(found))
        return found, meta(conn, (), on=asked.on, known_at=known_at)
    records = load_records(conn, load_sources(conn, at=known_at), [held.body_id], known_at)
    names = load_part(conn, m.Name, records, known_at)
    says = [*names, *accs.statements(held), *_line_said(case, records)]
    proofs = Proofs(conn, says)
    event = next((one for one in held.events if one.event == _deciding(case)), None)
    found = Answer(
        asked=asked,
        judged=judged,
        known_at=known_at,
        names=_names(names, proofs),
        label=held.label,
        standard=held.standard,
        field=held.field,
        line_text=_line_text(case.line),
        event=accs.event_view(held, event, proofs) if event else None,
        spans=accs.spans(held.facts, known_at.date()),
        chain=tuple(_chain(conn, case, held, judged, known_at)),
        evidence=tuple(_evidence(case, held, records, proofs)),
    )
    found = msgspec.structs.replace(found, report_text=report(found))
    keys = {said.record.source.key: said.record.source for said in accs.statements(held)}
    return found, meta(conn, [keys[key] for key in sorted(keys)], on=asked.on, known_at=known_at)


def _deciding(case: Case) -> Any:
    return case.decision.deciding_event if case.decision else None


def _names(names: Sequence[Said], proofs: Proofs) -> tuple[NameView, ...]:
    found: dict[tuple[str, str], NameView] = {}
    for said in names:
        row = said.row
        view = NameView(text=row.text, lang=row.lang, kind=row.kind, evidence=(proofs.of(said),))
        found.setdefault((row.text, row.lang), view)
    return tuple(found.values())


def _line_said(case: Case, records: dict[int, RecordSeen]) -> list[Said]:
    row = case.line
    return [Said(records[row.record_id], "scope_line", row)] if row is not None else []


def _evidence(
    case: Case, held: AccreditationHeld, records: dict[int, RecordSeen], proofs: Proofs
) -> Iterator[Evidence]:
    """What the verdict rests on: the accreditation's statements, the deciding event and line."""
    yield from proofs.all(held.said)
    for one in held.events:
        if one.event == _deciding(case):
            yield from proofs.all(one.said)
    yield from proofs.all(_line_said(case, records))


def _line_text(row: Any) -> str:
    if row is None:
        return ""
    parts = (row.object, row.parameter, row.method, row.limitation)
    return " · ".join(part for part in parts if part)


# --- the chain ------------------------------------------------------------------------------------


def _step(
    what: str, label: str, state: str, code: str, start: date | None = None,
    end: date | None = None, **params: object,
) -> Step:  # fmt: skip
    values = {name: str(value) for name, value in params.items()}
    return Step(
        what=what,
        label=label,
        state=state,
        start=start,
        end=end,
        code=code,
        params=values,
        text=STEPS[code].format(**values),
    )


def _chain(
    conn: Connection, case: Case, held: AccreditationHeld, judged: Judged, known_at: datetime
) -> Iterator[Step]:
    asked, verdict = case.asked, judged.verdict
    if asked.site:
        yield _site(asked.site, judged)
    if asked.activity is not None:
        yield _line(case, held, judged)
    state = HOLDS if verdict in _STANDS | _SCOPE else UNKNOWN if verdict in _DOUBT else BROKEN
    code = {HOLDS: "STANDS", BROKEN: "BROKEN", UNKNOWN: "UNKNOWN"}[state]
    start, end = held.facts.granted, held.facts.expires
    if state is not HOLDS:  # the days of what breaks it, or leaves it open
        start, end = judged.since, judged.until and judged.until - timedelta(days=1)
    yield _step(
        "accreditation", held.label, state, f"ACCREDITATION_{code}", start, end,
        named=held.label, verdict=verdict.value,
    )  # fmt: skip
    yield from _issuer(conn, held, known_at)


def _site(site: str, judged: Judged) -> Step:
    if judged.verdict is Verdict.SITE_NOT_COVERED:
        return _step("site", site, BROKEN, "SITE_MISSED", site=site)
    known = judged.line and judged.verdict is not Verdict.UNKNOWN_SCOPE
    state, code = (HOLDS, "SITE_ASKED") if known else (UNKNOWN, "SITE_UNKNOWN")
    return _step("site", site, state, code, site=site)


def _line(case: Case, held: AccreditationHeld, judged: Judged) -> Step:
    row = case.line
    if judged.verdict in _SCOPE:
        return _step("line", _line_text(row), BROKEN, "LINE_MISSED")
    if row is None:
        return _step("line", "", UNKNOWN, "LINE_UNKNOWN", issuer=held.issuer)
    dates = row.valid.lower, last_day(row.valid.upper)
    return _step("line", _line_text(row), HOLDS, "LINE_COVERS", *dates, line=line_key(row))


def _issuer(conn: Connection, held: AccreditationHeld, known_at: datetime) -> Iterator[Step]:
    """Who accredits, and whether an arrangement lists it: dated reference data, as known then."""
    body = m.AccreditationBody
    rows = conn.execute(
        sa.select(body.name, body.mra_scopes, body.mla_scopes, sa.func.lower(body.known))
        .where(body.acronym == held.issuer, body.known.contains(known_at))
        .limit(2)
    ).all()
    if len(rows) != 1:  # none, or an acronym that two bear
        yield _step("accreditation_body", held.issuer, UNKNOWN, "BODY_UNNAMED", issuer=held.issuer)
        return
    name, mra, mla, since = rows[0]
    yield _step("accreditation_body", held.issuer, HOLDS, "BODY_NAMED", name=name)
    if scopes := [*mra, *mla]:
        yield _step(
            "arrangement", held.issuer, UNKNOWN, "ARRANGEMENT_LISTED",
            scopes=", ".join(dict.fromkeys(scopes)), day=since.date().isoformat(),
        )  # fmt: skip
    else:
        yield _step("arrangement", held.issuer, UNKNOWN, "ARRANGEMENT_UNLISTED", issuer=held.issuer)


# --- in words -------------------------------------------------------------------------------------


def report(found: Answer) -> str:
    """The answer as one paragraph that can stand in a file: what was asked, the verdict, why, by
    which rules, as known when."""
    asked, judged = found.asked, found.judged
    what = found.label or asked.number or asked.accreditation or asked.body or "nothing named"
    part = " (for the asked line or site)" if judged.partial else ""
    why = " ".join(f"{one.text} (rule {one.rule})" for one in judged.reasons)
    beside = " ".join(one.text for one in judged.flags)
    known = found.known_at.isoformat(timespec="seconds")
    said = f"{what} on {asked.on.isoformat()}: {judged.verdict.value}{part}. {why} {beside}"
    return f"{' '.join(said.split())} As known at {known}."
