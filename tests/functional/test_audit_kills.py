"""kill -9 of web and of the audits' workers while a file is read, judged and fetched.

An audit that was accepted ends complete and says, byte for byte, what an undisturbed one says.
"""

import csv
import io
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from tests.services.audit.house import AUDITORS, AuditHouse
from tests.services.store.build import World, at, lab, line, suspension

ROWS = 20_000
LABS = 200
_NUMBERS = [f"L{90000 + n}" for n in range(LABS)]


def fill(url: str) -> None:
    """Labs of which every fifth was suspended for a while, looked at every other month."""
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",))
        for month in range(1, 13, 2):
            drafts = [
                lab(
                    number,
                    name=f"{number} Testing Co., Ltd.",
                    name_zh="",
                    granted=date(2020, 1, 1),
                    events=[suspension("2025-04-01", "2025-08-01")] if n % 5 == 0 else [],
                    lines=[line("1", "lamps", "IEC 62031:2018")],
                )
                for n, number in enumerate(_NUMBERS)
            ]
            world.look("register", at(f"2025-{month:02}-01"), drafts)
        conn.commit()
    engine.dispose()


def file(rows: int = ROWS) -> bytes:
    """Reports with a test date and an issue date each; one in fifty cannot be read."""
    draw = random.Random(4)
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(["Report no", "Certificate no", "Standard", "Test date", "Issue date", "Remark"])
    for n in range(rows):
        tested = date(2025, 1, 2) + timedelta(days=draw.randrange(300))
        issued = tested + timedelta(days=draw.randrange(1, 30))
        said = "to come" if n % 50 == 0 else tested.isoformat()
        standard = draw.choice(["IEC 62031:2018", "IEC 62031:2008", ""])
        write([f"R{n}", f"CNAS {draw.choice(_NUMBERS)}", standard, said, issued, f"lot {n}"])
    return out.getvalue().encode()


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[AuditHouse]:
    fill(database_url)
    one = AuditHouse(tmp_path, database_url, redis_url, lease="2s")
    try:
        one.opened()
        yield one
    finally:
        one.close()


def judged(house: AuditHouse, number: int, least: int) -> None:
    """Wait until so many rows are judged and the audit is not yet done."""

    def there() -> bool | None:
        row = house.state(number)
        assert row.state != "done", "the audit was over before it could be disturbed"
        return True if row.judged >= least else None

    house.wait_for(f"{least} rows judged", there)


@pytest.mark.timeout(600)
def test_an_audit_survives_kills_of_web_and_workers_and_says_what_an_undisturbed_one_says(
    house: AuditHouse,
) -> None:
    disturbed = house.upload(file())
    # while its file is read: whoever does so dies, and with it the chunks that it had put
    house.wait_for("the reading", lambda: True if reads(house, disturbed) else None)
    house.kill("web", *AUDITORS)
    assert house.state(disturbed).judged == 0
    house.start("web", *AUDITORS)
    kills = 3
    for least, victims in (
        (1, ("auditor-1",)),
        (4_000, ("web", "auditor-2")),
        (9_000, AUDITORS),
    ):
        judged(house, disturbed, least)
        house.kill(*victims)
        half = house.state(disturbed)
        assert half.state == "running"
        assert half.judged < ROWS
        house.start(*victims)
        kills += len(victims)
    house.done(disturbed)
    house.wait_for("the web", house.answers)
    assert kills == 8
    row = house.state(disturbed)
    assert (row.rows, row.judged) == (ROWS, ROWS)

    undisturbed = house.rerun(disturbed, same=True)
    house.done(undisturbed)
    first, second = house.result(disturbed), house.result(undisturbed)
    assert first == second
    assert house.result(disturbed, "xlsx") == house.result(undisturbed, "xlsx")
    rows = list(csv.DictReader(io.StringIO(first[3:].decode(), newline="")))
    assert [row["Report no"] for row in rows] == [f"R{n}" for n in range(ROWS)]
    verdicts = {row["labdir_verdict"] for row in rows}
    assert {"VALID", "SUSPENDED", "OUT_OF_SCOPE", "NOT_JUDGED"} <= verdicts
    assert all(row["labdir_reasons"] and row["labdir_reasons_zh"] for row in rows)
    with house.engine.begin() as conn:
        taken = conn.execute(
            sa.text("select audit_id, max(fence) from audit_chunk group by 1 order by 1")
        ).all()
    assert dict(map(tuple, taken))[disturbed] > 1, "no chunk was ever taken over"


def reads(house: AuditHouse, number: int) -> bool:
    """Whether some worker holds the lock of reading this audit's file."""
    with house.engine.begin() as conn:
        query = sa.text(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = :id "
            "and objsubid = 2"
        )
        assert house.state(number).state in ("queued", "running")
        return bool(conn.execute(query, {"id": number}).scalar_one())


@pytest.mark.timeout(300)
def test_an_upload_that_its_web_did_not_outlive_was_never_accepted_and_judges_nothing(
    house: AuditHouse,
) -> None:
    body = file(2_000)

    def slowly() -> Iterator[bytes]:
        yield body[: len(body) // 2] + b"\n" * (2 << 20)
        house.wait_for("the first part", lambda: True if parts(house) else None)
        house.kill("web")
        yield body[len(body) // 2 :]

    with pytest.raises(httpx.HTTPError):
        house.upload(slowly())
    with house.engine.begin() as conn:
        [state] = conn.execute(sa.text("select state from audit")).scalars()
        assert state == "receiving"
    house.start("web")
    house.wait_for("the web", house.answers)
    whole = house.upload(body)
    house.done(whole)
    assert house.state(whole).judged == 2_000


def parts(house: AuditHouse) -> int:
    with house.engine.begin() as conn:
        return int(conn.execute(sa.text("select count(*) from audit_file")).scalar_one())
