"""``labdir account``: who may keep audits, watchlists and subscriptions, and what opens them.

Keys and links are printed once, on standard output alone, so that a script can take them.
"""

import click

from deploy.at_hand import clock, road_at_hand
from services import accounts
from services.terms import Role, SecretKind


@click.group("account")
def account() -> None:
    """Accounts, their API keys and their sign-in links."""


@account.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.READER.value,
    show_default=True,
    help="What it may do: a reader's audits and watching, a regulator's kept bytes, all.",
)
def add(name: str, role: str) -> None:
    """Open an account for an office or a firm (never a person's name)."""
    with road_at_hand() as road, road.engine.begin() as conn:
        accounts.open_account(conn, name, Role(role), clock())
    click.echo(f"{name.strip()}: account opened ({role})")


@account.command("key")
@click.argument("name")
@click.option("--label", default="", help="What the key is for.")
def key(name: str, label: str) -> None:
    """Print a new API key. It is shown now and never again."""
    with road_at_hand() as road, road.engine.begin() as conn:
        account_id = accounts.find_account(conn, name)
        made = accounts.new_secret(conn, account_id, SecretKind.API_KEY, clock(), label=label)
    click.echo(made)


@account.command("link")
@click.argument("name")
@click.option(
    "--base",
    envvar="LABDIR_BASE",
    default="",
    help="Where the pages are, as http://127.0.0.1:8000; without it only the path is printed.",
)
def link(name: str, base: str) -> None:
    """Print a sign-in link: it opens the pages once, within an hour."""
    with road_at_hand() as road, road.engine.begin() as conn:
        account_id = accounts.find_account(conn, name)
        made = accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, clock())
    # behind the #: no server, no proxy and no log on the way is told what stands there
    click.echo(f"{base.rstrip('/')}/en/sign-in#{made}")


@account.command("list")
def list_all() -> None:
    """All accounts, their roles and how many keys open them."""
    with road_at_hand() as road, road.engine.connect() as conn:
        lines = accounts.accounts(conn, clock())
    for one in lines:
        ended = f", closed {one.closed_at:%Y-%m-%d}" if one.closed_at else ""
        click.echo(f"{one.name}  {one.role.value}  {one.keys} keys{ended}")
    if not lines:
        click.echo("There is no account.")


@account.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """End every key, link and session of an account; the account stays."""
    with road_at_hand() as road, road.engine.begin() as conn:
        ended = accounts.revoke_all(conn, accounts.find_account(conn, name), clock())
    click.echo(f"{name}: {ended} secrets ended")


@account.command("close")
@click.argument("name")
def close(name: str) -> None:
    """Close an account: nothing opens it any more and nothing is sent to its subscriptions."""
    with road_at_hand() as road, road.engine.begin() as conn:
        accounts.close_account(conn, accounts.find_account(conn, name), clock())
    click.echo(f"{name}: account closed")
