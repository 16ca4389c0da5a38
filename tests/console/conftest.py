"""A browser, and the service whose console it opens.

Without a Chromium the tests that need one are left out; with ``REQUIRE_BROWSER=1`` that is a failure. The browser has
the event loop of this thread: services run in processes or threads of their own.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Visit, chromium, executable, visiting
from tests.support.left_out import leave_out
from tests.support.process import Process


# Not for the whole session: while it runs, no other test could run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser."""
    if executable() is None:
        leave_out("REQUIRE_BROWSER", "no Chromium is installed (Debian, Ubuntu: apt-get install chromium)")
    with chromium() as running:
        yield running


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
