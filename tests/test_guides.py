"""The commands of the guides, run as they are written, against a service with its sandbox."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import Process

GUIDES = Path(__file__).parent.parent / "docs" / "guides"
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with Process(tmp_path_factory.mktemp("service"), SANDBOX="true") as running:
        yield running


@pytest.mark.parametrize("name", ["message-status.md", "receive-sms.md", "reverse-proxy.md", "whole-lists.md"])
def test_the_commands_of_a_guide_run_as_written(name: str, service: Process, tmp_path: Path) -> None:
    commands = COMMANDS.findall((GUIDES / name).read_text())
    assert commands
    script = "set -eu\n" + "\necho\n".join(commands).replace("localhost:8080", f"127.0.0.1:{service.port}")
    run = subprocess.run(  # noqa: S603  # the project's own guide
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr + run.stdout
    assert '"callback":"error"' not in run.stdout, run.stdout
    assert run.stdout.count('"callback":"success"') == sum(text.count("/api/Plivo/") for text in commands) - (
        sum(text.count("NUMBER=$(") + text.count("/events/stream") for text in commands)
    )


def test_the_readme_names_every_guide() -> None:
    readme = (GUIDES.parent.parent / "README.md").read_text()
    assert [path.name for path in GUIDES.glob("*.md") if f"docs/guides/{path.name}" not in readme] == []
