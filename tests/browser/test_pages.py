"""Every kind of page in a real browser: it fits, and axe finds no violation of WCAG 2.2 AA."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

KINDS = (
    "home", "find", "find-nothing", "find-nearly", "find-map", "body", "scope", "history",
    "accreditations", "accreditation", "evidence", "check", "check-found", "check-nothing",
    "plan", "plan-filled", "abroad", "obstacles", "changes", "sources", "source", "run",
    "run-refused", "run-refused-then-accepted", "run-accepted", "run-failed", "status", "about",
    "error",
)  # fmt: skip
# a browser tells in its console that the page itself was answered with 404
NOT_THERE = {"error": ("404",)}
Advise = Callable[[list[str]], None]


def hold(visitor: Visitor, advise: Advise) -> None:
    violations, advice = visitor.axe()
    advise(advice)
    assert not violations, "\n".join([visitor.page.url, *violations])


def hold_in_the_dark(visitor: Visitor) -> None:
    """The system's dark colours change nothing but contrast."""
    visitor.page.emulate_media(color_scheme="dark")
    violations, _ = visitor.axe(rules=("color-contrast",))
    assert not violations, "\n".join(["in the dark:", visitor.page.url, *violations])


def test_the_list_of_kinds_is_whole(paths: dict[str, str]) -> None:
    assert set(KINDS) == set(paths)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_a_page_fits_and_keeps_wcag(
    coming: Visit, paths: dict[str, str], advise: Advise, code: str, width: int, kind: str
) -> None:
    with coming(code, width, expected=NOT_THERE.get(kind, ())) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}{paths[kind]}")
        visitor.shot(f"page-{kind}")
        hold(visitor, advise)
        if (code, width) == ("en", 1280):
            hold_in_the_dark(visitor)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_reference_of_the_api_fits_and_keeps_wcag(
    coming: Visit, advise: Advise, width: int
) -> None:
    with coming("en", width) as visitor:
        visitor.page.goto(f"{visitor.base}/schema")
        visitor.shot("page-api")
        hold(visitor, advise)
        hold_in_the_dark(visitor)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_opened_details_keep_wcag(
    coming: Visit, paths: dict[str, str], advise: Advise, code: str, width: int
) -> None:
    """Evidence, facets and the parts that stayed as they were, all open at once."""
    for kind in ("body", "find", "run-refused"):
        with coming(code, width) as visitor:
            visitor.page.goto(f"{visitor.base}/{code}{paths[kind]}")
            marks = visitor.page.locator("details:not([open]) > summary:visible")
            for _ in range(min(marks.count(), 4)):
                marks.first.click()
            expect(visitor.page.locator(".htmx-request")).to_have_count(0)
            visitor.shot(f"open-{kind}")
            hold(visitor, advise)


def test_what_was_published_refused_and_failed_really_stands(standing: House) -> None:
    assert {str(state) for state in standing.states.values()} == {"published", "refused", "failed"}
