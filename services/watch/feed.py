"""Following the log from a place in it."""

from sqlalchemy.engine import Connection

from services.find.changes import after, end_of_log
from services.find.views import ChangeView
from services.watch.filter import Filter

Place = tuple[int, int]  # position and row of the last change that was looked at


def shown(place: Place) -> str:
    """A place as cursors and event ids have it: "8.0"; "" before the first change of all."""
    return "" if place[0] < 0 else f"{place[0]}.{place[1]}"


def news(
    conn: Connection, wanted: Filter, place: Place, limit: int
) -> tuple[tuple[ChangeView, ...], Place, bool]:
    """What is wanted of what came after ``place``; how far the log was looked at; and whether
    there is more.

    The end is read first: a publish in between is told now or the next time, never lost.
    """
    end = end_of_log(conn)
    found = after(conn, wanted, place, limit)
    last = (found[-1].position, found[-1].row) if found else place
    more = len(found) == limit
    return found, (last if more else max(last, end)), more
