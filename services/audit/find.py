"""Audits and their rows as their owner reads them. Another's audit is not there."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from services.audit import faults, pages
from services.audit.judge import GRAVITY, gravest
from services.audit.pages import Told
from services.audit.upload import owned
from services.audit.views import AuditView, DayView, FaultView, Progress, RowView
from services.errors import BadQuestion, NotFound
from services.find import cursor as cursors
from services.models import Audit
from services.terms import AuditState

_Before = aliased(Audit)


class _Place(msgspec.Struct, frozen=True):
    """Where a list of audits goes on: below this id."""

    below: int


class _RowPlace(msgspec.Struct, frozen=True):
    """Where a list of rows goes on: after this row of this audit, of this verdict."""

    audit: int
    after: int
    verdict: str


def audits(
    conn: Connection, account_id: int, *, cursor: str = "", limit: int = 50
) -> tuple[tuple[AuditView, ...], str | None]:
    """The account's audits, the newest first, and the cursor of the next page."""
    cursors.check_limit(limit, 200)
    query = _audits(account_id).order_by(Audit.id.desc()).limit(limit + 1)
    if cursor:
        query = query.where(Audit.id < cursors.read(cursor, _Place).below)
    found = [_view(row) for row in conn.execute(query)]
    more = cursors.write(_Place(found[limit - 1].id)) if len(found) > limit else None
    return tuple(found[:limit]), more


def audit(conn: Connection, account_id: int, audit_id: int) -> AuditView:
    """Raises NotFound."""
    row = conn.execute(_audits(account_id).where(Audit.id == audit_id)).one_or_none()
    if row is None:
        owned(conn, account_id, audit_id)  # says so
        raise NotFound(f"There is no audit {audit_id} of yours.")
    return _view(row)


def sample(conn: Connection, account_id: int, audit_id: int) -> list[list[str]]:
    """First rows of an audit that waits in ``mapping``, a cell for each column, cut short; else
    none. Raises NotFound."""
    return [list(row) for row in owned(conn, account_id, audit_id).sample]


def reruns(conn: Connection, account_id: int, audit_id: int) -> tuple[AuditView, ...]:
    """The newest ten audits of the account that judge this one's rows again, the newest first."""
    query = _audits(account_id).where(Audit.rerun_of == audit_id)
    return tuple(_view(row) for row in conn.execute(query.order_by(Audit.id.desc()).limit(10)))


def progress(conn: Connection, account_id: int, audit_id: int) -> Progress:
    """Raises NotFound."""
    one = audit(conn, account_id, audit_id)
    return Progress(
        state=one.state, rows=one.rows, judged=one.judged, counts=one.counts, problems=one.problems
    )


def rows(
    conn: Connection,
    account_id: int,
    audit_id: int,
    *,
    verdict: str = "",
    changed: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> tuple[tuple[RowView, ...], str | None]:
    """Judged rows in the order of the file, and the cursor of the next page.

    ``verdict``: only those of it. ``changed``: only those whose verdict is another than in the
    audit that this one reruns. Rows still to be judged are left out. Raises NotFound, BadQuestion.
    """
    cursors.check_limit(limit, 200)
    if verdict and verdict not in GRAVITY:
        raise BadQuestion(f'verdict: there is no "{verdict}".', f"Known: {', '.join(GRAVITY)}.")
    one = audit(conn, account_id, audit_id)
    after = 0
    if cursor:
        place = cursors.read(cursor, _RowPlace)
        if (place.audit, place.verdict) != (audit_id, verdict):
            raise BadQuestion("cursor: it is of another list.", "Leave it out to begin again.")
        after = place.after
    if changed and not one.compares:
        raise BadQuestion(
            f"changed: audit {audit_id} has nothing to compare with.",
            "Rerun an audit as known now; when both are done, the rerun says what differs.",
        )
    found: list[RowView] = []
    for view in _rows(conn, one, after, verdict):
        if changed and view.before == view.verdict:
            continue
        found.append(view)
        if len(found) > limit:
            more = _RowPlace(audit_id, found[limit - 1].row, verdict)
            return tuple(found[:limit]), cursors.write(more)
    return tuple(found), None


def _rows(conn: Connection, one: AuditView, after: int, verdict: str) -> Iterator[RowView]:
    for told in pages.rows(conn, one, after, verdict):
        for found in told:
            if found.number > after and (not verdict or found.answered.verdict == verdict):
                yield row_view(one, found)


def row_view(one: AuditView, told: Told) -> RowView:
    row, answered, answers = told.row, told.answered, told.answers
    deciding = gravest(answers, answered)
    return RowView(
        row=told.number,
        line=row.line,
        ref=row.ref,
        verdict=answered.verdict,
        partial=bool(deciding and answered.gravest is not None and deciding.partial),
        cells=dict(zip(one.columns, row.cells, strict=True)),
        days=tuple(
            DayView(
                kind=day.kind,
                on=day.on,
                decides=at == answered.gravest,
                judged=msgspec.structs.replace(answers.judged[day.judged], ref=row.ref),
            )
            for at, day in enumerate(answered.days)
        ),
        faults=tuple(
            FaultView(
                code=fault.code,
                params=fault.params,
                text=faults.sentence(fault),
                text_zh=faults.sentence(fault, faults.CHINESE),
            )
            for fault in (*row.faults, *answered.faults)
        ),
        before=told.before,
    )


def _audits(account_id: int) -> sa.Select[tuple[object, ...]]:
    compares = sa.and_(
        Audit.state == AuditState.DONE,
        _Before.state == AuditState.DONE,
        sa.or_(_Before.known_at != Audit.known_at, _Before.rule_version != Audit.rule_version),
    )
    named = [getattr(Audit, name) for name in AuditView.__struct_fields__ if name != "compares"]
    return (
        sa.select(*named, sa.func.coalesce(compares, sa.false()).label("compares"))
        .outerjoin(_Before, _Before.id == Audit.rerun_of)
        .where(Audit.account_id == account_id)
    )


def _view(row: sa.Row[tuple[object, ...]]) -> AuditView:
    said = dict(row._mapping)
    said["sha256"] = bytes(row._mapping["sha256"]).hex()
    said["columns"], said["problems"] = tuple(said["columns"]), tuple(said["problems"])
    return AuditView(**said)
