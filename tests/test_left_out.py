"""A machine that lacks something: its tests are left out loudly, or fail where they must run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NEEDS_REDIS = "tests/storage/test_redis.py"


def run(directory: Path, required: str, *options: str) -> tuple[int, str]:
    """Run tests that need Redis where no program is found; return their exit code and what they print."""
    ended = subprocess.run(  # noqa: S603  # our own tests
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, NEEDS_REDIS],
        cwd=ROOT,
        env={"PATH": str(directory), "REQUIRE_REDIS": required},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("options", [[], ["--numprocesses=2"]], ids=["one process", "several"])
def test_the_last_line_says_what_did_not_run(options: list[str], tmp_path: Path) -> None:
    code, output = run(tmp_path, "", *options)
    assert code == 0
    last = output.splitlines()[-1]
    assert last.startswith("WARNING: ")
    assert "TESTS DID NOT RUN: there is no redis-server here" in last


def test_what_must_run_fails(tmp_path: Path) -> None:
    code, output = run(tmp_path, "1")
    assert code == 1
    assert "REQUIRE_REDIS=1, but there is no redis-server here" in output
