"""The 104 published versions of 2019, played in order of time into an empty directory.

What each must lead to was derived by hand; see ``tests/services/sources/sg_sac_2019.csv``. Skipped
where ``LABDIR_PUBLISHED_FILES`` is unset: the files are the publisher's.
"""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import db
from services.find.body import body, timeline
from services.find.search import Query, search
from services.terms import EventKind, Verdict

EXPECTED = Path(__file__).parents[1] / "services/sources/sg_sac_2019.csv"


@pytest.fixture(scope="module")
def versions() -> Path:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set: the published files are not at hand")
    return Path(folder) / "sg_sac" / "versions"


@pytest.fixture(scope="module")
def played(make_database: Any, versions: Path) -> Iterator[tuple[Engine, str]]:
    """The directory after ``labdir source replay``, and what the command said."""
    address = make_database()
    said = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "source", "replay", "sg_sac", str(versions)],
        env=os.environ | {"LABDIR_DATABASE_URL": address},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    engine = db.connect(address)
    yield engine, said.stdout
    engine.dispose()


def expected() -> list[dict[str, str]]:
    with EXPECTED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_every_version_ends_as_derived_by_hand(played: tuple[Engine, str]) -> None:
    engine, said = played
    with engine.connect() as conn:
        runs = conn.execute(
            sa.text("select state, counts, reasons, known_at from run order by id")
        ).all()
    answers = [
        (
            run.state,
            run.counts.get("added", 0) + run.counts.get("back", 0),
            run.counts.get("altered", 0),
            run.counts.get("left", 0),
        )
        for run in runs
    ]
    assert answers == [
        (row["outcome"], int(row["added"]), int(row["altered"]), int(row["left"]))
        for row in expected()
    ]
    assert [line.partition(":")[0] for line in said.splitlines()] == [
        row["file"] for row in expected()
    ]
    times = [run.known_at for run in runs]
    assert times == sorted(times)


def test_refused_versions_say_why_and_publish_nothing(played: tuple[Engine, str]) -> None:
    engine, _ = played
    with engine.connect() as conn:
        refused = conn.execute(
            sa.text(
                "select r.reasons, l.position,"
                " (select count(*) from change c where c.run_id = r.id) as told"
                " from run r left join log_leaf l on l.run_id = r.id where state = 'refused'"
            )
        ).all()
    assert len(refused) == sum(row["outcome"] == "refused" for row in expected())
    assert all(row.reasons and row.position is None and row.told == 0 for row in refused)


def test_layout_only_versions_publish_no_change(played: tuple[Engine, str]) -> None:
    engine, _ = played
    with engine.connect() as conn:
        told = conn.execute(
            sa.text(
                "select count(*) from run r where r.state = 'unchanged' and (exists"
                " (select 1 from change c where c.run_id = r.id) or exists"
                " (select 1 from log_leaf l where l.run_id = r.id))"
            )
        ).scalar_one()
        leaves = conn.execute(sa.text("select count(*), max(position) from log_leaf")).one()
    assert told == 0
    published = sum(row["outcome"] == "published" for row in expected())
    assert tuple(leaves) == (published, published - 1)


def ajk(engine: Engine) -> str:
    now = datetime.now(UTC)
    with engine.connect() as conn:
        found, _ = search(conn, Query(q="AJK Engineering"), now=now, today=now.date())
    assert len(found.cards) == 1
    return found.cards[0].id


def known(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T23:59:59+00:00")


def verdict(engine: Engine, on: str, known_at: str) -> set[Verdict]:
    with engine.connect() as conn:
        view, _ = body(conn, ajk(engine), on=date.fromisoformat(on), known_at=known(known_at))
    return {one.status.verdict for one in view.accreditations}


def test_the_timeline_of_ajk_shows_suspension_withdrawal_and_the_source_s_words(
    played: tuple[Engine, str],
) -> None:
    engine, _ = played
    end = known("2019-12-31")
    with engine.connect() as conn:
        view, _ = body(conn, ajk(engine), on=date(2019, 12, 31), known_at=end)
        entries, _ = timeline(conn, ajk(engine), on=date(2019, 12, 31), known_at=end)
    assert len(view.accreditations) == 1, "one field, however it is spelt, is one accreditation"
    events = {(one.kind, one.on, one.until) for one in view.accreditations[0].events}
    assert events == {
        (EventKind.SUSPENDED, date(2019, 3, 29), date(2019, 6, 29)),
        (EventKind.WITHDRAWN, date(2019, 11, 22), None),
    }
    raw = " ".join(one.raw for one in entries)
    assert "Suspended" in raw
    assert "29 March 2019 - 28 June 2019" in raw
    assert "Withdrawal by SAC" in raw
    assert {"suspended", "withdrawn"} <= {one.what for one in entries}


def test_ajk_s_verdicts_follow_what_was_known(played: tuple[Engine, str]) -> None:
    engine, _ = played
    assert verdict(engine, "2019-05-30", "2019-05-30") == {Verdict.SUSPENDED}
    assert verdict(engine, "2019-06-28", "2019-12-31") == {Verdict.SUSPENDED}
    # the published end has passed and the list still shows it: rule 13
    assert verdict(engine, "2019-08-14", "2019-08-14") == {Verdict.UNKNOWN_GAP}
    assert verdict(engine, "2019-11-22", "2019-11-24") != {Verdict.WITHDRAWN}
    assert verdict(engine, "2019-11-22", "2019-11-26") == {Verdict.WITHDRAWN}


def test_a_spelling_corrected_in_the_same_section_field_and_date_is_the_same_record(
    played: tuple[Engine, str],
) -> None:
    engine, _ = played
    with engine.connect() as conn:
        respelt = conn.execute(
            sa.text(
                "select r.id, count(distinct n.text) as spellings"
                " from record r join name n on n.record_id = r.id"
                " group by r.id having count(distinct n.text) > 1"
            )
        ).all()
    assert respelt, "2019 saw misspellings corrected"
    assert all(row.spellings == 2 for row in respelt)
