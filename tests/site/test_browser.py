"""The documentation site in a browser: Chromium of the system, driven by Playwright.

The tests store screenshots in build/screenshots, for people to look at.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from browsers import SCREENSHOTS, WIDTHS, chromium, is_wider_than_the_window, violations, watched_page

pytestmark = [pytest.mark.site, pytest.mark.filterwarnings("default")]

PAGES = {
    "home": "index.html",
    "how-to": "how-to/audit-a-log.html",
    "rules": "reference/rules.html",
    "graphs": "reference/graphs.html",
    "api": "reference/work_request_manager.html",
    "search": "search.html?q=WRM302",
    "code": "examples/northline.py.html",
}
"""The pages that people looked at, by the names of their screenshots."""

SERIOUS = ("serious", "critical")
"""The impacts of the violations that axe must not find in the site."""


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Serve the site on this machine, and return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the browser of the system."""
    with chromium() as browser:
        yield browser


def page_of(browser: Any, address: str, *, scheme: str = "light", width: str = "wide") -> AbstractContextManager[Any]:
    """Open an empty page, which may load only files of the site. See `watched_page`."""
    return watched_page(browser, address, scheme=scheme, width=WIDTHS[width])


def opened(page: Any, address: str, path: str) -> Any:
    """Open a page of the site. A search has ended when this returns."""
    page.goto(address + path)
    if "?q=" in path:
        page.wait_for_selector("#search-results li")
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible_and_fit(browser: Any, address: str, name: str, scheme: str, width: str) -> None:
    """Axe finds nothing serious, in light and dark, wide and narrow; the page does not scroll sideways."""
    with page_of(browser, address, scheme=scheme, width=width) as page:
        opened(page, address, PAGES[name])
        page.screenshot(path=str(SCREENSHOTS / f"{name}-{scheme}-{width}.png"))
        assert violations(page, SERIOUS) == []
        assert not is_wider_than_the_window(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(browser: Any, address: str, site: Path, width: str) -> None:
    """The same for every page of the site, in light."""
    paths = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    with page_of(browser, address, width=width) as page:
        wide, found = [], []
        for path in paths:
            opened(page, address, path)
            found += violations(page, SERIOUS)
            wide += [path] * is_wider_than_the_window(page)
        assert found == []
        assert wide == []


def results_of(page: Any, query: str) -> list[str]:
    """Type a query into the search box, and return the addresses of the results."""
    page.fill("input[name=q]", query)
    page.press("input[name=q]", "Enter")
    page.wait_for_selector("#search-results li")
    links = page.query_selector_all("#search-results ul.search > li > a")
    return [link.get_attribute("href") for link in links]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("WRM302", "reference/rules.html#wrm302"),
        ("why did WRM302 refuse", "reference/rules.html"),
        ("holding-supplier-only", "reference/rules.html#wrm302"),
        ("conformance", "how-to/check-your-implementation.html"),
        ("how do I run the conformance suite", "how-to/check-your-implementation.html"),
        ("CSV", "how-to/judge-other-formats.html"),
        ("how do I check a CSV", "how-to/judge-other-formats.html"),
        ("LogChecker", "reference/work_request_manager.log.html#work_request_manager.log.LogChecker"),
        ("exit status", "reference/command-line.html#exit-statuses"),
    ],
)
def test_the_first_result_is_the_page_that_answers(browser: Any, address: str, query: str, expected: str) -> None:
    """Search finds the rule, the conformance suite, the page on other formats and names of the API."""
    with page_of(browser, address) as page:
        assert results_of(opened(page, address, "index.html"), query)[0].startswith(expected)


def test_search_works_from_a_disk(browser: Any, site: Path) -> None:
    """A page that was opened as a file finds the same, without the lines around the words."""
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert results_of(page, "WRM302")[0] == "reference/rules.html#wrm302"
    context.close()


TASKS = {
    "why did WRM302 refuse": (
        ["Rules", "WRM302"],
        "Any event from a supplier that does not hold the request",
    ),
    "how do I run the conformance suite": (["Check your own implementation"], "class TestNorthline(ConformanceSuite)"),
    "how do I check a CSV": (["Judge a log in another format"], "wrm check --map docs/examples/tickets.toml"),
}
"""Questions of a stranger: the links to follow from the home page, and a part of the answer."""


@pytest.mark.parametrize("task", TASKS)
def test_a_stranger_finds_the_answer_from_the_home_page(browser: Any, address: str, task: str) -> None:
    """The table on the home page leads to the answer in at most two steps."""
    path, answer = TASKS[task]
    with page_of(browser, address) as page:
        opened(page, address, "index.html")
        for link in path:
            page.locator("article").get_by_role("link", name=link, exact=True).first.click()
            page.wait_for_load_state()
        assert answer in page.inner_text("article")


def test_a_reader_chooses_dark(browser: Any, address: str) -> None:
    """The button changes the page and its images to what they are on a system that prefers dark."""
    with page_of(browser, address, scheme="dark") as page:
        preferred = opened(page, address, PAGES["graphs"]).locator("article img").first.screenshot()
    with page_of(browser, address) as page:
        opened(page, address, PAGES["graphs"])
        for _ in range(3):
            if page.evaluate("document.body.dataset.theme") == "dark":
                break
            page.click(".theme-toggle:visible")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 22)"
        assert page.locator("article img").first.screenshot() == preferred


def test_wide_parts_scroll_by_keyboard(browser: Any, address: str) -> None:
    """On a phone, code, tables and images that are wider than the page can be focused. Those that fit cannot."""
    with page_of(browser, address, width="narrow") as page:
        opened(page, address, PAGES["graphs"])
        wide = page.eval_on_selector_all(
            "article pre, article .table-wrapper, article p:has(> img)",
            "parts => parts.map(part => [part.scrollWidth > part.clientWidth, part.tabIndex === 0])",
        )
        assert {tuple(each) for each in wide} == {(True, True), (False, False)}
