"""Keys, checkpoints, proofs and receipts over HTTP, verified as a stranger would."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar.testing import TestClient

from directory.app import create_app
from services.evidence import checkpoint, keys, log, receipt
from services.evidence.proofs import consistent, included
from services.settings import Settings
from tests.directory.api.conftest import NOW, Client, Clock, House
from tests.services.store.build import at, lab

ASKED = {"questions": [{"number": "CNAS L90417", "on": "2026-05-25", "ref": "row 7"}]}
JOSE = {"accept": "application/jose"}


def jwks(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/.well-known/jwks.json").json()["keys"]
    return found


def payload(token: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """RFC 7515, 5.2, with the signature's primitive alone."""
    header, said, signature = token.split(".")
    kid = json.loads(raw(header))["kid"]
    (key,) = (one for one in known if one["kid"] == kid)
    public = Ed25519PublicKey.from_public_bytes(raw(key["x"]))
    public.verify(raw(signature), f"{header}.{said}".encode())
    found: dict[str, Any] = json.loads(raw(said))
    return found


def raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def unhex(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


def test_public_keys_can_be_kept_and_hold_no_private_half(client: Client) -> None:
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "Ed25519", "sig")
    assert "d" not in key
    again = client.get("/.well-known/jwks.json", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    wrong = client.get("/.well-known/jwks.json?a=1")
    assert wrong.headers["content-type"] == "application/problem+json"


def test_a_receipt_is_issued_kept_and_verified(house: House) -> None:
    client = house.client
    made = client.post("/api/v1/receipts", json=ASKED)
    assert made.status_code == 201
    said = made.json()
    address = made.headers["location"]
    assert address == f"/api/v1/receipts/{said['id']}"
    assert payload(said["jws"], jwks(client)) == said["payload"]
    assert said["payload"]["answer"]["judged"]["verdict"] == "SUSPENDED"
    assert said["payload"]["answer"]["asked"]["ref"] == "row 7"
    assert said["payload"]["iss"] == "https://directory.example"
    assert said["payload"]["log"]["size"] == 1
    asked = client.post("/api/v1/validity", json=ASKED).json()["data"]["answer"]
    assert said["payload"]["answer"] == asked
    with house.clock.later(days=2):
        house.look(lambda world: world.look("register", at("2026-06-02"), [lab("L1")]))
        answer = client.get(address, headers=JOSE)
        assert answer.headers["content-type"] == "application/jose"
        assert answer.headers["vary"] == "accept"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.text == said["jws"]
        assert client.get(address).json() == said
    assert receipt.verify(said["jws"], jwks(client)).said.jti == said["id"]


def test_a_receipt_can_be_had_as_a_jws_at_once(client: Client) -> None:
    made = client.post("/api/v1/receipts", json=ASKED, headers=JOSE)
    assert made.status_code == 201
    assert payload(made.text, jwks(client))["answer"]["judged"]["verdict"] == "SUSPENDED"


def test_what_is_not_found_is_receipted_as_that(client: Client) -> None:
    asked = {"questions": [{"number": "CNAS L77777", "on": "2026-05-25"}]}
    said = client.post("/api/v1/receipts", json=asked).json()["payload"]
    assert said["answer"]["judged"]["verdict"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"questions": []}, "questions"),
        ({"questions": [{"number": "1"}, {"number": "2"}]}, "questions"),
        ({"questions": [{"numbr": "1"}]}, "numbr"),
        ({**ASKED, "known_at": "2026-06-02T00:00:00Z"}, "known_at"),
        ({**ASKED, "verdict": "VALID"}, "verdict"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_name(
    client: Client, body: dict[str, Any], named: str
) -> None:
    answer = client.post("/api/v1/receipts", json=body)
    assert answer.status_code == 400
    assert named in answer.text


def test_an_unknown_receipt_is_none(client: Client) -> None:
    answer = client.get("/api/v1/receipts/AAAAAAAAAAAAAAAAAAAAAAAA")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not in the directory")


def test_the_log_is_signed_once_a_size_and_grows_consistently(house: House) -> None:
    client = house.client
    first = client.get("/api/v1/log").json()["data"]
    with house.clock.later(hours=1):
        assert client.get("/api/v1/log").json()["data"] == first
        house.look(lambda world: world.look("register", at("2026-06-03"), [lab("L2")]))
        second = client.get("/api/v1/log").json()["data"]
    assert second["size"] == first["size"] + 1
    for one in (first, second):
        said = payload(one["jws"], jwks(client))
        assert said["origin"] == "https://directory.example"
        assert (said["size"], said["root"], said["kid"]) == (one["size"], one["root"], one["kid"])
        assert checkpoint.read_checkpoint(one["jws"], jwks(client)).root == one["root"]
    address = f"/api/v1/log/consistency?first={first['size']}&second={second['size']}"
    proof = client.get(address).json()["data"]
    roots = unhex([first["root"], second["root"]])
    assert consistent(first["size"], second["size"], unhex(proof["path"]), *roots)


def test_a_change_is_proven_from_its_row_to_the_signed_root(client: Client) -> None:
    signed = client.get("/api/v1/log").json()["data"]
    leaf = client.get(f"/api/v1/log/0?size={signed['size']}").json()["data"]
    held = leaf["inclusion"]
    assert held["root"] == signed["root"]
    data = log.leaf_hash(leaf["data"].encode())
    root = bytes.fromhex(signed["root"])
    assert data.hex() == held["leaf_hash"]
    assert included(data, 0, signed["size"], unhex(held["path"]), root)
    assert leaf["root"] in leaf["data"]
    for number in range(leaf["rows"]):
        row = client.get(f"/api/v1/log/0/rows/{number}").json()["data"]
        said = log.leaf_hash(row["data"].encode())
        path = unhex(row["inclusion"]["path"])
        assert included(said, number, leaf["rows"], path, bytes.fromhex(leaf["root"]))


@pytest.mark.parametrize(
    ("address", "status", "named"),
    [
        ("/api/v1/log/99", 404, "no position 99"),
        ("/api/v1/log/x", 400, 'position is "x"'),
        ("/api/v1/log/0?size=99", 400, "size is 99; the log has"),
        ("/api/v1/log/0?size=0", 400, "size is 0"),
        ("/api/v1/log/0/rows/999", 404, "no row 999"),
        ("/api/v1/log/consistency?first=0", 400, "first is 0"),
        ("/api/v1/log/consistency?first=1&second=99", 400, "second is 99"),
        ("/api/v1/log?size=1", 400, "size"),
    ],
)
def test_what_the_log_does_not_hold_is_said(
    client: Client, address: str, status: int, named: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert named in answer.json()["detail"]


def test_without_a_key_nothing_is_signed_and_the_remedy_is_said(house: House) -> None:
    with TestClient(
        create_app(Settings(database_url=house.url), Clock(NOW + timedelta(days=9))),
        raise_server_exceptions=False,
    ) as keyless:
        house.look(lambda world: world.look("register", at("2026-06-09"), [lab("L9")]))
        for answer in (keyless.get("/api/v1/log"), keyless.post("/api/v1/receipts", json=ASKED)):
            assert answer.status_code == 503
            assert "No folder for signing keys" in answer.json()["detail"]
            assert "labdir key new" in answer.json()["remedy"]
        assert keyless.get("/api/v1/log/0").status_code == 200


def test_a_rewritten_log_is_not_signed(house: House) -> None:
    client = house.client
    signed = client.get("/api/v1/log").json()["data"]
    engine = sa.create_engine(house.url)
    flip = (
        "update log_leaf set tree_root = set_byte(tree_root, 0, get_byte(tree_root, 0) # 1)"
        f" where position = {signed['size']}"
    )
    house.look(lambda world: world.look("register", at("2026-06-10"), [lab("L10")]))
    with engine.begin() as conn:
        conn.exec_driver_sql(flip)
    answer = client.get("/api/v1/log")
    assert answer.status_code == 500
    assert "labdir log verify" in answer.text
    with engine.begin() as conn:
        conn.exec_driver_sql(flip)
        assert keys.public_keys(conn)
    engine.dispose()
