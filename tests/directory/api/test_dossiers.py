"""A dossier over HTTP: fixed, hashed, the same bytes for ever, and bytes for those who may."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from litestar.testing import TestClient

from directory.app import create_app
from services.settings import Settings
from services.terms import Role
from tests.directory.api.conftest import Clock, House, drafts
from tests.services.store.build import World, at, lab

AT = {"on": "2026-05-31", "known_at": "2026-05-31T12:00:00Z"}
ZIP = AT | {"format": "zip"}


@pytest.fixture(scope="module")
def house(make_database: Callable[[], str]) -> Iterator[House]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",), bytes_public=True)
        world.source("other", authoritative_for=("CNAS",))
        world.look("register", at("2026-05-30"), drafts())
        world.look("other", at("2026-05-30", 8), [lab(key="copy")])
        conn.commit()
    engine.dispose()
    clock = Clock()
    app = create_app(Settings(database_url=url), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(url, client, clock)


def get(
    house: House,
    asked: dict[str, str],
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Any:
    answer = house.client.get(
        "/api/v1/bodies/b1/dossier", params=asked, headers=headers, follow_redirects=False
    )
    assert answer.status_code == status, answer.text
    return answer


def names(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        return set(held.namelist())


def test_it_is_json_with_its_hash_and_a_strong_tag(house: House) -> None:
    answer = get(house, AT)
    digest = hashlib.sha256(answer.content).digest()
    assert answer.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
    assert answer.headers["etag"] == f'"{digest.hex()}"'
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["last-modified"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    document = answer.json()
    assert document["meta"]["as_known_at"] == AT["known_at"]
    (acc,) = document["data"]["body"]["accreditations"]
    assert acc["status"]["verdict"] == "SUSPENDED"
    held = {"if-none-match": answer.headers["etag"]}
    again = house.client.get("/api/v1/bodies/b1/dossier", params=AT, headers=held)
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_of_the_documented_form(house: House) -> None:
    schema = house.client.get("/schema/openapi.json").json()
    form = {"$ref": "#/components/schemas/DossierDocument", "components": schema["components"]}
    faults = list(Draft202012Validator(form).iter_errors(get(house, AT).json()))
    assert not faults, faults[0].message


def test_asked_without_a_fixed_moment_it_sends_on_to_one(house: House) -> None:
    for asked in ({}, {"known_at": "2026-06-01"}, {"on": "2026-06-01"}, {"known_at": ""}):
        where = get(house, asked, 303).headers["location"]
        said = parse_qs(urlsplit(where).query)
        assert said == {"on": ["2026-06-01"], "known_at": ["2026-06-01T00:00:00Z"]}
    past = {"known_at": "2026-05-31T09:00:00Z", "format": "zip"}
    fixed = get(house, past, 303).headers["location"]
    assert parse_qs(urlsplit(fixed).query) == {
        "on": ["2026-06-01"],
        "known_at": ["2026-05-31T09:00:00Z"],
        "format": ["zip"],
    }
    with house.clock.later(hours=5):  # nothing was learned: one and the same dossier
        assert get(house, {}, 303).headers["location"] == where
    followed = house.client.get("/api/v1/bodies/b1/dossier")
    assert followed.status_code == 200
    assert followed.json()["data"]["asked"] == "b1"


def test_it_is_the_same_bytes_after_later_syncs_and_a_merge(house: House) -> None:
    before, packed = get(house, AT), get(house, ZIP)

    def later(world: World) -> None:
        other = drafts()[1]
        world.look("register", at("2026-06-01"), [lab(name="Renamed Ltd"), other])
        world.look("other", at("2026-06-01", 8), [lab(key="copy", expires=None)])
        world.merge(1, 2, at("2026-06-01", 9))

    house.look(later)
    with house.clock.later(days=400):
        after, repacked = get(house, AT), get(house, ZIP)
        assert after.content == before.content
        assert repacked.content == packed.content
        for name in ("etag", "repr-digest", "last-modified"):
            assert after.headers[name] == before.headers[name]
        now = house.client.get("/api/v1/bodies/b1/dossier").json()
        assert now["data"]["body"]["id"] == "b2"


def test_the_zip_holds_the_same_document_and_its_extracts(house: House) -> None:
    answer = get(house, ZIP)
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as held:
        assert held.read("dossier.json") == get(house, AT).content
        lines = held.read("accreditations/a1/lines.csv").decode("utf-8-sig")
    assert "锂电池" in lines


@pytest.mark.parametrize("role", list(Role))
def test_kept_bytes_are_for_regulators_and_stewards_and_permitted_sources_alone(
    house: House, role: Role
) -> None:
    public = get(house, ZIP)
    assert not any(name.startswith("bytes/") for name in names(public.content))
    answer = get(house, ZIP, headers=house.opens(f"desk {role.value}", role))
    given = {name for name in names(answer.content) if name.startswith("bytes/")}
    if role is Role.READER:
        assert answer.content == public.content
        return
    evidence = get(house, AT).json()["data"]["evidence"]
    allowed = {one["sha256"] for one in evidence if one["source"] == "register"}
    barred = {one["sha256"] for one in evidence if one["source"] == "other"}
    assert allowed
    assert barred
    assert given == {"bytes/withheld.csv", *(f"bytes/{one}" for one in allowed)}
    assert answer.headers["cache-control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as held:
        for one in allowed:
            assert hashlib.sha256(held.read(f"bytes/{one}")).hexdigest() == one
        withheld = held.read("bytes/withheld.csv").decode("utf-8-sig")
    assert all(one in withheld for one in barred)
    assert names(answer.content) - given == names(public.content)


def test_a_key_that_opens_nothing_is_refused(house: House) -> None:
    nothing = {"authorization": "Bearer labdir_" + "x" * 43}
    answer = get(house, ZIP, 401, nothing)
    assert answer.json()["type"] == "/schema#problem-unauthorized"


def test_a_doctored_dossier_is_a_problem_that_names_the_hashes(house: House) -> None:
    asked = AT | {"known_at": "2026-05-31T13:00:00Z"}
    before = get(house, asked)

    def doctor(world: World) -> None:
        wrong = {"hash": b"\0" * 32, "at": asked["known_at"]}
        world.conn.execute(sa.text("update dossier set sha256 = :hash where known_at = :at"), wrong)

    house.look(doctor)
    problem = get(house, asked, 500).json()
    assert problem["type"] == "/schema#problem-damaged"
    assert hashlib.sha256(before.content).hexdigest() in problem["detail"]
    assert "00" * 32 in problem["detail"]


@pytest.mark.parametrize(
    ("asked", "status", "parameter"),
    [
        ({"format": "pdf", **AT}, 400, "format"),
        ({"on": "2026-02-30"}, 400, "on"),
        ({"known_at": "2027-01-01T00:00:00Z", "on": "2026-05-31"}, 400, "known_at"),
        ({"on": "2020-01-01", "known_at": "2020-01-01T00:00:00Z"}, 404, None),
        ({"rules": "1999.9", **AT}, 404, None),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(
    house: House, asked: dict[str, str], status: int, parameter: str | None
) -> None:
    problem = get(house, asked, status).json()
    assert problem.get("parameter") == parameter
    assert problem["detail"]


@pytest.mark.parametrize("odd", ["%05", "%C2%BDc%F2%87%8B%A1", "%23R%C2%AB", "b1%3Fon=x"])
def test_an_odd_id_is_sent_on_to_an_address_that_is_one(house: House, odd: str) -> None:
    asked = {"known_at": "2026-05-30T06:00:00Z"}
    answer = house.client.get(f"/api/v1/bodies/{odd}/dossier", params=asked, follow_redirects=False)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.isascii()
    assert where.isprintable()
    assert house.client.get(where).status_code == 400


def test_an_unknown_body_has_no_dossier(house: House) -> None:
    for id_, status in (("b999", 404), ("x1", 400)):
        answer = house.client.get(f"/api/v1/bodies/{id_}/dossier")
        assert answer.status_code == status, answer.text
