"""Own audits: a file is handed in, its columns are named, its rows are read by verdict.

Everything works by plain forms; a script of ours adds dropping a file and live progress. Whoever is
not signed in is told what an audit is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.api import uploads
from directory.api.audits import number_of
from directory.pages.audit_view import bars, shown, strip, to_map
from directory.pages.audit_words import FIELDS, STATES, Problem, problem
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.sources import percent
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.audit import find, upload
from services.audit.fields import Field
from services.audit.reading import MAX_ROWS
from services.audit.views import AuditView, RowView
from services.errors import BadQuestion, Conflict, Unreadable
from services.terms import AuditState

PAGE_ROWS = 25  # keeps a page of wide rows under 100 kB
PAGE_AUDITS = 30
_PRIVATE = {"cache-control": "no-store"}
_SEE_OTHER = 303
_UNDER_WAY = (AuditState.RECEIVING, AuditState.QUEUED, AuditState.RUNNING)
# answers to what was sent that a person can mend on the same page
_MENDED = (BadQuestion, Conflict, Unreadable)
_TWICE = N_("Two columns were given the same meaning: %(what)s. Give it to one of them.")


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the page of one audit tells. ``learned``: entries of the log since the audit's."""

    audit: AuditView
    rows: tuple[RowView, ...] = ()
    more: str | None = None
    before: AuditView | None = None
    reruns: tuple[AuditView, ...] = ()
    learned: int = 0
    sample: Sequence[Sequence[str]] = ()


def _seen(
    conn: Connection, account_id: int, number: int, verdict: str, changed: bool, cursor: str
) -> Seen:
    audit = find.audit(conn, account_id, number)
    if audit.state is AuditState.MAPPING:
        return Seen(audit, sample=find.sample(conn, account_id, number))
    if audit.state is not AuditState.DONE:
        return Seen(audit)
    rows, more = find.rows(
        conn, account_id, number, verdict=verdict, changed=changed, cursor=cursor, limit=PAGE_ROWS
    )
    before = None
    if audit.compares and audit.rerun_of is not None:
        before = find.audit(conn, account_id, audit.rerun_of)
    learned = max(edge.stand(conn)[0] - (audit.log_position or 0), 0)
    return Seen(audit, rows, more, before, find.reruns(conn, account_id, number), learned)


def _shell(frame: Frame, template: str, **context: object) -> str:
    return render(
        frame, template, states=STATES, percent=percent, strip=strip, meta=None, banner=Banners(),
        most_bytes=upload.MAX_BYTES, most_rows=MAX_ROWS, **context,
    )  # fmt: skip


def list_page(
    frame: Frame,
    owner: Principal,
    found: Sequence[AuditView],
    more: str | None,
    refused: Problem | None = None,
) -> str:
    """``refused``: why the file that was just sent was not taken."""
    return _shell(frame, "audits.html", owner=owner, audits=found, more=more, refused=refused)


def told_page(frame: Frame) -> str:
    """What an audit is, for whoever is not signed in; ``frame`` is where signing in leads back."""
    return _shell(frame, "audits_told.html", back=frame.here())


def audit_page(
    frame: Frame,
    seen: Seen,
    *,
    verdict: str = "",
    changed: bool = False,
    chosen: Mapping[str, Sequence[str]] | None = None,
    refused: Problem | None = None,
) -> str:
    """``chosen``, ``refused``: a mapping that was just sent and not taken, and why."""
    audit, tongue = seen.audit, frame.tongue
    return _shell(
        frame,
        "audit.html",
        audit=audit,
        seen=seen,
        verdict_chosen=verdict,
        changed=changed,
        bars=bars(tongue, audit.counts, seen.before.counts if seen.before else None),
        rows=[shown(frame, audit, row) for row in seen.rows],
        problems=[problem(tongue, said) for said in audit.problems],
        columns=to_map(audit, seen.sample, chosen or {}),
        fields=FIELDS,
        under_way=audit.state in _UNDER_WAY,
        share=audit.judged / audit.rows if audit.rows else 0.0,
        refused=refused,
    )


async def _owner(request: edge.AnyRequest) -> Principal | None:
    return await who.principal_or_none(request)


def _frame(tongue: Tongue, number: int, **asked: object) -> Frame:
    query = tuple((name, str(value)) for name, value in asked.items() if value)
    return Frame(tongue, f"/audits/{number}", query)


async def _list(
    request: edge.AnyRequest, tongue: Tongue, owner: Principal, cursor: str = "",
    refused: Problem | None = None,
) -> Response[Any]:  # fmt: skip
    found, more = await edge.read(
        request, find.audits, owner.account_id, cursor=cursor, limit=PAGE_AUDITS
    )
    html = list_page(Frame(tongue, "/audits"), owner, found, more, refused)
    return page(html, 400 if refused else 200, _PRIVATE)


def _to_sign_in(tongue: Tongue, back: str) -> Redirect:
    return Redirect(Frame(tongue, "").url("/sign-in", next=back), _PRIVATE, _SEE_OTHER)


@get("/audits")
async def audits(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], cursor: FromQuery[str] = ""
) -> Response[Any]:
    """The account's audits, the newest first, and the place where a file is handed in."""
    owner = await _owner(request)
    if owner is None:
        return page(told_page(Frame(tongue, "/audits")), headers=_PRIVATE)
    return await _list(request, tongue, owner, cursor)


@post("/audits", status_code=_SEE_OTHER, request_max_body_size=None)
async def hand_in(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[Any]:
    """A file from the form; refused ones are told on the page that they came from."""
    owner = await _owner(request)
    if owner is None:
        return _to_sign_in(tongue, tongue.path("/audits"))
    try:
        number = await uploads.keep(request, owner.account_id, "", {}, drain=True)
    except _MENDED as fault:
        return await _list(request, tongue, owner, refused=problem(tongue, str(fault)))
    return Redirect(tongue.path(f"/audits/{number}"), _PRIVATE, _SEE_OTHER)


@get("/audits/{audit_id:str}")
async def audit(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    audit_id: FromPath[str],
    verdict: FromQuery[str] = "",
    changed: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Response[Any]:
    """One audit as it stands."""
    number = number_of(audit_id)
    asked = {"verdict": verdict.strip(), "changed": "yes" if changed.strip() else ""}
    frame = _frame(tongue, number, **asked)
    owner = await _owner(request)
    if owner is None:
        headers = {**_PRIVATE, "www-authenticate": 'Labdir realm="labdir"'}
        return page(told_page(frame), 401, headers)
    seen = await edge.snapshot(
        request, _seen, owner.account_id, number, asked["verdict"], bool(asked["changed"]), cursor
    )
    html = audit_page(frame, seen, verdict=asked["verdict"], changed=bool(asked["changed"]))
    return page(html, headers=_PRIVATE)


@post("/audits/{audit_id:str}/mapping", status_code=_SEE_OTHER)
async def name_columns(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], audit_id: FromPath[str]
) -> Response[Any]:
    """What each column holds, from the form: ``c0``, ``c1``, … by the column's place."""
    number = number_of(audit_id)
    frame = _frame(tongue, number)
    owner = await _owner(request)
    if owner is None:
        return _to_sign_in(tongue, frame.here())
    form = await request.form()
    seen = await edge.snapshot(request, _seen, owner.account_id, number, "", False, "")
    columns = seen.audit.columns
    chosen = {name: (str(form.get(f"c{at}", "")),) for at, name in enumerate(columns)}
    said = {field.value: [n for n in columns if chosen[n][0] == field] for field in Field}
    twice = [field for field, held in said.items() if len(held) > 1]
    try:
        if twice:
            what = tongue.listed(tongue(FIELDS[Field(field)]) for field in twice)
            raise BadQuestion(tongue(_TWICE, what=what))
        mapping = {field: held[0] if held else "" for field, held in said.items()}
        await edge.write(request, upload.set_mapping, owner.account_id, number, mapping)
    except BadQuestion as fault:
        refused = problem(tongue, str(fault))
        if twice:
            refused = Problem(fault.what)
        return page(audit_page(frame, seen, chosen=chosen, refused=refused), 400, _PRIVATE)
    except Conflict:
        pass  # it was named elsewhere meanwhile: the page shows how it stands now
    return Redirect(frame.here(), _PRIVATE, _SEE_OTHER)


@post("/audits/{audit_id:str}/rerun", status_code=_SEE_OTHER)
async def judge_again(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], audit_id: FromPath[str]
) -> Response[Any]:
    """The same rows as known now, as a new audit."""
    number = number_of(audit_id)
    owner = await _owner(request)
    if owner is None:
        return _to_sign_in(tongue, _frame(tongue, number).here())
    try:
        made = await edge.write(
            request, upload.rerun, owner.account_id, number, edge.now(request), same=False
        )
    except Conflict as fault:
        return await _list(request, tongue, owner, refused=problem(tongue, str(fault)))
    return Redirect(tongue.path(f"/audits/{made}"), _PRIVATE, _SEE_OTHER)


@post("/audits/{audit_id:str}/delete", status_code=_SEE_OTHER)
async def forget(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], audit_id: FromPath[str]
) -> Response[Any]:
    """The audit, its file and its result are gone."""
    number = number_of(audit_id)
    owner = await _owner(request)
    if owner is None:
        return _to_sign_in(tongue, _frame(tongue, number).here())
    await edge.write(request, upload.delete, owner.account_id, number)
    return Redirect(tongue.path("/audits"), _PRIVATE, _SEE_OTHER)


handlers = (audits, hand_in, audit, name_columns, judge_again, forget)
