"""Pages in a browser: Chromium of the system, driven by Playwright, for the tests of the site and of the HTML report.

pip install '.[dev]' axe-playwright-python playwright
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCREENSHOTS = Path(__file__).parent.parent / "build" / "screenshots"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]

WIDTHS = {"wide": 1280, "narrow": 390}
"""The widths of pages, by the names in their screenshots."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser of the system."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    assert path is not None, "install Chromium from the packages of the system: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def watched_page(
    browser: Any, address: str, *, scheme: str = "light", width: int = 1280, **options: Any
) -> Iterator[Any]:
    """Open an empty page, and check at its end what it did.

    It must have had no errors, warnings or dialogs, and must have loaded only files from one place.

    Args:
        browser: the browser.
        address: the beginning of the addresses that the page may load.
        scheme: the colour scheme that the reader prefers, "light" or "dark".
        width: the width of the window in pixels.
        options: more options of the browser's context.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: problems.extend([message.text] * (message.type in ("error", "warning"))))
    page.on("pageerror", lambda error: problems.append(str(error)))

    def refuse(dialog: Any) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    context.on("request", lambda request: requested.append(request.url))
    yield page
    context.close()
    assert problems == []
    assert [url for url in requested if not url.startswith((address, "data:"))] == []


def violations(page: Any, impacts: tuple[str, ...] = ("minor", "moderate", "serious", "critical")) -> list[str]:
    """Return the violations with some impacts that axe finds in a page."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{page.url}: {found['impact']} {found['id']}: {found['nodes'][0]['target']}"
        for found in Axe().run(page).response["violations"]
        if found["impact"] in impacts
    ]


def is_wider_than_the_window(page: Any) -> bool:
    """Return whether the page as a whole scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
