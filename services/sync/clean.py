"""What leaves any reader, whoever wrote it, holds no address of a person.

A reader drops the columns of persons that it knows; an e-mail address within a name, a file's title
or an example of a leftover is nothing that it looks for. It goes here, for every source alike.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import msgspec

from services.errors import Unreadable
from services.kit import Draft, Reading, Streamed
from services.parsers.personal import without_emails

NO_READING = "The reader gave what no reader may give"


def read_clean(parse: Callable[..., Any], *args: Any) -> Reading:
    """The Reading of ``parse(*args)`` without such, whole. Raises Unreadable as ``parse`` does, and
    where it is no Reading."""
    said, drafts, nameless = drafts_of(parse(*args)), list[Draft](), list[str]()
    while True:
        try:
            draft = next(said)
        except StopIteration as end:
            rest = clean_rest(end.value, nameless)
            return msgspec.structs.replace(rest, drafts=tuple(drafts))
        clean = clean_draft(draft) if _touched(draft) else draft
        if clean is None:
            nameless.append(draft.where)
        else:
            drafts.append(clean)


def drafts_of(said: Any) -> Generator[Draft, None, Reading]:
    """The drafts of a Reading in their order; returns the Reading with all else that was said.
    Raises Unreadable where it is none."""
    rest = said
    if isinstance(said, Streamed):
        rest = yield from said.each
    elif isinstance(said, Reading):
        yield from said.drafts
    if not isinstance(rest, Reading):
        raise Unreadable(f"{NO_READING}: {type(rest).__name__} is no Reading.")
    return rest


def clean_draft(draft: Draft) -> Draft | None:
    """A draft without addresses, and without names of which nothing is left; None where nothing is
    left of its key."""
    clean: Draft = _mapped(draft)
    if not clean.key.strip():
        return None
    names = tuple(name for name in clean.names if name.text.strip())
    if len(names) == len(clean.names):
        return clean
    return msgspec.structs.replace(clean, names=names)


def clean_rest(reading: Reading, nameless: Sequence[str]) -> Reading:
    """All of a Reading but its drafts, without addresses. ``nameless``: where the records stood of
    whose key nothing was left."""
    rest = msgspec.structs.replace(reading, drafts=())
    if not _touched(rest) and not nameless:
        return rest
    clean: Reading = _mapped(rest)
    places = (without_emails(where) for where in nameless)
    return msgspec.structs.replace(
        clean,
        problems=(*clean.problems, *(f"{where}: nothing names the record" for where in places)),
        unread=tuple(key for key in clean.unread if key.strip()),
        leftovers=tuple(one for one in clean.leftovers if one.what.strip()),
    )


def _touched(said: Draft | Reading) -> bool:
    try:
        return b"@" in msgspec.json.encode(said)
    except UnicodeEncodeError:
        return True


def _mapped(value: Any) -> Any:
    if isinstance(value, str):
        return without_emails(value)
    if isinstance(value, tuple):
        return tuple(map(_mapped, value))
    if isinstance(value, msgspec.Struct):
        fields = {name: _mapped(getattr(value, name)) for name in value.__struct_fields__}
        return type(value)(**fields)
    return value
