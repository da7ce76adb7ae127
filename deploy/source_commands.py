"""``labdir source …``: list, try, run and replay."""

import csv
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress

from deploy.at_hand import moment, road_at_hand
from deploy.later import Later
from services import settings as configuration
from services.errors import BadQuestion, LabdirError, NotFound, Unreadable
from services.kit import Page, Reading, Source
from services.models import Run
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.check import reasons_to_refuse, shape
from services.sync.clean import read_clean
from services.sync.fetch import Fetcher
from services.sync.gather import fetch_list
from services.sync.reader import bounds, shared
from services.sync.run import Given, Road, carry_out
from services.terms import RunState


@click.group(
    cls=Later,
    later={
        "accept": "deploy.refusal_commands:accept_run",
        "draft": "deploy.table_commands:draft_source",
        "refused": "deploy.refusal_commands:refused",
        "reread": "deploy.reread_commands:reread_runs",
        "upload": "deploy.reread_commands:upload",
    },
)
def source() -> None:
    """The publishers' lists: what there is, try one, run one, replay old versions."""


# what a terminal obeys or turns round, instead of showing it
_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def say(line: str) -> None:
    """One line that may hold a publisher's words: what would steer the terminal is only marked."""
    click.echo(_STEERS.sub("\ufffd", line))


@contextmanager
def progress(what: str, total: int) -> Iterator[Any]:
    """A progress bar on stderr, nothing where that is no terminal."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def page_of(file: Path, number: int = 1) -> Page:
    """A file as if it had been fetched."""
    return Page(url=file.resolve().as_uri(), body=file.read_bytes(), name=file.name, page=number)


def chosen_list(one: Source, name: str | None, file: Path | None) -> str:
    """The list meant: named, told by the file's name, or the only one. Raises BadQuestion."""
    names = [each.name for each in one.lists]
    if name is not None:
        if name not in names:
            raise BadQuestion(f'"{one.key}" has no list "{name}".', f"Known: {', '.join(names)}.")
        return name
    if len(names) == 1:
        return names[0]
    if file is not None and (told := list_of_file(one, file)):
        return told
    raise BadQuestion(f'"{one.key}" has several lists.', f"Choose by --list: {', '.join(names)}.")


def list_of_file(one: Source, file: Path) -> str | None:
    """Which list a recorded file belongs to, by the list's own pattern."""
    for each in one.lists:
        if each.recorded and file.match(each.recorded):
            return each.name
    return None


def enrolled(road: Road, extra: Source | None = None) -> None:
    """Tell the database of the sources, with one more that comes from a file."""

    sources = {**road.sources, **({extra.key: extra} if extra else {})}
    road.sources = sources
    with road.engine.begin() as conn:
        catalogue.enrol(conn, sources.values(), road.settings, road.clock())


@source.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_sources(as_json: bool) -> None:
    """What sources there are and what they are good for. Needs no database."""

    settings = configuration.load(os.environ)
    rows = [
        {
            "key": one.key,
            "tier": int(one.tier),
            "enabled": catalogue.enabled(one, settings),
            "lists": [each.name for each in one.lists],
            "lookup": one.lookup is not None,
            "made": one.made,
            "title": one.title,
            "publisher": one.publisher,
        }
        for one in sorted(catalogue.every_source(settings).values(), key=lambda each: each.key)
    ]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        marks = [
            "" if row["enabled"] else "disabled",
            "look-up" if row["lookup"] else "",
            "made-up data" if row["made"] else "",
        ]
        said = ", ".join(mark for mark in marks if mark)
        click.echo(
            f"{row['key']:<22} tier {row['tier']}  {row['title']}" + f" ({said})" * bool(said)
        )


@source.command("try")
@click.argument("key")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_name", help="Which list of the source.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def try_source(key: str, file: Path | None, list_name: str | None, as_json: bool) -> None:
    """Read a list and show what would be published: drafts, leftovers, checks. Writes nothing.

    KEY is a source's key, a Python file that defines SOURCE, or settings.toml#key for a table that
    a settings file declares.
    """

    settings_file, key = of_file(key)
    settings = settings_of(settings_file)
    one = catalogue.named(catalogue.every_source(settings), key)
    name = chosen_list(one, list_name, file)
    pages = [page_of(file)] if file else _fetched(one, name, settings)
    try:
        reader = shared(bounds(settings))
        reading = reader.call(Reading, read_clean, one.parse, pages, name)
    except Unreadable as fault:
        say(f"refused: {fault}")
        sys.exit(1)
    expect = one.list_named(name).expect or one.expect
    reasons = reasons_to_refuse(reading, expect, None)
    if as_json:
        said = {
            "source": one.key,
            "list": name,
            "reading": msgspec.to_builtins(reading),
            "shape": shape(reading),
            "reasons_to_refuse": reasons,
        }
        click.echo(msgspec.json.encode(said).decode())
    else:
        _show(one, name, reading, reasons)
    sys.exit(1 if reasons else 0)


def of_file(key: str) -> tuple[Path | None, str]:
    """(settings file, key) of "settings.toml#key"; (None, key) of any other."""
    file, _, rest = key.rpartition("#")
    return (Path(file), rest) if file.endswith(".toml") else (None, key)


def settings_of(file: Path | None) -> Settings:
    """The settings of the environment, with another file where one is named."""
    return configuration.load({**os.environ, **({"LABDIR_SETTINGS": str(file)} if file else {})})


def _fetched(one: Source, name: str, settings: Settings) -> list[Page]:
    """The list as its publisher serves it now, with the same manners, without a database."""

    rate = catalogue.rate(one, settings)
    fetcher = Fetcher(None, settings.fetch, lambda: datetime.now(UTC), rate)
    try:
        reader = shared(bounds(settings))
        got = fetch_list(fetcher, reader, one, one.list_named(name), settings)
        return [each.page for each in got]
    finally:
        fetcher.close()


def _show(one: Source, name: str, reading: Reading, reasons: Sequence[str]) -> None:
    say(f"{one.key}, list “{name}”: {len(reading.drafts)} records")
    for draft in reading.drafts[:20]:
        names = " · ".join(n.text for n in draft.names) or draft.key
        counts = [
            f"{len(held)} {part}"
            for part in ("accreditations", "events", "lines", "sites", "presences", "credentials")
            if (held := getattr(draft, part))
        ]
        say(f"  {draft.where or '–'}: {names} [{', '.join(counts)}]")
    if len(reading.drafts) > 20:
        say(f"  … and {len(reading.drafts) - 20} more (--json shows all)")
    for left in reading.leftovers:
        say(f"  left over: {left.what} × {left.count}, for example “{left.example}”")
    for problem in reading.problems:
        say(f"  not read: {problem}")
    for reason in reasons:
        say(f"  would be refused: {reason}")
    if not reasons:
        say("  would be published")


@source.command("run")
@click.argument("key")
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_name", help="Which list; all of them when nothing else says.")
@click.option(
    "--at", metavar="TIME", callback=moment, help="When the directory learned it (with --file)."
)
def run_source(key: str, file: Path | None, list_name: str | None, at: datetime | None) -> None:
    """Sync a source now, from its address or from a file; the same road as the workers'."""

    if at and not file:
        raise BadQuestion("--at needs --file.", "What is fetched now is learned now.")
    settings_file, key = of_file(key)
    with road_at_hand(settings_file) as road:
        one = catalogue.named(road.sources, key)
        enrolled(road, one)
        if file is None:
            _has_address(road, one, list_name)
        names = (
            [chosen_list(one, list_name, file)]
            if file or list_name
            else [each.name for each in one.lists]
        )
        states = [carry(road, one, name, file, at) for name in names]
    sys.exit(0 if all(state in _FINE for state in states) else 1)


def _has_address(road: Road, one: Source, name: str | None) -> None:
    """Raises BadQuestion where a list is read from files at hand and none is handed in."""
    for each in one.lists:
        if name in {None, each.name} and not catalogue.address(one, each.name, road.settings):
            raise BadQuestion(
                f'The list "{each.name}" of "{one.key}" has no address.',
                f"Hand a file in: labdir source run {one.key} --list {each.name} --file FILE.",
            )


_FINE = {RunState.PUBLISHED, RunState.UNCHANGED}


def carry(
    road: Road, one: Source, name: str, file: Path | None, at: datetime | None
) -> RunState | None:
    """Ask for one run and carry it out here; says how it ended."""

    with road.engine.begin() as conn:
        list_id = ledger.list_id(conn, one.key, name)
        run_id, _ = ledger.ask(conn, list_id, "command line", road.clock())
    state = carry_out(road, run_id, Given((page_of(file),), at) if file else None)
    label = file.name if file else f"{one.key}/{name}"
    say(f"{label}: {ended(road, run_id) if state else 'another worker has it'}")
    if file and one.recorded_only:
        _tell_rows(road, run_id)
    return state


def _tell_rows(road: Road, run_id: int) -> None:
    """What was not taken of a file that its keeper can mend: rows with their remedy, claims that
    were lowered, columns left over."""
    with road.engine.begin() as conn:
        shape = conn.execute(sa.select(Run.shape).where(Run.id == run_id)).scalar_one() or {}
    for problem in shape.get("problems", ()):
        say(f"  not read: {problem}")
    for what, example, count in shape.get("leftovers", ()):
        say(f"  left over: {what} × {count}, for example “{example}”")


def ended(road: Road, run_id: int) -> str:
    """How a run ended, in a line: published +3 ~1 -2, unchanged, refused: why."""

    with road.engine.begin() as conn:
        row = conn.execute(
            sa.select(Run.state, Run.counts, Run.reasons).where(Run.id == run_id)
        ).one()
    if row.state == RunState.PUBLISHED:
        c = row.counts
        return f"published +{c['added']} ~{c['altered']} -{c['left']} ↺{c['back']}"
    if row.state in {RunState.REFUSED, RunState.FAILED}:
        return f"{row.state}: {' '.join(row.reasons)}"
    return str(row.state)


@source.command("replay")
@click.argument("key")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def replay(key: str, folder: Path) -> None:
    """Play recorded versions of a source in order of time, as if learned then.

    The time comes from FOLDER/index.csv (file,time) where there is one, else from the file names.
    """

    with road_at_hand() as road:
        one = catalogue.named(road.sources, key)
        enrolled(road, one)
        plan = recorded_versions(one, folder)
        with progress(f"replay {one.key}", len(plan)) as step:
            for at, name, file in plan:
                carry(road, one, name, file, at)
                step()


def recorded_versions(one: Source, folder: Path) -> list[tuple[datetime, str, Path]]:
    """(time, list, file) of every recorded version in a folder, in order of time.

    Raises BadQuestion naming a file without time, two of one list at the same time, or an index
    line that names no file; NotFound where there is nothing to play.
    """
    times = _indexed(folder)
    plan = []
    for file in sorted(folder.iterdir()):
        name = list_of_file(one, file) if len(one.lists) > 1 else one.lists[0].name
        if file.name == "index.csv" or not file.is_file() or name is None:
            continue
        if times is not None and file.name not in times:
            continue
        at = times[file.name] if times is not None else one.recording_time(file.name)
        if at is None:
            raise BadQuestion(
                f"{file.name} bears no time in its name.", "Write an index.csv with file,time."
            )
        plan.append((at, name, file))
    if not plan:
        raise NotFound(f"{folder} holds no recorded version of “{one.key}”.")
    return sorted(plan, key=lambda each: (each[0], each[2].name))


def _indexed(folder: Path) -> dict[str, datetime] | None:
    index = folder / "index.csv"
    if not index.is_file():
        return None
    times: dict[str, datetime] = {}
    with index.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.DictReader(lines), 2):
            file, said = row.get("file") or "", row.get("time") or ""
            try:
                at = datetime.fromisoformat(said)
            except ValueError as fault:
                raise LabdirError(f"{index}:{number}: “{said}” is no time.") from fault
            if not (folder / file).is_file():
                raise BadQuestion(f"{index}:{number}: there is no file “{file}”.")
            times[file] = at if at.tzinfo else at.replace(tzinfo=UTC)
    return times
