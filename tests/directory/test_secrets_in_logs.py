"""What opens something stands in no log line: neither of what went well nor of any fault."""

import json
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
import structlog

from directory import who
from directory.who import COOKIE
from services import accounts, db, logs, passwords
from services.settings import Settings
from services.terms import Role, SecretKind
from services.watch import message
from tests.directory.api.conftest import fill
from tests.directory.api.test_bodies import battery_id
from tests.directory.api.test_watch import PUBLIC
from tests.directory.pages.desk import SAME, Front, front_door

PASSWORD = "seven grey herons"
WRONG = "eight grey herons"


@pytest.fixture
def front(make_database: Callable[[], str], redis_url: str) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url, redis_url=redis_url)) as one:
        yield one


def lines(err: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in err.splitlines() if line.startswith("{")]


def test_requests_that_carry_secrets_are_logged_without_them(
    front: Front, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id = front.account("Harbour desk", Role.READER)
    front.write(passwords.set_password, account_id, "Harbour desk", PASSWORD, front.clock())
    key = front.secret(account_id, SecretKind.API_KEY)
    link = front.secret(account_id, SecretKind.SIGN_IN_LINK)
    wrong_key = accounts.PREFIX + "w" * 43
    by_key = {"authorization": f"Bearer {key}"}
    client = front.client
    capsys.readouterr()

    assert client.get("/api/v1/account", headers=by_key).status_code == 200
    refused = client.get("/api/v1/account", headers={"authorization": f"Bearer {wrong_key}"})
    assert refused.status_code == 401
    assert client.get("/en/sign-in", params={"link": link}).status_code == 200
    sent = {"link": link}
    begun = client.post("/en/sign-in", data=sent, headers=SAME, follow_redirects=False)
    session = begun.cookies[COOKIE]
    assert client.get("/en/account").status_code == 200
    for typed, status in ((WRONG, 400), (PASSWORD, 303)):
        answer = client.post(
            "/en/sign-in/password",
            data={"name": "Harbour desk", "password": typed},
            headers=SAME,
            follow_redirects=False,
        )
        assert answer.status_code == status
    hook = client.post("/api/v1/subscriptions", json={"url": PUBLIC}, headers=by_key)
    assert hook.status_code == 201, hook.text
    made = client.post("/api/v1/shortlists", json={"bodies": [battery_id(client)]})
    shortlist = made.json()["data"]["key"]
    assert client.get(f"/en/shortlists/{shortlist}").status_code == 200

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"{key} and {session} in the words of a fault")

    monkeypatch.setattr(who, "principal_or_none", broken)
    assert client.get("/api/v1/account", headers=by_key).status_code == 500

    err = capsys.readouterr().err
    told = lines(err)
    asked = [(one["path"], one["status"]) for one in told if one["event"] == "request"]
    assert ("/api/v1/account", 200) in asked
    assert ("/api/v1/account", 401) in asked
    assert ("/en/shortlists/…", 200) in asked
    assert any(one["event"] == "fault" and "words of a fault" in str(one) for one in told)
    secrets = {
        "key": key, "wrong key": wrong_key, "link": link, "session": session,
        "password": PASSWORD, "wrong password": WRONG,
        "webhook secret": hook.json()["data"]["secret"], "shortlist": shortlist,
    }  # fmt: skip
    for name, secret in secrets.items():
        assert len(secret) > 10
        assert max(secret.split("_", 1), key=len) not in err, f"the {name} stands in the log"


def test_the_line_of_a_request_says_which_account_asked(
    front: Front, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id = front.account("Quay desk", Role.READER)
    key = front.secret(account_id, SecretKind.API_KEY)
    capsys.readouterr()
    front.client.get("/api/v1/account", headers={"authorization": f"Bearer {key}"})
    front.client.get("/api/v1/account")
    told = [one for one in lines(capsys.readouterr().err) if one["event"] == "request"]
    assert [(one["account"], one["status"]) for one in told] == [(account_id, 200), (None, 401)]


def test_a_fault_of_a_statement_names_its_text_and_not_its_values(database_url: str) -> None:
    engine = db.connect(database_url)
    secret = message.new_secret()
    with engine.connect() as conn, pytest.raises(sa.exc.ProgrammingError) as fault:
        conn.execute(sa.text("select :secret from nowhere"), {"secret": secret})
    engine.dispose()
    assert "from nowhere" in str(fault.value)
    assert secret not in str(fault.value)


@pytest.mark.parametrize(
    "engine", [db.connect_reading, db.connect_writing], ids=["reading", "writing"]
)
def test_nor_does_one_of_the_front_door(engine: Callable[[str], sa.Engine]) -> None:
    made = engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert made.sync_engine.hide_parameters is True  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"Bearer {accounts.PREFIX}{'a' * 43}", "Bearer labdir_…"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "whsec_…"),
        ("postgresql://labdir:s3cret@db/labdir", "postgresql://…@db/labdir"),
        ("redis://:s3cret@redis:6379/0", "redis://…@redis:6379/0"),
        ("/zh/shortlists/AAAABBBBCCCCDDDD_-_-_-99/enquiry", "/zh/shortlists/…/enquiry"),
        ("labdir_http_requests_total 5", "labdir_http_requests_total 5"),
        ("https://example.com:8000/a@b", "https://example.com:8000/a@b"),
    ],
)
def test_what_is_secret_by_its_form_is_written_as_dots(
    said: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    structlog.get_logger("labdir.test").warning("said", said=said)
    (line,) = lines(capsys.readouterr().err)
    assert line["said"] == told
