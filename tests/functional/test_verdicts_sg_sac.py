"""What SAC's list of 2019 makes of validity: suspensions and withdrawals, asked day by day.

The published versions are replayed into an empty directory and asked about every day of a table
that was written by hand beside this test (``sg_sac_2019_verdicts.csv``). The files are the
publisher's: without ``LABDIR_PUBLISHED_FILES`` those tests are skipped, and a made miniature of the
same shape, with a table of its own, tells the same story.
"""

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import db
from services.verdict.answer import answer
from services.verdict.judge import judge
from services.verdict.views import Asked, Judged

Row = dict[str, str]
HERE = Path(__file__).parent
TABLE = HERE / "sg_sac_2019_verdicts.csv"
MADE = HERE / "sg_sac_made"
END = date(2019, 12, 31)
MADE_END = date(2020, 12, 31)


def table(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def played(url: str, folder: Path) -> Engine:
    """A directory after ``labdir source replay`` of these versions."""
    subprocess.run(
        [sys.executable, "-m", "deploy.cli", "source", "replay", "sg_sac", str(folder)],
        env=os.environ | {"LABDIR_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return db.connect(url)


@pytest.fixture(scope="module")
def year(make_database: Callable[[], str]) -> Iterator[Connection]:
    files = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not files:
        pytest.skip(
            "LABDIR_PUBLISHED_FILES is not set: the five suspensions and 23 withdrawals of 2019"
            " are not asked about; the made miniature is"
        )
    engine = played(make_database(), Path(files) / "sg_sac" / "versions")
    with engine.connect() as conn:
        yield conn
    engine.dispose()


@pytest.fixture(scope="module")
def miniature(make_database: Callable[[], str]) -> Iterator[Connection]:
    engine = played(make_database(), MADE)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


# --- asking --------------------------------------------------------------------------------------


def accreditations(conn: Connection) -> dict[tuple[str, str], set[int]]:
    """(name, field) as any version printed them → accreditations, as held at the end."""
    rows = conn.execute(
        sa.text(
            "select n.text, s.field, l.accreditation_id from name n"
            " join accreditation_statement s on s.record_id = n.record_id"
            " join accreditation_link l on l.record_id = s.record_id and l.key = s.key"
            " where upper_inf(l.known)"
        )
    )
    found: dict[tuple[str, str], set[int]] = {}
    for name, field, accreditation in rows:
        found.setdefault((name, field), set()).add(accreditation)
    return found


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)


def disagreements(conn: Connection, rows: list[Row], end: date) -> list[str]:
    """Every answer that is not the table's, as known that day and as known at the end."""
    held = accreditations(conn)
    wrong: list[str] = []
    for row in rows:
        (accreditation,) = held[row["body"], row["field"]]
        on = date.fromisoformat(row["on"])
        asked = Asked(accreditation=f"a{accreditation}", on=on)
        for column, known in (("then", on), ("end", end)):
            (found,) = judge(conn, [asked], known_at=end_of(known), today=known)
            rules = {str(found.reasons[0].rule)} & set(row[f"{column}_rules"].split())
            if found.verdict != row[column] or not rules:
                wrong.append(f"{_told(row)}, {column}: {row[column]}, got {_found(found)}")
            if (found.verdict == "NOT_FOUND") != (found.body == ""):
                wrong.append(f"{_told(row)}, {column}: {found.verdict} of body {found.body!r}")
    return wrong


def _told(row: Row) -> str:
    return f"{row['body']}, {row['field']}, {row['what']}, {row['point']} {row['on']}"


def _found(found: Judged) -> str:
    return f"{found.verdict} by rule {found.reasons[0].rule}: {found.reasons[0].text}"


# --- the year 2019 -------------------------------------------------------------------------------


def test_the_table_asks_about_every_suspension_and_withdrawal_on_five_days() -> None:
    rows = table(TABLE)
    points = Counter((row["body"], row["field"], row["what"]) for row in rows)
    whole = [
        what for what in points
        if {"before", "first", "inside", "last", "after"}
        <= {row["point"] for row in rows if (row["body"], row["field"], row["what"]) == what}
    ]  # fmt: skip
    kinds = Counter(what for _, _, what in whole)
    assert (kinds["suspension"], kinds["withdrawal"]) == (5, 23)
    for row in rows:
        assert all(row[name] for name in ("then_rules", "end_rules", "end_file")), row


def test_the_table_names_files_that_were_published_when_it_says(year: Connection) -> None:
    """What is known at the end of a day rests on no file of a later day."""
    names = set(year.execute(sa.text("select name from run_payload")).scalars())
    for row in table(TABLE):
        named = {row["then_file"], row["end_file"]} - {""}
        assert named <= names
        if row["then_file"]:
            published = row["then_file"].split("_")[1][:8]
            assert published <= row["on"].replace("-", ""), row


def test_every_day_of_the_table_is_judged_as_derived_by_hand(year: Connection) -> None:
    wrong = disagreements(year, table(TABLE), END)
    assert not wrong, "\n".join(wrong)


def test_a_withdrawal_in_one_field_leaves_the_body_s_other_fields_alone(year: Connection) -> None:
    rows = {(row["body"], row["field"]): row for row in table(TABLE) if row["what"] != "suspension"}
    held = accreditations(year)
    several = {body for body, _ in rows if sum(each == body for each, _ in rows) > 1}
    assert "SGS Testing & Control Services Singapore Pte Ltd" in several
    for body in several:
        fields = [key for key in rows if key[0] == body]
        assert len({n for key in fields for n in held[key]}) == len(fields), body


def test_the_withdrawal_shows_the_page_that_published_it(year: Connection) -> None:
    (row,) = [
        row for row in table(TABLE)
        if (row["what"], row["point"], row["field"]) == ("withdrawal", "first", "Civil Engineering")
    ]  # fmt: skip
    (accreditation,) = accreditations(year)[row["body"], row["field"]]
    asked = Asked(accreditation=f"a{accreditation}", on=date.fromisoformat(row["on"]))
    found, _ = answer(year, asked, known_at=end_of(END), today=END)
    assert found.event is not None
    assert found.event.on == asked.on
    assert "Withdrawal by SAC" in found.event.raw
    assert found.evidence


# --- a made miniature of the same shape ----------------------------------------------------------


def test_a_made_year_of_the_same_shape_is_judged_as_derived_by_hand(miniature: Connection) -> None:
    rows = table(MADE / "verdicts.csv")
    wrong = disagreements(miniature, rows, MADE_END)
    assert not wrong, "\n".join(wrong)
    assert {row["what"] for row in rows} == {"suspension", "withdrawal", "other field"}
    states = miniature.execute(sa.text("select state from run order by id")).scalars().all()
    assert states.count("refused") == 1, "the half-typed page publishes nothing"
