"""What the tests of the sandbox share."""

import pytest

from tests.support.sandbox_driver import Driver


@pytest.fixture
def plivo() -> Driver:
    """A fresh sandbox."""
    return Driver()
