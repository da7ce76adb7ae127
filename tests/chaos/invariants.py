"""What must hold of the database whenever the house has come to rest, asked in one snapshot.

``lost``: asked and never ended, accepted and not there. ``doubled``: anything that stands twice.
``half``: a part of a run without the rest of it.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import db
from services.evidence import log
from services.sync.statements import TABLES
from tests.chaos.lists import STANDING

FACTS = [sa.inspect(model).local_table.key for model in TABLES.values()]


@dataclass(slots=True)
class Found:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        self.lost += other.lost
        self.doubled += other.doubled
        self.half += other.half

    @property
    def nothing(self) -> bool:
        return not (self.lost or self.doubled or self.half)

    def lines(self) -> list[str]:
        kinds = (("lost", self.lost), ("doubled", self.doubled), ("half-published", self.half))
        return [f"{kind}: {said}" for kind, all_said in kinds for said in all_said]


_LOST = {
    "runs are open": "select id from run where state in ('queued', 'running')",
    "runs published without a leaf in the log": """
        select id from run r where state = 'published'
        and not exists (select 1 from log_leaf f where f.run_id = r.id)""",
    "published runs without their kept bytes": """
        select r.id from run r join source_list l on l.id = r.list_id
        where state = 'published' and l.source_key not in ('calendar', 'desk')
        and not exists (select 1 from run_payload p where p.run_id = r.id)""",
    "bodies without a document": """
        select distinct b.body_id from body_link b where upper_inf(b.known) and not exists
        (select 1 from document d where d.body_id = b.body_id and d.to_position is null)""",
    "records without a body": """
        select r.id from record r where not exists
        (select 1 from body_link b where b.record_id = r.id and upper_inf(b.known))""",
}
_DOUBLED = {
    "keys with two records": "select list_id, key from record group by 1, 2 having count(*) > 1",
    "records with two open sightings": """
        select record_id from sighting where end_run_id is null group by 1 having count(*) > 1""",
    "sightings begun twice by one run": """
        select record_id, first_run_id from sighting group by 1, 2 having count(*) > 1""",
    "runs with two leaves": "select run_id from log_leaf group by 1 having count(*) > 1",
    "records with two bodies": """
        select record_id from body_link where upper_inf(known) group by 1 having count(*) > 1""",
    "accreditations with two numbers alike and one holder": """
        select a.issuer, a.number_key, b.body_id from accreditation a
        join accreditation_link l on l.accreditation_id = a.id and upper_inf(l.known)
        join body_link b on b.record_id = l.record_id and upper_inf(b.known)
        group by 1, 2, 3 having count(distinct a.id) > 1""",
    "bodies for one identifier": """
        select i.value from identifier i
        join body_link b on b.record_id = i.record_id and upper_inf(b.known)
        where upper_inf(i.known) group by i.namespace, i.value
        having count(distinct b.body_id) > 1""",
    "bodies with two current documents": """
        select body_id from document where to_position is null group by 1 having count(*) > 1""",
    "doubts told twice": """
        select kind, record_id, body_id from review_item group by 1, 2, 3 having count(*) > 1""",
    "versions published twice": """
        select record_id, schedule_issue, basis from accreditation_statement
        group by 1, 2, 3 having count(*) > 1""",
}
_HALF = {
    "leaves of runs that have not published": """
        select f.position from log_leaf f join run r on r.id = f.run_id
        where r.state <> 'published'""",
    "leaves that tell another number of changes": """
        select f.position from log_leaf f where f.rows <>
        (select count(*) from change c where c.run_id = f.run_id)""",
    "changes without a leaf": """
        select distinct c.run_id from change c
        where not exists (select 1 from log_leaf f where f.run_id = c.run_id)""",
    "sightings by runs that have not published": """
        select g.id from sighting g join run r on r.id in (g.first_run_id, g.end_run_id)
        where r.state <> 'published'""",
    "bodies of runs that have not published": """
        select b.id from body b join run r on r.id = b.run_id where r.state <> 'published'""",
    "lists with bodies from a part of a version": f"""
        select l.source_key from source_list l where l.name = 'list'
        and exists (select 1 from run r where r.list_id = l.id and r.state = 'published')
        and l.source_key <> 'calendar' and (select count(*) from sighting g
            join record r on r.id = g.record_id
            where r.list_id = l.id and g.end_run_id is null) <> {STANDING + 1}""",
}


def examine(
    engine: Engine, versions: Mapping[tuple[str, str], set[int]], *, after: int = 0
) -> Found:
    """Everything that must hold at rest.

    ``versions``: what runs that ended as published had been asked to publish, by (source, list).
    ``after``: what runs up to this one wrote was examined before; it is not hashed, unpacked and
    compared with itself again, which would take longer with each attack.
    """
    found = Found()
    with db.snapshot(engine) as conn:
        for kind, questions in (("lost", _LOST), ("doubled", _DOUBLED), ("half", _HALF)):
            for said, question in questions.items():
                if rows := [tuple(row) for row in conn.execute(sa.text(question))]:
                    getattr(found, kind).append(f"{len(rows)} {said}: {rows[:3]}")
        for table in FACTS:
            _facts(conn, table, after, found)
        _history(conn, versions, found)
        _log(conn, after, found)
        _bytes(conn, after, found)
    return found


def _facts(conn: Connection, table: str, after: int, found: Found) -> None:
    """No fact of a run that has not published, none that stands twice on both axes."""
    foreign = conn.execute(
        sa.text(
            f"select count(*) from {table} f join run r on r.id in (f.run_id, f.end_run_id)"
            " where r.state <> 'published'"
        )
    ).scalar_one()
    if foreign:
        found.half.append(f"{foreign} rows of {table} from runs that have not published")
    twice = conn.execute(
        sa.text(
            f"select count(*) from {table} a join {table} b on a.record_id = b.record_id"
            " and a.key = b.key and a.id < b.id and a.known && b.known and a.valid && b.valid"
            " where b.run_id > :after"
        ),
        {"after": after},
    ).scalar_one()
    if twice:
        found.doubled.append(f"{twice} facts of {table} that stand twice")


def _history(conn: Connection, versions: Mapping[tuple[str, str], set[int]], found: Found) -> None:
    """Every version whose run was told to be published is in the history of its bodies."""
    for (key, name), wanted in versions.items():
        column, word = ("basis", "look ") if name == "lookup" else ("schedule_issue", "issue ")
        there = conn.execute(
            sa.text(
                f"select distinct a.{column} from accreditation_statement a"
                " join record r on r.id = a.record_id join source_list l on l.id = r.list_id"
                " where l.source_key = :key and l.name = :name"
            ),
            {"key": key, "name": name},
        ).scalars()
        held = {int(one.removeprefix(word)) for one in there if one.startswith(word)}
        if missing := sorted(wanted - held):
            found.lost.append(f"versions {missing[:5]} of {key}.{name} were published and are gone")


def _log(conn: Connection, after: int, found: Found) -> None:
    """Positions without gaps; each leaf and root recomputed from the change rows (RFC 9162)."""
    rows = list(
        conn.execute(
            sa.text(
                "select position, run_id, rows, root, leaf_hash, tree_root, known_at"
                " from log_leaf order by position"
            )
        )
    )
    positions = [row.position for row in rows]
    if positions != list(range(len(rows))):
        found.doubled.append(f"positions of the log with a gap or twice: {positions[-5:]}")
    tree = log.Tree()
    for row in rows:
        leaf = row.leaf_hash
        if row.run_id > after:
            root, count = log.changes_root(conn, row.run_id)
            leaf = log.leaf_hash(log.leaf_data(row.position, row.run_id, count, root, row.known_at))
            if (leaf, root) != (row.leaf_hash, row.root):
                found.half.append(f"leaf {row.position} is not that of its changes")
        tree.add(leaf)
        if tree.root() != row.tree_root:
            found.half.append(f"the root of the tree at {row.position} is not that of its leaves")
    if rows and log.tree_root(conn, len(rows)) != tree.root():
        found.half.append("the stored subtrees of the log give another root than its leaves")


def _bytes(conn: Connection, after: int, found: Found) -> None:
    """Kept bytes are the bytes of their hash."""
    kept = sa.text(
        "select sha256, body from payload p where exists (select 1 from run_payload r"
        " where r.sha256 = p.sha256 and r.run_id > :after)"
        " or not exists (select 1 from run_payload r where r.sha256 = p.sha256)"
    )
    for row in conn.execute(kept, {"after": after}):
        if hashlib.sha256(zlib.decompress(row.body)).digest() != row.sha256:
            found.half.append(f"kept bytes {row.sha256.hex()[:12]} are others")


def content_of(engine: Engine, key: str) -> str:
    """A digest of all that the directory holds from one list: facts, sightings, documents."""
    whole = hashlib.sha256()
    questions = [
        f"select f::text from {table} f join record r on r.id = f.record_id"
        " join source_list l on l.id = r.list_id where l.source_key = :key order by f.id"
        for table in FACTS
    ]
    questions.append(
        "select g::text from sighting g join record r on r.id = g.record_id"
        " join source_list l on l.id = r.list_id where l.source_key = :key order by g.id"
    )
    questions.append(
        "select (d.id, d.to_position, d.card)::text from document d where exists"
        " (select 1 from body_link b join record r on r.id = b.record_id"
        " join source_list l on l.id = r.list_id"
        " where b.body_id = d.body_id and l.source_key = :key) order by d.id"
    )
    with db.snapshot(engine) as conn:
        for question in questions:
            for text in conn.execute(sa.text(question), {"key": key}).scalars():
                whole.update(text.encode())
    return whole.hexdigest()
