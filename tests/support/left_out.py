"""What a machine lacks: the tests that need it are left out, and every run says so in red at its very end.

Where an environment variable like ``REQUIRE_REDIS=1`` asks for it, that is a failure.
"""

import os
from collections import Counter
from typing import NoReturn

import pytest


def leave_out(variable: str, lacking: str) -> NoReturn:
    """Skip the test, or the tests of a fixture.

    Args:
        variable: which is ``1`` where they must run.
        lacking: what is not there, and how to get it.
    """
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1, but {lacking}")
    pytest.skip(lacking)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say what was not tested. The processes that run tests report to the one that has the terminal."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return
    for reason, count in Counter(report.longrepr[2] for report in terminal.stats.get("skipped", [])).items():
        terminal.write_line(
            f"WARNING: {count} TESTS DID NOT RUN: {reason.removeprefix('Skipped: ')}", red=True, bold=True
        )
