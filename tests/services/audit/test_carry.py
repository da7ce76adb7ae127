"""Who works on an audit, and what is left where somebody stops."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.audit import carry, find, ledger, upload
from services.audit.carry import Bench
from services.audit.judge import counts_of, judge_rows, pack_answers, touches_of, unpack_lot
from services.errors import Conflict, LeaseLost, NotFound
from services.sync.publish import take_turn
from services.terms import AuditState
from tests.services.audit.conftest import Desk, count
from tests.services.store.build import World, at, lab

HEAD = "Report no,Lab no,Issue date\n"
ROWS = 4_500  # three chunks


def many(rows: int = ROWS) -> str:
    return HEAD + "".join(f"R{n},L90417,2026-02-{n % 28 + 1:02}\n" for n in range(rows))


def state(desk: Desk, audit_id: int) -> AuditState:
    return desk.audit(audit_id).state


def test_an_audit_goes_from_queued_to_done_and_each_worker_may_take_chunks(desk: Desk) -> None:
    number = desk.put(many())
    assert state(desk, number) is AuditState.QUEUED
    assert carry.read_file(desk.bench, number)
    seen = desk.audit(number)
    assert (seen.state, seen.rows, seen.judged) == (AuditState.RUNNING, ROWS, 0)
    assert not carry.read_file(desk.bench, number)
    assert carry.judge_chunk(desk.bench, number)
    assert desk.audit(number).judged == 2_000
    assert desk.audit(number).counts == {"VALID": 2_000}
    carry.carry_on(desk.bench, number)
    done = desk.audit(number)
    assert (done.state, done.judged, done.counts) == (AuditState.DONE, ROWS, {"VALID": ROWS})
    assert done.finished_at == desk.now
    assert not carry.judge_chunk(desk.bench, number)


def test_a_chunk_is_one_workers_until_its_lease_ends_and_then_anothers(desk: Desk) -> None:
    number = desk.put(many(1_000))
    carry.read_file(desk.bench, number)
    with desk.engine.begin() as conn:
        held = ledger.claim(conn, number, timedelta(milliseconds=400))
    assert held is not None
    assert not carry.judge_chunk(desk.bench, number)
    with desk.engine.begin() as conn:
        assert ledger.waiting(conn) == []
        conn.execute(sa.text("select pg_sleep(0.5)"))
        assert ledger.waiting(conn) == [number]
    assert carry.judge_chunk(desk.bench, number)
    assert state(desk, number) is AuditState.DONE
    lot = unpack_lot(held.asked, held.first_row)
    with desk.engine.begin() as conn:
        answers = judge_rows(conn, lot.rows, known_at=held.known_at, today=held.today)
    body, touches = pack_answers(answers, lot.by_page), touches_of(answers, lot.numbers)
    with pytest.raises(LeaseLost, match="taken over"), desk.engine.begin() as conn:
        ledger.keep(conn, held, body, counts_of(answers), touches, desk.now)
    assert count(desk, "audit_touch") == 1


def test_a_lease_is_renewed_while_its_holder_works(desk: Desk) -> None:
    number = desk.put(many(10))
    carry.read_file(desk.bench, number)
    with desk.engine.begin() as conn:
        held = ledger.claim(conn, number, timedelta(milliseconds=600))
    assert held is not None
    short = Bench(desk.engine, desk.reader, lambda: desk.now, timedelta(milliseconds=600))
    with carry._alive(short, held), desk.engine.begin() as conn:
        conn.execute(sa.text("select pg_sleep(1.2)"))
        assert ledger.waiting(conn) == []


def test_two_workers_never_read_one_file_at_once(desk: Desk) -> None:
    number = desk.put(many(10))
    with desk.engine.begin() as conn:
        assert ledger.hold_reading(conn, number) is not None
        assert not carry.read_file(desk.bench, number)
    assert carry.read_file(desk.bench, number)


def test_all_that_decides_an_answer_is_fixed_when_the_first_chunk_can_be_claimed(
    desk: Desk,
) -> None:
    number = desk.put(many())
    carry.read_file(desk.bench, number)
    carry.judge_chunk(desk.bench, number)
    began = desk.now
    desk.now += timedelta(days=2)
    with desk.engine.connect() as conn:
        world = World(conn)
        named = conn.execute(sa.text("select source_key, name, id from source_list")).all()
        world.lists = {(key, name): id_ for key, name, id_ in named}
        world.look("register", at("2026-06-02"), [lab(expires=at("2026-01-31").date())])
    carry.carry_on(desk.bench, number)
    done = desk.audit(number)
    assert (done.known_at, done.log_position) == (began, 0)
    assert done.counts == {"VALID": ROWS}


def test_the_start_waits_for_a_publish_under_way(desk: Desk) -> None:
    number = desk.put(many(10))

    def read_soon() -> None:
        with desk.engine.begin() as conn:
            conn.execute(sa.text("set local lock_timeout = '300ms'"))
            audit = ledger.hold_reading(conn, number)
            assert audit is not None
            carry._read(conn, desk.bench, audit)

    with desk.engine.begin() as publishing:
        take_turn(publishing)
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            read_soon()
    assert state(desk, number) is AuditState.QUEUED
    assert count(desk, "audit_chunk") == 0


def test_who_is_deleted_while_read_or_judged_leaves_nothing(desk: Desk) -> None:
    number = desk.put(many())
    carry.read_file(desk.bench, number)
    with desk.engine.begin() as conn:
        held = ledger.claim(conn, number, timedelta(seconds=30))
        upload.delete(conn, desk.account_id, number)
    assert held is not None
    with pytest.raises(LeaseLost, match="deleted"), desk.engine.begin() as conn:
        ledger.keep(conn, held, b"", {}, [], desk.now)
    carry.carry_on(desk.bench, number)
    assert [count(desk, one) for one in ("audit", "audit_chunk", "audit_file")] == [0, 0, 0]
    with pytest.raises(NotFound):
        desk.audit(number)


def test_a_long_audit_gives_way_to_others_and_wakes_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry, "A_WHILE", 0.0)
    number = desk.put(many())
    carry.carry_on(desk.bench, number)
    assert desk.audit(number).judged == 2_000
    assert desk.woken == [number, number]


def test_an_upload_that_never_ended_is_refused_and_its_bytes_are_gone(desk: Desk) -> None:
    with desk.engine.begin() as conn:
        number = upload.open_audit(conn, desk.account_id, "x.csv", desk.now)
        upload.put_part(conn, number, 0, b"half")
        assert ledger.sweep(conn, desk.now + timedelta(hours=5)) == 0
        assert ledger.sweep(conn, desk.now + timedelta(hours=7)) == 1
    assert state(desk, number) is AuditState.REFUSED
    assert "broke off" in desk.audit(number).problems[0]
    assert count(desk, "audit_file") == 0


def test_only_what_was_read_can_be_judged_again(desk: Desk) -> None:
    number = desk.put("<html>")
    with desk.engine.begin() as conn, pytest.raises(Conflict, match="queued"):
        upload.rerun(conn, desk.account_id, number, desk.now, same=True)
    carry.carry_on(desk.bench, number)
    assert state(desk, number) is AuditState.REFUSED
    with desk.engine.begin() as conn, pytest.raises(Conflict, match="refused"):
        upload.rerun(conn, desk.account_id, number, desk.now, same=False)


def test_a_column_swapped_by_mapping_changes_hands(desk: Desk) -> None:
    body = "Certificate no,Accredited,Issue date,Issue date\nX1,L90417,2026-02-01,2026-02-02\n"
    number = desk.put(body)
    carry.carry_on(desk.bench, number)
    seen = desk.audit(number)
    assert seen.state is AuditState.MAPPING
    assert seen.mapping["number"] == "Certificate no"
    given = {"number": "Accredited", "ref": "Certificate no", "issued": "Issue date"}
    with desk.engine.begin() as conn:
        upload.set_mapping(conn, desk.account_id, number, given)
    carry.carry_on(desk.bench, number)
    [row] = desk.rows(number)
    assert (row.ref, row.verdict) == ("X1", "VALID")


def test_an_audit_that_waits_for_its_mapping_shows_its_first_rows(desk: Desk) -> None:
    long = "x" * 60
    lines = [f"L90{n},2026-05-1{n},{long},a\u200eb" for n in range(6)]
    seen = desk.audited("Cert,Tested,Note,Mark\n" + "\n".join(lines), number="")
    assert seen.state is AuditState.MAPPING
    with desk.engine.begin() as conn:
        rows = find.sample(conn, desk.account_id, seen.id)
        assert rows[0] == ["L900", "2026-05-10", "x" * 47 + "…", "a b"]
        assert len(rows) == 4
        upload.set_mapping(conn, desk.account_id, seen.id, {"number": "Cert", "tested": "Tested"})
        assert find.sample(conn, desk.account_id, seen.id) == []


def test_reruns_of_an_audit_are_found_the_newest_first(desk: Desk) -> None:
    seen = desk.audited("number,on\nL90500,2026-05-01\n")
    with desk.engine.begin() as conn:
        made = [
            upload.rerun(conn, desk.account_id, seen.id, desk.now, same=False) for _ in range(2)
        ]
        found = find.reruns(conn, desk.account_id, seen.id)
        assert [one.id for one in found] == made[::-1]
        assert find.reruns(conn, desk.account_id + 1, seen.id) == ()
