"""A browser, and the service whose console it opens.

Without a Chromium the tests that need one are skipped, and the run ends with a line that says so; with
``REQUIRE_BROWSER=1`` that is a failure. The browser has the event loop of this thread: services run in processes or
threads of their own.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visit, chromium, executable, visiting
from tests.support.process import Process

_LACKING = "no Chromium is installed"
_skipped: list[str] = []


# Not for the whole session: while it runs, no other test could run an event loop.
@pytest.fixture(scope="package")
def running_browser() -> Iterator[Browser]:
    if executable() is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, but {_LACKING}")
        pytest.skip(_LACKING)
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Browser:
    """The browser; a test that is left out without it is counted."""
    try:
        found: Browser = request.getfixturevalue("running_browser")
    except pytest.skip.Exception:
        _skipped.append(request.node.nodeid)
        raise
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The service as it is run, with the sandbox."""
    with Process(tmp_path_factory.mktemp("service"), SANDBOX="true", SANDBOX_SEED="7") as process:
        yield process


@pytest.fixture
def visit(browser: Browser, service: Process) -> Iterator[Visit]:
    """A visit to the service's console by somebody who was never there."""
    with visiting(browser, service.url) as visit:
        yield visit


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say at the very end what was not tested."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if _skipped and terminal is not None:
        terminal.write_line(f"WARNING: {len(_skipped)} TESTS IN A BROWSER DID NOT RUN: {_LACKING}", red=True, bold=True)
