"""What the tests of the sandbox share."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox_driver import Driver
from tests.support.sandbox_service import SandboxService


@pytest.fixture
def plivo() -> Driver:
    """A fresh sandbox."""
    return Driver()


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxService]:
    """The service on a socket, with its sandbox."""
    with SandboxService() as service:
        yield service


@pytest.fixture
def service(running: SandboxService) -> SandboxService:
    """The same, without a past."""
    assert running.control("reset").status_code == 200
    return running
