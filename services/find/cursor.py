"""Cursors: base64url of JSON, opaque to whoever holds one, checked when it comes back."""

import base64
import binascii
from typing import TypeVar

import msgspec

from services.errors import BadQuestion

T = TypeVar("T", bound=msgspec.Struct)


def write(place: msgspec.Struct) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str, form: type[T]) -> T:
    """Raises BadQuestion where the text is no cursor of this kind."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=form)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as fault:
        remedy = "Take meta.next_cursor of the answer before, or leave cursor out to begin again."
        raise BadQuestion("cursor: this is no cursor of this list.", remedy) from fault


def number(id_: str, letter: str, what: str) -> int:
    """The number in an id like "b12". Raises BadQuestion where it is no such id."""
    digits = id_[1:]
    right = id_[:1] == letter and digits.isascii() and digits.isdigit() and len(digits) <= 18
    if not right:
        raise BadQuestion(
            f'"{id_}" is no id of {what}.', f'Such ids are "{letter}" and a number: "{letter}12".'
        )
    return int(digits)


def check_limit(limit: int, most: int) -> int:
    """Raises BadQuestion outside 1 to ``most``."""
    if not 1 <= limit <= most:
        raise BadQuestion(f"limit: {limit} is out of range.", f"It takes 1 to {most}.")
    return limit
