"""`labdir source refused` and `accept`, as an operator types them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main

SAMPLE = Path(__file__).parents[1] / "sources/made_register/list_20260831.json"


@pytest.fixture
def runner(database_url: str, redis_url: str) -> CliRunner:
    return CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_REDIS_URL": redis_url})


def list_with(folder: Path, name: str, organisations: int) -> Path:
    said = json.loads(SAMPLE.read_text("utf-8"))
    said["organisations"] = said["organisations"][:organisations]
    said["total"] = len(said["organisations"])
    file = folder / name
    file.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    return file


def run(runner: CliRunner, *words: str) -> tuple[int, str]:
    done = runner.invoke(main, list(words))
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_a_refused_run_is_shown_with_its_shape_and_accepted_with_a_reason(
    runner: CliRunner, tmp_path: Path
) -> None:
    whole = list_with(tmp_path, "whole.json", 4)
    short = list_with(tmp_path, "short.json", 1)
    sync = ("source", "run", "made_register", "--list", "list", "--file")
    code, said = run(runner, *sync, str(whole))
    assert code == 0, said
    code, said = run(runner, *sync, str(short))
    assert code == 1
    assert "refused: 1 records were read" in said
    code, said = run(runner, "source", "refused")
    assert code == 0
    number = said.split()[1]
    assert f"run {number}  made_register/list" in said
    assert "records 2 → 1" in said
    code, said = run(runner, "source", "accept", number)
    assert (code, "--because" in said) == (2, True)
    code, said = run(
        runner, "source", "accept", number, "--because", "One body closed.", "--as", "ada"
    )
    assert code == 0, said
    assert "published +0 ~0 -1" in said
    code, said = run(runner, "source", "refused")
    assert f"run {number}  made_register/list" in said
    assert ", published by run " in said
