"""One labdir a data folder; other commands find its database or start one for themselves."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest

from deploy.embedded.hold import DataInUse, held, left_in_a_hurry, reached, tell

_HOLDER = """
import signal, sys
from pathlib import Path
from deploy.embedded.hold import held, tell
with held(Path(sys.argv[1])) as folder:
    tell(folder, {"LABDIR_DATABASE_URL": "postgresql+psycopg://told"})
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture
def holder(tmp_path: Path) -> subprocess.Popen[str]:
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_one_is_refused_naming_the_first_and_lets_go_with_it(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(DataInUse, match=f"process {holder.pid}") as caught, held(tmp_path):
        pass
    assert "LABDIR_DATA" in caught.value.remedy
    holder.kill()
    holder.communicate()
    with held(tmp_path) as folder:
        assert left_in_a_hurry(folder)
    assert not left_in_a_hurry(folder)


def test_a_command_beside_a_running_labdir_is_told_its_addresses(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with reached(tmp_path, {"OTHER": "kept"}) as env:
        assert env == {"OTHER": "kept", "LABDIR_DATABASE_URL": "postgresql+psycopg://told"}
    holder.kill()
    holder.communicate()


def test_a_named_database_is_taken_as_it_is(tmp_path: Path) -> None:
    with reached(tmp_path / "never", {"LABDIR_DATABASE_URL": "postgresql://named"}) as env:
        assert env == {"LABDIR_DATABASE_URL": "postgresql://named"}
    assert not (tmp_path / "never").exists()


def test_a_command_alone_gets_a_private_database_at_the_newest_schema() -> None:
    data = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    data.chmod(0o711)
    try:
        with reached(data, {}) as env:
            address = env["LABDIR_DATABASE_URL"].replace("+psycopg", "")
            with psycopg.connect(address) as connection:
                assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address)
    finally:
        rmtree(data)


def test_what_is_told_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    with held(tmp_path) as folder:
        tell(folder, {"A": "1"})
        tell(folder, {"A": "2"})
        assert sorted(path.name for path in folder.iterdir()) == ["lock", "running.json"]
        assert os.access(folder / "running.json", os.R_OK)
