"""The one filter: what it takes, that both its forms agree, and what it refuses."""

import random
from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services import models as m
from services.errors import BadQuestion
from services.find.changes import changes, wanted_changes
from services.terms import (
    BodyKind,
    Changed,
    ChangeKind,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    Polarity,
)
from services.watch import lists
from services.watch.filter import Filter, body_ids, checked, read_filter
from services.watch.merged import redirects
from services.watch.prepare import Subscriber, matching, name_bodies, read_rows
from tests.services.find.abroad_world import route
from tests.services.store.build import World, at, suspension
from tests.services.watch.conftest import NOW, harbour, inspector, northern


def told(world: World, wanted: Filter) -> list[str]:
    """Places of the changes that are wanted, as a question finds them."""
    rows, _ = wanted_changes(world.conn, wanted, limit=1000, order="oldest")
    return [row.cursor for row in rows]


def matched(world: World, wanted: Filter) -> list[str]:
    """The same as subscriptions find them."""
    one = Subscriber(1, wanted, (-1, 0), 20)
    moved = redirects(world.conn)
    name_bodies(world.conn, [one], moved)
    rows = read_rows(world.conn, one.place, [one], moved)
    return [f"{rows.places[n][0]}.{rows.places[n][1]}" for n in matching(one, rows)]


@pytest.fixture
def busy(world: World, account: int) -> World:
    """Much happened: a suspension twice told, a listing that turned, a merge, another's list."""
    world.source("trust", about_testing_bodies=False)
    world.source("routes")
    routes = [route("SA toys"), route("EU toys", market="EU")]
    world.look("routes", at("2026-05-12"), routes)
    world.look("routes", at("2026-05-14"), [route("SA toys", note="From 2027"), routes[1]])
    stop = inspector(events=[suspension("2026-05-12")], key="n1", expires=None)
    world.look("notices", at("2026-05-13"), [stop])
    turned = harbour(listed=Listed.SUSPENDED)
    fined = kit.Credential(
        key="fine", kind=CredentialKind.PENALTY, title="Fined", issuer="A regulator",
        polarity=Polarity.ADVERSE, level=EvidenceLevel.ISSUER_REGISTER,
    )  # fmt: skip
    again = inspector(events=[suspension("2026-05-12")], credentials=(fined,))
    world.look("register", at("2026-05-18"), [turned, again, northern(city="Hamburg")])
    trusted = northern(key="trusted", body_kind=BodyKind.CERTIFICATION)
    world.look("trust", at("2026-05-19"), [trusted])
    world.look("register", at("2026-05-20"), [turned, again])
    bodies = {
        row.issuer: row.body_id
        for row in world.conn.execute(
            sa.select(m.Accreditation.issuer, m.Change.body_id)
            .join(m.Accreditation, m.Accreditation.id == m.Change.accreditation_id)
            .distinct()
        )
    }
    # the inspector's body was another's until today
    old = world.conn.execute(sa.insert(m.Body).values(run_id=1).returning(m.Body.id)).scalar_one()
    world.conn.execute(
        sa.insert(m.BodyMerge).values(
            body_id=old, into_id=bodies["SAC"], because="the same", run_id=1,
            known=sa.func.tstzrange(NOW, None),
        )
    )  # fmt: skip
    world.conn.execute(
        sa.update(m.Change)
        .where(m.Change.run_id == 1, m.Change.body_id == bodies["SAC"])
        .values(body_id=old)
    )
    lists.make(world.conn, account, "Both", [f"b{old}", f"b{bodies['CNAS']}"], NOW)
    world.conn.commit()
    return world


def ids(world: World, issuer: str) -> list[int]:
    rows = world.conn.execute(
        sa.select(m.Change.body_id)
        .join(m.Accreditation, m.Accreditation.id == m.Change.accreditation_id)
        .where(m.Accreditation.issuer == issuer)
        .distinct()
        .order_by(m.Change.body_id)
    )
    return [body for body in rows.scalars() if body]


def test_a_suspension_is_found_as_an_event_and_as_a_listing_that_turned(busy: World) -> None:
    wanted = Filter(events=(EventKind.SUSPENDED,))
    rows, _ = wanted_changes(busy.conn, wanted, order="oldest")
    assert [(row.what, row.label, row.repeats) for row in rows] == [
        ("status_event", "SAC IB90007", False),
        ("accreditation_statement", "CNAS L90417", False),
        ("status_event", "SAC IB90007", True),
    ]
    news, _ = wanted_changes(busy.conn, Filter(events=wanted.events, repeats=False), order="oldest")
    assert [row.cursor for row in news] == [row.cursor for row in rows[:2]]


def test_a_merged_body_is_followed_wherever_it_is_named(busy: World) -> None:
    now, old = ids(busy, "SAC")
    by_old, by_new = Filter(bodies=(f"b{old}",)), Filter(bodies=(f"b{now}",))
    assert told(busy, by_old) == told(busy, by_new) != []
    singapore = told(busy, Filter(countries=("SG",)))
    assert set(told(busy, by_new)) == set(singapore), "its changes before the merge too"
    assert matched(busy, by_old) == matched(busy, by_new) == told(busy, by_old)


def test_a_watchlist_narrows_to_its_bodies(busy: World) -> None:
    list_id = busy.conn.execute(sa.select(m.Watchlist.id)).scalar_one()
    wanted = Filter(watchlist=list_id)
    rows, _ = wanted_changes(busy.conn, wanted, limit=1000)
    expected = {*ids(busy, "SAC"), *ids(busy, "CNAS")}
    assert {int(str(row.body)[1:]) for row in rows} == expected
    assert matched(busy, wanted) == told(busy, wanted)
    assert told(busy, Filter(watchlist=list_id + 1)) == []
    both = Filter(watchlist=list_id, bodies=(f"b{ids(busy, 'CNAS')[0]}",))
    assert set(told(busy, both)) < set(told(busy, wanted))


def test_sources_not_about_testing_bodies_speak_when_they_are_named(busy: World) -> None:
    everything = told(busy, Filter())
    trust = told(busy, Filter(sources=("trust",)))
    assert trust
    assert not set(trust) & set(everything)


def test_both_forms_of_the_filter_agree_whatever_is_asked(busy: World) -> None:
    """A question's condition and the decision over many subscribers: hundreds of random filters."""
    list_id = busy.conn.execute(sa.select(m.Watchlist.id)).scalar_one()
    bodies = tuple(f"b{one}" for issuer in ("SAC", "CNAS", "DAkkS") for one in ids(busy, issuer))
    choices: dict[str, Any] = {
        "kinds": tuple(ChangeKind),
        "what": tuple(Changed),
        "events": tuple(EventKind),
        "countries": ("SG", "CN", "DE", "FR"),
        "markets": ("SA", "EU", "BR"),
        "issuers": ("SAC", "CNAS", "DAkkS", "Nobody"),
        "bodies": bodies,
        "sources": ("register", "notices", "trust"),
    }
    drawn = random.Random(20260601)
    found = 0
    for _ in range(300):
        asked: dict[str, Any] = {
            name: tuple(drawn.sample(values, drawn.randint(1, min(3, len(values)))))
            for name, values in choices.items()
            if drawn.random() < 0.25
        }
        asked["repeats"] = drawn.random() < 0.7
        asked["watchlist"] = list_id if drawn.random() < 0.2 else None
        wanted = Filter(**asked)
        assert matched(busy, wanted) == told(busy, wanted), wanted
        found += bool(told(busy, wanted))
    assert found > 60, "most filters found nothing: the test says little"


def test_a_market_is_watched_by_the_changes_of_its_routes_alone(busy: World) -> None:
    wanted = read_filter(market="saudi arabia")
    assert wanted.markets == ("SA",)
    rows, _ = wanted_changes(busy.conn, wanted, order="oldest")
    assert [(row.what, row.kind) for row in rows] == [
        ("market_route", "added"), ("market_route", "altered"),
    ]  # fmt: skip
    assert rows[1].after == {"note": "From 2027"}
    assert matched(busy, wanted) == told(busy, wanted)
    both = read_filter(market="SA,EU", kind="added")
    assert len(told(busy, both)) == 2
    assert told(busy, read_filter(market="BR")) == []
    with pytest.raises(BadQuestion, match="no market"):
        read_filter(market="Saudia")


def test_words_are_read_with_commas_between(busy: World) -> None:
    found = read_filter(event=" suspended, withdrawn ,", country="sg,cn", issuer="SAC", body="b3")
    assert found == Filter(
        events=(EventKind.SUSPENDED, EventKind.WITHDRAWN),
        countries=("SG", "CN"),
        issuers=("SAC",),
        bodies=("b3",),
    )
    assert body_ids(found) == [3]
    assert {row.label for row in changes(busy.conn, issuer="SAC,DAkkS", limit=1000)[0]} == {
        "SAC IB90007", "DAkkS D-PL-90001",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"event": "stopped"}, 'event: "stopped" is not known.'),
        ({"kind": "odd"}, 'kind: "odd" is not known.'),
        ({"what": "weather"}, 'what: "weather" is not known.'),
        ({"country": "Singapore"}, 'country: "Singapore" is no country.'),
        ({"body": "12"}, '"12" is no id of a body.'),
        ({"issuer": ",".join(f"A{n}" for n in range(101))}, "issuer: 101 values at once."),
    ],
)
def test_what_cannot_be_read_is_named(asked: dict[str, str], said: str) -> None:
    with pytest.raises(BadQuestion) as fault:
        read_filter(**asked)  # type: ignore[arg-type]
    assert fault.value.what == said
    assert fault.value.remedy


def test_a_filter_names_what_is_there_and_issuers_are_spelt_as_they_are(world: World) -> None:
    wanted = Filter(issuers=("cnas", "DAkkS"), countries=("sg",))
    found = checked(world.conn, wanted)
    assert (found.issuers, found.countries) == (("CNAS", "DAkkS"), ("SG",))
    for wrong in (
        Filter(issuers=("Nobody",)),
        Filter(bodies=("b999999",)),
        Filter(sources=("nowhere",)),
        Filter(countries=("S1",)),
        Filter(bodies=("x1",)),
        Filter(bodies=tuple(f"b{n}" for n in range(101))),
    ):
        with pytest.raises(BadQuestion):
            checked(world.conn, wrong)
