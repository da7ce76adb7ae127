"""Rows are judged by number and told in the order of the file, whatever the sizes of the pieces."""

import csv
import io
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.audit import boxes, carry, find, judge, pages, reading, upload
from services.audit.judge import Lot, judge_rows, unpack_answers, unpack_lot
from services.models import AuditChunk, AuditTouch
from services.sync.reader import Reader
from services.terms import AuditState
from tests.services.audit.conftest import NOW, Desk, count

HEAD = "Report no,Lab no,Issue date\n"
NUMBERS = ("L90500", "L90417", "L77777")
DAYS = ("2026-02-01", "2026-03-12", "2026-05-25")


class Here(Reader):
    """Reads in this process, where sizes can be made small."""

    def call(self, form: Any, what: Callable[..., Any], *args: Any, spool: Any = None) -> Any:
        return what(*args)


@pytest.fixture
def small(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Pages of 3 rows, windows of 12, lots of 4."""
    monkeypatch.setattr(boxes, "PAGE", 3)
    monkeypatch.setattr(boxes, "PAGES", 4)
    monkeypatch.setattr(reading, "LOT", 4)
    desk.reader = Here()
    return desk


def mixed(rows: int) -> str:
    """The numbers take turns, so that no two rows of one stand beside each other."""
    said = (f"R{n},{NUMBERS[n % 3]},{DAYS[n // 3 % 3]}\n" for n in range(rows))
    return HEAD + "".join(said)


def lots(desk: Desk, audit_id: int) -> list[Lot]:
    chunk = AuditChunk
    query = sa.select(chunk.asked, chunk.first_row).where(chunk.audit_id == audit_id)
    with desk.engine.begin() as conn:
        found = conn.execute(query.order_by(chunk.number)).all()
    return [unpack_lot(row.asked, row.first_row) for row in found]


def told(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_rows_of_one_number_are_judged_together_wherever_they_stand(small: Desk) -> None:
    number = small.put(mixed(20))
    carry.read_file(small.bench, number)
    held = lots(small, number)
    assert [len(lot.rows) for lot in held] == [4, 4, 4, 4, 4]
    first, second = held[:3], held[3:]
    assert [{row.number for row in lot.rows} for lot in first] == [
        {"L77777"},
        {"L90417"},
        {"L90500"},
    ]
    assert [lot.numbers for lot in first] == [[3, 6, 9, 12], [2, 5, 8, 11], [1, 4, 7, 10]]
    assert [lot.by_page for lot in first] == [[1, 1, 1, 1]] * 3
    assert sorted(n for lot in second for n in lot.numbers) == list(range(13, 21))
    assert all(
        row.ref == f"R{n - 1}" for lot in held for n, row in zip(lot.numbers, lot.rows, strict=True)
    )


def test_numbers_spelt_in_two_ways_are_judged_together(small: Desk) -> None:
    spelt = ("l 90417", "L90500", "L-90417", "L90500", "L90417", "L90500", "L90 417", "L90500")
    body = HEAD + "".join(f"R{n},{one},2026-02-01\n" for n, one in enumerate(spelt))
    number = small.put(body)
    carry.read_file(small.bench, number)
    assert [lot.numbers for lot in lots(small, number)] == [[1, 3, 5, 7], [2, 4, 6, 8]]


def test_sizes_of_lots_pages_and_windows_change_no_byte_of_the_result(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reader = Here()
    seen = []
    for page, many, lot, at_once in (
        *((2_000, 50, 2_000, 2), (3, 4, 4, 1), (3, 4, 4, 3)),
        *((1, 3, 2, 2), (5, 2, 1, 2), (4, 1, 3, 4)),
    ):
        monkeypatch.setattr(boxes, "PAGE", page)
        monkeypatch.setattr(boxes, "PAGES", many)
        monkeypatch.setattr(reading, "LOT", lot)
        monkeypatch.setattr(carry, "AT_ONCE", at_once)
        done = desk.audited(mixed(20))
        shown = [(row.row, row.ref, row.verdict) for row in desk.rows(done.id)]
        seen.append((desk.result(done.id), desk.result(done.id, "xlsx"), done.counts, shown))
    rows = told(seen[0][0])
    assert [row["Report no"] for row in rows] == [f"R{n}" for n in range(20)]
    assert {row["labdir_verdict"] for row in rows} == {
        "VALID", "SUSPENDED", "EXPIRED", "NOT_FOUND"
    }  # fmt: skip
    assert all(one == seen[0] for one in seen[1:])


def test_rows_of_a_verdict_are_found_page_by_page_across_windows(small: Desk) -> None:
    done = small.audited(mixed(40))
    every = small.rows(done.id)
    assert [row.row for row in every] == list(range(1, 41))
    for verdict in ("SUSPENDED", "NOT_FOUND", "EXPIRED", "WITHDRAWN"):
        wanted = [row for row in every if row.verdict == verdict]
        assert small.rows(done.id, verdict=verdict) == tuple(wanted)
        assert bool(wanted) == (verdict != "WITHDRAWN")
    got: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        with small.engine.begin() as conn:
            rows, cursor = find.rows(
                conn, small.account_id, done.id, verdict="SUSPENDED", cursor=cursor, limit=2
            )
        got += [row.row for row in rows]
    assert got == [row.row for row in every if row.verdict == "SUSPENDED"]


def test_what_is_judged_so_far_is_told_in_the_order_of_the_file(small: Desk) -> None:
    number = small.put(mixed(20))
    carry.read_file(small.bench, number)
    assert small.rows(number) == ()
    carry.judge_chunk(small.bench, number)
    carry.judge_chunk(small.bench, number)
    assert [row.row for row in small.rows(number)] == [2, 3, 5, 6, 8, 9, 11, 12]
    assert {row.verdict for row in small.rows(number, verdict="NOT_FOUND")} == {"NOT_FOUND"}
    assert small.audit(number).judged == 8


def test_a_page_is_read_in_six_queries_at_most_whatever_its_lots(small: Desk) -> None:
    done = small.audited(mixed(40))
    small.now = NOW.replace(day=2)
    with small.engine.begin() as conn:
        again = upload.rerun(conn, small.account_id, done.id, small.now, same=False)
    carry.carry_on(small.bench, again)
    seen = small.audit(again)
    assert seen.compares
    asked: list[str] = []
    sa.event.listen(small.engine, "before_cursor_execute", lambda *said: asked.append(str(said[2])))
    with small.engine.begin() as conn:
        every = pages.every(conn, again)
        asked.clear()
        page = pages.page(conn, seen, every[1])
    assert [one.number for one in page] == [4, 5, 6]
    assert all(one.before == one.answered.verdict for one in page)
    assert len(asked) == 6


def test_touched_rows_are_numbered_by_the_file(small: Desk) -> None:
    done = small.audited(mixed(14))
    with small.engine.begin() as conn:
        found = conn.execute(
            sa.select(AuditTouch.chunk, AuditTouch.rows)
            .where(AuditTouch.audit_id == done.id)
            .order_by(AuditTouch.chunk, AuditTouch.accreditation_id)
        ).all()
    assert sorted(tuple(row) for row in found) == [
        (1, [2, 5, 8, 11]),
        (2, [1, 4, 7, 10]),
        (3, [13]),
        (3, [14]),
    ]


# --- chunks of before there were lots ------------------------------------------------------------


def bare(desk: Desk, audit_id: int, *, answered: bool) -> None:
    """The audit's rows as they were kept before: chunks of the file, in its order, packed whole."""
    held = lots(desk, audit_id)
    numbered = {n: row for lot in held for n, row in zip(lot.numbers, lot.rows, strict=True)}
    rows = [row for _, row in sorted(numbered.items())]
    with desk.engine.begin() as conn:
        conn.execute(sa.delete(AuditChunk).where(AuditChunk.audit_id == audit_id))
        for number, at in enumerate(range(0, len(rows), 6)):
            own = rows[at : at + 6]
            answers = judge_rows(conn, own, known_at=NOW, today=NOW.date())
            packed = zlib.compress(msgspec.msgpack.encode(answers), 1)
            values = {"answered": packed, "counts": judge.counts_of(answers)} if answered else {}
            conn.execute(
                sa.insert(AuditChunk).values(
                    audit_id=audit_id, number=number, first_row=at + 1, rows=len(own),
                    asked=zlib.compress(msgspec.msgpack.encode(own), 1), **values,
                )
            )  # fmt: skip


def test_an_audit_of_before_there_were_lots_is_told_and_judged_again_as_it_was(small: Desk) -> None:
    done = small.audited(mixed(20))
    result, rows = small.result(done.id), small.rows(done.id)
    bare(small, done.id, answered=True)
    assert small.result(done.id) == result
    assert small.rows(done.id) == rows
    suspended = [row for row in rows if row.verdict == "SUSPENDED"]
    assert small.rows(done.id, verdict="SUSPENDED") == tuple(suspended)
    with small.engine.begin() as conn:
        again = upload.rerun(conn, small.account_id, done.id, NOW, same=True)
    carry.carry_on(small.bench, again)
    assert small.result(again) == result
    assert count(small, "audit_chunk") == 8


def test_an_audit_that_was_half_way_before_there_were_lots_goes_on(small: Desk) -> None:
    whole = small.audited(mixed(20))
    number = small.put(mixed(20))
    carry.read_file(small.bench, number)
    bare(small, number, answered=False)
    carry.carry_on(small.bench, number)
    assert small.audit(number).state is AuditState.DONE
    assert small.result(number) == small.result(whole.id)


# --- boxes ---------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=boxes.PAGES), st.data())
def test_a_box_gives_back_its_parts_and_any_run_of_them(
    parts: list[bytes], data: st.DataObject
) -> None:
    box = boxes.put(parts)
    assert boxes.parts_of(box) == parts
    head = boxes.head_of(box[: boxes.HEAD])
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    begin, length = head.span(first, last)
    assert boxes.cut(box[begin : begin + length], head, first, last) == parts[first : last + 1]


def test_a_part_of_answers_names_only_its_own_verdicts(small: Desk) -> None:
    done = small.audited(mixed(12))
    with small.engine.begin() as conn:
        answered = conn.execute(
            sa.select(AuditChunk.answered).where(
                AuditChunk.audit_id == done.id, AuditChunk.number == 1
            )
        ).scalar_one()
    assert answered is not None
    parts = [unpack_answers(part) for part in boxes.parts_of(answered)]
    assert [len(part.rows) for part in parts] == [1, 1, 1, 1]
    assert [len(part.judged) for part in parts] == [1, 1, 1, 1]
