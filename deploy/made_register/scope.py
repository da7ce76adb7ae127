"""Scope lines of made bodies, from the hand-written fields in ``hand/``.

A line is ``[no, object code, parameter code, method, {more}]``; the words of a code stand once in
``words`` of the register. ``more`` holds what few lines have: range, uncertainty, limits, sites.
"""

from functools import cache
from importlib.resources import files

import yaml

from deploy.made_register.numbers import chance, choice, sample

Line = list[object]
LIMITS = (
    "不测：第 7.3.9 条 | excluding clause 7.3.9",
    "不测：附录 Q | excluding Annex Q",
    "限：质量不大于 12 kg | mass up to 12 kg only",
    "限：额定电压不大于 480 V | rated voltage up to 480 V only",
    "限：非金属材料 | non-metallic materials only",
)
# series that may be extended by the body itself, within a flexible scope
_FLEXIBLE = {
    "battery": "IEC 62133",
    "household": "IEC 60335",
    "lighting": "IEC 60598",
    "emc": "IEC 61000-4",
    "food": "GB 5009",
    "toys": "EN 71",
    "chemical": "IEC 62321",
}


def hand_written(name: str) -> dict[str, object]:
    """A file of ``hand/``; every scalar stays text (dates and numbers are words here)."""
    text = (files("deploy.made_register") / "hand" / name).read_text(encoding="utf-8")
    loaded: dict[str, object] = yaml.load(text, yaml.BaseLoader)
    return loaded


@cache
def _all(field: str) -> tuple[tuple[str, str, str], ...]:
    """Every (object, parameter, method) of a field, words as "Chinese | English"."""
    groups = hand_written("scope.yaml")[field]
    assert isinstance(groups, list)
    rows = []
    for group in groups:
        objects, methods, parameters = (
            group[part].split(" ; ") for part in ("objects", "methods", "parameters")
        )
        rows += [(o, p, m) for o in objects for m in methods for p in parameters]
    return tuple(rows)


@cache
def _calibrations() -> tuple[tuple[str, ...], ...]:
    rows = hand_written("calibration.yaml")["lines"]
    assert isinstance(rows, list)
    return tuple(tuple(row.split(" ; ")) for row in rows)


class Vocabulary:
    """Gives each word pair one code, in order of first use in ``hand/`` (so codes stay put)."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.parameters: dict[str, str] = {}
        rows = [(o, p) for field in hand_written("scope.yaml") for o, p, _ in _all(field)]
        rows += [(row[0], row[1]) for row in _calibrations()]
        rows += [
            ("方法清单所列产品 | Products in the method list", "按现行清单 | per current list")
        ]
        for o, p in rows:
            self.objects.setdefault(o, f"P{len(self.objects) + 1:03d}")
            self.parameters.setdefault(p, f"T{len(self.parameters) + 1:03d}")

    def tables(self) -> dict[str, dict[str, str]]:
        return {
            "objects": {code: words for words, code in self.objects.items()},
            "parameters": {code: words for words, code in self.parameters.items()},
        }


def lines(
    key: str, wanted: dict[str, int], sites: list[str], words: Vocabulary, granted: str
) -> list[Line]:
    """``wanted``: lines by field ("calibration" among them); fewer where a field has no more."""
    made: list[Line] = []
    for field, count in wanted.items():
        if field == "calibration":
            made += _calibration_lines(f"{key}|{field}", count, words)
            continue
        for o, p, method in sample(f"{key}|{field}", _all(field), count):
            made.append([str(len(made) + 1), words.objects[o], words.parameters[p], method, {}])
        if field in _FLEXIBLE and chance(f"{key}|{field}|flexible", 18):
            made.append(_flexible(f"F-{field[:3].upper()}", _FLEXIBLE[field], words))
    for number, line in enumerate(made, start=1):
        if not str(line[0]).startswith("F-"):
            line[0] = str(number)
        _refine(f"{key}|{line[1]}|{line[3]}|{line[2]}", line, sites, granted)
    return made


def _calibration_lines(key: str, count: int, words: Vocabulary) -> list[Line]:
    return [
        ["0", words.objects[o], words.parameters[p], method, {"range": span, "uncertainty": best}]
        for o, p, method, span, best in sample(key, _calibrations(), count)
    ]


def _flexible(no: str, series: str, words: Vocabulary) -> Line:
    return [
        no,
        words.objects["方法清单所列产品 | Products in the method list"],
        words.parameters["按现行清单 | per current list"],
        series,
        {"flexible": "灵活范围 flexible scope"},
    ]


def _refine(key: str, line: Line, sites: list[str], granted: str) -> None:
    """Sites, limits and dates that only some lines carry."""
    more = line[4]
    assert isinstance(more, dict)
    if len(sites) > 1 and not chance(f"{key}|all", 30):
        more["locations"] = choice(f"{key}|site", sites)
    if "range" not in more and chance(f"{key}|limit", 3):
        more["limits"] = choice(f"{key}|which", LIMITS)
    if chance(f"{key}|added", 4) and granted < "2024":
        more["from"] = choice(f"{key}|when", ("2024-05-20", "2025-03-11", "2026-01-15"))
    elif chance(f"{key}|dropped", 1) and granted < "2024":
        more["last_day"] = choice(f"{key}|when", ("2025-06-30", "2025-12-31", "2026-06-30"))
