"""``labdir source draft``: a first mapping of a table that nobody has declared yet."""

import re
from pathlib import Path

import click

from deploy.source_commands import page_of, settings_of
from services.errors import BadQuestion
from services.parsers.table_draft import draft
from services.sync.reader import bounds, shared


@click.command("draft")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The source's key; made of the file's name where not given.")
def draft_source(file: Path, key: str | None) -> None:
    """Look at a table (CSV, XLSX, JSON, PDF) and print a first mapping of it to edit, as TOML.

    Put it into the settings, fill in what is empty, and see what it reads:
    labdir source try settings.toml#KEY --file FILE
    """

    chosen = key or key_of(file)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", chosen):
        raise BadQuestion(
            f'"{chosen}" cannot be a source\'s key.', "Use small letters, figures and _."
        )
    # a stranger's bytes: read where parsing runs, in a process of their own
    reader = shared(bounds(settings_of(None)))
    click.echo(reader.call(str, draft, page_of(file), chosen), nl=False)


def key_of(file: Path) -> str:
    """ "Register 2024 (final).csv" as "register_2024_final"."""
    plain = re.sub(r"[^a-z0-9]+", "_", file.stem.lower()).strip("_")[:40].strip("_")
    return plain if plain[:1].isalpha() else f"list_{plain}"[:40].strip("_")
