"""``labdir source reread`` and ``upload``: kept bytes read again, and files handed in."""

import getpass
import sys
from datetime import datetime
from pathlib import Path

import click

from deploy.at_hand import moment, road_at_hand
from deploy.source_commands import chosen_list, ended, enrolled, say
from services.desk import console, runs
from services.errors import BadQuestion, NotFound
from services.kit import Source
from services.sync import catalogue
from services.sync.hand_in import Bytes, Handed
from services.sync.reread import Preview, material, newest, preview, read
from services.sync.run import Road, carry_out
from services.terms import ChangeCause, RunState
from services.watch.words import Lang, title

_FINE = {RunState.PUBLISHED, RunState.UNCHANGED, None}
_PIECE = 1024 * 1024


@click.command("reread")
@click.argument("key")
@click.option("--run", "run_id", type=int, help="A run; else what each list stands from.")
@click.option("--because", help="Why it is read again: publishes. Without it nothing is written.")
@click.option("--as", "by", help="Who decides; the account of this machine when not given.")
def reread_runs(key: str, run_id: int | None, because: str | None, by: str | None) -> None:
    """Read kept bytes again after a parser fix; shows what would change, publishes with --because.

    What differs is published as our reading's change, not the source's. A refused run is read again
    by --run once its parser is fixed.
    """
    with road_at_hand() as road:
        one = catalogue.named(road.sources, key)
        enrolled(road, one)
        states = [_again(road, one, each, because, by) for each in _runs(road, one, run_id)]
    sys.exit(0 if all(states) else 1)


def _runs(road: Road, one: Source, run_id: int | None) -> list[int]:
    with road.engine.begin() as conn:
        if run_id is None:
            found = list(newest(conn, one.key).values())
        else:
            of = material(conn, run_id)
            if of.source_key != one.key:
                raise BadQuestion(f"Run {run_id} is of “{of.source_key}”, not of “{one.key}”.")
            found = [run_id]
    if not found:
        raise NotFound(f"No list of “{one.key}” has kept bytes.", "Sync it first.")
    return found


def _again(road: Road, one: Source, run_id: int, because: str | None, by: str | None) -> bool:
    """Preview or publish one run; whether it went, or would go, well."""
    if because is None:
        with road.engine.begin() as conn:
            of = material(conn, run_id)
        reading = read(road.reader, one, of)
        with road.engine.begin() as conn:
            seen = preview(conn, one, of, reading, road.clock())
        _show(seen)
        return not seen.reasons
    with road.engine.begin() as conn:
        now = road.clock()
        who = console.typed(conn, by or getpass.getuser(), now)
        asked = runs.reread(conn, who, run_id, because, now)
    state = carry_out(road, asked)
    say(f"run {asked}: {ended(road, asked) if state else 'a worker has it'}")
    return state in _FINE


def _show(seen: Preview) -> None:
    readers = f"reader {seen.reader_before} → {seen.reader_now}"
    say(f"run {seen.run}, {seen.source}/{seen.list}, {readers}: {seen.records} records")
    for reason in seen.reasons:
        say(f"  would be refused: {reason}")
    if seen.reasons:
        return
    c = seen.counts
    whose = "our reading" if seen.cause is ChangeCause.READING else "a version refused before"
    say(f"  would be published as {whose}: +{c['added']} ~{c['altered']} -{c['left']} ↺{c['back']}")
    for change in seen.changes:
        say(f"  {title(change, Lang.EN)}: {change.before or '–'} → {change.after or '–'}")
    if c["changes"] > len(seen.changes):
        say(f"  … and {c['changes'] - len(seen.changes)} changes more")


@click.command("upload")
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_name", help="Which list of the source.")
@click.option("--because", required=True, help="Why it is handed in. Recorded.")
@click.option("--seen", metavar="TIME", callback=moment, help="When it was obtained; else now.")
@click.option("--from", "obtained", default="", help="Where it was obtained from, in words.")
@click.option("--as", "by", help="Who hands it in; the account of this machine when not given.")
def upload(
    key: str, file: Path, list_name: str | None, because: str,
    seen: datetime | None, obtained: str, by: str | None,
) -> None:  # fmt: skip
    """Hand in a FILE for a list of a source: kept first, then read, checked and published.

    For lists that no machine may fetch. The wrong file is refused before anything changes; the
    evidence of what is published says who handed it in, when and from where.
    """
    with road_at_hand() as road:
        one = catalogue.named(road.sources, key)
        enrolled(road, one)
        if seen is not None and seen > road.clock():
            raise BadQuestion(f"--seen {seen:%Y-%m-%d %H:%M} is still to come.")
        got = Bytes(road.settings.fetch.max_bytes)
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                got.add(piece)
        handed = Handed(chosen_list(one, list_name, file), because, file.name, seen, obtained)
        with road.engine.begin() as conn:
            now = road.clock()
            who = console.typed(conn, by or getpass.getuser(), now)
            asked = runs.hand_in(conn, who, one.key, handed, got, now)
        state = carry_out(road, asked)
        say(f"run {asked}: {ended(road, asked) if state else 'a worker has it'}")
    sys.exit(0 if state in _FINE else 1)
