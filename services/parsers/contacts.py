"""A sheet of addresses beside a list, and the rule that joins its rows to the list's bodies.

Persons, phones, faxes and e-mails are dropped while reading and only counted.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.parsers import xlsx

_EMPTY = frozenset({"", "-", "–", "—", "na", "n/a", "n.a.", "nil", "none"})
_SERIAL = re.compile(r"^(?:s\s*/\s*n|s\.?\s*no\.?|no\.?|item)$", re.I)
# what is never kept, by the words of its header
_PERSONAL = re.compile(r"person|title|tel|phone|mobile|fax|e-?\s?mail", re.I)
# the same inside a cell that is kept, and all that follows it on its line
_PERSONAL_WORDS = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|\b(?:tel|telephone|phone|mobile|fax|e-?mail|attn|contact)\s*[.:].*",
    re.I,
)
_WEBSITE = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[/:?#]\S*)?")

# Abbreviations in names, to the word they stand for. With case, accents, punctuation and spacing
# folded this is all that two spellings of one name may differ by; anything else is another name.
_ABBREVIATIONS = {
    "int'l": "international", "intl": "international", "s'pore": "singapore", "sgp": "singapore",
    "limited": "ltd", "private": "pte", "company": "co", "corporation": "corp",
    "incorporated": "inc", "centre": "center", "&": "and", "lab": "laboratory",
    "labs": "laboratories",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """A row without its persons. ``role``: as ``role_of`` reads the row's type, "" if unsaid."""

    role: str
    name: str
    address: str
    website: str
    where: str


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """``dropped``: personal entries left out; ``unread``: titles of columns nobody knows."""

    rows: tuple[Contact, ...]
    dropped: int
    unread: tuple[str, ...]


def contact_sheet(sheet: xlsx.Sheet, role_of: Callable[[str], str]) -> ContactSheet | None:
    """Reads a sheet whose header names a name and an address; None where no row does."""
    columns: dict[str, int] = {}
    header: list[str] = []
    at = 0
    for at, row in enumerate(sheet.rows[:20]):  # noqa: B007 - the row that stopped it is read on
        header = [one_line(cell).lower() for cell in row]
        columns = _columns(header)
        if {"name", "address"} <= columns.keys():
            break
    else:
        return None
    dropped = 0
    unread: set[int] = set()
    found: list[Contact] = []
    for r, row in enumerate(sheet.rows[at + 1 :], at + 1):
        for c, cell in enumerate(row):
            if c in columns.values() or cell.strip().lower() in _EMPTY or _SERIAL.match(header[c]):
                continue
            if _PERSONAL.search(header[c]):
                dropped += 1
            else:
                unread.add(c)
        kept = {part: _PERSONAL_WORDS.subn("", row[c]) for part, c in columns.items()}
        dropped += sum(count for _, count in kept.values())
        words = {part: text.strip() for part, (text, _) in kept.items()}
        if words["name"]:
            website = "".join(words.get("website", "").split())
            found.append(
                Contact(
                    role_of(words.get("type", "")),
                    words["name"],
                    "" if words["address"].lower() in _EMPTY else words["address"],
                    website if _WEBSITE.fullmatch(website) else "",
                    f"{sheet.name}!{xlsx.place(r, columns['name'])}",
                )
            )
    # their words are not shown: nobody has said yet that they name no person
    titles = tuple(header[c] or f"column {xlsx.place(0, c)[:-1]}" for c in sorted(unread))
    return ContactSheet(tuple(found), dropped, titles)


def _columns(header: Sequence[str]) -> dict[str, int]:
    """What is read to its column, by words of the title; the first that fits."""
    found: dict[str, int] = {}
    for c, title in enumerate(header):
        if re.search("web|url", title):
            found.setdefault("website", c)
        elif _PERSONAL.search(title) or "contact" in title:
            continue
        elif "address" in title:
            found.setdefault("address", c)
        elif re.search(r"\btype\b|\brole\b", title):
            found.setdefault("type", c)
        elif re.search(r"\bname\b", title):
            found.setdefault("name", c)
    return found


def join(name: str, role: str, contacts: Sequence[Contact]) -> list[Contact]:
    """The rows that are this body's, by the first rule that finds any; never a likeness.

    1. The same name, case, accents, punctuation and the abbreviations above folded.
    2. The same words in another order: "Safety Laboratory, X Ltd" is "X Ltd (Safety Laboratory)".
    3. The contact sheet adds a unit in brackets: "X Ltd" is "X Ltd (Electrical Division)".
    4. The body's brackets hold a place that the address names: "X Ltd (Shenzhen)" is "X Ltd".

    Rules 2-4 join nothing where they find more than one address: which is meant is not said.
    Rows of another role are never taken.
    """
    rows = [row for row in contacts if row.role in {role, ""}]
    words = fold(name)
    if same := [row for row in rows if fold(row.name) == words]:
        return same
    bare, place = fold(_without_brackets(name)), _in_brackets(name)
    for found in (
        [row for row in rows if sorted(fold(row.name)) == sorted(words)],
        [row for row in rows if fold(_without_brackets(row.name)) == words],
        [row for row in rows if place and fold(row.name) == bare and _holds(row.address, place)],
    ):
        if found:
            addresses = {tuple(fold(row.address)) for row in found}
            return found if len(addresses) == 1 else []
    return []


def fold(text: str) -> list[str]:
    """Words for comparing: NFKD without accents, lower case, abbreviations written out."""
    return list(_folded(text))


@lru_cache(maxsize=16384)  # every body of a list is compared with every row of addresses
def _folded(text: str) -> tuple[str, ...]:
    decomposed = unicodedata.normalize("NFKD", text).replace("’", "'").casefold()
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    apart = re.sub(r"\b(?:int'l|s'pore)(?!\w)|&", lambda found: f" {found.group()} ", plain)
    written_out = " ".join(_ABBREVIATIONS.get(word.strip(".,"), word) for word in apart.split())
    # "S.p.A" is one word and "Co.,Ltd" two: full stops join, everything else parts
    parts = re.sub(r"[^\w]+", " ", written_out.replace(".", "")).split()
    return tuple(_ABBREVIATIONS.get(part, part) for part in parts)


def one_line(text: str) -> str:
    """Line breaks and runs of spaces folded to one space."""
    return " ".join(text.split())


def _without_brackets(text: str) -> str:
    """Without bracketed parts, brackets within brackets too."""
    depth = 0
    kept: list[str] = []
    for one in text:
        depth += one in "(（"
        if not depth:
            kept.append(one)
        depth -= depth > 0 and one in ")）"
    return "".join(kept)


def _in_brackets(name: str) -> list[str]:
    found = re.findall(r"\(([^()]+)\)", name)
    return fold(found[0]) if len(found) == 1 else []


def _holds(address: str, place: list[str]) -> bool:
    words = fold(address)
    return any(words[at : at + len(place)] == place for at in range(len(words)))
