"""The commands of the guides, run as they are written, against a service with its sandbox."""

import os
import re
import shutil
import socket
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.node import DIRECTORY, binary
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.process import Process

GUIDES = Path(__file__).parent.parent / "docs" / "guides"
NAMES = ["calls-without-a-server.md", "message-status.md", "receive-sms.md", "reverse-proxy.md", "whole-lists.md"]
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with Process(tmp_path_factory.mktemp("service"), SANDBOX="true") as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_guide_run_as_written(name: str, service: Process, tmp_path: Path) -> None:
    commands = COMMANDS.findall((GUIDES / name).read_text())
    assert commands
    script = "set -eu\n" + "\necho\n".join(commands).replace("localhost:8080", f"127.0.0.1:{service.port}")
    run = subprocess.run(  # noqa: S603  # the project's own guide
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=PATIENCE, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr + run.stdout
    assert '"callback":"error"' not in run.stdout, run.stdout
    assert run.stdout.count('"callback":"success"') == sum(text.count("/api/Plivo/") for text in commands) - (
        sum(text.count("NUMBER=$(") + text.count("/events/stream") for text in commands)
    )


@pytest.mark.parametrize("token", ["sandbox", "a" * 40])
def test_the_header_of_the_mcp_guide_is_one_line(token: str) -> None:
    """What is encoded may be longer than the lines that base64 makes by itself."""
    (command,) = (text for text in COMMANDS.findall((GUIDES / "mcp.md").read_text()) if "base64" in text)
    assert ":sandbox'" in command
    told = subprocess.run(  # noqa: S603  # the project's own guide
        ["/bin/sh", "-c", command.replace(":sandbox'", f":{token}'")], capture_output=True, text=True, check=True
    ).stdout
    (line,) = told.splitlines()
    assert b64decode(line.removeprefix("Basic "), validate=True).decode() == f"MASANDBOX00000000000:{token}"


def test_the_readme_names_every_guide() -> None:
    readme = (GUIDES.parent.parent / "README.md").read_text()
    assert [path.name for path in GUIDES.glob("*.md") if f"docs/guides/{path.name}" not in readme] == []


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize("name", ["receive_result.py", "receive-result.mjs"])
def test_the_receivers_of_the_guide_take_what_is_signed_and_nothing_else(
    name: str, service: Process, tmp_path: Path
) -> None:
    port = free_port()
    credentials = {"authId": "MASANDBOX00000000000", "authToken": "sandbox"}
    secret = service.call("getResultSecret", **credentials).json()["contextWrites"]["to"]["secret"]
    script = GUIDES / name
    if name.endswith(".mjs"):
        # A module's packages are looked for beside it.
        shutil.copy(script, tmp_path)
        (tmp_path / "node_modules").symlink_to(DIRECTORY / "node_modules")
        script = tmp_path / name
    runner = sys.executable if name.endswith(".py") else binary()
    output = tmp_path / "output"
    environment = {**os.environ, "RESULT_SECRET": secret, "PORT": str(port)}
    with output.open("wb") as file:
        receiver = subprocess.Popen([runner, str(script)], stdout=file, stderr=file, env=environment)  # noqa: S603  # the project's own guide
    try:
        url = f"http://127.0.0.1:{port}/"
        service.wait_for(lambda: _listens(port))
        headers = {"webhook-id": "evt_1", "webhook-timestamp": "1800000000", "webhook-signature": "v1,Zm9yZ2Vk"}
        assert httpx.post(url, json={"id": "evt_1"}, headers=headers, trust_env=False).status_code == 401
        message = {**credentials, "src": "14155550100", "destination": "14155550123", "text": "Hi"}
        reply = service.call("sendMessage", **message, resultUrl=url).json()["contextWrites"]["to"]
        text = service.wait_for(lambda: output.read_text() if "message.result" in output.read_text() else None)
    finally:
        receiver.kill()
        receiver.wait()
    assert text.count("message.result") == 1
    assert reply["message_uuid"][0] in text
    assert "delivered" in text


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
