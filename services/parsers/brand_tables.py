"""Facts of bodies from plain CSV tables, one table a kind (services/parsers/brand_kinds.py).

    body_name_zh,body_name_en,body_uscc,…,country,mode,partner,…,level,evidence,evidence_on

Each row names its body (a name, and a number to know it by) and its evidence. Rows of one body are
one record. A row that cannot be read is told with its line, column and remedy; what its body's
record said before then stands, and nothing of it is read: half a record would end the other half.
"""

import difflib
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import stdnum.cn.uscc
import stdnum.lei

from services.errors import Unreadable
from services.fact import Fact
from services.kit import Accreditation, Draft, Identifier, Name, Page, Profile, Reading
from services.parsers import brand_rules
from services.parsers.brand_cells import Row
from services.parsers.brand_kinds import EVIDENCE, KINDS, PERIOD, Kind
from services.parsers.charset import text_of
from services.parsers.csv_rows import CsvRow, Table, table
from services.parsers.issuer_hosts import Register
from services.parsers.leftovers import Leftovers
from services.parsers.personal import is_personal

# beside what services.parsers.personal knows: columns that name people where counts are due
_PEOPLE = re.compile(
    r"姓名|专家|人员姓名|^(?:expert|person|staff|member)s?(?:_name)?$", re.IGNORECASE
)


@dataclass(slots=True)
class _Body:
    """A record on its way: whom its rows name, and what they say."""

    key: str
    line: int
    names: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    country: str = ""
    facts: dict[str, tuple[int, Fact]] = field(default_factory=dict)
    broken: bool = False


def read(pages: Sequence[Page], name: str, known: tuple[Register, ...]) -> Reading:
    """The table of a kind. ``known``: registers whose word earns a verified mark.

    Raises Unreadable for what is no such table: a column that names persons, one that must be there
    and is not, a file that is cut off.
    """
    kind, left = KINDS[name], Leftovers()
    problems: list[str] = []
    bodies: dict[str, _Body] = {}
    columns: dict[str, None] = {}
    dropped = 0
    for page in pages:
        held = table(text_of(page))
        if held.cut_off:
            raise Unreadable(held.cut_off, "Save the file whole and try again.")
        taken = _columns(held, kind, left)
        columns |= dict.fromkeys(taken.values())
        problems += held.problems
        for one in held.broken:
            _break(bodies, _row(one, taken))
        for one in held.rows:
            row = _row(one, taken)
            if faults := _take(row, kind, bodies, known, left):
                problems.append(f"Line {row.line}, {'; '.join(faults)}")
            dropped += row.dropped
    if dropped:
        left.left("persons, e-mail addresses or phones, dropped", count=dropped)
    whole = [one for one in bodies.values() if not one.broken]
    if len(whole) < len(bodies):
        held_back = next(one.key for one in bodies.values() if one.broken)
        left.left("record left as it was, for a row that cannot be read", held_back,
                  len(bodies) - len(whole))  # fmt: skip
    return Reading(
        drafts=tuple(_draft(one, kind) for one in whole),
        leftovers=left.told(),
        problems=tuple(problems),
        unread=tuple(one.key for one in bodies.values() if one.broken),
        columns=tuple(columns),
    )


def _columns(held: Table, kind: Kind, left: Leftovers) -> dict[str, str]:
    """The file's column → ours. Raises Unreadable."""
    ours = kind.columns()
    taken: dict[str, str] = {}
    for title in held.columns:
        plain = re.sub(r"[\s\-]+", "_", title.strip().lower())
        if is_personal(title) or _PEOPLE.search(plain):
            raise Unreadable(
                f"The column “{title}” names persons or how to reach them; such are never kept.",
                "Take the column away: experts are counted, not named.",
            )
        if plain in ours:
            taken[title] = plain
        else:
            near = difflib.get_close_matches(plain, ours, n=1)
            left.left(f"column “{title}”", f"did you mean “{near[0]}”?" if near else "")
    needed = (*kind.must, *(EVIDENCE if kind.of_body else EVIDENCE[2:]))
    missing = [column for column in needed if column not in taken.values()]
    if missing:
        raise Unreadable(
            f"The table has no column {', '.join(missing)}.",
            f"A table of this kind has the columns {', '.join(ours)}.",
        )
    return taken


def _row(one: CsvRow, taken: Mapping[str, str]) -> Row:
    return Row(one.line, {ours: one.cells.get(title, "") for title, ours in taken.items()})


def _take(
    row: Row, kind: Kind, bodies: dict[str, _Body], known: tuple[Register, ...], left: Leftovers
) -> list[str]:
    """Put a row's fact into its body's record; what is wrong with the row, where it cannot be."""
    body = _body(row, bodies) if kind.of_body else _none(row, bodies)
    fact = _fact(row, kind, known, left)
    if body is not None and not row.faults and fact is not None:
        first = body.facts.setdefault(fact.key, (row.line, fact))
        if first[1] != fact:
            row.fault(kind.tell[0], f"line {first[0]} says otherwise of the same", "Keep one.")
    if row.faults and body is not None:
        body.broken = True
    return row.faults


def _break(bodies: dict[str, _Body], row: Row) -> None:
    """A row that is not as wide as its header: where it still names its body, that is not read."""
    if (body := _body(row, bodies)) is not None:
        body.broken = True


def _none(row: Row, bodies: dict[str, _Body]) -> _Body | None:
    """A record that belongs to no body."""
    name = row.text("name")
    return bodies.setdefault(name, _Body(name, row.line)) if name else None


def _body(row: Row, bodies: dict[str, _Body]) -> _Body | None:
    """The record of the body that a row names; None, with faults, where it names none."""
    names = {lang: row.text(f"body_name_{lang[:2]}") for lang in ("zh-Hans", "en")}
    uscc, lei = (row.bare(f"body_{one}").upper() for one in ("uscc", "lei"))
    issuer, number = row.bare("body_issuer"), row.bare("body_number")
    if not any(names.values()):
        row.fault("body_name_en", "the row names no body", "Write its name in Chinese or English.")
    for column, value, check in (
        ("body_uscc", uscc, stdnum.cn.uscc.is_valid),
        ("body_lei", lei, stdnum.lei.is_valid),
    ):
        if value and not check(value):
            row.fault(column, f"the check digit of “{value}” does not agree", "Look it up again.")
    if not (uscc or lei or (issuer and number)):
        row.fault(
            "body_uscc",
            "no number says which body is meant",
            "Write its USCC or LEI, or the issuer and number of an accreditation.",
        )
        return None
    key = uscc or lei or f"{issuer} {number}"
    body = bodies.setdefault(key, _Body(key, row.line))
    for lang, text in names.items():
        if text and body.names.setdefault(lang, text) != text:
            column = f"body_name_{lang[:2]}"
            row.fault(column, f"line {body.line} names {key} otherwise", "Write one name for it.")
    numbers = {"USCC": uscc, "LEI": lei} if uscc or lei else {issuer: number}
    for namespace, value in numbers.items():
        if value and body.numbers.setdefault(namespace, value) != value:
            row.fault("body_lei", f"line {body.line} gives {key} another {namespace}", "Keep one.")
    body.country = body.country or row.place("body_country", row.bare("body_country"))
    return body


@cache
def _types(fact: type[Fact]) -> dict[str, Any]:
    """Field → its plain type: tuple, bool, an enum, …, whatever may also be None or UNSET."""
    plain: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(fact).items():
        parts = [one for one in typing.get_args(hint) if one not in {type(None), msgspec.UnsetType}]
        many = typing.get_origin(hint) is tuple
        plain[name] = tuple if many else parts[0] if parts else hint
    return plain


def _fact(row: Row, kind: Kind, known: tuple[Register, ...], left: Leftovers) -> Fact | None:
    """The fact of a row; None, with faults, where it cannot be read."""
    for column in kind.must:
        row.must(column)
    types, fields = _types(kind.fact), kind.fields()
    values = {
        name: row.value(name, types[name]) for name in fields if name not in {"level", "evidence"}
    }
    for column in kind.must:
        if not row.faults and column in values and _empty(values[column]):
            row.fault(column, "nothing of it may be kept", "Write it without persons.")
    start, end = (row.day(column) for column in PERIOD)
    if start and end and end < start:
        row.fault("until", f"{end} is before {start}", "Exchange the two.")
    if "level" in fields:
        values["level"] = brand_rules.level(row, values, known, left)
        values["evidence"] = brand_rules.evidence(row)
    else:
        brand_rules.evidence(row, "url")
    if kind.part == "credentials":
        brand_rules.credential(row, values, left)
    if kind.part == "ownerships":
        brand_rules.ownership(row, values)
    told = (*fields, *PERIOD, *kind.more)
    if kind.part == "accompaniments":
        told = brand_rules.accompaniment(values, told)
    if row.faults:
        return None
    return kind.fact(
        key="|".join(_told(values.get(column, row.bare(column))) for column in kind.tell),
        raw=row.raw(told),
        valid_from=start,
        valid_to=end + timedelta(days=1) if end else None,
        **{name: value for name, value in values.items() if not _empty(value)},
    )


def _told(value: Any) -> str:
    return "" if value is None else str(value)


def _empty(value: Any) -> bool:
    """Whether a cell says nothing: the field then keeps what it is without."""
    return value is None or value in ("", ())


def _draft(body: _Body, kind: Kind) -> Draft:
    facts = tuple(fact for _, fact in body.facts.values())
    numbers = {space: value for space, value in body.numbers.items() if value}
    registered = {"USCC", "LEI"} & numbers.keys()
    draft = Draft(
        key=body.key,
        label=next(iter(body.names.values()), "") or body.key,
        where=f"line {body.line}",
        names=tuple(
            Name(text=text, lang=lang, raw=text) for lang, text in body.names.items() if text
        ),
        identifiers=tuple(
            Identifier(namespace=space, value=numbers[space], raw=numbers[space])
            for space in ("USCC", "LEI")
            if space in registered
        ),
        # how a body without a number of its own is known; a claim, and judged as one
        accreditations=tuple(
            Accreditation(key=body.key, issuer=space, number=value, raw=body.key)
            for space, value in numbers.items()
            if not registered
        ),
        profile=Profile(country=body.country, raw=body.country) if body.country else None,
    )
    return msgspec.structs.replace(draft, **{kind.part: facts})
