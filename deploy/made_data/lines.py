"""Scope lines by the million: rows of the table as COPY text, with the hashes that name them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

import msgspec

from deploy.made_data.rows import ACC
from deploy.made_data.words import Vocabulary
from services.sync.coding import Term


@dataclass(frozen=True, slots=True)
class _Word:
    """A term by its id, and how the canonical JSON of a line says it."""

    id: int
    said: str


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_RANGES = (("0.1", "10", "mg/kg"), ("0", "100", "mm"), ("5", "300", "kN"), ("1", "1000", "V"))
_PLAIN = ("\\N", "\\N", "", "null", "null", '""')


class Lines:
    """Rows of table ``scope_line`` as COPY text, in the order of :data:`COLUMNS`."""

    COLUMNS = (
        *("record_id", "key", "raw", "hash", "valid", "known", "run_id", "end_run_id"),
        *("accreditation", "object_id", "parameter_id", "method_id", "lo", "hi", "unit", "cmc"),
        *("limitation", "flexible", "sites"),
    )

    def __init__(self, words: Vocabulary, ids: dict[Term, int], replaced: float) -> None:
        """``replaced``: the share of a renewed schedule's lines that name a newer edition."""
        self._replaced = replaced
        self._objects = [self._two(one, ids) for one in words.objects.all]
        self._parameters = [self._two(one, ids) for one in words.parameters.all]
        self._methods = [
            _Word(ids[one], f'"method":{_json(one.text)}') for one in words.methods.all
        ]
        self._newer = [_Word(ids[one], f'"method":{_json(one.text)}') for one in words.newer]
        self._cumulative = (
            words.objects.cumulative,
            words.parameters.cumulative,
            words.methods.cumulative,
        )
        ranges = [(lo, hi, unit, _json(lo), _json(hi), _json(unit)) for lo, hi, unit in _RANGES]
        # one line in twelve states a range
        self._ranges = [_PLAIN if n % 12 else ranges[n // 12] for n in range(12 * len(ranges))]

    @staticmethod
    def _one(one: Term, ids: dict[Term, int]) -> _Word:
        return _Word(ids[one], f'"{one.kind}":{_json(one.text)}')

    @staticmethod
    def _two(one: Term, ids: dict[Term, int]) -> _Word:
        said = f'"{one.kind}":{_json(one.text)},"{one.kind}_also":{_json(one.also)}'
        return _Word(ids[one], said)

    def of(
        self,
        record_id: int,
        count: int,
        renewed: Sequence[int],
        begun: int,
        known: Sequence[str],
        runs: Sequence[int],
        rng: Random,
    ) -> Iterator[str]:
        """One schedule's lines. ``known``: when each look was known; ``runs``: each look's run."""
        objects, parameters, methods = self._drawn(count, rng)
        newer = int(count * self._replaced + rng.random()) if renewed else 0
        first = f'["{known[begun]}",'
        start = runs[begun]
        for n in range(count):
            method = methods[n]
            rest = (record_id, n, objects[n], parameters[n])
            if n < newer:
                turn = renewed[n % len(renewed)]
                until, since = f'{first}"{known[turn]}")', f'["{known[turn]}",)'
                old, new = self._methods[method], self._newer[method]
                yield self._row(*rest, old, until, start, runs[turn])
                yield self._row(*rest, new, since, runs[turn], "\\N")
            else:
                yield self._row(*rest, self._methods[method], f"{first})", start, "\\N")

    def _drawn(self, count: int, rng: Random) -> tuple[list[_Word], list[_Word], list[int]]:
        """A schedule has a few objects, each with many parameters."""
        of_objects, of_parameters, of_methods = self._cumulative
        some = rng.choices(self._objects, cum_weights=of_objects, k=1 + min(200, count // 25))
        return (
            rng.choices(some, k=count),
            rng.choices(self._parameters, cum_weights=of_parameters, k=count),
            rng.choices(range(len(self._methods)), cum_weights=of_methods, k=count),
        )

    def _row(
        self,
        record_id: int,
        n: int,
        thing: _Word,
        parameter: _Word,
        method: _Word,
        known: str,
        run: int,
        end: int | str,
    ) -> str:
        lo, hi, unit, lo_said, hi_said, unit_said = self._ranges[n % len(self._ranges)]
        # the canonical JSON of the line, whose SHA-256 is the fact's hash (sync/statements.py)
        said = (
            f'{{"accreditation":"{ACC}","cmc":null,"flexible":false,"hi":{hi_said},"key":"{n}",'
            f'"limitation":"","lo":{lo_said},{method.said},{thing.said},{parameter.said},"raw":"",'
            f'"sites":[],"unit":{unit_said},"valid_from":null,"valid_to":null}}'
        )
        digest = sha256(said.encode()).hexdigest()
        return (
            f"{record_id}\t{ACC}|{n}\t\t\\\\x{digest}\t(,)\t{known}\t{run}\t{end}\t{ACC}\t{thing.id}"
            f"\t{parameter.id}\t{method.id}\t{lo}\t{hi}\t{unit}\t\\N\t\tf\t{{}}\n"
        )
