"""Receipts verify here, with bare primitives, and with somebody else's JOSE library."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptojwt.exception import JWKESTException
from cryptojwt.jwk.okp import OKPKey as TheirKey
from cryptojwt.jws.jws import factory
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, NotFound
from services.evidence import keys, log, receipt
from services.evidence.keys import BadSignature, Signer
from services.evidence.receipt import Issued
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.store.build import at, on

NOW = at("2026-06-01")
ORIGIN = "https://directory.example"


@pytest.fixture
def issued(conn: Connection, signs: Signer) -> Issued:
    asked = Asked(number="CNAS L90417", on=on("2026-05-25"), ref="row 7")
    found, about = answer(conn, asked, known_at=NOW, today=NOW.date())
    return receipt.issue(conn, found, about, NOW, signs, origin=ORIGIN)


def coded(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def by_hand(token: str, jwks: list[dict[str, Any]]) -> dict[str, Any]:
    """RFC 7515, 5.2 with nothing but the signature's primitive."""
    header, payload, signature = token.split(".")
    named = json.loads(decoded(header))
    assert named["alg"] == "Ed25519"
    (key,) = (one for one in jwks if one["kid"] == named["kid"])
    public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
    public.verify(decoded(signature), f"{header}.{payload}".encode())
    found: dict[str, Any] = json.loads(decoded(payload))
    return found


def by_another_library(token: str, jwks: list[dict[str, Any]]) -> dict[str, Any]:
    """The same with IdentityPython's cryptojwt."""
    found: dict[str, Any] = factory(token, alg="Ed25519").verify_compact(
        token, [TheirKey(**one) for one in jwks]
    )
    return found


def test_a_receipt_says_the_question_the_answer_and_its_place_in_the_log(
    conn: Connection, issued: Issued
) -> None:
    one = receipt.verify(issued.jws, keys.public_keys(conn))
    said = one.said
    assert (said.iss, said.jti, said.iat) == (ORIGIN, issued.id, int(NOW.timestamp()))
    assert said.answer.asked.number == "CNAS L90417"
    assert said.answer.judged.verdict == "SUSPENDED"
    assert said.answer.judged.reasons[0].rule > 0
    assert said.answer.event is not None
    assert said.answer.evidence[0].sha256
    assert (said.log.position, said.log.size) == (2, 3)
    assert said.log.root == log.tree_root(conn, 3).hex()
    assert said.rule_version
    assert said.known_at == NOW
    assert len(issued.id) == 24


def test_a_receipt_is_served_byte_for_byte_as_issued(conn: Connection, issued: Issued) -> None:
    assert receipt.stored(conn, issued.id) == issued
    with pytest.raises(NotFound, match="no such receipt"):
        receipt.stored(conn, issued.id[:-1])


def test_a_receipt_of_a_place_that_the_log_never_had_is_not_issued(
    conn: Connection, issued: Issued, signs: Signer
) -> None:
    said = issued.said.answer
    _, about = answer(conn, said.asked, known_at=NOW, today=NOW.date())
    beyond = msgspec.structs.replace(about, log_position=3)
    with pytest.raises(BadQuestion, match="no position 3"):
        receipt.issue(conn, said, beyond, NOW, signs, origin=ORIGIN)


@pytest.mark.parametrize("verify", [by_hand, by_another_library])
def test_a_receipt_verifies_without_this_directorys_code(
    conn: Connection, issued: Issued, verify: Callable[..., dict[str, Any]]
) -> None:
    published = json.loads(msgspec.json.encode(keys.public_keys(conn)))
    said = verify(issued.jws, published)
    assert said["iss"] == ORIGIN
    assert said["answer"]["judged"]["verdict"] == "SUSPENDED"


def doctored_payload(token: str) -> str:
    header, payload, signature = token.split(".")
    said = decoded(payload).replace(b'"SUSPENDED"', b'"VALID"', 1)
    assert said != decoded(payload)
    return f"{header}.{coded(said)}.{signature}"


def doctored_kid(token: str) -> str:
    header, payload, signature = token.split(".")
    return f"{coded(json.loads(decoded(header)) | {'kid': 'A' * 43})}.{payload}.{signature}"


def algorithm(name: str) -> Callable[[str], str]:
    def doctored(token: str) -> str:
        header, payload, signature = token.split(".")
        return f"{coded(json.loads(decoded(header)) | {'alg': name})}.{payload}.{signature}"

    return doctored


def unsigned(token: str) -> str:
    header, payload, _ = token.split(".")
    return f"{coded(json.loads(decoded(header)) | {'alg': 'none'})}.{payload}."


def another_signature(token: str) -> str:
    header, payload, signature = token.split(".")
    raw = decoded(signature)
    return f"{header}.{payload}.{coded(bytes([raw[0] ^ 1]) + raw[1:])}"


def more_in_the_header(token: str) -> str:
    header, payload, signature = token.split(".")
    more = json.loads(decoded(header)) | {"crit": ["b64"], "b64": False}
    return f"{coded(more)}.{payload}.{signature}"


DOCTORED = {
    doctored_payload: "signature does not hold",
    doctored_kid: 'key "A{43}" is not among',
    algorithm("EdDSA"): 'signed by "EdDSA"; only Ed25519',
    algorithm("HS256"): 'signed by "HS256"; only Ed25519',
    unsigned: 'signed by "none"',
    another_signature: "signature does not hold",
    more_in_the_header: 'more than it may: "b64"',
}


@pytest.mark.parametrize(("doctor", "reason"), DOCTORED.items())
def test_a_doctored_receipt_is_refused_with_the_reason(
    conn: Connection, issued: Issued, doctor: Callable[[str], str], reason: str
) -> None:
    with pytest.raises(BadSignature, match=reason):
        receipt.verify(doctor(issued.jws), keys.public_keys(conn))


@pytest.mark.parametrize("doctor", [doctored_payload, another_signature, algorithm("HS256")])
def test_others_refuse_a_doctored_receipt_too(
    conn: Connection, issued: Issued, doctor: Callable[[str], str]
) -> None:
    public = keys.public_keys(conn)
    with pytest.raises((InvalidSignature, AssertionError)):
        by_hand(doctor(issued.jws), public)
    with pytest.raises((JWKESTException, AttributeError)):
        by_another_library(doctor(issued.jws), public)


def test_a_receipt_outlives_its_key_but_none_is_issued_after(
    conn: Connection, issued: Issued, signs: Signer
) -> None:
    keys.retire_key(conn, signs.kid, NOW + timedelta(days=1))
    one = receipt.verify(issued.jws, keys.public_keys(conn))
    assert one.retired_at == NOW + timedelta(days=1)
    assert "retired since 2026-06-02" in receipt.in_words(one)[-2]
    said = issued.said.answer
    _, about = answer(conn, said.asked, known_at=NOW, today=NOW.date())
    late = receipt.issue(conn, said, about, NOW + timedelta(days=2), signs, origin=ORIGIN)
    with pytest.raises(BadSignature, match=r"issued on 2026-06-03.*retired on 2026-06-02"):
        receipt.verify(late.jws, keys.public_keys(conn))


def test_a_signature_over_something_else_is_no_receipt(conn: Connection, signs: Signer) -> None:
    with pytest.raises(BadSignature, match="no receipt of this form"):
        receipt.verify(signs.sign(b'{"a":1}', receipt.TYPE), keys.public_keys(conn))
    with pytest.raises(BadSignature, match='of the type "labdir-checkpoint'):
        receipt.verify(signs.sign(b"{}", "labdir-checkpoint+jwt"), keys.public_keys(conn))


def test_what_it_says_is_told_in_words(conn: Connection, issued: Issued) -> None:
    words = "\n".join(receipt.in_words(receipt.verify(issued.jws, keys.public_keys(conn))))
    assert "Asked: CNAS L90417 on 2026-05-25" in words
    assert "Verdict: SUSPENDED, confidence " in words
    assert "(rule " in words
    assert "by the event: suspended 2026-05-20" in words
    assert "evidence: " in words
    assert "Rules " in words
    assert "Reference: row 7" in words


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "is none"), ("{}", 'no member "jws"'), ('{"jws": 7}', 'no member "jws"'),
     ("x" * 1_000_001, "no receipt has more")],
)  # fmt: skip
def test_a_file_without_a_receipt_says_so(text: str, reason: str) -> None:
    with pytest.raises(BadSignature, match=reason):
        receipt.token_in(text)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": 1}', '{"keys": [1]}'])
def test_keys_that_are_no_set_say_so(text: str) -> None:
    with pytest.raises(BadSignature, match="The keys are no"):
        receipt.keys_in(text)


def test_a_receipt_is_found_by_itself_and_within_json(issued: Issued) -> None:
    assert receipt.token_in(f"\n{issued.jws}\n") == issued.jws
    assert receipt.token_in(json.dumps({"jws": issued.jws})) == issued.jws
    assert receipt.token_in(json.dumps({"data": {"jws": issued.jws}, "meta": {}})) == issued.jws


def test_a_qr_code_is_a_picture_without_script() -> None:
    address = 'https://directory.example/en/receipts/a?b="<c>&d'
    svg = receipt.qr_svg(address)
    root = ET.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "path"}
    assert "viewBox" in root.attrib, "it takes the size of its place"
    assert "width" not in root.attrib
    assert root.findtext("{http://www.w3.org/2000/svg}title") == address
    names = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in names)
    assert receipt.qr_svg(address + "e") != svg
