"""Scope lines are in the database what their source said, whichever way they came there."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text as sql

from services.kit import Accreditation, Draft, Line, Name, Reading
from services.sync import copying, lines
from services.sync.digest import fact_hash
from services.sync.statements import TABLES, columns
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

ODD = 'a\\b\tc\nd\re, "f" {g} “检测” \\N \\.'


def a_line(key: str, **said: object) -> Line:
    return Line(accreditation="1", key=key, **said)  # type: ignore[arg-type]


LINES = (
    a_line("1", object="toys", object_also="玩具", parameter="lead", method="EN 71-3:2019"),
    a_line("2", object=ODD, parameter=ODD, method=ODD, raw=ODD, unit=ODD, limitation=ODD),
    a_line(ODD, sites=("", ODD, "NULL"), flexible=True),
    a_line("3", lo=Decimal("1"), hi=Decimal("1.50"), cmc=Decimal("2E+3"), unit="kg"),
    a_line("4", lo=Decimal("1.0"), unit="kg"),
    a_line("5", valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1), method="A"),
    a_line("5", valid_from=date(2025, 1, 1), method="B"),
    a_line("5", valid_from=date(2025, 6, 1), method="C"),
    a_line("1", object="toys", object_also="玩具", parameter="lead", method="EN 71-3:2019"),
    a_line("6", valid_to=date(2030, 1, 1)),
)
KEYS = ["1|1", "1|2", f"1|{ODD}", "1|3", "1|4", "1|5", "1|5", "1|5#3", "1|6"]


def reads(*said: Line, name: str = "Heron Testing Ltd") -> toy.Says:
    acc = Accreditation(key="1", issuer="TAB", number="T 1", schedule_held=True)
    draft = Draft(key="a", names=(Name(text=name),), accreditations=(acc,), lines=said)
    return toy.Says(Reading(drafts=(draft,)))


def published(traveller: Traveller, says: toy.Says, version: int) -> RunState | None:
    traveller.enrol(toy.source(parse=says, parser_version=version))
    return traveller.play(version=version)[0]


def told(traveller: Traveller) -> list[tuple[object, ...]]:
    """What stands, in the order in which it came."""
    return [
        tuple(row)
        for row in traveller.rows(
            "select l.key, l.raw, l.hash, lower(l.valid), upper(l.valid), l.accreditation, o.text,"
            " o.also, p.text, m.text, l.lo::text, l.hi::text, l.unit, l.cmc::text, l.limitation,"
            " l.flexible, l.sites from scope_line l left join term o on o.id = object_id left join"
            " term p on p.id = parameter_id left join term m on m.id = method_id"
            " where upper_inf(l.known) order by l.id"
        )
    ]


def due(line: Line, key: str) -> tuple[object, ...]:
    lo, hi = (None if number is None else str(number) for number in (line.lo, line.hi))
    return (
        *(key, line.raw, fact_hash(line), line.valid_from, line.valid_to, "1"),
        *(line.object or None, line.object_also if line.object else None),
        *(line.parameter or None, line.method or None),
        *(lo, hi, line.unit),
        *("2000" if line.cmc else None, line.limitation, line.flexible, list(line.sites)),
    )


DUE = [due(line, key) for line, key in zip([*LINES[:8], LINES[9]], KEYS, strict=True)]


def test_lines_of_a_new_record_stand_as_they_were_said(traveller: Traveller) -> None:
    assert published(traveller, reads(*LINES), 2) is RunState.PUBLISHED
    assert told(traveller) == DUE


def test_lines_of_a_known_record_stand_as_they_were_said(traveller: Traveller) -> None:
    published(traveller, reads(a_line("9")), 2)
    assert published(traveller, reads(a_line("9"), *LINES), 3) is RunState.PUBLISHED
    assert told(traveller) == [due(a_line("9"), "1|9"), *DUE]


@pytest.mark.parametrize(("block", "piece"), [(2, 500), (4, 1), (1000, 2)])
def test_blocks_and_pieces_part_nothing(
    traveller: Traveller, monkeypatch: pytest.MonkeyPatch, block: int, piece: int
) -> None:
    monkeypatch.setattr(lines, "_BLOCK", block)
    monkeypatch.setattr(lines, "_PIECE", piece)
    assert published(traveller, reads(*LINES), 2) is RunState.PUBLISHED
    assert told(traveller) == DUE


@pytest.mark.parametrize("known", [False, True])
def test_a_key_of_its_own_that_looks_like_a_numbered_one_is_a_contradiction(
    traveller: Traveller, known: bool
) -> None:
    twice = (a_line("5", method="A"), a_line("5", method="B"), a_line("5#2", method="C"))
    if known:
        published(traveller, reads(a_line("9")), 2)
    before = traveller.counts()["scope_line"]
    for version, said in enumerate((twice, (twice[2], *twice[:2])), 3):
        assert published(traveller, reads(*said), version) is RunState.REFUSED
        [run] = traveller.rows("select reasons from run order by id desc limit 1")
        assert run.reasons == ["One record says two things of the same day under lines “1|5#2”."]
    assert traveller.counts()["scope_line"] == before


def test_a_word_that_no_column_holds_is_a_refusal(traveller: Traveller) -> None:
    assert published(traveller, reads(a_line("1", unit="k\0g")), 2) is RunState.REFUSED
    [run] = traveller.rows("select reasons from run order by id desc limit 1")
    assert run.reasons[0].startswith("The database cannot hold what was read: ")


def test_every_column_of_a_line_is_written() -> None:
    common = {"record_id", "key", "raw", "hash", "valid"}
    assert set(lines.COLUMNS) == common | set(columns(TABLES["lines"]))


def test_a_text_is_read_as_it_was(traveller: Traveller) -> None:
    with traveller.engine.begin() as conn:
        conn.execute(sql("create temp table held (said text)"))
        copying.copy_text(conn, "held", ["said"], copying.field(ODD) + "\n")
        assert conn.execute(sql("select said from held")).scalar_one() == ODD
