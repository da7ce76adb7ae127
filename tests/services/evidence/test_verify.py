"""`labdir log verify`: of what was published nothing is named; of what was doctored, the row is."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import accounts, db, kit
from services import models as m
from services.desk import merges, pairs
from services.desk.pairs import Why
from services.evidence import checkpoint, dossier, keys, log, receipt
from services.evidence.checkpoint import CheckpointSaid
from services.evidence.findings import Finding
from services.evidence.verify import verify
from services.sync.turn import turn_day
from services.terms import (
    BodyKind,
    CredentialKind,
    EvidenceLevel,
    PresenceMode,
    RelationKind,
    Role,
)
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01")
ORIGIN = "https://directory.example"


def rich() -> kit.Draft:
    """A record that says something of every kind."""
    lines = [
        line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries", parameter="容量",
             lo=Decimal("-0.00"), hi=Decimal("1.50"), unit="Ah", cmc=Decimal("0.00000001"),
             limitation="cells only", sites=("SZ",), raw="(-0~1.50) Ah"),
        line("2", "充电器", "", flexible=True, valid_from=on("2024-01-01")),
        line("2", "充电器", "GB 4943.1-2022", valid_from=on("2023-01-01"),
             valid_to=on("2024-01-01")),
        line("2", "again under one key", "", valid_from=on("2024-02-01")),
    ]  # fmt: skip
    draft = lab(
        lines=lines,
        events=[suspension("2026-05-20", "2026-06-20", lines=("1",), sites=("SZ",))],
        identifiers=(
            kit.Identifier(namespace="USCC", value="91440300MA5XXXXX01", raw="代码 91440300"),
            kit.Identifier(namespace="USCC", value="91440300MA5XXXXX02"),
        ),
        sites=(kit.Site(key="SZ", name="总部", country="CN", address="1 Made-up Quay"),),
        presences=(
            kit.Presence(
                key="ae", country="AE", mode=PresenceMode.BORROWED, languages=("en", "ar")
            ),
        ),
        credentials=(
            kit.Credential(key="tm", kind=CredentialKind.TRADEMARK, title="HARBOUR",
                           issuer="Office", nice_class=42, level=EvidenceLevel.ISSUER_REGISTER),
        ),
        relations=(kit.Relation(kind=RelationKind.SUCCESSOR_OF, other="An older body"),),
    )  # fmt: skip
    profile = kit.Profile(country="CN", city="Shenzhen", kinds=(BodyKind.TESTING,))
    return msgspec.structs.replace(draft, profile=profile)


def fill(world: World) -> None:
    world.source("register", authoritative_for=("CNAS",))
    steel = lab("L90500", name="Quayside Metal Laboratory", name_zh="", country="SG",
                expires=date(2026, 5, 29))  # fmt: skip
    ab = kit.Draft(
        key="ab",
        accreditation_body=kit.AccreditationBody(acronym="CNAS", name="中国合格评定"),
    )
    world.today = on("2026-05-01")
    world.look("register", at("2026-05-01"), [rich(), steel, ab])
    other = lab(name="Harbour Batteries Testing Co., Ltd.", lines=rich().lines[1:])
    world.look("register", at("2026-05-21"), [other, steel, ab])
    world.look("register", at("2026-05-26"), [other, ab])
    world.look("register", at("2026-05-27"), [other, steel, ab])
    turn_day(world.conn, NOW)
    world.conn.commit()


@pytest.fixture(scope="module")
def filled(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """What was published, and what was signed and issued over it."""
    engine = db.connect(make_database())
    folder = tmp_path_factory.mktemp("keys")
    with engine.connect() as conn:
        fill(World(conn))
        keys.new_key(conn, folder, at("2026-01-01"))
        signs = keys.signer(conn, folder)
        checkpoint.sign_newest(conn, signs, NOW, origin=ORIGIN)
        asked = Asked(number="CNAS L90417", on=on("2026-05-25"))
        said, about = answer(conn, asked, known_at=NOW, today=NOW.date())
        receipt.issue(conn, said, about, NOW, signs, origin=ORIGIN)
        made = dossier.freeze(conn, "b1", on=on("2026-05-25"), known_at=NOW, now=NOW)
        dossier.keep(conn, made, made.packed())
        conn.commit()
    yield engine
    engine.dispose()


def found(conn: Connection, kept: CheckpointSaid | None = None) -> list[Finding]:
    return list(verify(conn, lambda *_: None, kept))


def test_of_what_was_published_nothing_is_named_and_every_row_is_counted(conn: Connection) -> None:
    seen: dict[str, int] = {}
    assert list(verify(conn, lambda table, done, _total: seen.update({table: done}))) == []
    assert seen["log_leaf"] == 5
    tables = {
        m.Name, m.Identifier, m.Profile, m.Site, m.Presence, m.AccreditationStatement,
        m.StatusEvent, m.ScopeLine, m.Credential, m.Relation, m.AccreditationBody, m.Term,
        m.Payload, m.Dossier,
    }  # fmt: skip
    for model in tables:
        held = conn.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
        assert seen[model.__tablename__] == held > 0, model


# statement → what the finding says of table and row, and what of it
FACTS = {
    "update name set text = text || '.' where id = 1":
        r"name id 1 \(record 1, run 1\): was altered: text",
    "update name set lang = 'fr' where id = 2": r"name id 2 .*: was altered: lang",
    "update name set raw = 'x' where id = 1": r"name id 1 .*: was altered: .*source's words",
    "update name set key = 'x' where id = 1": r"name id 1 .*: was altered",
    "update name set hash = sha256(hash) where id = 1": r"name id 1 ",
    "update name set valid = daterange('2020-01-01', null) where id = 1":
        r"name id 1 .*: was altered: valid",
    "update name set record_id = 3 where id = 1": r"name id 1 \(record 3",
    "update identifier set known = tstzrange(lower(known), null), end_run_id = null where id = 1":
        r"identifier record 1 “USCC”: was not ended by it: change run 2",
    "update name set known = tstzrange(lower(known) - interval '1 day', upper(known)) where id = 1":
        r"name id 1 .*: known is not the time",
    "delete from name where id = 1": r"name record 1 “as_listed.en”: is gone",
    "insert into name (key, hash, valid, known, record_id, run_id, text, lang, kind, folded, core)"
    " select 'more', hash, valid, known, record_id, run_id, text, lang, kind, folded, core"
    " from name where id = 1": r"name id \d+ ",
    'update status_event set "on" = "on" - 1': r"status_event id 1 .*: was altered: on",
    "update status_event set until = null": r"status_event id 1 .*: was altered: until",
    "update status_event set lines = '{}'": r"status_event id 1 .*: was altered: lines",
    "update accreditation_statement set expires = expires + 365 where id = 1":
        r"accreditation_statement id 1 .*: was altered: expires",
    "update accreditation_statement set listed = 'active' , number = 'L1' where id = 1":
        r"accreditation_statement id 1 .*: was altered: number",
    "update identifier set value = '91440300MA5XXXXX09' where id = 1":
        r"identifier id 1 .*: was altered: value",
    "update profile set country = 'SG' where id = 1": r"profile id 1 .*: was altered: country",
    "update site set address = '2 Made-up Quay'": r"site id 1 .*: was altered: address",
    "update presence set mode = 'built'": r"presence id 1 .*: was altered: mode",
    "update credential set nice_class = 9": r"credential id 1 .*: was altered: nice_class",
    "update relation set other = 'x'": r"relation id 1 .*: was altered: (key, )?other",
    "update accreditation_body set name = 'x'": r"accreditation_body id 1 .*: was altered: name",
    "update scope_line set limitation = '' where id = 1": r"scope_line id 1 .*: what it says",
    "update scope_line set hi = 1.500 where id = 1": r"scope_line id 1 .*: what it says",
    "update scope_line set sites = '{}' where id = 1": r"scope_line id 1 .*: what it says",
    "update scope_line set hash = sha256(hash) where id = 2": r"scope_line id 2 .*: what it says",
    "update scope_line set object_id = parameter_id where id = 1": r"scope_line id 1 ",
    "delete from scope_line where id = 2":
        r"scope_line record 1 “acc” \(run 1\): 0 lines ended and 3 begun, change row \d+ says 0",
    "update scope_line set known = tstzrange(lower(known), null), end_run_id = null where id = 1":
        r"scope_line record 1 “acc” \(run 2\): ",
    "update term set text = text || '池' where id = 1": r"term id 1 \(object\): its words",
    "update term set also = 'x' where kind = 'method' and id = (select min(id) from term where"
    " kind = 'method')": r"term id \d+ \(method\): its words",
}  # fmt: skip
LOG = {
    """update change set after = '{"text": "x"}' where run_id = 1 and row = 3""":
        r"change run 1 row 3: was altered",
    "update change set before = null where run_id = 2 and kind = 'altered'":
        r"change run 2 row \d+: was altered",
    "update change set key = key || 'x' where run_id = 1 and row = 0":
        r"change run 1 row 0: was altered",
    "update change set kind = 'ended' where run_id = 1 and row = 2":
        r"change run 1 row 2: was altered",
    "update change set repeats = true where run_id = 1 and row = 5":
        r"change run 1 row 5: was altered",
    "update change set body_id = 2 where run_id = 1 and row = 1":
        r"change run 1 row 1: was altered",
    "update change set fact_hash = sha256(fact_hash) where run_id = 1 and row = 1":
        r"change run 1 row 1: was altered",
    "delete from change where run_id = 1 and row = 4": r"change run 1 row 4: is missing",
    "update change set row = 99 where run_id = 1 and row = 4":
        r"change run 1 row 99: was not published",
    "insert into change (run_id, row, kind, what, key) values (3, 1, 'added', 'record', 'x')":
        r"change run 3 row 1: was not published",
    """update change set after = '{"standing": {}}' where kind = 'time'""":
        r"change run \d+ row 0: was altered",
    "update log_leaf set root = sha256(root) where position = 1":
        r"log_leaf position 1 \(run 2\): its root was altered",
    "update log_leaf set leaf_hash = sha256(leaf_hash) where position = 1":
        r"log_leaf position 1 \(run 2\): its leaf_hash was altered",
    "update log_leaf set tree_root = sha256(tree_root) where position = 2":
        r"log_leaf position 2 \(run 3\): its tree_root was altered",
    "update log_leaf set known_at = known_at - interval '1 s' where position = 1":
        r"log_leaf position 1 \(run 2\): its known_at was altered",
    "update run set known_at = known_at - interval '1 s' where id = 2":
        r"log_leaf position 1 \(run 2\): known_at is .*, its run's is",
    "update log_leaf set rows = rows + 1 where position = 0":
        r"log_leaf position 0 \(run 1\): its number of rows was altered",
    "update log_leaf set row_marks = '\\x00' where position = 0":
        r"log_leaf position 0 \(run 1\): its row_marks",
    "delete from log_leaf where position = 1": r"log_leaf position 1: is missing",
    "update log_leaf set position = 7 where position = 4": r"log_leaf position 4–6: is missing",
    "update log_node set hash = sha256(hash) where level = 1 and index = 0":
        r"log_node level 1 index 0: was altered",
    "update log_node set hash = sha256(hash) where level = 0 and index = 3":
        r"log_node level 0 index 3: was altered",
    "delete from log_node where level = 2": r"log_node level 2 index 0: is missing",
    "insert into log_node (level, index, hash) values (3, 0, 'x')":
        r"log_node level 3 index 0: belongs to no leaf",
    "update checkpoint set root = sha256(root)": r"checkpoint size 5: its row says something else",
    "update checkpoint set jws = left(jws, -20) || 'AAAAAAAAAAAAAAAAAAAA'":
        r"checkpoint size 5: The signature does not hold",
    "update checkpoint set size = 4": r"checkpoint size 4: the root .* was signed, it is",
    "update receipt set jws = left(jws, -20) || 'AAAAAAAAAAAAAAAAAAAA'":
        r"receipt \S+: The signature does not hold",
    "update receipt set log_position = 2": r"receipt \S+: its row says something else",
    "update signing_key set jwk = jwk || '{\"x\": \"AAAA\"}'": r"signing_key \S+: is not the key",
    "update dossier set body = set_byte(body, 30, get_byte(body, 30) # 1)": r"dossier id 1: ",
    "update payload set body = set_byte(body, 9, get_byte(body, 9) # 1) where sha256 ="
    " (select min(sha256) from payload)":
        r"payload [0-9a-f]{64} \(run \d\): its bytes were altered",
    "update payload set body = body || '\\x00' where sha256 = (select sha256 from run_payload"
    " where run_id = 2)": r"payload [0-9a-f]{64} \(run 2\): .*something was put after",
    "update payload set size = size + 1 where sha256 = (select sha256 from run_payload where"
    " run_id = 2)": r"payload [0-9a-f]{64} \(run 2\): its size was altered",
    "delete from sighting where record_id = 2 and end_run_id is not null":
        r"sighting record 2: none ends with run 3, as change row 0 says",
    "update sighting set first_run_id = 2 where record_id = 2 and end_run_id is null":
        r"sighting record 2: none begins with run 4",
    "update sighting set end_run_id = 4 where record_id = 1 and end_run_id is not null":
        r"sighting id \d+ \(record 1\): end_run_id is 4",
    "update body_link set body_id = 2 where record_id = 1": r"body_link record 1: none leads where",
    "update accreditation_link set accreditation_id = 2 where record_id = 1":
        r"accreditation_link record 1: none leads where",
    "update accreditation_link set known = tstzrange(lower(known), lower(known) + interval '1 day')"
    " where id = 1": r"accreditation_link id 1 \(record 1\): known is not the time of",
    "update accreditation_link set known = tstzrange(lower(known) + interval '1 s', null)"
    " where id = 1": r"accreditation_link id 1 \(record 1\): known is not the time of",
    "update body_link set known = tstzrange(lower(known) - interval '1 s', null) where id = 1":
        r"body_link id 1 \(record 1\): known is not the time of",
    "update accreditation set number = 'L90418' where id = 1": r"accreditation id 1: its issuer, ",
    "update accreditation set number_key = 'L1' where id = 1": r"accreditation id 1: its issuer, ",
    "update accreditation set look_key = '1' where id = 1": r"accreditation id 1: its issuer, ",
    "update accreditation set issuer = 'UKAS' where id = 1": r"accreditation id 1: its issuer, ",
    "update accreditation set field_key = 'x' where id = 1": r"accreditation id 1: its issuer, ",
}  # fmt: skip


@pytest.mark.parametrize(("doctored", "named"), [*FACTS.items(), *LOG.items()])
def test_one_doctored_row_is_named(conn: Connection, doctored: str, named: str) -> None:
    done = conn.exec_driver_sql(doctored)
    said = [str(one) for one in found(conn)]
    assert done.rowcount >= 1
    assert any(re.match(named, one) for one in said), said
    assert len(said) <= 6, said


def test_a_doctored_fact_is_one_finding(conn: Connection) -> None:
    conn.exec_driver_sql("update name set text = 'x' where id = 1")
    conn.exec_driver_sql("update scope_line set limitation = 'x' where id = 2")
    conn.exec_driver_sql("update term set text = 'x' where id = 1")
    assert sorted(one.table for one in found(conn)) == ["name", "scope_line", "term"]


def test_of_numbers_that_passed_on_and_bodies_that_were_merged_nothing_is_named(
    make_database: Callable[[], str],
) -> None:
    """Links are closed and opened as records move; what was published so is as it was."""
    engine = db.connect(make_database())
    meadow = lab("L2", name="Meadow Water Laboratory", name_zh="", key="meadow")
    unnumbered = lab("", name="Quay Inspection", name_zh="", field="Lifts & Cranes", key="quay")
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",))
        world.look("register", at("2026-05-01"), [lab(key="harbour"), meadow, unnumbered])
        renumbered = lab("L90418", key="harbour")
        world.look("register", at("2026-05-08"), [renumbered, meadow, unnumbered])
        passed_on = lab("L90418", name="Meadow Water Laboratory", name_zh="", key="harbour")
        world.look("register", at("2026-05-15"), [passed_on, meadow, unnumbered])
        why = Why("The same laboratory.", "", accounts.open_account(conn, "S", Role.STEWARD, NOW))
        seen = pairs.version(conn, (3, 2))
        merges.merge(conn, 3, 2, why, version=seen, clock=lambda: at("2026-05-20"))
        for link in (m.BodyLink, m.AccreditationLink):
            closed = sa.select(sa.func.count()).where(~sa.func.upper_inf(link.known))
            assert conn.execute(closed).scalar_one() == 2, link
        assert found(conn) == []
        swapped = "update accreditation set number = 'L90418', number_key = 'L90418',"
        conn.exec_driver_sql(f"{swapped} look_key = '190418' where number = 'L90417'")
        (one,) = found(conn)
        assert one.table == "accreditation", "a number that the record printed at another time"
    engine.dispose()


def test_a_log_that_was_cut_is_named_by_what_was_signed(conn: Connection) -> None:
    conn.exec_driver_sql("delete from log_leaf where position = 4")
    conn.exec_driver_sql("delete from log_node where index << level >= 4")
    conn.exec_driver_sql("delete from change where run_id = 5")
    said = {str(one) for one in found(conn)}
    assert "checkpoint size 5: 5 leaves were signed, the log has 4: leaves were cut off" in said
    assert any(
        re.match(r"receipt \S+: names position 4, the log has 4 leaves", one) for one in said
    )


def test_a_log_written_anew_is_named_by_a_checkpoint_kept_elsewhere(conn: Connection) -> None:
    row = conn.execute(sa.select(m.Checkpoint.__table__)).one()
    kept = checkpoint.read_checkpoint(row.jws, keys.public_keys(conn))
    assert found(conn, kept) == []
    # everything over the log is rewritten, by one who may write to every table
    conn.exec_driver_sql("delete from checkpoint")
    conn.exec_driver_sql("delete from receipt")
    conn.exec_driver_sql("delete from log_node")
    leaves = conn.execute(
        sa.text("delete from log_leaf returning run_id, position, known_at")
    ).all()
    conn.exec_driver_sql("update change set repeats = true where run_id = 1 and row = 5")
    for leaf in sorted(leaves, key=lambda one: int(one.position)):
        log.append(conn, leaf.run_id, leaf.known_at)
    assert found(conn) == []
    (one,) = found(conn, kept)
    assert str(one).startswith("log_leaf size 5: the checkpoint at hand names the root")
    longer = CheckpointSaid(origin="", size=6, root="", issued_at=NOW, kid="")
    (one,) = found(conn, longer)
    assert str(one) == "log_leaf size 6: the checkpoint at hand names 6 leaves, 5 are there"


def test_leaves_older_than_their_marks_name_the_run(conn: Connection) -> None:
    conn.exec_driver_sql("update log_leaf set row_marks = ''")
    assert found(conn) == []
    conn.exec_driver_sql("update change set repeats = true where run_id = 1 and row = 5")
    (one,) = found(conn)
    assert re.match(r"change run 1 rows 0–\d+: one of them was altered", str(one))


def test_an_empty_directory_holds(make_database: Callable[[], str], tmp_path: Path) -> None:
    engine = db.connect(make_database())
    with db.snapshot(engine) as conn:
        assert found(conn) == []
    with engine.begin() as conn:
        keys.new_key(conn, tmp_path, NOW)
        checkpoint.sign_newest(conn, keys.signer(conn, tmp_path), NOW, origin=ORIGIN)
    with db.snapshot(engine) as conn:
        assert found(conn) == []
    engine.dispose()
