"""The machine's Chromium, the house it looks at, and where its pictures are kept."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.house import ROOT, House, house
from tests.browser.visitor import Visit, visit

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_REMEDY = "No Chromium on this machine: `sh deploy/install-system browser` installs it."
# quiet and offline: the browser itself asks nobody, and no name leads anywhere
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
# a maker of appliances with one report in hand, three markets before it
PLANNED = (
    "product=electrical_safety&market=EU&market=SA&market=VN&standard=IEC+60335-2-24"
    "&type1=CB+report&standard1=IEC+60335-2-24:2020&issued1=2025-03-01&country1=CN"
)
_SHOTS = pytest.StashKey[Path]()
_ADVICE = pytest.StashKey[dict[str, int]]()


@pytest.fixture(scope="package")
def chromium() -> str:
    """Where Chromium is; a machine without one skips these tests, CI never does."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(_REMEDY)
    if found is None:
        pytest.skip(_REMEDY)
    return found


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    # within the package only: its event loop would be in the way of other tests' own
    expect.set_options(timeout=30_000)  # a busy machine answers late; nothing is asserted of time
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield one
        one.close()


@pytest.fixture(scope="package")
def shots(request: pytest.FixtureRequest) -> Path:
    folder = Path(os.environ.get("LABDIR_SHOTS") or ROOT / "build" / "screenshots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    request.config.stash[_SHOTS] = folder
    return folder


@pytest.fixture(scope="package")
def standing(
    chromium: str,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """The filled directory, served; built only where a browser can look at it."""
    with house(make_database(), tmp_path_factory.mktemp("web") / "web.log") as one:
        yield one


@pytest.fixture(scope="package")
def paths(standing: House) -> dict[str, str]:
    """Every kind of page → its path under a language, of things that really stand there."""
    with httpx.Client(base_url=f"{standing.base}/api/v1", trust_env=False, timeout=30) as asking:
        asked = asking.get("/bodies", params={"q": "Cormorant Ferry Testing"})
        # the one that has a bit of everything: suspended lines, an adverse item, places abroad
        richest = max(asked.json()["data"]["cards"], key=lambda card: card["accreditation_count"])
        body = asking.get(f"/bodies/{richest['id']}").json()["data"]
        assert body["credentials"]
        assert body["presences"]
    at = f"/bodies/{body['id']}"
    return {
        "home": "",
        "find": "/find?q=battery",
        "find-nothing": "/find?q=zzqqxx&standard=GB+1",
        "find-nearly": "/find?standard=IEC+62368-1&market=KE&status=stands",
        "find-map": "/find?q=battery&map=1",
        "body": at,
        "scope": f"{at}/scope",
        "history": f"{at}/history",
        "accreditations": f"{at}/accreditations",
        "accreditation": f"/accreditations/{body['accreditations'][0]['id']}",
        "evidence": f"/evidence/{body['names'][0]['evidence'][0]['ref']}",
        "check": "/check",
        "check-found": "/check?number=CNAS+L90004",
        "check-nothing": "/check?number=ZZ-0",
        "plan": "/plan",
        "plan-filled": f"/plan?{PLANNED}",
        "abroad": "/abroad",
        "obstacles": "/obstacles",
        "changes": "/changes",
        "sources": "/sources",
        "source": "/sources/made_register",
        "run": f"/runs/{standing.runs['made_register.list']}",
        "run-refused": f"/runs/{standing.runs['refused']}",
        "run-refused-then-accepted": f"/runs/{standing.runs['doubted']}",
        "run-accepted": f"/runs/{standing.runs['accepted']}",
        "run-failed": f"/runs/{standing.runs['failed']}",
        "status": "/status",
        "about": "/about",
        "error": "/nowhere",
    }


@pytest.fixture
def coming(browser: Browser, standing: House, shots: Path) -> Visit:
    """Opens a window: ``with coming("en", 360) as visitor``."""
    return partial(visit, browser, standing.base, shots)


@pytest.fixture
def advise(request: pytest.FixtureRequest) -> Callable[[list[str]], None]:
    """Counts what axe advises beyond WCAG; told at the end, failing nothing."""
    told = request.config.stash.setdefault(_ADVICE, {})

    def note(advice: list[str]) -> None:
        for one in advice:
            told[one] = told.get(one, 0) + 1

    return note


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for said, times in sorted(config.stash.get(_ADVICE, {}).items()):
        terminalreporter.write_line(f"axe advises on {times} pages: {said}")
    if folder := config.stash.get(_SHOTS, None):
        terminalreporter.write_line(f"screenshots: {folder}")
