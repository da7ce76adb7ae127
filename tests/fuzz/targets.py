"""What is fuzzed: every source through all that it reads with, and every parser by itself.

Sources are found, never listed: one in ``services.sources`` is fuzzed from the day it is written,
with the made samples in ``tests/sources/<key>`` to begin from. A parser's target is the function of
its name in ``tests/fuzz/parsers.py``; ``test_found`` holds that none is without one.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import services.sources
from services.errors import Unreadable
from services.kit import List, Page, Request, Source
from services.sync.clean import read_clean
from tests.fuzz import documents, papers, parsers
from tests.fuzz.mutate import ODD
from tests.fuzz.rules import demand, reading_of, text_is_plain

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "sources"
# made papers are served, not recorded
_SERVED = {
    "made_accepted.table": "accepted.csv",
    "made_designations.list": "designations.pdf",
    "made_notices.notices": "notice-*.pdf",
}
_LARGEST_SEED = 256 * 1024
# several pages of one list in one input, and the charset that the answer's header declares
PAGES = b"\n--- next page ---\n"
CHARSET = b"charset="


@dataclass(frozen=True, slots=True)
class Target:
    """``run`` raises on a finding. ``form``: a name in ``mutate.MUTATORS``, "" for blind changes.

    ``tokens``: words of the format and of what the parser looks for. ``max_len``: bytes an input.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    form: str = "text"
    tokens: tuple[str, ...] = ()
    max_len: int = 64 * 1024


def all_targets() -> dict[str, Target]:
    """Every target by name, sources first, in a steady order."""
    found = [one for source in sources() for one in _of_source(source)]
    assert documents.__name__  # imported for the targets that they add
    assert papers.__name__
    found += [_of_parser(name, run) for name, run in parsers.found().items()]
    return {one.name: one for one in found}


def sources() -> list[Source]:
    """Every source of ``services.sources``, by its file's name."""
    modules = sorted(module.name for module in pkgutil.iter_modules(services.sources.__path__))
    read = [importlib.import_module(f"services.sources.{name}") for name in modules]
    return [one.SOURCE for one in read if isinstance(getattr(one, "SOURCE", None), Source)]


# --- sources --------------------------------------------------------------------------------------


def _of_source(source: Source) -> list[Target]:
    tokens = tokens_of(source.parse)
    found: list[Target] = []
    for one in source.lists:
        seeds = _samples(source, one)
        form = form_of(seeds)
        name = f"{source.key}.{one.name}"
        found.append(Target(name, _Parsed(source, one), seeds, form, tokens))
        found += [
            Target(f"{name}.{verb}", _Asked(one.request.url, asks), seeds, form, tokens)
            for verb in ("following", "details")
            if (asks := getattr(one, verb)) is not None
        ]
    if source.lookup is not None:
        name = f"{source.key}.lookup"
        seeds = kept_seeds(name)
        found.append(Target(name, _LookedUp(source), seeds, form_of(seeds), tokens))
    return found


def pages_of(data: bytes, url: str) -> tuple[Page, ...]:
    """The pages of an input: parted by PAGES, a first line "charset=…" taken as the header's."""
    charset = ""
    if data.startswith(CHARSET):
        declared, _, data = data.partition(b"\n")
        charset = declared[len(CHARSET) :].decode("ascii", "replace")[:40]
    return tuple(
        Page(url=url, body=body, charset=charset, name=url.rpartition("/")[2], page=number)
        for number, body in enumerate(data.split(PAGES)[:5], 1)
    )


@dataclass(frozen=True, slots=True)
class _Parsed:
    source: Source
    list: List

    def __call__(self, data: bytes) -> None:
        pages = pages_of(data, self.list.request.url)
        reading_of(
            lambda: read_clean(self.source.parse, pages, self.list.name),
            self.list.expect or self.source.expect,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """``following`` and ``details``: requests, or a refusal, and the same ones again."""

    url: str
    asks: Callable[[Page], Request | Sequence[Request] | None]

    def __call__(self, data: bytes) -> None:
        page = pages_of(data, self.url)[0]
        try:
            asked = self.asks(page)
        except Unreadable:
            return
        demand(self.asks(page) == asked, "the same page asks for two things")
        for one in (asked,) if isinstance(asked, Request) else asked or ():
            demand(isinstance(one, Request), f"{one!r} is no Request")
            demand(one.url.strip(), "a request without an address")
            text_is_plain(one.url + one.name)


@dataclass(frozen=True, slots=True)
class _LookedUp:
    source: Source

    def __call__(self, data: bytes) -> None:
        """The first line of a seed names the issuer and the number asked for."""
        asked, _, body = data.partition(b"\n")
        issuer, _, number = asked.decode("utf-8", "replace").replace("\0", "").partition(" ")
        lookup = self.source.lookup
        assert lookup is not None
        page = pages_of(body, lookup.address)[0]
        reading_of(lambda: read_clean(lookup.parse, page, issuer, number))


def _samples(source: Source, one: List) -> tuple[bytes, ...]:
    """The list's recorded made samples, the data shipped with the product, and kept seeds."""
    paths = [*SAMPLES.joinpath(source.key).glob(one.recorded or "*")]
    if one.request.url.startswith("package:"):
        package, _, name = one.request.url.removeprefix("package:").partition("/")
        paths.append(Path(str(files(package) / name)))
    if served := _SERVED.get(f"{source.key}.{one.name}"):
        paths += HERE.parents[1].joinpath("deploy/made_papers/data").glob(served)
    bodies = [
        path.read_bytes() for path in sorted(paths) if path.is_file() and path.suffix != ".py"
    ]
    kept = kept_seeds(f"{source.key}.{one.name}")
    return tuple(body for body in (*bodies, *kept) if len(body) <= _LARGEST_SEED)


# --- parsers --------------------------------------------------------------------------------------


def _of_parser(name: str, run: Callable[[bytes], None]) -> Target:
    seeds = (*kept_seeds(f"parser.{name}"), *getattr(run, "seeds", ()))
    form = getattr(run, "form", "") or form_of(seeds)
    return Target(f"parser.{name}", run, seeds, form, tokens_of(run))


def kept_seeds(name: str) -> tuple[bytes, ...]:
    """Made inputs of a target in ``tests/fuzz/seeds/<name>``, and what was found before."""
    folders = (HERE / "seeds" / name, HERE / "found" / name)
    return tuple(
        path.read_bytes()
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.iterdir())
    )


def form_of(seeds: Sequence[bytes]) -> str:
    """The mutator for such bytes, by how the first of them begins."""
    first = seeds[0].lstrip() if seeds else b""
    if first.startswith(b"PK\x03\x04"):
        return "workbook"
    if first.startswith(b"%PDF-"):
        return "pdf"
    if first.startswith((b"{", b"[")):
        return "json"
    if first.startswith(b"<") or b"<table" in first[:4000]:
        return "markup"
    lines = first.split(b"\n")[:3]
    if lines and all(line.count(b",") + line.count(b";") + line.count(b"\t") > 2 for line in lines):
        return "table"
    return "text"


def tokens_of(call: Callable[..., object]) -> tuple[str, ...]:
    """Words that a reader looks for: the string constants of its module and its parsers'.

    Random bytes never hit upon "Newly Accredited"; the module that reads it says it somewhere.
    """
    module = inspect.getmodule(call)
    found: dict[str, None] = dict.fromkeys(ODD)
    for one in [module, *vars(module).values()]:
        name = getattr(one, "__name__", "") if inspect.ismodule(one) else ""
        name = name or str(getattr(one, "__module__", ""))
        if name.startswith(("services.parsers.", "services.sources.")):
            found |= dict.fromkeys(_constants(importlib.import_module(name)))
    return tuple(found)


def _constants(module: object) -> list[str]:
    """Short strings in the module's own constants, code and tables."""
    found: list[str] = []
    todo: list[object] = [
        value
        for value in vars(module).values()
        if isinstance(value, (str, dict, tuple, frozenset, set, list))
        or (inspect.isfunction(value) and value.__module__ == getattr(module, "__name__", ""))
    ]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            if 0 < len(one) <= 40:
                found.append(one)
        elif isinstance(one, dict):
            todo += [*one, *one.values()]
        elif isinstance(one, (tuple, frozenset, set, list)):
            todo += one
        elif inspect.isfunction(one):
            todo += one.__code__.co_consts
    return sorted(set(found))
