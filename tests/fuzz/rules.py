"""What must hold of a reading of any bytes whatever.

A parser refuses (``Unreadable``) or gives a reading that the whole road after it can carry:
packed for the worker and back, held against its expectations, told as statements, searched for.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from services import standards
from services.errors import Unreadable
from services.fact import Fact
from services.kit import Draft, Expect, Reading
from services.sync.check import reasons_to_refuse, shape
from services.sync.coding import Term, terms_of
from services.sync.digest import draft_hash
from services.sync.statements import TABLES, stated

# possessive: a rule must not be slower than what it judges
E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w-]")
# Half a surrogate pair cannot be written as UTF-8, NUL not into a text of PostgreSQL.
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
# parts of a draft that name the body or its place: never a person's address among them
_NAMING = ("names", "sites", "profile", "relations")


class Broken(AssertionError):
    """A reading breaks a rule; the message names the rule and the words."""


def demand(holds: object, said: str) -> None:
    if not holds:
        raise Broken(said)


def reading_of(read: Callable[[], Reading], expect: Expect | None = None) -> Reading | None:
    """Call ``read`` twice and hold its reading against all rules; None where it refuses.

    Raises Broken, or whatever else than Unreadable ``read`` raised.
    """
    try:
        reading = read()
    except Unreadable as refusal:
        demand(str(refusal).strip(), "a refusal says nothing")
        demand(not UNWRITABLE.search(str(refusal)), f"a refusal that nobody can store: {refusal!r}")
        return None
    demand(read() == reading, "the same bytes were read in two ways")
    well_formed(reading)
    shape(reading)
    reasons_to_refuse(reading, expect or Expect(), {"rows": 10})
    for draft in reading.drafts:
        _told(draft)
    return reading


def well_formed(reading: Reading) -> None:
    """The reading itself: its types, its texts, its keys, its days."""
    demand(isinstance(reading, Reading), f"{type(reading)} is no Reading")
    packed = msgspec.msgpack.encode(reading)
    demand(msgspec.msgpack.decode(packed, type=Reading) == reading, "packing changes the reading")
    for text in _texts(msgspec.to_builtins(reading)):
        demand(not UNWRITABLE.search(text), f"a text that cannot be stored: {text[:200]!r}")
    for left in reading.leftovers:
        demand(left.what.strip() and left.count > 0, f"an empty leftover: {left!r}"[:200])
    for draft in reading.drafts:
        _draft(draft)


def _draft(draft: Draft) -> None:
    demand(draft.key.strip(), f"a record without a key: {draft!r}"[:300])
    for part in Draft.__struct_fields__:
        for fact in _facts(draft, part):
            # a draft has one profile at most, which needs no name
            if part != "profile":
                demand(fact.fact_key().strip(), f"a fact without a key: {fact!r}"[:300])
            if fact.valid_from and fact.valid_to:
                demand(fact.valid_from < fact.valid_to, f"it ends before it begins: {fact!r}"[:400])
            if part in _NAMING:
                for text in _texts(msgspec.to_builtins(fact)):
                    demand(not E_MAIL.search(text), f"{part} holds an e-mail address: {text!r}")
    for name in draft.names:
        demand(name.text.strip(), f"a name without words in {draft.key[:80]!r}")
    demand(not E_MAIL.search(draft.label), f"a label holds an e-mail address: {draft.label!r}")


def _told(draft: Draft) -> None:
    """The statements of a record, as they are prepared for the database."""
    draft_hash(draft)
    for part in TABLES:
        for one in stated(1, draft, part):
            for value in one.values.values():
                if isinstance(value, int) and not isinstance(value, bool):
                    demand(abs(value) < 2**31, f"{part}: {value} is no number of a column")
    for line in draft.lines:
        for term in terms_of(line):
            _rows_of(term)


def _rows_of(term: Term) -> None:
    demand(term.digest, "a term without a digest")
    for text in _texts(term.row()):
        demand(not UNWRITABLE.search(text), f"a token that cannot be stored: {text!r}")


def _facts(draft: Draft, part: str) -> tuple[Fact, ...]:
    held = getattr(draft, part)
    facts = held if isinstance(held, tuple) else (held,)
    return tuple(fact for fact in facts if isinstance(fact, Fact))


def _texts(value: Any) -> Iterator[str]:
    """All strings of a tree of plain values."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            todo.extend(one)
            todo.extend(one.values())
        elif isinstance(one, (list, tuple)):
            todo.extend(one)


def text_is_plain(text: str) -> None:
    demand(not UNWRITABLE.search(text), f"a text that cannot be stored: {text[:200]!r}")


# --- designations ---------------------------------------------------------------------------------


def designations_of(text: str) -> None:
    """The reader of standard numbers: places, order, and its own spelling read back."""
    found = standards.find_all(text)
    at = 0
    for one in found:
        demand(at <= one.start < one.end <= len(text), f"{one!r} stands outside or over another")
        demand(text[one.start : one.end] == one.text, f"{one!r} is not what stands at its place")
        at = one.end
    whole = standards.read(text)
    for one in [whole, *found] if whole else found:
        _stable(one)


def _stable(one: standards.Standard) -> None:
    again = standards.read(one.dated)
    demand(again == one, f"{one!r} is spelt {one.dated!r}, which reads as {again!r}")
    demand(
        again is not None and again.dated == one.dated and again.key == one.key,
        f"{one.dated!r} has another spelling or key when read again",
    )
    demand(one.key.strip(), f"{one!r} has no key")
    for key in standards.related_keys(one):
        demand(key.strip(), f"{one!r} is related to nothing")
