"""Reports of obstacles met abroad: nothing shows before a steward has published it, nothing of a
person is stored, and one decision stands for good."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services import accounts
from services.accounts import Principal
from services.desk.obstacles import (
    MOST_WAITING,
    Report,
    decide,
    obstacles,
    obstacles_of,
    report,
)
from services.errors import BadQuestion, Conflict, Forbidden, NotFound
from services.terms import ObstacleState, Role
from tests.services.find.abroad_world import fill
from tests.services.store.build import World, at, on

NOW = at("2026-06-01")
GIVEN: dict[str, Any] = {
    "market": "SA",
    "product": "toys",
    "standard": "en71-1:2014",
    "document_kind": "CB test report",
    "rejected_by": "Customs of Jeddah",
    "text": "They asked for a report of a laboratory in the country instead.",
    "happened_on": on("2026-05-10"),
}


@pytest.fixture(scope="module")
def filled(make_database: Callable[[], str]) -> Iterator[sa.Engine]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def conn(filled: sa.Engine) -> Iterator[sa.Connection]:
    with filled.connect() as one:
        yield one  # rolled back


def account(conn: sa.Connection, name: str, role: Role = Role.READER) -> Principal:
    return Principal(accounts.open_account(conn, name, role, NOW), name, role)


@pytest.fixture
def maker(conn: sa.Connection) -> Principal:
    return account(conn, "Kettle works")


@pytest.fixture
def steward(conn: sa.Connection) -> Principal:
    return account(conn, "Desk one", Role.STEWARD)


def send(conn: sa.Connection, who: Principal, now: datetime = NOW, **changed: Any) -> str:
    return report(conn, who, Report(**(GIVEN | changed)), now).id


def texts(conn: sa.Connection, who: Principal | None, **asked: Any) -> list[str]:
    return [one.text for one in obstacles(conn, who, now=NOW, **asked)[0]]


def test_a_report_warns_nobody_before_a_steward_published_it(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    id_ = send(conn, maker)
    assert obstacles_of(conn, ["SA"], "toys", NOW) == ()
    assert texts(conn, None) == []
    assert texts(conn, account(conn, "Others")) == []
    assert texts(conn, maker) == texts(conn, steward) == [GIVEN["text"]]
    decide(conn, steward, id_, ObstacleState.PUBLISHED, "Seen on two papers.", NOW)
    (warned,) = obstacles_of(conn, ["SA"], "toys", NOW)
    assert (warned.rejected_by, warned.standard) == ("Customs of Jeddah", "EN 71-1:2014")
    assert texts(conn, None) == [GIVEN["text"]]


def test_as_of_an_earlier_time_a_published_report_does_not_warn(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    id_ = send(conn, maker)
    later = NOW + timedelta(days=2)
    decide(conn, steward, id_, ObstacleState.PUBLISHED, "Seen on two papers.", later)
    assert obstacles_of(conn, ["SA"], "toys", later - timedelta(seconds=1)) == ()
    assert len(obstacles_of(conn, ["SA"], "toys", later)) == 1


def test_a_warning_stands_on_its_market_and_product_alone(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    for id_ in (send(conn, maker), send(conn, maker, product="", text="Of any product at all.")):
        decide(conn, steward, id_, ObstacleState.PUBLISHED, "Seen.", NOW)
    assert len(obstacles_of(conn, ["SA"], "toys", NOW)) == 2
    assert [one.product for one in obstacles_of(conn, ["SA"], "radio", NOW)] == [""]
    assert len(obstacles_of(conn, ["SA"], "", NOW)) == 2
    assert obstacles_of(conn, ["AE"], "toys", NOW) == ()
    # what was reported of a grouping warns in its members
    assert len(obstacles_of(conn, ["QA", "SA"], "toys", NOW)) == 2


def test_a_rejected_report_is_told_to_its_reporter_with_the_reason_and_to_nobody_else(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    decide(conn, steward, send(conn, maker), ObstacleState.REJECTED, "It names no market.", NOW)
    ((own,), _) = obstacles(conn, maker, now=NOW)
    assert (own.state, own.because, own.decided_by) == ("rejected", "It names no market.", "")
    assert texts(conn, None) == []
    ((whole,), _) = obstacles(conn, steward, now=NOW)
    assert (whole.reporter, whole.decided_by) == ("Kettle works", "Desk one")
    assert obstacles_of(conn, ["SA"], "toys", NOW) == ()


def test_a_second_decision_is_told_who_was_first(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    id_ = send(conn, maker)
    decide(conn, steward, id_, ObstacleState.PUBLISHED, "Seen on two papers.", NOW)
    other = account(conn, "Desk two", Role.STEWARD)
    with pytest.raises(Conflict, match="published: Desk one decided so on 2026-06-01 06:00 UTC"):
        decide(conn, other, id_, ObstacleState.REJECTED, "Not so.", NOW)
    assert len(obstacles_of(conn, ["SA"], "toys", NOW)) == 1


def test_only_a_steward_decides_and_says_why(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    id_ = send(conn, maker)
    with pytest.raises(Forbidden):
        decide(conn, maker, id_, ObstacleState.PUBLISHED, "My own.", NOW)
    regulator = account(conn, "Office", Role.REGULATOR)
    with pytest.raises(Forbidden):
        decide(conn, regulator, id_, ObstacleState.PUBLISHED, "So.", NOW)
    with pytest.raises(BadQuestion, match="because"):
        decide(conn, steward, id_, ObstacleState.PUBLISHED, " ", NOW)
    with pytest.raises(BadQuestion, match="waiting"):
        decide(conn, steward, id_, ObstacleState.WAITING, "Later.", NOW)
    with pytest.raises(NotFound):
        decide(conn, steward, "o999", ObstacleState.PUBLISHED, "Seen.", NOW)


def test_particulars_of_persons_are_dropped_before_anything_is_stored(
    conn: sa.Connection, maker: Principal
) -> None:
    text = (
        "The officer wrote from officer@customs.example that it is not enough.\n"
        "Tel: +966 11 555 0101\nAsk him under 13812345678 or 138 1234 5678 again."
    )
    made = report(conn, maker, Report(**(GIVEN | {"text": text})), NOW)
    assert made.dropped == 4
    stored = conn.execute(sa.text("select text from obstacle")).scalar_one()
    assert "not enough" in stored
    assert not any(word in stored for word in ("@", "555", "1381", "138 1"))
    with pytest.raises(BadQuestion, match="without the particulars"):
        send(conn, maker, text="13812345678 13912345678")
    with pytest.raises(BadQuestion, match="rejected_by"):
        send(conn, maker, rejected_by="officer@customs.example")


def test_what_cannot_be_read_is_refused_with_what_it_takes(
    conn: sa.Connection, maker: Principal
) -> None:
    for changed, said in (
        ({"market": "Saudi"}, "Saudi Arabia"),
        ({"market": ""}, "market"),
        ({"product": "toyz"}, "Did you mean toys"),
        ({"standard": "the toy one"}, "designation"),
        ({"happened_on": on("2026-06-02")}, "happened_on"),
        ({"happened_on": on("1999-01-01")}, "happened_on"),
        ({"text": "No."}, "20 to 2000"),
        ({"text": "x" * 2001}, "20 to 2000"),
        ({"document_kind": ""}, "document_kind"),
    ):
        with pytest.raises(BadQuestion, match=said):
            send(conn, maker, **changed)


def test_a_report_and_its_decision_are_never_altered(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    decide(conn, steward, send(conn, maker), ObstacleState.REJECTED, "No market.", NOW)
    for statement in (
        "update obstacle set text = 'other'",
        "delete from obstacle_decision",
        "update obstacle_decision set because = 'other'",
    ):
        with pytest.raises(DBAPIError, match="only grows"), conn.begin_nested():
            conn.execute(sa.text(statement))


def test_an_account_has_only_so_many_reports_waiting(
    conn: sa.Connection, maker: Principal, steward: Principal
) -> None:
    ids = [send(conn, maker) for _ in range(MOST_WAITING)]
    with pytest.raises(Conflict, match="wait"):
        send(conn, maker)
    decide(conn, steward, ids[0], ObstacleState.REJECTED, "A test.", NOW)
    send(conn, maker)
    page, following = obstacles(conn, maker, now=NOW, limit=30)
    assert following
    rest, last = obstacles(conn, maker, now=NOW, cursor=following, limit=30)
    assert last is None
    assert len({one.id for one in (*page, *rest)}) == MOST_WAITING + 1
    assert len(obstacles(conn, steward, state=ObstacleState.REJECTED, now=NOW)[0]) == 1
