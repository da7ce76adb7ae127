"""The ``labdir`` command.

Errors keep their words here and get an exit code: 1 refused or not found, 2 a question that cannot
be read.
"""

import logging
import sys
from pathlib import Path
from typing import Any

import click

from deploy.later import Later
from services import logs
from services.errors import BadQuestion, LabdirError, SettingsError


class _Spoken(Later):
    """Commands whose errors are said in their own words, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LabdirError as fault:
            click.echo(f"labdir: {fault}", err=True)
            sys.exit(2 if isinstance(fault, BadQuestion | SettingsError) else 1)


_LATER = {
    "account": "deploy.account_commands:account",
    "audit": "deploy.audit_commands:audit_file",
    "backup": "deploy.backup_commands:backup",
    "bench": "deploy.bench_commands:bench",
    "doctor": "deploy.doctor_commands:doctor",
    "forget": "deploy.retention_commands:forget",
    "key": "deploy.proof_commands:key",
    "log": "deploy.proof_commands:proof_log",
    "receipt": "deploy.proof_commands:receipt",
    "restore": "deploy.backup_commands:restore",
    "source": "deploy.source_commands:source",
    "user": "deploy.user_commands:user",
}


@click.group(cls=_Spoken, later=_LATER)
def main() -> None:
    """A directory of testing and inspection bodies, kept true by background sync."""
    logs.configure(logging.ERROR)  # a command says itself how things ended


@main.command()
@click.option("--port", type=int, help="Port of the pages (LABDIR_PORT, else 8000).")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (LABDIR_DATA).")
@click.option("--empty", is_flag=True, help="Without the recorded sources.")
def up(port: int | None, data: Path | None, empty: bool) -> None:
    """Run everything on this machine: database, broker, pages, worker, beat, local publisher."""
    from deploy.embedded.supervisor import up as run_up

    sys.exit(run_up(port=port, data=data, empty=empty))


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema and tell it what sources there are."""
    from deploy.at_hand import clock, road_at_hand
    from services.sync import catalogue

    with road_at_hand() as road, road.engine.begin() as conn:
        catalogue.enrol(conn, road.sources.values(), road.settings, clock())
    click.echo("schema is at its newest; sources are enrolled")


@main.command("verify")
@click.argument("issuer")
@click.argument("number")
def verify_one(issuer: str, number: str) -> None:
    """Re-verify one accreditation now: labdir verify CNAS L1234."""
    from deploy.at_hand import clock, road_at_hand
    from deploy.source_commands import enrolled
    from services.find.resolve import resolve
    from services.sync.run import carry_out
    from services.verify.choose import ask_one

    with road_at_hand() as road:
        enrolled(road)
        with road.engine.begin() as conn:
            run_id = ask_one(conn, road.sources.values(), road.settings, issuer, number, clock())
        state = carry_out(road, run_id)
        click.echo(f"look-up: {state or 'another worker has it'} (run {run_id})")
        with road.engine.begin() as conn:
            now = clock()
            found, _ = resolve(conn, f"{issuer} {number}", on=now.date(), known_at=now)
        if not found.registered:
            click.echo(f"{issuer} {number}: NOT_FOUND in any consulted source")
            sys.exit(1)
        for one in found.registered:
            said = "; ".join(reason.text for reason in one.status.reasons)
            click.echo(f"{one.issuer} {one.number}: {one.status.verdict} {said}".rstrip())


@main.command("validity-cases")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def validity_cases(file: Path) -> None:
    """Judge a file of golden cases. Ends with 0 where all agree, with 1 where one does not, which
    is named, and with 2 where the file cannot be read."""
    from services.validity import golden

    try:
        cases = golden.read_file(file)
        disagreements = golden.judge_all(cases)
    except (OSError, ValueError) as wrong:
        raise click.UsageError(str(wrong)) from None
    for one in disagreements:
        click.echo(str(one))
    click.echo(f"{len(cases)} cases, {len(disagreements)} disagreements")
    sys.exit(1 if disagreements else 0)


if __name__ == "__main__":
    main()
