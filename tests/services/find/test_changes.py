"""The feed of changes: newest first for readers, gapless from a cursor for followers."""

import pytest

from services.errors import BadQuestion
from services.find.changes import changes
from services.terms import ChangeKind
from tests.services.find.conftest import inspector
from tests.services.store.build import World, at, suspension


def test_the_newest_come_first_with_names_and_what_differs(world: World) -> None:
    rows, meta = changes(world.conn, what="status_event")
    (one,) = rows
    assert (one.kind, one.source, one.made, one.repeats) == (
        ChangeKind.ADDED,
        "notices",
        False,
        False,
    )
    assert one.before is None
    assert one.after is not None
    assert one.after["kind"] == "suspended"
    assert one.label == "SAC IB90007"
    assert one.body_names[0].text == "Old Quay Inspection Pte Ltd"
    assert one.known_at == at("2026-05-13")
    assert meta.log_position == 1
    assert [source.key for source in meta.sources] == ["notices"]


def test_pages_of_readers_end_and_hold_every_row_once(world: World) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        rows, meta = changes(world.conn, limit=7, cursor=cursor)
        seen += [row.cursor for row in rows]
        cursor = meta.next_cursor
    places = [tuple(map(int, one.split("."))) for one in seen]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == len(places) == 25


def test_a_follower_goes_on_from_its_cursor(world: World) -> None:
    rows, meta = changes(world.conn, order="oldest", limit=1000)
    assert (rows[0].position, rows[0].row) == (0, 0)
    end = meta.next_cursor
    assert end == rows[-1].cursor
    rows, meta = changes(world.conn, order="oldest", cursor=end or "")
    assert rows == ()
    assert meta.next_cursor == end  # nothing new: ask again from the same place
    longer = inspector(
        events=[suspension("2026-05-12", "2026-07-01")], key="notice 1", expires=None
    )
    world.look("notices", at("2026-05-20"), [longer])
    rows, _ = changes(world.conn, order="oldest", cursor=end or "")
    (event,) = [row for row in rows if row.what == "status_event"]
    assert event.kind is ChangeKind.ALTERED
    assert (event.before, event.after) == ({"until": None}, {"until": "2026-07-01"})


def test_filters(world: World) -> None:
    rows, _ = changes(world.conn, source="notices", kind="added", limit=1000)
    assert {row.source for row in rows} == {"notices"}
    body = rows[0].body
    assert body is not None
    assert {row.body for row in changes(world.conn, body=body, limit=1000)[0]} == {body}


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "x"},
        {"cursor": "1.2.3"},
        {"kind": "odd"},
        {"order": "up"},
        {"limit": 0},
        {"body": "x"},
    ],
)
def test_questions_that_cannot_be_read(world: World, asked: dict[str, str]) -> None:
    with pytest.raises(BadQuestion):
        changes(world.conn, **asked)  # type: ignore[arg-type]
