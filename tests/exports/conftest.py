"""What judges of exports need: the service with its document, and other people's programs to run on it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.left_out import leave_out
from tests.support.node import binary
from tests.support.process import Process

JUDGES = Path(__file__).parent / "judges"
PATIENCE = 600
"""Seconds after which a program is given up; those that write a whole client take a good part of a minute."""


@dataclass(frozen=True)
class Served:
    """The running service, with the sandbox, and its OpenAPI document in a file."""

    url: str
    document: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("service")
    with Process(directory, SANDBOX="true", FETCH_PRIVATE_ADDRESSES="true") as process:
        document = directory / "openapi.json"
        document.write_bytes(process.http.get("/openapi.json").content)
        yield Served(f"http://127.0.0.1:{process.port}", document)


@pytest.fixture(scope="session")
def java() -> None:
    """Java is there, which one of the judges runs on."""
    if shutil.which("java") is None:
        leave_out("REQUIRE_JAVA", "there is no java: openapi-generator was not asked")


def run(*words: str | Path, directory: Path | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its successful end and return what it wrote, to both streams."""
    bin_directory = Path(sys.executable).parent
    path = os.pathsep.join((str(bin_directory), str(Path(binary()).parent), os.environ["PATH"]))
    ended = subprocess.run(  # noqa: S603  # pinned packages
        [str(word) for word in words],
        cwd=directory,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-8000:]
    return ended.stdout


def run_node(program: str, *words: str | Path, directory: Path | None = None) -> str:
    """Run a program of the packages in ``judges``."""
    return run(binary(), JUDGES / "node_modules" / ".bin" / program, *words, directory=directory)
