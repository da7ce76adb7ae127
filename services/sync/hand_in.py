"""Steward upload: a file for a source's list, on the road from keeping on.

For lists that no machine may fetch: behind a captcha or a log-in, sent by post. The bytes are kept
with the ledger's row in one transaction, before anyone reads them; a worker takes them from there,
so that nothing accepted is lost with a process. No address is pretended: the provenance is the
account, the time, and where the person had the file from.
"""

import hashlib
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, Conflict, NotFound
from services.models import Payload, Run, RunPayload, SourceList
from services.sync import catalogue, ledger
from services.sync.accept import LONGEST, reason
from services.terms import RunState

_LONGEST_NAME = 255
_TYPES = {"csv": "text/csv", "json": "application/json", "html": "text/html", "xml": "text/xml"}


class Bytes:
    """A file as it comes in: hashed and compressed piece by piece, so that only its compressed
    form is ever held whole."""

    def __init__(self, most: int) -> None:
        self.size = 0
        self._most = most
        self._hash = hashlib.sha256()
        self._packer = zlib.compressobj(6)
        self._packed = bytearray()

    def add(self, piece: bytes) -> None:
        """Raises BadQuestion where the file grows beyond what would be fetched."""
        self.size += len(piece)
        check_size(self.size, self._most)
        self._hash.update(piece)
        self._packed += self._packer.compress(piece)

    def end(self) -> tuple[bytes, bytes]:
        """(SHA-256, the bytes compressed with zlib). Once. Raises BadQuestion for an empty file."""
        if not self.size:
            raise BadQuestion("The file is empty.", "Send the file as its publisher has it.")
        self._packed += self._packer.flush()
        return self._hash.digest(), bytes(self._packed)


def check_size(size: int, most: int) -> None:
    """Raises BadQuestion for a file larger than a fetched one may be (``fetch.max_bytes``)."""
    if size > most:
        raise BadQuestion(
            f"The file is larger than {most // 1024 // 1024} MB, the most that is taken.",
            "Raise fetch.max_bytes where that is right.",
        )


@dataclass(frozen=True, slots=True)
class Handed:
    """What is said of a file. ``seen``: when its publisher said so, None for just now;
    ``obtained``: where the person had it from; ``because``: why it is handed in."""

    list_name: str
    because: str
    file_name: str = ""
    seen: datetime | None = None
    obtained: str = field(default="")


def seen_at(text: str, now: datetime) -> datetime | None:
    """A day or a time as it is typed; None for nothing. A day counts from its beginning (UTC):
    a list is never said to be fresher than is known. Raises BadQuestion, also for the future."""
    if not (text := text.strip()):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadQuestion(
            f"seen: “{text[:40]}” is no day and no time.",
            "Write it as 2026-05-31, or with its time as 2026-05-31T09:00.",
        ) from fault
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > now:
        raise BadQuestion(f"seen: {text[:40]} is still to come.", "Say when the file was obtained.")
    return at


def hand_in(
    conn: Connection, source_key: str, handed: Handed, got: Bytes, by: str, now: datetime
) -> int:
    """Keep a file and ask for the run that publishes it. Returns the run's id.

    Raises NotFound where there is no such list, BadQuestion for a look-up, a missing reason or an
    empty file, and Conflict where it is older than what its list has published, or another run of
    the list is open: two files at once are read one after the other, the second when it is sent
    again.
    """
    because = reason(handed.because, "An upload")
    obtained = " ".join(handed.obtained.split())
    if len(obtained) > LONGEST:
        raise BadQuestion(f"“obtained” has {len(obtained)} characters; {LONGEST} are the most.")
    if handed.list_name == catalogue.LOOKUP:
        raise BadQuestion("Answers of a look-up are not uploaded.", "Name a list of the source.")
    list_id = ledger.list_id(conn, source_key, handed.list_name)
    digest, packed = got.end()
    as_of = handed.seen or now
    asked, new = ledger.ask(conn, list_id, by, now)
    if not new:
        raise Conflict(
            f"Run {asked} of the same list is under way.", "Send the file again when it has ended."
        )
    _refuse_older(conn, list_id, as_of)
    conn.execute(
        sa.update(Run)
        .where(Run.id == asked)
        .values(because=because, uploaded_by=by, uploaded_at=now, obtained=obtained, as_of=as_of)
    )
    payload = {"sha256": digest, "size": got.size, "body": packed, "kept_at": now}
    conn.execute(insert(Payload).values(payload).on_conflict_do_nothing())
    conn.execute(sa.insert(RunPayload).values(_page(asked, handed.file_name, digest, as_of)))
    return asked


def _page(run_id: int, file_name: str, digest: bytes, as_of: datetime) -> dict[str, Any]:
    name = file_name.replace("\\", "/").rpartition("/")[2].replace("\x00", "")[:_LONGEST_NAME]
    ending = name.rpartition(".")[2].lower()
    return {
        "run_id": run_id,
        "page": 1,
        "sha256": digest,
        "url": "",
        "publisher_url": "",
        "name": name,
        "content_type": _TYPES.get(ending, ""),
        "charset": "",
        "headers": {},
        "fetched_at": as_of,
    }


def _refuse_older(conn: Connection, list_id: int, as_of: datetime) -> None:
    newest = conn.execute(
        sa.select(Run.id, Run.as_of)
        .where(
            Run.list_id == list_id,
            Run.record_key == "",
            Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
            Run.as_of > as_of,
        )
        .order_by(Run.as_of.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None:
        raise Conflict(
            f"This file is of {as_of:%Y-%m-%d %H:%M} UTC; run {newest.id} has published a version"
            f" of {newest.as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC.",
            "A newer truth is not replaced by an older one. Where only the day was given, give the"
            " time as well.",
        )


def lists_to_hand_in(conn: Connection, source_key: str) -> tuple[str, ...]:
    """Names of the lists that take a file. Raises NotFound where there is no such source."""
    names = conn.execute(
        sa.select(SourceList.name)
        .where(SourceList.source_key == source_key, SourceList.name != catalogue.LOOKUP)
        .order_by(SourceList.id)
    ).scalars()
    if not (found := tuple(names)):
        raise NotFound(f'There is no source "{source_key}".', "See /sources for the keys.")
    return found
