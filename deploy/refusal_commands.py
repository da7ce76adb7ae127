"""``labdir source refused`` and ``accept``: what was not published, why not, and a way to do so."""

import getpass
import sys

import click
import sqlalchemy as sa

from deploy.at_hand import road_at_hand
from deploy.source_commands import ended, say
from services.desk import console, runs
from services.find import sources as reading
from services.find.views import ShapeDiff
from services.models import Run, SourceList
from services.sync.run import carry_out
from services.terms import RunState


@click.command("refused")
@click.option("--key", help="Of one source only.")
@click.option("--most", default=20, show_default=True, type=click.IntRange(1, 1000))
def refused(key: str | None, most: int) -> None:
    """The newest refused runs: why, and what changed shape since the last good version."""
    with road_at_hand() as road, road.engine.connect() as conn:
        query = sa.select(Run.id).join(SourceList, SourceList.id == Run.list_id)
        query = query.where(Run.state == RunState.REFUSED)
        if key:
            query = query.where(SourceList.source_key == key)
        ids = list(conn.execute(query.order_by(Run.id.desc()).limit(most)).scalars())
        for run_id in ids:
            run, _ = reading.run(conn, run_id)
            when = f"{run.finished_at:%Y-%m-%d %H:%M} UTC" if run.finished_at else ""
            after = run.accepted_by_run or run.reread_by_run
            done = f", published by run {after}" if after else ""
            click.echo(f"run {run.id}  {run.source}/{run.list}  {when}{done}")
            for reason in run.reasons:
                say(f"  {reason}")
            if run.diff:
                _show(run.diff)
        if not ids:
            click.echo("No run was refused.")


def _show(diff: ShapeDiff) -> None:
    """Before and after, in lines."""
    click.echo(f"  compared with run {diff.against_run}:")
    click.echo(f"    records {diff.rows_before} → {diff.rows_after}")
    if diff.lines_before or diff.lines_after:
        click.echo(f"    scope lines {diff.lines_before} → {diff.lines_after}")
    if diff.unread_before or diff.unread_after:
        click.echo(f"    not read {diff.unread_before} → {diff.unread_after}")
    if diff.columns_gone:
        say(f"    columns gone: {', '.join(diff.columns_gone)}")
    if diff.columns_new:
        say(f"    columns new: {', '.join(diff.columns_new)}")
    for one in diff.perhaps_renamed:
        say(f"    perhaps renamed: {one.before} → {one.after}")
    for part in diff.fill:
        if part.before != part.after:
            click.echo(f"    {part.part}: {_share(part.before)} → {_share(part.after)} of records")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


@click.command("accept")
@click.argument("run", type=int)
@click.option("--because", required=True, help="Why the list is right as it is. Recorded.")
@click.option("--as", "by", help="Who decides; the account of this machine when not given.")
def accept_run(run: int, because: str, by: str | None) -> None:
    """Publish what a refused RUN read: the list is right, the expectation was not.

    The kept bytes are read again and published as a run of their own, which names the refused one,
    who decided, and why. What contradicts itself or cannot be read is refused again.
    """
    with road_at_hand() as road:
        with road.engine.begin() as conn:
            now = road.clock()
            who = console.typed(conn, by or getpass.getuser(), now)
            asked = runs.accept(conn, who, run, because, now)
        state = carry_out(road, asked)
        say(f"run {asked}: {ended(road, asked) if state else 'a worker has it'}")
    sys.exit(0 if state in {RunState.PUBLISHED, RunState.UNCHANGED, None} else 1)
