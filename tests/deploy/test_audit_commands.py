"""`labdir audit FILE`, as a desk types it."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from deploy.cli import main
from tests.services.audit.conftest import fill
from tests.services.store.build import World

CSV = (
    "报告编号,证书编号,检测日期,签发日期,备注\n"
    "R1,CNAS L90417,2026-02-01,2026-03-12,=1+1\n"
    "R2,L90500,2026-02-01,2026-02-03,x\n"
)


@pytest.fixture
def runner(database_url: str) -> CliRunner:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    return CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_REDIS_URL": "redis://x"})


def put(folder: Path, body: str | bytes = CSV, name: str = "rows.csv") -> str:
    file = folder / name
    file.write_bytes(body.encode("gb18030") if isinstance(body, str) else body)
    return str(file)


def test_every_row_judged_ends_with_0_and_the_result_on_the_output(
    runner: CliRunner, tmp_path: Path
) -> None:
    done = runner.invoke(main, ["audit", put(tmp_path)])
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(done.stdout_bytes[3:].decode(), newline="")))
    assert [row["labdir_verdict"] for row in rows] == ["SUSPENDED", "VALID"]
    assert rows[0]["备注"] == "'=1+1"
    assert "暂停" in rows[0]["labdir_reasons_zh"]
    assert "2 rows: SUSPENDED 1, VALID 1" in done.stderr


def test_a_result_file_is_written_whole_in_the_form_of_its_name(
    runner: CliRunner, tmp_path: Path
) -> None:
    out = tmp_path / "result.xlsx"
    done = runner.invoke(main, ["audit", put(tmp_path), "--out", str(out)])
    assert (done.exit_code, done.stdout) == (0, "")
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    assert [cell.value for cell in next(sheet.iter_rows())][:2] == ["报告编号", "证书编号"]
    assert sheet.max_row == 3
    assert list(tmp_path.glob("*.part")) == []


def test_rows_that_cannot_be_judged_end_with_1_and_say_why(
    runner: CliRunner, tmp_path: Path
) -> None:
    done = runner.invoke(main, ["audit", put(tmp_path, CSV + "R3,L90500,03/04/2026,,\n")])
    assert done.exit_code == 1
    assert "2026-04-03 or 2026-03-04" in done.stdout
    assert "NOT_JUDGED 1" in done.stderr


def test_columns_are_named_by_map_and_left_out_by_an_empty_one(
    runner: CliRunner, tmp_path: Path
) -> None:
    file = put(tmp_path, "Nummer,Day,Lab\nL90417,2026-03-12,Another Name Laboratory\n")
    done = runner.invoke(main, ["audit", file])
    assert done.exit_code == 2
    assert "--map FIELD=COLUMN" in done.stderr
    mapped = runner.invoke(main, ["audit", file, "--map", "number=Nummer", "--map", "body="])
    assert mapped.exit_code == 0, mapped.output
    assert "SUSPENDED 1" in mapped.stderr


@pytest.mark.parametrize(
    ("body", "words", "said"),
    [
        (b"<html>", [], "A web page (or XML) cannot be audited"),
        (b"", [], "The file is empty"),
        (CSV, ["--map", "number"], "is no FIELD=COLUMN"),
        (CSV, ["--map", "nummer=x"], 'no field "nummer"'),
        (CSV, ["--map", "number=Nr"], "no column “Nr”"),
        (CSV, ["--out", "r.pdf"], "neither .csv nor .xlsx"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_says_why(
    runner: CliRunner, tmp_path: Path, body: str | bytes, words: list[str], said: str
) -> None:
    done = runner.invoke(main, ["audit", put(tmp_path, body), *words])
    assert done.exit_code == 2, done.output
    assert said in done.stderr


def test_an_account_that_is_not_there_is_none(runner: CliRunner, tmp_path: Path) -> None:
    done = runner.invoke(main, ["audit", put(tmp_path), "--account", "Nobody"])
    assert done.exit_code == 1
    assert 'no open account "Nobody"' in done.stderr
