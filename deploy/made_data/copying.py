"""Bodies to rows of every table, a batch at a time, by COPY."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any

import sqlalchemy as sa
from psycopg.types.range import TimestamptzRange
from sqlalchemy.engine import Connection

from deploy.made_data.lines import Lines
from deploy.made_data.lives import Body, Held
from deploy.made_data.rows import ACC, OWN_PARTS, PARTS, Told, own, told
from deploy.made_data.runs import Runs
from deploy.made_data.sizes import OWN, looks
from services.models import Base, Statement
from services.names import look_key, number_key
from services.sync.copying import copy_rows, copy_text, plain
from services.sync.statements import TABLES, columns

_BATCH = 1_000  # bodies between two COPYs
_LINES = "scope_line"
_LINES_AT_ONCE = 5_000


def _table(part: str) -> str:
    model = TABLES[part]
    assert issubclass(model, Base)
    return str(model.__tablename__)


_MODELS: dict[str, type[Statement]] = {_table(part): TABLES[part] for part in (*PARTS, *OWN_PARTS)}
_NAMED: Mapping[str, tuple[str, ...]] = {
    "record": ("id", "list_id", "key", "kin", "label", "place", "run_id"),
    "record_key": ("list_id", "key", "record_id"),
    "body": ("id", "run_id"),
    "accreditation": ("id", "issuer", "number", "number_key", "look_key", "field_key", "run_id"),
    "body_link": ("record_id", "body_id", "known", "rule", "run_id"),
    "accreditation_link": ("record_id", "key", "accreditation_id", "known", "rule", "run_id"),
    "sighting": ("record_id", "content_hash", "first_run_id", "end_run_id", "place"),
}
_OF_STATEMENTS = ("record_id", "key", "raw", "hash", "valid", "known", "run_id", "end_run_id")


def _named(table: str) -> tuple[str, ...]:
    return _NAMED.get(table) or (*_OF_STATEMENTS, *columns(_MODELS[table]))


LOADED = (*_NAMED, *_MODELS, _LINES)


class Loader:
    """Bodies to rows, a batch at a time, every table by COPY.

    ``touched``: source → look → records of which something began or ended; ``left``: those that
    left their list then.
    """

    def __init__(self, conn: Connection, runs: Runs, lines: Lines) -> None:
        self._conn, self._runs, self._lines = conn, runs, lines
        self._looks = looks()
        self._known = {
            source: [one.isoformat() for one in known] for source, known in runs.known.items()
        }
        self._rows: dict[str, list[Sequence[Any]]] = {}
        self._text: list[str] = []
        self._record = self._accreditation = 0
        none: Mapping[str, list[list[int]]] = {one: [[] for _ in self._looks] for one in runs.lists}
        self.touched, self.left = none, deepcopy(none)
        self.bodies: list[int] = []

    def load(self, made: Sequence[Body], seed: int) -> int:
        count = 0
        for n, body in enumerate(made, 1):
            self._body(n, body, Random(f"{seed} {n}"))
            if n % _BATCH == 0 or n == len(made):
                count += self._flush()
        return count

    def _body(self, body_id: int, body: Body, rng: Random) -> None:
        records: list[tuple[int, Held, Told]] = []
        for held in body.held:
            self._record += 1
            if (one := told(self._record, body, held, self._looks)) is not None:
                records.append((self._record, held, one))
        if not records:
            return  # all of it was granted after the last look
        first = min(one.begun for _, _, one in records)
        self.bodies.append(body_id)
        self._put(
            "body",
            (
                body_id,
                min(self._runs.of[held.register.source][one.begun] for _, held, one in records),
            ),
        )
        for record_id, held, one in records:
            source = held.register.source
            self._told(source, record_id, body_id, one)
            self._accredited(source, record_id, held, one)
            self._text += self._lines.of(
                record_id, held.lines, one.renewed, one.begun, self._known[source],
                self._runs.of[source], rng,
            )  # fmt: skip
        if body.abroad or body.credentials:
            self._record += 1
            self._told(OWN, self._record, body_id, own(self._record, body, first))

    def _told(self, source: str, record_id: int, body_id: int, one: Told) -> None:
        """The record, its link, its sightings and its statements."""
        runs, known = self._runs.of[source], self._runs.known[source]
        list_id, begun = self._runs.lists[source], runs[one.begun]
        draft = one.draft
        self._put(
            "record", (record_id, list_id, draft.key, draft.kin, draft.label, draft.where, begun)
        )
        self._put("record_key", (list_id, draft.key, record_id))
        since = TimestamptzRange(known[one.begun], None)
        self._put("body_link", (record_id, body_id, since, "identifier", begun))
        for seen in one.seen:
            end = None if seen.ended is None else runs[seen.ended]
            self._put("sighting", (record_id, seen.content, runs[seen.begun], end, draft.where))
        for v in one.versions:
            end = v.ended
            during = TimestamptzRange(known[v.begun], None if end is None else known[end])
            said = v.said
            self._put(
                _table(v.part),
                (
                    record_id, said.key, said.raw, said.hash, said.valid, during, runs[v.begun],
                    None if end is None else runs[end],
                    *(said.values[name] for name in columns(TABLES[v.part])),
                ),
            )  # fmt: skip
        turned = {v.begun for v in one.versions} | {v.ended for v in one.versions}
        for n in (turned | set(one.renewed)) - {None}:
            self.touched[source][n].append(record_id)  # type: ignore[index]
        if one.left is not None:
            self.left[source][one.left].append(record_id)

    def _accredited(self, source: str, record_id: int, held: Held, one: Told) -> None:
        self._accreditation += 1
        key = number_key(held.number, held.register.issuer)
        run = self._runs.of[source][one.begun]
        self._put(
            "accreditation",
            (self._accreditation, held.register.issuer, held.number, key, look_key(key), "", run),
        )
        since = TimestamptzRange(self._runs.known[source][one.begun], None)
        row = (record_id, ACC, self._accreditation, since, "number and holder", run)
        self._put("accreditation_link", row)

    def _put(self, table: str, row: Sequence[Any]) -> None:
        self._rows.setdefault(table, []).append(row)

    def _flush(self) -> int:
        for table, rows in self._rows.items():
            copy_rows(self._conn, table, _named(table), ([plain(v) for v in row] for row in rows))
        for start in range(0, len(self._text), _LINES_AT_ONCE):
            text = "".join(self._text[start : start + _LINES_AT_ONCE])
            copy_text(self._conn, _LINES, Lines.COLUMNS, text)
        count = len(self._text)
        self._rows, self._text = {}, []
        self._conn.commit()
        return count

    def number(self) -> None:
        """COPY writes the ids that it is given and tells no sequence."""
        for table in ("record", "body", "accreditation"):
            said = f"pg_get_serial_sequence('{table}', 'id')"
            self._conn.execute(sa.text(f"select setval({said}, max(id)) from {table}"))
