"""One declared source in a directory of its own, with a steward who signs in: for the desk.

The source stands in the settings alone, as an operator declares it; what its publisher serves
changes shape between two looks. ``mend`` does what an operator does: the settings are changed and
the processes started again.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from deploy.cli import main
from deploy.embedded.asked import HOST, free_port
from deploy.publisher import Answer, Publisher
from services import db
from services.models import Run
from services.settings import parse
from services.sync import catalogue
from services.sync.run import Road, carry_out
from services.terms import RunState
from tests.browser.house import now, publishing, web_process

KEY = "harbour_office"
STEWARD = "Harbour desk"
PASSWORD = "seven grey herons"
PATH = "/harbour/register.csv"
HEAD = "Certificate;Laboratory;Town;Norm;Since;Until;Status"
RENAMED = ("Until", "Valid until")
ROWS = (
    "HO-001;Cormorant Harbour Testing;Port Amber;ISO/IEC 17025;03/04/2019;01/09/2031;Valid",
    "HO-002;Grey Mole Laboratories;Port Amber;ISO/IEC 17025;05/06/2020;02/08/2031;Valid",
    "HO-003;Lantern Quay Test House;Saltmarsh;ISO/IEC 17025;07/02/2018;03/10/2031;Valid",
    "HO-004;Tidewater Materials Laboratory;Saltmarsh;ISO/IEC 17025;09/10/2021;04/11/2031;Valid",
    "HO-005;Breakwater Inspection;Port Amber;ISO/IEC 17020;11/12/2020;05/07/2031;Valid",
    "HO-006;Samphire Food Laboratory;Saltmarsh;ISO/IEC 17025;02/03/2019;06/05/2031;Valid",
    "HO-007;Old Crane Calibration;Port Amber;ISO/IEC 17025;08/01/2020;07/06/2031;Valid",
    "HO-008;Ninth Wave Electrical;Port Amber;ISO/IEC 17025;10/05/2022;08/04/2031;Valid",
)
# the days of “Since” are the day's first; the operator took them for the month's
MONTH_FIRST, DAY_FIRST = '"%m/%d/%Y"', '"%d/%m/%Y"'
ONE_NAME, BOTH_NAMES = 'column = "Until"', 'any_of = ["Valid until", "Until"]'
_DECLARED = """
[fetch]
private_hosts = ["{host}"]

[sources.harbour_office]
rate = 1000

[sources.harbour_office.table]
title = "Register of the Harbour Office"
title_zh = "港务局登记册"
publisher = "Harbour Office (made up)"
home = "{base}/"
licence = "made up for tests"
tier = 1
authoritative_for = ["HBO"]
leaving_means = "no_longer_listed"
every = "1d"
format = "csv"
address = "{base}{path}"
key = ["Certificate"]
names = [{{ text = "Laboratory", lang = "en" }}]
profile = {{ country = {{ value = "SG" }}, city = "Town" }}
expect = {{ min_rows = 4, max_drop = 0.25, fill = {{ "accreditations.expires" = 0.9 }} }}

[[sources.harbour_office.table.accreditations]]
issuer = {{ value = "HBO" }}
number = "Certificate"
standard = "Norm"
granted = {{ column = "Since", dates = ["%m/%d/%Y"] }}
expires = {{ column = "Until", dates = ["%d/%m/%Y"] }}
listed = {{ column = "Status", words = {{ "Valid" = "active" }} }}
"""


def declared(base: str) -> str:
    """The settings, with a publisher at this address."""
    host = base.removeprefix("http://")
    return _DECLARED.format(host=host, base=base, path=PATH)


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows, "")).encode()


@dataclass
class DeskHouse:
    """``serves``: the publisher's list as it stands now; ``settings``: the operator's file."""

    base: str
    port: int
    engine: Engine
    settings: Path
    env: dict[str, str]
    serves: bytes = table(*ROWS)
    web: ExitStack = field(default_factory=ExitStack)

    def site(self, path: str, _query: str) -> Answer | None:
        return Answer(self.serves, "text/csv; charset=utf-8") if path == PATH else None

    def road(self) -> Road:
        settings = parse(self.settings.read_text("utf-8"))
        return Road(self.engine, settings, catalogue.every_source(settings), now)

    def start(self) -> None:
        """Web and workers with the settings as they stand; what ran before has ended."""
        self.web.close()
        road = self.road()
        with self.engine.begin() as conn:
            catalogue.enrol(conn, road.sources.values(), road.settings, now())
        log = self.settings.with_name("web.log")
        self.web.enter_context(web_process(self.base, self.port, log, self.env))

    def mend(self, *corrections: tuple[str, str]) -> None:
        """The mapping is corrected in the settings: what stood there, what stands there since."""
        text = self.settings.read_text("utf-8")
        for old, new in corrections:
            assert text.count(old) == 1, (old, text)
            text = text.replace(old, new)
        self.settings.write_text(text, "utf-8")
        self.start()

    def work(self) -> RunState:
        """What was asked for is carried out, as a worker would; how the one run of it ended."""
        with self.engine.connect() as conn:
            [run_id] = conn.execute(sa.select(Run.id).where(Run.state == RunState.QUEUED)).scalars()
        state = carry_out(self.road(), run_id)
        assert state is not None
        return state

    def labdir(self, *words: str, said: str = "") -> str:
        """A command on the directory's own machine; what it prints."""
        done = CliRunner(env=self.env).invoke(main, list(words), input=said)
        assert done.exit_code == 0, done.output
        return done.output


@contextmanager
def desk_house(database_url: str, redis_url: str, folder: Path) -> Iterator[DeskHouse]:
    """Served, with nothing synced yet, until the block ends."""
    port, settings = free_port(0), folder / "labdir.toml"
    env = {
        "LABDIR_DATABASE_URL": database_url,
        "LABDIR_REDIS_URL": redis_url,
        "LABDIR_SETTINGS": str(settings),
    }
    engine = db.connect(database_url)
    one = DeskHouse(f"http://{HOST}:{port}", port, engine, settings, env)
    with publishing(Publisher(0, (one.site,))) as publisher, one.web:
        settings.write_text(declared(publisher.base), "utf-8")
        one.labdir("user", "add", STEWARD, "--role", "steward", said=f"{PASSWORD}\n")
        one.start()
        yield one
    engine.dispose()
