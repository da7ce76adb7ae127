"""``labdir audit FILE``: the same audit as by upload, through the same code, here and now."""

import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID
from sqlalchemy.engine import Engine

from deploy.at_hand import clock, road_at_hand
from services import accounts
from services.audit import carry, find, pages, result, upload
from services.audit.carry import Bench
from services.audit.judge import NOT_JUDGED
from services.audit.views import AuditView
from services.db import snapshot
from services.errors import BadQuestion, NotFound, Unreadable
from services.find.views import Reason
from services.sync.run import Road
from services.terms import AuditState, Role

ACCOUNT = "command line"
_LOOK_AGAIN = 0.2  # seconds, while other workers judge the last chunks


@click.command("audit")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="result.csv or .xlsx")
@click.option(
    "--map", "given", multiple=True, metavar="FIELD=COLUMN", help="number=Column; FIELD= for none"
)
@click.option("--account", default=ACCOUNT, help=f"Whose audit it is (“{ACCOUNT}”).")
def audit_file(file: Path, out: Path | None, given: Sequence[str], account: str) -> None:
    """Judge each row of a CSV or XLSX on its own dates.

    Without --out the result is CSV on standard output. Exit code 0: every row was judged; 1: some
    could not be (the result says why); 2: the file, or what its columns are, could not be read.
    """
    form = _form(out)
    mapping = _mapping(given)
    with road_at_hand() as road:
        try:
            account_id, audit_id = _put(road.engine, file, account, mapping)
            done = _judged(road, account_id, audit_id)
        except Unreadable as fault:
            raise BadQuestion(f"{file.name}: {fault.what}", fault.remedy) from fault
        _write(road.engine, done, out, form)
    _sum_up(done, out)
    sys.exit(1 if done.counts.get(NOT_JUDGED) else 0)


def _form(out: Path | None) -> str:
    form = out.suffix.lower().lstrip(".") if out else "csv"
    if form not in {"csv", "xlsx"}:
        raise BadQuestion(f'--out: "{out}" is neither .csv nor .xlsx.', "Name one of them.")
    return form


def _mapping(given: Sequence[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for one in given:
        field, equals, column = one.partition("=")
        if not equals:
            raise BadQuestion(f'--map: "{one}" is no FIELD=COLUMN.', "As in --map number=Cert.")
        mapping[field.strip()] = column.strip()
    return mapping


def _put(engine: Engine, file: Path, account: str, mapping: dict[str, str]) -> tuple[int, int]:
    """(account, audit) with the file in the database, as an upload leaves it."""
    with engine.begin() as conn:
        try:
            account_id = accounts.find_account(conn, account)
        except NotFound:
            if account != ACCOUNT:
                raise
            account_id = accounts.open_account(conn, ACCOUNT, Role.READER, clock())
        audit_id = upload.open_audit(conn, account_id, file.name, clock(), mapping=mapping)
        parts, number = upload.Parts(), 0
        with file.open("rb") as stream:
            while piece := stream.read(upload.PART):
                for body in parts.add(piece):
                    upload.put_part(conn, audit_id, number, body)
                    number += 1
        upload.finish(conn, audit_id, number, parts)
    return account_id, audit_id


def _judged(road: Road, account_id: int, audit_id: int) -> AuditView:
    """The audit when it is done, by our own work and that of workers who are about. Raises
    Unreadable where the file is refused, BadQuestion where its columns must be named."""
    console = Console(stderr=True)
    bench = Bench(road.engine, road.reader, road.clock, road.lease)

    def look() -> AuditView:
        with road.engine.begin() as conn:
            return find.audit(conn, account_id, audit_id)

    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task: TaskID = bar.add_task("reading", total=None)
        memory = None
        while True:
            carry.read_file(bench, audit_id)
            memory = carry.judge_chunk(bench, audit_id, memory)
            seen = look()
            if seen.state is AuditState.REFUSED:
                raise Unreadable(" ".join(seen.problems))
            if seen.state is AuditState.MAPPING:
                remedy = "Say so by --map FIELD=COLUMN; --map FIELD= where none holds it."
                raise BadQuestion(" ".join(seen.problems), remedy)
            if seen.state is AuditState.DONE:
                return seen
            bar.update(task, description="judged", total=seen.rows, completed=seen.judged)
            if not memory:
                time.sleep(_LOOK_AGAIN)


def _write(engine: Engine, done: AuditView, out: Path | None, form: str) -> None:
    """Write the result; a file appears whole or not at all."""
    writer = result.Writer(done, in_chinese, form)
    part = out.with_name(f"{out.name}.part") if out else None
    target = part.open("wb") if part else nullcontext(sys.stdout.buffer)
    with target as stream, snapshot(engine) as conn:
        stream.write(writer.begin())
        for page in pages.every(conn, done.id):
            stream.write(writer.piece(pages.page(conn, done, page)))
        stream.write(writer.end())
    if part and out:
        part.replace(out)


def in_chinese(reason: Reason) -> str:
    """A reason of the decision in Chinese, in the words of the pages' own catalogue."""
    from directory.pages.standing import because
    from directory.pages.tongue import ZH

    return because(ZH, reason)


def _sum_up(done: AuditView, out: Path | None) -> None:
    for note in done.problems:
        click.echo(note, err=True)
    counts = ", ".join(f"{verdict} {count}" for verdict, count in sorted(done.counts.items()))
    where = f" → {out}" if out else ""
    click.echo(f"audit {done.id}: {done.rows} rows: {counts}{where}", err=True)
