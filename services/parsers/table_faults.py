"""What is wrong with a declared table, each fault with its key and the remedy."""

import re
from collections.abc import Iterator
from datetime import datetime

from services.kit import Draft
from services.parsers.personal import is_personal
from services.parsers.table_declaration import FORMATS, Cell, Declaration, Paging, Part, cells


def faults(one: Declaration) -> list[str]:
    """What is wrong with a declaration, each with its key and the remedy; [] where it can read."""
    said = list(_unfilled(one))
    if one.format not in FORMATS:
        said.append(f'format: "{one.format}" is none of {", ".join(FORMATS)}.')
    if one.rate <= 0:
        said.append("rate must be above 0.")
    if (one.charset or one.delimiter) and one.format != "csv":
        said.append("charset and delimiter are for a CSV.")
    if len(one.delimiter) > 1:
        said.append(f'delimiter: "{one.delimiter}" is more than one character.')
    if one.paging is not None:
        said += _paging(one, one.paging)
    for part in one.expect.fill:
        if part.partition(".")[0] not in Draft.__struct_fields__:
            said.append(f'expect.fill: "{part}" is no part of a record.')
    if personal := [name for name in one.mapped() if is_personal(name)]:
        said.append(
            f'The column "{personal[0]}" names a person or how to reach one; such are never kept.'
        )
    if (one.lines or one.events) and not one.accreditations:
        said.append("lines and events are of accreditations, and there are none.")
    for path, taken, part_type, name in cells(one):
        said += [f"{path}{fault}" for fault in _cell(taken, part_type, name)]
    return said


def _unfilled(one: Declaration) -> Iterator[str]:
    for name in ("title", "publisher", "home", "licence", "address", "key", "names"):
        if not getattr(one, name):
            yield f"{name} is empty: fill it in."
    for n, column in enumerate(one.key):
        if not column:
            yield f"key[{n}] is empty: name a column."
    for n, identifier in enumerate(one.identifiers):
        if not identifier.namespace:
            yield f'identifiers[{n}].namespace is empty: fill it in ("USCC", "LEI", …).'


def _paging(one: Declaration, paging: Paging) -> Iterator[str]:
    if one.format != "json":
        yield "paging is for JSON."
    if sum(map(bool, (paging.next, paging.page, paging.cursor))) != 1:
        yield "paging takes one of next, page and cursor."
    if bool(paging.cursor) != bool(paging.parameter):
        yield "paging.cursor and paging.parameter go together."


def _cell(taken: Cell, part: type[Part], name: str) -> Iterator[str]:
    ways = (taken.column, taken.any_of, taken.columns, taken.value)
    if not any(ways):
        yield " is empty: name a column, or a value for all rows."
    if sum(map(bool, ways)) > 1:
        yield " takes one of column, any_of, columns and value."
    if taken.split and name not in part.MANY:
        yield ".split: only one value can stand there."
    if (taken.dates or None) and name not in part.DAYS:
        yield ".dates: no day stands there."
    for form in taken.dates:
        if not form:
            yield '.dates is empty: write how the days are printed, as in "%d/%m/%Y".'
        elif not _is_form(form):
            yield (
                f'.dates: "{form}" is no form of a day; write %d, %m (or %b, %B) and %Y with what'
                ' stands between, as in "%d/%m/%Y".'
            )
    if vocabulary := part.WORDS.get(name):
        known = [str(word.value) for word in vocabulary]
        said = {"": taken.value} if taken.value and not taken.words else taken.words
        for word, meaning in said.items():
            if meaning not in known and not (meaning == "" == word):
                where = f'.words."{word}"' if word else ""
                if meaning:
                    yield f'{where}: "{meaning}" is none of {", ".join(known)}.'
                else:
                    yield f"{where} is empty: say which of {', '.join(known)} it means."


def _is_form(form: str) -> bool:
    """Whether a day written in this form is read back as that day."""
    if not re.search(r"%d", form) or not re.search("%[mbB]", form) or not re.search("%[yY]", form):
        return False
    day = datetime(2023, 11, 25)  # noqa: DTZ001 - a day of the calendar, at no place
    try:
        return datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007
    except ValueError:
        return False
