"""Receipts: issued from the check page, shown as issued, scanned to this host and no other."""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser

from directory.app import create_app
from services.evidence import receipt
from services.evidence.keys import new_key, public_keys
from services.settings import ProofSettings, Settings
from tests.directory.api.conftest import NOW, fill
from tests.directory.pages.desk import SAME, Front, Shown, front_door
from tests.services.store.build import World, at, lab

ORIGIN = "https://directory.example"
SENT = {"number": "CNAS L90417", "on": "2026-05-25"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str], folder: str) -> Iterator[Front]:
    url = make_database()

    def begin(world: World) -> None:
        fill(world)
        new_key(world.conn, folder, NOW)

    proof = ProofSettings(keys=folder, origin=ORIGIN)
    with front_door(url, begin, Settings(database_url=url, proof=proof)) as one:
        yield one


def issue(front: Front, code: str = "en", sent: dict[str, str] | None = None) -> str:
    answer = front.client.post(
        f"/{code}/check/receipt", data=sent or SENT, headers=SAME, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


def test_the_button_signs_the_answer_that_is_seen(front: Front) -> None:
    shown = Shown(front.client.get("/en/check?number=CNAS+L90417&on=2026-05-25"))
    form = shown.one("form[method=post]")
    sent = {
        str(one.attributes["name"]): str(one.attributes["value"])
        for one in form.css("input[type=hidden]")
    }
    assert sent["known_at"] == "2026-06-01T12:00:00.000000Z"
    with front.clock.later(days=1):
        to = issue(front, "en", sent)
        assert re.fullmatch(r"/en/receipts/[A-Za-z0-9_-]{24}", to)
        jws = front.client.get(f"{to}/jws")
    assert jws.headers["content-type"] == "application/jose"
    assert jws.headers["content-disposition"].endswith('.jws"')
    said = receipt.verify(jws.text, front.write(public_keys)).said
    assert said.answer.judged.verdict == "SUSPENDED"
    assert said.known_at == NOW
    assert said.answer.asked.number == "CNAS L90417"
    assert said.iss == ORIGIN


@pytest.mark.parametrize(
    ("code", "sentence", "holds", "verify"),
    [
        ("en", "On 2026-05-25, CNAS L90417 was suspended.", "The signature holds.", "JOSE"),
        ("zh", "2026-05-25，CNAS L90417 处于暂停状态。", "签名成立。", "JOSE"),
    ],
)
def test_a_receipt_says_what_was_asked_answered_and_by_what(
    front: Front, code: str, sentence: str, holds: str, verify: str
) -> None:
    to = issue(front, code)
    answer = front.client.get(to)
    assert answer.status_code == 200
    assert len(answer.content) < 100_000
    shown = Shown(answer)
    assert " ".join(shown.one("h1").text().split()) == sentence
    assert holds in shown.text(".signed")
    whole = shown.text()
    told = front.client.get(f"/api/v1{to.removeprefix(f'/{code}')}").json()
    for word in (
        told["id"], told["payload"]["log"]["root"], told["payload"]["rule_version"], ORIGIN,
        "SUSPENDED", f"labdir receipt verify receipt-{told['id']}.jws --jwks jwks.json",
        f"{ORIGIN}/.well-known/jwks.json", "2026-05-20", verify,
    ):  # fmt: skip
        assert word in whole, word
    kid = front.write(public_keys)[0]["kid"]
    assert kid in whole
    assert shown.text(".jws") == told["jws"]
    assert "Source register" in whole or "来源 register" in whole
    assert f"{to}/jws" in shown.links()
    assert f"/api/v1/receipts/{told['id']}" in shown.links()


def test_it_says_the_same_whatever_was_learned_since(front: Front) -> None:
    to = issue(front)
    before = front.client.get(to).text
    with front.clock.later(days=3):
        front.publish(lambda world: world.look("register", at("2026-06-02"), [lab("L77")]))
        after = front.client.get(to).text
    first, second = (LexborHTMLParser(text).css_first("main") for text in (before, after))
    assert first is not None
    assert second is not None
    assert first.text() == second.text()


def test_what_is_scanned_leads_to_this_host_alone(front: Front) -> None:
    to = issue(front, "zh")
    shown = Shown(front.client.get(to, headers={"host": "elsewhere.example"}))
    assert f"{ORIGIN}{to}" in shown.text(".qrbox")
    assert shown.one(".qrbox svg title").text() == f"{ORIGIN}{to}"
    assert "elsewhere.example" not in shown.html
    drawn = (shown.one(".qrbox svg").html or "").replace(f"{ORIGIN}{to}", "")
    assert "<script" not in drawn
    assert "style=" not in drawn


def test_without_an_address_of_its_own_nothing_is_to_be_scanned(front: Front, folder: str) -> None:
    to = issue(front)
    settings = Settings(database_url=front.url, proof=ProofSettings(keys=folder))
    with TestClient(create_app(settings, front.clock)) as client:
        shown = Shown(client.get(to))
    assert not shown.tree.css(".qrbox")
    assert "the address of this directory is not set" in shown.text()


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_doctored_or_unknown_id_is_not_there(front: Front, code: str) -> None:
    good = issue(front, code)
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    for path in (bad, f"/{code}/receipts/none", f"/{code}/receipts/{'A' * 24}", f"{bad}/jws",
                 f"/{code}/receipts/%00{'A' * 23}"):  # fmt: skip
        answer = front.client.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("text/html")


def test_a_doctored_row_is_not_passed_off_as_signed(front: Front) -> None:
    to = issue(front)
    receipt_id = to.rsplit("/", 1)[1]

    def doctor(conn: sa.Connection) -> None:
        jws = conn.execute(
            sa.text("select jws from receipt where id = :id"), {"id": receipt_id}
        ).scalar_one()
        head, said, signature = jws.split(".")
        broken = ("A" if signature[0] != "A" else "B") + signature[1:]
        conn.execute(
            sa.text("update receipt set jws = :jws where id = :id"),
            {"jws": f"{head}.{said}.{broken}", "id": receipt_id},
        )

    front.write(doctor)
    answer = front.client.get(to)
    assert answer.status_code == 500
    shown = Shown(answer)
    assert "The signature does not hold" in shown.text("[role=alert]")
    assert not shown.tree.css(".signed")


@pytest.mark.parametrize(
    ("code", "said"), [("en", "No receipt can be issued here now"), ("zh", "目前无法签发回执")]
)
def test_without_a_key_it_is_said_and_the_answer_stands(front: Front, code: str, said: str) -> None:
    with TestClient(create_app(Settings(database_url=front.url), front.clock)) as client:
        answer = client.post(f"/{code}/check/receipt", data=SENT, headers=SAME)
    assert answer.status_code == 503
    shown = Shown(answer)
    assert shown.text("h1") == said
    assert "labdir key new" in shown.text()
    assert f"/{code}/check?number=CNAS+L90417&on=2026-05-25" in shown.links()


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {}],
)
def test_another_site_cannot_have_something_signed(front: Front, headers: dict[str, str]) -> None:
    answer = front.client.post("/en/check/receipt", data=SENT, headers=headers)
    assert answer.status_code == 403


def test_a_question_that_cannot_be_read_is_told_in_its_form(front: Front) -> None:
    answer = front.client.post(
        "/en/check/receipt", data={"number": "L90417", "on": "tomorrow"}, headers=SAME
    )
    assert answer.status_code == 400
    shown = Shown(answer)
    assert shown.one("#on").attributes["value"] == "tomorrow"
    assert "is no day" in shown.text("#on-what")


def test_what_is_not_found_has_a_receipt_too(front: Front) -> None:
    shown = Shown(front.client.get(issue(front, "en", {"number": "CNAS L99999"})))
    assert "CNAS L99999 is not found in this directory." in shown.text("h1")
