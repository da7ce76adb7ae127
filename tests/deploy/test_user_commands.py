"""`labdir user`: an account for the desk; its password comes by the terminal or a pipe alone."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from deploy.cli import main
from services import passwords


@pytest.fixture
def runner(database_url: str, redis_url: str) -> CliRunner:
    return CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_REDIS_URL": redis_url})


def test_a_steward_is_opened_by_a_pipe_and_given_another_password(
    runner: CliRunner, database_url: str
) -> None:
    done = runner.invoke(
        main, ["user", "add", "Desk", "--role", "steward"], input="seven grey herons\n"
    )
    assert (done.exit_code, "account opened (steward)" in done.output) == (0, True)
    assert "herons" not in done.output
    done = runner.invoke(main, ["user", "password", "Desk"], input="eight grey herons\n")
    assert done.exit_code == 0, done.output
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        held = passwords.held(conn, "Desk")
        told = conn.execute(sa.text("select action, before, after from audit_trail")).all()
    engine.dispose()
    assert passwords.fits(held, "eight grey herons")
    assert not passwords.fits(held, "seven grey herons")
    assert [row.action for row in told] == ["password_set", "password_set"]
    assert "herons" not in str(told)


def test_a_short_password_opens_no_account(runner: CliRunner, database_url: str) -> None:
    done = runner.invoke(main, ["user", "add", "Desk", "--role", "steward"], input="short\n")
    assert done.exit_code == 2
    assert "12 to 256 characters" in done.output
    assert runner.invoke(main, ["account", "list"]).output.strip() == "There is no account."


def test_a_password_is_no_argument(runner: CliRunner) -> None:
    done = runner.invoke(main, ["user", "add", "Desk", "seven grey herons", "--role", "steward"])
    assert done.exit_code == 2
