"""A real browser for the web console: the Chromium that is installed, driven by Playwright, judged by axe.

On Debian ``apt-get install --no-install-recommends chromium`` brings one; ``CHROMIUM`` names any other.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

PATIENCE = 60_000.0
"""Milliseconds after which something that should have happened did not: generous, the machine may be busy."""

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
WIDTHS = {360: 740, 768: 1024, 1280: 800}
"""Widths of a phone, a tablet and a laptop, each with a height, in CSS pixels."""

_NAMES = ("chromium", "chromium-browser", "google-chrome")

# Before any script of the page runs; a report says more than the line in the console.
_REPORT_VIOLATIONS = """
    addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI, sourceFile, lineNumber}) =>
        console.error(`CSP: ${violatedDirective} blocks ${blockedURI} of ${sourceFile}:${lineNumber}`));
"""


class Visit:
    """A page in a browser profile of its own, and everything that went wrong on it.

    Attributes:
        page: the page; waiting for something on it takes as long as it takes.
        problems: errors and warnings in its console (violations of its Content-Security-Policy among them), exceptions,
            requests that failed or were answered with an error.
        requests: what it asked for, in this order.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        context.set_default_timeout(PATIENCE)
        context.add_init_script(_REPORT_VIOLATIONS)
        self._url = url
        self.problems: list[str] = []
        self.requests: list[Request] = []
        self.page = context.new_page()
        self.page.on("console", self._note_line)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error.stack or error}"))
        self.page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108  # no built-in is taken
        self.page.on("requestfailed", self._note_failure)
        self.page.on("response", self._note_answer)

    def open(self, fragment: str = "") -> Page:
        """Go to the console, at a place in it (``#/…``), and return the page."""
        self.page.goto(f"{self._url}/{fragment}")
        return self.page

    def resize(self, width: int) -> None:
        """Give the window one of the :data:`WIDTHS`."""
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})

    def use_system_theme(self, theme: Theme) -> None:
        """Let the system prefer a theme, as the console follows it until it is told otherwise."""
        self.page.emulate_media(color_scheme=theme)

    def forgive(self, pattern: str) -> None:
        """Take as expected what the test itself provoked; it must have happened.

        Args:
            pattern: what is found in each such problem.
        """
        expected = [problem for problem in self.problems if re.search(pattern, problem)]
        assert expected, f"nothing like {pattern!r} happened, but {self.problems}"
        self.problems = [problem for problem in self.problems if problem not in expected]

    def assert_accessible(self) -> None:
        """Let axe judge the page as it stands; it finds no violation."""
        # A colour half way through a transition has a contrast of its own.
        self.page.evaluate("Promise.all(document.getAnimations().map(animation => animation.finished))")
        results = Axe().run(self.page)
        assert results.violations_count == 0, results.generate_report()

    def assert_fits(self) -> None:
        """Nothing is wider than the window: there is no scrolling sideways."""
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"the page is {wider} px wider than the window; beyond it are: {self._beyond()}"

    def _beyond(self) -> list[str]:
        beyond: list[str] = self.page.evaluate(
            """[...document.querySelectorAll("body *")]
            .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
            .map(({tagName, id, className}) => `${tagName}#${id}.${className}`).slice(0, 20)"""
        )
        return beyond

    def _note_line(self, line: ConsoleMessage) -> None:
        if line.type in ("error", "warning", "assert"):
            self.problems.append(f"{line.type}: {line.text} ({line.location['url']})")

    def _note_failure(self, request: Request) -> None:
        # What the page gives up itself, as a search that is typed on, is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.method} {request.url} {request.failure}")

    def _note_answer(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.request.method} {response.url}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser that is installed.

    While it runs, this thread has a running event loop, in which ``asyncio.run`` refuses to work.
    """
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), timeout=PATIENCE)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visit]:
    """Open a profile for one test; at its end nothing may have gone wrong that it did not expect.

    Args:
        browser: the browser.
        url: where the service listens.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": WIDTHS[1280]},
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        permissions=["clipboard-read", "clipboard-write"],
    )
    made = Visit(context, url)
    try:
        yield made
        # Settled before the profile closes and breaks off what is still open.
        problems = list(made.problems)
    finally:
        context.close()
    assert not problems, "\n".join(problems)


def executable() -> str | None:
    """Return the path of the browser, if there is one."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)
