"""Signing in and out as the audit trail tells it."""

from datetime import datetime

from sqlalchemy.engine import Connection

from services import accounts, passwords
from services.desk.trail import tell
from services.terms import DeskAction, SecretKind


def by_password(conn: Connection, account_id: int, now: datetime) -> str:
    """A new session's secret, once the password was found right."""
    tell(conn, account_id, DeskAction.SIGNED_IN, "account", now, after={"by": "password"})
    return accounts.new_secret(conn, account_id, SecretKind.SESSION, now)


def failed(conn: Connection, account_id: int, now: datetime) -> None:
    """A wrong password for this account. An attempt with a name that nobody has is told nowhere:
    what was typed there may be a password."""
    tell(conn, account_id, DeskAction.SIGN_IN_FAILED, "account", now)


def by_link(conn: Connection, link: str, now: datetime) -> str | None:
    """Use up a link: a new session's secret, or None where the link opens nothing."""
    session = accounts.sign_in(conn, link, now)
    found = accounts.who(conn, session, now) if session else None
    if found is not None:
        tell(conn, found.account_id, DeskAction.SIGNED_IN, "account", now, after={"by": "link"})
    return session


def out_everywhere(conn: Connection, account_id: int, now: datetime) -> int:
    """End every session of the account; returns how many. Its keys stay."""
    ended = accounts.revoke_all(conn, account_id, now, kind=SecretKind.SESSION)
    tell(conn, account_id, DeskAction.SIGNED_OUT_EVERYWHERE, "account", now, after={"ended": ended})
    return ended


def new_password(conn: Connection, account_id: int, name: str, password: str, now: datetime) -> int:
    """Another password: whoever came in by the old one is out. Returns how many sessions ended; the
    account's keys stay. Raises BadQuestion for a poor one."""
    passwords.set_password(conn, account_id, name, password, now)
    ended = accounts.revoke_all(conn, account_id, now, kind=SecretKind.SESSION)
    tell(conn, account_id, DeskAction.PASSWORD_SET, "account", now, after={"ended": ended})
    return ended
