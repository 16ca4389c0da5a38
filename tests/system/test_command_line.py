"""What somebody meets who types ``python -m app``."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from app.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def run(directory: Path, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run the command and return its exit code and what it wrote to each stream."""
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "app", *words],
        cwd=directory,
        env={**inherited, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_help_names_the_commands(tmp_path: Path) -> None:
    code, output, _ = run(tmp_path, "--help")
    assert code == 0
    assert {"serve", "check"} <= set(output.split())
    assert "--port" in run(tmp_path, "serve", "--help")[1]


def test_version(tmp_path: Path) -> None:
    assert run(tmp_path, "--version")[:2] == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    ("settings", "says"),
    [({"SANDBOX": "true"}, "Sandbox"), ({}, "Live"), ({"PLIVO_API_URL": "http://127.0.0.1:1"}, "PLIVO_API_URL")],
)
def test_check_says_where_requests_would_go(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    code, output, _ = run(tmp_path, "check", **settings)
    assert code == 0
    assert says in output


@pytest.mark.parametrize("words", [["check"], ["serve"], []])
def test_a_wrong_setting_is_told_in_any_command(tmp_path: Path, words: list[str]) -> None:
    code, output, error = run(tmp_path, *words, PLIVO_TIMEOUT="soon")
    assert (code, output) == (2, "")
    assert "PLIVO_TIMEOUT" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("capitals", ["MIRROR", "Mirror", "mirror"])
def test_settings_are_read_in_any_capitals(tmp_path: Path, capitals: str) -> None:
    assert run(tmp_path, "check", ERROR_STATUS=capitals, LOG_LEVEL="INFO", LOG_FORMAT="Json", SANDBOX="TRUE")[0] == 0


@pytest.mark.parametrize("words", [["--port"], ["serve", "--port"]])
def test_a_taken_port_is_one_line_before_anything_else(tmp_path: Path, words: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, output, error = run(tmp_path, *words, port, SANDBOX="true")
    assert (code, output) == (2, "")
    assert error.count("\n") == 1
    assert port in error


@pytest.mark.parametrize("host", ["203.0.113.7", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_one_line(tmp_path: Path, host: str) -> None:
    code, output, error = run(tmp_path, "--host", host, "--port", "0", SANDBOX="true")
    assert (code, output) == (2, "")
    assert error.count("\n") == 1
    assert host in error
