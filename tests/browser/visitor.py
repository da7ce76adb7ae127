"""One person before one browser window, and what goes wrong in it behind their back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

HEIGHT = 900
CODES = ("en", "zh")
WIDTHS = (1280, 360)
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

# how what has the focus is shown; its outline is drawn by :focus-visible only
_FOCUS = """() => {
  const it = document.activeElement;
  const box = it.getBoundingClientRect();
  const style = getComputedStyle(it);
  // a date is one field with several stops
  const after = !window.before || window.before === it || !document.contains(window.before) ||
    Boolean(window.before.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING);
  window.before = it;
  return {
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight &&
      box.right > 0 && box.left < innerWidth,
    after: after,
    what: it.outerHTML.slice(0, 120),
  };
}"""


@dataclass
class Visitor:
    """``asked``: every address requested; ``said``: errors and warnings of console and scripts
    (a browser reports there what the page's security policy forbade)."""

    page: Page
    base: str
    code: str
    width: int
    shots: Path
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def press(self, role: Any, name: str, *, within: Locator | None = None) -> None:
        """Click what is called so, exactly."""
        place = within or self.page.locator("body")
        place.get_by_role(role, name=name, exact=True).first.click()

    def shot(self, name: str) -> None:
        """A picture of the whole page, kept."""
        self.fits()
        path = self.shots / f"{name}.{self.code}.{self.width}.png"
        self.page.screenshot(path=path, full_page=True)

    def fits(self) -> None:
        """Nothing sticks out at the right: no scrolling sideways."""
        over = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, f"{self.page.url} is {over} px wider than the window"

    def tab_to(self, wanted: Locator, most: int = 150) -> None:
        """Press Tab until it has the focus; on the way each stop is seen, outlined, in order."""
        expect(wanted).to_be_attached()
        self.page.evaluate("window.before = null")
        for _ in range(most):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(_FOCUS)
            assert stop["seen"], f"focus out of sight: {stop['what']}"
            assert stop["outline"] >= 2, f"focus not shown: {stop['what']}"
            assert stop["after"], f"focus jumps back: {stop['what']}"
            if wanted.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError(f"{most} times Tab do not lead to {wanted}")

    def axe(self, rules: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
        """What axe finds on the page as it stands: (violations of WCAG 2.2 AA, advice).

        ``rules``: only these.
        """
        # put in by the debugger, so that the page's own policy need not be bent
        self.page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
        only = {"type": "rule" if rules else "tag", "values": rules or (*WCAG, "best-practice")}
        found = self.page.evaluate(
            "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only
        )
        violations: list[str] = []
        advice: list[str] = []
        for one in found["violations"]:
            node = one["nodes"][0]
            said = f"{one['id']} ({len(one['nodes'])}): {one['help']}: {node['html'][:160]}"
            (violations if set(one["tags"]) & set(WCAG) else advice).append(said)
        return violations, advice


# code, width, then what differs from the ordinary browser
Visit = Callable[..., AbstractContextManager[Visitor]]


@contextmanager
def visit(
    browser: Browser,
    base: str,
    shots: Path,
    code: str,
    width: int,
    *,
    javascript: bool = True,
    expected: tuple[str, ...] = (),
) -> Iterator[Visitor]:
    """A window until the block ends; then nothing may have gone wrong behind the person's back.

    ``expected``: words of a console message that belongs to the visit (a page that is not there).
    """
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT},
        locale=LOCALES[code],
        java_script_enabled=javascript,
        color_scheme="light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    one = Visitor(page, base, code, width, shots)
    context.on("request", lambda request: one.asked.append(request.url))
    page.on(
        "console",
        lambda said: one.said.append(said.text) if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda fault: one.said.append(str(fault)))
    try:
        yield one
    finally:
        context.close()
    away = [url for url in one.asked if not url.startswith(f"{base}/")]
    assert not away, f"asked of another machine: {away}"
    wrong = [said for said in one.said if not any(words in said for words in expected)]
    assert not wrong, f"the browser says: {wrong}"
