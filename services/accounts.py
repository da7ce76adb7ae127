"""Who asks: accounts of offices and firms, and the secrets that open them.

A secret is 256 bits from the system's source of randomness and is shown once; the database keeps
its SHA-256 alone, so that a copy of it opens nothing. It is found by that hash through an index:
what time the look-up takes tells nothing of a secret, and a slow hash would guard nothing more,
because nobody guesses 256 bits.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, Conflict, NotFound
from services.terms import Role, SecretKind, SubscriptionState

PREFIX = "labdir_"  # a leaked key is recognised as one by whoever finds it
LENGTH = len(PREFIX) + 43
LINK_LASTS = timedelta(hours=1)
SESSION_LASTS = timedelta(hours=12)
LONGEST_NAME = 80
MOST_KEYS = 50  # that open an account at once
_OPENING = (SecretKind.API_KEY, SecretKind.SESSION)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, once they have shown a secret."""

    account_id: int
    name: str
    role: Role

    def may(self, least: Role) -> bool:
        """Whether this role may do what ``least`` may: each may what those before it may."""
        order = tuple(Role)
        return order.index(self.role) >= order.index(Role(least))


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as its keeper lists it. ``keys``: API keys that open it now."""

    name: str
    role: Role
    created_at: datetime
    closed_at: datetime | None
    keys: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A key or session that opens an account, without the secret itself. ``this``: it is the one
    that whoever asks came with."""

    id: int
    kind: SecretKind
    label: str
    created_at: datetime
    expires_at: datetime | None
    this: bool


def digest(secret: str) -> bytes:
    """What is kept of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def open_account(conn: Connection, name: str, role: Role, now: datetime) -> int:
    """A new account; returns its id.

    Raises BadQuestion for a name that is none and Conflict where it is taken (a closed account
    keeps its name: what it did stays its own).
    """
    put = (
        insert(m.Account)
        .values(name=_plain(name), role=role, created_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(m.Account.id)
    )
    made = conn.execute(put).scalar_one_or_none()
    if made is None:
        raise Conflict(f'There is an account "{name.strip()}" already.', "Choose another name.")
    return int(made)


def _plain(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadQuestion(
            f"name: it has {len(name)} characters, or some that cannot be printed.",
            f"Write 1 to {LONGEST_NAME} characters on one line.",
        )
    if "@" in name:  # the directory keeps no personal data, of its users neither
        raise BadQuestion(
            f'name: "{name}" looks like an address of a person.',
            "Name the office or the firm.",
        )
    return name


def find_account(conn: Connection, name: str) -> int:
    """The id of an open account. Raises NotFound."""
    query = sa.select(m.Account.id).where(
        m.Account.name == name.strip(), m.Account.closed_at.is_(None)
    )
    found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(f'There is no open account "{name}".', "labdir account list shows them.")
    return int(found)


def new_secret(
    conn: Connection,
    account_id: int,
    kind: SecretKind,
    now: datetime,
    *,
    label: str = "",
    lasts: timedelta | None = None,
) -> str:
    """A new secret of the account, shown here once and never again.

    ``lasts``: how long it opens; a link 1 hour and a session 12 hours unless said otherwise, a key
    until it is revoked.
    """
    usual = {SecretKind.SIGN_IN_LINK: LINK_LASTS, SecretKind.SESSION: SESSION_LASTS}
    lasts = usual.get(kind) if lasts is None else lasts
    secret = PREFIX + secrets.token_urlsafe(32)
    conn.execute(
        sa.insert(m.Secret).values(
            account_id=account_id,
            kind=kind,
            digest=digest(secret),
            label=label,
            created_at=now,
            expires_at=None if lasts is None else now + lasts,
        )
    )
    return secret


def new_key(conn: Connection, account_id: int, label: str, now: datetime) -> str:
    """A new API key of the account under a label of its owner's, shown here and never again.

    Raises BadQuestion for a label that is none, and Conflict where as many keys open the account
    as may.
    """
    label = label.strip()
    if not 1 <= len(label) <= LONGEST_NAME or not label.isprintable():
        raise BadQuestion(
            f"label: it has {len(label)} characters, or some that cannot be printed.",
            f"Say in 1 to {LONGEST_NAME} characters on one line what the key is for.",
        )
    account = m.Account
    conn.execute(sa.select(account.id).where(account.id == account_id).with_for_update())
    held = [one for one in opening(conn, account_id, now) if one.kind is SecretKind.API_KEY]
    if len(held) >= MOST_KEYS:
        raise Conflict(
            f"The account has {MOST_KEYS} keys, as many as it may have.",
            "End one that is no longer used.",
        )
    return new_secret(conn, account_id, SecretKind.API_KEY, now, label=label)


def opening(
    conn: Connection, account_id: int, now: datetime, *, shown: str = ""
) -> Sequence[Opening]:
    """The keys and sessions that open an account now, the newest first. ``shown``: the secret that
    whoever asks came with."""
    one = m.Secret
    rows = conn.execute(
        sa.select(
            *(one.id, one.kind, one.label, one.created_at, one.expires_at),
            (one.digest == digest(shown)).label("this"),
        )
        .where(
            one.account_id == account_id,
            one.kind.in_(_OPENING),
            one.used_at.is_(None),
            one.revoked_at.is_(None),
            sa.or_(one.expires_at.is_(None), one.expires_at > now),
        )
        .order_by(one.created_at.desc(), one.id.desc())
    )
    return [Opening(*row) for row in rows]


def _opens(secret: str, kinds: Collection[SecretKind], now: datetime) -> sa.ColumnElement[bool]:
    """Condition on ``secret``: it is this one, of these kinds, and still opens."""
    one = m.Secret
    return sa.and_(
        one.digest == digest(secret),
        one.kind.in_(kinds),
        one.used_at.is_(None),
        one.revoked_at.is_(None),
        sa.or_(one.expires_at.is_(None), one.expires_at > now),
    )


def who(
    conn: Connection, secret: str, now: datetime, *, kinds: Collection[SecretKind] = _OPENING
) -> Principal | None:
    """Whose key or session this is, if it still opens an open account.

    ``kinds``: what it may be. A sign-in link is never enough: see :func:`sign_in`.
    """
    if len(secret) != LENGTH or not secret.startswith(PREFIX):
        return None
    account = m.Account
    row = conn.execute(
        sa.select(account.id, account.name, account.role)
        .join(m.Secret, m.Secret.account_id == account.id)
        .where(_opens(secret, kinds, now), account.closed_at.is_(None))
    ).one_or_none()
    return None if row is None else Principal(row.id, row.name, row.role)


def sign_in(conn: Connection, link_secret: str, now: datetime) -> str | None:
    """Use up a sign-in link and begin a session: its secret, or None where the link opens nothing.

    The link is spent by one conditional update: of two who follow it at once, one comes in.
    """
    still_open = sa.select(m.Account.id).where(m.Account.closed_at.is_(None))
    spent = conn.execute(
        sa.update(m.Secret)
        .where(
            _opens(link_secret, (SecretKind.SIGN_IN_LINK,), now),
            m.Secret.account_id.in_(still_open),
        )
        .values(used_at=now)
        .returning(m.Secret.account_id)
    ).scalar_one_or_none()
    return None if spent is None else new_secret(conn, spent, SecretKind.SESSION, now)


def revoke(conn: Connection, secret: str, now: datetime) -> bool:
    """End one secret (signing out ends the session). False where it had ended or is none."""
    one = m.Secret
    ended = conn.execute(
        sa.update(one)
        .where(one.digest == digest(secret), one.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return ended.rowcount > 0


def revoke_one(conn: Connection, account_id: int, secret_id: int, now: datetime) -> None:
    """End a key or session of an account's own. Raises NotFound."""
    one = m.Secret
    ended = conn.execute(
        sa.update(one)
        .where(
            one.id == secret_id,
            one.account_id == account_id,
            one.kind.in_(_OPENING),
            one.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    if not ended.rowcount:
        raise NotFound(f"The account has no key or session {secret_id} that could be ended.")


def revoke_all(
    conn: Connection, account_id: int, now: datetime, *, kind: SecretKind | None = None
) -> int:
    """End all secrets of an account, or those of one kind; returns how many."""
    one = m.Secret
    query = sa.update(one).where(one.account_id == account_id, one.revoked_at.is_(None))
    if kind is not None:
        query = query.where(one.kind == kind)
    return conn.execute(query.values(revoked_at=now)).rowcount


def close_account(conn: Connection, account_id: int, now: datetime) -> None:
    """Close an account: its keys, links and sessions open nothing more, nothing more is sent to
    its subscriptions. What it did (its audits) stays. Raises NotFound."""
    account = m.Account
    closed = conn.execute(
        sa.update(account)
        .where(account.id == account_id, account.closed_at.is_(None))
        .values(closed_at=now)
    )
    if not closed.rowcount:
        raise NotFound(f"There is no open account {account_id}.")
    revoke_all(conn, account_id, now)
    conn.execute(
        sa.update(m.Subscription)
        .where(m.Subscription.account_id == account_id)
        .values(state=SubscriptionState.ENDED)
    )


def accounts(conn: Connection, now: datetime) -> Sequence[AccountLine]:
    """All accounts by name, closed ones too."""
    account, secret = m.Account, m.Secret
    opens = sa.and_(
        secret.account_id == account.id,
        secret.kind == SecretKind.API_KEY,
        secret.revoked_at.is_(None),
        sa.or_(secret.expires_at.is_(None), secret.expires_at > now),
    )
    rows = conn.execute(
        sa.select(
            account.name,
            account.role,
            account.created_at,
            account.closed_at,
            sa.func.count(secret.id).label("keys"),
        )
        .outerjoin(secret, opens)
        .group_by(account.id)
        .order_by(account.name)
    )
    return [
        AccountLine(row.name, row.role, row.created_at, row.closed_at, row.keys) for row in rows
    ]
