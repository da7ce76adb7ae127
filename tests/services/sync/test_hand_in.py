"""A file that a steward hands in: the same road from keeping on, and never called a fetch."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.errors import BadQuestion, Conflict, NotFound
from services.find import sources as reading
from services.find.evidence import evidence
from services.sync import ledger
from services.sync.accept import accept
from services.sync.hand_in import Bytes, Handed, hand_in, seen_at
from services.sync.run import carry_out
from services.terms import ChangeCause, RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n}", "number": f"T-{n}", "expires": "2030-01-01"}
    for n in range(8)
]
WHY = "The publisher answers machines with a captcha."
FROM = "by e-mail from the publisher's press office"


def of(*rows: dict[str, Any]) -> bytes:
    return toy.page(*rows).body


def send(
    traveller: Traveller,
    body: bytes,
    *,
    seen: datetime | None = None,
    because: str = WHY,
    name: str = "list",
    most: int = 10**6,
) -> int:
    got = Bytes(most)
    for start in range(0, len(body), 100):
        got.add(body[start : start + 100])
    handed = Handed(name, because, "C:\\lists\\list.json", seen, FROM)
    with traveller.engine.begin() as conn:
        return hand_in(conn, "toy", handed, got, "steward", traveller.clock.on(hours=1))


def test_an_upload_is_published_with_its_provenance(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    seen = traveller.clock.now + timedelta(minutes=10)
    due = traveller.rows("select next_due_at, failures from source_list where name = 'list'")
    body = of(*EIGHT, {**EIGHT[0], "key": "9", "number": "T-9"})
    run_id = send(traveller, body, seen=seen)
    at = traveller.clock.now
    assert carry_out(traveller.road, run_id) is RunState.PUBLISHED
    row = traveller.run(run_id)
    assert (row.uploaded_by, row.uploaded_at, row.obtained) == ("steward", at, FROM)
    assert (row.as_of, row.because, row.cause) == (seen, WHY, ChangeCause.SOURCE)
    assert (row.counts["added"], row.counts["altered"]) == (1, 0)
    [page] = traveller.rows("select * from run_payload where run_id = :run", run=run_id)
    assert (page.url, page.publisher_url, page.name) == ("", "", "list.json")
    [said] = traveller.rows("select id, record_id from name where run_id = :run", run=run_id)
    with traveller.engine.connect() as conn:
        proof, _ = evidence(conn, f"{said.record_id}:name:{said.id}", known_at=at)
        view, _ = reading.run(conn, run_id)
    assert (proof.url, proof.fetched_at, proof.size) == ("", seen, len(body))
    assert (proof.uploaded_by, proof.uploaded_at, proof.obtained) == ("steward", at, FROM)
    assert (view.uploaded_by, view.urls) == ("steward", ("",))
    assert (
        traveller.rows("select next_due_at, failures from source_list where name = 'list'") == due
    )


def test_the_wrong_file_is_refused_before_anything_changes(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    before = traveller.counts()
    wrong = send(traveller, of({"key": "x", "name": "Somebody else", "number": "X-1"}))
    assert carry_out(traveller.road, wrong) is RunState.REFUSED
    assert traveller.run(wrong).reasons[0].startswith("1 records were read, 8 last time")
    with traveller.engine.connect() as conn:
        diff = reading.run(conn, wrong)[0].diff
    assert diff is not None
    assert (diff.rows_before, diff.rows_after) == (8, 1)
    noise = send(traveller, b"%PDF-1.7 no list at all")
    assert carry_out(traveller.road, noise) is RunState.REFUSED
    after = traveller.counts()
    assert {t for t in after if after[t] != before[t]} == {"run", "payload", "run_payload"}


def test_an_older_file_is_refused_and_nothing_is_kept_of_it(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    newest, before = traveller.clock.now, traveller.counts()
    with pytest.raises(Conflict, match="has published a version") as fault:
        send(traveller, of(*EIGHT[:7]), seen=newest - timedelta(minutes=1))
    assert "not replaced by an older one" in fault.value.remedy
    assert traveller.counts() == before


def test_two_files_at_once_are_read_one_after_the_other(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    first = send(traveller, of(*EIGHT[:7]))
    with pytest.raises(Conflict, match=f"Run {first} of the same list is under way") as fault:
        send(traveller, of(*EIGHT[:6]))
    assert "again when it has ended" in fault.value.remedy
    assert carry_out(traveller.road, first) is RunState.PUBLISHED
    second = send(traveller, of(*EIGHT[:6]))
    assert carry_out(traveller.road, second) is RunState.PUBLISHED
    assert traveller.run(second).counts["left"] == 1


def test_the_same_bytes_again_are_a_look_that_found_nothing_new(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    again = send(traveller, of(*EIGHT))
    assert carry_out(traveller.road, again) is RunState.UNCHANGED


def test_an_upload_that_is_accepted_is_still_no_fetch(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    refused = send(traveller, of(*EIGHT[:3]))
    assert carry_out(traveller.road, refused) is RunState.REFUSED
    with traveller.engine.begin() as conn:
        asked = accept(conn, refused, "chief", "Five moved away.", traveller.clock.on(hours=1))
    assert carry_out(traveller.road, asked) is RunState.PUBLISHED
    row = traveller.run(asked)
    assert (row.asked_by, row.uploaded_by, row.obtained) == ("chief", "steward", FROM)
    [page] = traveller.rows("select * from run_payload where run_id = :run", run=asked)
    assert (page.url, page.publisher_url) == ("", "")


_TAKE = """
import sys
from services import db
from services.settings import Settings
from services.sync.run import Road, carry_out
from tests.services.sync import toy
from datetime import datetime
now = datetime.fromisoformat(sys.argv[3])
road = Road(db.connect(sys.argv[1]), Settings(), {"toy": toy.source()}, lambda: now)
carry_out(road, int(sys.argv[2]))
"""


@pytest.mark.parametrize("step", ["claimed", "kept", "checked", "logged"])
def test_a_killed_worker_loses_no_upload(
    traveller: Traveller, database_url: str, tmp_path: Path, step: str
) -> None:
    traveller.play(*EIGHT)
    run_id = send(traveller, of(*EIGHT[:7]))
    (tmp_path / step).write_text("kill")
    ended = subprocess.run(
        [sys.executable, "-c", _TAKE, database_url, str(run_id), traveller.clock.now.isoformat()],
        env={**os.environ, "LABDIR_FAULTS": str(tmp_path)},
        check=False,
    )
    assert ended.returncode == -9, "the worker was killed where it was meant to be"
    standing = "select count(*) n from sighting where end_run_id is null"
    assert traveller.rows(standing)[0].n == 8, "the old data stand"
    with traveller.engine.begin() as conn:
        conn.exec_driver_sql("update run set lease_until = now() - interval '1 s' where id > 1")
        assert (run_id, False) in ledger.offer(conn, timedelta(0))
    assert carry_out(traveller.road, run_id) is RunState.PUBLISHED
    assert traveller.rows(standing)[0].n == 7


def test_what_is_no_file_for_a_list_is_told_why(traveller: Traveller) -> None:
    with pytest.raises(BadQuestion, match="The file is empty"):
        send(traveller, b"")
    with pytest.raises(BadQuestion, match="larger than 1 MB"):
        send(traveller, b"x" * (1024 * 1024 + 1), most=1024 * 1024)
    with pytest.raises(BadQuestion, match="needs a reason"):
        send(traveller, of(*EIGHT), because="")
    with pytest.raises(NotFound, match='no list "other"'):
        send(traveller, of(*EIGHT), name="other")
    with pytest.raises(BadQuestion, match="look-up"):
        send(traveller, of(*EIGHT), name="lookup")
    with pytest.raises(BadQuestion, match="still to come"):
        seen_at("2026-03-02", toy.START)
    with pytest.raises(BadQuestion, match="is no day and no time"):
        seen_at("yesterday", toy.START)
    assert seen_at(" ", toy.START) is None
    day = seen_at("2026-02-28", toy.START)
    assert day is not None
    assert day.isoformat() == "2026-02-28T00:00:00+00:00"
