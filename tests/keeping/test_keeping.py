"""Backups: under load and back to a moment, and the faults that the script must not pass over."""

import gzip
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.cli import main
from deploy.embedded import keep
from deploy.embedded.servers import postgres_place
from tests.keeping.proof import prove

SCRIPT = Path(__file__).parents[2] / "deploy" / "keeping"


@pytest.fixture
def house(server_folder: Path) -> Iterator[Path]:
    folder = server_folder / "keeping"
    folder.mkdir(mode=0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(900)
def test_a_backup_taken_under_load_brings_back_a_moment_and_all(house: Path) -> None:
    told = prove(house, questions=60, labs=12)
    assert told.leaves_when_backup_ended > told.leaves_when_backup_began, "nothing was published"
    assert told.leaves_when_lost > told.leaves_at_the_moment > told.leaves_when_backup_ended
    assert told.told_by_server, "the doctor asks the server when its newest backup was"
    assert told.findings == []
    assert told.leaves_restored == told.leaves_at_the_moment
    assert told.same_root
    assert told.differing == []
    assert told.questions == 60
    assert {"VALID", "SUSPENDED"} < told.verdicts.keys(), told.verdicts
    assert told.leaves_restored_of_all == told.leaves_when_lost
    assert told.restore_seconds > 0


def keeping(*words: str | Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    programs = f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]
    return subprocess.run(
        ["sh", SCRIPT, *words], env={"PATH": programs, "TZ": "UTC"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_segment_is_archived_once_and_never_over_another(tmp_path: Path) -> None:
    kept, segment = tmp_path / "kept", tmp_path / "segment"
    name = "000000010000000000000001"
    segment.write_bytes(b"a" * 1000)
    for _ in range(2):  # the server asks again where it crashed before it noted the first
        assert keeping("archive", kept, segment, name).returncode == 0
    segment.write_bytes(b"b" * 1000)
    again = keeping("archive", kept, segment, name)
    assert again.returncode == 1
    assert "Does another server archive to" in again.stderr
    assert gzip.decompress((kept / "wal" / f"{name}.gz").read_bytes()) == b"a" * 1000


def test_a_damaged_segment_stops_the_replay_and_a_missing_one_ends_it(tmp_path: Path) -> None:
    kept, segment = tmp_path / "kept", tmp_path / "segment"
    name = "000000010000000000000001"
    segment.write_bytes(os.urandom(5000))
    assert keeping("archive", kept, segment, name).returncode == 0
    back = tmp_path / "back"
    assert keeping("fetch", kept, name, back).returncode == 0
    assert back.read_bytes() == segment.read_bytes()
    assert keeping("fetch", kept, "000000010000000000000002", back).returncode == 1
    whole = kept / "wal" / f"{name}.gz"
    whole.write_bytes(whole.read_bytes()[:-100])
    damaged = keeping("fetch", kept, name, back)
    assert damaged.returncode > 125, "PostgreSQL opens the database after a lesser code"
    assert "is damaged" in damaged.stderr


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Stand-ins that note how they were called; the true ones are in the test under load."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("pg_verifybackup", "pg_archivecleanup"):
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*"\n')
        (folder / name).chmod(0o755)
    return folder


def based(kept: Path, stamp: str, segment: str) -> None:
    base = kept / "base" / stamp
    base.mkdir(parents=True)
    (base / "backup_manifest").write_text("{}")
    (base / "backup_label").write_text(f"START WAL LOCATION: 0/2000028 (file {segment})\n")


def test_a_gap_in_the_archive_is_named_before_anything_is_restored(
    tmp_path: Path, programs: Path
) -> None:
    kept = tmp_path / "kept"
    based(kept, "20260101T000000Z", "0000000100000000000000FD")
    (kept / "wal").mkdir()
    for name in ("FD", "FE", "FF"):
        (kept / "wal" / f"0000000100000000000000{name}.gz").touch()
    (kept / "wal" / "000000010000000100000000.gz").touch()
    (kept / "wal" / "00000002.history.gz").touch()
    assert keeping("restore", kept, tmp_path / "one", path=programs).returncode == 0
    (kept / "wal" / "0000000100000000000000FD.gz").unlink()
    own = kept / "base" / "20260101T000000Z" / "pg_wal"
    own.mkdir()
    (own / "0000000100000000000000FD").touch()  # what a base backup brings with it is no gap
    assert keeping("restore", kept, tmp_path / "own", path=programs).returncode == 0
    (own / "0000000100000000000000FD").unlink()
    said = keeping("restore", kept, tmp_path / "first", path=programs)
    assert "has a gap before ........00000000000000FE" in said.stderr, "nothing of its beginning"
    (own / "0000000100000000000000FD").touch()
    (kept / "wal" / "0000000100000000000000FF.gz").unlink()
    said = keeping("restore", kept, tmp_path / "two", path=programs)
    assert said.returncode == 1
    assert "has a gap before ........0000000100000000" in said.stderr
    assert not (tmp_path / "two").exists()


def test_a_moment_takes_the_newest_backup_that_ended_before_it_and_an_empty_folder(
    tmp_path: Path, programs: Path
) -> None:
    kept, target = tmp_path / "kept", tmp_path / "target"
    for stamp in ("20260101T000000Z", "20260102T000000Z"):
        based(kept, stamp, "000000010000000000000002")
    said = keeping("restore", kept, target, "2026-01-01 12:00:00+00", path=programs)
    assert said.stdout.splitlines()[-1] == "20260101T000000Z", said.stderr
    written = (target / "postgresql.auto.conf").read_text()
    assert "recovery_target_time = '2026-01-01 12:00:00+00'" in written
    assert (target / "recovery.signal").exists()
    again = keeping("restore", kept, target, path=programs)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    early = keeping("restore", kept, tmp_path / "early", "2025-12-31 12:00:00+00", path=programs)
    assert "There is no base backup" in early.stderr
    wrong = keeping("restore", kept, tmp_path / "early", "yesteryear", path=programs)
    assert '"yesteryear" is no time' in wrong.stderr


def test_pruning_keeps_the_newest_and_the_log_that_they_need(
    tmp_path: Path, programs: Path
) -> None:
    kept = tmp_path / "kept"
    (kept / "wal").mkdir(parents=True)
    for day in (1, 2, 3):
        based(kept, f"2026010{day}T000000Z", f"00000001000000000000000{day}")
    (kept / "base" / "20260104T000000Z.77.part").mkdir()  # under way, or left by a crash
    said = keeping("prune", kept, "2", path=programs)
    assert said.stdout.splitlines() == [
        "dropped 20260101T000000Z",
        f"pg_archivecleanup -x .gz {kept}/wal 000000010000000000000002",
    ]
    assert keeping("prune", kept, "0", path=programs).returncode == 2


_BASEBACKUP = """#!/bin/sh
echo "pg_basebackup $3 $4 $5 $6 $7 $8"
mkdir -p "$2"
[ -z "$FAILS" ] || exit 1
echo {} > "$2/backup_manifest"
echo "START WAL LOCATION: 0/1 (file 000000010000000000000009)" > "$2/backup_label"
"""


@pytest.mark.parametrize("fails", [False, True])
def test_daily_takes_one_and_prunes_and_tries_again_within_the_hour_where_it_fails(
    tmp_path: Path, programs: Path, fails: bool
) -> None:
    kept = tmp_path / "kept"
    (kept / "wal").mkdir(parents=True)
    based(kept, "20260101T000000Z", "000000010000000000000001")
    said = _BASEBACKUP.replace("$FAILS", "1" if fails else "")
    for name, text in (("pg_basebackup", said), ("sleep", '#!/bin/sh\necho "sleep $1"\nexit 9\n')):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    done = keeping("daily", kept, "1", "--username=labdir", path=programs)
    assert done.returncode == 9, "the stand-in for sleep ends it"
    lines = done.stdout.splitlines()
    assert "--username=labdir" in lines[0]
    bases = sorted(one.name for one in (kept / "base").iterdir())
    if fails:
        assert lines[1:] == ["sleep 3600"]
        assert bases == ["20260101T000000Z"], "the old one stays, the half one is gone"
    else:
        assert lines[-1] == "sleep 86400"
        assert "dropped 20260101T000000Z" in lines
        assert len(bases) == 1
        assert bases[0] > "20260101T000000Z"


def test_daily_started_again_within_the_day_keeps_to_it(tmp_path: Path, programs: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "wal").mkdir(parents=True)
    now = datetime.now(UTC)
    based(kept, f"{now - timedelta(hours=5):%Y%m%dT%H%M%SZ}", "000000010000000000000001")
    (programs / "sleep").write_text('#!/bin/sh\necho "sleep $1"\nexit 9\n')
    (programs / "sleep").chmod(0o755)
    done = keeping("daily", kept, "7", path=programs)
    [said] = done.stdout.splitlines()
    assert 19 * 3600 - 60 < int(said.removeprefix("sleep ")) <= 19 * 3600
    (kept / "wal" / "00000002.history.gz").touch()  # a server was restored since
    (programs / "pg_basebackup").write_text("#!/bin/sh\necho base\nexit 1\n")
    (programs / "pg_basebackup").chmod(0o755)
    done = keeping("daily", kept, "7", path=programs)
    assert done.stdout.splitlines() == ["base", "sleep 3600"], "it has none of its own yet"


def test_daily_drops_the_half_ones_of_those_who_were_killed(tmp_path: Path, programs: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "wal").mkdir(parents=True)
    for name, hours in (("old", 30), ("young", 1)):
        half = kept / "base" / f"{name}.part"
        half.mkdir(parents=True)
        then = time.time() - hours * 3600
        os.utime(half, (then, then))
    for name, text in (("pg_basebackup", "exit 1"), ("sleep", "exit 9")):
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    assert keeping("daily", kept, "7", path=programs).returncode == 9
    assert {one.name for one in (kept / "base").iterdir()} == {"young.part"}


@pytest.mark.timeout(300)
def test_what_came_after_a_restore_comes_back_too(house: Path) -> None:
    """Restored, archived on, lost again: the second restore goes on along the new timeline."""
    kept = house / "kept"

    def life(data: Path, word: str, *, first: bool = False) -> None:
        server = keep.start_kept(data, {"LABDIR_BACKUPS": str(kept)})
        try:
            with server.connect() as conn:
                if first:
                    conn.execute("create table said (word text)")
                    keep.take(postgres_place(data), kept, server.url)
                conn.execute("insert into said values (%s)", (word,))
                [(segment,)] = conn.execute("select pg_walfile_name(pg_switch_wal())").fetchall()
                end = time.monotonic() + 60
                while not conn.execute(
                    "select from pg_stat_archiver where last_archived_wal >= %s", (segment,)
                ).fetchall():
                    assert time.monotonic() < end, f"{segment} was not archived"
                    time.sleep(0.1)
        finally:
            server.stop()

    life(house / "one", "before", first=True)
    keep.restore(house / "two", kept, "").stop()
    life(house / "two", "after")
    server = keep.restore(house / "three", kept, "")
    try:
        with server.connect() as conn:
            words = conn.execute("select word from said order by word").fetchall()
    finally:
        server.stop()
    assert words == [("after",), ("before",)]


def test_the_wheels_programs_are_those_the_script_calls(server_folder: Path) -> None:
    binaries = postgres_place(server_folder / "keeping-programs").binaries
    for name in ("pg_basebackup", "pg_verifybackup", "pg_waldump", "pg_archivecleanup"):
        done = subprocess.run([binaries / name, "--version"], capture_output=True, check=True)
        assert b"PostgreSQL" in done.stdout


@pytest.mark.timeout(900)
def test_the_commands_keep_a_data_folder_and_bring_it_back(house: Path) -> None:
    one, two, kept = house / "one", house / "two", house / "kept"
    env = {"LABDIR_DATA": str(one), "LABDIR_BACKUPS": str(kept), "LABDIR_DATABASE_URL": ""}
    done = CliRunner(env=env).invoke(main, ["backup", "--keep", "1"])
    assert done.exit_code == 0, done.output
    assert "taken and verified" in done.output
    over = CliRunner(env=env).invoke(main, ["restore", str(kept)])
    assert over.exit_code == 1
    assert "nothing is restored over what stands" in over.output
    back = CliRunner(env=env | {"LABDIR_DATA": str(two)}).invoke(main, ["restore", str(kept)])
    assert back.exit_code == 0, back.output
    assert "The log holds: 0 leaves" in back.output
    assert "Bring the signing keys back" in back.output
    elsewhere = CliRunner(env=env | {"LABDIR_DATABASE_URL": "postgresql+psycopg://x@y/z"})
    refused = elsewhere.invoke(main, ["backup"])
    assert refused.exit_code == 2
    assert "In compose the keeper does so" in refused.output
