"""A file arrives, part by part into the database: what was accepted outlives any process."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.audit import columns
from services.audit.fields import Field
from services.errors import BadQuestion, Conflict, NotFound, Unreadable
from services.models import Audit, AuditChunk, AuditFile
from services.terms import AuditState

PART = 1 << 20
MAX_BYTES = 200 * 1024 * 1024
MAX_NAME = 200
MOST_OPEN = 20  # of one account, so that nobody fills the queue or the disk alone
_OPEN = (AuditState.RECEIVING, AuditState.MAPPING, AuditState.QUEUED, AuditState.RUNNING)


def open_audit(
    conn: Connection,
    account_id: int,
    file_name: str,
    now: datetime,
    *,
    name: str = "",
    mapping: Mapping[str, str] | None = None,
) -> int:
    """A new audit whose file is on the way; returns its id.

    ``mapping``: field → column, where the asker says it at once; "" for a field that none holds.
    Raises BadQuestion where it names a field that there is not, and Conflict where the account has
    too many audits under way.
    """
    given = checked_fields(mapping or {})
    under_way(conn, account_id)
    file_name = _plain(file_name) or "file"
    return int(
        conn.execute(
            sa.insert(Audit)
            .values(
                account_id=account_id,
                name=_plain(name) or file_name,
                state=AuditState.RECEIVING,
                created_at=now,
                file_name=file_name,
                file_size=0,
                sha256=b"",
                mapping=given,
            )
            .returning(Audit.id)
        ).scalar_one()
    )


def checked_fields(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping as it is. Raises BadQuestion where it names a field that there is not."""
    for field in mapping:
        if field not in {one.value for one in Field}:
            known = ", ".join(Field)
            raise BadQuestion(f'mapping: there is no field "{field}".', f"Known: {known}.")
    return dict(mapping)


def under_way(conn: Connection, account_id: int) -> None:
    """Raises Conflict where the account has as many audits under way as it may have."""
    query = sa.select(sa.func.count()).where(Audit.account_id == account_id, Audit.state.in_(_OPEN))
    if conn.execute(query).scalar_one() >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} audits of this account are under way, as many as may be.",
            "Wait until one is done, or delete one.",
        )


def _plain(text: str) -> str:
    """A name on one line, without the folders some browsers send before it."""
    text = text.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in text if c.isprintable()).strip()[:MAX_NAME]


class Parts:
    """Bytes as they come, parted at 1 MB and hashed on the way. Raises Unreadable beyond 200 MB."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> list[bytes]:
        """The parts that are full now."""
        self.size += len(piece)
        if self.size > MAX_BYTES:
            raise Unreadable(
                f"The file has more than {MAX_BYTES // (1024 * 1024)} megabytes.",
                "Send its rows in several files.",
            )
        self._hash.update(piece)
        self._held += piece
        full = []
        while len(self._held) >= PART:
            full.append(bytes(self._held[:PART]))
            del self._held[:PART]
        return full

    def rest(self) -> bytes:
        """What is left at the end, "" for nothing."""
        return bytes(self._held)

    def digest(self) -> bytes:
        return self._hash.digest()


def checked_size(size: int) -> None:
    """Raises BadQuestion where what is announced is too large, before any of it is read."""
    if size > MAX_BYTES + PART:  # a form's own lines take some of it
        raise BadQuestion(
            f"file: {size:,} bytes are announced; at most {MAX_BYTES:,} are read.",
            "Send its rows in several files.",
        )


def put_part(conn: Connection, audit_id: int, number: int, body: bytes) -> None:
    """Raises NotFound where the audit was deleted meanwhile."""
    try:
        conn.execute(sa.insert(AuditFile).values(audit_id=audit_id, part=number, body=body))
    except sa.exc.IntegrityError as gone:
        raise NotFound(f"Audit {audit_id} was deleted while its file arrived.") from gone


def received(
    conn: Connection,
    audit_id: int,
    size: int,
    digest: bytes,
    *,
    name: str = "",
    mapping: Mapping[str, str] | None = None,
) -> None:
    """The file is whole: from here on the audit goes on by itself.

    ``name``, ``mapping``: what was told behind the file. Raises BadQuestion as ``open_audit``.
    """
    told: dict[str, object] = {"mapping": checked_fields(mapping)} if mapping else {}
    if plain := _plain(name):
        told["name"] = plain
    done = conn.execute(
        sa.update(Audit)
        .where(Audit.id == audit_id, Audit.state == AuditState.RECEIVING)
        .values(state=AuditState.QUEUED, file_size=size, sha256=digest, **told)
    )
    if done.rowcount != 1:
        raise NotFound(f"Audit {audit_id} was deleted while its file arrived.")


def finish(
    conn: Connection,
    audit_id: int,
    number: int,
    parts: Parts,
    *,
    name: str = "",
    mapping: Mapping[str, str] | None = None,
) -> None:
    """The last part, and the file is whole. ``number``: how many parts were put before."""
    if rest := parts.rest():
        put_part(conn, audit_id, number, rest)
    received(conn, audit_id, parts.size, parts.digest(), name=name, mapping=mapping)


def drop(conn: Connection, audit_id: int) -> None:
    """Forget an audit whose file never became whole."""
    conn.execute(sa.delete(Audit).where(Audit.id == audit_id, Audit.state == AuditState.RECEIVING))


def set_mapping(conn: Connection, account_id: int, audit_id: int, given: Mapping[str, str]) -> None:
    """What the columns are, by the asker's word, over what was recognised; the audit goes on.

    Columns that remain are carried as they are. Raises NotFound, Conflict where the audit does not
    wait for it, and BadQuestion where it names what there is not or leaves too little.
    """
    audit = owned(conn, account_id, audit_id)
    if audit.state is not AuditState.MAPPING:
        raise Conflict(
            f"Audit {audit_id} is {audit.state.value}: it waits for no mapping.",
            "Upload the file again with another mapping.",
        )
    said = {field.value: given.get(field, audit.mapping.get(field, "")) for field in Field}
    unknown = {name: column for name, column in given.items() if name not in said}
    # a column that was recognised as one field and is now said to be another changes hands
    for field, column in given.items():
        for other, held in said.items():
            if other != field and other not in given and held == column:
                said[other] = ""
    mapping = columns.checked(audit.columns, {**said, **unknown})
    if lacking := columns.missing(mapping):
        raise BadQuestion(f"mapping: {' '.join(lacking)}", "Map one of the file's columns to it.")
    conn.execute(
        sa.update(Audit)
        .where(Audit.id == audit_id, Audit.state == AuditState.MAPPING)
        .values(state=AuditState.QUEUED, mapping=said, problems=[], sample=[])
    )


def owned(conn: Connection, account_id: int, audit_id: int) -> Audit:
    """The account's own audit. Raises NotFound: another's is nobody's business."""
    row = conn.execute(
        sa.select(Audit).where(Audit.id == audit_id, Audit.account_id == account_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no audit {audit_id} of yours.", "List them at /api/v1/audits.")
    return Audit(**row._mapping)


def delete(conn: Connection, account_id: int, audit_id: int) -> None:
    """Forget an audit, its file and its result. A rerun of it stands, and compares no more."""
    owned(conn, account_id, audit_id)
    conn.execute(sa.update(Audit).where(Audit.rerun_of == audit_id).values(rerun_of=None))
    conn.execute(sa.delete(Audit).where(Audit.id == audit_id, Audit.account_id == account_id))


def rerun(conn: Connection, account_id: int, audit_id: int, now: datetime, *, same: bool) -> int:
    """Judge the same rows again: as known now, or (``same``) as known then. Returns the new id.

    The rows are those read then, whatever was learned since of reading files. Raises NotFound, and
    Conflict where the audit has not been read yet.
    """
    audit = owned(conn, account_id, audit_id)
    if audit.state not in (AuditState.RUNNING, AuditState.DONE):
        raise Conflict(f"Audit {audit_id} is {audit.state.value}: there is nothing to judge again.")
    under_way(conn, account_id)
    fixed = {"known_at": audit.known_at, "log_position": audit.log_position} if same else {}
    made = conn.execute(
        sa.insert(Audit)
        .values(
            account_id=account_id,
            name=audit.name,
            state=AuditState.QUEUED,
            created_at=now,
            file_name=audit.file_name,
            file_size=audit.file_size,
            sha256=audit.sha256,
            columns=audit.columns,
            mapping=audit.mapping,
            rows=audit.rows,
            problems=audit.problems,
            rerun_of=audit_id,
            **fixed,
        )
        .returning(Audit.id)
    ).scalar_one()
    copied = ("number", "first_row", "rows", "asked")
    conn.execute(
        sa.insert(AuditChunk).from_select(
            ["audit_id", *copied],
            sa.select(
                sa.literal(made, sa.BigInteger), *(getattr(AuditChunk, name) for name in copied)
            ).where(AuditChunk.audit_id == audit_id),
        )
    )
    return int(made)
