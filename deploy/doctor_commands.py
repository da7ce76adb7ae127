"""``labdir doctor``: what is wrong with this set-up, and how to mend it."""

import os
import sys

import click
import msgspec


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def doctor(as_json: bool) -> None:
    """Look at settings, secrets, database, Redis, workers, beat, clock, disk, keys, sources and
    backups; name what is wrong and how to mend it.

    Nothing is started or changed. Exit code 0 where nothing is wrong (there may be notes), 1 where
    something is. What could not be looked at is said, and makes no exit code of its own.
    """
    from deploy.doctor.examine import examine
    from deploy.doctor.findings import State

    findings = list(examine(os.environ))
    wrong = sum(one.state is State.WRONG for one in findings)
    if as_json:
        said = {"wrong": wrong, "findings": findings}
        click.echo(msgspec.json.format(msgspec.json.encode(said), indent=2))
    else:
        for one in findings:
            click.echo(f"{one.state.upper():<8}{one.part}: {one.said}")
            if one.remedy:
                click.echo(f"{'':8}→ {one.remedy}")
        click.echo(f"{wrong} things are wrong." if wrong else "Nothing is wrong.")
    sys.exit(1 if wrong else 0)
