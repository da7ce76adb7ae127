"""`labdir account`, as an operator types it."""

from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from deploy.cli import main
from services import accounts, db
from services.terms import Role
from tests.services.store.build import at


@pytest.fixture
def runner(database_url: str, redis_url: str) -> CliRunner:
    return CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_REDIS_URL": redis_url})


def run(runner: CliRunner, *words: str) -> tuple[int, str]:
    done = runner.invoke(main, ["account", *words])
    return done.exit_code, done.output.strip()


def test_an_account_is_opened_given_a_key_and_a_link_and_closed(
    runner: CliRunner, database_url: str
) -> None:
    assert run(runner, "list") == (0, "There is no account.")
    code, said = run(runner, "add", "Harbour desk", "--role", "regulator")
    assert (code, said) == (0, "Harbour desk: account opened (regulator)")
    code, key = run(runner, "key", "Harbour desk")
    assert code == 0
    code, link = run(runner, "link", "Harbour desk", "--base", "http://127.0.0.1:8000/")
    address = urlsplit(link)
    assert (address.netloc, address.path) == ("127.0.0.1:8000", "/en/sign-in")
    assert not address.query, "what stands before the # is told to servers and their logs"
    secret = address.fragment
    engine = db.connect(database_url)
    now = at("2026-06-01")
    with engine.begin() as conn:
        found = accounts.who(conn, key, now)
        assert found is not None
        assert (found.name, found.role) == ("Harbour desk", Role.REGULATOR)
        assert accounts.sign_in(conn, secret, now) is not None
    assert run(runner, "list") == (0, "Harbour desk  regulator  1 keys")
    assert run(runner, "revoke", "Harbour desk")[1] == "Harbour desk: 3 secrets ended"
    assert run(runner, "close", "Harbour desk") == (0, "Harbour desk: account closed")
    assert "0 keys, closed 20" in run(runner, "list")[1]
    with engine.begin() as conn:
        assert accounts.who(conn, key, now) is None
    engine.dispose()


def test_what_cannot_be_done_is_said_with_its_exit_code(runner: CliRunner) -> None:
    code, said = run(runner, "key", "Nobody")
    assert code == 1
    assert 'There is no open account "Nobody"' in said
    run(runner, "add", "A")
    assert run(runner, "add", "A")[0] == 1
    code, said = run(runner, "add", "a person@example.org")
    assert (code, "address of a person" in said) == (2, True)
    assert run(runner, "add", "B", "--role", "king")[0] == 2
