"""`labdir source reread`, `upload` and `accept`, as an operator types them: told in the trail."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from deploy.cli import main
from services import accounts
from services.desk.trail import TrailEntry, trail
from services.terms import DeskAction, Role
from tests.browser.desk_house import (
    BOTH_NAMES,
    DAY_FIRST,
    HEAD,
    KEY,
    MONTH_FIRST,
    ONE_NAME,
    RENAMED,
    ROWS,
    declared,
    table,
)  # fmt: skip
from tests.services.sync.toy import START

WHY = "The office writes the day before the month."


class Machine:
    """The directory's own machine: its settings, its database, and what commands print."""

    def __init__(self, database_url: str, redis_url: str, folder: Path) -> None:
        self.folder, self.database_url = folder, database_url
        self.settings = folder / "labdir.toml"
        self.settings.write_text(declared("http://127.0.0.1:1"), "utf-8")
        self._runner = CliRunner(
            env={
                "LABDIR_DATABASE_URL": database_url,
                "LABDIR_REDIS_URL": redis_url,
                "LABDIR_SETTINGS": str(self.settings),
            }
        )

    def source(self, verb: str, *words: str, code: int = 0) -> str:
        done = self._runner.invoke(main, ["source", verb, *words])
        said = done.output + (str(done.exception) if done.exception else "")
        assert done.exit_code == code, said
        return said

    def file(self, name: str, body: bytes) -> str:
        path = self.folder / name
        path.write_bytes(body)
        return str(path)

    def mend(self, old: str, new: str) -> None:
        text = self.settings.read_text("utf-8")
        assert text.count(old) == 1
        self.settings.write_text(text.replace(old, new), "utf-8")

    def rows(self, query: str) -> list[sa.Row]:  # type: ignore[type-arg]
        engine = sa.create_engine(self.database_url)
        with engine.connect() as conn:
            found = list(conn.execute(sa.text(query)))
        engine.dispose()
        return found

    def granted(self) -> str:
        """Of the first row, as it is held now."""
        [row] = self.rows(
            "select granted from accreditation_statement"
            " where number = 'HO-001' and upper_inf(known)"
        )
        return str(row.granted)

    def trail(self) -> list[TrailEntry]:
        engine = sa.create_engine(self.database_url)
        with engine.connect() as conn:
            found, _ = trail(conn)
        engine.dispose()
        return list(found)


@pytest.fixture
def machine(database_url: str, redis_url: str, tmp_path: Path) -> Machine:
    one = Machine(database_url, redis_url, tmp_path)
    one.source("run", KEY, "--file", one.file("register.csv", table(*ROWS)))
    return one


def test_kept_bytes_are_looked_at_and_read_again_with_a_reason(machine: Machine) -> None:
    assert machine.granted() == "2019-03-04"
    machine.mend(MONTH_FIRST, DAY_FIRST)
    seen = machine.source("reread", KEY)
    assert f"{KEY}/table" in seen
    assert "would be published as our reading: +0 ~8 -0" in seen
    assert "2019-03-04" in seen
    assert "2019-04-03" in seen
    assert machine.granted() == "2019-03-04", "a look writes nothing"
    assert machine.trail() == []

    done = machine.source("reread", KEY, "--because", WHY, "--as", "ada")
    assert "published +0 ~8 -0" in done
    assert machine.granted() == "2019-04-03"
    first, again = machine.rows("select id, cause, asked_by from run order by id")
    assert (again.cause, again.asked_by) == ("reading", "ada")
    [told] = machine.trail()
    assert (told.by, told.action, told.object, told.because) == (
        "command line", DeskAction.RUN_REREAD, f"run {first.id}", WHY,
    )  # fmt: skip
    assert told.after == {"run": again.id, "command_line": "ada"}


def test_a_refused_run_is_read_again_by_its_number_once_its_mapping_is_mended(
    machine: Machine,
) -> None:
    renamed = machine.file("new.csv", table(*ROWS, head=HEAD.replace(*RENAMED)))
    said = machine.source("run", KEY, "--file", renamed, code=1)
    assert "Not found: Until." in said
    number = machine.source("refused").split()[1]
    assert "would be refused" in machine.source("reread", KEY, "--run", number, code=1)
    machine.mend(ONE_NAME, BOTH_NAMES)
    seen = machine.source("reread", KEY, "--run", number)
    assert "would be published as a version refused before" in seen
    done = machine.source("reread", KEY, "--run", number, "--because", "The column was renamed.")
    made = done.split(":")[0]  # "run 5"
    assert f", published by {made}\n" in machine.source("refused")
    other = machine.source("reread", "made_register", "--run", number, code=2)
    assert f"Run {number} is of “{KEY}”, not of “made_register”" in other


def test_a_file_is_handed_in_with_where_it_was_obtained(machine: Machine) -> None:
    file = machine.file("april.csv", table(*ROWS[:7]))
    words = ("--because", "The office's page asks a riddle.", "--from", "by post", "--as", "ada")
    assert "published +0 ~0 -1" in machine.source("upload", KEY, file, *words)
    [run] = machine.rows("select * from run where uploaded_by <> ''")
    assert (run.uploaded_by, run.obtained) == ("ada", "by post")
    [told] = machine.trail()
    assert (told.action, told.object) == (DeskAction.FILE_HANDED_IN, f"source {KEY}")
    assert told.after == {"list": "table", "run": run.id, "command_line": "ada"}


def test_the_wrong_file_for_a_source_is_refused_before_anything_changes(machine: Machine) -> None:
    held = machine.rows("select * from accreditation_statement order by id")
    leaves = machine.rows("select count(*) from log_leaf")
    wrong = machine.file("prices.csv", b"Article;Price\n" + b"Anchor;12\n" * 9)
    said = machine.source("upload", KEY, wrong, "--because", "A new list.", code=1)
    assert "refused: " in said
    assert "Certificate" in said, "what the list should have is named"
    assert machine.rows("select * from accreditation_statement order by id") == held
    assert machine.rows("select count(*) from log_leaf") == leaves
    empty = machine.file("empty.csv", b"")
    said = machine.source("upload", KEY, empty, "--because", "A new list.", code=2)
    assert "The file is empty." in said
    said = machine.source("upload", KEY, wrong, code=2)
    assert "--because" in said
    said = machine.source(
        "upload", KEY, wrong, "--because", "Old.", "--seen", "2019-01-01T00:00:00Z", code=1
    )
    assert "A newer truth is not replaced by an older one" in said


def test_an_acceptance_is_told_of_the_account_that_it_names(machine: Machine) -> None:
    engine = sa.create_engine(machine.database_url)
    with engine.begin() as conn:
        accounts.open_account(conn, "Harbour desk", Role.STEWARD, START)
    engine.dispose()
    said = machine.source("run", KEY, "--file", machine.file("n.csv", table(*ROWS[:5])), code=1)
    assert "5 records were read, 8 last time" in said
    number = machine.source("refused").split()[1]
    why = ("--because", "Three programmes ended.", "--as", "Harbour desk")
    assert "published +0 ~0 -3" in machine.source("accept", number, *why)
    [told] = machine.trail()
    assert (told.by, told.action, told.object, told.because) == (
        "Harbour desk", DeskAction.RUN_ACCEPTED, f"run {number}", "Three programmes ended.",
    )  # fmt: skip
    assert told.after == {"run": int(number) + 1, "command_line": "Harbour desk"}
