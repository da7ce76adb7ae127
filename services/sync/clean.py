"""What leaves any reader, whoever wrote it, holds no address of a person.

A reader drops the columns of persons that it knows; an e-mail address within a name, a file's title
or an example of a leftover is nothing that it looks for. It goes here, for every source alike.
"""

from collections.abc import Callable
from typing import Any, cast

import msgspec

from services.kit import Draft, Reading
from services.parsers.personal import without_emails


def read_clean(parse: Callable[..., Any], *args: Any) -> Reading:
    """The Reading of ``parse(*args)`` without such; what is no Reading as it is, for the reading
    process to refuse. Raises Unreadable as ``parse`` does."""
    reading = parse(*args)
    if not isinstance(reading, Reading):
        return cast(Reading, reading)
    if not _touched(reading):
        return reading
    clean: Reading = _mapped(reading)
    nameless = [draft for draft in clean.drafts if not draft.key.strip()]
    return msgspec.structs.replace(
        clean,
        drafts=tuple(_whole(draft) for draft in clean.drafts if draft.key.strip()),
        problems=(*clean.problems, *(f"{one.where}: nothing names the record" for one in nameless)),
        unread=tuple(key for key in clean.unread if key.strip()),
        leftovers=tuple(one for one in clean.leftovers if one.what.strip()),
    )


def _touched(reading: Reading) -> bool:
    try:
        said = msgspec.json.encode(reading)
    except UnicodeEncodeError:
        return True
    return b"@" in said


def _mapped(value: Any) -> Any:
    if isinstance(value, str):
        return without_emails(value)
    if isinstance(value, tuple):
        return tuple(map(_mapped, value))
    if isinstance(value, msgspec.Struct):
        fields = {name: _mapped(getattr(value, name)) for name in value.__struct_fields__}
        return type(value)(**fields)
    return value


def _whole(draft: Draft) -> Draft:
    """A draft without the names of which nothing is left."""
    names = tuple(name for name in draft.names if name.text.strip())
    return draft if len(names) == len(draft.names) else msgspec.structs.replace(draft, names=names)
