"""Dictionary coding: what lines say of objects, parameters and methods is stored once a term."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.kit import Line
from services.models import Term as TermRow
from services.standards import find_all
from services.store.tokens import index_tokens
from services.sync.copying import array_text, copy_rows

_MOST = 500_000  # terms kept at hand: some 150 MB
_AT_ONCE = 5_000  # asked of the database
_Words = tuple[str, str, str]  # kind, text, also
Coded = tuple[int | None, int | None, int | None]  # ids of object, parameter, method


@dataclass(frozen=True, slots=True)
class Term:
    """An object, parameter or method; its digest is what makes it one."""

    kind: str
    text: str
    also: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.text}\x1f{self.also}".encode()).digest()

    def row(self) -> dict[str, Any]:
        """The row of table ``term``: tokens for search, standards for a method."""
        found = find_all(self.text) if self.kind == "method" else []
        tokens = dict.fromkeys(index_tokens(self.text) + index_tokens(self.also))
        return {
            "kind": self.kind,
            "text": self.text,
            "also": self.also,
            "digest": self.digest,
            "tokens": list(tokens),
            "standards": list(dict.fromkeys(s.key for s in found)),
            "editions": list(dict.fromkeys(s.dated for s in found if s.edition)),
        }


def terms_of(line: Line) -> list[Term]:
    """What of a line is coded."""
    return [Term(*words) for words in _words(line) if words[1] or words[2]]


def _words(line: Line) -> tuple[_Words, _Words, _Words]:
    return (
        ("object", line.object, line.object_also),
        ("parameter", line.parameter, line.parameter_also),
        ("method", line.method, ""),
    )


@dataclass(slots=True)
class Dictionary:
    """Ids of terms, those of the lines before kept at hand."""

    conn: Connection
    _ids: dict[_Words, int] = field(default_factory=dict)

    def code(self, lines: Iterable[Line]) -> list[Coded]:
        """Object, parameter and method of each line; terms never seen before are added."""
        if len(self._ids) > _MOST:
            self._ids.clear()
        ids = self._ids
        said = [_words(line) for line in lines]
        asked = dict.fromkeys(one for words in said for one in words if one not in ids)
        new = code_terms(self.conn, [Term(*one) for one in asked if one[1] or one[2]])
        ids |= {(t.kind, t.text, t.also): number for t, number in new.items()}
        ids_of = ids.get
        return [(ids_of(o), ids_of(p), ids_of(m)) for o, p, m in said]


def code_terms(conn: Connection, terms: Sequence[Term]) -> dict[Term, int]:
    """Ids of these terms; those never seen before are added."""
    known: dict[Term, int] = {}
    for start in range(0, len(terms), _AT_ONCE):
        part = terms[start : start + _AT_ONCE]
        found = _stored(conn, part)
        new = [term for term in part if term not in found]
        if new:
            _add(conn, new)
            found |= _stored(conn, new)
        known |= found
    return known


_NEW = {
    "kind": "text", "text": "text", "also": "text", "digest": "bytea", "tokens": "text[]",
    "standards": "text[]", "editions": "text[]",
}  # fmt: skip


def _add(conn: Connection, terms: Sequence[Term]) -> None:
    listed = ", ".join(f"{name} {kind}" for name, kind in _NEW.items())
    conn.execute(sa.text(f"create temp table stage_term ({listed}) on commit drop"))
    rows = (term.row().values() for term in terms)
    written = ([array_text(v) if isinstance(v, list) else v for v in row] for row in rows)
    copy_rows(conn, "stage_term", list(_NEW), written)
    conn.execute(
        sa.text(
            "insert into term (kind, text, also, digest, tokens, standards, editions)"
            " select kind, text, also, digest, array_to_tsvector(tokens), standards, editions"
            " from stage_term on conflict do nothing"
        )
    )
    conn.execute(sa.text("drop table stage_term"))


def _stored(conn: Connection, terms: Sequence[Term]) -> dict[Term, int]:
    by_digest = {(term.kind, term.digest): term for term in terms}
    rows = conn.execute(
        sa.select(TermRow.id, TermRow.kind, TermRow.digest).where(
            TermRow.digest
            == sa.func.any(sa.literal([d for _, d in by_digest], sa.ARRAY(sa.LargeBinary)))
        )
    )
    return {
        by_digest[row.kind, bytes(row.digest)]: int(row.id)
        for row in rows
        if (row.kind, bytes(row.digest)) in by_digest
    }
