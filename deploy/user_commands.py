"""``labdir user``: whoever signs in at the desk, by name and password.

A password is read from the terminal, or from standard input where that is a pipe; never from an
argument, which other users of the machine and the shell's history would see.
"""

import sys

import click

from deploy.at_hand import clock, road_at_hand
from services import accounts, passwords
from services.desk import signing
from services.desk.trail import tell
from services.terms import DeskAction, Role


@click.group("user")
def user() -> None:
    """Who signs in at the desk: accounts with a password."""


def _typed() -> str:
    """The password, without the line's end. Asked twice where a person types it unseen."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@user.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What it may do, each what those before it may: reader, regulator, steward, operator.",
)
def add(name: str, role: str) -> None:
    """Open an account that signs in by NAME and a password of at least 12 characters."""
    typed = _typed()
    with road_at_hand() as road, road.engine.begin() as conn:
        now = clock()
        account_id = accounts.open_account(conn, name, Role(role), now)
        passwords.set_password(conn, account_id, name, typed, now)
        tell(conn, account_id, DeskAction.PASSWORD_SET, "account", now)
    click.echo(f"{name.strip()}: account opened ({role}); it signs in at /en/sign-in")


@user.command("password")
@click.argument("name")
def password(name: str) -> None:
    """Set another password. The account's sessions end; its keys stay."""
    typed = _typed()
    with road_at_hand() as road, road.engine.begin() as conn:
        now = clock()
        account_id = accounts.find_account(conn, name)
        ended = signing.new_password(conn, account_id, name, typed, now)
    click.echo(f"{name.strip()}: password set; {ended} sessions ended")
