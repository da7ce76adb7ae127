"""What a change of status touches: audited rows by their days, lists, lines, and from which day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from services import accounts
from services import models as m
from services.audit import ledger, upload
from services.audit.carry import Bench, carry_on
from services.errors import BadQuestion, NotFound
from services.find.changes import changes
from services.sync.reader import Reader
from services.terms import Listed, Role
from services.watch import lists, touches
from services.watch.touches import Effect, Touched, effect_of, touched
from tests.services.store.build import at, lab, line, suspension
from tests.services.watch.conftest import NOW, Post, harbour, inspector, northern

DAYS = ("2026-05-10", "2026-05-19", "2026-05-20", "2026-05-25", "2026-05-30")


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.close()


def audit(post: Post, reader: Reader, rows: list[str], account: int | None = None) -> int:
    """An audit of these rows (number, method, day), judged."""
    body = "\n".join(["Certificate number,Standard,Test date", *rows]).encode()
    with post.engine.begin() as conn:
        owner = account or post.account
        audit_id = upload.open_audit(conn, owner, "receipts.csv", NOW)
        parts = upload.Parts()
        for number, part in enumerate(parts.add(body)):
            upload.put_part(conn, audit_id, number, part)
        upload.finish(conn, audit_id, 0, parts)
    carry_on(Bench(post.engine, reader, post.clock), audit_id)
    with post.engine.connect() as conn:
        state = conn.execute(sa.select(m.Audit.state, m.Audit.problems)).first()
        assert ledger.waiting(conn) == [], state
    return audit_id


def change(post: Post, label: str) -> str:
    """The place of the newest change of that accreditation's status."""
    with post.engine.connect() as conn:
        rows, _ = changes(conn, event="suspended,withdrawn,revoked")
        return next(row.cursor for row in rows if row.label == label)


def of_change(post: Post, label: str, account: int | None = None) -> Touched:
    with post.engine.connect() as conn:
        effect = effect_of(conn, change(post, label))
        return touched(conn, effect, account_id=account, now=NOW)


def test_rows_on_and_after_the_day_of_a_withdrawal_are_touched(post: Post, reader: Reader) -> None:
    rows = [f"SAC IB90007,,{day}" for day in DAYS] + [f"CNAS L90417,,{day}" for day in DAYS]
    audit_id = audit(post, reader, rows)
    other = audit(post, reader, rows[:2])
    post.suspend("2026-05-20")
    found = of_change(post, "SAC IB90007", post.account)
    assert (found.since, found.until, found.dated, found.partial) == (
        date(2026, 5, 20),
        None,
        True,
        False,
    )
    (one,) = found.audits
    assert other not in (one.id,), "all its rows lie before"
    assert (one.id, one.name, one.rows, one.numbers) == (audit_id, "receipts.csv", 3, (3, 4, 5))
    assert (one.first_on, one.last_on) == (date(2026, 5, 20), date(2026, 5, 30))


def test_a_suspension_that_ended_touches_the_days_in_between(post: Post, reader: Reader) -> None:
    audit(post, reader, [f"SAC IB90007,,{day}" for day in DAYS])
    post.suspend("2026-05-19", "2026-05-25")
    (one,) = of_change(post, "SAC IB90007", post.account).audits
    assert one.numbers == (2, 3), "the day on which it is valid again is untouched"


def test_nobody_sees_anothers_audits_and_watchlists(post: Post, reader: Reader) -> None:
    with post.engine.begin() as conn:
        other = accounts.open_account(conn, "Quay office", Role.STEWARD, NOW)
    audit(post, reader, ["SAC IB90007,,2026-05-30"], other)
    post.suspend("2026-05-20")
    assert of_change(post, "SAC IB90007", post.account).audits == ()
    assert of_change(post, "SAC IB90007").audits == ()
    assert len(of_change(post, "SAC IB90007", other).audits) == 1


def test_a_watchlist_with_the_body_is_touched(post: Post) -> None:
    post.suspend("2026-05-20")
    body = of_change(post, "SAC IB90007").body
    with post.engine.begin() as conn:
        with_it = lists.make(conn, post.account, "With", [body], NOW)
        lists.make(conn, post.account, "Without", [], NOW)
    found = of_change(post, "SAC IB90007", post.account)
    assert [one.id for one in found.watchlists] == [with_it]
    assert found.body_names[0].text == "Old Quay Inspection"


def test_a_listing_that_turned_counts_from_the_day_it_was_seen(post: Post) -> None:
    post.look([harbour(listed=Listed.SUSPENDED), inspector(), northern()])
    found = of_change(post, "CNAS L90417")
    assert (found.event, found.since, found.dated) == ("suspended", date(2026, 5, 21), False)
    assert (found.lines, found.of_lines) == (2, 2)


def partial(**more: Any) -> Any:
    stop = suspension("2026-05-20", **more)
    return harbour(key="notice p", events=[stop], expires=None, lines=[])


def test_a_partial_suspension_names_its_lines_and_leaves_the_others(
    post: Post, reader: Reader
) -> None:
    rows = [
        "CNAS L90417,GB/T 18287-2013,2026-05-25",
        "CNAS L90417,GB 4943.1-2022,2026-05-25",
        "CNAS L90417,,2026-05-25",
        "CNAS L90417,GB/T 18287-2013,2026-05-10",
    ]
    audit(post, reader, rows)
    post.world.look("notices", at("2026-05-22"), [partial(lines=("1",))])
    found = of_change(post, "CNAS L90417", post.account)
    assert (found.partial, found.lines, found.of_lines) == (True, 1, 2)
    assert [(one.key, one.object, one.method) for one in found.shown_lines] == [
        ("1", "lithium batteries", "GB/T 18287-2013")
    ]
    (one,) = found.audits
    assert one.numbers == (1, 3), "its line, and the row that names none"


def test_a_suspension_at_a_site_touches_the_lines_there(post: Post) -> None:
    post.world.look("notices", at("2026-05-22"), [partial(sites=("SZ",))])
    found = of_change(post, "CNAS L90417")
    assert found.partial
    # the second line names no site: it holds at this one too
    assert [one.key for one in found.shown_lines] == ["1", "2"]


def test_other_accreditations_of_the_body_stand_beside_with_their_sites(post: Post) -> None:
    second = lab("C90418", key="second", lines=[line("9", "chargers", "IEC 1", sites=("SZ", "GZ"))])
    post.look([harbour(), inspector(), northern(), second])
    post.world.look("notices", at("2026-05-22"), [partial()])
    found = of_change(post, "CNAS L90417")
    assert [(one.label, one.same_sites) for one in found.beside] == [("CNAS C90418", ("SZ",))]


def test_an_altered_suspension_reaches_over_both_its_forms(post: Post) -> None:
    post.suspend("2026-05-20", "2026-05-25")
    longer = inspector(
        events=[suspension("2026-05-20", "2026-06-20")], key="notice 1", expires=None
    )
    post.world.look("notices", at("2026-05-23"), [longer])
    found = of_change(post, "SAC IB90007")
    assert (found.since, found.until) == (date(2026, 5, 20), date(2026, 6, 20))


def test_what_changes_no_status_touches_nothing(post: Post) -> None:
    with post.engine.connect() as conn:
        name = conn.execute(sa.select(m.Change.row).where(m.Change.what == "name").limit(1))
        with pytest.raises(BadQuestion, match="none of an accreditation's status"):
            effect_of(conn, f"0.{name.scalar_one()}")
        with pytest.raises(NotFound, match="no change"):
            effect_of(conn, "9.0")
        with pytest.raises(BadQuestion, match="cursor"):
            effect_of(conn, "here")
        nobody = Effect(accreditation_id=99, event="suspended", since=date(2026, 1, 1))
        with pytest.raises(NotFound, match="no accreditation"):
            touched(conn, nobody, account_id=None, now=NOW)


def test_of_very_many_rows_all_are_counted_and_the_first_are_named(
    post: Post, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touches, "MOST_ROWS", 10)
    monkeypatch.setattr(touches, "_CHUNKS_AT_ONCE", 1)
    days = [DAYS[n % 5] for n in range(3000)]
    audit(post, reader, [f"SAC IB90007,,{day}" for day in days])
    post.suspend("2026-05-20")
    (one,) = of_change(post, "SAC IB90007", post.account).audits
    assert (one.rows, len(one.numbers)) == (1800, 10)
