"""Accounts: what opens them, for how long, and what ends it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import accounts, db
from services import models as m
from services.accounts import Principal
from services.errors import BadQuestion, Conflict, NotFound
from services.terms import Role, SecretKind, SubscriptionState
from tests.services.store.build import at

NOW = at("2026-06-01")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    engine = db.connect(database_url)
    with engine.begin() as one:
        yield one
    engine.dispose()


def opened(conn: Connection, name: str = "Harbour desk", role: Role = Role.READER) -> int:
    return accounts.open_account(conn, name, role, NOW)


def test_a_key_says_whose_it_is_and_is_kept_as_its_hash_alone(conn: Connection) -> None:
    account_id = opened(conn, role=Role.REGULATOR)
    key = accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW, label="nightly")
    assert accounts.who(conn, key, NOW) == Principal(account_id, "Harbour desk", Role.REGULATOR)
    assert key.startswith("labdir_")
    assert len(key) == len("labdir_") + 43
    row = conn.execute(sa.select(m.Secret.__table__)).one()
    assert key not in str(row)
    assert row.digest == accounts.digest(key)
    assert (row.label, row.expires_at) == ("nightly", None)
    assert accounts.who(conn, key, NOW + timedelta(days=4000)) is not None


def test_no_two_secrets_are_alike_and_what_is_none_opens_nothing(conn: Connection) -> None:
    account_id = opened(conn)
    made = {accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW) for _ in range(50)}
    assert len(made) == 50
    one = made.pop()
    for wrong in ("", "labdir_", one[:-1], one + "A", one.swapcase(), "\ud800" * 50, "labdir_\x00"):
        assert accounts.who(conn, wrong, NOW) is None


def test_a_link_opens_one_session_within_an_hour(conn: Connection) -> None:
    account_id = opened(conn)
    link = accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, NOW)
    assert accounts.who(conn, link, NOW) is None, "a link is no key"
    session = accounts.sign_in(conn, link, NOW + timedelta(minutes=59))
    assert session is not None
    assert accounts.sign_in(conn, link, NOW + timedelta(minutes=59)) is None, "used up"
    late = accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, NOW)
    assert accounts.sign_in(conn, late, NOW + timedelta(hours=1)) is None
    begun = NOW + timedelta(minutes=59)
    assert accounts.who(conn, session, begun + timedelta(hours=12) - timedelta(seconds=1))
    assert accounts.who(conn, session, begun + timedelta(hours=12)) is None
    assert accounts.sign_in(conn, session, begun) is None, "a session is no link"


def test_a_secret_is_looked_for_among_the_kinds_that_are_meant(conn: Connection) -> None:
    account_id = opened(conn)
    key = accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW)
    assert accounts.who(conn, key, NOW, kinds=(SecretKind.SESSION,)) is None
    assert accounts.who(conn, key, NOW, kinds=(SecretKind.API_KEY,)) is not None


def test_a_secret_given_a_time_ends_with_it(conn: Connection) -> None:
    lasts = timedelta(days=1)
    key = accounts.new_secret(conn, opened(conn), SecretKind.API_KEY, NOW, lasts=lasts)
    assert accounts.who(conn, key, NOW + timedelta(hours=23)) is not None
    assert accounts.who(conn, key, NOW + lasts) is None


def test_signing_out_ends_one_session_and_revoking_ends_all(conn: Connection) -> None:
    account_id = opened(conn)
    key, session, link = (accounts.new_secret(conn, account_id, kind, NOW) for kind in SecretKind)
    assert link.startswith("labdir_")
    other = accounts.new_secret(conn, account_id, SecretKind.SESSION, NOW)
    assert accounts.revoke(conn, other, NOW)
    assert not accounts.revoke(conn, other, NOW), "it had ended"
    assert not accounts.revoke(conn, "labdir_none", NOW)
    assert accounts.who(conn, other, NOW) is None
    assert accounts.who(conn, key, NOW) is not None
    assert accounts.revoke_all(conn, account_id, NOW, kind=SecretKind.API_KEY) == 1
    assert accounts.who(conn, key, NOW) is None
    assert accounts.revoke_all(conn, account_id, NOW) == 2
    assert [accounts.who(conn, one, NOW) for one in (session, link)] == [None, None]


def test_closing_an_account_ends_all_that_it_had(conn: Connection) -> None:
    account_id, neighbour = opened(conn), opened(conn, "Quay office")
    secrets = [accounts.new_secret(conn, account_id, kind, NOW) for kind in SecretKind]
    kept = accounts.new_secret(conn, neighbour, SecretKind.API_KEY, NOW)
    conn.execute(
        sa.insert(m.Subscription),
        [
            {
                "account_id": one, "url": "https://a.example/h", "secret": "x", "filters": {},
                "state": SubscriptionState.ACTIVE, "position": -1, "row": 0, "created_at": NOW,
            }
            for one in (account_id, neighbour)
        ],
    )  # fmt: skip
    accounts.close_account(conn, account_id, NOW)
    assert [accounts.who(conn, one, NOW) for one in secrets] == [None] * 3
    assert [accounts.sign_in(conn, one, NOW) for one in secrets] == [None] * 3
    late = accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW)
    assert accounts.who(conn, late, NOW) is None, "a closed account is opened by nothing new either"
    assert accounts.who(conn, kept, NOW) is not None
    states = conn.execute(
        sa.select(m.Subscription.state).order_by(m.Subscription.account_id)
    ).scalars()
    assert list(states) == [SubscriptionState.ENDED, SubscriptionState.ACTIVE]
    with pytest.raises(NotFound):
        accounts.close_account(conn, account_id, NOW)
    with pytest.raises(NotFound):
        accounts.find_account(conn, "Harbour desk")
    with pytest.raises(Conflict, match="already"):
        opened(conn)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "two\nlines", "someone@example.org"])
def test_a_name_that_is_none_or_a_persons_is_refused(conn: Connection, name: str) -> None:
    with pytest.raises(BadQuestion, match="name"):
        opened(conn, name)


def test_accounts_are_listed_with_the_keys_that_open_them(conn: Connection) -> None:
    opened(conn, "B", Role.STEWARD)
    account_id = opened(conn, " A ")
    accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW)
    accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW, lasts=timedelta(seconds=1))
    accounts.new_secret(conn, account_id, SecretKind.SESSION, NOW)
    found = accounts.accounts(conn, NOW + timedelta(minutes=1))
    assert [(one.name, one.role, one.keys) for one in found] == [
        ("A", Role.READER, 1),
        ("B", Role.STEWARD, 0),
    ]


def test_each_role_may_what_those_before_it_may() -> None:
    may = {one: [Principal(1, "x", one).may(least) for least in Role] for one in Role}
    assert may == {
        Role.READER: [True, False, False, False],
        Role.REGULATOR: [True, True, False, False],
        Role.STEWARD: [True, True, True, False],
        Role.OPERATOR: [True, True, True, True],
    }


def test_what_opens_an_account_is_listed_without_its_secret(conn: Connection) -> None:
    account_id, other = opened(conn), opened(conn, "Quay office")
    key = accounts.new_key(conn, account_id, " nightly ", NOW)
    accounts.new_secret(conn, other, SecretKind.API_KEY, NOW)
    accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, NOW)
    session = accounts.new_secret(conn, account_id, SecretKind.SESSION, NOW)
    first, second = accounts.opening(conn, account_id, NOW, shown=session)
    assert (first.kind, first.this, first.expires_at) == (
        SecretKind.SESSION,
        True,
        NOW + accounts.SESSION_LASTS,
    )
    assert (second.kind, second.label, second.this) == (SecretKind.API_KEY, "nightly", False)
    later = NOW + accounts.SESSION_LASTS
    assert [one.id for one in accounts.opening(conn, account_id, later)] == [second.id]
    accounts.revoke_one(conn, account_id, second.id, NOW)
    assert accounts.who(conn, key, NOW) is None
    assert [one.id for one in accounts.opening(conn, account_id, NOW)] == [first.id]
    for account, id_ in ((account_id, second.id), (other, first.id), (account_id, 10**9)):
        with pytest.raises(NotFound):
            accounts.revoke_one(conn, account, id_, NOW)


def test_keys_are_labelled_and_bounded(conn: Connection) -> None:
    account_id = opened(conn)
    for label in ("", " ", "x" * 81, "two\nlines"):
        with pytest.raises(BadQuestion, match="label"):
            accounts.new_key(conn, account_id, label, NOW)
    for at_ in range(accounts.MOST_KEYS):
        accounts.new_key(conn, account_id, f"key {at_}", NOW)
    with pytest.raises(Conflict, match="50 keys"):
        accounts.new_key(conn, account_id, "one more", NOW)
    accounts.revoke_one(conn, account_id, accounts.opening(conn, account_id, NOW)[0].id, NOW)
    assert accounts.new_key(conn, account_id, "one more", NOW)
