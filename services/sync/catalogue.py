"""The sources there are: found in ``services/sources``, told to the database, never listed."""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

import services.sources
from services.errors import NotFound, SettingsError
from services.kit import Source
from services.models import SourceList, SourceOverride, SourceRow
from services.parsers.declared_table import source_of
from services.settings import Settings, SourceSettings, duration

LOOKUP = "lookup"


def discover(package: Any = services.sources) -> dict[str, Source]:
    """Every source in the package by key. Raises SettingsError where a file is no source, or two
    claim one key."""
    found: dict[str, Source] = {}
    for module in pkgutil.iter_modules(package.__path__):
        try:
            file = importlib.import_module(f"{package.__name__}.{module.name}")
        except Exception as fault:
            raise SettingsError(
                f"The source file {module.name}.py cannot be loaded: {type(fault).__name__}:"
                f" {fault}.",
                "Mend it or take it away; “labdir source try FILE” tries a file by itself.",
            ) from fault
        source = getattr(file, "SOURCE", None)
        if not isinstance(source, Source):
            raise SettingsError(
                f"{file.__file__} has no SOURCE.", "A source file defines SOURCE = Source(…)."
            )
        if source.key in found:
            raise SettingsError(f'Two source files claim the key "{source.key}".')
        found[source.key] = source
    return found


def declared(settings: Settings) -> dict[str, Source]:
    """The sources that the settings declare as tables, by key."""
    return {
        key: source_of(key, one.table, duration(one.table.every))
        for key, one in settings.sources.items()
        if one.table is not None
    }


def every_source(settings: Settings) -> dict[str, Source]:
    """The sources of the code and those of the settings. Raises SettingsError where both claim a
    key."""
    found, more = discover(), declared(settings)
    if twice := sorted(found.keys() & more.keys()):
        raise SettingsError(
            f'settings: "sources.{twice[0]}.table" declares a source that has a file of its own.',
            "Choose another key.",
        )
    return found | more


def load_file(path: Path) -> Source:
    """A source from a file anywhere, to try it before it is installed."""
    spec = importlib.util.spec_from_file_location(f"labdir_source_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise NotFound(f"{path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    source = getattr(module, "SOURCE", None)
    if not isinstance(source, Source):
        raise NotFound(f"{path} has no SOURCE.", "A source file defines SOURCE = Source(…).")
    return source


def named(sources: Mapping[str, Source], key: str) -> Source:
    """The source of that key, or of that file. Raises NotFound naming the known keys."""
    if key.endswith(".py"):
        return load_file(Path(key))
    if key not in sources:
        raise NotFound(f'There is no source "{key}".', f"Known: {', '.join(sorted(sources))}.")
    return sources[key]


def as_asked(conn: Connection, settings: Settings, *, pausing: bool = True) -> Settings:
    """The settings with what the desk says of how sources are asked, which wins: it was said later,
    and on purpose. A paused source is one that is not enabled, unless ``pausing`` is False."""
    given = dict(settings.sources)
    for row in conn.execute(sa.select(SourceOverride.__table__)):
        one = given.get(row.source_key, SourceSettings())
        given[row.source_key] = msgspec.structs.replace(
            one,
            every=row.every or one.every,
            rate=row.rate or one.rate,
            enabled=False if row.paused and pausing else one.enabled,
        )
    return msgspec.structs.replace(settings, sources=given)


def interval(source: Source, settings: Settings) -> timedelta:
    """How often this source is synced, settings before the source's own word."""
    given = settings.sources.get(source.key)
    return duration(given.every) if given and given.every else source.every


def rate(source: Source, settings: Settings) -> float:
    """Requests a second at most to this source's host."""
    given = settings.sources.get(source.key)
    return given.rate if given and given.rate else source.rate


def address(source: Source, list_name: str, settings: Settings) -> str:
    """Where a list (or the look-up) is asked: the settings' address before the publisher's own."""
    given = settings.sources.get(source.key)
    if given and list_name in given.address:
        return given.address[list_name]
    if list_name == LOOKUP:
        return source.lookup.address if source.lookup else ""
    return source.list_named(list_name).request.url


def enabled(source: Source, settings: Settings) -> bool:
    """As the settings say, else as the source does; without an address to ask, never by itself."""
    given = settings.sources.get(source.key)
    if given is not None and given.enabled is not None:
        return given.enabled
    return source.enabled and (not source.recorded_only or bool(given and given.address))


def lists_of(source: Source) -> tuple[str, ...]:
    return tuple(one.name for one in source.lists) + ((LOOKUP,) if source.lookup else ())


def _meta(source: Source, settings: Settings) -> dict[str, Any]:
    return {
        "title": source.title,
        "title_zh": source.title_zh,
        "publisher": source.publisher,
        "publisher_zh": source.publisher_zh,
        "home": source.home,
        "licence": source.licence,
        "licence_url": source.licence_url,
        "note": source.note,
        "country": source.country,
        "tier": int(source.tier),
        "authoritative_for": sorted(source.authoritative_for),
        "leaving_means": source.leaving_means.value,
        "every_seconds": int(interval(source, settings).total_seconds()),
        "has_lookup": source.lookup is not None,
        "lookup_issuers": sorted(source.lookup.issuers) if source.lookup else [],
        "made": source.made,
        "about_testing_bodies": source.about_testing_bodies,
        "addresses": {one.name: one.request.url for one in source.lists}
        | ({LOOKUP: source.lookup.address} if source.lookup else {}),
        "parser_version": source.parser_version,
        "bytes_public": source.bytes_public,
        "expect": {
            one.name: {
                "min_rows": (one.expect or source.expect).min_rows,
                "max_drop": (one.expect or source.expect).max_drop,
                "fill": dict((one.expect or source.expect).fill),
                "columns": list((one.expect or source.expect).columns),
                "max_problems": (one.expect or source.expect).max_problems,
            }
            for one in source.lists
        },
    }


def enrol(conn: Connection, sources: Iterable[Source], settings: Settings, now: datetime) -> None:
    """Write what the code and the settings say of the sources. Safe to repeat.

    A source that is new or newly enabled is due at once; one that is disabled is never due but
    keeps its data. A source or list that is gone from the code is disabled. Raises SettingsError
    where the settings name a source or a list that does not exist.
    """
    sources = list(sources)
    settings = _known_alone(as_asked(conn, settings, pausing=False), settings, sources)
    known = {source.key: source for source in sources}
    for key, given in settings.sources.items():
        if key not in known:
            raise SettingsError(
                f'settings: "sources.{key}" names no source.', f"Known: {', '.join(sorted(known))}."
            )
        if wrong := set(given.address) - set(lists_of(known[key])):
            raise SettingsError(
                f'settings: "sources.{key}.address.{sorted(wrong)[0]}" names no list.',
                f"Known: {', '.join(lists_of(known[key]))}.",
            )
    for source in sources:
        _enrol_one(conn, source, settings, now)
    gone = SourceRow.key.not_in(list(known))
    conn.execute(sa.update(SourceRow).where(gone).values(enabled=False))
    conn.execute(
        sa.update(SourceList)
        .where(
            sa.tuple_(SourceList.source_key, SourceList.name).not_in(
                [(source.key, name) for source in sources for name in lists_of(source)]
            )
        )
        .values(enabled=False, next_due_at=None)
    )


def _known_alone(said: Settings, settings: Settings, sources: Iterable[Source]) -> Settings:
    """Without what the desk says of sources that are gone: that is no wrong setting."""
    keys = {source.key for source in sources} | settings.sources.keys()
    kept = {key: one for key, one in said.sources.items() if key in keys}
    return msgspec.structs.replace(said, sources=kept)


def _enrol_one(conn: Connection, source: Source, settings: Settings, now: datetime) -> None:
    on = enabled(source, settings)
    row = {
        "key": source.key,
        "enabled": on,
        "tier": int(source.tier),
        "made": source.made,
        "meta": _meta(source, settings),
    }
    put = insert(SourceRow).values(row)
    conn.execute(put.on_conflict_do_update(index_elements=["key"], set_=row))
    for name in lists_of(source):
        asked = on and bool(address(source, name, settings))  # one of files at hand is never due
        scheduled = asked and name != LOOKUP
        put = insert(SourceList).values(
            source_key=source.key, name=name, enabled=asked, next_due_at=now if scheduled else None
        )
        keep_due = sa.func.coalesce(SourceList.next_due_at, now) if scheduled else sa.null()
        conn.execute(
            put.on_conflict_do_update(
                index_elements=["source_key", "name"],
                set_={"enabled": asked, "next_due_at": keep_due},
            )
        )
