"""A dossier is frozen: the same bytes for ever, whole, checked, and nothing learned later in it."""

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from services import kit
from services.errors import Damaged, NotFound
from services.evidence import dossier
from services.evidence.dossier import Dossier
from services.evidence.dossier_bytes import kept_bytes, with_bytes
from services.evidence.dossier_files import cell, pack
from services.kit import Page
from services.models import Run
from services.parsers.personal import is_personal, without_emails
from services.sync import catalogue
from services.sync.run import Given, carry_out
from services.terms import RunState, Tier
from tests.services.find.conftest import harbour, northern
from tests.services.store.build import World, at, lab, line, on, suspension
from tests.services.sync.conftest import Traveller, engine, traveller

__all__ = ["engine", "traveller"]
K = at("2026-05-20", 12)
DAY = on("2026-05-20")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "DAkkS"])
        one.source("aggregator", tier=Tier.AGGREGATOR, bytes_public=True)
        one.look("register", at("2026-05-04"), [harbour(), northern()])
        one.look("aggregator", at("2026-05-05"), [lab(key="copy", expires=on("2027-01-09"))])
        one.look("register", at("2026-05-18"), [harbour(events=[suspension("2026-05-12")]),
                                                 northern()])  # fmt: skip
        yield one
    engine.dispose()


def freeze(world: World, known_at: datetime = K, id_: str = "b1") -> Dossier:
    return dossier.freeze(world.conn, id_, on=DAY, known_at=known_at, now=known_at)


def issue(world: World, known_at: datetime = K, id_: str = "b1") -> Dossier:
    made = freeze(world, known_at, id_)
    found = dossier.keep(world.conn, made, made.packed())
    world.conn.commit()
    return found


def said(one: Dossier) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(one.document)
    return document


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as held:
        return {name: held.read(name) for name in held.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_it_holds_the_answer_and_all_that_it_rests_on(world: World) -> None:
    one = freeze(world)
    document = said(one)
    data, meta = document["data"], document["meta"]
    assert (meta["as_known_at"], meta["on"]) == ("2026-05-20T12:00:00Z", "2026-05-20")
    assert (meta["log_position"], one.log_position, meta["rule_version"]) == (2, 2, "2026.1")
    (acc,) = data["body"]["accreditations"]
    assert acc["status"]["verdict"] == "SUSPENDED"
    assert all(reason["rule"] for reason in acc["status"]["reasons"])
    assert [one["what"] for one in data["timeline"]].count("suspended") == 1
    assert [(r["source"], r["looks"]) for r in data["records"]] == [
        ("register", 2),
        ("aggregator", 1),
    ]
    assert [(e["run"], e["source"], e["tier"]) for e in data["evidence"]] == [
        (1, "register", 1),
        (2, "aggregator", 5),
        (3, "register", 1),
    ]
    assert all(len(e["sha256"]) == 64 and e["size"] and e["parser_version"] == 3
               for e in data["evidence"])  # fmt: skip
    assert sum(e["statements"] for e in data["evidence"]) > 10
    leaf = world.conn.execute(sa.text("select encode(tree_root, 'hex') from log_leaf"
                                      " where position = 2")).scalar_one()  # fmt: skip
    assert data["log"] == {"position": 2, "tree_root": leaf, "tree_size": 3}
    assert {change["position"] for change in data["changes"]} == {0, 1, 2}
    assert [one["position"] for one in data["leaves"]] == [0, 1, 2]


def test_the_document_is_canonical_and_one_hash_vouches_for_every_file(world: World) -> None:
    one = freeze(world)
    again = json.dumps(said(one), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert again.encode() == one.document
    assert hashlib.sha256(one.document).digest() == one.sha256
    files = members(one.archive)
    assert files.pop("dossier.json") == one.document
    listed = {file["name"]: file for file in said(one)["data"]["files"]}
    assert listed.keys() == files.keys()
    assert set(files) == {
        *(f"accreditations/a1/{name}.csv" for name in ("facts", "lines", "events")),
        "evidence.csv",
        "README.txt",
    }
    for name, content in files.items():
        assert listed[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert listed[name]["size"] == len(content)
    with zipfile.ZipFile(io.BytesIO(one.archive)) as held:
        infos = held.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {(i.date_time, i.compress_type) for i in infos} == {((1980, 1, 1, 0, 0, 0), 0)}
    readme = files["README.txt"].decode()
    assert "sha256sum dossier.json" in readme
    assert "如何核验" in readme


def test_extracts_hold_every_line_event_and_statement(world: World) -> None:
    files = members(freeze(world).archive)
    lines = rows(files["accreditations/a1/lines.csv"])
    assert [(one["key"], one["method"], one["verdict"]) for one in lines] == [
        ("1", "GB/T 18287-2013", "SUSPENDED"),
        ("2", "GB 4943.1-2022", "SUSPENDED"),
        ("3", "IEC 60598-1:2020", "SUSPENDED"),
    ]
    (event,) = rows(files["accreditations/a1/events.csv"])
    assert (event["kind"], event["on"], event["run"]) == ("suspended", "2026-05-12", "3")
    facts = rows(files["accreditations/a1/facts.csv"])
    assert [(one["source"], one["expires"], one["how"]) for one in facts] == [
        ("register", "2028-01-09", "line 7, reader 3"),
        ("aggregator", "2027-01-09", "line 7, reader 3"),
    ]
    (first, *_) = rows(files["evidence.csv"])
    assert first["url"].startswith("https://example.org/list/")


def test_it_is_the_same_bytes_when_frozen_late_at_a_past_time(world: World) -> None:
    then = freeze(world)
    world.look("register", at("2026-05-25"), [harbour(name="Harbour Renamed Ltd"), northern()])
    issuer = kit.AccreditationBody(acronym="CNAS", name="Later")
    moved = kit.Draft(key="CNAS", label="CNAS", accreditation_body=issuer)
    world.look("aggregator", at("2026-05-26"), [lab(key="copy", lines=[line("1", "x", "y")]),
                                                moved])  # fmt: skip
    late = freeze(world)
    assert late.document == then.document
    assert late.archive == then.archive
    now = freeze(world, at("2026-05-27"))
    assert now.document != then.document
    assert "Later" in now.document.decode()


def test_what_was_issued_is_served_again_after_syncs_and_a_merge(world: World) -> None:
    one, other = issue(world), issue(world, id_="b2")
    world.look("register", at("2026-05-25"), [harbour(), northern()])
    world.merge(1, 2, at("2026-05-26"))
    world.look("register", at("2026-05-28"), [harbour(city="Dongguan"), northern()])
    for before in (one, other):
        id_ = f"b{before.body_id}"
        again = dossier.issued(world.conn, id_, on=DAY, known_at=K)
        assert again == before
    kept = dossier.keep(world.conn, freeze(world), b"another request's, refused")
    assert kept == one
    # as known after the merge the merged id answers with the body that it became
    after = said(freeze(world, at("2026-05-29")))
    assert (after["data"]["asked"], after["data"]["body"]["id"]) == ("b1", "b2")
    assert after["meta"]["warnings"] == ["b1 was merged into b2: this is b2."]
    assert {r["rule"] for r in after["data"]["records"]} >= {"steward"}


def doctor(world: World, one: Dossier, archive: bytes) -> None:
    world.conn.execute(sa.text("update dossier set body = :body"), {"body": zlib.compress(archive)})


@pytest.mark.parametrize(
    ("file", "named"),
    [("dossier.json", "its SHA-256 is"), ("accreditations/a1/lines.csv", "lines.csv")],
)
def test_a_doctored_dossier_is_refused_and_both_hashes_named(
    world: World, file: str, named: str
) -> None:
    one = issue(world)
    content = members(one.archive)[file]
    old, new = (b'"SUSPENDED"', b'"VALID"') if file.endswith("json") else (b"SUSPENDED", b"VALID")
    assert old in content
    files = members(one.archive) | {file: content.replace(old, new)}
    doctor(world, one, pack(files))
    with pytest.raises(Damaged, match=named) as refused:
        dossier.issued(world.conn, "b1", on=DAY, known_at=K)
    for digest in (hashlib.sha256(content), hashlib.sha256(files[file])):
        assert digest.hexdigest() in refused.value.what


def test_a_dossier_that_lost_or_gained_a_file_or_cannot_be_opened_is_refused(world: World) -> None:
    one = issue(world)
    files = members(one.archive)
    for other in (
        {name: files[name] for name in files if name != "evidence.csv"},
        files | {"more.csv": b"x"},
    ):
        doctor(world, one, pack(other))
        with pytest.raises(Damaged, match=r"evidence\.csv|more\.csv"):
            dossier.issued(world.conn, "b1", on=DAY, known_at=K)
    world.conn.execute(sa.text("update dossier set body = 'x'"))
    with pytest.raises(Damaged, match="cannot be opened"):
        dossier.issued(world.conn, "b1", on=DAY, known_at=K)


def test_under_newer_rules_it_is_another_dossier_that_names_the_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = issue(world)
    monkeypatch.setattr(dossier, "RULE_VERSION", "2031.1")
    assert dossier.issued(world.conn, "b1", on=DAY, known_at=K) == first
    assert dossier.issued(world.conn, "b1", on=DAY, known_at=K, rules="2031.1") is None
    second = issue(world)
    assert said(second)["data"]["issued_before"] == [
        {"rule_version": "2026.1", "sha256": first.sha256.hex()}
    ]
    assert dossier.issued(world.conn, "b1", on=DAY, known_at=K) == first
    assert dossier.issued(world.conn, "b1", on=DAY, known_at=K, rules="2031.1") == second
    with pytest.raises(NotFound, match="rules"):
        dossier.issued(world.conn, "b1", on=DAY, known_at=K, rules="1999.9")


def test_kept_bytes_are_added_only_where_the_source_permits_and_are_what_was_fetched(
    world: World,
) -> None:
    one = freeze(world)
    held = members(with_bytes(one, kept_bytes(world.conn, one)))
    evidence = {e["run"]: e["sha256"] for e in said(one)["data"]["evidence"]}
    public = members(one.archive)
    given = set(held) - set(public)
    assert given == {f"bytes/{evidence[2]}", "bytes/withheld.csv"}
    assert hashlib.sha256(held[f"bytes/{evidence[2]}"]).hexdigest() == evidence[2]
    withheld = {(row["sha256"], row["source"]) for row in rows(held["bytes/withheld.csv"])}
    assert withheld == {(evidence[1], "register"), (evidence[3], "register")}
    assert all(held[name] == public[name] for name in public)
    doctored = sa.text("update payload set body = :body where encode(sha256, 'hex') = :hash")
    world.conn.execute(doctored, {"body": zlib.compress(b"other"), "hash": evidence[2]})
    with pytest.raises(Damaged, match=evidence[2]):
        with_bytes(one, kept_bytes(world.conn, one))


def test_the_newest_knowledge_is_one_moment_until_something_is_learned(world: World) -> None:
    def newest(now: datetime) -> datetime:
        return dossier.newest_knowledge(world.conn, "b1", on("2026-05-18"), now)

    assert newest(at("2026-05-18", 9)) == newest(at("2026-06-30")) == at("2026-05-18")
    world.look("register", at("2026-07-01"), [harbour(), northern()])
    assert newest(at("2026-07-02")) == at("2026-07-01")
    assert newest(at("2026-06-30")) == at("2026-05-18")
    today = dossier.newest_knowledge(world.conn, "b1", on("2026-07-04"), at("2026-07-04", 15))
    assert today == datetime(2026, 7, 4, tzinfo=UTC)
    world.merge(1, 2, at("2026-07-03"))
    assert newest(at("2026-07-04")) == at("2026-07-03")


def test_cells_are_no_formulas_and_numbers_stay_numbers() -> None:
    assert cell('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    for risky in ("+1", "-x", "@a", "\tx", "\rx"):
        assert cell(risky) == f"'{risky}"
    assert (cell(Decimal("-5.5")), cell(-3), cell(None), cell(True)) == ("-5.5", "-3", "", "yes")
    assert cell(at("2026-05-18")) == "2026-05-18T06:00:00Z"
    assert cell(["=a", "b"]) == "'=a; b"


def test_over_the_real_road_it_is_the_same_bytes_after_later_syncs_and_a_merge(
    traveller: Traveller,
) -> None:
    row = {"key": "r1", "name": "Pier Laboratory", "number": "T1", "granted": "2020-01-01"}
    lines = [["cable", "IEC 1:2020"], ["plug", "IEC 2:2020"]]
    traveller.play({**row, "lines": lines})
    known_at = traveller.clock.on(hours=1)
    with traveller.engine.connect() as conn:
        day = known_at.date()
        made = dossier.freeze(conn, "b1", on=day, known_at=known_at, now=known_at)
        first = dossier.keep(conn, made, made.packed())
        conn.commit()
        stop = [{"kind": "suspended", "on": "2026-02-20"}]
        traveller.play({**row, "lines": lines[:1], "events": stop})
        other = {"key": "r2", "name": "Jetty Inspection", "number": "T2"}
        renamed = {**row, "name": "Pier Laboratory Ltd", "lines": lines[:1], "events": stop}
        traveller.play(renamed, other)
        World(conn).merge(1, 2, traveller.clock.on(hours=1))
        traveller.play({**renamed, "expires": "2030-01-01"}, other)
        assert dossier.issued(conn, "b1", on=day, known_at=known_at) == first
        late = dossier.freeze(conn, "b1", on=day, known_at=known_at, now=traveller.clock())
        assert late.document == first.document
        assert late.archive == first.archive
        now = said(dossier.freeze(conn, "b1", on=known_at.date(), known_at=traveller.clock(),
                                  now=traveller.clock()))  # fmt: skip
    assert now["data"]["body"]["id"] == "b2"
    stands = [one["status"]["verdict"] for one in now["data"]["body"]["accreditations"]]
    assert "SUSPENDED" in stands
    assert said(first)["data"]["body"]["accreditations"][0]["status"]["verdict"] == "VALID"
    assert said(first)["data"]["evidence"][0]["parser_version"] == 1


def test_a_refused_run_accepted_on_purpose_stands_in_it_without_the_persons_name(
    world: World,
) -> None:
    conn = world.conn
    world.fails("register", at("2026-05-19"), state=RunState.REFUSED)
    refused = conn.execute(sa.select(sa.func.max(Run.id))).scalar_one()
    world.look("register", at("2026-05-19", 9), [harbour(), northern()])
    accepting = conn.execute(sa.select(sa.func.max(Run.id))).scalar_one()
    conn.execute(
        sa.update(Run)
        .where(Run.id == accepting)
        .values(accepts_run_id=refused, because="the publisher split its list", asked_by="J. Doe")
    )
    one = freeze(world)
    (decision,) = said(one)["data"]["decisions"]
    assert (decision["kind"], decision["refused_run"]) == ("run_accepted", refused)
    assert decision["because"] == "the publisher split its list"
    assert decision["reasons"] == ["made to fail"]
    assert "J. Doe" not in one.document.decode()


def test_a_dossier_takes_as_many_queries_whatever_the_body_holds(world: World) -> None:
    def lamp(number: int, **more: Any) -> kit.Draft:
        lines = [line(str(n), f"object {n}", f"IEC {n + 1}:2020") for n in range(number)]
        found = northern(**more)
        said = msgspec.structs.replace(found.accreditations[0], number=f"D-PL-{number}")
        return msgspec.structs.replace(
            found, key=f"k{number}", accreditations=(said,), lines=tuple(lines)
        )

    def count() -> int:
        asked: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            asked.append(statement)

        sa.event.listen(world.conn, "before_cursor_execute", note)
        one = freeze(world, at("2026-05-27"), "b2")
        sa.event.remove(world.conn, "before_cursor_execute", note)
        held.append(len(said(one)["data"]["body"]["accreditations"]))
        return len(asked)

    held: list[int] = []
    few = count()
    for day in range(1, 8):
        stop = suspension(f"2026-04-{day:02}", key="1")
        many = [northern(events=[stop]), *(lamp(n, events=[stop]) for n in range(1, 10))]
        world.look("register", at("2026-05-25", 6 + day), [harbour(), *many])
    assert count() == few
    assert held == [1, 10]


def test_persons_of_a_real_list_are_in_no_dossier(traveller: Traveller) -> None:
    key = "sg_cpso"
    traveller.enrol(catalogue.discover()[key])
    path = next((Path(__file__).parents[2] / "sources" / key).glob("*.xlsx"))
    page = Page(url=f"https://example.org/{path.name}", body=path.read_bytes(), name=path.name)
    run_id = traveller.ask(key, traveller.sources[key].lists[0].name)
    now = traveller.clock.on(hours=1)
    assert carry_out(traveller.road, run_id, Given((page,), now)) is RunState.PUBLISHED
    bodies = [row.id for row in traveller.rows("select id from body order by id")]
    assert len(bodies) > 3
    with traveller.engine.connect() as conn:
        for id_ in bodies:
            one = dossier.freeze(conn, f"b{id_}", on=now.date(), known_at=now, now=now)
            for name, content in members(one.archive).items():
                text = content.decode()
                assert without_emails(text) == text
                if name.endswith(".csv"):
                    heading = text.removeprefix("\ufeff").splitlines()[0].split(",")
                    assert not [title for title in heading if is_personal(title)]
            assert not [key for key in keys(said(one)) if is_personal(key)]


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys(one)}
    if isinstance(value, list):
        return {key for one in value for key in keys(one)}
    return set()
