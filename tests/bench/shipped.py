"""The lists that questions of search are asked over, and how they get into a database.

Shipped: the made register whole, and the made sample of every other source. Published: the same
register with publishers' own files in place of the samples, where ``LABDIR_PUBLISHED_FILES`` names
their folder. Both go along the real road, handed in instead of fetched.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from deploy.made_register.site import answer
from deploy.publisher import recordings
from services import db
from services.kit import Draft, Page, Source
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import RunState

NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)  # the day after the made register's own list date
REGISTER = "made_register"
SAMPLES = Path(__file__).parents[1] / "sources"
# their drafts are facts of accreditation bodies, or need a web site of papers
_LEFT_OUT = {
    REGISTER, "accreditation_bodies", "made_notices", "made_designations", "made_brand",
    "brand_files",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Played:
    """One list as it is handed in."""

    source: Source
    list_name: str
    pages: tuple[Page, ...]

    def drafts(self) -> tuple[Draft, ...]:
        return self.source.parse(self.pages, self.list_name).drafts


def lists(folder: Path = SAMPLES) -> list[Played]:
    """The made register, then the newest recorded file of each other source in ``folder``."""
    sources = catalogue.discover()
    found = [_register(sources[REGISTER])]
    for key, source in sorted(sources.items()):
        if key in _LEFT_OUT or not source.about_testing_bodies:
            continue
        for one in recordings(source, folder):
            page = Page(
                url=f"https://example.org/{key}/{one.file.name}",
                body=one.file.read_bytes(),
                name=one.file.name,
            )
            found.append(Played(source, one.list_name, (page,)))
    return found


def _register(source: Source) -> Played:
    one = source.lists[0]
    pages: list[Page] = []
    request = one.request
    while True:
        parts = urlsplit(request.url)
        shown = answer(parts.path, dict(parse_qsl(parts.query)))
        if shown is None:
            raise LookupError(request.url)
        pages.append(
            Page(url=request.url, body=shown.body, content_type=shown.content_type, name="list")
        )
        following = one.following(pages[-1]) if one.following else None
        if following is None:
            return Played(source, one.name, tuple(pages))
        request = following


def play(url: str, played: list[Played]) -> dict[str, str]:
    """Every list along the road into the database at ``url``; how each ended, by source/list."""
    engine = db.connect(url)
    road = Road(engine, Settings(), catalogue.discover(), lambda: NOW)
    ended = {}
    with engine.begin() as conn:
        catalogue.enrol(conn, road.sources.values(), road.settings, NOW)
    for one in played:
        with engine.begin() as conn:
            list_id = ledger.list_id(conn, one.source.key, one.list_name)
            run_id, _ = ledger.ask(conn, list_id, "bench", NOW)
        state = carry_out(road, run_id, Given(one.pages, NOW))
        ended[f"{one.source.key}/{one.list_name}"] = (state or RunState.FAILED).value
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("analyze")
    engine.dispose()
    return ended
